"""Text becomes typed rows: each record gets one fate and all of its reasons, and nothing is repaired."""

from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.readings import BIT, REASONS, Readings
from tests.transforms.hillside import CANARY, HEADER, INSTRUMENT, contract, day, reasons, typed
from tests.transforms.single_lines import GOOD, one, why

# ---- what a good line says -----------------------------------------------------------------------------------


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


# ---- patients ------------------------------------------------------------------------------------------------


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


# ---- scores --------------------------------------------------------------------------------------------------


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


# ---- other layouts -------------------------------------------------------------------------------------------

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


# ---- arms, and lines that are left out -----------------------------------------------------------------------

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
