"""Rates and their uncertainty: one rate, a difference of two, its verdict, and what a printed rate implies.

Pure numbers, shares between 0 and 1. Score intervals for differences and ratios live in `score_intervals`,
rates of clustered patients in `clusters`, missing outcomes in `missing`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isfinite, sqrt
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from transforms.statistics.distributions import beta_quantile, z_value

if TYPE_CHECKING:
    import polars as pl

Number = TypeVar("Number", float, "pl.Expr")

Verdict = Literal[
    "materially_higher", "materially_lower", "equivalent", "at_least_as_good", "not_better", "inconclusive"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

DISPLAY_LEVEL = 0.95  # METHODS section 0: every interval that is shown
DECISION_LEVEL = 0.90  # METHODS 2.4: two one-sided tests at 5%
DEFAULT_MARGIN = 0.10  # METHODS 2.4: ten percentage points, fixed before data
FEWEST_FOR_VERDICT = 30  # METHODS 2.4: outcomes analysed before a verdict is shown
LEAST_FOLLOW_UP = 0.40  # METHODS 2.4 and 12.1: below this only bounds are shown
LARGEST_COHORT_SEARCHED = 5_000  # beyond this `minimum_n_for_equivalence` says that no cohort will do


@dataclass(frozen=True, slots=True)
class Interval:
    """The two limits of an interval; raises `ValueError` where they are not in order or not numbers."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"interval: low {self.low} is not at or below high {self.high}")

    @property
    def width(self) -> float:
        """How far apart the limits are."""
        return self.high - self.low


def wilson_limits(x: Number, n: Number, z: float) -> tuple[Number, Number]:
    """Wilson's lower and upper limit for x of n, elementwise on floats and on Polars expressions alike.

    Only operators are used, in a form that cannot leave 0..1 and is exact at x = 0 and x = n. A float n must
    be above 0; in an expression a row with n = 0 yields NaN. METHODS 2.1; Wilson 1927,
    doi 10.1080/01621459.1927.10502953.
    """
    responders, others, size = x * 1.0, (n - x) * 1.0, n * 1.0
    spread = z * (responders * others / size + z * z / 4) ** 0.5
    low = responders * responders / (size * (responders + z * z / 2 + spread))
    high = 1.0 - others * others / (size * (others + z * z / 2 + spread))
    return low, high


def wilson(x: float, n: float, level: float = DISPLAY_LEVEL) -> Interval | None:
    """Wilson's interval for x of n, or None where n is 0; x and n may be effective (fractional) counts."""
    if not _countable(x, n):
        return None
    return Interval(*wilson_limits(float(x), float(n), z_value(level)))


def clopper_pearson(x: float, n: float, level: float = DISPLAY_LEVEL) -> Interval | None:
    """The exact interval, whose coverage is never below `level`; None where n is 0.

    METHODS 2.1; Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404.
    """
    if not _countable(x, n):
        return None
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else beta_quantile(x, n - x + 1, tail)
    high = 1.0 if x == n else beta_quantile(x + 1, n - x, 1 - tail)
    return Interval(low, high)


def jeffreys(x: float, n: float, level: float = DISPLAY_LEVEL) -> Interval | None:
    """Jeffreys' interval with the end-point rule: low is 0 at x = 0, high is 1 at x = n; None where n is 0.

    METHODS 2.1; Brown, Cai & DasGupta 2001, doi 10.1214/ss/1009213286.
    """
    if not _countable(x, n):
        return None
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else beta_quantile(x + 0.5, n - x + 0.5, tail)
    high = 1.0 if x == n else beta_quantile(x + 0.5, n - x + 0.5, 1 - tail)
    return Interval(low, high)


def _countable(x: float, n: float) -> bool:
    """Whether there is anything to estimate; raises `ValueError` where x of n cannot be a count."""
    if not (isfinite(x) and isfinite(n) and 0 <= x <= n):
        raise ValueError(f"proportion: found {x} of {n}, expected 0 <= x <= n")
    return n > 0


def mover(p1: float, i1: Interval, p2: float, i2: Interval) -> Interval:
    """The interval of p1 - p2 from any interval of each side, within -1..1 where both sides lie in 0..1.

    METHODS 2.3; Zou & Donner 2008, doi 10.1002/sim.3095.
    """
    difference = p1 - p2
    low = difference - sqrt((p1 - i1.low) ** 2 + (i2.high - p2) ** 2)
    high = difference + sqrt((i1.high - p1) ** 2 + (p2 - i2.low) ** 2)
    return Interval(max(low, -1.0), min(high, 1.0))


def newcombe(x1: float, n1: float, x2: float, n2: float, level: float = DISPLAY_LEVEL) -> Interval | None:
    """The interval of x1/n1 - x2/n2, MOVER on Wilson limits (Newcombe's method 10); None if a side is empty.

    METHODS 2.3; Newcombe 1998, Stat Med 17:873-890.
    """
    first, second = wilson(x1, n1, level), wilson(x2, n2, level)
    if first is None or second is None:
        return None
    return mover(x1 / n1, first, x2 / n2, second)


def verdict(interval: Interval, margin: float = DEFAULT_MARGIN) -> Verdict:
    """What the 90% interval of (observed - published) says against a margin: the first row that holds.

    METHODS 2.4: one interval read once, so that verdicts cannot contradict each other.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin: found {margin}, expected a share between 0 and 1")
    rows: tuple[tuple[bool, Verdict], ...] = (
        (interval.low >= margin, "materially_higher"),
        (interval.high <= -margin, "materially_lower"),
        (interval.low > -margin and interval.high < margin, "equivalent"),
        (interval.low > -margin, "at_least_as_good"),
        (interval.high < margin, "not_better"),
    )
    return next((code for holds, code in rows if holds), "inconclusive")


@dataclass(frozen=True, slots=True)
class Robust:
    """A verdict that holds for the completers and with missing counted as non-response alike."""

    verdict: Verdict
    depends_on_missing: bool


def robust_verdict(completers: Interval, nri: Interval, margin: float = DEFAULT_MARGIN) -> Robust:
    """The verdict of the interval that spans both analysis sets, and whether the missing decide it.

    Both are 90% intervals of (observed - published). METHODS 2.5.
    """
    spanning = Interval(min(completers.low, nri.low), max(completers.high, nri.high))
    robust = verdict(spanning, margin)
    depends = robust == "inconclusive" and verdict(completers, margin) != "inconclusive"
    return Robust(robust, depends)


@lru_cache(maxsize=1024)
def minimum_n_for_equivalence(x_pub: int, n_pub: int, margin: float = DEFAULT_MARGIN) -> int | None:
    """The smallest cohort in which some count of responders could be judged `equivalent`.

    None where the published arm alone is too small for the margin, or no cohort of up to
    `LARGEST_COHORT_SEARCHED` would do. METHODS 2.4.
    """
    published = wilson(x_pub, n_pub, DECISION_LEVEL)
    if published is None or published.width >= 2 * margin:
        return None
    sizes = range(1, LARGEST_COHORT_SEARCHED + 1)
    return next((n for n in sizes if equivalence_attainable(n, x_pub, n_pub, margin)), None)


def equivalence_attainable(n: int, x_pub: int, n_pub: int, margin: float = DEFAULT_MARGIN) -> bool:
    """Whether some count of n could be judged `equivalent` to x_pub of n_pub. METHODS 2.4.

    Both limits rise with the count, so the smallest count whose lower limit clears -margin decides.
    """

    def limits(x: int) -> Interval:
        found = newcombe(x, n, x_pub, n_pub, DECISION_LEVEL)
        if found is None:
            raise ValueError(f"equivalence: found {n} against {n_pub}, expected patients on both sides")
        return found

    smallest = bisect_left(range(n + 1), True, key=lambda x: limits(x).low > -margin)
    return smallest <= n and verdict(limits(smallest), margin) == "equivalent"


@dataclass(frozen=True, slots=True)
class Grim:
    """Which whole numbers of patients a printed percentage can stand for."""

    attainable: bool
    inferred: int
    consistent: tuple[int, ...]


def grim(printed: str, n: int) -> Grim:
    """Whether any count of n rounds to the percentage as printed, which do, and the nearest (ties: smaller).

    Rounding half up and half to even are both allowed; arithmetic is exact. Raises `ValueError` where
    `printed` is not a percentage or n is below 1. METHODS 1.3; Brown & Heathers 2017,
    doi 10.1177/1948550616673876.
    """
    percent, decimals = _printed_percent(printed)
    if n < 1:
        raise ValueError(f"printed percentage: found an arm of {n}, expected 1 patient or more")
    exact = percent * n / 100
    slack = Fraction(n, 100) / 10**decimals
    near = range(max(0, floor(exact - slack)), min(n, ceil(exact + slack)) + 1)
    consistent = tuple(x for x in near if _rounds_to(Fraction(100 * x, n), percent, decimals))
    inferred = min(near, key=lambda x: (abs(Fraction(100 * x, n) - percent), x))
    return Grim(bool(consistent), inferred, consistent)


def _printed_percent(printed: str) -> tuple[Fraction, int]:
    """The printed percentage as an exact fraction, and how many decimals it was printed with."""
    try:
        number = Decimal(printed.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= 100:
        raise ValueError(f"printed percentage: found {printed!r}, expected digits between 0 and 100, as in 47.6")
    return Fraction(number), max(0, -int(number.as_tuple().exponent))


def _rounds_to(value: Fraction, percent: Fraction, decimals: int) -> bool:
    half_up = Fraction(floor(value * 10**decimals + Fraction(1, 2)), 10**decimals)
    half_even = round(value, decimals)
    return percent in (half_up, half_even)
