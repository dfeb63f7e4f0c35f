"""Who a patient is becomes few typed facts: age band, sex, duration, sessions, events; what is not known is empty."""

import pytest

from schemas.delivery_contract import AGE_BANDS
from tests.transforms.hillside import CODES, reasons
from tests.transforms.single_lines import FURTHER, one, why, with_column


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("0", "0-17"), ("17", "0-17"), ("18", "18-29"), ("29", "18-29"), ("30", "30-39"), ("39", "30-39"),
        ("40", "40-49"), ("79", "70-79"), ("80", "80-89"), ("89", "80-89"), ("90", "90+"), ("120", "90+"),
    ],
)  # fmt: skip
def test_an_age_becomes_its_band(age: str, band: str) -> None:
    assert one(with_column("age"), age=age)["age_band"] == AGE_BANDS.index(band)


@pytest.mark.parametrize("age", ["121", "-1", "45.5", "old", "9999", "10000"])
def test_an_age_that_is_none_sets_its_line_aside(age: str) -> None:
    assert why(with_column("age"), age=age) == {"age_unreadable"}


@pytest.mark.parametrize(("band", "place"), [("0-17", 0), ("90+", 8), ("18-30", None), ("45", None)])
def test_an_age_band_is_one_of_ours(band: str, place: int | None) -> None:
    found = one(with_column("age_band"), band=band)
    assert found["age_band"] == place
    assert reasons(found["reasons"]) == (set() if place is not None else {"age_unreadable"})


def test_an_age_band_may_have_the_clinics_own_code() -> None:
    agreed = with_column("age_band", codes=CODES | {"age_band": {"thirties": "30-39"}})
    assert one(agreed, band="thirties")["age_band"] == AGE_BANDS.index("30-39")
    assert why(agreed, band="30-39") == {"age_unreadable"}


@pytest.mark.parametrize(("sex", "place"), [("f", 0), ("m", 1), ("female", None), ("F", None)])
def test_a_code_for_sex_is_one_of_the_declared(sex: str, place: int | None) -> None:
    found = one(with_column("sex", codes=CODES | {"sex": {"f": "female", "m": "male"}}), sex=sex)
    assert found["sex"] == place
    assert reasons(found["reasons"]) == (set() if place is not None else {"sex_unknown"})


@pytest.mark.parametrize(
    ("ours", "written", "weeks"),
    [
        ("duration_weeks", "12", 12),
        ("duration_weeks", "12.9", 12),
        ("duration_weeks", "0", 0),
        ("duration_weeks", "-5", None),
        ("duration_weeks", "40000", None),
        ("duration_weeks", "3 months", None),
        ("duration_years", "1", 52),
        ("duration_years", "0.5", 26),
        ("duration_years", "-1", None),
    ],
)
def test_a_duration_becomes_whole_weeks(ours: str, written: str, weeks: int | None) -> None:
    found = one(with_column(ours), **{FURTHER[ours]: written})
    assert found["duration_weeks"] == weeks
    assert reasons(found["reasons"]) == (set() if weeks is not None else {"duration_unreadable"})


@pytest.mark.parametrize(("written", "count"), [("10", 10), ("0", 0), ("ten", None), ("-1", None), ("1.5", None)])
def test_sessions_are_a_whole_number(written: str, count: int | None) -> None:
    found = one(with_column("sessions"), sessions=written)
    assert found["sessions"] == count
    assert reasons(found["reasons"]) == (set() if count is not None else {"sessions_unreadable"})


@pytest.mark.parametrize(("written", "event"), [("yes", True), ("no", False), ("maybe", None)])
def test_a_disqualifying_event_is_yes_or_no(written: str, event: bool | None) -> None:
    found = one(with_column("disqualified"), event=written)
    assert found["disqualified"] is event
    assert reasons(found["reasons"]) == (set() if event is not None else {"disqualified_unknown"})


def test_codes_for_a_disqualifying_event_can_be_declared() -> None:
    agreed = with_column("disqualified", codes=CODES | {"disqualified": {"1": "yes", "0": "no"}})
    assert one(agreed, event="1")["disqualified"] is True
    assert why(agreed, event="yes") == {"disqualified_unknown"}


@pytest.mark.parametrize("ours", FURTHER)
def test_what_is_not_known_of_a_patient_sets_nothing_aside(ours: str) -> None:
    assert why(with_column(ours), **{FURTHER[ours]: ""}) == set()
