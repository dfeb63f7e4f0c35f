"""Item answers become scores: each instrument's published rule and missing-item rule, nothing invented.

Needed where an export holds items rather than totals. An answer is None where it was not given; an answer
that the form does not have is an error. METHODS 9. No question is worded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Answers = Sequence[float | None]
Unscored = Literal["", "not_administered", "too_few_answered", "fewer_than_4_answered", "not_every_item_answered"]
Form = Literal["checkbox", "yes_no"]
Band = Literal["relevant limitation", "moderate", "normal"]
ChronicPainGrade = Literal["0", "I", "II", "III", "IV"]

RMDQ_MISSING_ALLOWED = 4  # METHODS 9.1
ODI_ITEMS, ODI_FEWEST = 10, 8  # METHODS 9.2
FFBH_ITEMS, FFBH_FEWEST = 12, 10  # METHODS 9.3
FFBH_LIMITATION_BELOW, FFBH_NORMAL_FROM = 60.0, 80.0  # METHODS 9.3
PEG_ITEMS = 3  # METHODS 9.4
PROMIS_FEWEST = 4  # METHODS 9.7
DISABILITY_DAYS = (7, 15, 31)  # METHODS 9.5: days from which 1, 2 and 3 points are given
DISABILITY_SCORES = (30, 50, 70)  # METHODS 9.5: scores from which 1, 2 and 3 points are given
HIGH_INTENSITY = 50.0  # METHODS 9.5: grade II and above grade I


@dataclass(frozen=True, slots=True)
class Score:
    """A score, or None with the reason; how many items were answered."""

    score: float | None
    n_answered: int
    reason: Unscored = ""


@dataclass(frozen=True, slots=True)
class FfbhScore(Score):
    """A functional capacity of 0 to 100, higher better, and its band."""

    band: Band | None = None


@dataclass(frozen=True, slots=True)
class ChronicPain:
    """The parts of the Chronic Pain Grade; each is None where one of its answers is missing."""

    pain_intensity: float | None
    disability_score: float | None
    disability_points: int | None
    grade: ChronicPainGrade | None


@dataclass(frozen=True, slots=True)
class Profile:
    """MYMOP2 profiles (0 to 6, lower better) and the change over the items present both times."""

    baseline: float | None
    followup: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class RawSum:
    """A PROMIS raw sum and whether the form's published table may turn it into a T-score."""

    raw: float | None
    lookup_allowed: bool
    reason: Unscored = ""


def rmdq(items: Answers, form: Form, n_items: Literal[23, 24] = 24) -> Score:
    """The Roland-Morris count of endorsed items, 0 to `n_items`, lower better.

    An unticked box of a form with a tick is a 0; of yes/no answers up to four may be missing and the sum is
    scaled up. The 23-item form is another instrument. METHODS 9.1; Roland & Morris 1983; Kent & Lauridsen
    2011.
    """
    answered = _answered(items, n_items, (0, 1))
    if form == "checkbox" and answered:
        answered = [item or 0 for item in items]
    return _prorated(answered, n_items - RMDQ_MISSING_ALLOWED, full=n_items, per_item=1)


def odi(items: Sequence[float | Sequence[float] | None]) -> Score:
    """The Oswestry index of ten sections (0 to 5), 0 to 100, lower better.

    Of two marks in a section the higher counts. METHODS 9.2; Fairbank & Pynsent 2000, doi
    10.1097/00007632-200011150-00017.
    """
    highest = [max(item) if isinstance(item, Sequence) else item for item in items]
    return _prorated(_answered(highest, ODI_ITEMS, range(6)), ODI_FEWEST, full=100, per_item=5)


def ffbh_r(items: Answers) -> FfbhScore:
    """The Hannover functional capacity of twelve items (0 to 2), 0 to 100, higher better. METHODS 9.3."""
    found = _prorated(_answered(items, FFBH_ITEMS, range(3)), FFBH_FEWEST, full=100, per_item=2)
    return FfbhScore(found.score, found.n_answered, found.reason, ffbh_band(found.score))


def ffbh_band(score: float | None) -> Band | None:
    """The band of a functional capacity: a relevant limitation below 60, normal from 80. METHODS 9.3."""
    if score is None:
        return None
    if score < FFBH_LIMITATION_BELOW:
        return "relevant limitation"
    return "normal" if score >= FFBH_NORMAL_FROM else "moderate"


def peg(items: Answers) -> Score:
    """The mean of the three items (0 to 10), lower better; all three are needed. METHODS 9.4."""
    answered = _answered(items, PEG_ITEMS, range(11))
    return _prorated(answered, PEG_ITEMS, full=10, per_item=10)


def chronic_pain_grade(pain: Answers, interference: Answers, disability_days: float | None) -> ChronicPain:
    """Pain intensity and disability (0 to 100, lower better), disability points (0 to 6) and the grade.

    `pain` and `interference` are three answers of 0 to 10 each. METHODS 9.5; Von Korff 1992,
    doi 10.1016/0304-3959(92)90154-4.
    """
    intensity, disability = _mean_of_three(pain), _mean_of_three(interference)
    points = None
    if disability is not None and disability_days is not None:
        if disability_days < 0:
            raise ValueError("chronic pain grade: found days below 0")
        points = _points(disability_days, DISABILITY_DAYS) + _points(disability, DISABILITY_SCORES)
    return ChronicPain(intensity, disability, points, _grade(intensity, points))


def mymop2(baseline: Mapping[str, float | None], followup: Mapping[str, float | None]) -> Profile:
    """Profiles of the items nominated at baseline and their change; `symptom1` is required both times.

    The change is that of the items answered at both times: one that first appears at follow-up is left out,
    and the baseline is averaged again without those that disappear. METHODS 9.6; Paterson 1996.
    """
    first = {name: value for name, value in baseline.items() if value is not None}
    common = {name: value for name, value in followup.items() if value is not None and name in first}
    _check([*first.values(), *common.values()], range(7))
    before, after = _mean(list(first.values())), _mean(list(common.values()))
    if "symptom1" not in common or before is None or after is None:
        return Profile(before if "symptom1" in first else None, None, None)
    shared = sum(first[name] for name in common) / len(common)
    return Profile(before, after, after - shared)


def promis_raw(items: Answers, n_items: int) -> RawSum:
    """The raw sum of a short form (answers 1 to 5), only where every item is answered. METHODS 9.7.

    With some missing the form must be scored from its response pattern, which is not done here.
    """
    answered = _answered(items, n_items, range(1, 6))
    if len(answered) == n_items:
        return RawSum(sum(answered), lookup_allowed=True)
    if not answered:
        return RawSum(None, False, "not_administered")
    few = len(answered) < PROMIS_FEWEST
    return RawSum(None, False, "fewer_than_4_answered" if few else "not_every_item_answered")


def _answered(items: Answers, n_items: int, allowed: Sequence[int]) -> list[float]:
    """The answers given; raises `ValueError` for another number of items or an impossible answer."""
    if len(items) != n_items:
        raise ValueError(f"scoring: found {len(items)} items, expected {n_items}")
    given = [item for item in items if item is not None]
    _check(given, allowed)
    return given


def _check(answers: Sequence[float], allowed: Sequence[int]) -> None:
    if any(answer not in allowed for answer in answers):
        raise ValueError(f"scoring: found an answer outside {allowed[0]} to {allowed[-1]}")


def _prorated(answered: Sequence[float], fewest: int, full: float, per_item: float) -> Score:
    """The sum scaled to what full answers would give, if enough were given."""
    if not answered:
        return Score(None, 0, "not_administered")
    if len(answered) < fewest:
        return Score(None, len(answered), "too_few_answered")
    return Score(full * sum(answered) / (per_item * len(answered)), len(answered))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _mean_of_three(answers: Answers) -> float | None:
    """Ten times the mean of three answers of 0 to 10; None where one is missing."""
    given = _answered(answers, 3, range(11))
    return 10 * sum(given) / 3 if len(given) == 3 else None


def _points(value: float, steps: tuple[int, int, int]) -> int:
    return sum(value >= step for step in steps)


def _grade(intensity: float | None, points: int | None) -> ChronicPainGrade | None:
    if intensity is None or points is None:
        return None
    if points >= 5:
        return "IV"
    if points >= 3:
        return "III"
    if intensity >= HIGH_INTENSITY:
        return "II"
    return "0" if intensity == 0 and points == 0 else "I"
