"""Charts over time and CUSUMs: what signals, what does not, and limits that keep their promise."""

from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.cusum import BETTER, WORSE, cusum, exact_limit, simulated_limit, vlad, weight
from transforms.statistics.over_time import chartable, laney_chart, p_chart, runs, xmr_chart

FLAT = [50.0, 52, 49, 51, 50, 48, 51, 49, 50, 52, 48, 50]


def test_a_steady_series_has_no_signal() -> None:
    assert set(xmr_chart(FLAT).signals) == {"none"}


def test_a_point_outside_the_limits_signals_and_does_not_widen_them() -> None:
    found = xmr_chart([*FLAT, 90.0, *FLAT])
    assert found.signals[12] == "above_limit"
    assert found.moving_range == pytest.approx(xmr_chart([*FLAT, *FLAT[:1], *FLAT]).moving_range, rel=0.2)


@pytest.mark.parametrize("count", [6, 7])
def test_seven_rising_points_are_a_trend_and_six_are_not(count: int) -> None:
    rise = [50 + 0.2 * i for i in range(count)]
    found = xmr_chart([49.4, 50.6, 49.4, 50.6, *rise, 50, 51.2, 49.4, 50.6])
    assert ("rising" in found.signals) == (count == 7)


@pytest.mark.parametrize("count", [6, 7])
def test_seven_points_on_one_side_are_a_shift_and_six_are_not(count: int) -> None:
    low = [40.0, 60, 42, 58, 41, 59] * 3
    side = [51.5, 52.5] * 4
    found = xmr_chart([*low, 40.0, *side[:count], 40.0])
    mean_is_between = 41 < found.mean < 51.5
    assert mean_is_between
    assert ("run_above" in found.signals) == (count == 7)


def test_two_of_three_near_one_limit_signal_only_on_one_side_of_the_mean() -> None:
    calm = [50.0, 51, 49, 50, 51, 49, 50, 51, 49] * 2
    together = xmr_chart([*calm, 53.2, 50.8, 53.2, *calm])
    across = xmr_chart([*calm, 53.2, 49.2, 53.2, *calm])
    assert together.signals[18:21] == ("two_in_three_above", "none", "two_in_three_above")
    assert across.signals[18:21] == ("none", "none", "none")


def test_falling_is_the_mirror_of_rising() -> None:
    rising = xmr_chart([1.0, 2, 3, 4, 5, 6, 7, 8])
    falling = xmr_chart([8.0, 7, 6, 5, 4, 3, 2, 1])
    mirrored = {"rising": "falling", "above_limit": "below_limit", "below_limit": "above_limit"}
    assert [mirrored[signal] for signal in rising.signals] == list(falling.signals)


@pytest.mark.parametrize(("points", "answer"), [(11, "no"), (12, "with a warning"), (13, "yes")])
def test_twelve_points_make_a_chart_and_thirteen_one_without_a_warning(points: int, answer: str) -> None:
    assert chartable(points) == answer


def test_a_chart_of_one_point_is_an_error() -> None:
    with pytest.raises(ValueError, match="two or more"):
        xmr_chart([5.0])


@given(st.lists(st.tuples(st.integers(1, 19), st.just(20)), min_size=12, max_size=30))
def test_limits_of_rates_stay_within_0_and_1(periods: list[tuple[int, int]]) -> None:
    events, n = [x for x, _ in periods], [size for _, size in periods]
    for found in (p_chart(events, n), laney_chart(events, n)):
        assert all(0 <= low <= found.centre <= high <= 1 for low, high in zip(found.lower, found.upper, strict=True))


def test_large_periods_that_vary_a_little_signal_in_a_plain_chart_and_not_in_laneys() -> None:
    rates = [0.50, 0.53, 0.48, 0.52, 0.47, 0.51, 0.49, 0.53, 0.48, 0.52, 0.50, 0.47]
    events, n = [round(rate * 20_000) for rate in rates], [20_000] * 12
    assert any(p_chart(events, n).outside)
    found = laney_chart(events, n)
    assert found.sigma_z > 1
    assert not any(found.outside)


@pytest.mark.parametrize(("events", "n"), [([0, 0], [5, 5]), ([5, 5], [5, 5]), ([6, 1], [5, 5]), ([0, 1], [0, 5])])
def test_periods_that_cannot_make_a_chart_are_an_error(events: list[int], n: list[int]) -> None:
    with pytest.raises(ValueError, match="chart"):
        p_chart(events, n)


def test_points_on_the_centre_are_in_no_run() -> None:
    found = runs([1, 0, 1, 1, 0, -1, -1], 0)
    assert (found.longest, found.crossings) == (3, 1)
    nothing = runs([0, 0], 0)
    assert nothing.longest is None
    assert not nothing.signal


def test_a_long_run_signals() -> None:
    assert runs([1] * 9 + [-1, 1] * 4, 0).signal
    assert not runs([1, -1, -1, 1, 1, -1, 1, 1, -1, -1, 1, -1], 0).signal


# --- patient by patient ---

risks = st.lists(st.tuples(st.integers(0, 1), st.floats(0.05, 0.95)), min_size=1, max_size=60)


@given(risks)
def test_a_cusum_looking_for_worse_stays_above_0_and_for_better_below(patients: list[tuple[int, float]]) -> None:
    failures, expected = [y for y, _ in patients], [risk for _, risk in patients]
    assert min(cusum(failures, expected, WORSE, 3.0).path) >= 0
    assert max(cusum(failures, expected, BETTER, -3.0).path) <= 0


@given(risks)
def test_expected_minus_observed_ends_at_the_sum(patients: list[tuple[int, float]]) -> None:
    failures, expected = [y for y, _ in patients], [risk for _, risk in patients]
    assert vlad(failures, expected)[-1] == pytest.approx(sum(expected) - sum(failures), abs=1e-9)


def test_a_signal_restarts_the_path_unless_told_not_to() -> None:
    every = cusum([1] * 6, [0.3] * 6, 2.0, 1.0)
    assert [place for place, signal in enumerate(every.signals) if signal] == [2, 5]
    assert every.path[2] == 0
    through = cusum([1] * 6, [0.3] * 6, 2.0, 1.0, reset=False)
    assert through.path[5] == pytest.approx(6 * log(2 / 1.3))
    assert through.signals == (False, False, True, True, True, True)


def test_a_level_exactly_at_the_limit_signals() -> None:
    limit = weight(1, 0.3, 2.0)
    assert cusum([1], [0.3], 2.0, limit).signals == (True,)


def test_an_exact_limit_keeps_its_promise_and_no_smaller_one_does() -> None:
    limit = exact_limit(8, 0.2, 1.5)
    courses = [[(course >> place) & 1 for place in range(8)] for course in range(2**8)]

    def false_alarms(at: float) -> float:
        signalled = [course for course in courses if any(cusum(course, [0.2] * 8, 1.5, at).signals)]
        return sum(0.2 ** sum(course) * 0.8 ** (8 - sum(course)) for course in signalled)

    reached = {max(cusum(course, [0.2] * 8, 1.5, inf).path) for course in courses}
    assert false_alarms(limit - 1e-9) <= 0.05
    assert false_alarms(max(level for level in reached if level < limit - 1e-6)) > 0.05


def test_a_simulated_limit_is_near_the_exact_one_and_repeatable() -> None:
    exact = exact_limit(14, 0.3, 1.5)
    found = simulated_limit([0.3] * 14, 1.5, seed=9)
    assert found == pytest.approx(exact, abs=0.2)
    assert found == simulated_limit([0.3] * 14, 1.5, seed=9)


def test_a_limit_for_fewer_failures_is_negative() -> None:
    assert exact_limit(10, 0.5, 1 / 1.5) < 0


def test_one_patient_can_never_be_rare_enough() -> None:
    assert exact_limit(1, 0.3, 1.5) == inf


def test_counting_every_course_of_many_patients_is_refused() -> None:
    with pytest.raises(ValueError, match="20 or fewer"):
        exact_limit(21, 0.3, 1.5)


@pytest.mark.parametrize(("risk", "ratio"), [(0.0, 2.0), (1.0, 2.0), (0.3, 1.0), (0.3, -2.0)])
def test_a_risk_or_ratio_that_says_nothing_is_an_error(risk: float, ratio: float) -> None:
    with pytest.raises(ValueError, match="CUSUM"):
        weight(1, risk, ratio)


def test_a_chart_from_random_numbers_rarely_signals() -> None:
    random = np.random.default_rng(8)
    charts = [xmr_chart(random.normal(size=16).tolist()) for _ in range(300)]
    assert np.mean([signal != "none" for chart in charts for signal in chart.signals]) < 0.06
