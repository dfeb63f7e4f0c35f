"""Differences between the arms of trials, pooled: the evidence about effect, shown beside and never mixed in.

Uses the random-effects engine of `pooling`. METHODS 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from transforms.statistics.distributions import Vector
from transforms.statistics.pooling import RandomEffects, random_effects
from transforms.statistics.proportions import DISPLAY_LEVEL

Measure = Literal["risk_difference", "log_risk_ratio", "log_odds_ratio"]


@dataclass(frozen=True, slots=True)
class Trial:
    """x1 responders of n1 in one arm, x2 of n2 in the other."""

    x1: int
    n1: int
    x2: int
    n2: int

    def __post_init__(self) -> None:
        if not (0 <= self.x1 <= self.n1 and 0 <= self.x2 <= self.n2 and self.n1 > 0 and self.n2 > 0):
            raise ValueError(f"trial: found {self}, expected 0 <= x <= n and patients in both arms")


def pooled_contrast(trials: Sequence[Trial], measure: Measure, level: float = DISPLAY_LEVEL) -> RandomEffects:
    """The pooled contrast of three or more trials on the scale of `measure`, with its prediction interval."""
    effects, variances = contrasts(trials, measure)
    return random_effects(effects, variances, level)


def contrasts(trials: Sequence[Trial], measure: Measure) -> tuple[Vector, Vector]:
    """Each trial's contrast and its variance.

    For ratios a trial with an empty cell gets a half added to all four; a difference of rates needs none,
    but its variance does where a rate is 0 or 1 in both arms.
    """
    table = np.array([[t.x1, t.n1 - t.x1, t.x2, t.n2 - t.x2] for t in trials], dtype=np.float64)
    empty = (table == 0).any(axis=1)
    halved = table + 0.5 * empty[:, None]
    if measure == "risk_difference":
        return _risk_difference(table, halved)
    a, b, c, d = halved.T
    if measure == "log_risk_ratio":
        return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def _risk_difference(table: Vector, halved: Vector) -> tuple[Vector, Vector]:
    a, b, c, d = table.T
    effects = a / (a + b) - c / (c + d)
    variances = a * b / (a + b) ** 3 + c * d / (c + d) ** 3
    a, b, c, d = halved.T
    return effects, np.where(variances > 0, variances, a * b / (a + b) ** 3 + c * d / (c + d) ** 3)
