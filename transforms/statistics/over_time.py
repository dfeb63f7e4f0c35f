"""Whether a rate over time varies more than chance: p charts, Laney's p', and the rules of XmR charts.

One set of rules at a time; the default is Making Data Count. Points are cohorts by start date whose window
has closed. METHODS 11.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transforms.statistics.distributions import Vector, binomial_cumulative

FEWEST_POINTS = 12  # METHODS 11.3: fewer make no chart
FEWEST_FOR_LIMITS = 6  # DASHBOARDS T1: fewer points are joined by a line, from here limits on trial are drawn
LEAST_MEDIAN_SIZE = 20  # DASHBOARDS, page Trends: with fewer patients in half of the points rounding would move them
WARNED_BELOW = 13  # METHODS 11.3: as the NHS does
SIGMAS = 3.0
MOVING_RANGE_TO_SIGMA = 1.128
XMR_LIMIT = 2.66  # METHODS 11.3: means of moving ranges from the centre
SCREENING = 3.267  # METHODS 11.3: a moving range beyond this many means is left out, once
RUN = 7  # METHODS 11.3: points on one side, or rising, or falling
NEAR = 2 / 3  # two of three sigmas

Signal = Literal[
    "none",
    "above_limit",
    "below_limit",
    "rising",
    "falling",
    "two_in_three_above",
    "two_in_three_below",
    "run_above",
    "run_below",
]


@dataclass(frozen=True, slots=True)
class RateChart:
    """A chart of rates: centre, limits of each point within 0..1, which points lie outside, and runs.

    `sigma_z` is how much more (above 1) or less points vary than their sizes allow; 1 in a plain p chart. `runs` is
    empty where they were not asked for.
    """

    centre: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    outside: tuple[bool, ...]
    sigma_z: float
    runs: Runs


@dataclass(frozen=True, slots=True)
class Runs:
    """The longest run on one side and the crossings of the centre, with what chance allows (Anhoej 2014).

    Values are None where every point lies on the centre.
    """

    longest: int | None
    longest_allowed: int | None
    crossings: int | None
    crossings_needed: int | None

    @property
    def signal(self) -> bool:
        """Whether the points are not random around the centre."""
        if self.longest is None or self.longest_allowed is None:
            return False
        if self.crossings is None or self.crossings_needed is None:
            return False
        return self.longest > self.longest_allowed or self.crossings < self.crossings_needed


@dataclass(frozen=True, slots=True)
class XmrChart:
    """A chart of single values: mean, mean moving range after screening, limits, and each point's signal."""

    mean: float
    moving_range: float
    lower: float
    upper: float
    signals: tuple[Signal, ...]


def chartable(points: int) -> Literal["no", "with a warning", "yes"]:
    """Whether so many points make a chart that may be shown. METHODS 11.3."""
    if points < FEWEST_POINTS:
        return "no"
    return "with a warning" if points < WARNED_BELOW else "yes"


def p_chart(events: Sequence[int], n: Sequence[int]) -> RateChart:
    """The three-sigma chart of events of n in each period."""
    return _rate_chart(events, n, sigma_z=1.0)


def laney_chart(events: Sequence[int], n: Sequence[int]) -> RateChart:
    """The p' chart: limits scaled by how much successive points differ.

    To be used where periods are large or `sigma_z` exceeds 1. Laney 2002, doi 10.1081/QEN-120006708.
    """
    return _rate_chart(events, n, _sigma_z(*_rates(events, n)))


def scaled_chart(events: Sequence[int], n: Sequence[int]) -> tuple[RateChart, float]:
    """The p' chart where points vary more than their sizes allow, else the p chart, without runs; and the sigma_z.

    METHODS 11.3.
    """
    sigma_z = _sigma_z(*_rates(events, n))
    return _rate_chart(events, n, max(1.0, sigma_z), with_runs=False), sigma_z


def _sigma_z(rates: Vector, sizes: Vector, centre: float) -> float:
    z = (rates - centre) / np.sqrt(centre * (1 - centre) / sizes)
    return float(np.abs(np.diff(z)).mean()) / MOVING_RANGE_TO_SIGMA


def _rate_chart(events: Sequence[int], n: Sequence[int], sigma_z: float, *, with_runs: bool = True) -> RateChart:
    rates, sizes, centre = _rates(events, n)
    reach = SIGMAS * sigma_z * np.sqrt(centre * (1 - centre) / sizes)
    lower, upper = np.maximum(0.0, centre - reach), np.minimum(1.0, centre + reach)
    outside = (rates < lower) | (rates > upper)
    return RateChart(
        centre,
        tuple(lower.tolist()),
        tuple(upper.tolist()),
        tuple(outside.tolist()),
        sigma_z,
        runs(rates.tolist(), centre) if with_runs else Runs(None, None, None, None),
    )


def _rates(events: Sequence[int], n: Sequence[int]) -> tuple[Vector, Vector, float]:
    counts, sizes = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if (sizes < 1).any() or (counts < 0).any() or (counts > sizes).any():
        raise ValueError("chart: found a period that is no count, expected 0 <= events <= n and n above 0")
    centre = float(counts.sum() / sizes.sum())
    if centre in (0.0, 1.0):
        raise ValueError("chart: found the same outcome in every patient, expected some variation")
    return counts / sizes, sizes, centre


def runs(values: Sequence[float], centre: float) -> Runs:
    """Runs of values about the centre; values on it are left out.

    Anhoej 2014, doi 10.1371/journal.pone.0113825.
    """
    sides = [value > centre for value in values if value != centre]
    if not sides:
        return Runs(None, None, None, None)
    lengths = [len(list(run)) for _, run in groupby(sides)]
    cumulative = binomial_cumulative(len(sides) - 1, 0.5)
    needed = int(np.searchsorted(cumulative, 0.05))
    return Runs(max(lengths), round(log2(len(sides))) + 3, len(lengths) - 1, needed)


def xmr_chart(values: Sequence[float]) -> XmrChart:
    """The chart of single values, with the first of Making Data Count's rules that holds at each point.

    In order: outside the limits; part of seven rising or falling; two of three beyond two sigmas on one side;
    part of seven on one side.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.size < 2:
        raise ValueError(f"chart: found {y.size} points, expected two or more")
    moving = np.abs(np.diff(y))
    kept = moving[moving < SCREENING * moving.mean()]
    moving_range = float((kept if kept.size else moving).mean())
    mean, reach = float(y.mean()), XMR_LIMIT * moving_range
    return XmrChart(mean, moving_range, mean - reach, mean + reach, _signals(y, mean, reach))


def _signals(y: Vector, mean: float, reach: float) -> tuple[Signal, ...]:
    side = np.sign(y - mean)
    outside = np.abs(y - mean) > reach
    near = ~outside & (np.abs(y - mean) > NEAR * reach)
    trend, shift = _trends(y), _sevens(side)
    pairs = _two_in_three(near, side)

    def signal(i: int) -> Signal:
        above = side[i] > 0
        if outside[i]:
            return "above_limit" if above else "below_limit"
        if trend[i]:
            return "rising" if trend[i] > 0 else "falling"
        if pairs[i]:
            return "two_in_three_above" if above else "two_in_three_below"
        if shift[i]:
            return "run_above" if above else "run_below"
        return "none"

    return tuple(signal(i) for i in range(y.size))


def _sevens(side: Vector) -> Vector:
    """The side of each point that is part of seven in a row on one side of the centre; else 0."""
    part = np.zeros_like(side)
    if side.size >= RUN:
        sums = sliding_window_view(side, RUN).sum(axis=1)
        for start in np.flatnonzero(np.abs(sums) == RUN).tolist():
            part[start : start + RUN] = side[start]
    return part


def _trends(y: Vector) -> Vector:
    """The direction at each point of seven rising or falling; a turning point has the later one."""
    steps, part = np.sign(np.diff(y)), np.zeros_like(y)
    if y.size >= RUN:
        sums = sliding_window_view(steps, RUN - 1).sum(axis=1)
        for start in np.flatnonzero(np.abs(sums) == RUN - 1).tolist():
            part[start : start + RUN] = steps[start]
    return part


def _two_in_three(near: NDArray[np.bool_], side: Vector) -> NDArray[np.bool_]:
    """The points beyond two sigmas that have another within a row of three on the same side of the centre."""
    part = np.zeros(near.size, dtype=bool)
    if near.size >= 3 and near.any():
        found = (sliding_window_view(near, 3).sum(axis=1) >= 2) & (
            np.abs(sliding_window_view(side, 3).sum(axis=1)) == 3
        )
        for start in np.flatnonzero(found).tolist():
            part[start : start + 3] |= near[start : start + 3]
    return part
