"""A cohort weighted so that its means equal published ones: a sensitivity analysis, never a headline.

Unanchored, it would need every prognostic factor and effect modifier (METHODS 5.3; NICE TSD 18).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.statistics.clusters import effective_size
from transforms.statistics.distributions import Vector
from transforms.statistics.logistic import NotEstimableError

LEAST_EFFECTIVE_SIZE = 30.0  # METHODS 5.3, as the next two
LEAST_EFFECTIVE_SHARE = 0.4
LARGEST_WEIGHT = 10.0  # after rescaling to a mean of 1
NEWTON_STEPS = 200


@dataclass(frozen=True, slots=True)
class Matched:
    """The weighted rate, its standard error, and the weights (mean 1) that match the targets."""

    rate: float
    se: float
    alpha: Vector
    weights: Vector

    @property
    def effective_size(self) -> float:
        """How many unweighted patients the weighted ones are worth."""
        return effective_size(self.weights)

    @property
    def shown(self) -> bool:
        """Whether the three gates of METHODS 5.3 are passed."""
        return (
            self.effective_size >= LEAST_EFFECTIVE_SIZE
            and self.effective_size / len(self.weights) >= LEAST_EFFECTIVE_SHARE
            and float(self.weights.max()) <= LARGEST_WEIGHT
        )


def matched(responder: Vector, design: Vector, target: Vector) -> Matched:
    """The rate of patients weighted by exp(design @ alpha) so that each column's mean is its target.

    A published standard deviation is matched by a further column of squares with target mean^2 + sd^2. Raises
    `NotEstimableError` where no weights can do it. METHODS 5.3; Signorovitch 2010.
    """
    alpha = matching_alpha(design, target)
    log_weights = (design - target) @ alpha
    weights = np.exp(log_weights - log_weights.max())
    weights = weights / weights.mean()
    rate = float(weights @ responder / weights.sum())
    se = float(np.sqrt((weights**2 * (responder - rate) ** 2).sum()) / weights.sum())
    return Matched(rate, se, alpha, weights)


def matching_alpha(design: Vector, target: Vector) -> Vector:
    """The coefficients at which the weighted means equal `target`, by Newton's method on a convex sum.

    Raises `NotEstimableError` where the target lies outside, or on the edge of, the hull of the patients.
    """
    centred = np.asarray(design, dtype=np.float64) - target
    if not _inside_hull(centred):
        raise NotEstimableError("target outside the convex hull of the clinic data")
    scale = centred.std(axis=0)
    rows = centred / scale
    alpha = np.zeros(rows.shape[1])
    for _ in range(NEWTON_STEPS):
        weights = np.exp(rows @ alpha)
        gradient = rows.T @ weights
        step = np.linalg.solve((rows * weights[:, None]).T @ rows, gradient)
        alpha = alpha - _shortened(rows, alpha, step, float(weights.sum()))
        if float(np.abs(step).max()) < 1e-13:
            break
    return np.asarray(alpha / scale, dtype=np.float64)


def _shortened(rows: Vector, alpha: Vector, step: Vector, here: float) -> Vector:
    """The Newton step, halved until the convex sum does not rise."""
    for _ in range(60):
        if float(np.exp(np.clip(rows @ (alpha - step), -700, 700)).sum()) <= here * (1 + 1e-12):
            return step
        step = step / 2
    return step


def _inside_hull(centred: Vector) -> bool:
    """Whether positive weights on every patient can bring each centred mean to 0."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import

    n, columns = centred.shape
    scaled = centred / np.abs(centred).max(axis=0).clip(1e-300)
    equal = np.column_stack([np.vstack([scaled.T, np.ones(n)]), np.zeros(columns + 1)])
    least = np.column_stack([-np.eye(n), np.ones(n)])
    found = linprog(
        c=[0.0] * n + [-1.0],
        A_ub=least,
        b_ub=np.zeros(n),
        A_eq=equal,
        b_eq=[0.0] * columns + [1.0],
        bounds=[(0, None)] * n + [(None, None)],
    )
    return bool(found.status == 0 and -found.fun > 1e-12)
