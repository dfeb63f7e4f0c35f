"""What a reader could work out: hidden cells from totals, groups from a difference, counts from an interval."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.disclosure_audit import (
    consistent_counts,
    difference,
    feasible,
    midpoint_6,
    primary,
    suppression,
)
from transforms.statistics.proportions import wilson

TABLE = [[12, 8], [3, 9], [15, 20], [25, 4]]


def test_a_lone_hidden_cell_is_given_away_by_its_total() -> None:
    assert feasible(TABLE, [(1, 0)]) == {(1, 0): (3.0, 3.0)}


def test_nothing_hidden_leaves_nothing_to_work_out() -> None:
    assert feasible(TABLE, []) == {}


def test_cells_of_1_to_7_are_hidden_and_0_and_8_are_not() -> None:
    assert primary([[0, 1, 7, 8]]) == ((0, 1), (0, 2))


def test_the_fewest_other_cells_are_hidden_with_them() -> None:
    found = suppression(TABLE)
    assert found is not None
    assert found.primary == ((1, 0), (3, 1))
    assert len(found.complementary) == 2


def test_a_table_without_small_cells_hides_nothing() -> None:
    found = suppression([[12, 8], [9, 10]])
    assert found is not None
    assert (found.primary, found.complementary) == ((), ())


def test_a_table_too_small_to_keep_a_cell_uncertain_says_so() -> None:
    assert suppression([[3, 20]]) is None


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2))
def test_ranges_are_those_of_every_table_with_the_same_totals(table: list[list[int]]) -> None:
    whole = [(r, c) for r in (0, 1) for c in (0, 1)]
    rows, columns = [sum(row) for row in table], [sum(row[c] for row in table) for c in (0, 1)]
    same = [
        (a, b, c, d)
        for a, b, c, d in product(range(13), repeat=4)
        if [a + b, c + d] == rows and [a + c, b + d] == columns
    ]
    found = feasible(table, whole)
    for k, cell in enumerate(whole):
        ends = (min(one[k] for one in same), max(one[k] for one in same))
        assert found[cell] == pytest.approx(ends, abs=1e-6)


@pytest.mark.parametrize(
    ("n", "x", "allowed"), [(0, 0, True), (7, 4, False), (8, 0, True), (8, 1, False), (16, 8, True)]
)
def test_two_groups_stand_together_where_their_difference_could_itself_be_shown(n: int, x: int, allowed: bool) -> None:
    found = difference({"n": 100 + n, "x": 50 + x}, {"n": 100, "x": 50})
    assert (found.allowed, bool(found.reason)) == (allowed, not allowed)


def test_groups_that_cannot_be_nested_are_an_error() -> None:
    with pytest.raises(ValueError, match="of which the other is a part"):
        difference({"n": 100, "x": 50}, {"n": 90, "x": 51})


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 3), (6, 3), (7, 9), (12, 9), (13, 15)])
def test_midpoints_stand_for_six_counts_each(count: int, shown: int) -> None:
    assert midpoint_6(count) == shown


def test_a_negative_count_has_no_midpoint() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        midpoint_6(-1)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_and_its_interval_are_consistent_with_the_counts_that_gave_them(counts: tuple[int, int]) -> None:
    x, n = counts
    interval = wilson(x, n)
    assert interval is not None
    figures = (100 * x / n, 100 * interval.low, 100 * interval.high)
    assert (x, n) in consistent_counts(*figures, decimals=1, largest=61)
