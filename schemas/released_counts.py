"""Table of released counts: the same counts as a reader may know them. Everything published is computed from these."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column

STATUSES = ("ok", "suppressed", "no_data", "not_due", "too_few")
CHRONICITY_BANDS = (">=90%", "50-90%", "<50%", "unknown")
COVERAGE_BANDS = (">=80%", "60-80%", "<60%", "unknown")


class ReleasedCounts(Cell):
    """One row per cohort, definition, endpoint, population and period of start, as a reader may know it."""

    NAME: ClassVar[str] = "released_counts"
    PUBLIC: ClassVar[bool] = True
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    responders = Column(
        "whole", "Courses that meet the definition, to the nearest 5; empty: not shown.", empty=True, least=0
    )
    analysed = Column("whole", "Courses with an outcome, to the nearest 5; empty: not shown.", empty=True, least=0)
    missing = Column(
        "whole", "Courses due without an outcome, to the nearest 5; empty: not shown.", empty=True, least=0
    )
    not_due = Column("whole", "Courses not due yet, to the nearest 5; empty: not shown.", empty=True, least=0)
    ineligible = Column(
        "whole", "Courses without a usable baseline, to the nearest 5; empty: not shown.", empty=True, least=0
    )
    left_out = Column(
        "whole", "Courses outside the population, to the nearest 5; empty: not shown.", empty=True, least=0
    )
    baseline_mean = Column("number", "Mean baseline to the nearest fiftieth of the scale.", empty=True)
    median_day = Column("whole", "Median day of the scores to the nearest 5.", empty=True)
    chronicity_band = Column("text", "Share known to have the population's minimum duration.", among=CHRONICITY_BANDS)
    coverage_band = Column("text", "Share of courses started that have a baseline.", among=COVERAGE_BANDS)
    event_recorded = Column("flag", "Whether the cohort records the definition's disqualifying event.")
    due_from = Column("date", "First month in which results fall due, where none is due yet.", empty=True)
