"""Score intervals solve the equation they are named for, also where libraries are wrong or give up."""

from math import inf, isfinite, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import Interval, clopper_pearson
from transforms.statistics.score_intervals import (
    TwoRates,
    difference_score,
    katz_log,
    koopman,
    mid_p,
    miettinen_nurminen,
    ratio_score,
    score_equivalence,
    wilson_continuity,
)

sides = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
two_rates = st.tuples(sides, sides).map(lambda drawn: TwoRates(*drawn[0], *drawn[1]))


def swapped(rates: TwoRates) -> TwoRates:
    return TwoRates(rates.x2, rates.n2, rates.x1, rates.n1)


def log_chance(count: float, rate: float) -> float:
    """count * log(rate), 0 where nothing was counted, minus infinity where it could not have been."""
    if count == 0:
        return 0.0
    return count * log(rate) if rate > 0 else -inf


@settings(max_examples=40)
@given(two_rates, st.sampled_from((-0.4, -0.1, 0.0, 0.13, 0.5)))
def test_the_score_uses_the_most_likely_rates_under_the_difference(rates: TwoRates, d: float) -> None:
    def likelihood(p1: float) -> float:
        return (
            log_chance(rates.x1, p1)
            + log_chance(rates.n1 - rates.x1, 1 - p1)
            + log_chance(rates.x2, p1 - d)
            + log_chance(rates.n2 - rates.x2, 1 - p1 + d)
        )

    low, high = max(0.0, d), min(1.0, 1.0 + d)
    p1 = max((low + (high - low) * i / 4000 for i in range(4001)), key=likelihood)
    variance = p1 * (1 - p1) / rates.n1 + (p1 - d) * (1 - p1 + d) / rates.n2
    if variance > 1e-4:
        total = rates.n1 + rates.n2
        expected = (rates.p1 - rates.p2 - d) / sqrt(variance * total / (total - 1))
        assert difference_score(rates, d) == pytest.approx(expected, abs=2e-2, rel=2e-2)


@given(two_rates)
def test_the_limits_of_a_difference_are_where_the_score_reaches_the_quantile(rates: TwoRates) -> None:
    found, z = miettinen_nurminen(rates), z_value(0.95)
    assert -1 <= found.low <= rates.p1 - rates.p2 <= found.high <= 1
    if found.low > -0.999:
        assert difference_score(rates, found.low) == pytest.approx(z, abs=1e-5)
    if found.high < 0.999:
        assert difference_score(rates, found.high) == pytest.approx(-z, abs=1e-5)


@given(two_rates)
def test_swapping_the_sides_negates_a_difference_and_inverts_a_ratio(rates: TwoRates) -> None:
    found, other = miettinen_nurminen(rates), miettinen_nurminen(swapped(rates))
    assert found.low == pytest.approx(-other.high, abs=1e-8)
    ratio, inverse = koopman(rates), koopman(swapped(rates))
    if ratio.low > 0 and isfinite(inverse.high):
        assert ratio.low == pytest.approx(1 / inverse.high, rel=1e-6)


@given(two_rates)
def test_a_higher_level_is_wider(rates: TwoRates) -> None:
    narrow, wide = miettinen_nurminen(rates, 0.90), miettinen_nurminen(rates, 0.95)
    assert wide.low <= narrow.low + 1e-12
    assert narrow.high <= wide.high + 1e-12


@given(two_rates)
def test_the_limits_of_a_ratio_are_where_the_score_reaches_the_quantile(rates: TwoRates) -> None:
    found, z = koopman(rates), z_value(0.95)
    if rates.x1 == 0:
        assert found.low == 0
    else:
        assert ratio_score(rates, found.low) == pytest.approx(z, abs=1e-5)
    if rates.x2 == 0:
        assert found.high == inf
    else:
        assert ratio_score(rates, found.high) == pytest.approx(-z, abs=1e-5)


@pytest.mark.parametrize("counts", [(0, 5, 0, 5), (5, 5, 5, 5), (9, 10, 3, 10), (0, 5, 5, 5), (5, 5, 0, 5)])
def test_extreme_counts_have_finite_limits(counts: tuple[int, int, int, int]) -> None:
    found = miettinen_nurminen(TwoRates(*counts))
    assert isfinite(found.low)
    assert isfinite(found.high)
    assert found.low < found.high


def test_two_sides_alike_have_a_symmetric_difference() -> None:
    found = miettinen_nurminen(TwoRates(0, 5, 0, 5))
    assert found.low == pytest.approx(-found.high)


def test_the_difference_that_a_library_gets_wrong_is_right() -> None:
    found = miettinen_nurminen(TwoRates(56, 70, 48, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0528, 0.3382)


def test_the_ratio_that_a_library_gets_wrong_is_right() -> None:
    assert round(koopman(TwoRates(5, 5, 184, 387)).low, 2) == 1.18


def test_nobody_on_either_side_leaves_a_ratio_open() -> None:
    assert koopman(TwoRates(0, 5, 0, 5)) == Interval(0, inf)
    assert katz_log(TwoRates(0, 5, 3, 5)) is None


@given(two_rates, st.sampled_from((0.05, 0.10, 0.15)))
def test_the_tests_at_the_margins_agree_with_the_verdict(rates: TwoRates, margin: float) -> None:
    found = score_equivalence(rates, margin)
    both = found.p_noninferior < 0.05 - 1e-9 and found.p_nonsuperior < 0.05 - 1e-9
    if both:
        assert found.verdict == "equivalent"
    if found.verdict == "equivalent":
        assert max(found.p_noninferior, found.p_nonsuperior) < 0.05 + 1e-9


@given(sides)
def test_the_mid_p_interval_lies_within_the_exact_one(side: tuple[int, int]) -> None:
    found, exact = mid_p(*side), clopper_pearson(*side)
    assert exact is not None
    assert exact.low - 1e-9 <= found.low <= found.high <= exact.high + 1e-9


@given(sides)
def test_the_continuity_correction_stays_within_0_and_1(side: tuple[int, int]) -> None:
    found = wilson_continuity(*side)
    assert 0 <= found.low <= side[0] / side[1] <= found.high <= 1


def test_two_rates_with_an_empty_side_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="patients on both sides"):
        TwoRates(0, 0, 3, 5)
