"""Table of counts: exact and private; only the disclosure step may read it on the way out."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column


class Counts(Cell):
    """One row per cohort, definition, endpoint, population and period of start."""

    NAME: ClassVar[str] = "counts"
    started = Column("whole", "First courses of treatment in this population and period.", least=0)
    left_out = Column("whole", "First courses in this period known to lie outside the population.", least=0)
    no_baseline = Column("whole", "Courses without the baseline that the definition needs.", least=0)
    cannot_improve = Column("whole", "Courses whose baseline leaves no room to respond.", least=0)
    not_due = Column("whole", "Courses whose window had not closed at the data cut.", least=0)
    missing = Column("whole", "Courses due, eligible, and without the score.", least=0)
    responders = Column("whole", "Courses that meet the definition.", least=0)
    non_responders = Column("whole", "Courses that do not.", least=0)
    duration_met = Column("whole", "Due and eligible courses known to have the population's minimum duration.", least=0)
    baselines = Column("whole", "Due and eligible courses with a baseline of the first instrument.", least=0)
    baseline_mean = Column("number", "Mean of those baselines, on the instrument's own scale.", empty=True)
    median_day = Column("number", "Median day of the scores judged; for the period `all` only.", empty=True)
    coverage = Column(
        "number",
        "Share of courses started that have a baseline; empty means unknown.",
        empty=True,
        least=0,
        most=1,
    )
    first_due = Column("date", "First day on which a course that is not due yet falls due.", empty=True)
    event_recorded = Column(
        "flag", "Whether the cohort records the definition's disqualifying event, where it has one."
    )
