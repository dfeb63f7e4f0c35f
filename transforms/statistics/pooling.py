"""The published rates of several studies as one benchmark: random effects, prediction, predictive check.

Rates are pooled on the logit scale. Contrasts between arms use the same engine, in `contrasts`; models kept
for sensitivity only are in `pooling_sensitivity`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt
from typing import Literal

import numpy as np

from transforms.statistics.distributions import Vector, binomial_at_most, t_value, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL

FEWEST_TO_POOL = 3  # METHODS 3.4: fewer studies stand side by side
WIDEST_PREDICTION = 0.40  # METHODS 3.4: a wider 95% prediction interval is no benchmark
NODE_STEP = 0.005  # fine enough for a million patients, whose chances change abruptly
TAIL = 0.05  # METHODS 3.4: a mid-p tail area below this is outside the expected range

Mode = Literal["none", "single_study", "side_by_side", "pooled_with_prediction_interval"]
Adjustment = Literal["truncated", "untruncated", "none"]
Expectation = Literal["lower_than_expected", "within_expected_range", "higher_than_expected"]


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """A random-effects summary on the scale of the effects: its interval and the one for a new setting."""

    mean: float
    se: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    q_star: float
    k: int

    @property
    def df(self) -> int:
        """Degrees of freedom of both intervals."""
        return self.k - 1

    @property
    def prediction_scale(self) -> float:
        """The scale of the t distribution of a new setting's true effect."""
        return sqrt(self.se**2 + self.tau2)


@dataclass(frozen=True, slots=True)
class Pooled:
    """The typical (median) rate of k studies, its interval, and the one for a new setting's true rate."""

    mean: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    k: int
    logit: RandomEffects

    @property
    def prediction_width(self) -> float:
        """How wide the prediction interval is, as a share."""
        return self.prediction_high - self.prediction_low


def pool(arms: Sequence[tuple[int, int]], level: float = DISPLAY_LEVEL) -> Pooled:
    """The pooled rate of (x, n) arms: logit, REML, Hartung-Knapp truncated at 1, t with k - 1.

    Raises `ValueError` with fewer than three arms or an arm that is no count. METHODS 3.1 and 3.2.
    """
    if len(arms) < FEWEST_TO_POOL:
        raise ValueError(f"pooling: found {len(arms)} arms, expected {FEWEST_TO_POOL} or more; show them side by side")
    effects, variances = logit_effects(arms)
    found = random_effects(effects, variances, level)
    return Pooled(
        mean=expit(found.mean),
        low=expit(found.low),
        high=expit(found.high),
        prediction_low=expit(found.prediction_low),
        prediction_high=expit(found.prediction_high),
        tau2=found.tau2,
        k=found.k,
        logit=found,
    )


def benchmark_mode(k: int, prediction_width: float | None) -> Mode:
    """How k published rates may be shown, given the width of their 95% prediction interval. METHODS 3.4."""
    if k == 0:
        return "none"
    if k == 1:
        return "single_study"
    if k >= FEWEST_TO_POOL and prediction_width is not None and prediction_width <= WIDEST_PREDICTION:
        return "pooled_with_prediction_interval"
    return "side_by_side"


def predictive_check(x: int, n: int, pooled: Pooled) -> Expectation:
    """Whether x of n is what a new setting would show, given the pooled studies. METHODS 3.4."""
    low, high = predictive_tails(x, n, pooled.logit)
    if low < TAIL:
        return "lower_than_expected"
    return "higher_than_expected" if high < TAIL else "within_expected_range"


def predictive_tails(x: int, n: int, logit: RandomEffects) -> tuple[float, float]:
    """The mid-p chance of a count at or below x, and at or above x, in a new setting of n. METHODS 3.4."""
    chance = predictive_distribution(logit.mean, logit.prediction_scale, logit.df, n)
    low = (chance(x - 1) + chance(x)) / 2
    return low, 1 - low


def predictive_range(n: int, pooled: Pooled, level: float = DISPLAY_LEVEL) -> tuple[int, int]:
    """The central `level` range of counts that a new setting of n would show. METHODS 3.2."""
    logit, tail = pooled.logit, (1 - level) / 2
    chance = predictive_distribution(logit.mean, logit.prediction_scale, logit.df, n)
    low, high = (bisect_left(range(n), edge, key=chance) for edge in (tail, 1 - tail))
    return low, high


def predictive_distribution(mu: float, scale: float, df: int, n: int) -> Callable[[int], float]:
    """The cumulative chance of a count in a new setting: X ~ Bin(n, expit(mu + scale T)), T ~ t with `df`.

    METHODS 3.2.
    """
    nodes, weights = _t_nodes(df)
    rates = 1 / (1 + np.exp(-np.clip(mu + scale * nodes, -700.0, 700.0)))

    def chance(x: int) -> float:
        return float(weights @ binomial_at_most(x, n, rates))

    return chance


@lru_cache(maxsize=64)
def _t_nodes(df: int) -> tuple[Vector, Vector]:
    """Points and weights that integrate over a t distribution: the trapezoid rule on t = sinh(s).

    The substitution makes the heavy tails fall off exponentially, where the rule converges fastest.
    """
    end = 3.0 + 38.0 / df  # beyond it less than 1e-16 is left
    steps = np.arange(-end, end, NODE_STEP)
    nodes = np.sinh(steps)
    weights = np.exp(np.log(np.cosh(steps)) - (df + 1) / 2 * np.log1p(nodes**2 / df))
    return nodes, weights / weights.sum()


def logit_effects(arms: Sequence[tuple[int, int]]) -> tuple[Vector, Vector]:
    """The logits of (x, n) arms and their variances; an arm at 0 or n gets a half added to both sides.

    METHODS 3.1.
    """
    for x, n in arms:
        if not 0 <= x <= n or n < 1:
            raise ValueError(f"pooling: found {x} of {n}, expected 0 <= x <= n and a patient or more")
    halves = [0.5 if x in (0, n) else 0.0 for x, n in arms]
    responders = np.array([x + half for (x, _), half in zip(arms, halves, strict=True)])
    others = np.array([n - x + half for (x, n), half in zip(arms, halves, strict=True)])
    return np.log(responders / others), 1 / responders + 1 / others


def random_effects(
    effects: Vector,
    variances: Vector,
    level: float = DISPLAY_LEVEL,
    adjustment: Adjustment = "truncated",
) -> RandomEffects:
    """The REML summary of effects with known variances: by default Hartung-Knapp truncated at 1, on k - 1.

    Without the truncation ("untruncated"), studies that agree by chance give an interval far too narrow;
    "none" is the normal approximation. METHODS 3.1 and 3.2; Hartung & Knapp 2001, doi 10.1002/sim.791;
    Knapp & Hartung 2003, doi 10.1002/sim.1482.
    """
    k, tau2 = len(effects), reml_tau2(effects, variances)
    mean, weights = weighted_mean(effects, variances, tau2)
    q_star = float(weights @ (effects - mean) ** 2) / (k - 1)
    inflation = {"truncated": max(1.0, q_star), "untruncated": q_star, "none": 1.0}[adjustment]
    se = sqrt(inflation / float(weights.sum()))
    quantile = z_value(level) if adjustment == "none" else t_value(level, k - 1)
    reach, prediction = quantile * se, quantile * sqrt(se**2 + tau2)
    return RandomEffects(mean, se, mean - reach, mean + reach, mean - prediction, mean + prediction, tau2, q_star, k)


def weighted_mean(effects: Vector, variances: Vector, tau2: float) -> tuple[float, Vector]:
    """The inverse-variance mean of the effects under between-study variance `tau2`, and the weights."""
    weights = 1 / (variances + tau2)
    return float(weights @ effects / weights.sum()), weights


def reml_tau2(effects: Vector, variances: Vector) -> float:
    """The between-study variance, 0 or more, at which the restricted likelihood is highest.

    A grid finds the neighbourhood, a bounded search refines it: the profile can be too flat for Newton's
    method. METHODS 3.1; Viechtbauer 2010, doi 10.18637/jss.v036.i03.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - slow to import

    def loss(tau2: float) -> float:
        mean, weights = weighted_mean(effects, variances, tau2)
        misfit = float(weights @ (effects - mean) ** 2)
        return (misfit - float(np.log(weights).sum()) + log(float(weights.sum()))) / 2

    largest = 10 * (float(np.var(effects, ddof=1)) + float(variances.max()))
    grid = [0.0, *np.geomspace(largest * 1e-9, largest, 240).tolist()]
    best = min(range(len(grid)), key=lambda i: loss(grid[i]))
    around = (grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)])
    found = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": largest * 1e-12})
    return float(found.x) if found.fun < loss(grid[best]) else grid[best]


def expit(logit: float) -> float:
    """The rate whose log odds are `logit`."""
    return 1 / (1 + exp(-logit)) if logit >= 0 else exp(logit) / (1 + exp(logit))
