"""Binomial counts around log odds that vary normally between groups: one model, by maximum likelihood.

The sensitivity model for sparse published rates (METHODS 3.3) and a check on shrunk clinic rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from transforms.statistics.distributions import Vector, z_value
from transforms.statistics.pooling import expit
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

POINTS = 25  # quadrature points for each group
NEWTON_STEPS = 60
LARGEST_SD = 20.0
STEP = 1e-3  # for the curvature of the likelihood


@dataclass(frozen=True, slots=True)
class LogitNormal:
    """The typical log odds and its standard error, the spread between groups, each group's shrunk rate."""

    mean: float
    se: float
    sd: float
    shrunk: tuple[float, ...]

    def rate(self, level: float = DISPLAY_LEVEL) -> tuple[float, Interval]:
        """The typical (median) rate and its normal-theory interval."""
        reach = z_value(level) * self.se
        return expit(self.mean), Interval(expit(self.mean - reach), expit(self.mean + reach))


def logit_normal(groups: Sequence[tuple[int, int]], points: int = POINTS) -> LogitNormal:
    """The maximum-likelihood fit to (x, n) groups, by adaptive Gauss-Hermite quadrature.

    Raises `ValueError` with fewer than two groups or where every patient, or none, responded.
    METHODS 3.3; Stijnen 2010, doi 10.1002/sim.4040.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

    x, n = (np.array(column, dtype=np.float64) for column in zip(*groups, strict=True))
    if len(groups) < 2 or x.sum() in (0, n.sum()):
        raise ValueError(f"logit-normal: found {x.sum():.0f} of {n.sum():.0f} in {len(groups)} groups, all alike")
    nodes, weights = np.polynomial.hermite.hermgauss(points)

    def loss(place: Vector) -> float:
        return -_log_likelihood(float(place[0]), abs(float(place[1])), (x, n), (nodes, weights))

    crude = float(np.log(x.sum() / (n.sum() - x.sum())))
    starts = [np.array([crude, sd]) for sd in (0.05, 0.5, 1.5)]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000, "maxfev": 4000}
    fits = [minimize(loss, start, method="Nelder-Mead", options=options) for start in starts]
    mean, sd = min(fits, key=lambda fit: float(fit.fun)).x
    sd = abs(float(sd))
    modes = _modes(float(mean), sd, x, n)
    se = _standard_error(loss, float(mean), sd)
    return LogitNormal(float(mean), se, sd, tuple((1 / (1 + np.exp(-modes))).tolist()))


def _log_likelihood(mean: float, sd: float, counts: tuple[Vector, Vector], rule: tuple[Vector, Vector]) -> float:
    """The marginal log likelihood, up to the binomial coefficients."""
    (x, n), (nodes, weights) = counts, rule
    if sd > LARGEST_SD:
        return -np.inf
    if sd < 1e-8:
        return float((x * mean - n * np.logaddexp(0, mean)).sum())
    modes = _modes(mean, sd, x, n)
    rates = 1 / (1 + np.exp(-modes))
    widths = 1 / np.sqrt(n * rates * (1 - rates) + 1 / sd**2)
    at = modes[:, None] + sqrt(2) * widths[:, None] * nodes[None, :]
    log_terms = (
        x[:, None] * at
        - n[:, None] * np.logaddexp(0, at)
        - (at - mean) ** 2 / (2 * sd**2)
        + nodes[None, :] ** 2
        + np.log(weights)[None, :]
    )
    highest = log_terms.max(axis=1)
    summed = highest + np.log(np.exp(log_terms - highest[:, None]).sum(axis=1))
    return float((summed + np.log(widths * sqrt(2)) - np.log(sd * sqrt(2 * pi))).sum())


def _modes(mean: float, sd: float, x: Vector, n: Vector) -> Vector:
    """Each group's most likely log odds given the spread, by Newton's method on a concave function."""
    at = np.full_like(x, mean)
    if sd < 1e-8:
        return at
    for _ in range(NEWTON_STEPS):
        rates = 1 / (1 + np.exp(-at))
        slope = x - n * rates - (at - mean) / sd**2
        step = slope / (n * rates * (1 - rates) + 1 / sd**2)
        at = at + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-12:
            break
    return at


def _standard_error(loss: Callable[[Vector], float], mean: float, sd: float) -> float:
    """From the joint curvature of the likelihood in mean and spread; in the mean alone at spread 0."""
    h = STEP if sd > 2 * STEP else 0.0
    around = {(i, j): loss(np.array([mean + i * STEP, sd + j * h])) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    in_mean = (around[1, 0] - 2 * around[0, 0] + around[-1, 0]) / STEP**2
    if h == 0:
        return 1 / sqrt(in_mean)
    in_sd = (around[0, 1] - 2 * around[0, 0] + around[0, -1]) / h**2
    crossed = (around[1, 1] - around[1, -1] - around[-1, 1] + around[-1, -1]) / (4 * STEP * h)
    return sqrt(in_sd / (in_mean * in_sd - crossed**2))
