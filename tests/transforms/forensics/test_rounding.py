"""What printed digits can stand for, and exact arithmetic on it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.forensics.rounding import Range, like, stands_for


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [("47.6", "47.55", "47.65"), ("48", "47.5", "48.5"), ("-0.2", "-0.25", "-0.15"), (".5", "0.45", "0.55")],
)
def test_printed_digits_stand_for_what_rounds_to_them(printed: str, low: str, high: str) -> None:
    assert stands_for(printed) == Range(Fraction(low), Fraction(high))


@pytest.mark.parametrize("printed", ["", "ns", "NaN", "Infinity", "4-5"])
def test_what_is_no_number_stands_for_nothing(printed: str) -> None:
    assert stands_for(printed) is None


numbers = st.decimals(min_value=-1000, max_value=1000, places=3)


@given(numbers, numbers, st.integers(0, 2))
def test_what_was_rounded_honestly_agrees_after_any_sum(a: Fraction, b: Fraction, places: int) -> None:
    one, other = (stands_for(f"{each:.{places}f}") for each in (a, b))
    assert one is not None
    assert other is not None
    for made, exact in ((one + other, a + b), (one - other, a - b), (one * other, a * b)):
        assert made.low <= Fraction(exact) <= made.high
    quotient = one.over(other)
    assert quotient is None or quotient.low <= Fraction(a) / Fraction(b) <= quotient.high


def test_nothing_is_divided_by_what_may_be_nothing() -> None:
    one, other = stands_for("5"), stands_for("0.0")
    assert one is not None
    assert other is not None
    assert one.over(other) is None


def test_ranges_meet_at_their_ends() -> None:
    assert Range(Fraction(0), Fraction(1)).meets(Range(Fraction(1), Fraction(2)))
    assert not Range(Fraction(0), Fraction(1)).meets(Range(Fraction(3, 2), Fraction(2)))


def test_a_number_is_shown_with_one_decimal_more_than_the_print() -> None:
    assert (like(47.5452, "47.6"), like(78.43, "79")) == ("47.55", "78.4")
