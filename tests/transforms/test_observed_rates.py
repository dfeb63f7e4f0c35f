"""Rates, intervals and bounds: computed from what was released, and only where follow-up bears them."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.observed_rates import ObservedRates
from tests.transforms.hillside import day
from tests.transforms.released import exact, released
from transforms.observed_rates import observed_rates
from transforms.statistics.proportions import LEAST_FOLLOW_UP, wilson

RATES = ("rate", "rate_low", "rate_high", "nonresponse_rate", "nonresponse_low", "nonresponse_high")
BOUNDS = ("bound_low", "bound_high", "follow_up")


def observed(responders: int, others: int, missing: int = 0, **more: object) -> dict[str, object]:
    return observed_rates(released(exact(responders, others, missing, **more))).row(0, named=True)


def test_rates_intervals_and_bounds_are_made_of_the_rounded_counts() -> None:
    found = observed(31, 15, 14)  # 30 of 45, and 15 missing
    completers, everybody = wilson(30, 45), wilson(30, 60)
    assert completers is not None
    assert everybody is not None
    assert found["rate"] == pytest.approx(30 / 45)
    assert (found["rate_low"], found["rate_high"]) == pytest.approx((completers.low, completers.high))
    assert found["nonresponse_rate"] == pytest.approx(0.5)
    assert (found["nonresponse_low"], found["nonresponse_high"]) == pytest.approx((everybody.low, everybody.high))
    assert (found["bound_low"], found["bound_high"]) == pytest.approx((30 / 60, 45 / 60))
    assert found["follow_up"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("others", "missing", "status"),
    [(20, 60, "ok"), (20, 65, "too_few"), (20, 58, "ok"), (15, 55, "too_few")],
    ids=["40% exactly", "38%", "40% as rounded", "39%"],
)
def test_under_forty_percent_followed_up_only_the_bounds_are_given(others: int, missing: int, status: str) -> None:
    found = observed(20, others, missing)
    assert found["status"] == status
    assert all((found[name] is not None) is (status == "ok") for name in RATES)
    assert all(found[name] is not None for name in BOUNDS)


def test_forty_percent_is_the_least_follow_up() -> None:
    assert LEAST_FOLLOW_UP == 0.40


def test_where_the_number_missing_is_withheld_so_is_all_that_would_give_it_away() -> None:
    found = observed(31, 15, 7)
    assert found["rate"] == pytest.approx(30 / 45)
    assert [found[name] for name in (*RATES[3:], *BOUNDS)] == [None] * 6


def test_without_anybody_missing_the_bounds_meet_in_the_rate() -> None:
    found = observed(31, 15)
    assert found["bound_low"] == found["bound_high"] == found["rate"]
    assert found["follow_up"] == 1


def test_nobody_followed_up_leaves_everything_possible() -> None:
    found = observed(0, 0, 40)
    assert found["status"] == "no_data"
    assert [found[name] for name in BOUNDS] == [0, 1, 0]
    assert [found[name] for name in RATES] == [None] * 6


@pytest.mark.parametrize("numbers", [(3, 3, 0), (0, 0, 7), (0, 0, 0)])
def test_what_is_not_shown_has_no_rate_and_no_bound(numbers: tuple[int, int, int]) -> None:
    found = observed(*numbers)
    assert [found[name] for name in (*RATES, *BOUNDS)] == [None] * 9


def test_what_is_not_due_says_from_when() -> None:
    found = observed(0, 0, 0, not_due=30, first_due=day("2026-12-14"))
    assert (found["status"], found["due_from"]) == ("not_due", day("2027-01-01"))


@pytest.mark.parametrize(("responders", "others"), [(0, 40), (40, 0)])
def test_where_all_are_alike_the_interval_keeps_to_shares(responders: int, others: int) -> None:
    found = observed(responders, others)
    assert 0 <= float(str(found["rate_low"])) <= float(str(found["rate"])) <= float(str(found["rate_high"])) <= 1


@given(*[st.integers(0, 300)] * 3)
@settings(deadline=None)
def test_every_number_is_a_share_or_absent(responders: int, others: int, missing: int) -> None:
    found = observed_rates(released(exact(responders, others, missing)))
    assert faults(ObservedRates, found) == []
    assert found.select(pl.all_horizontal(pl.col(*RATES, *BOUNDS).fill_null(0).is_finite())).item()
