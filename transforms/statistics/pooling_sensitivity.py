"""Pooled rates by other roads: how far the benchmark rests on the model, how different the studies are.

None of these is the benchmark; that is `pooling.pool`. The sparse-data model is in `logit_normal`. The double
arcsine transformation is left out on purpose: its back-transformation depends on a fictional n (METHODS 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from transforms.statistics.distributions import Vector, chi_square_above, chi_square_value, t_value, z_value
from transforms.statistics.pooling import (
    Pooled,
    RandomEffects,
    expit,
    logit_effects,
    random_effects,
    weighted_mean,
)
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

HALVINGS = 200  # more than a float64 can tell apart


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How much the studies differ beyond chance: Cochran's Q with its p-value, I2 in percent, H2."""

    q: float
    q_p: float
    i2: float
    h2: float


def heterogeneity(effects: Vector, variances: Vector, tau2: float) -> Heterogeneity:
    """The differences between studies, given their between-study variance. METHODS 3.3: never a verdict."""
    k, weights = len(effects), 1 / variances
    q = generalised_q(effects, variances, 0.0)
    total = float(weights.sum())
    typical = (k - 1) * total / (total**2 - float((weights**2).sum()))
    return Heterogeneity(q, chi_square_above(q, k - 1), 100 * tau2 / (tau2 + typical), (tau2 + typical) / typical)


def generalised_q(effects: Vector, variances: Vector, tau2: float) -> float:
    """The weighted squared distances from the mean under this between-study variance."""
    mean, weights = weighted_mean(effects, variances, tau2)
    return float(weights @ (effects - mean) ** 2)


def dersimonian_laird_tau2(effects: Vector, variances: Vector) -> float:
    """The between-study variance by the method of moments of DerSimonian and Laird (1986), 0 or more."""
    weights = 1 / variances
    excess = generalised_q(effects, variances, 0.0) - (len(effects) - 1)
    return max(0.0, excess / float(weights.sum() - (weights**2).sum() / weights.sum()))


def paule_mandel_tau2(effects: Vector, variances: Vector) -> float:
    """The between-study variance at which the generalised Q equals k - 1 (Paule & Mandel 1982), 0 or more."""
    return _tau2_at(effects, variances, len(effects) - 1)


def tau2_interval(effects: Vector, variances: Vector, level: float = DISPLAY_LEVEL) -> Interval:
    """The Q-profile interval of the between-study variance. Viechtbauer 2007, doi 10.1002/sim.2514."""
    df, tail = len(effects) - 1, (1 - level) / 2
    low, high = (_tau2_at(effects, variances, chi_square_value(p, df)) for p in (1 - tail, tail))
    return Interval(low, high)


def at_tau2(effects: Vector, variances: Vector, tau2: float, level: float = DISPLAY_LEVEL) -> tuple[float, Interval]:
    """The pooled rate and its normal-theory interval at a between-study variance (0: fixed effect)."""
    mean, weights = weighted_mean(effects, variances, tau2)
    reach = z_value(level) / sqrt(float(weights.sum()))
    return expit(mean), Interval(expit(mean - reach), expit(mean + reach))


def predicted_on_fewer_degrees(pooled: Pooled, level: float = DISPLAY_LEVEL) -> Interval:
    """The prediction interval with t on k - 2 (METHODS 3.2; Riley 2011, doi 10.1136/bmj.d549)."""
    reach = t_value(level, pooled.k - 2) * pooled.logit.prediction_scale
    return Interval(expit(pooled.logit.mean - reach), expit(pooled.logit.mean + reach))


def leave_one_out(arms: Sequence[tuple[int, int]], level: float = DISPLAY_LEVEL) -> list[RandomEffects]:
    """The summary without each study in turn, on the logit scale."""
    others = ([arm for j, arm in enumerate(arms) if j != i] for i in range(len(arms)))
    return [random_effects(*logit_effects(rest), level) for rest in others]


def _tau2_at(effects: Vector, variances: Vector, q: float) -> float:
    """The between-study variance, 0 or more, at which the generalised Q has fallen to q."""
    if generalised_q(effects, variances, 0.0) <= q:
        return 0.0
    low, high = 0.0, 1.0
    while generalised_q(effects, variances, high) > q:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if generalised_q(effects, variances, middle) > q:
            low = middle
        else:
            high = middle
    return (low + high) / 2
