"""Rates, differences, verdicts and printed percentages, against plain second implementations and for all counts."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from math import isnan, sqrt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import (
    VERDICTS,
    Interval,
    clopper_pearson,
    equivalence_attainable,
    grim,
    jeffreys,
    minimum_n_for_equivalence,
    mover,
    newcombe,
    robust_verdict,
    verdict,
    wilson,
    wilson_limits,
)

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from((0.80, 0.90, 0.95, 0.99, 0.998))
intervals = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(lambda ends: Interval(*sorted(ends)))
margins = st.sampled_from((0.05, 0.10, 0.15))
METHODS = (wilson, clopper_pearson, jeffreys)
Method = Callable[..., Interval | None]


def known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


# --- one rate ---


@pytest.mark.parametrize("method", METHODS)
def test_nobody_has_no_interval(method: Method) -> None:
    assert method(0, 0) is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5), (float("nan"), 5), (1, float("inf"))])
def test_what_is_no_count_is_an_error(method: Method, x: float, n: float) -> None:
    with pytest.raises(ValueError, match="expected 0 <= x <= n"):
        method(x, n)


@given(counts, levels)
def test_intervals_hold_the_rate_and_stay_within_0_and_1(count: tuple[int, int], level: float) -> None:
    x, n = count
    for method in METHODS:
        found = known(method(x, n, level))
        assert 0 <= found.low <= x / n <= found.high <= 1


@given(counts)
def test_a_higher_level_gives_a_wider_interval_around_a_lower_one(count: tuple[int, int]) -> None:
    for method in METHODS:
        narrow, wide = known(method(*count, 0.90)), known(method(*count, 0.95))
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high


@given(counts)
def test_counting_the_others_mirrors_the_interval(count: tuple[int, int]) -> None:
    x, n = count
    for method in METHODS:
        found, mirrored = known(method(x, n)), known(method(n - x, n))
        assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(counts)
def test_one_more_responder_moves_both_limits_up(count: tuple[int, int]) -> None:
    x, n = count
    if x < n:
        for method in METHODS:
            before, after = known(method(x, n)), known(method(x + 1, n))
            assert before.low <= after.low
            assert before.high <= after.high


@given(counts, levels)
def test_wilson_is_the_textbook_formula(count: tuple[int, int], level: float) -> None:
    x, n = count
    z, p = z_value(level), x / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = known(wilson(x, n, level))
    assert found.low == pytest.approx(centre - half, abs=1e-12)
    assert found.high == pytest.approx(centre + half, abs=1e-12)


@pytest.mark.parametrize("n", [1, 3, 46, 100_000])
def test_wilson_is_exactly_0_at_none_and_exactly_1_at_all(n: int) -> None:
    assert known(wilson(0, n)).low == 0
    assert known(wilson(n, n)).high == 1


def test_jeffreys_ends_at_0_and_1() -> None:
    assert known(jeffreys(0, 20)).low == 0
    assert known(jeffreys(20, 20)).high == 1


@given(st.lists(counts, min_size=1, max_size=20))
def test_a_column_has_the_limits_of_its_single_rows(rows: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(rows, schema={"x": pl.Int32, "n": pl.Int32}, orient="row")
    low, high = wilson_limits(pl.col("x"), pl.col("n"), z_value(0.95))
    found = frame.select(low=low, high=high).rows()
    for row, (x, n) in zip(found, rows, strict=True):
        assert row == pytest.approx(wilson_limits(float(x), float(n), z_value(0.95)), rel=1e-14)


def test_a_column_of_large_counts_does_not_overflow() -> None:
    frame = pl.DataFrame({"x": [2_000_000_000], "n": [2_000_000_001]}, schema={"x": pl.UInt32, "n": pl.UInt32})
    low, high = frame.select(*wilson_limits(pl.col("x"), pl.col("n"), 1.96)).row(0)
    assert 0.999 < low < high <= 1


def test_a_row_of_nobody_is_not_a_number() -> None:
    frame = pl.DataFrame({"x": [0], "n": [0]})
    low = frame.select(wilson_limits(pl.col("x"), pl.col("n"), 1.96)[0]).item()
    assert isnan(low)


# --- two rates ---


@given(counts, counts, levels)
def test_swapping_the_sides_negates_the_difference(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    found, swapped = known(newcombe(*first, *second, level)), known(newcombe(*second, *first, level))
    assert found.low == pytest.approx(-swapped.high, abs=1e-12)
    assert found.high == pytest.approx(-swapped.low, abs=1e-12)


@given(counts, counts, levels)
def test_a_difference_lies_in_its_interval_within_1(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    found = known(newcombe(*first, *second, level))
    assert -1 <= found.low <= first[0] / first[1] - second[0] / second[1] <= found.high <= 1


@given(counts, counts)
def test_one_more_responder_moves_the_difference_up(first: tuple[int, int], second: tuple[int, int]) -> None:
    x, n = first
    if x < n:
        before, after = known(newcombe(x, n, *second)), known(newcombe(x + 1, n, *second))
        assert before.low <= after.low + 1e-12
        assert before.high <= after.high + 1e-12


def test_a_difference_with_an_empty_side_is_none() -> None:
    assert newcombe(0, 0, 3, 5) is None
    assert newcombe(3, 5, 0, 0) is None


def test_mover_takes_any_limits() -> None:
    exact = mover(0.5, Interval(0.5, 0.5), 0.3, Interval(0.3, 0.3))
    assert [exact.low, exact.high] == pytest.approx([0.2, 0.2])


def test_an_interval_the_wrong_way_round_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="not at or below"):
        Interval(0.6, 0.5)
    with pytest.raises(ValueError, match="not at or below"):
        Interval(float("nan"), 0.5)


# --- verdicts ---


def by_cases(low: float, high: float, margin: float) -> str:
    """The verdict read off where each limit lies, without an order of rows."""
    if low >= margin:
        return "materially_higher"
    if high <= -margin:
        return "materially_lower"
    excludes_lower, excludes_higher = low > -margin, high < margin
    names = {
        (True, True): "equivalent",
        (True, False): "at_least_as_good",
        (False, True): "not_better",
        (False, False): "inconclusive",
    }
    return names[excludes_lower, excludes_higher]


MIRRORED = {
    "materially_higher": "materially_lower",
    "materially_lower": "materially_higher",
    "equivalent": "equivalent",
    "at_least_as_good": "not_better",
    "not_better": "at_least_as_good",
    "inconclusive": "inconclusive",
}


@given(intervals, margins)
def test_every_interval_has_one_verdict(interval: Interval, margin: float) -> None:
    assert verdict(interval, margin) == by_cases(interval.low, interval.high, margin)


@given(intervals, margins)
def test_swapping_the_sides_mirrors_the_verdict(interval: Interval, margin: float) -> None:
    assert verdict(Interval(-interval.high, -interval.low), margin) == MIRRORED[verdict(interval, margin)]


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (0.10, 0.30, "materially_higher"),
        (0.0999, 0.30, "at_least_as_good"),
        (-0.30, -0.10, "materially_lower"),
        (-0.30, -0.0999, "not_better"),
        (-0.0999, 0.0999, "equivalent"),
        (-0.10, 0.0999, "not_better"),
        (-0.0999, 0.10, "at_least_as_good"),
        (-0.10, 0.10, "inconclusive"),
    ],
)
def test_a_limit_on_the_margin_is_not_within_it(low: float, high: float, code: str) -> None:
    assert verdict(Interval(low, high), 0.10) == code


def test_all_six_verdicts_occur() -> None:
    ends = [(a / 20, b / 20) for a in range(-6, 7) for b in range(a, 7)]
    assert {verdict(Interval(*pair), 0.10) for pair in ends} == set(VERDICTS)


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.0])
def test_a_margin_outside_0_and_1_is_an_error(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        verdict(Interval(0, 0.1), margin)


@given(intervals, intervals, margins)
def test_a_robust_verdict_is_never_bolder_than_either_set(first: Interval, second: Interval, margin: float) -> None:
    found = robust_verdict(first, second, margin)
    spanning = Interval(min(first.low, second.low), max(first.high, second.high))
    assert found.verdict == verdict(spanning, margin)
    assert found.depends_on_missing == (found.verdict == "inconclusive" and verdict(first, margin) != "inconclusive")


def test_a_verdict_of_completers_that_the_missing_undo_depends_on_them() -> None:
    found = robust_verdict(Interval(-0.05, 0.05), Interval(-0.30, -0.05), 0.10)
    assert found.verdict == "not_better"
    assert not found.depends_on_missing
    undone = robust_verdict(Interval(-0.02, 0.30), Interval(-0.30, -0.05), 0.10)
    assert undone.verdict == "inconclusive"
    assert undone.depends_on_missing


# --- attainability ---


@pytest.mark.parametrize(("x", "n", "margin"), [(184, 387, 0.10), (90, 200, 0.10), (95, 147, 0.15), (5, 400, 0.05)])
def test_the_smallest_cohort_is_that_of_a_search_through_all_counts(x: int, n: int, margin: float) -> None:
    def some_count_does(size: int) -> bool:
        return any(verdict(known(newcombe(k, size, x, n, 0.90)), margin) == "equivalent" for k in range(size + 1))

    smallest = minimum_n_for_equivalence(x, n, margin)
    assert smallest == next(size for size in range(1, 2000) if some_count_does(size))
    assert equivalence_attainable(smallest, x, n, margin)
    assert not equivalence_attainable(smallest - 1, x, n, margin)


def test_no_cohort_is_large_enough_for_a_published_arm_that_is_too_small() -> None:
    assert minimum_n_for_equivalence(20, 40, 0.10) is None
    assert minimum_n_for_equivalence(0, 0, 0.10) is None


# --- printed percentages ---


@pytest.mark.parametrize(("printed", "n"), [("47.6", 387), ("44.2", 387), ("45.5", 2564), ("27.4", 388), ("66", 50)])
def test_consistent_counts_are_those_that_round_to_the_print(printed: str, n: int) -> None:
    step = Decimal(1).scaleb(-len(printed.partition(".")[2]))
    rounded = {
        x
        for x in range(n + 1)
        for mode in (ROUND_HALF_UP, ROUND_HALF_EVEN)
        if (Decimal(100 * x) / n).quantize(step, mode) == Decimal(printed)
    }
    nearest = min(range(n + 1), key=lambda x: (abs(Decimal(100 * x) / n - Decimal(printed)), x))
    found = grim(printed, n)
    assert found.consistent == tuple(sorted(rounded))
    assert found.attainable == bool(rounded)
    assert found.inferred == nearest


def test_both_ways_of_rounding_a_half_are_allowed() -> None:
    assert grim("12.5", 8).consistent == (1,)
    assert grim("13", 8).consistent == (1,)  # 12.5 rounded up
    assert grim("12", 8).consistent == (1,)  # 12.5 rounded to the even digit
    assert not grim("37", 8).attainable  # 37.5 rounds to 38 either way


@given(counts, st.integers(0, 2))
def test_a_percentage_printed_from_a_count_is_attainable(count: tuple[int, int], decimals: int) -> None:
    x, n = count
    printed = str((Decimal(100 * x) / n).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    assert x in grim(printed, n).consistent


@pytest.mark.parametrize("printed", ["", "n/a", "101", "-1", "NaN", "47,6"])
def test_what_is_no_percentage_is_an_error(printed: str) -> None:
    with pytest.raises(ValueError, match="printed percentage"):
        grim(printed, 387)


def test_an_arm_of_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 patient or more"):
        grim("47.6", 0)
