"""Clinics beside their network: funnel limits by size, tail chances, and what to do when all vary too much.

Describes how far a rate lies from what its size allows; never ranks. METHODS 11.1; Spiegelhalter 2005,
doi 10.1002/sim.1970.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, pi, sin, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.distributions import Vector, binomial_reached, chances_of_at_most, z_value
from transforms.statistics.proportions import Interval

ALERT = 0.95  # METHODS 11.1: outside is "worth a look"
ALARM = 0.998  # METHODS 11.1: outside is "unusual"
FEWEST_FOR_FUNNEL = 5  # METHODS 11.1: clinics
FEWEST_TO_WIDEN = 10  # METHODS 11.1: clinics of SMALLEST_TO_WIDEN patients or more
SMALLEST_TO_WIDEN = 8
WINSORISED_SHARE = 0.10  # METHODS 11.1: cut at each end before overdispersion is measured

Zone = Literal["usual", "worth a look", "unusual"]


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """The limits of a clinic's rate at its size."""

    alert: Interval
    alarm: Interval


@dataclass(frozen=True, slots=True)
class Tails:
    """The chances of a count this low, this high; `midp_` takes half of the chance of the count itself."""

    low: float
    high: float
    midp_low: float
    midp_high: float


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How much more clinics vary than their sizes allow: z-scores, their mean square, the variance between.

    `apply` says whether it is more than chance would give: phi above 1 + 2 sqrt(2/I).
    """

    z: tuple[float, ...]
    phi: float
    threshold: float
    tau2: float

    @property
    def apply(self) -> bool:
        """Whether limits should be widened for it."""
        return self.phi > self.threshold


@dataclass(frozen=True, slots=True)
class Place:
    """One clinic in the funnel."""

    limits: FunnelLimits
    zone: Zone
    tail: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """A network's funnel; `overdispersion` is None where there are too few clinics to measure it."""

    target: float
    overdispersion: Overdispersion | None
    widened: bool
    places: tuple[Place, ...]


def funnel(clinics: Sequence[tuple[int, int]]) -> Funnel | None:
    """The funnel of (x, n) clinics around their common rate; None with fewer than five.

    Limits are exact, or widened where ten clinics or more show overdispersion. `tail` is the two-sided
    p-value that the zone rests on and that `multiplicity` takes.
    """
    if len(clinics) < FEWEST_FOR_FUNNEL:
        return None
    _, n, target = _network(clinics, None)
    enough = int((n >= SMALLEST_TO_WIDEN).sum()) >= FEWEST_TO_WIDEN
    spread = overdispersion_arcsine(clinics, target) if enough else None
    widened = spread is not None and spread.apply

    distinct = sorted(set(clinics))  # of the thousands of clinics of a network, many have the same count
    found = _widened_places(distinct, target, spread.tau2) if spread and widened else _exact_places(distinct, target)
    place = dict(zip(distinct, found, strict=True))
    return Funnel(target, spread, widened, tuple(place[count] for count in clinics))


def exact_limits(n: int, target: float) -> FunnelLimits:
    """Interpolated exact binomial limits around the target at size n, within 0..1. Spiegelhalter A.1.1."""
    return exact_limits_of([n], target)[0]


def exact_limits_of(sizes: Sequence[int], target: float) -> list[FunnelLimits]:
    """The limits of `exact_limits` at each of these sizes."""
    n = np.array(sizes, dtype=np.int64)
    chances = [chance for level in (ALERT, ALARM) for chance in ((1 - level) / 2, (1 + level) / 2)]
    ends = zip(*(_interpolated(n, target, chance).tolist() for chance in chances), strict=True)
    return [FunnelLimits(Interval(*end[:2]), Interval(*end[2:])) for end in ends]


def _interpolated(n: NDArray[np.int64], target: float, chance: float) -> Vector:
    """Where the cumulative chance reaches `chance`, between counts, as a rate of each n."""
    r = binomial_reached(chance, n, target)
    below, reached = chances_of_at_most(r - 1, n, target), chances_of_at_most(r, n, target)
    share = (reached - chance) / (reached - below)
    return np.minimum(1.0, np.maximum(0.0, (r - share) / n))


def widened_limits(n: int, target: float, tau2: float, n_published: int | None = None) -> FunnelLimits:
    """Limits on the arcsine scale that allow for variation between clinics, and for a benchmark's own size.

    The angle is clipped before it is squared, or the limits would fold back at small n. METHODS 11.1.
    """
    spread = sqrt(_variance(n, n_published) + tau2)
    centre = asin(sqrt(target))
    reaches = (z_value(level) * spread for level in (ALERT, ALARM))
    alert, alarm = (Interval(_from_angle(centre - reach), _from_angle(centre + reach)) for reach in reaches)
    return FunnelLimits(alert, alarm)


def tails(x: int, n: int, target: float) -> Tails:
    """The chances of counts as low and as high as x of n if the clinic's true rate were the target."""
    found = _tails(np.array([x]), np.array([n]), target)
    return Tails(*(float(chances[0]) for chances in found))


def _tails(x: NDArray[np.int64], n: NDArray[np.int64], target: float) -> tuple[Vector, Vector, Vector, Vector]:
    below = chances_of_at_most(x - 1, n, target)
    low, high = chances_of_at_most(x, n, target), chances_of_at_most(n - x, n, 1 - target)
    half = (low - below) / 2
    return low, high, np.maximum(0.0, low - half), np.maximum(0.0, high - half)  # rounding may carry one below 0


def overdispersion_arcsine(clinics: Sequence[tuple[int, int]], target: float | None = None) -> Overdispersion:
    """Overdispersion of (x, n) clinics on the arcsine scale, with the additive variance that explains it."""
    x, n, target = _network(clinics, target)
    z = (np.arcsin(np.sqrt(x / n)) - asin(sqrt(target))) * 2 * np.sqrt(n)
    phi, count, weights = _mean_square(z), len(z), 4 * n
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    tau2 = max(0.0, (count * phi - (count - 1)) / scale) if scale > 0 else 0.0
    return Overdispersion(tuple(z.tolist()), phi, _threshold(count), tau2)


def overdispersion_naive(clinics: Sequence[tuple[int, int]], target: float | None = None) -> Overdispersion:
    """Overdispersion of (x, n) clinics on the scale of the rate, for limits multiplied by sqrt(phi)."""
    x, n, target = _network(clinics, target)
    z = (x / n - target) / np.sqrt(target * (1 - target) / n)
    return Overdispersion(tuple(z.tolist()), _mean_square(z), _threshold(len(z)), 0.0)


def _exact_places(counts: Sequence[tuple[int, int]], target: float) -> list[Place]:
    """The places of distinct counts (x, n)."""
    x, n = (np.array(column, dtype=np.int64) for column in zip(*counts, strict=True))
    _, _, low, high = _tails(x, n, target)
    found = np.minimum(1.0, 2 * np.minimum(low, high)).tolist()
    sizes = sorted({size for _, size in counts})
    limits = dict(zip(sizes, exact_limits_of(sizes, target), strict=True))
    return [Place(limits[size], _zone(tail), tail) for (_, size), tail in zip(counts, found, strict=True)]


def _widened_places(counts: Sequence[tuple[int, int]], target: float, tau2: float) -> list[Place]:
    """The same with limits that allow for variation between clinics."""
    limits = {size: widened_limits(size, target, tau2) for size in {size for _, size in counts}}
    return [Place(limits[size], _zone(tail), tail) for (_, size), tail in _widened_tails(counts, target, tau2)]


def _widened_tails(
    counts: Sequence[tuple[int, int]], target: float, tau2: float
) -> Iterator[tuple[tuple[int, int], float]]:
    centre, normal = asin(sqrt(target)), NormalDist()
    for x, n in counts:
        z = (asin(sqrt(x / n)) - centre) / sqrt(_variance(n, None) + tau2)
        yield (x, n), 2 * normal.cdf(-abs(z))


def _zone(tail: float) -> Zone:
    if tail < 1 - ALARM:
        return "unusual"
    return "worth a look" if tail < 1 - ALERT else "usual"


def _variance(n: int, n_published: int | None) -> float:
    return 1 / (4 * n) + (1 / (4 * n_published) if n_published else 0.0)


def _from_angle(angle: float) -> float:
    return sin(min(pi / 2, max(0.0, angle))) ** 2


def _network(clinics: Sequence[tuple[int, int]], target: float | None) -> tuple[Vector, Vector, float]:
    x, n = (np.array(column, dtype=np.float64) for column in zip(*clinics, strict=True))
    if (n < 1).any() or (x < 0).any() or (x > n).any():
        raise ValueError("funnel: found a clinic that is no count, expected 0 <= x <= n and a patient or more")
    return x, n, float(x.sum() / n.sum()) if target is None else target


def _mean_square(z: Vector) -> float:
    """The mean square after values beyond the 10th and 90th percentile are moved onto them."""
    low, high = np.quantile(z, (WINSORISED_SHARE, 1 - WINSORISED_SHARE))
    return float((np.clip(z, low, high) ** 2).mean())


def _threshold(clinics: int) -> float:
    return 1 + 2 * sqrt(2 / clinics)
