"""Dates and days of a line are read in the declared order and within reason, or set their line aside."""

import pytest

from tests.transforms.hillside import CODES, contract, day, reasons
from tests.transforms.single_lines import one, why

# ---- dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "order", "read"),
    [
        ("2026-01-19", "iso", "2026-01-19"),
        ("2028-02-29", "iso", "2028-02-29"),
        ("2026-02-29", "iso", None),
        ("2026-04-31", "iso", None),
        ("2026-1-19", "iso", None),
        ("19/01/2026", "iso", None),
        ("20260119", "iso", None),
        ("2026-01-19 10:00", "iso", None),
        ("46041", "iso", None),
        ("46041.0", "iso", None),
        ("20226-01-19", "iso", None),
        ("19 Jan 2026", "dmy", None),
        ("19/01/26", "dmy", None),
        ("2026-01-19", "dmy", None),
        ("19/01/2026", "dmy", "2026-01-19"),
        ("19.1.2026", "dmy", "2026-01-19"),
        ("19-01-2026", "dmy", "2026-01-19"),
        ("01/19/2026", "dmy", None),
        ("02/01/2026", "dmy", "2026-01-02"),
        ("02/01/2026", "mdy", "2026-02-01"),
        ("13/01/2026", "mdy", None),
    ],
)
def test_a_date_is_one_only_in_the_declared_order(written: str, order: str, read: str | None) -> None:
    begun = {"iso": "2026-01-05", "dmy": "05/01/2026", "mdy": "01/05/2026"}[order]
    found = one(contract(file={"dates": order}), begun=begun, visit=written)
    assert found["date"] == (day(read) if read else None)
    assert ("date_unreadable" in reasons(found["reasons"])) is (read is None)


@pytest.mark.parametrize("begun", ["", "soon", "2026-13-01"])
def test_a_start_that_is_no_date_sets_its_line_aside(begun: str) -> None:
    assert why(begun=begun) == {"start_unreadable"}


@pytest.mark.parametrize(
    ("visit", "fits"),
    [("2025-01-05", True), ("2025-01-04", False), ("2036-01-06", True), ("2036-01-07", False), ("0025-01-19", False)],
)
def test_a_visit_is_no_earlier_than_a_year_before_and_no_later_than_ten_years_after(visit: str, fits: bool) -> None:
    # 365 days before, and 3653 after, 5 January 2026
    assert why(visit=visit) == (set() if fits else {"day_implausible"})


def test_what_is_plausible_can_be_declared() -> None:
    narrow = contract(plausible_days=[0, 14])
    assert why(narrow, visit="2026-01-19") == set()
    assert why(narrow, visit="2026-01-20") == {"day_implausible"}
    assert why(narrow, visit="2026-01-04") == {"day_implausible"}


@pytest.mark.parametrize(("visit", "fits"), [("2026-01-31", True), ("2026-02-01", False)])
def test_a_visit_after_the_data_cut_is_set_aside(visit: str, fits: bool) -> None:
    assert why(contract(data_cut="2026-01-31"), visit=visit) == (set() if fits else {"after_data_cut"})


def test_no_visit_is_too_late_where_the_latest_one_is_the_data_cut() -> None:
    assert why(visit="2030-01-01") == set()


# ---- days and visits without dates ---------------------------------------------------------------------------

UNDATED = {"patient": "code", "instrument": "measure", "score": "value"}


@pytest.mark.parametrize(
    ("written", "read", "reason"),
    [
        ("0", 0, set()),
        ("-14", -14, set()),
        ("183", 183, set()),
        ("3653", 3653, set()),
        ("3654", None, {"day_implausible"}),
        ("-366", None, {"day_implausible"}),
        ("99999", None, {"day_implausible"}),
        ("12.5", None, {"day_unreadable"}),
        ("", None, {"day_unreadable"}),
        ("about 12", None, {"day_unreadable"}),
    ],
)
def test_a_day_is_a_whole_number_within_reason(written: str, read: int | None, reason: set[str]) -> None:
    agreed = contract(columns=UNDATED | {"day": "visit"}, data_cut="closed", file={"other_columns": "ignore"})
    found = one(agreed, visit=written)
    assert reasons(found["reasons"]) == reason
    if not reason:
        assert found["nominal_day"] == read


@pytest.mark.parametrize(("written", "read"), [("T0", 0), ("T6", 183), ("T9", None), ("", None), ("t0", None)])
def test_a_visit_code_is_one_of_the_declared(written: str, read: int | None) -> None:
    agreed = contract(
        columns=UNDATED | {"visit": "visit"},
        codes=CODES | {"visit": {"T0": 0, "T6": 183}},
        data_cut="closed",
        file={"other_columns": "ignore"},
    )
    found = one(agreed, visit=written)
    assert found["nominal_day"] == read
    assert reasons(found["reasons"]) == (set() if read is not None else {"visit_unknown"})
