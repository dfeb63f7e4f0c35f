"""Who counts as a responder, worked out a second time: one patient, exact decimals, no frames.

Reads the vocabulary's rules and nothing of `transforms`, so that the two can disagree (METHODS, 6 and 7).
Nothing is ever divided: a decimal product of a score and a threshold has no rounding.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from schemas.vocabulary import Definition, Endpoint, Instrument, Population, Rule

RESPONDER = "responders"
NON_RESPONDER = "non_responders"
MISSING = "missing"
NOT_DUE = "not_due"
NO_BASELINE = "ineligible_baseline_missing"
CANNOT_IMPROVE = "ineligible_cannot_improve"
STATUSES = (RESPONDER, NON_RESPONDER, MISSING, NOT_DUE, NO_BASELINE, CANNOT_IMPROVE)

Scores = Mapping[str, Decimal]


def status(
    definition: Definition,
    instruments: Mapping[str, Instrument],
    baseline: Scores,
    follow_up: Scores,
    *,
    due: bool,
    event: bool = False,
) -> str:
    """What one first course of treatment counts as under one definition; one of `STATUSES`.

    `baseline` and `follow_up` hold the selected score of each instrument that has one. `event` is whether a
    disqualifying event is recorded. The order of the questions is part of the answer (METHODS section 7.2).
    """
    if not any(rule.instrument in baseline for rule in definition.rules):
        return NO_BASELINE
    counted = definition.non_evaluable == "counted"
    if not counted and all(_can_improve(rule, instruments, baseline) is False for rule in definition.rules):
        return CANNOT_IMPROVE
    if not due:
        return NOT_DUE
    if definition.disqualifying_event and event:
        return NON_RESPONDER
    answers = [_met(rule, instruments, baseline, follow_up, counted) for rule in definition.rules]
    return _joined(definition.combine, answers)


def _joined(combine: str, answers: list[bool | None]) -> str:
    decisive = combine == "or"
    if combine != "one" and decisive in answers:
        return RESPONDER if decisive else NON_RESPONDER
    if None in answers:
        return MISSING
    return RESPONDER if all(answers) else NON_RESPONDER


def _met(
    rule: Rule, instruments: Mapping[str, Instrument], baseline: Scores, follow_up: Scores, counted: bool
) -> bool | None:
    """Whether one rule is met; None where a score that it needs is missing."""
    able = _can_improve(rule, instruments, baseline)
    if able is None:
        return None
    if not able and not (counted and rule.kind == "pass"):
        return False if not counted or rule.instrument in follow_up else None
    if rule.instrument not in follow_up:
        return None
    before, after = baseline[rule.instrument], follow_up[rule.instrument]
    return _improved_enough(rule, instruments[rule.instrument].better, before, after)


def _improved_enough(rule: Rule, better: str, before: Decimal, after: Decimal) -> bool:
    if rule.kind == "pass":
        return _past(after, rule.threshold, better)
    improvement = before - after if better == "lower" else after - before
    return improvement * 100 >= rule.threshold * before if rule.kind == "relative" else improvement >= rule.threshold


def _can_improve(rule: Rule, instruments: Mapping[str, Instrument], baseline: Scores) -> bool | None:
    """Whether the baseline leaves room to meet the rule (METHODS section 6.2); None without a baseline."""
    if rule.instrument not in baseline:
        return None
    before, instrument = baseline[rule.instrument], instruments[rule.instrument]
    if rule.kind == "relative":
        return before > 0
    if rule.kind == "pass":
        return not _past(before, rule.threshold, instrument.better)
    low, high = Decimal(instrument.low or 0), Decimal(instrument.high or 0)
    return (before - low if instrument.better == "lower" else high - before) >= rule.threshold


def _past(score: Decimal, threshold: Decimal, better: str) -> bool:
    return score <= threshold if better == "lower" else score >= threshold


def selected(endpoint: Endpoint, scores: Iterable[tuple[int, Decimal]]) -> Decimal | None:
    """The score that stands for the endpoint among (day, score) pairs; None where no day lies in its window.

    The day decides, never the score: nearest to the target, the later on a tie; or the last (METHODS, 7.1).
    """
    inside = [(day, score) for day, score in scores if endpoint.low <= day <= endpoint.high]
    if not inside:
        return None
    if endpoint.select == "last":
        return max(inside, key=lambda pair: pair[0])[1]
    return min(inside, key=lambda pair: (abs(pair[0] - endpoint.target), -pair[0]))[1]


def inside(
    population: Population, *, condition: str, age: int | None, weeks: Fraction | None, baseline: Scores
) -> bool:
    """Whether a course belongs to a population: only what is known to lie outside is left out."""
    return (
        population.condition in (None, condition)
        and _within_age(population, age)
        and not (weeks is not None and weeks < (population.min_duration_weeks or 0))
        and _within_baseline(population, baseline.get(population.baseline_instrument or ""))
    )


def _within_age(population: Population, age: int | None) -> bool:
    # Ages are kept in bands; a band that a limit cuts through is left out whole.
    if age is None:
        return True
    first, last = age_band(age)
    if population.age_from is not None and first < population.age_from:
        return False
    return population.age_to is None or (last is not None and last <= population.age_to)


def _within_baseline(population: Population, score: Decimal | None) -> bool:
    if score is None:
        return True
    least, below = population.baseline_at_least, population.baseline_below
    return (least is None or score >= Decimal(str(least))) and (below is None or score < Decimal(str(below)))


def age_band(age: int) -> tuple[int, int | None]:
    """First and last year of the band that an age is kept in: 0-17, 18-29, then by ten years, 90 and over."""
    if age < 18:
        return 0, 17
    if age < 30:
        return 18, 29
    return (90, None) if age >= 90 else (age // 10 * 10, age // 10 * 10 + 9)
