"""Pooled rates: the engine against a plain search, its gates, and what a new setting would show."""

from collections.abc import Sequence
from math import comb, exp, lgamma, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.logit_normal import logit_normal
from transforms.statistics.pooling import (
    RandomEffects,
    benchmark_mode,
    logit_effects,
    pool,
    predictive_check,
    predictive_distribution,
    predictive_range,
    predictive_tails,
    random_effects,
    reml_tau2,
)
from transforms.statistics.pooling_sensitivity import (
    at_tau2,
    dersimonian_laird_tau2,
    generalised_q,
    heterogeneity,
    paule_mandel_tau2,
    tau2_interval,
)

arm = st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
arms = st.lists(arm, min_size=3, max_size=8)
ALIKE = [(50, 100), (51, 102), (49, 98), (50, 101)]
APART = [(10, 100), (50, 100), (90, 100)]


@given(arms)
def test_the_between_study_variance_is_that_of_a_plain_search(drawn: list[tuple[int, int]]) -> None:
    effects, variances = logit_effects(drawn)

    def restricted(tau2: float) -> float:
        w = [1 / (v + tau2) for v in variances]
        mean = sum(a * y for a, y in zip(w, effects, strict=True)) / sum(w)
        misfit = sum(a * (y - mean) ** 2 for a, y in zip(w, effects, strict=True))
        return float(-sum(log(v + tau2) for v in variances) / 2 - log(sum(w)) / 2 - misfit / 2)

    found = reml_tau2(effects, variances)
    others = [0.0, *(found * factor for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2)), 0.01, 0.1, 1.0, 5.0]
    assert all(restricted(found) >= restricted(other) - 1e-9 for other in others)


@given(arms)
def test_the_order_of_studies_does_not_matter(drawn: list[tuple[int, int]]) -> None:
    there, back = pool(drawn), pool(drawn[::-1])
    assert there.mean == pytest.approx(back.mean, abs=1e-6)
    assert there.prediction_low == pytest.approx(back.prediction_low, abs=1e-6)


@given(arms)
def test_counting_the_others_mirrors_the_pooled_rate(drawn: list[tuple[int, int]]) -> None:
    found, other = pool(drawn), pool([(n - x, n) for x, n in drawn])
    assert found.mean == pytest.approx(1 - other.mean, abs=1e-6)
    assert found.low == pytest.approx(1 - other.high, abs=1e-6)


@given(arms)
def test_a_new_setting_is_less_certain_than_the_typical_one(drawn: list[tuple[int, int]]) -> None:
    found = pool(drawn)
    assert 0 <= found.prediction_low <= found.low <= found.mean <= found.high <= found.prediction_high <= 1


def test_studies_that_agree_by_chance_do_not_give_an_absurdly_narrow_interval() -> None:
    effects, variances = logit_effects(ALIKE)
    truncated = random_effects(effects, variances)
    untruncated = random_effects(effects, variances, adjustment="untruncated")
    assert truncated.q_star < 1
    assert untruncated.high - untruncated.low < (truncated.high - truncated.low) / 5
    assert truncated.se == pytest.approx(1 / sqrt(float((1 / variances).sum())))


def test_without_variation_between_studies_prediction_and_interval_are_one() -> None:
    found = pool(ALIKE)
    assert found.tau2 == 0
    assert (found.prediction_low, found.prediction_high) == (found.low, found.high)


@pytest.mark.parametrize("few", [[], [(5, 10)], [(5, 10), (6, 12)]])
def test_fewer_than_three_studies_are_not_pooled(few: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="side by side"):
        pool(few)


def test_an_arm_that_is_no_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="a patient or more"):
        pool([(5, 10), (5, 10), (0, 0)])


def test_only_an_arm_at_the_edge_gets_halves() -> None:
    effects, variances = logit_effects([(0, 10), (5, 10), (10, 10)])
    assert effects[0] == pytest.approx(log(0.5 / 10.5))
    assert effects[1] == 0
    assert variances[1] == pytest.approx(0.4)
    assert effects[2] == pytest.approx(log(10.5 / 0.5))


@pytest.mark.parametrize(
    ("k", "width", "mode"),
    [
        (0, None, "none"),
        (1, None, "single_study"),
        (2, 0.1, "side_by_side"),
        (3, 0.40, "pooled_with_prediction_interval"),
        (3, 0.4001, "side_by_side"),
        (3, None, "side_by_side"),
        (9, 0.2, "pooled_with_prediction_interval"),
    ],
)
def test_three_studies_and_a_narrow_prediction_make_a_pooled_benchmark(k: int, width: float | None, mode: str) -> None:
    assert benchmark_mode(k, width) == mode


# --- a new setting ---


def by_plain_sum(mu: float, scale: float, df: int, n: int, x: int) -> float:
    """P(X <= x) by a fine Riemann sum over t, written without the library."""
    constant = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / sqrt(df * pi)
    total, step = 0.0, 0.005
    for i in range(-20_000, 20_001):
        t = i * step
        rate = 1 / (1 + exp(-(mu + scale * t)))
        below = sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(x + 1))
        total += constant * (1 + t * t / df) ** (-(df + 1) / 2) * below * step
    return total


def test_the_predicted_counts_are_those_of_a_plain_sum() -> None:
    chance = predictive_distribution(0.3, 0.5, 5, 6)
    for x in (0, 3, 5):
        assert chance(x) == pytest.approx(by_plain_sum(0.3, 0.5, 5, 6, x), abs=1e-5)


@settings(max_examples=30)
@given(st.floats(-4, 4), st.floats(0.01, 3), st.integers(2, 20), st.integers(1, 500))
def test_predicted_chances_rise_to_one(mu: float, scale: float, df: int, n: int) -> None:
    chance = predictive_distribution(mu, scale, df, n)
    found = [chance(x) for x in range(-1, n + 1, max(1, n // 20))]
    assert found[0] == 0
    assert chance(n) == pytest.approx(1)
    assert found == pytest.approx(sorted(found), abs=1e-12)


def test_with_nothing_uncertain_the_predicted_counts_are_binomial() -> None:
    chance = predictive_distribution(0.0, 1e-9, 5, 10)
    assert chance(4) == pytest.approx(sum(comb(10, k) for k in range(5)) / 2**10, abs=1e-9)


def test_a_count_is_judged_by_the_tail_it_lies_in() -> None:
    pooled = pool([(50, 100), (55, 100), (48, 100), (52, 101)])
    codes = [predictive_check(x, 60, pooled) for x in range(61)]
    assert codes[0] == "lower_than_expected"
    assert codes[30] == "within_expected_range"
    assert codes[60] == "higher_than_expected"
    order = ["lower_than_expected", "within_expected_range", "higher_than_expected"]
    assert codes == sorted(codes, key=order.index)


def test_the_tails_of_a_count_share_its_own_chance() -> None:
    pooled = pool(APART)
    low, high = predictive_tails(20, 40, pooled.logit)
    assert low + high == pytest.approx(1)


def test_the_range_of_counts_holds_at_least_its_level() -> None:
    pooled = pool([(50, 100), (55, 100), (48, 100)])
    low, high = predictive_range(80, pooled)
    logit = pooled.logit
    chance = predictive_distribution(logit.mean, logit.prediction_scale, logit.df, 80)
    assert chance(high) - chance(low - 1) >= 0.95
    assert chance(low - 1) < 0.025
    assert chance(high - 1) < 0.975


# --- other roads ---


@given(arms)
def test_moment_estimates_solve_their_equations(drawn: Sequence[tuple[int, int]]) -> None:
    effects, variances = logit_effects(drawn)
    found = paule_mandel_tau2(effects, variances)
    k = len(drawn)
    if found > 0:
        assert generalised_q(effects, variances, found) == pytest.approx(k - 1, rel=1e-6)
    else:
        assert generalised_q(effects, variances, 0.0) <= k - 1
    assert dersimonian_laird_tau2(effects, variances) >= 0
    interval = tau2_interval(effects, variances)
    assert interval.low <= found + 1e-9
    assert found <= interval.high + 1e-9


def test_studies_alike_have_no_heterogeneity() -> None:
    effects, variances = logit_effects(ALIKE)
    found = heterogeneity(effects, variances, reml_tau2(effects, variances))
    assert (found.i2, found.h2) == (0, 1)
    assert found.q_p > 0.9


def test_a_fixed_effect_is_narrower_than_a_random_one() -> None:
    effects, variances = logit_effects(APART)
    fixed = at_tau2(effects, variances, 0.0)[1]
    varying = at_tau2(effects, variances, 2.0)[1]
    assert fixed.width < varying.width


def test_the_sparse_model_finds_no_spread_between_groups_alike() -> None:
    found = logit_normal([(10, 20), (20, 40), (15, 30)])
    assert found.sd == pytest.approx(0, abs=1e-3)
    rate, interval = found.rate()
    assert rate == pytest.approx(0.5, abs=1e-6)
    assert found.se == pytest.approx(sqrt(4 / 90), rel=1e-3)
    assert interval.low < 0.5 < interval.high


def test_the_sparse_model_refuses_groups_that_cannot_differ() -> None:
    with pytest.raises(ValueError, match="logit-normal"):
        logit_normal([(0, 5), (0, 9)])


def test_a_summary_knows_its_degrees_of_freedom_and_its_scale() -> None:
    found = RandomEffects(0, 0.3, -1, 1, -2, 2, 0.16, 1.0, 5)
    assert found.df == 4
    assert found.prediction_scale == pytest.approx(0.5)
    assert np.isfinite(found.prediction_scale)
