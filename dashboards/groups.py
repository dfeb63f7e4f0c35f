"""Under which heading a comparison stands, in words. Verdicts are read from the table, never made here."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.marts import Row
from dashboards.wording import FEWEST_OUTCOMES, about, day, listed, whole
from schemas.comparisons import SENSITIVITY_MARGINS


@dataclass(frozen=True)
class Group:
    """One heading of the verdict list; `answers` says that the comparison ended in a verdict."""

    id: str
    heading: str
    answers: bool


GROUPS: tuple[Group, ...] = (
    Group("above", "Above", answers=True),
    Group("within", "Within", answers=True),
    Group("below", "Below", answers=True),
    Group("not-below", "Not below by more than the margin", answers=True),
    Group("not-above", "Not above by more than the margin", answers=True),
    Group("cannot-tell", "Cannot tell", answers=False),
    Group("unverified", "Published figure not verified", answers=False),
    Group("too-few", "Too few", answers=False),
    Group("not-due", "Not due yet", answers=False),
    Group("suppressed", "Not shown", answers=False),
    Group("no-data", "No data", answers=False),
    Group("not-comparable", "Not comparable", answers=False),
)
BY_ID = {group.id: group for group in GROUPS}
ORDER = {group.id: place for place, group in enumerate(GROUPS)}

#: Verdict code (METHODS 2.4 and 3.4) to heading.
VERDICTS = {
    "materially_higher": "above",
    "higher_than_expected": "above",
    "equivalent": "within",
    "within_expected_range": "within",
    "materially_lower": "below",
    "lower_than_expected": "below",
    "at_least_as_good": "not-below",
    "not_better": "not-above",
    "inconclusive": "cannot-tell",
}
#: How far from the published rate, by heading, against a margin of so many points (METHODS 10).
FAR = {
    "above": "more than {} percentage points above",
    "within": "within {} percentage points",
    "below": "more than {} percentage points below",
    "not-below": "not more than {} percentage points below",
    "not-above": "not more than {} percentage points above",
    "cannot-tell": "cannot tell",
}
KINDS = {
    "cannot_tell": "cannot-tell",
    "too_few": "too-few",
    "not_comparable": "not-comparable",
    "suppressed": "suppressed",
    "not_due": "not-due",
    "no_data": "no-data",
    "unverified": "unverified",
}
#: Grades with which a figure may stand in one panel with a published one (METHODS 4.1).
#: Dimensions named in a row of a chart; the rest are counted, and all are in the table.
MOST_NAMED = 2
DRAWN_GRADES = frozenset({"A", "B", "C"})


def group(comparison: Row) -> Group:
    """The heading of `comparison`: its robust verdict where it has one, else why it has none."""
    kind = comparison["outcome_kind"]
    if kind != "verdict":
        return BY_ID[KINDS[kind]]
    if comparison["depends_on_missing"]:
        return BY_ID["cannot-tell"]
    return BY_ID[VERDICTS[comparison["robust_verdict"] or comparison["verdict"]]]


def is_drawn(comparison: Row) -> bool:
    """Whether the observed rate may be drawn in one panel with the published one."""
    return (
        group(comparison).id in {"above", "within", "below", "not-below", "not-above", "cannot-tell", "unverified"}
        and comparison["grade"] in DRAWN_GRADES
        and comparison["observed_rate"] is not None
    )


def pooled(comparison: Row) -> bool:
    """Whether the published side is a pool of studies with a prediction interval."""
    return bool(comparison["mode"] == "pooled_with_prediction_interval")


def margin(comparison: Row) -> int:
    """The margin of `comparison` in whole percentage points."""
    return whole(comparison["margin"])


def fixed_words(comparisons: Sequence[Row]) -> str:
    """When margin and window were fixed, and a flag where that was after a clinic's data cut, or nobody says when."""
    margins, windows = (
        listed(sorted({day(row[name]) for row in comparisons})) for name in ("margin_fixed_on", "window_fixed_on")
    )
    late = sum(row["fixed_before_data"] is False for row in comparisons)
    told = f"margin fixed on {margins}, time window on {windows}"
    if not late:
        return told
    return f"{told}: NOT before the data in {late} of {len(comparisons)} comparisons, and so perhaps chosen to fit"


def fixed_late(comparisons: Sequence[Row]) -> bool:
    """Whether margin or window were fixed after the data in any of the comparisons."""
    return any(row["fixed_before_data"] is False for row in comparisons)


def verdict_words(comparison: Row) -> str:
    """What the comparison found: the end of a sentence that begins "The observed rate is" (METHODS 10)."""
    found, size = group(comparison).id, margin(comparison)
    if pooled(comparison) and found in {"above", "within", "below"}:
        return f"{found} the range expected from the published studies"
    return f"{FAR[found].format(size)}{' of' if found == 'within' else ''} the published one"


def other_margins(comparison: Row) -> str:
    """What margins of 5 and of 15 points would say, in one line; empty where no verdict is read against a margin.

    A margin that is the comparison's own is left out, for the verdict says it. Source: METHODS, sections 2.4 and 10.
    """
    sizes = {column: whole(share) for column, share in SENSITIVITY_MARGINS.items()}
    told = [
        f"{size} points: {_far(comparison, column, size)}."
        for column, size in sizes.items()
        if comparison[column] and size != margin(comparison)
    ]
    return f"With a margin of {' With '.join(told)}" if told else ""


def _far(comparison: Row, column: str, size: int) -> str:
    found = VERDICTS[comparison[column]]
    # An answer under grade C is one by way of indication at any margin (METHODS 4.1).
    indicative = " (indicative)" if comparison["grade"] == "C" and BY_ID[found].answers else ""
    return f"{FAR[found].format(size)}{indicative}"


def heading_at(comparison: Row, column: str) -> str:
    """The heading under which a comparison would stand with the margin of a column; empty where there is none."""
    code = comparison[column]
    return BY_ID[VERDICTS[code]].heading if code else ""


def state_words(comparison: Row, *, endpoint: str, due: str, differs: Sequence[str]) -> str:
    """Why a row has no verdict, in the words that stand in its place; empty where it has one.

    `endpoint` is the label of the endpoint, `due` the month in which results fall due or an empty text,
    `differs` the dimensions that forbid a comparison.
    """
    found = group(comparison)
    if found.answers:
        return ""
    time = endpoint or "the study's time"
    return {
        "cannot-tell": _cannot_tell(comparison),
        "unverified": "No verdict: the published figure is not verified",
        "too-few": f"Too few: {_outcomes(comparison)}, at least {FEWEST_OUTCOMES} needed",
        "not-due": f"Follow-up at {time} not due until {due}" if due else f"Follow-up at {time} is not due yet",
        "suppressed": "Not shown: fewer than 8 patients in a group",
        "no-data": f"No data received: no outcome at {time}",
        "not-comparable": f"Not comparable: {_difference(differs)}",
    }[found.id]


def _difference(differs: Sequence[str]) -> str:
    if not differs:
        return "measured differently from the study"
    shown = list(differs[:MOST_NAMED])
    more = [f"{len(differs) - MOST_NAMED} more"] if len(differs) > MOST_NAMED else []
    return listed([*shown, *more])


def _cannot_tell(comparison: Row) -> str:
    if comparison["depends_on_missing"]:
        return "Cannot tell: the answer depends on the patients without an outcome"
    return f"Cannot tell whether the rates differ by more than {margin(comparison)} points"


def _outcomes(comparison: Row) -> str:
    analysed = comparison["analysed"]
    return "too few patients with an outcome" if analysed is None else f"{about(analysed)} patients with an outcome"
