"""Which of two deliveries is older: by the day that they declare, else by dates and versions in their names."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.hillside import contract
from transforms.succession import is_older, named

BY_NAME = contract(data_cut={"name": "x_{date}.csv"})
LATEST = contract()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("outcomes_2026-10_v2.csv", ("outcomes_#_#.csv", (2026, 10, 0), 2)),
        ("outcomes_2026-10-31_V12.csv", ("outcomes_#_#.csv", (2026, 10, 31), 12)),
        ("export 20261031.xlsx", ("export #.xlsx", (2026, 10, 31), 0)),
        ("Export rev 3.csv", ("export #.csv", (0, 0, 0), 3)),
        ("level5.csv", ("level5.csv", (0, 0, 0), 0)),
        ("202613.csv", ("202613.csv", (0, 0, 0), 0)),
    ],
)
def test_a_name_gives_its_last_date_and_version_and_what_is_left(name: str, expected: tuple[Any, ...]) -> None:
    found = named(name)
    assert (found.rest, found.date, found.version) == expected


@pytest.mark.parametrize(
    ("one", "standing", "older"),
    [
        ("a_v1.csv", "a_v2.csv", True),
        ("a_v2.csv", "a_v2.csv", False),
        ("a_v9.csv", "a_v10.csv", True),
        ("a.csv", "a_v2.csv", False),
        ("a_2026-09.csv", "a_2026-10.csv", True),
        ("a_2026-10_v1.csv", "a_2026-09_v3.csv", False),
        ("b_v1.csv", "a_v2.csv", False),
    ],
)
def test_names_decide_where_they_differ_in_nothing_else(one: str, standing: str, older: bool) -> None:
    assert is_older((one, date(2026, 1, 1)), (standing, date(2026, 1, 1)), LATEST) == older


@pytest.mark.parametrize(("days", "older"), [((1, 2), True), ((2, 1), False), ((1, 1), False)])
def test_a_declared_day_decides_first_and_one_that_follows_from_rows_never(days: tuple[int, int], older: bool) -> None:
    one, standing = (("a_v2.csv", date(2026, 1, day)) for day in days)
    assert is_older(one, standing, BY_NAME) == older
    assert not is_older(one, standing, LATEST)


NAMES = st.builds(
    "{}_{}_v{}.csv".format, st.sampled_from("ab"), st.sampled_from(["2026-01", "2026-10"]), st.integers(0, 20)
)
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3))


@given(st.tuples(NAMES, DAYS), st.tuples(NAMES, DAYS), st.sampled_from([BY_NAME, LATEST]))
def test_of_two_deliveries_one_at_most_is_older(one: Any, other: Any, agreed: Any) -> None:
    assert not (is_older(one, other, agreed) and is_older(other, one, agreed))
