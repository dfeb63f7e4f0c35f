"""Charts of many series of one length at once: p charts and their scaled limits, XmR charts and their rules.

Arrays are series x points. One series alone, runs, and which points make a chart at all are `over_time`. METHODS 11.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transforms.statistics.distributions import Vector

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
#: The signals in the order of their numbers in `XmrCharts`; the later of a pair is the one downwards.
SIGNALS: tuple[Signal, ...] = get_args(Signal)


@dataclass(frozen=True, slots=True)
class RateCharts:
    """Of each series its centre, of each point the limits within 0..1 and whether it lies outside."""

    centre: Vector
    lower: Vector
    upper: Vector
    outside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class XmrCharts:
    """Of each series mean, mean moving range after screening and limits, of each point the place in `SIGNALS`."""

    mean: Vector
    moving_range: Vector
    lower: Vector
    upper: Vector
    signals: NDArray[np.int8]


def rate_charts(events: Vector, n: Vector, scale: Vector) -> RateCharts:
    """The three-sigma charts of events of n, limits scaled by one number for each series.

    Raises `ValueError` where a period is no count, or every patient of a series had the same outcome.
    """
    rates, centre = _rates(events, n)
    reach = (SIGMAS * scale)[:, None] * np.sqrt(centre * (1 - centre) / n)
    lower, upper = np.maximum(0.0, centre - reach), np.minimum(1.0, centre + reach)
    return RateCharts(centre[:, 0], lower, upper, (rates < lower) | (rates > upper))


def sigma_z(events: Vector, n: Vector) -> Vector:
    """How much more (above 1) or less successive points of each series differ than their sizes allow.

    Laney 2002, doi 10.1081/QEN-120006708.
    """
    rates, centre = _rates(events, n)
    z = (rates - centre) / np.sqrt(centre * (1 - centre) / n)
    return np.asarray(np.abs(np.diff(z, axis=1)).mean(axis=1) / MOVING_RANGE_TO_SIGMA, dtype=np.float64)


def _rates(events: Vector, n: Vector) -> tuple[Vector, Vector]:
    if (n < 1).any() or (events < 0).any() or (events > n).any():
        raise ValueError("chart: found a period that is no count, expected 0 <= events <= n and n above 0")
    centre = (events.sum(axis=1) / n.sum(axis=1))[:, None]
    if np.isin(centre, (0.0, 1.0)).any():
        raise ValueError("chart: found the same outcome in every patient, expected some variation")
    return events / n, centre


def xmr_charts(values: Vector) -> XmrCharts:
    """The charts of single values, with the first of Making Data Count's rules that holds at each point.

    In order: outside the limits; part of seven rising or falling; two of three beyond two sigmas on one side;
    part of seven on one side. Raises `ValueError` with fewer than two points.
    """
    if values.shape[1] < 2:
        raise ValueError(f"chart: found {values.shape[1]} points, expected two or more")
    moving_range, mean = _screened(np.abs(np.diff(values, axis=1))), values.mean(axis=1)
    reach = XMR_LIMIT * moving_range
    signals = _signals(values, mean[:, None], reach[:, None])
    return XmrCharts(mean, moving_range, mean - reach, mean + reach, signals)


def _screened(moving: Vector) -> Vector:
    """The mean of each series' moving ranges without those far beyond it; of all where that leaves none."""
    means = moving.mean(axis=1)
    kept = moving < SCREENING * means[:, None]
    left = kept.sum(axis=1)
    for many in np.unique(left[left > 0]).tolist():
        rows = left == many
        means[rows] = moving[rows][kept[rows]].reshape(-1, many).mean(axis=1)
    return np.asarray(means, dtype=np.float64)


def _signals(y: Vector, mean: Vector, reach: Vector) -> NDArray[np.int8]:
    side, far = np.sign(y - mean), np.abs(y - mean)
    outside = far > reach
    trend = _trends(y)
    rules = (outside, trend != 0, _two_in_three(~outside & (far > NEAR * reach), side), _sevens(side) != 0)
    downwards = side <= 0
    found = [1 + 2 * place + (trend < 0 if place == 1 else downwards) for place in range(len(rules))]
    return np.select(rules, found, 0).astype(np.int8)


def _sevens(side: Vector) -> Vector:
    """The side of each point that is part of seven in a row on one side of the centre; else 0."""
    return _spread(side, side, RUN)


def _trends(y: Vector) -> Vector:
    """The direction at each point of seven rising or falling; a turning point has the later one."""
    return _spread(np.sign(np.diff(y, axis=1)), y, RUN - 1)


def _spread(signs: Vector, points: Vector, row: int) -> Vector:
    """The sign at each of the seven points from where `row` signs in a row are alike; the later row counts."""
    part = np.zeros_like(points)
    if signs.shape[1] >= row:
        alike = np.abs(sliding_window_view(signs, row, axis=1).sum(axis=2)) == row
        for start in np.flatnonzero(alike.any(axis=0)).tolist():
            part[alike[:, start], start : start + RUN] = signs[alike[:, start], start][:, None]
    return part


def _two_in_three(near: NDArray[np.bool_], side: Vector) -> NDArray[np.bool_]:
    """The points beyond two sigmas that have another within a row of three on the same side of the centre."""
    part = np.zeros_like(near)
    if near.shape[1] >= 3:
        pairs = sliding_window_view(near, 3, axis=1).sum(axis=2) >= 2
        found = pairs & (np.abs(sliding_window_view(side, 3, axis=1).sum(axis=2)) == 3)
        for start in np.flatnonzero(found.any(axis=0)).tolist():
            part[:, start : start + 3] |= near[:, start : start + 3] & found[:, start, None]
    return part
