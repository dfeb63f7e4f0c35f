"""Models of who went missing: they reproduce what they assume, and give no answer where there is none."""

import numpy as np
import pytest

from transforms.statistics.logistic import NotEstimableError, logistic
from transforms.statistics.missing_models import imbens_manski, imputed_scores, rubin, weighted_rate


def cohort(n: int = 2_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Severity, whether they responded, and whether they came back: the severe do both less often."""
    random = np.random.default_rng(7)
    severity = random.normal(size=n)
    responded = (random.random(n) < 1 / (1 + np.exp(severity))).astype(float)
    returned = random.random(n) < 1 / (1 + np.exp(-1 + severity))
    return severity, responded, returned


def test_weighting_moves_the_rate_towards_that_of_everyone() -> None:
    severity, responded, returned = cohort()
    outcome = [float(y) if back else None for y, back in zip(responded, returned, strict=True)]
    found = weighted_rate(outcome, severity)
    truth = float(responded.mean())
    assert abs(found.rate - truth) < abs(found.completers - truth) / 3
    assert found.effective_size < returned.sum()
    assert found.shown


def test_weights_that_rest_on_too_few_are_not_shown() -> None:
    outcome: list[float | None] = [1, 0, 1, 1, 0, None, 1, 0, None, 1, 0, 1]
    found = weighted_rate(outcome, np.array([1.0, 2, 3, 1, 2, 3, 2, 1, 2, 3, 2, 1]))
    assert found.effective_size < 30
    assert not found.shown


def test_truncation_tames_the_largest_weights() -> None:
    severity, responded, returned = cohort(400)
    outcome = [float(y) if back else None for y, back in zip(responded, returned, strict=True)]
    assert (
        weighted_rate(outcome, severity).effective_size
        >= weighted_rate(outcome, severity, truncate=False).effective_size
    )


def test_a_characteristic_that_separates_the_missing_has_no_finite_model() -> None:
    outcome: list[float | None] = [1, 0, 1, 0, None, None, None, None]
    with pytest.raises(NotEstimableError, match="separates"):
        weighted_rate(outcome, np.array([1.0, 2, 3, 4, 5, 6, 7, 8]))


def test_an_outcome_that_never_varies_has_no_model() -> None:
    with pytest.raises(NotEstimableError, match="same outcome"):
        logistic(np.ones(9), np.arange(9.0))


def test_two_columns_that_say_the_same_have_no_model() -> None:
    rows = np.arange(12.0)
    with pytest.raises(NotEstimableError, match="say the same"):
        logistic(np.array([0.0, 1] * 6), np.column_stack([rows, 2 * rows]))


def test_imputation_copies_only_scores_that_were_seen_and_keeps_those_that_were() -> None:
    severity, _, returned = cohort(300)
    scores = np.round(10 + 3 * severity)
    scores[~returned] = np.nan
    filled = imputed_scores(scores, severity[:, None], seed=1, m=5)
    assert filled.shape == (5, 300)
    assert set(np.unique(filled)) <= set(np.unique(scores[returned]))
    assert (filled[:, returned] == scores[returned]).all()
    assert len({row.tobytes() for row in filled}) == 5


def test_imputation_is_repeatable_by_its_seed() -> None:
    severity, _, returned = cohort(300)
    scores = np.where(returned, np.round(10 + 3 * severity), np.nan)
    first, again = (imputed_scores(scores, severity[:, None], seed=4, m=3) for _ in range(2))
    assert (first == again).all()


def test_imputation_needs_fifty_scores() -> None:
    scores = np.append(np.arange(49.0), np.nan)
    with pytest.raises(ValueError, match="expected 50 or more"):
        imputed_scores(scores, np.arange(50.0)[:, None], seed=1)


def test_imputations_that_agree_have_no_missing_information() -> None:
    found = rubin([0.5] * 5, [0.04] * 5, 100)
    assert found.between == 0
    assert found.total == pytest.approx(0.04)
    assert found.df_large == float("inf")
    assert found.interval.low < 0.5 < found.interval.high


def test_without_missing_the_interval_of_the_bounds_is_the_usual_one() -> None:
    found, critical = imbens_manski(30, 60, 0)
    assert critical == pytest.approx(1.959964, abs=1e-5)
    assert found.low == pytest.approx(0.5 - 1.959964 * (0.25 / 60) ** 0.5)


def test_with_wide_bounds_one_tail_is_enough() -> None:
    _, critical = imbens_manski(300, 600, 600)
    assert critical == pytest.approx(1.644854, abs=1e-5)


def test_the_interval_of_the_bounds_of_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="no patient due"):
        imbens_manski(0, 0, 0)
