"""Quantiles and chances of the standard distributions: the only door from here to `scipy.special`.

The library is imported when the first of them is asked for, so that a run which needs normal quantiles only
does not pay for it.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from types import ModuleType

Vector = NDArray[np.float64]


@cache
def z_value(level: float) -> float:
    """The normal quantile with (1 - level)/2 beyond it on each side; raises `ValueError` outside 0..1."""
    if not 0 < level < 1:
        raise ValueError(f"confidence level: found {level}, expected a share between 0 and 1")
    return NormalDist().inv_cdf((1 + level) / 2)


def t_value(level: float, df: float) -> float:
    """The quantile of Student's t with (1 - level)/2 beyond it on each side."""
    return float(_special().stdtrit(df, (1 + level) / 2))


def chi_square_above(value: float, df: float) -> float:
    """The chance that a chi-square variable exceeds this value."""
    return float(_special().chdtrc(df, value))


def chi_square_value(chance: float, df: float) -> float:
    """The value that a chi-square variable falls below with this chance."""
    return float(_special().chdtri(df, 1 - chance))


def gamma_quantile(shape: float, scale: float, chance: float) -> float:
    """The value that a gamma variable falls below with this chance."""
    return float(_special().gammaincinv(shape, chance)) * scale


def beta_quantile(a: float, b: float, chance: float) -> float:
    """The value that a Beta(a, b) variable falls below with this chance."""
    return float(_special().betaincinv(a, b, chance))


def beta_quantiles(a: Vector, b: Vector, chance: float) -> Vector:
    """The values that Beta(a, b) variables fall below with this chance, pair by pair."""
    return np.asarray(_special().betaincinv(a, b, chance), dtype=np.float64)


def beta_below(a: float, b: float, values: Vector) -> Vector:
    """The chances that a Beta(a, b) variable falls below each value."""
    return np.asarray(_special().betainc(a, b, values), dtype=np.float64)


def beta_below_each(a: Vector, b: Vector, values: Vector) -> Vector:
    """The chances that Beta variables, each of its own a and b, fall below their values, elementwise."""
    return np.asarray(_special().betainc(a, b, values), dtype=np.float64)


def binomial_at_most(x: int, n: int, rates: Vector) -> Vector:
    """The chances of x or fewer successes of n at each rate; 0 below x = 0 and 1 from x = n on."""
    if x < 0:
        return np.zeros_like(rates)
    return np.ones_like(rates) if x >= n else np.asarray(_special().bdtr(float(x), n, rates), dtype=np.float64)


def binomial_cumulative(n: int, rate: float) -> Vector:
    """The chances of at most 0, 1, ... n successes of n."""
    counts = np.arange(n + 1, dtype=np.float64)
    below = np.asarray(_special().bdtr(counts[:-1], n, rate), dtype=np.float64)
    return np.append(below, 1.0)


def chances_of_at_most(x: NDArray[np.int64], n: NDArray[np.int64], rate: float) -> Vector:
    """The chances of at most x successes of n, pair by pair; 0 below none, 1 from all on."""
    chances = np.asarray(_special().bdtr(np.maximum(x, 0).astype(np.float64), n, rate), dtype=np.float64)
    return np.where(x < 0, 0.0, np.where(x >= n, 1.0, chances))


def binomial_reached(chance: float, n: NDArray[np.int64], rate: float) -> NDArray[np.int64]:
    """For each n the fewest successes such that so many or fewer have at least this chance.

    Found from where a normal distribution corrected for its skewness has it, which is seldom off by more than one:
    the cumulative chances of every number of successes need not be computed.
    """
    z, spread = NormalDist().inv_cdf(chance), np.sqrt(n * rate * (1 - rate))
    guess = np.floor(n * rate + z * spread + (z * z - 1) * (1 - 2 * rate) / 6)
    found: NDArray[np.int64] = np.clip(guess, 0, n).astype(np.int64)
    low = chances_of_at_most(found, n, rate) < chance
    while low.any():
        found[low] += 1
        low[low] = chances_of_at_most(found[low], n[low], rate) < chance
    high = chances_of_at_most(found - 1, n, rate) >= chance
    while high.any():
        found[high] -= 1
        high[high] = chances_of_at_most(found[high] - 1, n[high], rate) >= chance
    return found


def _special() -> ModuleType:
    from scipy import special  # noqa: PLC0415 - slow to import, and most runs need none of it

    return special  # type: ignore[no-any-return]  # scipy carries no types
