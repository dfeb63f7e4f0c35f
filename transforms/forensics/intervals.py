"""Rules on printed intervals: they hold the figure, lie evenly about it, and follow from what else is printed."""

from collections.abc import Iterator

from schemas.study_rows import Result, Study
from transforms.forensics.finding import Finding, Rule
from transforms.forensics.measures import SYMMETRIC, SYMMETRIC_IN_LOGARITHM
from transforms.forensics.reproducing import Recomputed, recomputed
from transforms.forensics.rounding import Range, decimals, stands_for

HOLDS_FIGURE = Rule(
    "interval-holds-the-figure",
    "The printed interval contains the figure, and its ends are in order.",
    "contradiction",
    "What a confidence interval is",
)
CENTRED = Rule(
    "interval-centred",
    "A mean or a difference of means is in the middle of its interval, a ratio on the logarithmic scale.",
    "question",
    "Altman & Bland 2011, doi 10.1136/bmj.d2090",
)
REPRODUCIBLE = Rule(
    "interval-reproducible",
    "The interval follows, within rounding, from the numbers of patients and the figures or spreads printed beside it.",
    "question",
    "Altman & Bland 2011, doi 10.1136/bmj.d2090; Newcombe 1998, Stat Med 17:873-890",
)
RULES = (HOLDS_FIGURE, CENTRED, REPRODUCIBLE)


def check(study: Study) -> Iterator[Finding]:
    """What the study's intervals break."""
    for result in study.results:
        figure, low, high = (stands_for(each) for each in (result.printed, result.low, result.high))
        if figure is None or low is None or high is None:
            continue
        yield from _holds(study, result, figure, low, high)
        if not result.qualifier:
            yield from _centred(study, result, figure, low, high)
            yield from _reproducible(study, result, low, high)


def _holds(study: Study, result: Result, figure: Range, low: Range, high: Range) -> Iterator[Finding]:
    if low.low <= figure.high and figure.low <= high.high and low.low <= high.high:
        return
    yield _finding(
        HOLDS_FIGURE,
        study,
        result,
        f"{result.printed} stands beside {_shown(result)}.",
        "A figure inside its interval.",
    )


def _centred(study: Study, result: Result, figure: Range, low: Range, high: Range) -> Iterator[Finding]:
    two, ends = Range(figure.low * 2, figure.high * 2), low + high
    if result.measure in SYMMETRIC and not two.meets(ends):
        middle = float(ends.low + ends.high) / 4
        scale = ""
    elif result.measure in SYMMETRIC_IN_LOGARITHM and low.low > 0 and not (figure * figure).meets(low * high):
        middle = (float((low * high).low + (low * high).high) / 2) ** 0.5
        scale = " on the logarithmic scale"
    else:
        return
    digits = max(decimals(result.low), decimals(result.high)) + 1
    yield _finding(
        CENTRED,
        study,
        result,
        f"{result.printed} is not in the middle of {_shown(result)}{scale}.",
        f"A figure near {middle:.{digits}f}, or a reason for an uneven interval.",
    )


def _reproducible(study: Study, result: Result, low: Range, high: Range) -> Iterator[Finding]:
    tried = list(recomputed(study, result))
    if not tried or any(_agrees(each, low, high) for each in tried):
        return
    nearest = min(tried, key=lambda each: abs(each.low - float(low.low)) + abs(each.high - float(high.high)))
    digits = max(decimals(result.low), decimals(result.high)) + 1
    limits = f"{nearest.low:.{digits}f} to {nearest.high:.{digits}f}"
    yield _finding(
        REPRODUCIBLE,
        study,
        result,
        f"The interval is printed as {_shown(result)}; {nearest.inputs} does not give it.",
        f"{limits} by {nearest.method}, the nearest of {len(tried)} tried.",
    )


def _agrees(each: Recomputed, low: Range, high: Range) -> bool:
    """Whether both limits round to the printed ones, or come as near as the rounding of what they are made from."""
    slack = each.slack
    return (
        float(low.low) - slack <= each.low <= float(low.high) + slack
        and float(high.low) - slack <= each.high <= float(high.high) + slack
    )


def _shown(result: Result) -> str:
    return f"{result.low} to {result.high}"


def _finding(rule: Rule, study: Study, result: Result, found: str, expected: str) -> Finding:
    unsure = result.confidence != "checked" or result.interval_confidence != "checked"
    return Finding(rule, study.id, found, expected, result.id, result.arm or "", unsure=unsure)
