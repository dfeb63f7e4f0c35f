"""Tables of adjusted rates: weighted for who is missing, and standardised for who the patients are."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column, gap, share

WEIGHTINGS = ("ok", "nobody missing", "too few missing", "not estimable", "rests on too few", "not shown")
STANDARDISATIONS = ("ok", "too few clinics", "too few responders", "not estimable", "not shown")
CHARACTERISTICS = ("baseline, age, sex, duration", "baseline", "")


class WeightedRates(Cell):
    """One row per cohort, definition, endpoint and population: the rate weighted to resemble everyone who was due."""

    NAME: ClassVar[str] = "weighted_rates"
    PUBLIC: ClassVar[bool] = True
    status = Column("text", "Whether there is a weighted rate, and if not, why.", among=WEIGHTINGS)
    rate = share("Released rate of those with an outcome, moved by the shift.")
    rate_low = share("Lower 95% Wilson limit at the effective size.")
    rate_high = share("Upper 95% Wilson limit at the effective size.")
    shift = gap("What weighting adds to the rate of those with an outcome, to the nearest percentage point.")
    effective_size = Column(
        "whole", "How many equally weighted patients it rests on, to the nearest 5.", empty=True, least=0
    )
    characteristics = Column("text", "What the chance of being followed up was modelled on.", among=CHARACTERISTICS)


class StandardisedRates(Cell):
    """One row per clinic, definition, endpoint and population: its rate beside what its patients make likely."""

    NAME: ClassVar[str] = "standardised_rates"
    PUBLIC: ClassVar[bool] = True
    condition = Column("text", "Condition that all clinics of the network treat.")
    treatment = Column("text", "Treatment that they give, variants of it included.")
    status = Column("text", "Whether there is a standardised rate, and if not, why.", among=STANDARDISATIONS)
    peers = Column("whole", "Clinics whose patients the model was made from, this one included.", least=0)
    rate = share("Released rate of those with an outcome.")
    expected_rate = share("Rate expected of these patients in the network, to the nearest percentage point.")
    network_rate = share("Rate of the patients that the model was made from, to the nearest percentage point.")
    adjusted_rate = share("Rate over expected rate, times the network's rate.")
    adjusted_low = share("Its lower 95% limit: that of the rate, moved alike.")
    adjusted_high = share("Its upper 95% limit: that of the rate, moved alike.")
    left_out_of_model = Column(
        "flag", "Whether the clinic is too large a part of the network to judge itself.", empty=True
    )
