"""Clinics beside each other: funnels, shrinkage and many looks at once."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from transforms.statistics.funnel import (
    exact_limits,
    funnel,
    overdispersion_arcsine,
    tails,
    widened_limits,
)
from transforms.statistics.multiplicity import Method, adjusted, discoveries
from transforms.statistics.shrinkage import shrunk_rates

clinic = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
APART = [(90, 100), (20, 100), (50, 100), (70, 100), (35, 100)] * 2
ALIKE = [(50, 100), (20, 40), (31, 60), (9, 20), (25, 50), (40, 80), (61, 120), (11, 20), (34, 70), (16, 30)]


@given(st.integers(1, 400), st.floats(0.02, 0.98))
def test_alarm_limits_lie_outside_alert_limits_within_0_and_1(n: int, target: float) -> None:
    for found in (exact_limits(n, target), widened_limits(n, target, 0.01)):
        assert 0 <= found.alarm.low <= found.alert.low
        assert found.alert.high <= found.alarm.high <= 1


@given(clinic, st.floats(0.02, 0.98))
def test_tails_are_sums_of_binomial_chances(count: tuple[int, int], target: float) -> None:
    x, n = count
    chances = [comb(n, k) * target**k * (1 - target) ** (n - k) for k in range(n + 1)]
    found = tails(x, n, target)
    assert found.low == pytest.approx(sum(chances[: x + 1]), abs=1e-9)
    assert found.high == pytest.approx(sum(chances[x:]), abs=1e-9)
    assert found.midp_low + found.midp_high == pytest.approx(1, abs=1e-9)


def test_limits_of_a_tiny_clinic_do_not_fold_back() -> None:
    found = widened_limits(2, 0.9, 0.05)
    assert found.alarm.high == 1
    assert found.alarm.low < found.alert.low < 0.9


def test_a_benchmark_has_a_size_of_its_own() -> None:
    assert widened_limits(50, 0.5, 0.0, n_published=100).alert.width > widened_limits(50, 0.5, 0.0).alert.width


def test_fewer_than_five_clinics_make_no_funnel() -> None:
    assert funnel([(5, 10)] * 4) is None
    assert funnel([(5, 10)] * 5) is not None


def test_fewer_than_ten_clinics_have_exact_limits_only() -> None:
    found = funnel(APART[:9])
    assert found is not None
    assert found.overdispersion is None
    assert not found.widened


def test_clinics_of_fewer_than_eight_do_not_count_towards_ten() -> None:
    found = funnel([*APART[:9], (3, 7)])
    assert found is not None
    assert found.overdispersion is None


def test_clinics_that_all_differ_widen_the_limits_and_stop_being_unusual() -> None:
    found = funnel(APART)
    assert found is not None
    assert found.widened
    assert {place.zone for place in found.places} == {"usual"}
    assert funnel(APART[:9]).places[0].zone == "unusual"  # type: ignore[union-attr] # nine make a funnel


def test_clinics_alike_keep_exact_limits_and_none_is_unusual() -> None:
    found = funnel(ALIKE)
    assert found is not None
    assert not found.widened
    assert found.overdispersion is not None
    assert found.overdispersion.tau2 == 0
    assert {place.zone for place in found.places} == {"usual"}


def test_both_tails_are_treated_alike() -> None:
    clinics = [(10, 60), (30, 60), (30, 60), (30, 60), (50, 60)]
    found = funnel(clinics)
    assert found is not None
    assert found.places[0].zone == found.places[4].zone == "unusual"
    assert found.places[0].tail == pytest.approx(found.places[4].tail)


def test_an_empty_clinic_has_no_place_in_a_funnel() -> None:
    with pytest.raises(ValueError, match="funnel"):
        overdispersion_arcsine([(0, 0), (3, 5)])


# --- shrinkage ---


@settings(max_examples=25)
@given(st.lists(clinic, min_size=2, max_size=10))
def test_a_shrunk_rate_lies_between_the_clinic_and_its_network(clinics: list[tuple[int, int]]) -> None:
    found = shrunk_rates(clinics)
    for (x, n), rate, interval in zip(clinics, found.rates, found.intervals, strict=True):
        low, high = sorted((x / n, found.mean))
        assert low - 1e-6 <= rate <= high + 1e-6
        assert 0 <= interval.low <= interval.high <= 1
    assert sum(found.expected_ranks) == pytest.approx(len(clinics) * (len(clinics) + 1) / 2, abs=0.01)


def test_small_clinics_are_drawn_further() -> None:
    found = shrunk_rates([(3, 4), (75, 100), (20, 100), (50, 100), (40, 90)])
    assert abs(found.rates[0] - found.mean) < abs(found.rates[1] - found.mean)


def test_clinics_that_differ_by_chance_only_are_pooled() -> None:
    found = shrunk_rates([(10, 20), (20, 40), (30, 60)])
    assert found.complete_pooling
    assert found.rates == (0.5, 0.5, 0.5)
    assert found.expected_ranks == (2, 2, 2)


def test_one_clinic_cannot_be_shrunk() -> None:
    with pytest.raises(ValueError, match="two clinics"):
        shrunk_rates([(3, 5)])


# --- many looks ---

NAMES: dict[Method, str] = {
    "benjamini_hochberg": "fdr_bh",
    "benjamini_yekutieli": "fdr_by",
    "holm": "holm",
    "bonferroni": "bonferroni",
}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from(list(NAMES)))
def test_adjusted_p_values_are_those_of_the_library(p_values: list[float], method: Method) -> None:
    expected = multipletests(p_values, method=NAMES[method])[1]
    assert adjusted(p_values, method) == pytest.approx(list(expected), abs=1e-12)


def test_nothing_to_adjust_is_nothing() -> None:
    assert adjusted([]) == []
    assert discoveries([]) == []


def test_a_p_value_outside_0_and_1_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside"):
        adjusted([0.5, 1.5])


def test_false_discoveries_are_bounded_where_nothing_is_true() -> None:
    random = np.random.default_rng(2)
    flagged = [any(discoveries(random.random(20).tolist())) for _ in range(2_000)]
    assert np.mean(flagged) < 0.07
