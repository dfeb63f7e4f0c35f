"""Many pairs of rates at once give what one pair at a time gives: score limits, ratios, chances."""

from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.bayes import chance_above, posterior
from transforms.statistics.pairs_of_rates import (
    PairsOfRates,
    chances_above,
    difference_limits,
    difference_scores,
    ratio_limits,
)
from transforms.statistics.score_intervals import TwoRates, difference_score, koopman, miettinen_nurminen

Counts = tuple[int, int, int, int]


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    n1, n2 = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def paired(*listed: Counts) -> PairsOfRates:
    return PairsOfRates(*(np.array(column, dtype=np.float64) for column in zip(*listed, strict=True)))


@settings(deadline=None)
@given(st.lists(counts(), min_size=1, max_size=5))
def test_score_limits_of_many_differences_are_those_of_each(listed: list[Counts]) -> None:
    low, high = difference_limits(paired(*listed))
    for at, one in enumerate(listed):
        expected = miettinen_nurminen(TwoRates(*one))
        assert (low[at], high[at]) == pytest.approx((expected.low, expected.high), abs=1e-9)


@settings(deadline=None)
@given(st.lists(counts(), min_size=1, max_size=5))
def test_score_limits_of_many_ratios_are_those_of_each(listed: list[Counts]) -> None:
    low, high = ratio_limits(paired(*listed))
    for at, one in enumerate(listed):
        expected = koopman(TwoRates(*one))
        assert low[at] == pytest.approx(expected.low, rel=1e-9, abs=1e-12)
        assert isinf(high[at]) if expected.high == inf else high[at] == pytest.approx(expected.high, rel=1e-9)


@settings(deadline=None)
@given(counts(), st.floats(-0.3, 0.3))
def test_scores_at_a_difference_are_those_of_each(one: Counts, difference: float) -> None:
    found = difference_scores(paired(one), np.array([difference]))[0]
    assert found == pytest.approx(difference_score(TwoRates(*one), difference), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(counts(), min_size=1, max_size=3), st.sampled_from([-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15]))
def test_chances_by_fixed_nodes_are_those_of_adaptive_quadrature(listed: list[Counts], shift: float) -> None:
    found = chances_above(paired(*listed), np.full(len(listed), shift))
    for at, (x1, n1, x2, n2) in enumerate(listed):
        assert found[at] == pytest.approx(chance_above(posterior(x1, n1), posterior(x2, n2), shift), abs=1e-4)


@pytest.mark.parametrize("one", [(0, 50, 0, 60), (50, 50, 60, 60), (0, 50, 60, 60), (50, 50, 0, 60)])
def test_where_nobody_or_everybody_responded_limits_are_finite_and_in_order(one: Counts) -> None:
    low, high = difference_limits(paired(one))
    assert -1 <= low[0] <= high[0] <= 1
    expected = miettinen_nurminen(TwoRates(*one))
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-9)
