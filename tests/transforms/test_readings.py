"""Text becomes typed rows: each record gets one fate and all of its reasons, and nothing is repaired."""

from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.delivery_contract import AGE_BANDS, DeliveryContract
from schemas.readings import BIT, REASONS, Readings
from tests.transforms.hillside import (
    CANARY,
    CODES,
    COLUMNS,
    HEADER,
    INSTRUMENT,
    accepted,
    contract,
    day,
    reasons,
    typed,
)
from transforms.readings import settle

GOOD = {"code": "A1", "begun": "2026-01-05", "visit": "2026-01-19", "measure": "pain", "value": "7"}
FURTHER = {
    "age": "age", "age_band": "band", "sex": "sex", "duration_weeks": "weeks", "duration_years": "years",
    "sessions": "sessions", "disqualified": "event",
}  # fmt: skip


def one(agreed: DeliveryContract | None = None, /, **cells: str) -> dict[str, Any]:
    """The typed row of one line: the good one but for `cells`."""
    row = GOOD | cells
    return typed(",".join(row) + "\n" + ",".join(row.values()) + "\n", agreed).to_dicts()[0]


def why(agreed: DeliveryContract | None = None, /, **cells: str) -> set[str]:
    return reasons(one(agreed, **cells)["reasons"])


def with_column(ours: str, **changed: Any) -> DeliveryContract:
    return contract(columns=COLUMNS | {ours: FURTHER[ours]}, **changed)


# ---- what a good line says ---------------------------------------------------------------------------------


def test_a_good_line_is_accepted_and_typed() -> None:
    found = one()
    assert found["reasons"] == 0
    assert found["included"] is True
    assert (found["line"], found["span"]) == (2, 1)
    assert (found["start"], found["date"]) == (day("2026-01-05"), day("2026-01-19"))
    assert (found["instrument"], found["score"]) == (INSTRUMENT["nrs-pain"], 70)
    assert found["patient"] is not None
    assert [found[name] for name in ("age_band", "sex", "duration_weeks", "sessions", "disqualified", "cohort")] == (
        [None] * 6
    )


def test_rows_keep_the_promise_of_their_table() -> None:
    rows = typed(f"{HEADER}\nA1,2026-01-05,2026-01-05,pain,7\nA2,x,y,z,-1\n,,,,\n")
    assert faults(Readings, rows.select(list(Readings.columns()))) == []


def test_the_code_of_a_patient_is_gone_from_the_rows() -> None:
    assert CANARY not in str(typed(f"{HEADER}\n{CANARY},2026-01-05,2026-01-19,pain,7\n").to_dicts())


def test_a_line_can_have_many_reasons_and_all_are_kept() -> None:
    found = why(code="", begun="tomorrow", visit="2026-02-30", measure="mood", value="much")
    assert found == {
        "patient_missing",
        "start_unreadable",
        "date_unreadable",
        "instrument_unknown",
        "score_unreadable",
    }


def test_a_line_that_is_set_aside_keeps_no_score() -> None:
    assert one(code="", value="7")["score"] is None


def test_every_reason_says_what_to_do() -> None:
    assert all(reason.sentence and reason.mend for reason in REASONS)
    assert len(set(BIT.values())) == len(REASONS)
    assert sum(BIT.values()) < 2**32


# ---- patients ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "  ", "NA", "\u00a0", "\u200b", " \ufeff\u200d "])
def test_a_line_without_a_patient_is_set_aside(code: str) -> None:
    assert why(contract(file={"missing": ["", "NA"]}), code=code) == {"patient_missing"}


def test_a_patient_called_na_is_one_where_that_is_no_code_for_missing() -> None:
    assert why(code="NA") == set()


@pytest.mark.parametrize(
    ("code", "fits"), [("HS-00123", True), ("hs-00123 ", True), ("HS-123", False), ("XHS-00123", False), ("A1", False)]
)
def test_a_code_of_another_shape_than_the_declared_one_is_set_aside(code: str, fits: bool) -> None:
    assert why(contract(patient_pattern="HS-[0-9]{5}"), code=code) == (set() if fits else {"patient_pattern"})


def test_the_same_code_in_another_writing_is_the_same_patient() -> None:
    rows = typed(
        f"{HEADER}\n" + "".join(f"{code},2026-01-05,2026-01-19,pain,7\n" for code in ("ab1", " AB1", "ＡＢ１"))
    )
    assert rows["patient"].n_unique() == 1


def test_leading_zeros_make_another_patient() -> None:
    rows = typed(f"{HEADER}\n00123,2026-01-05,2026-01-19,pain,7\n123,2026-01-05,2026-01-19,pain,7\n")
    assert rows["patient"].n_unique() == 2


# ---- dates -------------------------------------------------------------------------------------------------


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


# ---- days and visits without dates -------------------------------------------------------------------------

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


# ---- scores ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value", "units"),
    [
        ("pain", "0", 0),
        ("pain", "10", 100),
        ("pain", "4.9", 49),
        ("pain", "-0", 0),
        ("pain", "07", 70),
        ("rmdq", "24", 2400),
        ("rmdq", "23.25", 2325),
        ("function", "58.3333", 583333),
        ("function", "100", 1000000),
    ],
)
def test_a_score_is_kept_in_whole_units_of_its_finest_decimal(measure: str, value: str, units: int) -> None:
    found = one(measure=measure, value=value)
    assert (reasons(found["reasons"]), found["score"]) == (set(), units)


@pytest.mark.parametrize(
    ("measure", "value", "reason"),
    [
        ("pain", "10.1", "score_out_of_range"),
        ("pain", "-1", "score_out_of_range"),
        ("pain", "11", "score_out_of_range"),
        ("pain", "999", "score_out_of_range"),
        ("pain", "-9", "score_out_of_range"),
        ("rmdq", "25", "score_out_of_range"),
        ("pain", "4.95", "score_too_precise"),
        ("rmdq", "7.125", "score_too_precise"),
        ("pain", "seven", "score_unreadable"),
        ("pain", "7/10", "score_unreadable"),
        ("pain", ">5", "score_unreadable"),
        ("pain", "~6", "score_unreadable"),
        ("pain", "7-8", "score_unreadable"),
        ("pain", "7;5", "score_unreadable"),
        ("pain", "1e1", "score_unreadable"),
        ("pain", "nan", "score_unreadable"),
        ("pain", "inf", "score_unreadable"),
        ("pain", "-inf", "score_unreadable"),
        ("pain", "NA", "score_unreadable"),
        ("pain", ".", "score_unreadable"),
        ("pain", ".5", "score_unreadable"),
        ("pain", "7.", "score_unreadable"),
        ("pain", "+7", "score_unreadable"),
        ("pain", " 7", "score_unreadable"),
        ("pain", "٧", "score_unreadable"),
        ("pain", "=1+1", "score_unreadable"),
        ("mood", "7", "instrument_unknown"),
        ("", "7", "instrument_unknown"),
        ("Pain", "7", "instrument_unknown"),
    ],
)
def test_a_score_that_does_not_fit_sets_its_line_aside(measure: str, value: str, reason: str) -> None:
    assert why(measure=measure, value=value) == {reason}


def test_a_number_beyond_all_numbers_is_out_of_range() -> None:
    assert "score_out_of_range" in why(value="9" * 400)


@pytest.mark.parametrize("value", ["", "NA", "-9"])
def test_a_declared_code_for_missing_is_accepted_without_a_score(value: str) -> None:
    found = one(contract(file={"missing": ["", "NA", "-9"]}), value=value)
    assert (found["reasons"], found["score"]) == (0, None)
    assert found["patient"] is not None


def test_an_empty_score_is_no_score_only_where_that_is_declared() -> None:
    assert why(contract(file={"missing": ["NA"]}), value="") == {"score_unreadable"}


@pytest.mark.parametrize(
    ("value", "units"), [("4,9", 49), ("7", 70), ("4.9", None), ("1.000,5", None), ("4,9,1", None)]
)
def test_a_decimal_comma_is_read_where_it_is_declared(value: str, units: int | None) -> None:
    agreed = contract(file={"delimiter": ";", "decimal": ","})
    row = GOOD | {"value": value}
    found = typed(";".join(row) + "\n" + ";".join(row.values()) + "\n", agreed).to_dicts()[0]
    assert found["score"] == units
    assert reasons(found["reasons"]) == (set() if units is not None else {"score_unreadable"})


# ---- who the patient is ------------------------------------------------------------------------------------


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


# ---- other layouts -----------------------------------------------------------------------------------------

VISITS: dict[str, Any] = {
    "layout": "visits",
    "codes": None,
    "columns": {"patient": "code", "start": "begun", "date": "visit"},
    "measure": [{"instrument": "nrs-pain", "column": "pain"}, {"instrument": "rmdq-24", "column": "rmq"}],
}
WIDE: dict[str, Any] = {
    "layout": "wide",
    "codes": None,
    "data_cut": "closed",
    "columns": {"patient": "code"},
    "measure": [
        {"instrument": "nrs-pain", "column": "before", "day": 0},
        {"instrument": "nrs-pain", "column": "after", "day": 183, "missing_when": {"column": "diary", "is": "missing"}},
    ],
}


def scores(rows: pl.DataFrame) -> list[tuple[int, int, int | None]]:
    return sorted(rows.select("line", "instrument", "score").rows(), key=str)


def test_a_visit_gives_a_row_for_each_of_its_measures() -> None:
    rows = typed("code,begun,visit,pain,rmq\nA1,2026-01-05,2026-01-05,7,12\n", contract(**VISITS))
    expected = [(2, INSTRUMENT["nrs-pain"], 70), (2, INSTRUMENT["rmdq-24"], 1200)]
    assert scores(rows) == sorted(expected, key=str)


def test_one_faulty_score_sets_its_whole_visit_aside() -> None:
    rows = typed("code,begun,visit,pain,rmq\nA1,2026-01-05,2026-01-05,7,25\n", contract(**VISITS))
    assert [reasons(mask) for mask in rows["reasons"]] == [{"score_out_of_range"}] * 2
    assert rows["score"].to_list() == [None, None]


def test_a_wide_line_gives_each_score_its_nominal_day() -> None:
    rows = typed("code,before,after,diary\nA1,7,3,x\n", contract(**WIDE))
    assert sorted(rows.select("nominal_day", "score").rows()) == [(0, 70), (183, 30)]


@pytest.mark.parametrize(("diary", "score"), [("", None), ("x", 0)])
def test_a_zero_that_means_missing_is_not_read_as_zero(diary: str, score: int | None) -> None:
    rows = typed(f"code,before,after,diary\nA1,7,0,{diary}\n", contract(**WIDE))
    assert rows["reasons"].to_list() == [0, 0]
    assert rows.filter(pl.col("nominal_day") == 183)["score"].item() == score


def test_a_score_is_missing_when_another_column_holds_the_declared_code() -> None:
    when = {"column": "diary", "is": "no"}
    agreed = contract(**WIDE | {"measure": [WIDE["measure"][0], WIDE["measure"][1] | {"missing_when": when}]})
    rows = typed("code,before,after,diary\nA1,7,0,no\nA2,7,0,yes\nA3,7,0,\n", agreed)
    assert rows.filter(pl.col("nominal_day") == 183)["score"].to_list() == [None, 0, 0]


# ---- arms, and lines that are left out ---------------------------------------------------------------------

TRIAL: dict[str, Any] = {
    "clinic": None,
    "trial": "meadow",
    "include": {"column": "consented", "equals": "1"},
    "cohort": {"column": "arm", "values": {"0": "usual-care", "1": "acupuncture", "2": "acupuncture"}},
}


@pytest.mark.parametrize(
    ("arm", "consented", "cohort", "included"),
    [
        ("0", "1", 0, True),
        ("1", "1", 1, True),
        ("2", "1", 1, True),
        ("3", "1", None, False),
        ("", "1", None, False),
        ("1", "0", 1, False),
        ("1", "", 1, False),
    ],
)
def test_a_line_of_a_trial_belongs_to_an_arm_or_is_left_out(
    arm: str, consented: str, cohort: int | None, included: bool
) -> None:
    found = one(contract(**TRIAL), arm=arm, consented=consented)
    assert (found["cohort"], found["included"], found["reasons"]) == (cohort, included, 0)


def test_a_line_that_is_left_out_cannot_be_faulty() -> None:
    assert why(contract(**TRIAL), arm="1", consented="0", value="much", code="") == set()
    assert why(contract(**TRIAL), arm="1", consented="1", value="much") == {"score_unreadable"}


# ---- records among each other ------------------------------------------------------------------------------


def settled(
    *rows: tuple[int, int, str, str, int], episodes: str = "start", **further: list[Any]
) -> dict[int, set[str]]:
    """The reasons by line; `rows` are (line, patient, date, instrument, score)."""
    frame = accepted(
        *(
            {"line": line, "patient": who, "date": day(on), "instrument": what, "score": units}
            for line, who, on, what, units in rows
        )
    ).with_columns(pl.Series(name, values, Readings.schema()[name]) for name, values in further.items())
    found = settle(frame.collect(), episodes=episodes)
    return {line: reasons(mask) for line, mask in found.select("line", "reasons").rows()}


def test_records_that_say_different_things_are_left_alone() -> None:
    assert (
        settled(
            (2, 1, "2026-01-05", "nrs-pain", 70),
            (3, 1, "2026-01-06", "nrs-pain", 60),
            (4, 1, "2026-01-05", "rmdq-24", 70),
            (5, 2, "2026-01-05", "nrs-pain", 60),
        )
        == {}
    )


def test_of_records_that_say_the_same_the_first_counts() -> None:
    again = [(line, 1, "2026-01-05", "nrs-pain", 70) for line in (4, 2, 9)]
    assert settled(*again) == {4: {"duplicate"}, 9: {"duplicate"}}


def test_records_that_contradict_each_other_are_all_set_aside() -> None:
    found = settled(
        (2, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "nrs-pain", 60),
        (4, 1, "2026-01-05", "nrs-pain", 70),
    )
    assert found == {key: {"conflicting_scores"} for key in (2, 3, 4)}


@pytest.mark.parametrize("why", [{"reasons": [4, 0]}, {"score": [None, 70]}])
def test_a_record_that_does_not_count_is_neither_repeated_nor_contradicted(why: dict[str, list[Any]]) -> None:
    assert settled((2, 1, "2026-01-05", "nrs-pain", 60), (3, 1, "2026-01-05", "nrs-pain", 70), **why) == {}


def test_a_record_that_is_left_out_is_neither_repeated_nor_contradicted() -> None:
    twice = accepted(*({"line": line, "date": day("2026-01-05"), "score": 10 * line} for line in (2, 3))).collect()
    assert settle(twice.with_columns(included=pl.Series([False, True])), episodes="single").is_empty()
    assert settle(twice.with_columns(included=pl.lit(value=True)), episodes="single").height == 2


def test_a_visit_repeats_another_only_if_all_of_its_scores_do() -> None:
    found = settled(
        (2, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "rmdq-24", 1200),
        (4, 1, "2026-01-05", "nrs-pain", 70),
    )
    assert found == {4: {"duplicate"}}


@pytest.mark.parametrize(("rule", "apart"), [("start", True), ("single", False), ("gap", False), ("column", False)])
def test_one_day_in_two_courses_is_two_records(rule: str, apart: bool) -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    found = settled(*twice, episodes=rule, start=[day("2025-01-05"), day("2026-01-05")])
    assert found == ({} if apart else {line: {"conflicting_scores"} for line in (2, 3)})


def test_courses_that_have_codes_are_told_apart_by_them() -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    assert settled(*twice, episodes="column", course=[8, 9]) == {}
    assert settled(*twice, episodes="column", course=[8, 8]) == {key: {"conflicting_scores"} for key in (2, 3)}


def test_nominal_days_are_told_apart_like_dates() -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    assert settled(*twice, nominal_day=[0, 183]) == {}
    assert settled(*twice, nominal_day=[0, 0]) == {key: {"conflicting_scores"} for key in (2, 3)}


def test_nothing_to_settle_is_nothing() -> None:
    assert settled((2, 1, "2026-01-05", "nrs-pain", 70)) == {}
