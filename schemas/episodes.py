"""Table of episodes: courses of treatment, dated no finer than the month.

Stored source by source: the folder says which, and the warehouse's views add it.
"""

from typing import ClassVar

from schemas.contract import Column, Table
from schemas.delivery_contract import AGE_BANDS, SEXES

#: Days without a contact after which the next one begins a new episode of care (de Vet 2002, Spine 27:2409).
NEW_EPISODE_DAYS = 90


class Episodes(Table):
    """One row per course of treatment of one patient at one source."""

    NAME: ClassVar[str] = "episodes"
    KEY: ClassVar[tuple[str, ...]] = ("episode",)
    episode = Column("whole", "Number of the course within the source, in no meaningful order.", least=0)
    patient = Column("key", "First 64 bits of the patient's pseudonym.")
    cohort = Column("small", "Place of the arm in the contract's list; empty in a clinic.", empty=True, least=0)
    first = Column("flag", "Whether this is the patient's first course at the source: only these are counted.")
    start_month = Column("date", "First day of the month in which the course began; the day is not kept.", empty=True)
    closes = Column(
        "date",
        "Last day on which the course can have begun: end of that month, or the day itself.",
        empty=True,
    )
    age_band = Column(
        "small",
        "Place of the age at the start in the list of ten-year bands.",
        empty=True,
        least=0,
        most=len(AGE_BANDS) - 1,
    )
    sex = Column("small", "Place in the list of words for sex.", empty=True, least=0, most=len(SEXES) - 1)
    duration_weeks = Column("small", "Weeks of complaints before treatment.", empty=True, least=0)
    sessions = Column("small", "Most sessions named by any record of the course.", empty=True, least=0)
    disqualified = Column(
        "flag",
        "Whether a disqualifying event was recorded; empty where the source never records one.",
        empty=True,
    )
    measured = Column("flag", "Whether any score of the course was accepted.")
