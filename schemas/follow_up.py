"""Table of follow-up: from those who began to those who responded, clinic by clinic, and who is missing on the way."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.clinic_variation import SIDES, ZONES
from schemas.contract import Column, share
from schemas.released_counts import STATUSES

FOLLOW_UP_BANDS = (">=80%", "60-80%", "40-60%", "<40%", "unknown")


class FollowUp(Cell):
    """One row per clinic, definition, endpoint, population and period `all` or a year: how many are left at each step.

    Steps are sums of released counts, each to the nearest 5, so they are about right; a hidden count is 1 to 7.
    """

    NAME: ClassVar[str] = "follow_up"
    PUBLIC: ClassVar[bool] = True
    condition = Column("text", "Condition that all clinics of the network treat.")
    treatment = Column("text", "Treatment that they give, variants of it included.")
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    began_least = Column(
        "whole", "First courses begun, hidden numbers counted as 1; empty: not shown.", empty=True, least=0
    )
    began_most = Column(
        "whole", "First courses begun, hidden numbers counted as 7; empty: not shown.", empty=True, least=0
    )
    left_out = Column("whole", "Of these, outside the population; empty: not shown.", empty=True, least=0)
    ineligible = Column("whole", "Then, without a usable baseline; empty: not shown.", empty=True, least=0)
    not_due = Column("whole", "Then, not due yet; empty: not shown.", empty=True, least=0)
    due_least = Column("whole", "Eligible and due, hidden numbers counted as 1; empty: not shown.", empty=True, least=0)
    due_most = Column("whole", "Eligible and due, hidden numbers counted as 7; empty: not shown.", empty=True, least=0)
    missing = Column("whole", "Of these, without an outcome; empty: not shown.", empty=True, least=0)
    analysed = Column("whole", "Courses with an outcome; empty: not shown.", empty=True, least=0)
    responders = Column("whole", "Of these, those that meet the definition; empty: not shown.", empty=True, least=0)
    follow_up = share("Share of those due who have an outcome; empty where the number missing is hidden.")
    follow_up_low = share("Lower 95% Wilson limit of that share.")
    follow_up_high = share("Upper 95% Wilson limit of that share.")
    follow_up_least = share("The share, with a hidden number of missing counted as 7.")
    band = Column("text", "Where that least share lies among the limits of the grade.", among=FOLLOW_UP_BANDS)
    peers = Column("whole", "Clinics of the network whose share is known.", least=0)
    network_follow_up = share("Share followed up in the network as a whole; empty: no funnel.")
    zone = Column("text", "Inside the network's 95% limits, outside them, outside the 99.8% limits.", among=ZONES)
    side = Column("text", "On which side of the network's share the clinic lies.", among=SIDES)
    adjusted_tail = share("Two-sided chance of a share this far off, adjusted for the number of clinics.")
    stands_out = Column(
        "flag",
        "Whether the clinic is still flagged when at most 5% of flags may be false; empty: no funnel.",
        empty=True,
    )
