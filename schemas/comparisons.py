"""Tables of comparisons: what may be said of a cohort beside a published figure, and why."""

from typing import ClassVar

from schemas.contract import Column, Table

GRADES = ("A", "B", "C", "D", "R")
OUTCOME_KINDS = (
    "verdict", "cannot_tell", "too_few", "not_comparable", "suppressed", "not_due", "no_data", "unverified",
)  # fmt: skip
MODES = ("single_study", "side_by_side", "pooled_with_prediction_interval")
LEVELS = ("match", "minor", "major", "refuse")
_RATE = {"empty": True, "least": 0, "most": 1}
_DIFFERENCE = {"empty": True, "least": -1, "most": 1}


class Comparisons(Table):
    """One row per cohort and published figure, graded; a refused comparison is a row like any other."""

    NAME: ClassVar[str] = "comparisons"
    KEY: ClassVar[tuple[str, ...]] = ("source", "cohort", "study", "result")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    study = Column("text", "Id of the study.")
    arm = Column("text", "Id of the arm whose figure is the benchmark.")
    result = Column("text", "Id of the published figure.")
    definition = Column("text", "The study's responder definition; empty where it is not known.")
    observed_definition = Column("text", "The definition by which the cohort was judged; empty where none fits.")
    endpoint = Column("text", "Endpoint of the published figure; empty where it is not known.")
    population = Column("text", "Population that the cohort was restricted to.")
    grade = Column("text", "Comparability, from A to D; R means refused.", among=GRADES)
    outcome_kind = Column("text", "How the comparison ended.", among=OUTCOME_KINDS)
    mode = Column("text", "Whether one study, several side by side, or their pool is the benchmark.", among=MODES)
    margin = Column("number", "Margin fixed before the data, as a share.", least=0, most=1)
    first_set = Column("text", "Which rate is printed first, following the study's own convention.")
    observed_rate = Column("number", "Observed rate of the set printed first.", **_RATE)
    observed_low = Column("number", "Lower 95% limit of that rate.", **_RATE)
    observed_high = Column("number", "Upper 95% limit of that rate.", **_RATE)
    bound_low = Column("number", "Rate if none of the missing had responded.", **_RATE)
    bound_high = Column("number", "Rate if all of the missing had responded.", **_RATE)
    analysed = Column("whole", "Courses with an outcome, to the nearest 5.", empty=True, least=0)
    missing = Column("whole", "Courses due without an outcome, to the nearest 5.", empty=True, least=0)
    published_rate = Column("number", "Published rate used in the computation.", **_RATE)
    published_low = Column("number", "Its lower 95% limit, or that of the prediction interval.", **_RATE)
    published_high = Column("number", "Its upper 95% limit, or that of the prediction interval.", **_RATE)
    difference = Column("number", "Observed minus published, first set.", **_DIFFERENCE)
    difference_low = Column("number", "Lower 95% limit of the difference.", **_DIFFERENCE)
    difference_high = Column("number", "Upper 95% limit of the difference.", **_DIFFERENCE)
    difference_low90 = Column("number", "Lower 90% limit, over completers and missing as non-response.", **_DIFFERENCE)
    difference_high90 = Column("number", "Upper 90% limit, over completers and missing as non-response.", **_DIFFERENCE)
    verdict = Column("text", "Verdict on completers alone; empty where none may be drawn.")
    robust_verdict = Column("text", "Verdict that holds however the missing are counted: the one that is shown.")
    depends_on_missing = Column("flag", "Whether the answer depends on patients without an outcome.")
    equivalence_attainable = Column("flag", "Whether this many outcomes could have shown agreement.", empty=True)
    equivalence_needs = Column("whole", "Fewest outcomes that could show agreement.", empty=True, least=0)
    left_out = Column("whole", "Courses outside the study's population, to the nearest 5.", empty=True, least=0)
    sentence = Column("text", "The whole statement, from fixed templates.")


class Comparability(Table):
    """One row per comparison and dimension of comparability: ours, theirs, and how far apart they are."""

    NAME: ClassVar[str] = "comparability"
    KEY: ClassVar[tuple[str, ...]] = ("source", "cohort", "study", "result", "dimension")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    study = Column("text", "Id of the study.")
    result = Column("text", "Id of the published figure.")
    dimension = Column("text", "Which of the twelve dimensions.")
    level = Column("text", "How far apart the two sides are.", among=LEVELS)
    ours = Column("text", "What the cohort has.")
    theirs = Column("text", "What the study has.")
    reason = Column("text", "Why it is not a match; empty where it is.")
