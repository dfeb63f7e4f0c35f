"""Rates made comparable for who the patients are: standardised to a study's strata, or to a network's model.

Weighting to published means is in `maic`. A figure that cannot be estimated is a `NotEstimableError` with a
reason to print, never a silent omission. METHODS 5.1 and 5.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from transforms.statistics.distributions import Vector, gamma_quantile
from transforms.statistics.logistic import NotEstimableError, logistic
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval, wilson

LARGEST_SHARE_IN_MODEL = 0.20  # METHODS 5.2: a larger clinic is left out of the model that judges it
FEWEST_EVENTS_PER_PARAMETER = 10  # METHODS 5.2


@dataclass(frozen=True, slots=True)
class Standardised:
    """A rate under the standard's mix of strata, beside the crude one, with Wilson's interval."""

    crude: float
    rate: float
    variance: float
    interval: Interval | None

    @property
    def se(self) -> float:
        """The standard error of the standardised rate."""
        return sqrt(self.variance)


@dataclass(frozen=True, slots=True)
class StandardisedRate:
    """Events per person under the standard's mix, with the gamma interval of Fay and Feuer."""

    crude: float
    rate: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Expected:
    """One clinic's responders observed and expected of its patients in the network."""

    observed: float
    expected: float
    z: float
    adjusted_rate: float

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected


@dataclass(frozen=True, slots=True)
class Indirect:
    """Every clinic beside what the network's model expects; `supported`: the model has events enough."""

    clinics: dict[int, Expected]
    coefficients: Vector
    supported: bool


def directly_standardised(
    x: Sequence[int], n: Sequence[int], standard: Sequence[float], level: float = DISPLAY_LEVEL
) -> Standardised:
    """The rate of strata of x_s in n_s under the standard's weights.

    Raises `NotEstimableError` where a stratum that the standard has holds no patient. METHODS 5.1.
    """
    counts, sizes, weights = _strata(x, n, standard)
    rates = counts / sizes
    rate = float(weights @ rates)
    variance = float((weights**2 * rates * (1 - rates) / sizes).sum())
    effective = rate * (1 - rate) / variance if variance > 0 else float(sizes.sum())
    interval = wilson(rate * effective, effective, level)
    return Standardised(float(sum(x)) / float(sum(n)), rate, variance, interval)


def fay_feuer(
    events: Sequence[int], people: Sequence[float], standard: Sequence[float], level: float = DISPLAY_LEVEL
) -> StandardisedRate:
    """Events per person under the standard's weights, Poisson counts, gamma limits.

    Raises `NotEstimableError` as `directly_standardised` does. Fay & Feuer 1997, Stat Med 16:791-801.
    """
    counts, sizes, weights = _strata(events, people, standard)
    rate = float(weights @ (counts / sizes))
    variance = float((weights**2 * counts / sizes**2).sum())
    largest, tail = float((weights / sizes).max()), (1 - level) / 2
    upper_rate, upper_variance = rate + largest, variance + largest**2
    low = gamma_quantile(rate**2 / variance, variance / rate, tail) if rate > 0 else 0.0
    high = gamma_quantile(upper_rate**2 / upper_variance, upper_variance / upper_rate, 1 - tail)
    return StandardisedRate(float(sum(events)) / float(sum(people)), rate, Interval(low, high))


def indirectly_standardised(
    responder: Vector, design: Vector, clinic: Vector, leave_out_above: float = LARGEST_SHARE_IN_MODEL
) -> Indirect:
    """Each clinic's responders against those that a logistic model of the network expects of its patients.

    `design` has a row for each patient and no constant. A clinic that holds a larger share of all patients
    than `leave_out_above` is judged by a model fitted without it. Raises `NotEstimableError` as `logistic`
    does. METHODS 5.2.
    """
    model = logistic(responder, design)
    network = float(responder.mean())
    events = min(float(responder.sum()), float(len(responder) - responder.sum()))
    clinics = {}
    for name in np.unique(clinic).tolist():
        own = clinic == name
        judge = logistic(responder[~own], design[~own]) if own.mean() > leave_out_above else model
        clinics[name] = _against_expected(responder[own], judge.chance(design[own]), network)
    supported = events >= FEWEST_EVENTS_PER_PARAMETER * len(model.coefficients)
    return Indirect(clinics, model.coefficients, supported)


def _against_expected(responder: Vector, chances: Vector, network: float) -> Expected:
    observed, expected = float(responder.sum()), float(chances.sum())
    z = (observed - expected) / sqrt(float((chances * (1 - chances)).sum()))
    return Expected(observed, expected, z, observed / expected * network)


def _strata(x: Sequence[float], n: Sequence[float], standard: Sequence[float]) -> tuple[Vector, Vector, Vector]:
    """Counts, sizes and weights (summing to 1) of the strata that the standard has."""
    counts, sizes, weights = (np.asarray(column, dtype=np.float64) for column in (x, n, standard))
    used = weights > 0
    if not used.any():
        raise NotEstimableError("the standard has no weight on any stratum")
    if (sizes[used] == 0).any():
        raise NotEstimableError("standard weight on a stratum with no clinic patients")
    return counts[used], sizes[used], weights[used] / weights.sum()
