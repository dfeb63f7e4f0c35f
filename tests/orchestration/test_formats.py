"""A home with a clinic of each format, read to its readings; and the real exports that lie beside the project."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration import judging, looking
from orchestration.judging import Reading
from orchestration.settings import Home
from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from tests.orchestration.one_clinic import (
    CANARY,
    GOOD,
    HEADER,
    LATER,
    OTHER,
    VOCABULARY,
    a_home,
    bytes_below,
    contract,
    disguises,
    file_of,
    read,
    reading_json,
    rows,
)
from tests.transforms import fhir_resources, redcap_projects
from tests.transforms.fhir_resources import bundle, observation, patient
from tests.transforms.workbooks import workbook

SHARED = Path(__file__).parents[3] / "shared" / "data"
PROJECTS = SHARED / "redcap-redcapr" / "projects"
AHRQ = SHARED / "fhir-ahrq-pain" / "r4" / "brenda_jackson.json"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def cells(*lines: str) -> list[list[str]]:
    return [line.split(",") for line in lines]


def parquet(*lines: str) -> bytes:
    stream = io.BytesIO()
    columns = zip(*cells(*lines), strict=True)
    pq.write_table(pa.table(dict(zip(HEADER.split(","), map(list, columns), strict=True))), stream)
    return stream.getvalue()


def excel(*lines: str) -> bytes:
    return workbook(*cells(HEADER, *lines))


EXCEL: dict[str, Any] = {"format": "excel", "file": {"sheet": "Visits"}}


# ---- one clinic of each format -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agreed", "content", "header"),
    [
        (contract(**EXCEL), excel, 1),
        (contract(format="parquet"), parquet, 0),
        (contract(format="redcap"), lambda *lines: file_of(*lines).encode(), 1),
    ],
    ids=["excel", "parquet", "redcap"],
)
def test_the_same_records_give_the_same_readings_whatever_they_are_written_in(
    home: Home, tmp_path: Path, agreed: DeliveryContract, content: Any, header: int
) -> None:
    (tmp_path / "other").mkdir()
    other = a_home(tmp_path / "other")
    spoiled = "C3,2025-02-15,soon,pain,11"
    found = read(home, content(GOOD, LATER, OTHER, spoiled), agreed, name="file.bin")
    as_text = read(other, file_of(GOOD, LATER, OTHER, spoiled))
    assert (found.accepted, found.quarantined, found.header) == (3, 1, header)
    assert found.balanced
    assert found.reasons == as_text.reasons == {"date_unreadable": 1, "score_out_of_range": 1}
    assert rows(home, found).drop("line").equals(rows(other, as_text).drop("line"))


def test_a_clinic_may_send_observations(home: Home) -> None:
    content = bundle(patient(), observation(5, (7, 5, 4)), observation(9, (7, 5, 4), effectiveDateTime="2025-02-01"))
    agreed = fhir_resources.contract(columns={"patient": "subject", "date": "effective", "age": "birthDate"})
    found = read(home, content, agreed)
    assert (found.lines, found.accepted, found.quarantined, found.blank) == (3, 1, 1, 1)
    assert found.reasons == {"total_disagrees": 1}
    assert found.rounded == 1
    assert found.explanation == judging.ROUNDED
    assert rows(home, found)["score"].to_list() == [50_000, None]


def test_a_redcap_project_is_read_with_the_dictionary_beside_its_contract(home: Home) -> None:
    content = (
        "record_id,redcap_event_name,begun,sex,pain,visit_complete\n"
        "1,start_arm_1,2025-01-15,2,7,2\n1,month_3_arm_1,,,3,2\n2,start_arm_1,2025-01-16,1,11,2\n1,labs_arm_1,,,,\n"
    )
    found = read(home, content, redcap_projects.contract())
    assert (found.lines, found.accepted, found.quarantined, found.blank) == (5, 2, 1, 1)
    assert found.reasons == {"against_dictionary": 1}
    assert rows(home, found).filter(rows(home, found)["reasons"] == 0)["sex"].to_list() == [1, 1]


def test_a_changed_dictionary_is_something_new(home: Home) -> None:
    home.contracts.mkdir(exist_ok=True)
    (home.contracts / "hillside.dictionary.csv").write_bytes(redcap_projects.dictionary())
    looking.remember(home, looking.look(home))
    assert looking.unseen(home) == []
    (home.contracts / "hillside.dictionary.csv").write_bytes(redcap_projects.dictionary(redcap_projects.FIELDS[:-1]))
    assert looking.unseen(home) == ["contracts"]


@pytest.mark.parametrize(
    ("agreed", "content"),
    [
        (contract(**EXCEL), b"PK\x03\x04" + b"\n" * 9),
        (contract(format="parquet"), b"PAR1" + b"\n" * 9),
        (fhir_resources.contract(), b"{\n\n\n"),
    ],
    ids=["excel", "parquet", "fhir"],
)
def test_a_refused_file_that_is_not_made_of_lines_has_none(
    home: Home, agreed: DeliveryContract, content: bytes
) -> None:
    found = read(home, content, agreed)
    assert found.refusal.startswith("not_")
    assert (found.lines, found.quarantined, found.balanced) == (0, 0, True)


@pytest.mark.parametrize(
    ("agreed", "content"),
    [
        (contract(**EXCEL), excel(GOOD, f"{CANARY},2025-01-15,2025-01-15,pain,{CANARY}")),
        (contract(**EXCEL), workbook(cells(HEADER)[0], [CANARY, ("", f"<f>{CANARY}</f>")])),
        (contract(format="parquet"), parquet(GOOD, f"{CANARY},2025-01-15,{CANARY},pain,7")),
        (
            redcap_projects.contract(fields=None),
            f"record_id,redcap_event_name,begun,sex,pain\n{CANARY},{CANARY},,,{CANARY}\n",
        ),
        (fhir_resources.contract(), bundle(patient(name=CANARY), observation(CANARY, id=CANARY))),
        (fhir_resources.contract(), bundle(observation(5, subject={"reference": f"Patient/{CANARY}"}))),
    ],
)
def test_no_cell_is_repeated_anywhere_but_in_the_vault(
    home: Home, agreed: DeliveryContract, content: str | bytes
) -> None:
    found = read(home, content, agreed)
    assert found.balanced
    everything = bytes_below(home.root, without=("vault", "landing"))
    for form in disguises(CANARY):
        assert not [name for name, written in everything.items() if form in written]
    assert CANARY not in str(found)


# ---- a real patient record in FHIR -------------------------------------------------------------------------


@pytest.mark.skipif(not AHRQ.is_file(), reason="the FHIR patient is not beside the project")
def test_the_patient_of_the_agency_for_healthcare_research_has_a_peg_of_8_7_and_5(home: Home) -> None:
    agreed = fhir_resources.contract(
        columns={"patient": "subject", "date": "issued", "age": "birthDate", "sex": "gender"},
        file={"other_columns": "ignore"},
    )
    found = read(home, AHRQ.read_bytes(), agreed)
    assert (found.lines, found.accepted, found.quarantined, found.blank) == (64, 3, 0, 61)
    scored = rows(home, found).sort("date")
    assert scored["score"].to_list() == [80_000, 70_000, 50_000]
    assert found.rounded == len([one for one in _means(AHRQ) if not float(one).is_integer()]) > 0
    assert judging.ROUNDED in str(reading_json(home, found)["explanation"])


def _means(path: Path) -> list[float]:
    """The mean of the components of each PEG, found by hand."""
    entries = json.loads(path.read_text("utf-8"))["entry"]
    panels = [one["resource"]["component"] for one in entries if "component" in one["resource"]]
    return [sum(part["valueQuantity"]["value"] for part in panel) / 3 for panel in panels]


# ---- real REDCap exports -----------------------------------------------------------------------------------


def measure(column: str, instrument: str = "vas-pain", **keys: Any) -> dict[str, Any]:
    return {"instrument": instrument, "column": column} | keys


def once(column: str, **keys: Any) -> dict[str, Any]:
    """A project without visits: a line is a record, its one score of the first day."""
    columns = {"patient": keys.pop("patient", "record_id")} | keys.pop("columns", {})
    file = {"dates": "none", "other_columns": "ignore"} | keys.pop("file", {})
    scored = [measure(column, day=0)]
    return {"layout": "wide", "data_cut": "closed", "file": file, "columns": columns, "measure": scored} | keys


def visits(column: str, patient: str = "record_id", **keys: Any) -> dict[str, Any]:
    """A project with visits: a line is an event or an instance of a form."""
    columns = {"patient": patient} | keys.pop("columns")
    file = {"other_columns": "ignore"} | keys.pop("file", {})
    return {"layout": "visits", "file": file, "columns": columns, "measure": [measure(column)]} | keys


def events(*codes: str) -> dict[str, Any]:
    return {"visit": {code: 30 * at for at, code in enumerate(codes)}}


SEX = {"sex": {"0": "female", "1": "male"}}
REPEATED = visits("bp_diastolic", columns={"date": "date_bp", "start": "date_enrolled", "sex": "sex"}, codes=SEX)
#: What each project's contract says; then lines, accepted, set aside and blank, and the reasons or the refusal.
PROJECT: dict[str, tuple[dict[str, Any], tuple[int, int, int, int], set[str]]] = {
    "arm-multiple-delete": (
        visits("position", columns={"visit": "redcap_event_name"}, data_cut="closed",
               codes=events("event_1_arm_1", "event_1_arm_2", "event_1_arm_3")),
        (61, 0, 61, 0), {"score_unreadable", "column_changed"},
    ),
    "arm-single-delete": (
        visits("position", columns={"date": "birth_date"}),
        (21, 0, 21, 0), {"score_unreadable", "column_changed"},
    ),
    "arm-single-longitudinal": (
        visits("weight", columns={"visit": "redcap_event_name", "start": "interview_date"},
               codes=events("intake_arm_1", "dischage_arm_1", "follow_up_arm_1")),
        (10, 9, 0, 0), set(),
    ),
    "blank-for-gray-status": (
        once("weight", columns={"age": "age", "sex": "sex"}, codes=SEX),
        (7, 3, 3, 0), {"against_dictionary", "score_out_of_range"},
    ),
    "checkboxes-1": (
        once("") | {"measure": [{
            "instrument": "cpgs-pain", "items": [f"check_one___{at}" for at in (1, 2, 3)], "day": 0,
            "missing_when": {"column": "form_2_complete", "is": "0"},
        }]},
        (5, 4, 0, 0), set(),
    ),
    "clinical-trial-1": (
        once("weight", columns={"sex": "gender"}, codes=SEX),
        (501, 0, 501, 0), {"score_out_of_range", "unit_changed"},
    ),
    "dag": (once("weight"), (4, 3, 0, 0), set()),
    "dag-write": (once("weight"), (4, 3, 0, 0), set()),
    "decimal-comma": (once("weight", file={"decimal": ","}), (5, 3, 1, 0), {"score_out_of_range"}),
    "decimal-comma-and-dot": (
        once("") | {"measure": [measure("weight_dot", day=0), measure("weight_comma", day=7)]},
        (5, 3, 1, 0), {"score_out_of_range"},
    ),
    "decimal-dot": (once("weight"), (5, 3, 1, 0), {"score_out_of_range"}),
    "empty-rows": (once("weight"), (1, 0, 1, 0), {"missing_column"}),
    "file-repo": (visits("name", columns={"date": "date"}), (3, 0, 2, 0), {"score_unreadable"}),
    "longitudinal": (
        visits("weight2", "study_id", columns={"visit": "redcap_event_name", "start": "date_enrolled", "age": "age"},
               codes=events("enrollment_arm_1", "visit_1_arm_1", "visit_2_arm_1", "final_visit_arm_1",
                            "enrollment_arm_2", "first_visit_arm_2", "final_visit_arm_2")),
        (19, 9, 2, 7), {"score_out_of_range"},
    ),
    "metadata-write": (
        once("weight", columns={"age": "age", "sex": "sex"}, codes=SEX),
        (6, 2, 3, 0), {"against_dictionary", "score_out_of_range"},
    ),
    "multilevel-model-1": (
        visits("cog_1", "patient_id", columns={"date": "date_at_visit", "sex": "gender_id"},
               codes={"sex": {"1": "male", "2": "female", "255": "unknown"}}),
        (221, 200, 0, 20), set(),
    ),
    "nonnumeric-record-id": (once("demographics_complete"), (4, 3, 0, 0), set()),
    "potentially-problematic-dictionary": (once("v1"), (1, 0, 1, 0), {"missing_column"}),
    "potentially-problematic-values": (
        visits("integer_before_validation", columns={"date": "date_before_validation"}),
        (3, 0, 2, 0), {"against_dictionary"},
    ),
    "repeating-instruments": (REPEATED, (7, 3, 3, 0), {"score_out_of_range", "day_implausible"}),
    "repeating-instruments-sparse": (REPEATED, (10, 5, 3, 1), {"score_out_of_range", "day_implausible"}),
    "russian": (
        visits("num_sexpartners_last12m", columns={"date": "date_interview"}),
        (4, 2, 1, 0), {"score_unreadable"},
    ),
    "simple": (once("weight", columns={"sex": "sex"}, codes=SEX), (16, 0, 15, 0), {"against_dictionary"}),
    "single-column": (once("weight"), (1, 0, 1, 0), {"missing_column"}),
    "survey": (once("pmq1", patient="participant_id"), (3, 2, 0, 0), set()),
    "validation-types-1": (once("v_number"), (2, 1, 0, 0), set()),
    "vignette-repeating": (
        visits("dbp", columns={"day": "redcap_repeat_instance"}, data_cut="closed", file={"dates": "none"}),
        (18, 15, 0, 2), set(),
    ),
}  # fmt: skip
#: Columns with names, telephone numbers and addresses, flagged in the dictionaries.
WITH_IDENTIFIERS = ("clinical-trial-1", "longitudinal", "metadata-write", "simple", "dag", "decimal-comma")
there = pytest.mark.skipif(not PROJECTS.is_dir(), reason="the REDCap projects are not beside the project")


def of_project(home: Home, project: str, written: dict[str, Any]) -> Reading:
    """The reading of a project's export, with its dictionary if it has one."""
    folder = PROJECTS / project
    dictionary = next(iter(sorted(folder.glob("dictiona*.csv"))), None)
    usual: dict[str, Any] = {"clinic": "hillside", "version": 1, "format": "redcap"}
    usual |= {"condition": "chronic-low-back-pain", "treatment": "acupuncture"}
    named = {"redcap": {"dictionary": dictionary.name}} if dictionary else {}
    agreed = contract_from(usual | written | named, VOCABULARY, where="hillside.toml", folder=folder)
    return read(home, (folder / "data.csv").read_bytes(), agreed)


@there
@pytest.mark.parametrize("project", PROJECT)
def test_a_real_project_loads_or_is_refused_for_the_right_reason(home: Home, project: str) -> None:
    written, lines, why = PROJECT[project]
    found = of_project(home, project, written)
    assert (found.lines, found.accepted, found.quarantined, found.blank) == lines
    assert set(found.reasons) | {found.refusal} - {""} == why
    assert found.balanced


@there
def test_no_project_is_left_out() -> None:
    assert {folder.name for folder in PROJECTS.iterdir() if (folder / "data.csv").is_file()} == set(PROJECT)


@there
@pytest.mark.parametrize("project", WITH_IDENTIFIERS)
def test_a_real_project_with_names_is_refused_unless_they_are_left_unread(home: Home, project: str) -> None:
    written = PROJECT[project][0]
    strict = written | {"file": written["file"] | {"other_columns": "refuse"}}
    found = of_project(home, project, strict)
    assert found.refusal == "identifier_column"
    assert found.quarantined == found.lines


@there
def test_a_field_with_a_decimal_comma_and_one_with_a_point_say_the_same(home: Home) -> None:
    found = rows(home, of_project(home, "decimal-comma-and-dot", PROJECT["decimal-comma-and-dot"][0]))
    dot, comma = (found.filter(found["nominal_day"] == day)["score"].to_list() for day in (0, 7))
    assert dot == comma == [523, 923, None, 459]
