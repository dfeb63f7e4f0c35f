"""Score intervals and chances of many pairs of rates at once: what a technical panel says beside every comparison.

One pair at a time, with the reasons, they are in `score_intervals` and `bayes`, which the tests hold these against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import lgamma, log, pi

import numpy as np

from transforms.statistics.bayes import PRIOR
from transforms.statistics.distributions import Vector, beta_below_each, beta_quantile, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL
from transforms.statistics.score_intervals import LARGEST_LOG_RATIO

HALVINGS = 60  # an interval of 120 is then less than 1e-15 wide
PANELS, NODES = 16, 16  # of the quadrature: a chance is right to 1e-4, and told to a thousandth
TAIL = 1e-10  # what of the published rate's distribution is left out on each side


@dataclass(frozen=True, slots=True)
class PairsOfRates:
    """x1 of n1 beside x2 of n2, pair by pair; counts are within their sizes, and no size is 0."""

    x1: Vector
    n1: Vector
    x2: Vector
    n2: Vector


# --- differences ----------------------------------------------------------------------------------------------------


def difference_limits(pairs: PairsOfRates, level: float = DISPLAY_LEVEL) -> tuple[Vector, Vector]:
    """The limits of Miettinen and Nurminen's interval of p1 - p2, within -1..1. METHODS 2.3."""
    z, ones = z_value(level), np.ones_like(pairs.x1)
    observed = pairs.x1 / pairs.n1 - pairs.x2 / pairs.n2
    low = _where_falling(lambda d: difference_scores(pairs, d) - z, -ones, observed)
    high = _where_falling(lambda d: difference_scores(pairs, d) + z, observed, ones)
    return low, high


def difference_scores(pairs: PairsOfRates, difference: Vector) -> Vector:
    """How many standard errors each p1 - p2 lies above a difference, at the rates most likely under it."""
    p1 = _restricted_rates(pairs, difference)
    p2 = np.clip(p1 - difference, 0.0, 1.0)
    variance = p1 * (1 - p1) / pairs.n1 + p2 * (1 - p2) / pairs.n2
    total = pairs.n1 + pairs.n2
    return _standardised(pairs.x1 / pairs.n1 - pairs.x2 / pairs.n2 - difference, variance * total / (total - 1))


def _restricted_rates(pairs: PairsOfRates, d: Vector) -> Vector:
    """The most likely p1 given p1 - p2 = d: the closed-form root of a cubic (Farrington and Manning 1990)."""
    ratio, p1, p2 = pairs.n2 / pairs.n1, pairs.x1 / pairs.n1, pairs.x2 / pairs.n2
    a = 1 + ratio
    b = -(1 + ratio + p1 + ratio * p2 + d * (ratio + 2))
    c = d * d + d * (2 * p1 + ratio + 1) + p1 + ratio * p2
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a * a) - p1 * d * (1 + d) / (2 * a)
    u = np.sqrt(np.maximum(0.0, b * b / (9 * a * a) - c / (3 * a)))
    u = np.where(v >= 0, u, -u)
    turn = np.clip(np.divide(v, u**3, out=np.zeros_like(v), where=u**3 != 0), -1.0, 1.0)
    root = 2 * u * np.cos((pi + np.arccos(turn)) / 3) - b / (3 * a)
    return np.asarray(np.minimum(np.minimum(1.0, 1.0 + d), np.maximum(np.maximum(0.0, d), root)))


# --- ratios ---------------------------------------------------------------------------------------------------------


def ratio_limits(pairs: PairsOfRates, level: float = DISPLAY_LEVEL) -> tuple[Vector, Vector]:
    """The limits of Koopman's interval of p1/p2: low 0 where x1 = 0, high infinite where x2 = 0. METHODS 2.3."""
    z, end = z_value(level), np.full_like(pairs.x1, LARGEST_LOG_RATIO)
    low = np.exp(_where_falling(lambda r: _ratio_scores(pairs, np.exp(r)) - z, -end, end))
    high = np.exp(_where_falling(lambda r: _ratio_scores(pairs, np.exp(r)) + z, -end, end))
    return np.where(pairs.x1 == 0, 0.0, low), np.where(pairs.x2 == 0, np.inf, high)


def _ratio_scores(pairs: PairsOfRates, ratio: Vector) -> Vector:
    a = (pairs.n1 + pairs.n2) * ratio
    b = pairs.n1 * ratio + pairs.x1 + pairs.n2 + pairs.x2 * ratio
    c = pairs.x1 + pairs.x2
    p2 = np.minimum(1.0, 2 * c / (b + np.sqrt(np.maximum(0.0, b * b - 4 * a * c))))
    p1 = np.minimum(1.0, ratio * p2)
    variance = p1 * (1 - p1) / pairs.n1 + ratio * ratio * p2 * (1 - p2) / pairs.n2
    return _standardised(pairs.x1 / pairs.n1 - ratio * pairs.x2 / pairs.n2, variance)


def _standardised(gap: Vector, variance: Vector) -> Vector:
    """Gaps in standard errors; where no error is left, 0 if nothing is between the two, else infinite."""
    certain = np.where(np.abs(gap) < 1e-12, 0.0, np.copysign(np.inf, gap))
    error = np.sqrt(np.where(variance > 0, variance, 1.0))
    return np.where(variance > 0, gap / error, certain)


def _where_falling(falls: Callable[[Vector], Vector], low: Vector, high: Vector) -> Vector:
    """The points between `low` and `high` at which falling functions pass 0, by halving."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = falls(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high) / 2)


# --- chances --------------------------------------------------------------------------------------------------------


def chances_above(pairs: PairsOfRates, shift: Vector) -> Vector:
    """The chances that p1 exceeds p2 by more than `shift`, from Jeffreys' priors and the counts. METHODS 2.6.

    Over the angle whose squared sine is p2: there Jeffreys' density has no pole at either end.
    """
    found = np.empty_like(pairs.x1)
    asked = np.stack([pairs.x2, pairs.n2, shift], axis=1)
    for x, n, beyond in np.unique(asked, axis=0):
        at = np.flatnonzero((asked == (x, n, beyond)).all(axis=1))
        rates, weights = _nodes(x + PRIOR, n - x + PRIOR, kinks=(-beyond, 1 - beyond))
        wanted = np.clip(rates + beyond, 0.0, 1.0)[None, :]
        below = beta_below_each(pairs.x1[at, None] + PRIOR, (pairs.n1 - pairs.x1)[at, None] + PRIOR, wanted)
        found[at] = np.clip((1 - below) @ weights, 0.0, 1.0)
    return found


def _nodes(a: float, b: float, kinks: Sequence[float]) -> tuple[Vector, Vector]:
    """Rates, and weights by which values at these rates are averaged over a Beta(a, b) distribution.

    At `kinks` what is averaged may turn sharply, so that no panel reaches across one.
    """
    least, most = beta_quantile(a, b, TAIL), beta_quantile(a, b, 1 - TAIL)
    turns = [float(np.arcsin(np.sqrt(rate))) for rate in kinks if least < rate < most]
    whole = np.linspace(np.arcsin(np.sqrt(least)), np.arcsin(np.sqrt(most)), PANELS + 1)
    edges = np.unique([*whole, *turns])
    points, masses = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    angles = (edges[:-1, None] + half * (points[None, :] + 1)).ravel()
    scale = log(2) + lgamma(a + b) - lgamma(a) - lgamma(b)
    density = np.exp(scale + (2 * a - 1) * np.log(np.sin(angles)) + (2 * b - 1) * np.log(np.cos(angles)))
    return np.sin(angles) ** 2, density * (half * masses[None, :]).ravel()
