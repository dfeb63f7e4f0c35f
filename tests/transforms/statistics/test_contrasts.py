"""Contrasts between arms: signs, empty cells, and the pooled engine."""

from math import log

import pytest

from transforms.statistics.contrasts import Measure, Trial, contrasts, pooled_contrast

TRIALS = [Trial(184, 387, 171, 387), Trial(60, 100, 45, 100), Trial(33, 80, 30, 82)]


@pytest.mark.parametrize("measure", ["risk_difference", "log_risk_ratio", "log_odds_ratio"])
def test_swapping_the_arms_negates_the_contrast(measure: Measure) -> None:
    swapped = [Trial(t.x2, t.n2, t.x1, t.n1) for t in TRIALS]
    there, back = pooled_contrast(TRIALS, measure), pooled_contrast(swapped, measure)
    assert there.mean == pytest.approx(-back.mean)
    assert there.low == pytest.approx(-back.high)


def test_a_trial_with_an_empty_cell_gets_a_half_in_all_four() -> None:
    effects, _ = contrasts([Trial(0, 20, 4, 22)], "log_risk_ratio")
    assert effects[0] == pytest.approx(log((0.5 / 21) / (4.5 / 23)))


def test_a_difference_needs_no_half_but_its_variance_is_never_0() -> None:
    effects, variances = contrasts([Trial(0, 20, 0, 22), Trial(0, 20, 4, 22)], "risk_difference")
    assert effects[0] == 0
    assert variances[0] > 0
    assert effects[1] == pytest.approx(-4 / 22)
    assert variances[1] == pytest.approx(4 * 18 / 22**3)


def test_a_trial_with_an_empty_arm_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="both arms"):
        Trial(0, 0, 3, 5)
