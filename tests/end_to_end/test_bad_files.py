"""What a clinic's mistakes lead to: a refusal or a line set aside, words that help, and no value anywhere."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration import cli, pipeline
from orchestration.report import Report
from orchestration.settings import Home
from orchestration.warehouse import Warehouse
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import alder_lines, write_small_network

CANARY = "CANARY-4711-SMITH"
SOUND = alder_lines()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    write_small_network(tmp_path / "home")
    with keyed(tmp_path / "key", KEY):
        yield Home(tmp_path / "home")


def deliver(home: Home, text: str) -> Report:
    (home.landing / "alder" / "alder-2026-11.csv").write_text(text, "utf-8")
    return pipeline.run(home)


def alders(report: Report) -> list[str]:
    return [why for source, _, why in report.refused if source == "alder"]


def reasons(home: Home) -> dict[str, tuple[int, int]]:
    """Lines and first line of each reason of the delivery that a test has sent."""
    sent = hashlib.sha256((home.landing / "alder" / "alder-2026-11.csv").read_bytes()).hexdigest()[:12]
    (folder,) = (home.readings / "alder").glob(f"{sent}-*")
    told = json.loads((folder / "reading.json").read_text("utf-8"))
    return {reason: (lines, told["first_lines"][reason]) for reason, lines in told["reasons"].items()}


def everything_written(home: Home) -> bytes:
    """All bytes below the home but those of what the clinic itself delivered."""
    kept = [path for path in home.root.rglob("*") if path.is_file() and not path.is_symlink()]
    ours = [path for path in kept if home.vault not in path.parents and home.landing not in path.parents]
    return b"\n".join(path.read_bytes() for path in ours)


def test_a_file_with_an_undeclared_column_is_refused_by_its_place_and_name(home: Home) -> None:
    header, _, rest = SOUND.partition("\n")
    rows = "\n".join(f"{line},{CANARY}" for line in rest.splitlines())
    (why,) = alders(deliver(home, f"{header},remarks\n{rows}\n"))

    assert why.startswith(
        "Line 1: 1 column(s) that the contract does not declare: column 6 ('remarks'). Nothing was read."
    )
    assert "other_columns" in why
    assert CANARY.encode() not in everything_written(home)


def test_an_undeclared_column_that_looks_like_a_value_is_named_by_its_place_alone(home: Home) -> None:
    header, _, rest = SOUND.partition("\n")
    rows = "\n".join(f"{line}," for line in rest.splitlines())
    (why,) = alders(deliver(home, f"{header},+44 7700 900123\n{rows}\n"))

    assert "column 6 (name not shown)" in why
    assert b"900123" not in everything_written(home)


def test_a_file_with_a_missing_column_is_refused_with_the_nearest_name(home: Home) -> None:
    (why,) = alders(deliver(home, SOUND.replace("value", "valeu", 1)))

    assert why.startswith("Line 1: no column 'value'. The nearest name in the file is 'valeu'.")
    assert "[columns]" in why


@pytest.mark.parametrize(
    "faults",
    [
        [
            ("A-1,2025-01-10,2025-01-09,pain,4711.5", "score_out_of_range"),
            (f"A-1,2025-01-10,2025-01-09,{CANARY},40", "instrument_unknown"),
            (f"A-1,2025-01-10,{CANARY},pain,40", "date_unreadable"),
            (f"A-1,2025-01-10,2025-01-09,pain,{CANARY}", "score_unreadable"),
        ],
        [("A-1,2025-01-10,2025-02-30,pain,40", "date_unreadable")],
    ],
)
def test_lines_that_cannot_be_are_set_aside_by_line_and_reason(home: Home, faults: list[tuple[str, str]]) -> None:
    report = deliver(home, SOUND + "".join(f"{line}\n" for line, _ in faults))

    assert alders(report) == []
    assert reasons(home) == {reason: (1, SOUND.count("\n") + at) for at, (_, reason) in enumerate(faults, start=1)}
    written = everything_written(home)
    assert CANARY.encode() not in written
    assert b"4711.5" not in written


def test_no_patients_code_is_written_anywhere_but_in_the_vault(home: Home) -> None:
    deliver(home, SOUND.replace("A-1,", f"{CANARY},"))

    assert CANARY.encode() not in everything_written(home)
    assert CANARY[::-1].encode() not in everything_written(home)
    with Warehouse.reading(home) as warehouse:
        kinds = warehouse.connection.execute("SELECT DISTINCT typeof(patient) FROM readings").fetchall()
    assert kinds == [("UBIGINT",)]


def test_the_command_line_tells_of_refused_files_without_their_values(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    header, _, rest = SOUND.partition("\n")
    (home.landing / "alder" / "alder-2026-10.csv").write_text(
        f"{header},notes\n" + f"{rest.splitlines()[0]},{CANARY}\n", "utf-8"
    )
    monkeypatch.setattr("sys.argv", ["verum", "run", "--home", str(home.root)])

    with pytest.raises(SystemExit) as left:
        cli.main()

    said = capsys.readouterr()
    assert left.value.code == cli.SOME_REFUSED
    assert "Refused: alder" in said.out
    assert "column 6 ('notes')" in said.out
    assert CANARY not in said.out + said.err
