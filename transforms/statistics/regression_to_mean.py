"""What would be seen if nobody truly changed: the fall after selection, and a floor for responder rates.

Patients enrol when they are worst. The three parameters (population mean and spread, test-retest correlation)
must have a source, or the floor is not drawn. METHODS 5.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

Rule = Literal["relative", "absolute", "pass"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Population:
    """Scores of an instrument in the population: mean, spread, correlation with themselves later."""

    mean: float
    sd: float
    rho: float

    def __post_init__(self) -> None:
        if not (self.sd > 0 and -1 <= self.rho <= 1):
            raise ValueError(f"population: found {self}, expected sd above 0 and rho within -1..1")


def expected_drop(population: Population, cutoff: float) -> float:
    """How far the mean of those who scored above `cutoff` falls without any true change.

    Davis 1976; Barnett 2005, doi 10.1093/ije/dyh299.
    """
    normal = NormalDist()
    z = (cutoff - population.mean) / population.sd
    return population.sd * (1 - population.rho) * normal.pdf(z) / normal.cdf(-z)


def rate_without_change(
    baselines: Sequence[float],
    population: Population,
    rule: Rule,
    threshold: float,
    better: Better = "lower",
) -> float | None:
    """The share of patients who would meet a rule by regression to the mean alone; None where nobody could.

    A follow-up is normal around mean + rho (baseline - mean); `threshold` is a share of the baseline for
    `relative`, points for `absolute`, a score for `pass`. Baselines of 0 have no relative change and are
    left out.
    """
    able = [score for score in baselines if rule != "relative" or score > 0]
    if not able:
        return None
    chances = [_chance_to_meet(score, population, rule, threshold, better) for score in able]
    return sum(chances) / len(chances)


def _chance_to_meet(baseline: float, population: Population, rule: Rule, threshold: float, better: Better) -> float:
    sign = 1.0 if better == "lower" else -1.0
    change = {"relative": baseline * threshold, "absolute": threshold}.get(rule)
    limit = threshold if change is None else baseline - sign * change
    centre = population.mean + population.rho * (baseline - population.mean)
    spread = population.sd * sqrt(1 - population.rho**2)
    if spread == 0:
        return float(sign * (limit - centre) >= 0)
    return NormalDist().cdf(sign * (limit - centre) / spread)
