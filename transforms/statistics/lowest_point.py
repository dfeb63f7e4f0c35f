"""Where a smooth function of two numbers is lowest, by Newton's method held within bounds.

Importing a library's optimiser takes longer than all fits of a run. A step that leads uphill is halved until it leads
down; where none does, rounding hides what is lower, and the search ends. Its caller chooses where it starts. Nocedal &
Wright 2006, sections 3.1 and 3.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

MOST_STEPS = 200
CLOSE = 1e-7  # a step this small ends the search: the next one would be as its square
LONGEST_STEP = 3.0
MOST_HALVINGS = 12

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A function of two numbers at one place: its value, its slope, and how the slope changes (first, both, second)."""

    value: float
    slope: Pair
    curvature: tuple[float, float, float]


def lowest(look: Callable[[float, float], Point], start: Pair, within: tuple[Pair, Pair]) -> tuple[Pair, float]:
    """The place near `start` where the function is lowest, with its value there; no place outside `within` is tried."""
    place, here = start, look(*start)
    for _ in range(MOST_STEPS):
        step = _step(here, _free(place, here.slope, within))
        found = _lower(look, (place, here), step, within)
        if found is None:
            break
        place, here = found
        if max(map(abs, step)) < CLOSE:
            break
    return place, here.value


def _lower(
    look: Callable[[float, float], Point], known: tuple[Pair, Point], step: Pair, within: tuple[Pair, Pair]
) -> tuple[Pair, Point] | None:
    """The first place in the direction of the step that is no higher: at its end, at half of it, and so on."""
    (first, second), here = known
    for _ in range(MOST_HALVINGS + 1):
        tried = (_held(first + step[0], within[0]), _held(second + step[1], within[1]))
        there = look(*tried)
        if there.value <= here.value:
            return tried, there
        step = (step[0] / 2, step[1] / 2)
    return None


def _held(number: float, within: Pair) -> float:
    return min(max(number, within[0]), within[1])


def _free(place: Pair, slope: Pair, within: tuple[Pair, Pair]) -> tuple[bool, bool]:
    """Which of the two may move: not one that stands at a bound and would go on outside."""
    first, second = (
        not (at <= low and s > 0) and not (at >= high and s < 0)
        for at, s, (low, high) in zip(place, slope, within, strict=True)
    )
    return first, second


def _step(here: Point, free: tuple[bool, bool]) -> Pair:
    """Newton's step, shortened where it is long; where the function is not hollow, as if it were."""
    (a, b, c), (g, h) = here.curvature, here.slope
    if not free[0]:
        a, b, g = 1.0, 0.0, 0.0
    if not free[1]:
        c, b, h = 1.0, 0.0, 0.0
    least = (a + c) / 2 - sqrt(((a - c) / 2) ** 2 + b * b)
    enough = 1e-9 * (abs(a) + abs(c)) + 1e-30
    if least < enough:
        a, c = a - least + 1e6 * enough, c - least + 1e6 * enough
    determinant = a * c - b * b
    step = ((b * h - c * g) / determinant, (b * g - a * h) / determinant)
    shorter = min(1.0, LONGEST_STEP / max(abs(step[0]), abs(step[1]), 1e-300))
    return step[0] * shorter, step[1] * shorter
