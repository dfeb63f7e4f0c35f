"""What printed digits can stand for: the range of numbers that round to them, and exact arithmetic on such ranges.

A rule that compares printed figures holds if the ranges meet, so rounding alone never makes a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Range:
    """Every number from `low` to `high`, both ends included."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return Range(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Range) -> Range:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Range(min(corners), max(corners))

    def over(self, other: Range) -> Range | None:
        """Every quotient of the two; None where the divisor may be 0."""
        if other.low <= 0 <= other.high:
            return None
        return self * Range(1 / other.high, 1 / other.low)

    def meets(self, other: Range) -> bool:
        """Whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high


def stands_for(printed: str) -> Range | None:
    """The range of numbers that a printed one can stand for: half a unit of its last place on both sides.

    None for what is not a plain number, such as an empty text.
    """
    number = digits(printed)
    if number is None:
        return None
    half = Fraction(1, 2) / Fraction(10) ** decimals(printed)
    return Range(Fraction(number) - half, Fraction(number) + half)


def digits(printed: str) -> Decimal | None:
    """The printed number itself; None for what is not a plain number."""
    try:
        number = Decimal(printed.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def decimals(printed: str) -> int:
    """How many digits stand after the decimal point."""
    return len(printed.strip().partition(".")[2])


def like(value: float, printed: str) -> str:
    """A computed number with one decimal more than a printed one, for a sentence that compares them."""
    return f"{value:.{decimals(printed) + 1}f}"
