"""Table of improvements: how far patients changed, exact and private; only disclosure steps may read it."""

from typing import ClassVar

from schemas.contract import Column, Table

#: Steps of the cumulative responder curve, in percent of the baseline (METHODS, section 6.4).
THRESHOLDS = tuple(range(0, 101, 5))


class OfScores(Table):
    """Base of tables with rows about a cohort's scores on one instrument at one endpoint, in one population."""

    KEY: ClassVar[tuple[str, ...]] = ("source", "cohort", "instrument", "endpoint", "population")
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    instrument = Column("text", "Id of the instrument.")
    endpoint = Column("text", "Id of the endpoint.")
    population = Column("text", "Id of the population that the cohort was restricted to.")


class Improvements(OfScores):
    """One row per cohort, instrument, endpoint and population: how far those who are due and have a baseline changed.

    An improvement is positive whichever way the instrument counts.
    """

    NAME: ClassVar[str] = "improvements"
    measured = Column("whole", "Courses with a baseline and a score at the endpoint.", least=0)
    missing = Column("whole", "Courses due with a baseline and without that score.", least=0)
    placed = Column("whole", "Of those measured, courses with a baseline above 0, so a relative change.", least=0)
    missing_placed = Column("whole", "The same of the missing.", least=0)
    improvement_sum = Column("number", "Sum of the improvements of those measured, on the instrument's own scale.")
    improvement_squares = Column("number", "Sum of their squares.")
    median = Column("number", "Median improvement.", empty=True)
    lower_quartile = Column("number", "A quarter improved by less.", empty=True)
    upper_quartile = Column("number", "A quarter improved by more.", empty=True)
    worse = Column("whole", "Worse than at the start by however little.", least=0)
    improved = Column("whole", "Better by the minimal important change; empty: none is known.", empty=True, least=0)
    deteriorated = Column("whole", "Worse by as much; empty: none is known.", empty=True, least=0)
    for percent in THRESHOLDS:
        vars()[f"at_least_{percent}"] = Column("whole", f"Better by {percent}% of the baseline or more.", least=0)
    del percent
