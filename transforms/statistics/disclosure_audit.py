"""What a reader could work out of counts that are published: hidden cells, differences, rates with their intervals.

Pure numbers, for auditing a release. Which counts are hidden and rounded in the first place is `transforms.masking`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, wilson_limits

MOST_HIDDEN = 7  # METHODS 8.1: 1 to 7 are hidden
LEAST_WIDTH = 5.0  # METHODS 8.3: a hidden cell must remain uncertain by this much
MIDPOINT_STEP = 6  # OpenSAFELY: 1 to 6 are shown as 3, 7 to 12 as 9
_EQUAL = 1e-7  # what the solver leaves of rounding

Table = Sequence[Sequence[int]]
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suppression:
    """Which cells of a table may not be shown: the small ones, and those that would give them away."""

    primary: tuple[Cell, ...]
    complementary: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Whether two published groups may stand beside each other, and what their difference would tell."""

    allowed: bool
    n: int
    x: int

    @property
    def reason(self) -> str:
        """Why they may not; empty where they may."""
        return "" if self.allowed else f"difference group n={self.n}, x={self.x}"


def midpoint_6(count: int) -> int:
    """The count at the middle of its step of six; 0 stays 0. METHODS 8.1; OpenSAFELY's output checking."""
    if count < 0:
        raise ValueError(f"midpoint: found {count}, expected a count of 0 or more")
    return -(-count // MIDPOINT_STEP) * MIDPOINT_STEP - MIDPOINT_STEP // 2 if count else 0


def primary(table: Table, most_hidden: int = MOST_HIDDEN) -> tuple[Cell, ...]:
    """Places (row, column) of the cells from 1 to `most_hidden`, in the order of reading."""
    return tuple((r, c) for r, row in enumerate(table) for c, count in enumerate(row) if 1 <= count <= most_hidden)


def feasible(table: Table, hidden: Collection[Cell]) -> dict[Cell, tuple[float, float]]:
    """What each hidden cell can be, least and most, for a reader who knows all other cells and every total.

    Cells are counts of 0 or more; solved as linear programmes (HiGHS). METHODS 8.3.
    """
    counts = np.asarray(table, dtype=np.float64)
    cells = sorted(hidden)
    if not cells:
        return {}
    lines = [[cell[axis] == at for cell in cells] for axis in (0, 1) for at in range(counts.shape[axis])]
    totals = [sum(counts[cell] for cell, inside in zip(cells, line, strict=True) if inside) for line in lines]
    equal = np.array(lines, dtype=np.float64)
    return {cell: _range(place, equal, totals) for place, cell in enumerate(cells)}


def _range(place: int, equal: np.ndarray, totals: Sequence[float]) -> tuple[float, float]:
    aim = np.zeros(equal.shape[1])
    aim[place] = 1.0
    least, most = (linprog(sign * aim, A_eq=equal, b_eq=totals, method="highs") for sign in (1, -1))
    return float(least.fun), float(-most.fun)


def suppression(table: Table, most_hidden: int = MOST_HIDDEN, least_width: float = LEAST_WIDTH) -> Suppression | None:
    """The small cells, and the fewest others that keep each of them uncertain by `least_width`.

    All row and column totals are taken to be published; None where no set of cells is enough, so that a total must be
    withheld. Of sets of one size, the one that hides fewest patients. Every set is tried, so tables must be small.
    METHODS 8.3.
    """
    small = primary(table, most_hidden)
    others = [(r, c) for r, row in enumerate(table) for c, count in enumerate(row) if count and (r, c) not in small]
    for size in range(len(others) + 1):
        safe = [extra for extra in combinations(others, size) if _safe(table, small, extra, least_width)]
        if safe:
            return Suppression(small, min(safe, key=lambda extra: (sum(table[r][c] for r, c in extra), extra)))
    return None


def _safe(table: Table, small: Iterable[Cell], extra: Iterable[Cell], least_width: float) -> bool:
    ranges = feasible(table, {*small, *extra})
    return all(most - least >= least_width - _EQUAL for least, most in (ranges[cell] for cell in small))


def difference(larger: Mapping[str, int], smaller: Mapping[str, int], most_hidden: int = MOST_HIDDEN) -> Difference:
    """Whether two nested groups, each with `n` patients and `x` responders, may both be published.

    They may not where the patients who are only in the larger one could not be shown themselves. Raises `ValueError`
    where the groups cannot be nested. METHODS 8.2, 8.3.
    """
    n, x = larger["n"] - smaller["n"], larger["x"] - smaller["x"]
    if not 0 <= x <= n:
        raise ValueError(f"difference: found n={n}, x={x}; expected a group of which the other is a part")
    return Difference(not any(1 <= count <= most_hidden for count in (x, n - x, n)), n, x)


def consistent_counts(rate: float, low: float, high: float, decimals: int, largest: int = 200) -> list[tuple[int, int]]:
    """Every (x, n) with n below `largest` whose percentage and Wilson limits round to the three that are given.

    In percent; one pair alone means that the figures give the counts away, which is why public ones are computed from
    rounded counts. METHODS 8.2.
    """
    z = z_value(DISPLAY_LEVEL)
    shown = tuple(round(figure, decimals) for figure in (rate, low, high))
    return [
        (x, n)
        for n in range(1, largest)
        for x in range(n + 1)
        if round(100 * x / n, decimals) == shown[0]
        and tuple(round(100 * limit, decimals) for limit in wilson_limits(float(x), float(n), z)) == shown[1:]
    ]
