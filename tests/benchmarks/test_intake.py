"""The benchmark of intake: everybody counts the same sound rows, and who accepts damaged ones is told. No time."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.intake import DAMAGED_EVERY, Line, race, sound_rows, table
from benchmarks.intake_readers import READERS

ROOT = Path(__file__).resolve().parents[2]
ROWS = 20_000


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return race(ROWS, tmp_path_factory.mktemp("intake"))


def test_everybody_counts_the_same_rows_of_a_sound_file(lines: list[Line]) -> None:
    assert {one.reader: one.accepted for one in lines if one.file == "sound"} == dict.fromkeys(READERS, ROWS)


def test_verum_accepts_the_sound_rows_of_a_damaged_file_and_no_other(lines: list[Line]) -> None:
    found = {one.reader: one.accepted for one in lines if one.file == "damaged"}
    assert sound_rows(ROWS)["damaged"] == ROWS - 2 * ROWS // DAMAGED_EVERY
    assert found["verum-reader"] == found["verum-intake"] == sound_rows(ROWS)["damaged"]
    others = {name: accepted for name, accepted in found.items() if not name.startswith("verum")}
    assert all(accepted is None or accepted >= sound_rows(ROWS)["damaged"] for accepted in others.values())


def test_the_tables_name_everybody(lines: list[Line]) -> None:
    printed = table(lines, ROWS)
    assert all(printed.count(title) == 2 for title, _ in READERS.values())


def test_the_command_explains_itself() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--rows" in said.stdout
