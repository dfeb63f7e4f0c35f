"""What margins of 5 and of 15 points would say of a comparison: read off its own limits, behind the same gates."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.comparisons import SENSITIVITY_MARGINS
from schemas.study_rows import Study
from tests.transforms.hillside import day
from tests.transforms.meadow import compared, result, study
from tests.transforms.released import exact
from tests.transforms.second_verdict import Second, second

#: As comparable as can be: the study's own baseline, time and coverage.
MATCHED = {"coverage": 0.9}
OTHERS = ("robust_verdict_at_5", "robust_verdict_at_15")
#: 1,200 of 2,400 responded: beside so many, limits of 2,000 patients lie 2.5 points from their difference.
LARGE = study(result(n=2400))
HIGHER, LOWER, SAME = "materially_higher", "materially_lower", "equivalent"
NOT_BELOW, NOT_ABOVE, NO_ANSWER = "at_least_as_good", "not_better", "inconclusive"
#: Verdicts that say: not below by the margin or more.
AT_LEAST = {SAME, NOT_BELOW, HIGHER}
AT_MOST = {SAME, NOT_ABOVE, LOWER}


def beside(counted: dict[str, Any], *studies: Study, **more: Any) -> dict[str, Any]:
    """The first comparison of what is counted."""
    made, _ = compared([counted], *(studies or (study(),)), **more)
    return made.row(0, named=True)


def others(row: dict[str, Any]) -> tuple[str, str]:
    return row["robust_verdict_at_5"], row["robust_verdict_at_15"]


# ---- each verdict, on both sides of each margin ------------------------------------------------------------


@pytest.mark.parametrize(
    ("responders", "at_5", "shown", "at_15"),
    [
        (650, LOWER, LOWER, LOWER),  # the difference is -17.5 points, its limits -19.9 and -15.1
        (655, LOWER, LOWER, NOT_ABOVE),  # -19.6 and -14.8
        (745, LOWER, LOWER, NOT_ABOVE),  # -15.2 and -10.3
        (750, LOWER, LOWER, SAME),  # -14.9 and -10.04
        (755, LOWER, NOT_ABOVE, SAME),  # -14.7 and -9.8
        (850, LOWER, SAME, SAME),  # -9.97 and -5.02
        (855, NOT_ABOVE, SAME, SAME),  # -9.7 and -4.8
        (945, NOT_ABOVE, SAME, SAME),  # -5.2 and -0.3
        (950, SAME, SAME, SAME),  # -4.98 and -0.01
        (1050, SAME, SAME, SAME),  # 0.01 and 4.98
        (1055, NOT_BELOW, SAME, SAME),  # 0.3 and 5.2
        (1145, NOT_BELOW, SAME, SAME),  # 4.8 and 9.7
        (1150, HIGHER, SAME, SAME),  # 5.02 and 9.97
        (1245, HIGHER, NOT_BELOW, SAME),  # 9.8 and 14.7
        (1250, HIGHER, HIGHER, SAME),  # 10.04 and 14.9
        (1255, HIGHER, HIGHER, NOT_BELOW),  # 10.3 and 15.2
        (1345, HIGHER, HIGHER, NOT_BELOW),  # 14.8 and 19.6
        (1350, HIGHER, HIGHER, HIGHER),  # 15.1 and 19.9
    ],
)
def test_every_margin_reads_the_same_limits(responders: int, at_5: str, shown: str, at_15: str) -> None:
    found = beside(exact(responders, 2000 - responders, **MATCHED), LARGE)
    assert (found["robust_verdict"], *others(found)) == (shown, at_5, at_15)


@pytest.mark.parametrize(
    ("responders", "among", "at_5", "shown", "at_15"),
    [
        (50, 100, NO_ANSWER, SAME, SAME),  # -9.7 to 9.7 points
        (20, 40, NO_ANSWER, NO_ANSWER, SAME),  # -13.6 to 13.6
        (20, 35, NO_ANSWER, NOT_BELOW, NOT_BELOW),  # -7.6 to 20.9
    ],
)
def test_a_narrow_margin_may_leave_open_what_a_wider_one_answers(
    responders: int, among: int, at_5: str, shown: str, at_15: str
) -> None:
    found = beside(exact(responders, among - responders, **MATCHED))
    assert (found["robust_verdict"], *others(found)) == (shown, at_5, at_15)


def test_limits_that_the_missing_pull_far_apart_answer_at_no_margin() -> None:
    found = beside(exact(160, 40, 200, **MATCHED))  # -16.6 points if all are counted, 36.8 of the completers
    assert (found["depends_on_missing"], others(found)) == (True, (NO_ANSWER, NO_ANSWER))


def test_both_ways_of_counting_the_missing_must_hold_at_other_margins_too() -> None:
    alone = beside(exact(160, 40, **MATCHED))
    missing = beside(exact(160, 40, 40, **MATCHED))  # 9.3 points above at least, if the missing did not respond
    assert others(alone) == (HIGHER, HIGHER)
    assert (missing["verdict"], *others(missing)) == (HIGHER, HIGHER, NOT_BELOW)


@pytest.mark.parametrize(("margin", "column"), [(0.05, OTHERS[0]), (0.15, OTHERS[1])])
@pytest.mark.parametrize("responders", [20, 45, 50, 55, 65])
def test_a_fixed_margin_of_5_or_15_says_what_its_column_says(margin: float, column: str, responders: int) -> None:
    found = beside(exact(responders, 100 - responders, **MATCHED), margin=margin)
    assert found[column] == found["robust_verdict"]
    assert SENSITIVITY_MARGINS[column] == margin


# ---- behind the same gates ---------------------------------------------------------------------------------

WITHOUT = {
    "too_few": (exact(10, 10, **MATCHED), study()),
    "suppressed": (exact(3, 40, **MATCHED), study()),
    "not_due": (exact(0, 0, 0, not_due=30, first_due=day("2026-12-14")), study()),
    "no_data": (exact(0, 0, 40), study()),
    "not_comparable": (exact(160, 40, **MATCHED), study(condition="chronic-headache")),
    "unverified": (exact(160, 40, **MATCHED), study(result(confidence="recalled"))),
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_where_no_verdict_may_be_shown_no_other_margin_says_anything(kind: str) -> None:
    found = beside(*WITHOUT[kind])
    assert (found["outcome_kind"], others(found)) == (kind, ("", ""))


def test_grade_d_says_nothing_at_any_margin() -> None:
    found = beside(exact(60, 40, 90))  # half followed up, and coverage not known
    assert (found["grade"], others(found)) == ("D", ("", ""))


def test_beside_a_pool_of_studies_there_is_no_margin_to_change() -> None:
    pool = [study(result(printed=printed), name=f"trial-{printed}") for printed in ("50.0", "52.5", "47.5")]
    found = beside(exact(100, 100, **MATCHED), *pool)
    assert found["robust_verdict"] == "within_expected_range"
    assert others(found) == ("", "")


# ---- what always holds -------------------------------------------------------------------------------------

counts = st.integers(0, 900)


@given(counts, counts, st.integers(0, 200))
@settings(deadline=None, max_examples=40)
def test_whatever_is_equivalent_or_at_least_as_good_at_a_margin_is_so_at_every_wider_one(
    responders: int, without: int, missing: int
) -> None:
    found = beside(exact(responders, without, missing, **MATCHED), LARGE)
    narrow, wide = others(found)
    steps = [(narrow, found["robust_verdict"]), (found["robust_verdict"], wide), (narrow, wide)]
    for tighter, wider in steps:
        assert wider == SAME or tighter != SAME
        assert wider in AT_LEAST or tighter not in AT_LEAST
        assert wider in AT_MOST or tighter not in AT_MOST


@given(counts, counts, st.integers(0, 200))
@settings(deadline=None, max_examples=40)
def test_verdicts_at_all_margins_are_those_made_a_second_time_in_plain_loops(
    responders: int, without: int, missing: int
) -> None:
    found = beside(exact(responders, without, missing, **MATCHED))
    if not found["robust_verdict"]:
        assert others(found) == ("", "")
        return
    again = second(responders, without, missing, (120, 240), 0.10, first_all=True)
    assume(not _on_a_margin(again))
    assert (found["robust_verdict"], *others(found)) == (again.robust, *again.others)


def _on_a_margin(again: Second) -> bool:
    """Whether a limit lies on a margin to the last digit, where the two may round apart."""
    margins = (0.10, *SENSITIVITY_MARGINS.values())
    return any(abs(abs(end) - margin) < 1e-9 for end in again.spanning for margin in margins)
