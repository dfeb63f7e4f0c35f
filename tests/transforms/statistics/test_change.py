"""Change beside the responder label, and what would be seen without any true change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.agreement import cohen_kappa, weighted_kappa
from transforms.statistics.change import (
    CURVE_THRESHOLDS,
    cumulative_curve,
    mean_change,
    reliable_change,
    reliable_shares,
    within_measurement_error,
)
from transforms.statistics.regression_to_mean import (
    Population,
    Rule,
    expected_drop,
    rate_without_change,
)

scores = st.lists(st.tuples(st.integers(0, 24), st.one_of(st.none(), st.integers(0, 24))), max_size=40)


@given(scores)
def test_a_cumulative_curve_never_rises_and_missing_never_lifts_it(pairs: list[tuple[int, int | None]]) -> None:
    found = cumulative_curve(pairs)
    if found is None:
        assert not [b for b, f in pairs if b > 0 and f is not None]
        return
    assert list(found.completers) == sorted(found.completers, reverse=True)
    assert all(nri <= completer for nri, completer in zip(found.nri, found.completers, strict=True))
    assert found.thresholds == CURVE_THRESHOLDS


def test_a_change_of_exactly_a_threshold_counts_in_spite_of_binary_fractions() -> None:
    found = cumulative_curve([(7, 4.9)], [0.3])
    assert found is not None
    assert found.completers == (1,)


def test_improvement_goes_up_where_higher_is_better() -> None:
    found = cumulative_curve([(50, 75), (50, 25)], [0.5], better="higher")
    assert found is not None
    assert found.completers == (0.5,)


def test_mean_change_is_positive_for_the_better() -> None:
    lower, higher = mean_change([(10, 4), (8, 6), (6, None)]), mean_change([(10, 4), (8, 6)], better="higher")
    assert lower is not None
    assert higher is not None
    assert (lower.n, lower.mean, lower.median) == (2, 4, 4)
    assert higher.mean == -4
    assert lower.interval is not None
    assert lower.interval.low < 4 < lower.interval.high
    assert lower.standardised_response_mean == pytest.approx(4 / np.std([6, 2], ddof=1))


def test_one_patient_has_a_mean_and_no_interval_and_nobody_has_none() -> None:
    one = mean_change([(10, 4)])
    assert one is not None
    assert (one.mean, one.interval, one.standardised_response_mean) == (6, None, None)
    assert mean_change([(10, None)]) is None


def test_reliable_shares_add_up_and_show_deterioration() -> None:
    found = reliable_shares([(20, 5), (20, 20), (20, 19), (5, 24), (9, None)], sd=5, reliability=0.9)
    assert found is not None
    assert (found.improved, found.unchanged, found.deteriorated) == (0.25, 0.5, 0.25)
    assert reliable_shares([(9, None)], sd=5, reliability=0.9) is None


def test_a_change_at_the_limit_is_reliable() -> None:
    sdiff = reliable_change(0, 0, 5, 0.9).sdiff
    just, almost = 1.9599640 * sdiff, 1.9599639 * sdiff
    reliable, not_quite = (reliable_shares([(20, 20 - gain)], 5, 0.9) for gain in (just, almost))
    assert reliable is not None
    assert not_quite is not None
    assert (reliable.improved, not_quite.improved) == (1, 0)


def test_an_important_change_may_lie_within_measurement_error() -> None:
    assert within_measurement_error(5, sd=6, reliability=0.8)
    assert not within_measurement_error(9, sd=6, reliability=0.9)


def test_a_reliability_of_1_is_an_error() -> None:
    with pytest.raises(ValueError, match="reliable change"):
        reliable_change(10, 5, 5, 1.0)


# --- no true change ---


@pytest.mark.parametrize(
    ("rule", "threshold", "better"), [("relative", 0.3, "lower"), ("absolute", 5, "lower"), ("pass", 8, "lower")]
)
def test_the_floor_is_that_of_a_simulation(rule: Rule, threshold: float, better: str) -> None:
    population, baselines = Population(11, 5, 0.8), [6, 8, 12, 17]
    random = np.random.default_rng(11)
    met = []
    for b in baselines:
        f = random.normal(11 + 0.8 * (b - 11), 5 * (1 - 0.64) ** 0.5, 200_000)
        met.append({"relative": (b - f) / b >= threshold, "absolute": b - f >= threshold, "pass": f <= threshold}[rule])
    found = rate_without_change(baselines, population, rule, threshold)
    assert found == pytest.approx(float(np.mean(met)), abs=0.004)


def test_the_floor_mirrors_where_higher_is_better() -> None:
    low = rate_without_change([30, 40], Population(50, 10, 0.7), "absolute", 12, better="higher")
    high = rate_without_change([70, 60], Population(50, 10, 0.7), "absolute", 12)
    assert low == pytest.approx(high)


def test_a_score_that_repeats_itself_exactly_never_responds() -> None:
    assert rate_without_change([10, 12], Population(11, 5, 1.0), "relative", 0.3) == 0
    assert expected_drop(Population(10, 5, 1.0), 12) == 0


def test_baselines_of_0_cannot_change_relatively() -> None:
    assert rate_without_change([0, 0], Population(11, 5, 0.8), "relative", 0.3) is None


def test_a_population_without_spread_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="population"):
        Population(11, 0, 0.8)


# --- two readers ---


def test_full_agreement_has_kappa_1_and_one_answer_only_has_none() -> None:
    assert cohen_kappa([[5, 0], [0, 7]]).kappa == pytest.approx(1)
    assert cohen_kappa([[9, 0], [0, 0]]).kappa is None


def test_weights_of_1_give_plain_kappa() -> None:
    table = [[40, 9], [6, 32]]
    assert weighted_kappa(table, [[0, 1], [1, 0]]) == pytest.approx(cohen_kappa(table).kappa)


def test_a_table_that_is_not_square_is_an_error() -> None:
    with pytest.raises(ValueError, match="square"):
        cohen_kappa([[1, 2, 3], [4, 5, 6]])
