"""Probabilities about two rates given their data and Jeffreys priors, and no other information.

A panel beside the intervals of `proportions`; it inherits every bias of an uncontrolled comparison and is not
shown for grades D and R (METHODS 2.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, exp, lgamma, log, pi, sin, sqrt

import numpy as np

from transforms.statistics.distributions import beta_below, beta_quantile
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

PRIOR = 0.5  # Jeffreys


@dataclass(frozen=True, slots=True)
class Posterior:
    """The observed rate after its data, and how probable each verdict on the published one is."""

    mean: float
    interval: Interval
    p_higher: float
    p_at_least_as_good: float
    p_within_margin: float
    p_materially_higher: float


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta distribution of a rate."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Its mean."""
        return self.a / (self.a + self.b)

    def below(self, rate: float) -> float:
        """The chance that the rate is below this one."""
        return float(beta_below(self.a, self.b, np.array([min(1.0, max(0.0, rate))]))[0])

    def interval(self, level: float = DISPLAY_LEVEL) -> Interval:
        """The central interval that holds this share of the chance."""
        tail = (1 - level) / 2
        return Interval(beta_quantile(self.a, self.b, tail), beta_quantile(self.a, self.b, 1 - tail))


def posterior(x: float, n: float, prior: float = PRIOR) -> Beta:
    """The distribution of a rate after x of n, from a symmetric Beta prior."""
    if not 0 <= x <= n:
        raise ValueError(f"posterior: found {x} of {n}, expected 0 <= x <= n")
    return Beta(x + prior, n - x + prior)


def against_published(observed: Beta, published: Beta, margin: float) -> Posterior:
    """The probabilities of the verdicts, with both rates uncertain and independent. METHODS 2.6."""
    above = {shift: chance_above(observed, published, shift) for shift in (0.0, -margin, margin)}
    return Posterior(
        mean=observed.mean,
        interval=observed.interval(),
        p_higher=above[0.0],
        p_at_least_as_good=above[-margin],
        p_within_margin=above[-margin] - above[margin],
        p_materially_higher=above[margin],
    )


def chance_above(first: Beta, second: Beta, shift: float) -> float:
    """The chance that the first rate exceeds the second by more than `shift`, by quadrature.

    Over the angle whose squared sine is the second rate: there Jeffreys' density has no pole at either end.
    """
    from scipy.integrate import quad  # noqa: PLC0415 - slow to import

    scale = log(2) + lgamma(second.a + second.b) - lgamma(second.a) - lgamma(second.b)

    def integrand(angle: float) -> float:
        density = scale + (2 * second.a - 1) * log(sin(angle)) + (2 * second.b - 1) * log(cos(angle))
        return exp(density) * (1 - first.below(sin(angle) ** 2 + shift))

    marks = [beta_quantile(second.a, second.b, chance) for chance in (1e-9, 0.01, 0.5, 0.99, 1 - 1e-9)]
    kinks = [rate for rate in (-shift, 1 - shift) if 0 < rate < 1]
    edges = sorted({0.0, pi / 2, *(asin(sqrt(rate)) for rate in (*marks, *kinks))})
    areas = [quad(integrand, *ends, epsabs=1e-11, epsrel=1e-9, limit=200)[0] for ends in pairwise(edges)]
    return float(min(1.0, max(0.0, sum(areas))))
