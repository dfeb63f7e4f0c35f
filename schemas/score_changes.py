"""Tables of change as a quantity: the continuum behind every responder rate, as a reader may know it."""

from typing import ClassVar

from schemas.contract import Column, share
from schemas.improvements import THRESHOLDS, OfScores

#: By the minimal important change, where one is known; `worse` is by however little, and holds the deteriorated.
GROUPS = ("improved", "unchanged", "deteriorated", "worse")
STATUSES = ("ok", "suppressed", "no_data")


class ScoreChanges(OfScores):
    """One row per cohort, instrument, endpoint and population: mean and spread of the change.

    Improvements are positive whichever way the instrument counts, in points of its scale.
    """

    NAME: ClassVar[str] = "score_changes"
    PUBLIC: ClassVar[bool] = True
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    measured = Column("whole", "Courses with both scores, to the nearest 5; empty: not shown.", empty=True, least=0)
    missing = Column(
        "whole", "Courses due without the second score, to the nearest 5; empty: not shown.", empty=True, least=0
    )
    mean = Column("number", "Mean improvement, to the nearest fiftieth of the scale.", empty=True)
    mean_low = Column("number", "Lower 95% t limit of the mean, from what is shown.", empty=True)
    mean_high = Column("number", "Upper 95% t limit of the mean, from what is shown.", empty=True)
    deviation = Column("number", "Standard deviation of the improvements, to the same step.", empty=True, least=0)
    standardised = Column("number", "Standardised response mean: the mean divided by that deviation.", empty=True)
    median = Column("number", "Median improvement, to the same step.", empty=True)
    lower_quartile = Column("number", "A quarter improved by less; to the same step.", empty=True)
    upper_quartile = Column("number", "A quarter improved by more; to the same step.", empty=True)
    important = Column("number", "Minimal important change of the instrument; empty: none is known.", empty=True)


class ChangeGroups(OfScores):
    """One row per cohort, instrument, endpoint, population and group that may be shown: who became better or worse."""

    NAME: ClassVar[str] = "change_groups"
    KEY: ClassVar[tuple[str, ...]] = (*OfScores.KEY, "group")
    PUBLIC: ClassVar[bool] = True
    group = Column(
        "text", "Better, neither or worse by the minimal important change; or worse by however little.", among=GROUPS
    )
    courses = Column("whole", "Courses in the group, to the nearest 5.", least=0)
    measured = Column("whole", "Courses with both scores, to the nearest 5.", least=0)
    group_share = share("Share of those measured who are in the group.")
    group_low = share("Lower 95% Wilson limit of that share.")
    group_high = share("Upper 95% Wilson limit of that share.")


class ImprovementCurves(OfScores):
    """One row per cohort, instrument, endpoint, population and threshold that may be shown: who improved by as much.

    Between two thresholds that are shown lie nobody or at least 8 patients.
    """

    NAME: ClassVar[str] = "improvement_curves"
    KEY: ClassVar[tuple[str, ...]] = (*OfScores.KEY, "threshold")
    PUBLIC: ClassVar[bool] = True
    threshold = Column(
        "small", "Improvement in percent of the baseline.", least=THRESHOLDS[0], most=THRESHOLDS[-1]
    )  # fmt: skip
    improved = Column("whole", "Courses better by as much or more, to the nearest 5.", least=0)
    measured = Column("whole", "Courses with both scores and a baseline that is not 0, to the nearest 5.", least=0)
    improved_share = share("Share of those measured who improved by as much or more.")
    improved_low = share("Lower 95% Wilson limit of that share.")
    improved_high = share("Upper 95% Wilson limit of that share.")
    nonresponse_share = share("The same with the missing counted as not improved; empty: their number is hidden.")
