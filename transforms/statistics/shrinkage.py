"""Clinic rates drawn towards their network's by as much as their sizes cannot support. METHODS 11.2.

Ranks are computed to show how uncertain they are; pages do not display them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.statistics.bayes import Beta
from transforms.statistics.distributions import Vector, beta_below
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
    intervals = {one: one.interval(level) for one in set(posteriors)}
    return Shrunk(
        mean,
        rho,
        alpha,
        beta,
        tuple(posterior.mean for posterior in posteriors),
        tuple(intervals[posterior] for posterior in posteriors),
        tuple(_expected_ranks(posteriors)) if ranked else (),
    )


def _completely_pooled(network: float, x: float, n: float, clinics: int, level: float) -> Shrunk:
    interval = Beta(x + 0.5, n - x + 0.5).interval(level)
    ranks = (1 + (clinics - 1) / 2,) * clinics
    return Shrunk(network, 0.0, None, None, (network,) * clinics, (interval,) * clinics, ranks)


def _fit(x: Vector, n: Vector, network: float) -> tuple[float, float]:
    """Mean and correlation at the highest likelihood; (network, 0) where no correlation does better."""
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import
    from scipy.special import betaln  # noqa: PLC0415 - slow to import

    if network in (0.0, 1.0):
        return network, 0.0

    def unpacked(place: Vector) -> tuple[float, float]:
        return expit(float(np.clip(place[0], -20, 20))), expit(float(np.clip(place[1], *LOG_ODDS_OF_RHO)))

    # Of the thousands of clinics of a network, many have the same count: each is weighed once.
    pairs, times = np.unique(np.column_stack([x, n - x]), axis=0, return_counts=True)
    responders, others, clinics = pairs[:, 0], pairs[:, 1], float(len(x))

    def loss(place: Vector) -> float:
        mean, rho = unpacked(place)
        a, b = mean * (1 / rho - 1), (1 - mean) * (1 / rho - 1)
        return float(clinics * betaln(a, b) - times @ betaln(a + responders, b + others))

    centre = float(np.log(network / (1 - network)))
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000, "maxfev": 4000}
    starts = [np.array([centre, start]) for start in (-1.0, -3.0, -6.0)]
    fits = [minimize(loss, start, method="Nelder-Mead", options=options) for start in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    boundary = -float((x * np.log(network) + (n - x) * np.log1p(-network)).sum())
    if boundary <= float(best.fun) + 1e-7:
        return network, 0.0
    return unpacked(best.x)


def _expected_ranks(posteriors: Sequence[Beta]) -> list[float]:
    """One plus the chances that each other clinic's true rate is higher."""
    rates = 1 / (1 + np.exp(-GRID))
    below = np.array([[0.0, *beta_below(p.a, p.b, rates), 1.0] for p in posteriors])
    middles = (below[:, 1:] + below[:, :-1]) / 2
    higher = np.diff(below, axis=1) @ (1 - middles).T
    return [1 + float(total) for total in higher.sum(axis=1) - np.diag(higher)]
