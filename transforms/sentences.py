"""What a page says about a rate beside a published one: fixed templates, filled in, nothing else.

Every sentence describes; none claims an effect (METHODS 0 and 10). Numbers come in ready: nothing is
estimated here. A refused comparison never prints the published rate. What two asterisks enclose is printed strong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from transforms.comparability import Letter
from transforms.masking import fewest_behind
from transforms.statistics.pooling import Expectation, Pooled
from transforms.statistics.proportions import FEWEST_FOR_VERDICT, Grim, Interval, Verdict

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

NOBODY_MISSING = "No patient who was due is missing."

FirstSet = Literal["completers", "missing as non-response"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A cohort's own figure: x responders of n measured, `missing` more due (None: withheld).

    `interval` is the 95% one of the set printed first, `bounds` the range that the missing leave open (None:
    withheld), both as shares. `left_out` are patients who are not of the study's kind (None: a few, withheld).
    `rounded` says that the counts are those a reader may know: they get an "about". Raises `ValueError` where the set
    printed first has nobody in it or its size is withheld.
    """

    x: int
    n: int
    missing: int | None
    interval: Interval
    bounds: Interval | None
    window: str
    definition: str
    rounded: bool
    first_set: FirstSet = "completers"
    left_out: int | None = 0

    def __post_init__(self) -> None:
        if self.first_set != "completers" and self.missing is None:
            raise ValueError("observed figure: the number missing is withheld, expected it for this analysis set")
        if not 0 <= self.x <= self.denominator or self.denominator == 0:
            raise ValueError(f"observed figure: found {self.x} of {self.denominator}, expected a rate")

    @property
    def denominator(self) -> int:
        """The size of the set printed first."""
        return self.n if self.first_set == "completers" else self.n + (self.missing or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published figure as printed, and the other arms of the same study as (label, printed percentage)."""

    label: str
    printed: str
    n: int | None
    grim: Grim | None = None
    context: Sequence[tuple[str, str]] = ()


def statement(
    observed: Observed,
    published: Published,
    code: Verdict,
    margin: float,
    *,
    letter: Letter,
    reasons: Sequence[str],
    depends_on_missing: bool = False,
    tipping_point: int | None = None,
    equivalence_attainable: bool = True,
    equivalence_needs: int | None = None,
) -> str:
    """The whole text of a comparison with a verdict: observed, published, verdict, what limits it, closing.

    `tipping_point` is said where the verdict depends on the missing, `equivalence_needs` where no count in
    this cohort could be judged equivalent. Raises `ValueError` if the grade allows no verdict. METHODS 10.
    """
    if letter not in ("A", "B", "C"):
        raise ValueError(f"statement: found grade {letter}, expected A, B or C; use apart or refused")
    said = [observed_sentence(observed), published_sentence(published)]
    said.append(verdict_sentence(code, margin, indicative=letter == "C"))
    if depends_on_missing and observed.missing:
        said.append(depends_on_missing_sentence(observed.missing, observed.rounded))
        if tipping_point is not None:
            said.append(tipping_sentence(tipping_point, observed.rounded))
    if not equivalence_attainable:
        said.append(too_small_sentence(observed.n, equivalence_needs, margin, observed.rounded))
    return " ".join([*said, closing_sentence(letter, reasons)])


def expectation_statement(
    observed: Observed, pooled: Pooled, code: Expectation, letter: Letter, reasons: Sequence[str]
) -> str:
    """The whole text of a comparison with a pooled benchmark: a predictive check, never an equivalence."""
    where = {
        "lower_than_expected": "**lower than expected**",
        "within_expected_range": "**within the range expected**",
        "higher_than_expected": "**higher than expected**",
    }
    expected = span(Interval(pooled.prediction_low, pooled.prediction_high))
    typical = f"The typical rate of {pooled.k} published studies is {percent(pooled.mean)}"
    said = [
        observed_sentence(observed),
        f"{typical}; in a new setting {expected} would be expected.",
        f"The observed rate is {where[code]} for a new setting.",
        closing_sentence(letter, reasons),
    ]
    return " ".join(said)


def apart_statement(observed: Observed, published: Published, letter: Letter, reasons: Sequence[str], why: str) -> str:
    """Both figures without a difference or a verdict, and why: grade D, or an unchecked figure."""
    shown = [observed_sentence(observed), published_sentence(published)]
    return " ".join([*shown, f"No verdict is drawn: {why}.", closing_sentence(letter, reasons)])


def observed_sentence(observed: Observed) -> str:
    """How many met the definition, with the interval, what the missing could make of it, and who was left out."""
    return f"{_figure_sentence(observed)}{_left_out_clause(observed)}"


def _left_out_clause(observed: Observed) -> str:
    if observed.left_out == 0:
        return ""
    who = "A few others" if observed.left_out is None else f"{_about(observed.rounded)}{observed.left_out:,} others"
    return f" {who[:1].upper()}{who[1:]} are not of the kind that the study had, and are left out."


def _figure_sentence(observed: Observed) -> str:
    about, rate = _about(observed.rounded), percent(observed.x / observed.denominator)
    interval = f"95% interval {span(observed.interval)}"
    found = f"{about}{observed.x:,} ({rate}, {interval}) met “{observed.definition}”"
    who = "with an outcome" if observed.first_set == "completers" else "due"
    start = f"Of {about}{_people(observed.denominator)} {who} at {observed.window}, {found}"
    if observed.first_set == "completers":
        return f"{start}. {_missing_sentence(observed)}"
    if not observed.missing or observed.bounds is None:
        return f"{start}. {NOBODY_MISSING}"
    best = percent(observed.bounds.high)
    counted = f"{about}{observed.missing:,} without an outcome are counted as not responding"
    return f"{start}. Of these, {counted}: if all of them had responded, the figure would be {best}."


def _missing_sentence(observed: Observed) -> str:
    if observed.missing is None or observed.bounds is None:
        return "How many more were due and are missing is not shown, because that number is small."
    if observed.missing == 0:
        return NOBODY_MISSING
    more = f"{_about(observed.rounded)}{observed.missing:,} more"
    verb = "was due and is" if observed.missing == 1 else "were due and are"
    range_left = f"if none or all of them had responded, the figure would be {span(observed.bounds)}"
    return f"{more[:1].upper()}{more[1:]} {verb} missing: {range_left}."


def published_sentence(published: Published) -> str:
    """The published figure as printed, whether its arm can give it, and the other arms of the same study."""
    size = f" of {published.n:,}" if published.n is not None else " of an arm whose size is not known"
    note = ""
    if published.grim is not None and not published.grim.attainable:
        nearest = published.grim.inferred
        note = f" (no whole number of patients gives this percentage; the nearest is {nearest:,})"
    figure = f"{published.label} reported {published.printed}%{size}{note}."
    if not published.context:
        return figure
    arms = ", ".join(f"{label} {printed}%" for label, printed in published.context)
    return f"{figure} In the same study: {arms}."


def verdict_sentence(code: Verdict, margin: float, *, indicative: bool = False) -> str:
    """What the data say against the margin; marked as indicative for grade C. METHODS 2.4, 4.1 and 10."""
    size = points(margin)
    if code == "inconclusive":
        return f"These data **cannot tell** whether the observed rate is within {size} of the published one."
    where = {
        "materially_higher": f"**more than {size} above**",
        "materially_lower": f"**more than {size} below**",
        "equivalent": f"**within {size}** of",
        "at_least_as_good": f"**not more than {size} below**",
        "not_better": f"**not more than {size} above**",
    }
    start = "As an indication only, the" if indicative else "The"
    return f"{start} observed rate is {where[code]} the published one."


def depends_on_missing_sentence(missing: int, rounded: bool) -> str:
    """Said where the completers alone would give an answer and all patients do not. METHODS 2.5."""
    return f"The answer **depends on {'about' if rounded else 'the'} {_people(missing)}** without an outcome."


def tipping_sentence(fewest: int, rounded: bool) -> str:
    """How few of the missing must have responded for the whole interval to be above. METHODS 12.4."""
    above = "for the whole 95% interval of the observed rate to lie above the published rate"
    if fewest == 0:
        return f"None of them need have responded {above}."
    least = f"About {fewest:,} of them or more" if rounded else f"At least {fewest:,} of them"
    return f"{least} must have responded {above}."


def too_small_sentence(n: int, needed: int | None, margin: float, rounded: bool) -> str:
    """Said where no count in this cohort could show that the rates agree. METHODS 2.4."""
    size = points(margin)
    if needed is None:
        return f"The published arm is too small for any cohort to show agreement within {size}."
    return (
        f"With {_about(rounded)}{n:,} outcomes this cohort is too small to show agreement within {size}: "
        f"about {needed:,} would be the minimum even if the rates agreed exactly."
    )


def closing_sentence(letter: Letter, reasons: Sequence[str]) -> str:
    """What every comparison ends with: that it is uncontrolled, and its grade with the reasons."""
    why = f" ({'; '.join(reasons)})" if reasons else ""
    uncontrolled = "This is **not a controlled comparison**: people get better for many reasons."
    return f"{uncontrolled} Comparability: **Grade {letter}**{why}."


def refused_sentence(label: str, reasons: Sequence[str]) -> str:
    """Why a study cannot be compared with; the published rate is not a part of it. METHODS 10."""
    return f"**Not comparable** with {label}: {'; '.join(reasons)}."


def too_few_sentence(n: int, rounded: bool) -> str:
    """Said of a cohort below the smallest that may carry a verdict. METHODS 2.4."""
    found = f"{_about(rounded)}{n:,}"
    if n >= FEWEST_FOR_VERDICT:
        found = f"{found}, which may be {fewest_behind(n):,}"
    return f"Too few outcomes for a verdict: {found}, and {FEWEST_FOR_VERDICT} are needed."


def not_due_sentence(due_from: date | None) -> str:
    """Said while no patient's follow-up window has closed; names the first month in which one will."""
    expected = f": first results expected {MONTHS[due_from.month - 1]} {due_from.year}" if due_from else ""
    return f"No outcome is due yet{expected}."


def nobody_measured_sentence(missing: int, window: str, rounded: bool) -> str:
    """Said where patients were due and none has an outcome. METHODS 13."""
    who = f"{_about(rounded)}{_people(missing)}"
    return f"None of {who} due at {window} has an outcome: the figure could be anything from 0% to 100%."


def suppressed_sentence() -> str:
    """Said where a count is small enough to disclose something about a patient."""
    return "Not shown: a number behind this figure is so small that it could disclose something about a patient."


def no_data_sentence() -> str:
    """Said where nobody is due and nobody was measured. METHODS 13."""
    return "There are no outcomes yet."


def percent(share: float) -> str:
    """A share as a whole percentage, rounded half up: 0.285 is 29%."""
    hundredths = Decimal(repr(float(share))) * 100
    return f"{hundredths.quantize(Decimal(1), rounding=ROUND_HALF_UP)}%"


def span(interval: Interval) -> str:
    """An interval of shares in whole percentages."""
    return f"{percent(interval.low)} to {percent(interval.high)}"


def points(margin: float) -> str:
    """A margin in words: 0.1 is 10 percentage points."""
    size = (Decimal(repr(margin)) * 100).normalize()
    return f"{size:f} percentage point{'' if size == 1 else 's'}"


def _people(count: int) -> str:
    return f"{count:,} patient{'' if count == 1 else 's'}"


def _about(rounded: bool) -> str:
    return "about " if rounded else ""
