"""Tables of comparisons: what may be said of a cohort beside a published figure, and why."""

from collections.abc import Mapping
from typing import ClassVar

from schemas.contract import Column, Table, gap, share

GRADES = ("A", "B", "C", "D", "R")
OUTCOME_KINDS = (
    "verdict", "cannot_tell", "too_few", "not_comparable", "suppressed", "not_due", "no_data", "unverified",
)  # fmt: skip
MODES = ("single_study", "side_by_side", "pooled_with_prediction_interval")
LEVELS = ("match", "minor", "major", "refuse")
#: Columns of what margins other than the fixed one would say, each with its margin as a share (METHODS 2.4).
SENSITIVITY_MARGINS: Mapping[str, float] = {"robust_verdict_at_5": 0.05, "robust_verdict_at_15": 0.15}


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
    margin_fixed_on = Column("date", "Day on which the margin was fixed; empty where nobody says.", empty=True)
    window_fixed_on = Column(
        "date", "Day on which the endpoint's window was fixed; empty where nobody says.", empty=True
    )
    fixed_before_data = Column(
        "flag", "Whether both days are known and not after the cohort's data cut; empty: no data cut.", empty=True
    )
    first_set = Column("text", "Which rate is printed first, following the study's own convention.")
    observed_rate = share("Observed rate of the set printed first.")
    observed_low = share("Lower 95% limit of that rate.")
    observed_high = share("Upper 95% limit of that rate.")
    bound_low = share("Rate if none of the missing had responded.")
    bound_high = share("Rate if all of the missing had responded.")
    analysed = Column("whole", "Courses with an outcome, to the nearest 5.", empty=True, least=0)
    missing = Column("whole", "Courses due without an outcome, to the nearest 5.", empty=True, least=0)
    published_rate = share("Published rate used in the computation.")
    published_low = share("Its lower 95% limit, or that of the prediction interval.")
    published_high = share("Its upper 95% limit, or that of the prediction interval.")
    difference = gap("Observed minus published, first set.")
    difference_low = gap("Lower 95% limit of the difference.")
    difference_high = gap("Upper 95% limit of the difference.")
    difference_low90 = gap("Lower 90% limit, over completers and missing as non-response.")
    difference_high90 = gap("Upper 90% limit, over completers and missing as non-response.")
    verdict = Column("text", "Verdict on completers alone; empty where none may be drawn.")
    robust_verdict = Column("text", "Verdict that holds however the missing are counted: the one that is shown.")
    robust_verdict_at_5 = Column(
        "text",
        "Verdict that the same 90% limits give with a margin of 5 points; decides nothing; empty without limits.",
    )
    robust_verdict_at_15 = Column(
        "text",
        "Verdict that the same 90% limits give with a margin of 15 points; decides nothing; empty without limits.",
    )
    depends_on_missing = Column("flag", "Whether the answer depends on patients without an outcome.")
    equivalence_attainable = Column("flag", "Whether this many outcomes could have shown agreement.", empty=True)
    equivalence_needs = Column("whole", "Fewest outcomes that could show agreement.", empty=True, least=0)
    tipping_point = Column(
        "whole",
        "Fewest of the missing who must have responded for the interval to lie above the published rate.",
        empty=True,
        least=0,
    )
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
