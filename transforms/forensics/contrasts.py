"""Rules on contrasts of two arms: the difference is that of the arms, the ratio too, within what rounding allows."""

from collections.abc import Iterator, Mapping

from schemas.study_rows import Result, Study
from schemas.vocabulary_rows import Instrument
from transforms.forensics.finding import Finding, Rule
from transforms.forensics.measures import DIFFERENCE_OF, RATIO_OF, direction, is_exact, pairs
from transforms.forensics.rounding import Range, stands_for

DIFFERENCE = Rule(
    "difference-of-the-arms",
    "An unadjusted difference is the difference of the two arms' figures, within rounding.",
    "contradiction",
    "Arithmetic on what the printed digits can stand for",
)
SIGN = Rule(
    "difference-has-its-sign",
    "A difference has the sign that the arms' figures and the direction of the score give it.",
    "contradiction",
    "Arithmetic, and the direction of the score",
)
RATIO = Rule(
    "ratio-of-the-arms",
    "An unadjusted ratio is the ratio of the two arms' figures, within rounding.",
    "contradiction",
    "Arithmetic on what the printed digits can stand for",
)
RULES = (DIFFERENCE, SIGN, RATIO)

Sides = tuple[Result, Result]


def check(study: Study, instruments: Mapping[str, Instrument]) -> Iterator[Finding]:
    """What the study's contrasts break; adjusted ones are left alone, as a model stands between arms and contrast."""
    for result in study.results:
        printed = stands_for(result.printed)
        if printed is not None and is_exact(result) and result.comparator is not None:
            yield from _difference(study, result, printed, instruments)
            yield from _ratio(study, result, printed)


def _difference(
    study: Study, result: Result, printed: Range, instruments: Mapping[str, Instrument]
) -> Iterator[Finding]:
    """Several measures of the arms may be on record, means and changes: one that fits is enough."""
    beside = list(pairs(study, result, DIFFERENCE_OF.get(result.measure, ())))
    between = {sides: _between(sides, result, instruments) for sides in beside}
    if not beside or any(printed.meets(each) for each in between.values()):
        return
    for sides, each in between.items():
        mirrored = printed.meets(Range(-each.high, -each.low))
        first, second = sides
        shown = f"{float(each.low + each.high) / 2:g}"
        yield Finding(
            SIGN if mirrored else DIFFERENCE,
            study.id,
            f"The difference is printed as {result.printed}; the arms have {first.printed} and {second.printed}.",
            f"{shown}, give or take the rounding.",
            result.id,
            result.arm or "",
            part=f"{first.measure}" if len(between) > 1 else "",
            unsure=_unsure(result, *sides),
        )


def _between(sides: Sides, contrast: Result, instruments: Mapping[str, Instrument]) -> Range:
    """The difference of the arms, turned round where the contrast counts towards better and the score does not."""
    first, second = (_range(each) for each in sides)
    ways = {direction(sides[0], instruments), direction(contrast, instruments)}
    return second - first if ways == {"lower", "higher"} else first - second


def _ratio(study: Study, result: Result, printed: Range) -> Iterator[Finding]:
    for one, other in pairs(study, result, RATIO_OF.get(result.measure, ())):
        quotient = _range(one).over(_range(other))
        if quotient is None or printed.meets(quotient):
            continue
        yield Finding(
            RATIO,
            study.id,
            f"The ratio is printed as {result.printed}; the arms have {one.printed} and {other.printed}.",
            f"{float(quotient.low):.3f} to {float(quotient.high):.3f}.",
            result.id,
            result.arm or "",
            unsure=_unsure(result, one, other),
        )


def _range(result: Result) -> Range:
    found = stands_for(result.printed)
    if found is None:
        raise ValueError(f"{result.id}: found {result.printed!r}, expected printed digits")
    return found


def _unsure(*results: Result) -> bool:
    return any(each.confidence != "checked" for each in results)
