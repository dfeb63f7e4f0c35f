"""Whether a rate over time varies more than chance: one series in a p chart, Laney's p' or an XmR chart, and runs.

One set of rules at a time; the default is Making Data Count. Points are cohorts by start date whose window
has closed. Limits and rules themselves are computed in `charts`. METHODS 11.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from typing import Literal

import numpy as np

from transforms.statistics import charts
from transforms.statistics.charts import SIGNALS, Signal
from transforms.statistics.distributions import binomial_cumulative

FEWEST_POINTS = 12  # METHODS 11.3: fewer make no chart
FEWEST_FOR_LIMITS = 6  # DASHBOARDS T1: fewer points are joined by a line, from here limits on trial are drawn
LEAST_MEDIAN_SIZE = 20  # DASHBOARDS, page Trends: with fewer patients in half of the points rounding would move them
WARNED_BELOW = 13  # METHODS 11.3: as the NHS does


@dataclass(frozen=True, slots=True)
class RateChart:
    """A chart of rates: centre, limits of each point within 0..1, which points lie outside, and runs.

    `sigma_z` is how much more (above 1) or less points vary than their sizes allow; 1 in a plain p chart.
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
    return _rate_chart(events, n, scaled=False)


def laney_chart(events: Sequence[int], n: Sequence[int]) -> RateChart:
    """The p' chart: limits scaled by how much successive points differ.

    To be used where periods are large or `sigma_z` exceeds 1. Laney 2002, doi 10.1081/QEN-120006708.
    """
    return _rate_chart(events, n, scaled=True)


def _rate_chart(events: Sequence[int], n: Sequence[int], *, scaled: bool) -> RateChart:
    x, sizes = (np.asarray(one, dtype=np.float64)[None, :] for one in (events, n))
    sigma_z = charts.sigma_z(x, sizes) if scaled else np.ones(1)
    found, rates = charts.rate_charts(x, sizes, sigma_z), x / sizes
    centre = float(found.centre[0])
    limits = (tuple(found.lower[0].tolist()), tuple(found.upper[0].tolist()))
    outside = tuple(found.outside[0].tolist())
    return RateChart(centre, *limits, outside, float(sigma_z[0]), runs(rates[0].tolist(), centre))


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

    Which rules: `charts.xmr_charts`.
    """
    found = charts.xmr_charts(np.asarray(values, dtype=np.float64)[None, :])
    mean, moving_range, lower, upper = (
        float(one[0]) for one in (found.mean, found.moving_range, found.lower, found.upper)
    )
    return XmrChart(mean, moving_range, lower, upper, tuple(SIGNALS[place] for place in found.signals[0].tolist()))
