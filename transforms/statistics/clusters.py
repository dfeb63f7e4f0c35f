"""Rates of patients who share a practitioner or a clinic: intraclass correlation, design effect, intervals.

A clinic's own figure is clustered by practitioner, a network's by clinic (METHODS 2.2). Repeated courses of
one patient are not handled here: only the first counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np

from transforms.statistics.distributions import Vector, beta_quantile, t_value, z_value
from transforms.statistics.pooling import expit
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval, wilson

FEWEST_CLUSTERS = 5  # METHODS 2.2: with fewer the correlation is not estimated
ASSUMED_ICC = 0.05  # METHODS 2.2: the sensitivity line where it is not estimated


@dataclass(frozen=True, slots=True)
class Clustered:
    """A rate with what clustering does to it; `icc` and `deff` are None where they were not estimated.

    `sensitivity` is the interval under an assumed correlation, given where there are too few clusters.
    """

    rate: float
    interval: Interval
    icc: float | None
    deff: float | None
    n_effective: float
    flag: Literal["too_few_clusters"] | None
    sensitivity: Interval | None = None


@dataclass(frozen=True, slots=True)
class Linearised:
    """A rate with a cluster-robust standard error and two intervals on K - 1 degrees of freedom."""

    rate: float
    se: float
    deff: float
    logit: Interval
    beta: Interval
    df: int


def clustered_wilson(
    x: Sequence[int], n: Sequence[int], level: float = DISPLAY_LEVEL, *, adjusted: bool = True
) -> Clustered | None:
    """The rate of clusters of x_i in n_i with Wilson's interval at the effective n; None where all are empty.

    The correlation is clamped at 0, the design effect at 1, and n is shrunk by (z/t)^2 for the few clusters
    it rests on; with `adjusted` false, none of the three (Saha 2016). METHODS 2.2.
    """
    counts, sizes = _clusters(x, n)
    total, responders = float(sizes.sum()), float(counts.sum())
    if total == 0:
        return None
    rate = responders / total
    if len(sizes) < FEWEST_CLUSTERS:
        assumed = _at_effective_n(rate, total / max(1.0, design_effect(sizes, ASSUMED_ICC)), level)
        plain = _at_effective_n(rate, total, level)
        return Clustered(rate, plain, None, None, total, "too_few_clusters", assumed)
    icc = icc_anova(x, n)
    if adjusted:
        icc = max(0.0, icc)
    deff = design_effect(sizes, icc)
    n_effective = total / deff
    if adjusted:
        shrink = (z_value(level) / t_value(level, len(sizes) - 1)) ** 2
        deff = max(1.0, deff)
        n_effective = total / deff * shrink
    return Clustered(rate, _at_effective_n(rate, n_effective, level), icc, deff, n_effective, None)


def icc_anova(x: Sequence[int], n: Sequence[int]) -> float:
    """The intraclass correlation from an analysis of variance; may be negative, 0 where nothing varies.

    METHODS 2.2.
    """
    counts, sizes = _clusters(x, n)
    k, total = len(sizes), float(sizes.sum())
    within = float((counts**2 / sizes).sum())
    if k < 2 or total == k:
        return 0.0
    between_mean = (within - float(counts.sum()) ** 2 / total) / (k - 1)
    within_mean = (float(counts.sum()) - within) / (total - k)
    typical = (total**2 - float((sizes**2).sum())) / ((k - 1) * total)
    spread = between_mean + (typical - 1) * within_mean
    return (between_mean - within_mean) / spread if spread > 0 else 0.0


def icc_fleiss_cuzick(x: Sequence[int], n: Sequence[int]) -> float:
    """The intraclass correlation of Fleiss and Cuzick (1979), a check; 0 where nothing varies."""
    counts, sizes = _clusters(x, n)
    k, total = len(sizes), float(sizes.sum())
    rate = float(counts.sum()) / total
    if total == k or rate in (0.0, 1.0):
        return 0.0
    within = float((counts * (sizes - counts) / sizes).sum())
    return 1 - within / ((total - k) * rate * (1 - rate))


def design_effect(sizes: Sequence[float] | Vector, icc: float) -> float:
    """How many times larger clustering makes the variance of a rate: the size-weighted 1 + (n_i - 1) icc."""
    weights = np.asarray(sizes, dtype=np.float64)
    return float((weights * (1 + (weights - 1) * icc)).sum() / weights.sum())


def effective_size(weights: Sequence[float] | Vector) -> float:
    """How many equally weighted patients the weighted ones are worth: (sum w)^2 / sum w^2 (Kish 1965)."""
    w = np.asarray(weights, dtype=np.float64)
    return float(w.sum() ** 2 / (w**2).sum())


def linearised(x: Sequence[int], n: Sequence[int], level: float = DISPLAY_LEVEL) -> Linearised | None:
    """The rate with its linearised standard error; None where it is 0 or 1, or there is one cluster only.

    `logit` is the t interval on the log-odds scale, `beta` that of Korn and Graubard (1998). METHODS 2.2.
    """
    counts, sizes = _clusters(x, n)
    k, total = len(sizes), float(sizes.sum())
    rate = float(counts.sum()) / total
    if k < 2 or rate in (0.0, 1.0):
        return None
    se = sqrt(k / (k - 1) * float(((counts - sizes * rate) ** 2).sum())) / total
    variance = rate * (1 - rate)
    centre, reach = log(rate / (1 - rate)), t_value(level, k - 1) * se / variance
    n_effective = variance / se**2 * (t_value(level, total - 1) / t_value(level, k - 1)) ** 2
    tail, successes = (1 - level) / 2, n_effective * rate
    beta = Interval(
        beta_quantile(successes, n_effective - successes + 1, tail),
        beta_quantile(successes + 1, n_effective - successes, 1 - tail),
    )
    logit = Interval(expit(centre - reach), expit(centre + reach))
    return Linearised(rate, se, se**2 * (total - 1) / variance, logit, beta, k - 1)


def _clusters(x: Sequence[int], n: Sequence[int]) -> tuple[Vector, Vector]:
    """Counts and sizes of the clusters that have a patient; raises `ValueError` where a count is none."""
    counts, sizes = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if counts.shape != sizes.shape or (counts < 0).any() or (counts > sizes).any():
        raise ValueError(f"clusters: found {counts.shape} of {sizes.shape}, expected 0 <= x <= n in each")
    return counts[sizes > 0], sizes[sizes > 0]


def _at_effective_n(rate: float, n: float, level: float) -> Interval:
    found = wilson(rate * n, n, level)
    if found is None:
        raise ValueError("clusters: found no patients, expected an effective number above 0")
    return found
