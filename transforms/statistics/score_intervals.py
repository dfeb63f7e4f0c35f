"""Score intervals for one rate, a difference and a ratio: the technical panel beside the default ones.

The default intervals (Wilson, MOVER) and the verdict are in `proportions`. Libraries are not used here on
purpose: METHODS 14 names the cases in which they are wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import acos, cos, exp, inf, log, pi, sqrt
from statistics import NormalDist

import numpy as np

from transforms.statistics.distributions import binomial_at_most, z_value
from transforms.statistics.proportions import (
    DECISION_LEVEL,
    DISPLAY_LEVEL,
    Interval,
    Verdict,
    mover,
    verdict,
)

HALVINGS = 200  # more than a float64 can tell apart
LARGEST_LOG_RATIO = 60.0


@dataclass(frozen=True, slots=True)
class TwoRates:
    """x1 of n1 beside x2 of n2; raises `ValueError` where either is no count or a side is empty."""

    x1: float
    n1: float
    x2: float
    n2: float

    def __post_init__(self) -> None:
        if not (0 <= self.x1 <= self.n1 and 0 <= self.x2 <= self.n2 and self.n1 > 0 and self.n2 > 0):
            raise ValueError(f"two rates: found {self}, expected 0 <= x <= n and patients on both sides")

    @property
    def p1(self) -> float:
        """The first rate."""
        return self.x1 / self.n1

    @property
    def p2(self) -> float:
        """The second rate."""
        return self.x2 / self.n2


@dataclass(frozen=True, slots=True)
class ScoreEquivalence:
    """Two one-sided score tests at a margin, the 90% interval that goes with them, and its verdict."""

    interval: Interval
    p_noninferior: float
    p_nonsuperior: float
    verdict: Verdict


def mid_p(x: int, n: int, level: float = DISPLAY_LEVEL) -> Interval:
    """The exact interval of x of n with half the chance of x itself in each tail."""
    tail = (1 - level) / 2

    def at_most(rate: float) -> float:
        below, upto = (float(binomial_at_most(edge, n, np.array([rate]))[0]) for edge in (x - 1, x))
        return (below + upto) / 2

    low = 0.0 if x == 0 else _where_falling(lambda rate: at_most(rate) - (1 - tail), 0.0, 1.0)
    high = 1.0 if x == n else _where_falling(lambda rate: at_most(rate) - tail, 0.0, 1.0)
    return Interval(low, high)


def wilson_continuity(x: float, n: float, level: float = DISPLAY_LEVEL) -> Interval:
    """Wilson's interval with a continuity correction. Newcombe 1998, Stat Med 17:857-872, method 4."""
    z, p = z_value(level), x / n
    centre, scale = 2 * x + z * z, 2 * (n + z * z)
    below = z * sqrt(max(0.0, z * z - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)))
    above = z * sqrt(max(0.0, z * z + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)))
    low = 0.0 if x == 0 else max(0.0, (centre - 1 - below) / scale)
    high = 1.0 if x == n else min(1.0, (centre + 1 + above) / scale)
    return Interval(low, high)


def newcombe_continuity(rates: TwoRates, level: float = DISPLAY_LEVEL) -> Interval:
    """The interval of a difference by MOVER on corrected Wilson limits: Newcombe's method 11."""
    first = wilson_continuity(rates.x1, rates.n1, level)
    return mover(rates.p1, first, rates.p2, wilson_continuity(rates.x2, rates.n2, level))


def miettinen_nurminen(rates: TwoRates, level: float = DISPLAY_LEVEL, *, corrected: bool = True) -> Interval:
    """The score interval of p1 - p2, within -1..1; Mee's where the variance is not `corrected` by N/(N-1).

    METHODS 2.3; Miettinen & Nurminen 1985, doi 10.1002/sim.4780040211.
    """
    z, observed = z_value(level), rates.p1 - rates.p2

    def score(difference: float) -> float:
        return difference_score(rates, difference, corrected=corrected)

    low = _where_falling(lambda d: score(d) - z, -1.0, observed)
    high = _where_falling(lambda d: score(d) + z, observed, 1.0)
    return Interval(low, high)


def difference_score(rates: TwoRates, difference: float, *, corrected: bool = True) -> float:
    """How many standard errors p1 - p2 lies above `difference`, at the rates most likely under it.

    Where no error is left: 0 if they agree, else infinite. METHODS 2.3.
    """
    p1 = _restricted_rate(rates, difference)
    p2 = min(1.0, max(0.0, p1 - difference))
    variance = p1 * (1 - p1) / rates.n1 + p2 * (1 - p2) / rates.n2
    return _standardised(rates.p1 - rates.p2 - difference, variance, rates, corrected=corrected)


def _restricted_rate(rates: TwoRates, d: float) -> float:
    """The most likely p1 given p1 - p2 = d: the closed-form root of a cubic.

    Farrington & Manning 1990, doi 10.1002/sim.4780091208, appendix.
    """
    ratio, p1, p2 = rates.n2 / rates.n1, rates.p1, rates.p2
    a = 1 + ratio
    b = -(1 + ratio + p1 + ratio * p2 + d * (ratio + 2))
    c = d * d + d * (2 * p1 + ratio + 1) + p1 + ratio * p2
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a * a) - p1 * d * (1 + d) / (2 * a)
    u = sqrt(max(0.0, b * b / (9 * a * a) - c / (3 * a)))
    u = u if v >= 0 else -u
    turn = 0.0 if u == 0 else min(1.0, max(-1.0, v / u**3))
    root = 2 * u * cos((pi + acos(turn)) / 3) - b / (3 * a)
    return min(1.0, 1.0 + d, max(0.0, d, root))


def score_equivalence(rates: TwoRates, margin: float) -> ScoreEquivalence:
    """The Miettinen-Nurminen tests at -margin and +margin, and the verdict of their interval. METHODS 2.4."""
    interval = miettinen_nurminen(rates, DECISION_LEVEL)
    normal = NormalDist()
    return ScoreEquivalence(
        interval,
        p_noninferior=normal.cdf(-difference_score(rates, -margin)),
        p_nonsuperior=normal.cdf(difference_score(rates, margin)),
        verdict=verdict(interval, margin),
    )


def koopman(rates: TwoRates, level: float = DISPLAY_LEVEL, *, corrected: bool = False) -> Interval:
    """The score interval of p1/p2: low 0 where x1 = 0, high infinite where x2 = 0.

    With `corrected` (N/(N-1)) it is Miettinen and Nurminen's. METHODS 2.3; Koopman 1984, doi 10.2307/2531405.
    """
    z = z_value(level)

    def score(log_ratio: float) -> float:
        return ratio_score(rates, exp(log_ratio), corrected=corrected)

    ends = (-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
    low = 0.0 if rates.x1 == 0 else exp(_where_falling(lambda r: score(r) - z, *ends))
    high = inf if rates.x2 == 0 else exp(_where_falling(lambda r: score(r) + z, *ends))
    return Interval(low, high)


def ratio_score(rates: TwoRates, ratio: float, *, corrected: bool = False) -> float:
    """How many standard errors p1 lies above ratio * p2, at the rates most likely under that ratio."""
    n1, n2 = rates.n1, rates.n2
    a = (n1 + n2) * ratio
    b = n1 * ratio + rates.x1 + n2 + rates.x2 * ratio
    c = rates.x1 + rates.x2
    p2 = 2 * c / (b + sqrt(max(0.0, b * b - 4 * a * c)))
    p2 = min(1.0, p2)
    p1 = min(1.0, ratio * p2)
    variance = p1 * (1 - p1) / n1 + ratio * ratio * p2 * (1 - p2) / n2
    return _standardised(rates.p1 - ratio * rates.p2, variance, rates, corrected=corrected)


def katz_log(rates: TwoRates, level: float = DISPLAY_LEVEL) -> Interval | None:
    """The log-normal interval of p1/p2, for display checks only; None where a rate is 0. METHODS 2.3."""
    if rates.x1 == 0 or rates.x2 == 0:
        return None
    centre = log(rates.p1 / rates.p2)
    reach = z_value(level) * sqrt(1 / rates.x1 - 1 / rates.n1 + 1 / rates.x2 - 1 / rates.n2)
    return Interval(exp(centre - reach), exp(centre + reach))


def _standardised(gap: float, variance: float, rates: TwoRates, *, corrected: bool) -> float:
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else (inf if gap > 0 else -inf)
    total = rates.n1 + rates.n2
    return gap / sqrt(variance * (total / (total - 1) if corrected else 1.0))


def _where_falling(falls: Callable[[float], float], low: float, high: float) -> float:
    """The point between `low` and `high` at which a falling function passes 0, by halving."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if falls(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
