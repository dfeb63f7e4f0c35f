"""The one door out: what is hidden, what is rounded, and that nothing exact or small passes."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.released_counts import ReleasedCounts
from tests.transforms.hillside import day
from tests.transforms.released import exact, released, row
from transforms.disclosure import CLASS_DISCLOSURE_FROM, FEWEST_FOR_A_MEAN
from transforms.masking import masked

COUNTS = ("responders", "analysed", "missing", "not_due", "ineligible", "left_out")
RATE = ("responders", "analysed")


# ---- single counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (1, None), (7, None), (8, 10), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (102, 100), (103, 105)],
)
def test_one_to_seven_are_hidden_and_the_rest_is_rounded_to_the_nearest_five(count: int, shown: int | None) -> None:
    assert pl.select(masked(pl.lit(count))).item() == shown


@pytest.mark.parametrize("name", ["missing", "not_due", "left_out"])
@pytest.mark.parametrize(("count", "shown"), [(0, 0), (7, None), (8, 10), (41, 40)])
def test_every_count_of_people_is_masked_by_itself(name: str, count: int, shown: int | None) -> None:
    assert row(exact(40, 40, **{name: count}))[name] == shown


@pytest.mark.parametrize(("baselines", "unable", "shown"), [(4, 3, None), (4, 4, 10), (0, 0, 0), (20, 3, 25)])
def test_courses_without_a_usable_baseline_are_masked_as_one_count(
    baselines: int, unable: int, shown: int | None
) -> None:
    assert row(exact(40, 40, no_baseline=baselines, cannot_improve=unable))["ineligible"] == shown


# ---- rates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responders", "others", "status"),
    [
        (8, 8, "ok"),
        (7, 33, "suppressed"),
        (33, 7, "suppressed"),
        (8, 32, "ok"),
        (32, 8, "ok"),
        (1, 1, "suppressed"),
        (4, 4, "suppressed"),
        (0, CLASS_DISCLOSURE_FROM - 1, "suppressed"),
        (0, CLASS_DISCLOSURE_FROM, "ok"),
        (CLASS_DISCLOSURE_FROM - 1, 0, "suppressed"),
        (CLASS_DISCLOSURE_FROM, 0, "ok"),
        (0, 7, "suppressed"),
        (0, 8, "suppressed"),
    ],
)
def test_a_rate_needs_eight_on_either_side_and_thirty_where_all_are_alike(
    responders: int, others: int, status: str
) -> None:
    found = row(exact(responders, others))
    assert found["status"] == status
    assert all((found[name] is not None) is (status == "ok") for name in RATE)


def test_everybody_alike_needs_thirty() -> None:
    assert CLASS_DISCLOSURE_FROM == 30


def test_a_rate_is_made_of_two_rounded_counts() -> None:
    found = row(exact(31, 15, 14))
    assert [found[name] for name in ("responders", "analysed", "missing")] == [30, 45, 15]


def test_few_missing_are_withheld_and_the_rate_is_not() -> None:
    found = row(exact(31, 15, 7))
    assert (found["status"], found["missing"], found["responders"]) == ("ok", None, 30)


# ---- why there is nothing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        (exact(0, 0), "no_data"),
        (exact(0, 0, 0, not_due=3), "not_due"),
        (exact(0, 0, 0, not_due=30), "not_due"),
        (exact(0, 0, 7), "suppressed"),
        (exact(0, 0, 8), "no_data"),
        (exact(3, 2, 0, not_due=30), "suppressed"),
        (exact(20, 20, 0, not_due=30), "ok"),
        (exact(0, 0, 0, no_baseline=30), "no_data"),
    ],
)
def test_a_cell_says_why_nothing_is_shown(numbers: dict[str, Any], status: str) -> None:
    assert row(numbers)["status"] == status


def test_what_is_not_due_names_the_month_after_the_first_day_on_which_it_is() -> None:
    waiting = exact(0, 0, 0, not_due=30, first_due=day("2026-12-14"))
    assert row(waiting)["due_from"] == day("2027-01-01")
    assert row(exact(20, 20, 0, not_due=30, first_due=day("2026-12-14")))["due_from"] is None


# ---- companions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("baselines", "shown"), [(FEWEST_FOR_A_MEAN - 1, False), (FEWEST_FOR_A_MEAN, True)])
def test_a_mean_and_a_median_need_ten(baselines: int, shown: bool) -> None:
    found = row(exact(20, 20, baselines=baselines))
    assert [found[name] is not None for name in ("baseline_mean", "median_day")] == [shown, shown]


def test_ten_is_the_fewest_for_a_mean() -> None:
    assert FEWEST_FOR_A_MEAN == 10


@pytest.mark.parametrize(("mean", "shown"), [(6.04, 6.0), (6.09, 6.0), (6.11, 6.2), (0.0, 0.0)])
def test_a_mean_is_given_to_a_fiftieth_of_the_scale(mean: float, shown: float) -> None:
    assert row(exact(20, 20, baseline_mean=mean))["baseline_mean"] == pytest.approx(shown)


def test_a_fiftieth_of_another_scale_is_another_step() -> None:
    found = row(exact(20, 20, definition="ffbh-r-absolute-12", baseline_mean=46.7))
    assert found["baseline_mean"] == pytest.approx(46.0)


@pytest.mark.parametrize(("median", "shown"), [(182.0, 180), (183.0, 185), (187.4, 185)])
def test_a_median_day_is_given_to_five_days(median: float, shown: int) -> None:
    assert row(exact(20, 20, median_day=median))["median_day"] == shown


@pytest.mark.parametrize(
    ("share", "band"), [(0.8, ">=80%"), (0.799, "60-80%"), (0.6, "60-80%"), (0.599, "<60%"), (None, "unknown")]
)
def test_coverage_leaves_as_a_band(share: float | None, band: str) -> None:
    assert row(exact(20, 20, coverage=share))["coverage_band"] == band


@pytest.mark.parametrize(("met", "band"), [(36, ">=90%"), (35, "50-90%"), (20, "50-90%"), (19, "<50%"), (0, "unknown")])
def test_the_share_that_had_the_complaint_long_enough_leaves_as_a_band(met: int, band: str) -> None:
    minimum = {"population": "chronic-low-back-pain-3-months"}
    assert row(exact(20, 20, duration_met=met, **minimum))["chronicity_band"] == band


def test_a_population_without_a_minimum_is_met_by_everybody() -> None:
    assert row(exact(20, 20, duration_met=0))["chronicity_band"] == ">=90%"


def test_a_suppressed_cell_gives_no_band_of_its_patients() -> None:
    found = row(exact(3, 3, coverage=0.9, population="chronic-low-back-pain-3-months"))
    assert (found["coverage_band"], found["chronicity_band"]) == ("unknown", "unknown")
    assert (found["baseline_mean"], found["median_day"]) == (None, None)


# ---- what always holds -------------------------------------------------------------------------------------

SMALL = st.integers(0, 12) | st.integers(0, 400)


@given(SMALL, SMALL, SMALL, st.fixed_dictionaries(dict.fromkeys(("not_due", "no_baseline", "left_out"), SMALL)))
@settings(deadline=None)
def test_no_count_that_leaves_is_small_or_exact(
    responders: int, others: int, missing: int, more: dict[str, int]
) -> None:
    found = row(exact(responders, others, missing, **more))
    shown = [found[name] for name in COUNTS if found[name] is not None]
    assert all(count == 0 or (count >= 10 and count % 5 == 0) for count in shown)


@given(SMALL, SMALL, SMALL)
@settings(deadline=None)
def test_a_rate_that_leaves_gives_away_no_small_complement(responders: int, others: int, missing: int) -> None:
    found = row(exact(responders, others, missing))
    if found["status"] == "ok":
        assert all(count == 0 or count >= 8 for count in (responders, others))
        assert responders + others >= (30 if 0 in (responders, others) else 8)
    else:
        assert found["responders"] is None
        assert found["analysed"] is None


@given(st.integers(2, 80), st.integers(10, 400), SMALL)
@settings(deadline=None)
def test_one_responder_more_and_one_fewer_of_the_others_cannot_be_told_apart(
    fives: int, others: int, missing: int
) -> None:
    one, other = row(exact(5 * fives, others, missing)), row(exact(5 * fives + 1, others - 1, missing))
    assert {name: one[name] for name in COUNTS} == {name: other[name] for name in COUNTS}


def test_released_counts_keep_the_promise_of_their_table() -> None:
    rows = [
        exact(31, 15, 14),
        exact(3, 3, population="chronic-low-back-pain"),
        exact(0, 0, period="2025", period_kind="year"),
    ]
    assert faults(ReleasedCounts, released(*rows)) == []
