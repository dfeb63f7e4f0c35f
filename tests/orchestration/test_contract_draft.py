"""`verum contract draft`: a contract from a file's header and shapes, that a person finishes; no cell is shown."""

import re
import tomllib
from pathlib import Path

import pytest

from orchestration import cli, dry_run
from orchestration.drafting import drafted
from orchestration.dry_run import CannotBeRead
from schemas.contract_reading import contract_from
from schemas.delivery_contract import ContractError, DeliveryContract
from tests.orchestration.one_clinic import CANARY, GOOD, HEADER, OTHER, VOCABULARY
from tests.orchestration.test_formats import excel, parquet
from tests.transforms.fhir_resources import bundle, observation, patient
from transforms.column_shapes import looks_like_header, shapes

PEOPLE = range(1, 41)
LONG = "\n".join(
    ["code,begun,visit,measure,value"]
    + [f"HS-{at:04},2025-01-{1 + at % 28:02},2025-01-{1 + at % 28:02},Pain 0-10,{at % 10}" for at in PEOPLE]
    + [f"HS-{at:04},2025-01-{1 + at % 28:02},2025-01-{1 + at % 28:02},RMQ,{at % 24}" for at in PEOPLE]
)
VISITS = "\n".join(
    ["Fallnummer;Datum;Geschlecht;Schmerz NRS;RMDQ;Vorname"]
    + [f"L{at:03};{1 + at % 28:02}.03.2025;{'mw'[at % 2]};{at % 10},0;{at % 24};{CANARY}" for at in PEOPLE]
)
WIDE = "\n".join(
    ["participant\tstart\tage\todi_0\todi_3m\todi_6m"]
    + [f"p{at}\t2025-01-{1 + at % 28:02}\t{30 + at}\t{at % 50}\t{at % 40}\t{at % 30}" for at in PEOPLE]
)


def proposed(tmp_path: Path, content: str | bytes) -> str:
    (tmp_path / "export").write_bytes(content.encode() if isinstance(content, str) else content)
    return drafted(tmp_path / "export", VOCABULARY)


def finished(text: str, *, more: str = "") -> DeliveryContract:
    """The contract of a draft in which a person has decided everything."""
    for key, value in (("clinic", "lake"), ("condition", "chronic-low-back-pain"), ("treatment", "acupuncture")):
        text = re.sub(rf'(?m)^{key}( *)= ""', rf'{key}\1= "{value}"', text)
    return contract_from(tomllib.loads(text.replace('"refuse"', '"ignore"') + more), VOCABULARY, where="lake.toml")


def test_a_draft_says_what_a_person_has_to_decide_before_it_can_be_used(tmp_path: Path) -> None:
    text = proposed(tmp_path, LONG)
    assert set(re.findall(r"(?m)^(\w+) *= \"\"", text)) == {"clinic", "condition", "treatment"}
    with pytest.raises(ContractError, match="clinic"):
        contract_from(tomllib.loads(text), VOCABULARY, where="draft.toml")


@pytest.mark.parametrize(
    ("content", "layout", "columns", "more"),
    [
        (LONG, "long", {"patient": "code", "start": "begun", "date": "visit", "instrument": "measure",
                        "score": "value"}, '[codes.instrument]\n"Pain 0-10" = "nrs-pain"\nRMQ = "rmdq-24"\n'),
        (VISITS, "visits", {"patient": "Fallnummer", "date": "Datum", "sex": "Geschlecht"},
         '[codes.sex]\nm = "male"\nw = "female"\n'),
        (WIDE, "wide", {"patient": "participant", "start": "start", "age": "age"}, ""),
    ],
    ids=["long", "visits", "wide"],
)  # fmt: skip
def test_a_draft_that_was_finished_reads_the_file_it_was_drafted_from(
    tmp_path: Path, content: str, layout: str, columns: dict[str, str], more: str
) -> None:
    text = proposed(tmp_path, content + "\n")
    text = text.replace("[codes.instrument]\n", "") if layout == "long" else text
    if layout == "wide":
        days = iter((0, 90, 180))
        text = re.sub(r"(?m)^day        = 0", lambda _: f"day        = {next(days)}", text)
    agreed = finished(text, more=more)
    assert (agreed.layout, dict(agreed.columns)) == (layout, columns)
    found = dry_run.check(tmp_path / "export", agreed, VOCABULARY)
    assert (found.reading.refusal, found.reading.quarantined) == ("", 0)
    assert found.reading.accepted == content.count("\n")


def test_the_shapes_of_a_german_export_are_found(tmp_path: Path) -> None:
    written = tomllib.loads(proposed(tmp_path, VISITS.replace("Schmerz", "Schmerzstärke").encode("windows-1252")))
    shape = written["file"]
    assert (shape["encoding"], shape["delimiter"], shape["decimal"], shape["dates"]) == (
        "windows-1252", ";", ",", "dmy",
    )  # fmt: skip
    assert [(one["instrument"], one["column"]) for one in written["measure"]] == [
        ("nrs-pain", "Schmerzstärke NRS"), ("rmdq-24", "RMDQ"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "dates", "decide"),
    [
        ("13/02/2025", "dmy", False),
        ("02/13/2025", "mdy", False),
        ("02/03/2025", "dmy", True),
        ("2025-02-13", "iso", False),
    ],
)
def test_the_order_of_day_and_month_is_proposed_only_where_it_is_certain(
    tmp_path: Path, days: str, dates: str, decide: bool
) -> None:
    text = proposed(tmp_path, "code,visit,peg\n" + f"A1,{days},3\n" * 5)
    (line,) = [line for line in text.splitlines() if line.startswith("dates")]
    assert f'"{dates}"' in line
    assert ("DECIDE" in line) == decide


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LONG.encode(), "delimited"),
        (excel(GOOD, OTHER), "excel"),
        (parquet(GOOD, OTHER), "parquet"),
        (b"record_id,redcap_event_name,begun,pain,visit_complete\n1,a,2025-01-15,7,2\n", "redcap"),
        (bundle(patient(), observation(5, (7, 5, 4))), "fhir"),
    ],
    ids=["delimited", "excel", "parquet", "redcap", "fhir"],
)  # fmt: skip
def test_every_format_is_known_by_what_the_file_is(tmp_path: Path, content: str | bytes, kind: str) -> None:
    written = tomllib.loads(proposed(tmp_path, content))
    assert written["format"] == kind
    assert written["columns"]["patient"] in ("code", "record_id", "subject")


def test_a_draft_shows_no_cell(tmp_path: Path) -> None:
    for content in (LONG, VISITS, WIDE):
        text = proposed(tmp_path, content)
        header, *rows = content.splitlines()
        cells = {cell for row in rows for cell in re.split(r"[,;\t]", row)} - set(re.split(r"[,;\t]", header))
        assert not [cell for cell in cells if len(cell) > 2 and cell in text]
        assert CANARY not in text


def test_a_column_that_may_identify_a_person_is_told_and_not_proposed(tmp_path: Path) -> None:
    text = proposed(tmp_path, VISITS)
    assert "column 6 'Vorname', a few codes; may identify a person: leave it out of the export" in text
    assert "Vorname" not in str(tomllib.loads(text))


@pytest.mark.parametrize(
    "content",
    [
        f"{GOOD}\n{OTHER}\n",
        "",
        "one column\nx\n",
        "\n\n",
        b"\x00\x01\x02",
        b"PAR1 no",
        b"PK no",
        "a,a\n1,2\n",
        "a,\n1,2\n",
    ],
)
def test_a_file_without_names_of_columns_gives_no_draft_and_says_what_to_do(
    tmp_path: Path, content: str | bytes
) -> None:
    with pytest.raises(CannotBeRead, match=r"expected .* Export the file again"):
        proposed(tmp_path, content)


def test_the_command_prints_the_draft_and_ends_well_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, code in ((LONG, cli.DONE), (GOOD, cli.BAD_INPUT)):
        (tmp_path / "export.csv").write_text(content, "utf-8")
        monkeypatch.setattr("sys.argv", ["verum", "contract", "draft", str(tmp_path / "export.csv")])
        try:
            cli.main()
            ended = cli.DONE
        except SystemExit as left:
            ended = int(left.code or 0)
        said = capsys.readouterr()
        assert ended == code
        assert (tomllib.loads(said.out)["layout"] == "long") if code == cli.DONE else "header" in said.err


@pytest.mark.parametrize(
    ("names", "is_one"),
    [(HEADER.split(","), True), (["Nr", "Datum", "Schmerz (0-10)"], True), (["A1", "2025-01-15", "7"], False),
     (["id", ""], False), (["id", "id"], False), (["+44 7700", "x"], False)],
)  # fmt: skip
def test_names_are_told_from_values(names: list[str], is_one: bool) -> None:
    assert looks_like_header(names) == is_one


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["", "NA", "."], "empty"), (["2025-01-15", "NA"], "date"), (["7", "7.5", ""], "number"), (["7,5"], "number"),
     (["f", "m", "f", "m"], "code"), (["a", "b", "c"], "text"), (["7", "x", "y"], "text")],
)  # fmt: skip
def test_a_column_is_what_most_of_its_cells_are(cells: list[str], kind: str) -> None:
    assert shapes(["name"], [[cell] for cell in cells])[0].kind == kind
