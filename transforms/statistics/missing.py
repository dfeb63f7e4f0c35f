"""What missing outcomes could change: bounds that always hold, tipping points, and model-based sensitivity.

Counts only. The verdict that survives both ways of counting is `proportions.robust_verdict`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from transforms.statistics.proportions import DISPLAY_LEVEL, wilson


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rate of the measured (None if nobody was), and the range that the missing leave open."""

    completers: float | None
    low: float
    high: float
    follow_up: float

    @property
    def width(self) -> float:
        """The share of patients whose outcome is unknown."""
        return self.high - self.low


def bounds(x: int, n: int, m: int) -> Bounds | None:
    """The lowest and highest rate that any outcome of the missing could give; None where nobody is due.

    `low` is the rate with missing counted as non-response. METHODS 12.1; Manski 2003.
    """
    due = _due(x, n, m)
    if due == 0:
        return None
    return Bounds(x / n if n else None, x / due, (x + m) / due, n / due)


def tipping_point(x: int, n: int, m: int, benchmark: float, level: float = DISPLAY_LEVEL) -> int | None:
    """How few of the m missing must have responded for the whole interval to lie above `benchmark`.

    Counts are added to x among all n + m patients and judged by Wilson's lower limit; None where even m would
    not do. METHODS 12.4.
    """
    due = _due(x, n, m)

    def clears(k: int) -> bool:
        interval = wilson(x + k, due, level)
        return interval is not None and interval.low > benchmark

    fewest = bisect_left(range(m + 1), True, key=clears)
    return fewest if fewest <= m else None


def delta_rates(x: int, n: int, m: int) -> list[tuple[float, float]]:
    """The rate of all patients if the missing responded `delta` less often than the completers did.

    Pairs (delta, rate) for delta from 0 to the completers' rate in steps of ten points; empty where nobody
    was measured. METHODS 12.4.
    """
    due = _due(x, n, m)
    if n == 0:
        return []
    completers = x / n
    deltas = [tenths / 10 for tenths in range(10) if tenths * n < 10 * x]
    return [(delta, (x + m * (completers - delta)) / due) for delta in [*deltas, completers]]


def _due(x: int, n: int, m: int) -> int:
    if not (0 <= x <= n and m >= 0):
        raise ValueError(f"missing outcomes: found {x} of {n} and {m} missing, expected 0 <= x <= n and m >= 0")
    return n + m
