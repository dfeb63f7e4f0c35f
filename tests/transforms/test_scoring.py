"""Items become scores by the published rule of each form, or no score with the reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.scoring import (
    chronic_pain_grade,
    ffbh_band,
    ffbh_r,
    mymop2,
    odi,
    peg,
    promis_raw,
    rmdq,
)

items_of_24 = st.lists(st.one_of(st.none(), st.integers(0, 1)), min_size=24, max_size=24)


@settings(deadline=None)
@given(items_of_24)
def test_a_roland_morris_score_lies_within_its_range(items: list[int | None]) -> None:
    found = rmdq(items, "yes_no")
    assert found.score is None or 0 <= found.score <= 24
    assert (found.score is None) == (found.reason != "")


def test_an_unticked_box_is_a_0_and_an_unanswered_question_is_not() -> None:
    half_ticked: list[float | None] = [1.0] * 10 + [None] * 14
    assert rmdq(half_ticked, "checkbox").score == 10
    assert rmdq(half_ticked, "yes_no").reason == "too_few_answered"


@pytest.mark.parametrize(("missing", "score"), [(4, 24 * 10 / 20), (5, None)])
def test_four_missing_answers_are_scaled_up_and_five_are_too_many(missing: int, score: float | None) -> None:
    items: list[float | None] = [1.0] * 10 + [0.0] * (14 - missing) + [None] * missing
    assert rmdq(items, "yes_no").score == score


@pytest.mark.parametrize("form", ["checkbox", "yes_no"])
def test_a_form_without_any_answer_was_not_administered(form: str) -> None:
    found = rmdq([None] * 24, form)  # type: ignore[arg-type] # both forms
    assert (found.score, found.reason) == (None, "not_administered")


def test_the_form_of_23_items_is_another_one() -> None:
    assert rmdq([1] * 23, "yes_no", n_items=23).score == 23
    with pytest.raises(ValueError, match="found 23 items, expected 24"):
        rmdq([1] * 23, "yes_no")


def test_of_two_marks_in_a_section_the_higher_counts() -> None:
    assert odi([2, [1, 3], 1, 1, 2, 2, 2, 1, 2, 1]).score == pytest.approx(100 * 17 / 50)


@pytest.mark.parametrize(("missing", "answered"), [(2, True), (3, False)])
def test_eight_sections_are_enough(missing: int, answered: bool) -> None:
    assert (odi([2] * (10 - missing) + [None] * missing).score is not None) == answered


@pytest.mark.parametrize(("missing", "answered"), [(2, True), (3, False)])
def test_ten_of_twelve_activities_are_enough(missing: int, answered: bool) -> None:
    found = ffbh_r([2] * (12 - missing) + [None] * missing)
    assert (found.score is not None) == answered
    assert (found.band == "normal") == answered


@pytest.mark.parametrize(
    ("score", "band"),
    [(59.9, "relevant limitation"), (60.0, "moderate"), (79.9, "moderate"), (80.0, "normal"), (None, None)],
)
def test_bands_begin_at_their_limits(score: float | None, band: str | None) -> None:
    assert ffbh_band(score) == band


def test_all_three_answers_are_needed() -> None:
    assert peg([6, 7, 5]).score == 6
    assert peg([6, None, 5]).reason == "too_few_answered"


@pytest.mark.parametrize(
    ("days", "interference", "points"),
    [
        (6, [0, 0, 0], 0),
        (7, [0, 0, 0], 1),
        (14, [0, 0, 0], 1),
        (15, [0, 0, 0], 2),
        (30, [0, 0, 0], 2),
        (31, [0, 0, 0], 3),
        (0, [3, 3, 2], 0),
        (0, [3, 3, 3], 1),
        (0, [5, 5, 4], 1),
        (0, [5, 5, 5], 2),
        (0, [7, 7, 6], 2),
        (0, [7, 7, 7], 3),
    ],
)
def test_disability_points_begin_at_their_limits(days: int, interference: list[float], points: int) -> None:
    assert chronic_pain_grade([5, 5, 5], interference, days).disability_points == points


@pytest.mark.parametrize(
    ("pain", "interference", "days", "grade"),
    [
        ([0, 0, 0], [0, 0, 0], 0, "0"),
        ([4, 5, 5], [0, 0, 0], 0, "I"),
        ([5, 5, 5], [0, 0, 0], 0, "II"),
        ([0, 0, 0], [7, 7, 7], 0, "III"),
        ([5, 5, 5], [5, 5, 5], 15, "III"),
        ([5, 5, 5], [5, 5, 5], 31, "IV"),
        ([5, 5, None], [5, 5, 5], 31, None),
        ([5, 5, 5], [5, None, 5], 31, None),
        ([5, 5, 5], [5, 5, 5], None, None),
    ],
)
def test_grades_follow_intensity_and_points(
    pain: list[float | None], interference: list[float | None], days: float | None, grade: str | None
) -> None:
    assert chronic_pain_grade(pain, interference, days).grade == grade


def test_a_profile_changes_over_the_items_present_both_times() -> None:
    first = {"symptom1": 5, "symptom2": None, "activity": 4, "wellbeing": 3}
    second = {"symptom1": 2, "symptom2": 6, "activity": None, "wellbeing": 2}
    found = mymop2(first, second)
    assert found.baseline == 4
    assert found.followup == 2
    assert found.change == 2 - 4


@pytest.mark.parametrize("absent", ["first", "second"])
def test_a_profile_needs_the_first_symptom_both_times(absent: str) -> None:
    first = {"symptom1": None if absent == "first" else 5, "wellbeing": 3}
    second = {"symptom1": None if absent == "second" else 2, "wellbeing": 2}
    assert mymop2(first, second).change is None


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([4, 3, 4, None], "fewer_than_4_answered"),
        ([4, 3, 4, 2, None, 1], "not_every_item_answered"),
        ([None] * 4, "not_administered"),
    ],
)
def test_a_short_form_with_a_gap_has_no_sum(items: list[float | None], reason: str) -> None:
    found = promis_raw(items, len(items))
    assert (found.raw, found.lookup_allowed, found.reason) == (None, False, reason)


def test_a_whole_short_form_may_be_looked_up() -> None:
    found = promis_raw([4, 3, 4, 1], 4)
    assert (found.raw, found.lookup_allowed) == (12, True)


@pytest.mark.parametrize("answer", [-1, 2, 0.5])
def test_an_answer_that_the_form_does_not_have_is_an_error_and_is_not_repeated(answer: float) -> None:
    with pytest.raises(ValueError, match="outside 0 to 1") as raised:
        rmdq([answer] + [0] * 23, "yes_no")
    assert str(answer) not in str(raised.value).replace("0 to 1", "")
