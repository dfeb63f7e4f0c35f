"""Clinic rates drawn towards their network's by as much as their sizes cannot support. METHODS 11.2.

Ranks are computed to show how uncertain they are; pages do not display them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.bayes import Beta
from transforms.statistics.distributions import Vector, beta_below, beta_quantiles
from transforms.statistics.lowest_point import Point, lowest
from transforms.statistics.pooling import expit
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

POOLED_BELOW = 1e-5  # a correlation this small is the boundary: clinics differ by chance only
LOG_ODDS_OF_RHO = (-16.0, 6.0)  # held within, or clinics of all or none would have no distribution left
GRID = np.linspace(-20.0, 20.0, 8_001)  # log odds on which posteriors are compared


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The network's mean and correlation, and each clinic's shrunk rate with its 95% interval.

    `rho` 0 means complete pooling: every clinic has the network's rate. `expected_ranks` has 1 for the
    highest; it is empty where ranks were not asked for.
    """

    mean: float
    rho: float
    alpha: float | None
    beta: float | None
    rates: tuple[float, ...]
    intervals: tuple[Interval, ...]
    expected_ranks: tuple[float, ...]

    @property
    def complete_pooling(self) -> bool:
        """Whether the clinics differ by no more than chance."""
        return self.rho == 0


def shrunk_rates(clinics: Sequence[tuple[int, int]], level: float = DISPLAY_LEVEL, *, ranked: bool = True) -> Shrunk:
    """The empirical-Bayes rates of (x, n) clinics under a beta-binomial network, by maximum likelihood.

    Expected ranks compare every clinic with every other one: leave them out (`ranked`) of large networks.
    Raises `ValueError` with fewer than two clinics or one that is empty.
    """
    x, n = (np.array(column, dtype=np.float64) for column in zip(*clinics, strict=True))
    if len(clinics) < 2 or (n < 1).any() or (x < 0).any() or (x > n).any():
        raise ValueError("shrinkage: expected two clinics or more, each with 0 <= x <= n and a patient")
    network = float(x.sum() / n.sum())
    mean, rho = _fit(x, n, network)
    if rho < POOLED_BELOW:
        return _completely_pooled(network, float(x.sum()), float(n.sum()), len(clinics), level)
    size = 1 / rho - 1
    alpha, beta = mean * size, (1 - mean) * size
    posteriors = [Beta(alpha + a, beta + b - a) for a, b in zip(x.tolist(), n.tolist(), strict=True)]
    intervals = _intervals(sorted(set(posteriors), key=lambda one: (one.a, one.b)), level)
    return Shrunk(
        mean,
        rho,
        alpha,
        beta,
        tuple(posterior.mean for posterior in posteriors),
        tuple(intervals[posterior] for posterior in posteriors),
        tuple(_expected_ranks(posteriors)) if ranked else (),
    )


def _intervals(posteriors: Sequence[Beta], level: float) -> dict[Beta, Interval]:
    """The central interval of each, all of them at once."""
    a, b = np.array([one.a for one in posteriors]), np.array([one.b for one in posteriors])
    tail = (1 - level) / 2
    ends = zip(beta_quantiles(a, b, tail).tolist(), beta_quantiles(a, b, 1 - tail).tolist(), strict=True)
    return {one: Interval(*end) for one, end in zip(posteriors, ends, strict=True)}


def _completely_pooled(network: float, x: float, n: float, clinics: int, level: float) -> Shrunk:
    interval = Beta(x + 0.5, n - x + 0.5).interval(level)
    ranks = (1 + (clinics - 1) / 2,) * clinics
    return Shrunk(network, 0.0, None, None, (network,) * clinics, (interval,) * clinics, ranks)


def _fit(x: Vector, n: Vector, network: float) -> tuple[float, float]:
    """Mean and correlation at the highest likelihood; (network, 0) where no correlation does better."""
    if network in (0.0, 1.0):
        return network, 0.0
    likelihood = _BetaBinomial.of(x, n)
    centre = float(np.log(network / (1 - network)))
    within = ((-20.0, 20.0), LOG_ODDS_OF_RHO)
    fits = [lowest(likelihood.loss, (centre, start), within) for start in (-1.0, -3.0, -6.0)]
    place, least = min(fits, key=lambda fit: fit[1])
    boundary = -float((x * np.log(network) + (n - x) * np.log1p(-network)).sum())
    if boundary <= least + 1e-7:
        return network, 0.0
    return expit(place[0]), expit(place[1])


@dataclass(frozen=True, slots=True)
class _BetaBinomial:
    """Counts of clinics, each distinct one once: of thousands of clinics, many have the same count.

    `each` holds the distinct numbers of responders and of others, with the place of each count's among them: rounded
    numbers are few, and a function of one is computed once.
    """

    responders: Vector
    others: Vector
    times: Vector
    each: tuple[tuple[Vector, NDArray[np.int64]], tuple[Vector, NDArray[np.int64]]]

    @classmethod
    def of(cls, x: Vector, n: Vector) -> _BetaBinomial:
        pairs, times = np.unique(np.column_stack([x, n - x]), axis=0, return_counts=True)
        responders, others = pairs[:, 0], pairs[:, 1]
        each = (np.unique(responders, return_inverse=True), np.unique(others, return_inverse=True))
        return cls(responders, others, times.astype(np.float64), each)

    def loss(self, log_odds_of_mean: float, log_odds_of_rho: float) -> Point:
        """Minus the log likelihood at the log odds of mean and correlation, and how it changes with them."""
        from scipy.special import betaln, digamma, zeta  # noqa: PLC0415 - slow to import

        mean, rho = expit(log_odds_of_mean), expit(log_odds_of_rho)
        size = 1 / rho - 1
        a, b, clinics = mean * size, (1 - mean) * size, float(self.times.sum())
        patients = self.responders + self.others
        value = clinics * betaln(a, b) - self.times @ betaln(a + self.responders, b + self.others)

        def summed(function: Callable[[Any], Any]) -> tuple[float, float, float]:
            """What changes with `a` alone, with `b` alone, and with both."""
            of_responders, of_others = (
                self.times @ function(one + few)[at] for one, (few, at) in zip((a, b), self.each, strict=True)
            )
            of_both = clinics * function(size) - self.times @ function(size + patients)
            return (
                float(clinics * function(a) - of_responders),
                float(clinics * function(b) - of_others),
                -float(of_both),
            )

        return _by_log_odds(float(value), (mean, size), summed(digamma), summed(lambda one: zeta(2, one)))


def _by_log_odds(
    value: float, at: tuple[float, float], first: tuple[float, float, float], second: tuple[float, float, float]
) -> Point:
    """Slope and curvature in the log odds of mean and correlation from those in `a` and `b`, by the chain rule.

    `at` is the mean and the size a + b, whose logarithm falls as the log odds of the correlation rise.
    """
    (mean, size), both = at, second[2]
    a, b, turn = mean * size, (1 - mean) * size, size * mean * (1 - mean)
    by_a, by_b = first[0] + first[2], first[1] + first[2]
    by_aa, by_bb = second[0] + both, second[1] + both
    slope = (by_a - by_b) * turn, -(by_a * a + by_b * b)
    curvature = (
        turn * turn * (by_aa - 2 * both + by_bb) + (by_a - by_b) * turn * (1 - 2 * mean),
        turn * (both * (a - b) + by_bb * b - by_aa * a) - (by_a - by_b) * turn,
        by_aa * a * a + 2 * both * a * b + by_bb * b * b - slope[1],
    )
    return Point(value, slope, curvature)


def _expected_ranks(posteriors: Sequence[Beta]) -> list[float]:
    """One plus the chances that each other clinic's true rate is higher."""
    rates = 1 / (1 + np.exp(-GRID))
    below = np.array([[0.0, *beta_below(p.a, p.b, rates), 1.0] for p in posteriors])
    middles = (below[:, 1:] + below[:, :-1]) / 2
    higher = np.diff(below, axis=1) @ (1 - middles).T
    return [1 + float(total) for total in higher.sum(axis=1) - np.diag(higher)]
