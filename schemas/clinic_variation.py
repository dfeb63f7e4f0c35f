"""Tables of clinics beside one another: where each lies in its network's funnel, and the funnel itself."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column, Table, share
from schemas.released_counts import STATUSES

ZONES = ("usual", "worth a look", "unusual", "not judged")
SIDES = ("above", "below", "")


class ClinicVariation(Cell):
    """One row per clinic, definition, endpoint, population and period: its place among clinics of its kind."""

    NAME: ClassVar[str] = "clinic_variation"
    PUBLIC: ClassVar[bool] = True
    condition = Column("text", "Condition that all clinics of the network treat.")
    treatment = Column("text", "Treatment that they give, variants of it included.")
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    peers = Column("whole", "Clinics of the network that have a rate, this one included where it does.", least=0)
    responders = Column("whole", "Courses that meet the definition, to the nearest 5.", empty=True, least=0)
    analysed = Column("whole", "Courses with an outcome, to the nearest 5.", empty=True, least=0)
    rate = share("Share of those with an outcome who responded.")
    rate_low = share("Lower 95% Wilson limit of that share.")
    rate_high = share("Upper 95% Wilson limit of that share.")
    target = share("Share who responded in the network as a whole; empty: too few clinics for a funnel.")
    alert_low = share("Lower 95% limit of the funnel at this clinic's size.")
    alert_high = share("Upper 95% limit of the funnel at this clinic's size.")
    alarm_low = share("Lower 99.8% limit of the funnel at this clinic's size.")
    alarm_high = share("Upper 99.8% limit of the funnel at this clinic's size.")
    zone = Column("text", "Inside the 95% limits, outside them, outside the 99.8% limits, or no funnel.", among=ZONES)
    side = Column(
        "text", "On which side of the network's share the clinic lies; empty: on it, or no funnel.", among=SIDES
    )
    tail = share("Two-sided chance of a rate this far off, if the clinic did not differ.")
    adjusted_tail = share("That chance, adjusted for how many clinics are looked at (Benjamini-Hochberg).")
    stands_out = Column(
        "flag",
        "Whether the clinic is still flagged when at most 5% of flags may be false; empty: no funnel.",
        empty=True,
    )
    phi = Column("number", "How much more clinics vary than their sizes allow; 1 is chance.", empty=True, least=0)
    phi_threshold = Column("number", "What chance alone would let that reach.", empty=True, least=0)
    tau2 = Column("number", "Variance between clinics on the arcsine scale.", empty=True, least=0)
    widened = Column("flag", "Whether the limits were widened for it; empty: no funnel.", empty=True)
    shrunk_rate = share(
        "The rate drawn towards the network's as far as the clinic's size asks, to the nearest tenth of a percentage "
        "point; for all periods together only."
    )
    shrunk_low = share("Lower 95% limit of that rate, stated alike.")
    shrunk_high = share("Upper 95% limit of that rate, stated alike.")


class FunnelLimits(Table):
    """One row per funnel and size of a clinic: the limits to be drawn."""

    NAME: ClassVar[str] = "funnel_limits"
    KEY: ClassVar[tuple[str, ...]] = (
        "definition", "endpoint", "population", "period_kind", "period", "condition", "treatment", "size",
    )  # fmt: skip
    PUBLIC: ClassVar[bool] = True
    definition = Column("text", "Id of the responder definition.")
    endpoint = Column("text", "Id of the endpoint.")
    population = Column("text", "Id of the population that cohorts were restricted to.")
    period_kind = Column("text", "How starts are grouped.")
    period = Column("text", "Which group: all or a year.")
    condition = Column("text", "Condition that all clinics of the network treat.")
    treatment = Column("text", "Treatment that they give, variants of it included.")
    size = Column("whole", "Size of a clinic.", least=1)
    target = share("Share who responded in the network as a whole.")
    alert_low = share("Lower 95% limit.")
    alert_high = share("Upper 95% limit.")
    alarm_low = share("Lower 99.8% limit.")
    alarm_high = share("Upper 99.8% limit.")
