"""`verum check`: what a run would do with a file, told to the clinic that sends it; nothing is stored, no cell told."""

import csv
import io
import json
import os
import shutil
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from orchestration import cli, dry_run, landing
from orchestration.receipts import as_csv
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.orchestration.lives import became, drop, lines_of
from tests.orchestration.one_clinic import (
    CANARY,
    GOOD,
    HEADER,
    LATER,
    OTHER,
    VOCABULARY,
    a_home,
    contract,
    disguises,
    file_of,
)
from tests.orchestration.small_network import ALDER, ALDER_FAULTS, alder_lines
from tests.orchestration.test_formats import excel, parquet
from tests.transforms import fhir_resources, redcap_projects
from tests.transforms.fhir_resources import bundle, observation, patient

SOUND = alder_lines()
SPOILED = f"C3,2025-02-15,soon,pain,{CANARY}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a contract, in which the only temporary folder is one that a test can look into."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("VERUM_HOME", str(tmp_path / "no-home"))
    monkeypatch.setenv("VERUM_KEY_FILE", str(tmp_path / "no-key"))
    (tmp_path / "alder.toml").write_text(ALDER, "utf-8")
    return tmp_path


def told(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str, *words: str
) -> tuple[int, str]:
    """The exit code and all that is printed of a check of a file with this content."""
    (place / "export.csv").write_text(content, "utf-8")
    named = [] if "--contract" in words else ["--contract", str(place / "alder.toml")]
    monkeypatch.setattr("sys.argv", ["verum", "check", str(place / "export.csv"), *named, *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out + said.err


def check(content: str | bytes, agreed: DeliveryContract | None = None, name: str = "export.csv") -> dry_run.DryRun:
    """The dry run of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return dry_run.check(path, agreed or contract(), VOCABULARY)


# ---- how it ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (SOUND, cli.DONE, "Every line would be accepted."),
        (SOUND + ALDER_FAULTS, cli.SOME_REFUSED, "Some lines would be set aside; the others would be accepted."),
        (SOUND.replace("code,", "kode,", 1), cli.BAD_INPUT, "The file would be refused as a whole"),
        ("", cli.BAD_INPUT, "The file would be refused as a whole"),
    ],
)
def test_a_check_ends_as_a_run_would(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str, code: int, said: str
) -> None:
    found, printed = told(place, monkeypatch, capsys, content)
    assert (found, printed.startswith(said)) == (code, True)
    assert printed.endswith("Nothing was stored.\n")


def test_a_file_that_a_run_would_hold_is_told_with_the_rule_and_the_next_step(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    same = "\n".join(
        ["code,start,date,measure,value", *(f"A{at},2025-01-10,2025-01-10,pain,0" for at in range(20)), ""]
    )
    code, printed = told(place, monkeypatch, capsys, same)
    assert code == cli.SOME_REFUSED
    assert "Held      one_score_only: The scores of cpgs-pain: all of them are the same." in printed


@pytest.mark.parametrize("words", [("--contract", "alderr"), ("--contract", "nowhere/alder.toml")])
def test_a_contract_that_is_not_there_is_a_fault_of_configuration(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, printed = told(place, monkeypatch, capsys, SOUND, *words)
    assert code == cli.CONFIGURATION
    assert "verum contract draft" in printed


def test_a_contract_that_cannot_be_used_says_the_key(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "alder.toml").write_text(ALDER.replace("layout", "layuot"), "utf-8")
    code, printed = told(place, monkeypatch, capsys, SOUND)
    assert (code, "layuot" in printed, "'layout'" in printed) == (cli.CONFIGURATION, True, True)


def test_a_source_of_a_home_may_be_named_instead_of_a_file(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "home" / "contracts").mkdir(parents=True)
    shutil.copy(place / "alder.toml", place / "home" / "contracts" / "alder.toml")
    words = ("--contract", "alder", "--home", str(place / "home"))
    assert told(place, monkeypatch, capsys, SOUND, *words)[0] == cli.DONE
    assert [path.name for path in (place / "home").iterdir()] == ["contracts"]


def test_what_is_no_plain_file_is_not_waited_for(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(place / "pipe.csv")
    monkeypatch.setattr(
        "sys.argv", ["verum", "check", str(place / "pipe.csv"), "--contract", str(place / "alder.toml")]
    )
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == cli.BAD_INPUT
    assert "expected a plain file" in capsys.readouterr().err


# ---- what it says ------------------------------------------------------------------------------------------


def test_each_rule_has_its_count_its_first_line_its_meaning_and_its_mend(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads(told(place, monkeypatch, capsys, SOUND + ALDER_FAULTS, "--json")[1])
    lines = SOUND.count("\n")
    assert said["set_aside"] == [
        {"reason": "date_unreadable", "lines": 1, "first_line": lines + 2,
         "meaning": "The date is not one in the declared order.",
         "what_to_do": "Write the date as the contract declares it."},
        {"reason": "score_out_of_range", "lines": 1, "first_line": lines + 1,
         "meaning": "The score is outside the instrument's range.",
         "what_to_do": "Check the instrument and its version."},
    ]  # fmt: skip
    assert said["lines"] == {"lines": lines + 2, "header": 1, "accepted": lines - 1, "quarantined": 2, "blank": 0}
    assert (said["adds_up"], said["stored"], said["ending"]) == (True, False, "partly")


def test_a_check_says_what_a_run_then_does(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    for content in (file_of(GOOD, LATER), file_of(GOOD, "", SPOILED), f"{HEADER},more\n{GOOD},1\n"):
        drop(home, content, f"{len(content)}.csv")
        landing.receive(home)
        (fate,) = [one for one in became(home, contract(covers="additions")) if one["name"] == f"{len(content)}.csv"]
        reading = check(content).reading
        for name in ("lines", "header", "accepted", "quarantined", "blank", "reasons", "refusal", "explanation"):
            assert getattr(reading, name) == fate[name]


FORMATS: dict[str, tuple[DeliveryContract, bytes]] = {
    "delimited": (contract(), file_of(GOOD, OTHER, SPOILED).encode()),
    "excel": (contract(format="excel", file={"sheet": "Visits"}), excel(GOOD, OTHER, SPOILED)),
    "parquet": (contract(format="parquet"), parquet(GOOD, OTHER, SPOILED)),
    "redcap": (
        redcap_projects.contract(),
        (
            "record_id,redcap_event_name,begun,sex,pain,visit_complete\n"
            f"1,start_arm_1,2025-01-15,2,7,2\n2,start_arm_1,2025-01-16,1,{CANARY},2\n"
        ).encode(),
    ),
    "fhir": (
        fhir_resources.contract(columns={"patient": "subject", "date": "effective", "age": "birthDate"}),
        bundle(patient(), observation(5, (7, 5, 4)), observation(9, (7, 5, 4), effectiveDateTime="2025-02-01")),
    ),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_checked_and_its_receipt_accounts_for_every_line_set_aside(kind: str) -> None:
    agreed, content = FORMATS[kind]
    found = check(content, agreed)
    assert (found.ending, found.reading.quarantined) == ("partly", 1)
    assert found.receipt.select("line", "span").unique()["span"].sum() == 1
    assert set(found.receipt["reason"]) == set(found.reading.reasons)


# ---- what it does not say, and does not leave --------------------------------------------------------------


@pytest.mark.parametrize("content", [SOUND + SPOILED + "\n", f"{SOUND.splitlines()[0]},note\n{GOOD},{CANARY}\n"])
def test_no_cell_is_told_and_nothing_is_left(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    before = {path.name for path in place.iterdir()} | {"export.csv", "report.html", "lines.csv"}
    files = ("--html", str(place / "report.html"), "--csv", str(place / "lines.csv"))
    printed = [told(place, monkeypatch, capsys, content, *words, *files)[1] for words in ((), ("--json",))]
    printed += [(place / name).read_text("utf-8") for name in ("report.html", "lines.csv")]
    for form in disguises(CANARY):
        assert not [text for text in printed if form in text.encode()]
    assert {path.name for path in place.iterdir()} == before
    assert list((place / "temporary").iterdir()) == []


class Outline(HTMLParser):
    """Tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_stands_alone_and_says_what_the_terminal_says(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(place, monkeypatch, capsys, SOUND + ALDER_FAULTS, "--html", str(place / "report.html"))
    page = (place / "report.html").read_text("utf-8")
    outline = Outline()
    outline.feed(page)
    assert outline.addresses == []
    assert "script" not in outline.tags
    assert outline.tags.count("h1") == 1
    for words in ("score_out_of_range", "date_unreadable", "Some lines would be set aside", "Check the instrument"):
        assert words in page


# ---- the receipt's columns ---------------------------------------------------------------------------------


def test_a_line_of_several_measures_names_the_columns_that_are_to_blame() -> None:
    measures = [{"instrument": "nrs-pain", "column": "pain"}, {"instrument": "rmdq-24", "column": "rmq"}]
    agreed = contract(
        layout="visits", columns={"patient": "code", "date": "visit", "age": "years"}, codes=None, measure=measures
    )
    rows = ["A1,2025-01-15,50,11,12", "A2,2025-01-15,old,7,x", "A3,2025-01-15,50,70,99", "A4,soon,50,7,1,9"]
    found = check("\n".join(["code,visit,years,pain,rmq", *rows, ""]), agreed).receipt
    assert found.select("line", "column", "reason").rows() == [
        (2, "pain", "score_out_of_range"),
        (3, "rmq", "score_unreadable"),
        (3, "years", "age_unreadable"),
        (4, "pain; rmq", "score_out_of_range"),
        (5, "", "wrong_width"),
    ]


def test_a_record_over_several_lines_is_told_with_all_of_them() -> None:
    found = check(file_of(GOOD, '"A2,2025-01-15,2025-01-15,pain,7', OTHER))
    spans = found.receipt.select("line", "span").unique()["span"].sum()
    assert spans == found.reading.quarantined > 0


@pytest.mark.parametrize("name", ["=cmd", "+x", "-x", "@x"])
def test_a_column_that_a_spreadsheet_would_compute_is_inert(name: str) -> None:
    columns = {"patient": "code", "start": "begun", "date": "visit", "instrument": "measure", "score": name}
    found = check(f"code,begun,visit,measure,{name}\nA1,2025-01-15,2025-01-15,pain,11\n", contract(columns=columns))
    written = list(csv.DictReader(io.StringIO(as_csv(found.receipt))))
    assert [one["column"] for one in written] == [f"'{name}"]


def test_a_clinic_with_hundreds_of_patients_has_its_file_checked_like_a_small_one() -> None:
    found = check(lines_of(range(400)))
    assert (found.ending, found.reading.accepted) == ("accepted", 400)


def test_a_home_is_no_part_of_a_check(tmp_path: Path) -> None:
    found: Any = check(file_of(GOOD))
    assert found.ending == "accepted"
    assert not Home.at(tmp_path).ledger.exists()
