"""Adjusted rates: what they reproduce, and the cases in which they do not exist."""

import numpy as np
import pytest

from transforms.statistics.case_mix import directly_standardised, fay_feuer, indirectly_standardised
from transforms.statistics.confounding import e_value
from transforms.statistics.logistic import NotEstimableError
from transforms.statistics.maic import matched, matching_alpha
from transforms.statistics.proportions import Interval


def test_a_cohort_with_the_mix_of_the_standard_keeps_its_rate() -> None:
    found = directly_standardised([8, 15, 12], [20, 30, 50], [2, 3, 5])
    assert found.rate == pytest.approx(found.crude)
    assert found.interval is not None
    assert found.interval.low < found.rate < found.interval.high


def test_a_stratum_that_only_the_standard_has_cannot_be_dropped() -> None:
    with pytest.raises(NotEstimableError, match="no clinic patients"):
        directly_standardised([8, 0], [20, 0], [1, 1])


def test_a_stratum_that_the_standard_lacks_is_left_out() -> None:
    found = directly_standardised([8, 0, 5], [20, 0, 10], [1, 0, 1])
    assert found.rate == pytest.approx((0.4 + 0.5) / 2)


def test_a_standard_without_weight_is_no_standard() -> None:
    with pytest.raises(NotEstimableError, match="no weight"):
        directly_standardised([8], [20], [0])


def test_everybody_responding_in_each_stratum_has_an_interval_below_1() -> None:
    found = directly_standardised([20, 10], [20, 10], [1, 1])
    assert (found.rate, found.variance) == (1, 0)
    assert found.interval is not None
    assert found.interval.low < 1
    assert found.interval.high == 1


def test_no_events_have_a_lower_limit_of_0() -> None:
    found = fay_feuer([0, 0], [100, 150], [1, 1])
    assert found.interval.low == 0
    assert found.interval.high > 0


def network(clinics: int = 12, each: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    clinic = np.repeat(np.arange(clinics, dtype=float), each)
    severity = random.normal(size=clinics * each) + clinic / 6
    responder = (random.random(clinics * each) < 1 / (1 + np.exp(severity - 1))).astype(float)
    return responder, severity, clinic


def test_the_network_as_a_whole_is_as_expected() -> None:
    responder, severity, clinic = network()
    found = indirectly_standardised(responder, severity, clinic)
    assert sum(c.expected for c in found.clinics.values()) == pytest.approx(responder.sum())
    assert found.supported


def test_clinics_that_differ_in_severity_only_are_close_to_the_network_once_adjusted() -> None:
    responder, severity, clinic = network(each=600)
    found = indirectly_standardised(responder, severity, clinic)
    crude = [responder[clinic == name].mean() for name in found.clinics]
    adjusted = [c.adjusted_rate for c in found.clinics.values()]
    assert np.std(adjusted) < np.std(crude) / 2


def test_a_clinic_that_is_most_of_the_network_is_not_judged_by_itself() -> None:
    responder, severity, clinic = network()
    clinic = np.minimum(clinic, 5.0)
    apart = indirectly_standardised(responder, severity, clinic).clinics[5]
    within = indirectly_standardised(responder, severity, clinic, leave_out_above=1.0).clinics[5]
    assert apart.observed == within.observed
    assert apart.expected != pytest.approx(within.expected, abs=1e-6)


def test_a_model_with_too_few_events_is_marked() -> None:
    responder, severity, clinic = network(clinics=2, each=12)
    assert not indirectly_standardised(responder, severity, clinic, leave_out_above=1.0).supported


# --- matching to published means ---


def test_matched_patients_have_the_published_means() -> None:
    random = np.random.default_rng(5)
    design = np.column_stack([random.normal(50, 10, 300), random.normal(12, 4, 300)])
    design = np.column_stack([design, design[:, 0] ** 2])
    target = np.array([53.0, 13.0, 53.0**2 + 9.0**2])
    found = matched((random.random(300) < 0.5).astype(float), design, target)
    assert found.weights @ design / 300 == pytest.approx(target)
    assert found.weights.mean() == pytest.approx(1)
    assert found.shown


def test_targets_that_are_met_already_leave_the_weights_alone() -> None:
    design = np.array([[1.0], [2.0], [3.0], [4.0]])
    found = matched(np.array([1.0, 0, 1, 0]), design, np.array([2.5]))
    assert found.weights == pytest.approx(np.ones(4))
    assert found.rate == pytest.approx(0.5)


def test_far_targets_fail_the_gates() -> None:
    random = np.random.default_rng(6)
    design = random.normal(0, 1, (200, 1))
    found = matched((random.random(200) < 0.5).astype(float), design, np.array([1.8]))
    assert found.effective_size < 80
    assert not found.shown


@pytest.mark.parametrize("target", [12.0, 8.0, 3.0])
def test_a_target_outside_or_on_the_edge_of_the_patients_cannot_be_matched(target: float) -> None:
    design = np.array([[3.0], [4], [5], [6], [7], [8]])
    with pytest.raises(NotEstimableError, match="convex hull"):
        matching_alpha(design, np.array([target]))


def test_a_target_just_inside_the_edge_can() -> None:
    design = np.array([[3.0], [4], [5], [6], [7], [8]])
    alpha = matching_alpha(design, np.array([7.9]))
    weights = np.exp((design[:, 0] - 7.9) * alpha[0])
    assert weights @ design[:, 0] / weights.sum() == pytest.approx(7.9)


# --- unmeasured confounding ---


def test_an_interval_that_holds_1_needs_no_confounding() -> None:
    assert e_value(1.5, Interval(0.9, 2.4)).limit == 1


def test_a_ratio_below_1_is_inverted() -> None:
    low = e_value(0.5, Interval(0.4, 0.8))
    high = e_value(2.0, Interval(1.25, 2.5))
    assert low.point == pytest.approx(high.point)
    assert low.limit == pytest.approx(high.limit)


def test_a_ratio_of_0_cannot_be_explained_away() -> None:
    assert e_value(0.0, Interval(0.0, 0.5)).point == float("inf")


def test_a_ratio_outside_its_interval_is_an_error() -> None:
    with pytest.raises(ValueError, match="E-value"):
        e_value(3.0, Interval(0.5, 2.0))
