"""Table of strata: kinds of patients within a cell, exact and private; only disclosure steps may read it."""

from typing import ClassVar

from schemas.contract import Column, Table

#: Where a baseline lies on its instrument's scale, in fourths from its lowest score to its highest.
BASELINES = ("first fourth", "second fourth", "third fourth", "last fourth", "not known")
AGES = ("under 40", "40 to 59", "60 and over", "not known")
SEXES = ("female", "male", "other or not known")
DURATIONS = ("under 1 year", "1 year or more", "not known")
WEEKS_OF_A_YEAR = 52


class Strata(Table):
    """One row per cohort, definition, endpoint, population and kind of patient among those due and eligible."""

    NAME: ClassVar[str] = "strata"
    KEY: ClassVar[tuple[str, ...]] = (
        "source", "cohort", "definition", "endpoint", "population", "baseline", "age", "sex", "duration",
    )  # fmt: skip
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    definition = Column("text", "Id of the responder definition.")
    endpoint = Column("text", "Id of the endpoint.")
    population = Column("text", "Id of the population that the cohort was restricted to.")
    baseline = Column("text", "Fourth of the scale of the definition's first instrument.", among=BASELINES)
    age = Column("text", "Age at the start, in three groups of bands.", among=AGES)
    sex = Column("text", "Sex as recorded.", among=SEXES)
    duration = Column("text", "Duration of the complaint before treatment.", among=DURATIONS)
    followed_up = Column("whole", "Courses due with an outcome.", least=0)
    missing = Column("whole", "Courses due without one.", least=0)
    responders = Column("whole", "Courses that meet the definition.", least=0)
    baseline_sum = Column("number", "Sum of the baselines of those followed up.")
    baseline_squares = Column("number", "Sum of their squares.")
    missing_sum = Column("number", "Sum of the baselines of the missing.")
    missing_squares = Column("number", "Sum of their squares.")
