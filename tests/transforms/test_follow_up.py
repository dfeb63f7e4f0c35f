"""From those who began to those who responded: sums of what was released, and who lost more than others."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.follow_up import FollowUp
from tests.transforms.hillside import VOCABULARY
from tests.transforms.networks import NAMES, cohorts
from tests.transforms.released import exact, released
from transforms.follow_up import follow_up
from transforms.observed_rates import observed_rates


def steps(*rows: dict[str, object]) -> pl.DataFrame:
    named = [row | {"source": name, "cohort": name} for row, name in zip(rows, NAMES, strict=False)]
    cells = released(*named)
    return follow_up(cells, observed_rates(cells), cohorts(len(rows)), vocabulary=VOCABULARY)


def test_every_step_is_the_sum_of_what_comes_after_it() -> None:
    (row,) = steps(exact(60, 40, 25, not_due=30, no_baseline=15, cannot_improve=10, left_out=50)).to_dicts()
    assert (row["due_least"], row["due_most"]) == (125, 125)
    assert (row["began_least"], row["began_most"]) == (125 + 30 + 25 + 50,) * 2
    assert (row["analysed"], row["responders"], row["missing"]) == (100, 60, 25)


def test_a_hidden_number_makes_a_step_a_range_of_one_to_seven() -> None:
    (row,) = steps(exact(60, 40, 3, not_due=5)).to_dicts()
    assert (row["due_least"], row["due_most"]) == (101, 107)
    assert (row["began_least"], row["began_most"]) == (102, 114)
    assert (row["missing"], row["follow_up"]) == (None, None)
    assert row["follow_up_least"] == pytest.approx(100 / 107)


def test_where_outcomes_are_hidden_no_step_is_shown() -> None:
    (row,) = steps(exact(3, 40, 20)).to_dicts()
    assert (row["status"], row["began_least"], row["due_most"], row["band"]) == ("suppressed", None, None, "unknown")


@pytest.mark.parametrize(
    ("missing", "band"), [(25, ">=80%"), (30, "60-80%"), (65, "60-80%"), (70, "40-60%"), (150, "40-60%"), (155, "<40%")]
)
def test_the_share_followed_up_falls_into_the_bands_of_the_grade(missing: int, band: str) -> None:
    (row,) = steps(exact(60, 40, missing)).to_dicts()
    assert (row["missing"], row["band"]) == (missing, band)


def test_a_clinic_that_lost_more_than_the_others_is_told() -> None:
    found = steps(exact(60, 40, 100), *[exact(600, 400, 200)] * 5).sort("source")
    assert found["zone"].to_list() == ["unusual", *["usual"] * 5]
    assert found["side"].to_list() == ["below", *["above"] * 5]
    assert found["stands_out"].to_list() == [True, *[False] * 5]


def test_a_clinic_whose_missing_are_hidden_is_not_placed() -> None:
    found = steps(exact(60, 40, 3), *[exact(60, 40, 20)] * 5).sort("source")
    assert (found["zone"][0], found["peers"][0]) == ("not judged", 5)


SMALL = st.integers(0, 12) | st.integers(0, 300)


@given(st.lists(st.tuples(SMALL, SMALL, SMALL, SMALL), min_size=1, max_size=7))
@settings(deadline=None, max_examples=40)
def test_steps_never_grow_on_the_way_and_hold_the_exact_number(numbers: list[tuple[int, int, int, int]]) -> None:
    rows = [exact(x, others, gone, not_due=waiting) for x, others, gone, waiting in numbers]
    found = steps(*rows).sort("source")
    assert faults(FollowUp, found) == []
    shown = found.filter(pl.col("due_least").is_not_null())
    for one in shown.iter_rows(named=True):
        assert one["began_least"] >= one["due_least"] >= one["analysed"] >= one["responders"]
        true = numbers[NAMES.index(one["source"])]
        slack = 2 * 3  # each of three counts is rounded by two at most
        assert one["due_least"] - slack <= true[0] + true[1] + true[2] <= one["due_most"] + slack
