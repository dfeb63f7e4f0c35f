"""What a clinic's contract may say, what it means when it says nothing, and how a mistake in it is named."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.contract_reading import contract_from, read_contract
from schemas.delivery_contract import (
    BASELINE_DAYS,
    PLAUSIBLE_DAYS,
    ContractError,
    DataCut,
    DeliveryContract,
    FileShape,
    Measure,
    MissingWhen,
)
from schemas.vocabulary import Vocabulary, load

VOCABULARY: Vocabulary = load()
COLUMNS = {"patient": "code", "date": "visit", "instrument": "measure", "score": "value"}
LONG: dict[str, Any] = {
    "clinic": "hillside",
    "version": 3,
    "format": "delimited",
    "layout": "long",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
    "columns": COLUMNS,
    "codes": {"instrument": {"Pain": "nrs-pain", "RMQ": "rmdq-24"}},
}
PEG = {"instrument": "peg", "column": "peg_total"}
WIDE: dict[str, Any] = {
    **{key: LONG[key] for key in ("clinic", "version", "format", "condition", "treatment")},
    "layout": "wide",
    "data_cut": "closed",
    "columns": {"patient": "code"},
    "measure": [PEG | {"day": 0}, PEG | {"column": "peg_later", "day": 183}],
}


def contract(base: dict[str, Any] = LONG, **changed: Any) -> DeliveryContract:
    return contract_from(base | changed, VOCABULARY, where="hillside.toml")


def complaint(base: dict[str, Any] = LONG, **changed: Any) -> str:
    with pytest.raises(ContractError) as error:
        contract(base, **changed)
    return str(error.value)


# ---- what is meant when nothing is said --------------------------------------------------------------------


def test_a_contract_that_says_little_means_what_is_documented() -> None:
    found = contract()
    assert (found.source, found.kind, found.version, found.label) == ("hillside", "clinic", 3, "Hillside")
    assert found.covers == "everything"
    assert found.keep_dates == "month"
    assert found.data_cut == DataCut("latest")
    assert found.episodes == "single"
    assert found.file == FileShape(
        encoding="utf-8",
        delimiter=",",
        dates="iso",
        decimal=".",
        missing=("",),
        other_columns="refuse",
        final_newline="required",
        packed="no",
    )
    assert (found.synthetic, found.endpoints, found.started, found.patient_pattern) == (False, (), None, "")


def test_the_baseline_is_looked_for_in_the_two_weeks_before_treatment_and_its_first_day() -> None:
    assert contract().baseline_days == BASELINE_DAYS == (-14, 0)
    assert contract(baseline_days=[-28, 3]).baseline_days == (-28, 3)


def test_a_visit_lies_between_a_year_before_and_ten_years_after_the_start() -> None:
    assert contract().plausible_days == PLAUSIBLE_DAYS == (-365, 3653)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [({}, "single"), ({"start": "begun"}, "start"), ({"episode": "course"}, "column")],
)
def test_courses_are_told_apart_by_the_column_that_names_them(columns: dict[str, str], rule: str) -> None:
    assert contract(columns=COLUMNS | columns).episodes == rule


def test_a_start_column_comes_before_a_course_code() -> None:
    assert contract(columns=COLUMNS | {"start": "begun", "episode": "course"}).episodes == "start"


def test_the_label_is_made_of_the_alias_unless_one_is_given() -> None:
    assert contract(clinic="mill-pond-2").label == "Mill pond 2"
    assert contract(label="Mill Pond Practice").label == "Mill Pond Practice"


def test_the_instruments_are_those_of_codes_and_measures() -> None:
    assert contract().instruments == ("nrs-pain", "rmdq-24")
    assert contract(WIDE).instruments == ("peg",)


def test_every_column_that_is_named_anywhere_is_declared_once() -> None:
    when = {"column": "diary", "is": "missing"}
    found = contract(
        WIDE,
        measure=[PEG | {"day": 0}, PEG | {"column": "peg_later", "day": 183, "missing_when": when}],
        include={"column": "consented", "equals": "1"},
        cohort={"column": "group", "values": {"0": "usual-care"}},
    )
    assert set(found.declared_columns) == {"code", "peg_total", "peg_later", "diary", "consented", "group"}
    assert len(found.declared_columns) == 6
    assert "exported" in contract(data_cut={"column": "exported"}).declared_columns


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-10-31", DataCut("date", on=date(2026, 10, 31))),
        (date(2026, 10, 31), DataCut("date", on=date(2026, 10, 31))),
        ("closed", DataCut("closed")),
        ({"column": "exported"}, DataCut("column", column="exported")),
        ({"name": "export_{date}.csv"}, DataCut("name", name="export_{date}.csv")),
    ],
)
def test_a_data_cut_is_a_day_a_column_a_file_name_or_closed(written: Any, meant: DataCut) -> None:
    assert contract(data_cut=written).data_cut == meant


def test_a_measure_says_when_its_value_means_missing() -> None:
    found = contract(WIDE, measure=[PEG | {"day": 0, "missing_when": {"column": "diary", "is": "no"}}])
    assert found.measures == (Measure("peg", "peg_total", 0, MissingWhen("diary", "no")),)


def test_visit_codes_are_days_and_no_other_code() -> None:
    columns = {"patient": "code", "visit": "visit", "instrument": "measure", "score": "value"}
    found = contract(columns=columns, codes=LONG["codes"] | {"visit": {"T0": 0, "T6": 183}}, data_cut="closed")
    assert found.visits == {"T0": 0, "T6": 183}
    assert set(found.codes) == {"instrument"}


# ---- the fingerprint ---------------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_whatever_is_written() -> None:
    changes: list[dict[str, Any]] = [
        {"version": 4},
        {"label": "Hill Side"},
        {"file": {"decimal": ".", "delimiter": ";"}},
        {"codes": {"instrument": {"Pain": "nrs-pain", "RMQ": "rmdq-23"}}},
        {"baseline_days": [-14, 1]},
    ]
    prints = {contract(**changed).fingerprint for changed in changes}
    assert len(prints | {contract().fingerprint}) == len(changes) + 1


def test_the_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert contract(dict(reversed(LONG.items()))).fingerprint == contract().fingerprint


# ---- mistakes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "written", "says"),
    [
        ("layot", "long", "nearest known key is 'layout'"),
        ("version", 0, "a whole number from 1"),
        ("version", True, "a whole number from 1"),
        ("version", None, "a whole number from 1"),
        ("format", "exel", "one of delimited"),
        ("layout", "log", "nearest is 'long'"),
        ("condition", "chronic-low-back-pian", "nearest is 'chronic-low-back-pain'"),
        ("treatment", "acupunture", "nearest is 'acupuncture'"),
        ("covers", "all", "one of everything, period, additions"),
        ("keep_dates", "week", "one of month, day"),
        ("endpoints", ["6-month"], "nearest is '6-months'"),
        ("episodes", "gaps", "nearest is 'gap'"),
        ("patient_pattern", "(", "a regular expression"),
        ("data_cut", "tomorrow", "a date, \"closed\""),
        ("data_cut", {"column": "a", "name": "b"}, "a date, \"closed\""),
        ("baseline_days", [0, -14], "the earlier first"),
        ("baseline_days", [-14], "two whole numbers"),
        ("plausible_days", ["a", "b"], "two whole numbers"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_key_and_what_was_expected(key: str, written: Any, says: str) -> None:
    message = complaint(**{key: written})
    assert message.startswith(f"hillside.toml: {key}: found ")
    assert says in message


@pytest.mark.parametrize(
    ("section", "written", "says"),
    [
        ("file", {"encoding": "utf8"}, "encoding: found 'utf8'.*nearest is 'utf-8'"),
        ("file", {"dates": "ymd"}, "dates: found 'ymd'"),
        ("file", {"decimal": ";"}, "decimal"),
        ("file", {"other_columns": "drop"}, "one of refuse, ignore"),
        ("file", {"final_newline": "no"}, "one of required, optional"),
        ("file", {"packed": "zip"}, "file.packed: found 'zip'; expected one of no, gzip"),
        ("file", {"delimeter": ";"}, "file.delimeter.*nearest known key is 'delimiter'"),
        ("file", {"delimiter": ";;"}, "file.delimiter: found ';;'"),
        ("file", {"delimiter": '"'}, "file.delimiter"),
        ("file", {"delimiter": "\n"}, "file.delimiter"),
        ("file", {"decimal": ","}, "file.delimiter: found ','; expected one character that is not the decimal mark"),
        ("columns", COLUMNS | {"weight": "kg"}, "columns.weight: found 'weight'"),
        ("columns", COLUMNS | {"start": "visit"}, "each of the clinic's columns named once"),
        ("codes", {"instruments": {}}, "codes.instruments.*nearest known key is 'instrument'"),
        ("codes", {"instrument": {"Pain": "nrs-pian"}}, "codes.instrument.Pain: found 'nrs-pian'.*'nrs-pain'"),
        ("codes", {"instrument": {"Pain": "nrs-pain"}, "sex": {"f": "woman"}}, "codes.sex.f"),
        ("codes", {"instrument": {"Pain": "nrs-pain"}, "age_band": {"x": "18-30"}}, "nearest is '18-29'"),
        ("codes", {"instrument": {"Pain": "nrs-pain"}, "disqualified": {"1": "true"}}, "one of yes, no"),
    ],
)
def test_a_mistake_in_a_section_names_the_key_in_it(section: str, written: Any, says: str) -> None:
    assert re.search(says, complaint(**{section: written}))


@pytest.mark.parametrize(
    "alias", ["Hill Side", "hill_side", "-hillside", "", "h" * 41, "../hillside", "hillside/x", "hülgel"]
)
def test_an_alias_is_fit_to_be_a_folder_and_a_public_name(alias: str) -> None:
    assert "lower-case letters, digits and hyphens, at most 40" in complaint(clinic=alias)


def test_an_alias_of_forty_characters_is_the_longest() -> None:
    assert contract(clinic="h" * 40).source == "h" * 40


def test_a_source_is_a_clinic_or_a_trial_and_not_both() -> None:
    neither = {key: value for key, value in LONG.items() if key != "clinic"}
    assert "exactly one of `clinic` or `trial`" in complaint(trial="hillside")
    assert "exactly one of `clinic` or `trial`" in complaint(neither)
    assert contract(neither, trial="meadow").kind == "trial"


@pytest.mark.parametrize(
    ("base", "changed", "says"),
    [
        (LONG, {"columns": {k: v for k, v in COLUMNS.items() if k != "patient"}}, "columns.patient"),
        (LONG, {"columns": {k: v for k, v in COLUMNS.items() if k != "score"}}, "columns.score and"),
        (LONG, {"codes": {}}, "for a row per score"),
        (LONG, {"columns": {k: v for k, v in COLUMNS.items() if k != "date"}}, "exactly one of date, day or visit"),
        (LONG, {"columns": COLUMNS | {"day": "days"}}, "exactly one of date, day or visit"),
        (LONG, {"episodes": "start"}, "a columns.start"),
        (LONG, {"episodes": "column"}, "a columns.episode"),
        (LONG, {"measure": [PEG | {"day": 3}]}, "a day only where the layout is wide"),
        (LONG, {"codes": {"instrument": {"Global": "pgic"}}}, "a known range and direction"),
        (WIDE, {"measure": []}, "for each scored column of a 'wide' file"),
        (WIDE, {"measure": [PEG]}, "the nominal day of each measure"),
        (WIDE, {"data_cut": "2026-10-31"}, "without dates nothing says what is due"),
        (WIDE, {"measure": [PEG | {"days": 3}]}, "measure.days"),
        (WIDE, {"layout": "visits", "columns": {"patient": "code", "visit": "v"}}, "a day only where"),
        (WIDE, {"layout": "visits", "columns": {"patient": "code", "visit": "v"}, "measure": [PEG]}, "codes.visit"),
    ],
)
def test_keys_that_do_not_fit_each_other_are_a_mistake(
    base: dict[str, Any], changed: dict[str, Any], says: str
) -> None:
    assert says in complaint(base, **changed)


# ---- the file ----------------------------------------------------------------------------------------------

TOML = """
clinic    = "hillside"
version   = 1
format    = "delimited"
layout    = "long"
condition = "chronic-low-back-pain"
treatment = "acupuncture"
data_cut  = 2026-10-31
[columns]
patient    = "code"
date       = "visit"
instrument = "measure"
score      = "value"
[codes.instrument]
"Pain 0-10" = "nrs-pain"
"""


def test_a_contract_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "hillside.toml").write_text(TOML, "utf-8")
    found = read_contract(tmp_path / "hillside.toml", VOCABULARY)
    assert found.data_cut == DataCut("date", on=date(2026, 10, 31))
    assert found.codes["instrument"] == {"Pain 0-10": "nrs-pain"}


@pytest.mark.parametrize(
    "content",
    [
        b"clinic = hillside\n",
        b'clinic = "h\xe4ngg"\n',
        b"clinic = " + b"[" * 9999,
        b"a." * 9999 + b"b = 1",
        b"a = " + b"9" * 9999,
    ],
)
def test_a_file_that_is_no_toml_is_named_and_nothing_more_of_its_path(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "hillside.toml").write_bytes(content)
    with pytest.raises(ContractError, match=r"^hillside\.toml: not readable as TOML") as error:
        read_contract(tmp_path / "hillside.toml", VOCABULARY)
    assert str(tmp_path) not in str(error.value)
    assert "mend the file" in str(error.value)


def test_the_contracts_of_the_documentation_are_contracts() -> None:
    pages = (Path(__file__).resolve().parents[2] / "docs/contracts.md").read_text("utf-8")
    whole = re.findall(r"```toml\n# contracts/(\S+)\.toml\n(.*?)```", pages, flags=re.DOTALL)
    assert len(whole) >= 2
    for name, text in whole:
        import tomllib

        assert contract_from(tomllib.loads(text), VOCABULARY, where=name).source == name


def test_a_contract_cannot_be_changed_once_it_is_made() -> None:
    with pytest.raises(AttributeError):
        contract().version = 9  # type: ignore[misc]  # that it cannot be assigned is what is tested
    assert replace(contract(), version=9).version == 9
