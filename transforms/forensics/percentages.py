"""Rules on printed percentages: whole patients, counts printed beside them, denominators that do not fit the arm."""

from collections.abc import Iterator
from fractions import Fraction

from schemas.study_rows import Result, Study
from transforms.forensics import prose
from transforms.forensics.finding import Finding, Rule
from transforms.forensics.measures import is_percentage, is_percentage_of_responders
from transforms.forensics.rounding import like, stands_for
from transforms.statistics.proportions import grim

WHOLE_PATIENTS = Rule(
    "whole-patients",
    "Some whole number of the patients gives the percentage as it is printed.",
    "contradiction",
    "Brown & Heathers 2017, doi 10.1177/1948550616673876",
)
PRINTED_COUNT = Rule(
    "percentage-of-its-count",
    "A percentage is that of the count and the denominator that stand beside it.",
    "contradiction",
    "Arithmetic on what the printed digits can stand for",
)
DENOMINATOR_KNOWN = Rule(
    "denominator-known",
    "A percentage says of how many; one that does not can be checked against nothing.",
    "gap",
    "CONSORT 2010, item 16",
)
DENOMINATOR_FITS = Rule(
    "denominator-fits-the-arm",
    "A percentage of one arm is of no more patients than the arm had, and of all of them where everyone was analysed.",
    "contradiction",
    "CONSORT 2010, item 16",
)
RULES = (WHOLE_PATIENTS, PRINTED_COUNT, DENOMINATOR_KNOWN, DENOMINATOR_FITS)


def check(study: Study) -> Iterator[Finding]:
    """What the study's percentages break, result by result."""
    for result in study.results:
        if is_percentage(result):
            yield from _whole_patients(study, result)
            yield from _printed_count(study, result)
            yield from _denominator_known(study, result)
            yield from _denominator_fits(study, result)
    yield from _asides(study)


def _whole_patients(study: Study, result: Result) -> Iterator[Finding]:
    if result.n is None or result.value_basis != "printed":
        return
    tested = grim(result.printed, result.n)
    if tested.attainable:
        return
    below = _share(tested.inferred, result.n)
    yield Finding(
        WHOLE_PATIENTS,
        study.id,
        f"No whole number of {result.n:,} gives {result.printed}%.",
        f"The nearest is {tested.inferred:,} of {result.n:,}, which is {like(below, result.printed)}%.",
        result.id,
        result.arm or "",
        unsure=result.n_confidence != "checked" or result.confidence != "checked",
    )


def _printed_count(study: Study, result: Result) -> Iterator[Finding]:
    printed = stands_for(result.printed)
    if printed is None or result.n is None or result.responders is None:
        return
    share = Fraction(100 * result.responders, result.n)
    if printed.low <= share <= printed.high:
        return
    yield Finding(
        PRINTED_COUNT,
        study.id,
        f"{result.printed}% stands beside {result.responders:,} of {result.n:,}{_how_known(result)}.",
        f"{result.responders:,} of {result.n:,} is {_near(share, result.printed)}%.",
        result.id,
        result.arm or "",
        unsure=result.responders_basis != "printed" or result.n_confidence != "checked",
    )


def _asides(study: Study) -> Iterator[Finding]:
    """Shares that stand in a note with their counts, such as how many of those referred began."""
    for place, aside in enumerate(prose.shares(study), start=1):
        printed, share = stands_for(aside.printed), Fraction(100 * aside.count, max(aside.of, 1))
        if printed is None or printed.low <= share <= printed.high:
            continue
        yield Finding(
            PRINTED_COUNT,
            study.id,
            f"{aside.printed}% stands beside {aside.count:,} of {aside.of:,}.",
            f"{aside.count:,} of {aside.of:,} is {_near(share, aside.printed)}%.",
            part=f"note-{place}",
            unsure=study.confidence != "checked",
        )


def _denominator_known(study: Study, result: Result) -> Iterator[Finding]:
    if result.n is None and result.value_basis == "printed" and is_percentage_of_responders(result):
        known = f" What is known: {result.n_note}." if result.n_note else ""
        yield Finding(
            DENOMINATOR_KNOWN,
            study.id,
            f"{result.printed}% is of a number of patients that is not on record.{known}",
            "The number that the percentage is of.",
            result.id,
            result.arm or "",
        )


def _denominator_fits(study: Study, result: Result) -> Iterator[Finding]:
    size = study.arm(result.arm).n if result.arm else None
    if size is None or result.n is None or result.comparator is not None:
        return
    everyone = result.analysis_set in {"itt", "itt-nri"}
    if result.n <= size and not (everyone and result.n < size):
        return
    yield Finding(
        DENOMINATOR_FITS,
        study.id,
        f"The percentage is of {result.n:,}; the arm had {size:,}.",
        f"{size:,}, as everyone was analysed." if everyone else f"At most {size:,}.",
        result.id,
        result.arm or "",
        unsure=result.n_confidence != "checked" or study.arm(result.arm).n_confidence != "checked",
    )


def _how_known(result: Result) -> str:
    return "" if result.responders_basis == "printed" else f", a count that is {result.responders_basis}"


def _share(count: int, n: int) -> float:
    return 100 * count / n


def _near(share: Fraction, printed: str) -> str:
    """The share with enough decimals to be seen as another number than the printed one."""
    shown = like(float(share), printed)
    return shown if len(shown.partition(".")[2]) > 1 else f"{float(share):.1f}"
