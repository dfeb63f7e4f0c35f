"""The odd shapes of exports say the same as the plain ones, except where a shape is about saying something else."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import cases
from benchmarks.workload import write_workload
from schemas.contract_reading import read_contract
from schemas.vocabulary import load

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    write_workload(3_000, folder)
    return folder


def _rows(home: Path, clinic: str = "c0002") -> Rows:
    with (home / f"landing/{clinic}/export.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _without(rows: Rows, *columns: str) -> Rows:
    return [{name: cell for name, cell in row.items() if name not in columns} for row in rows]


def test_quoted_cells_hold_commas_and_line_breaks_and_nothing_else_is_changed(plain: Path, tmp_path: Path) -> None:
    rows = _rows(cases.quoted(plain, tmp_path / "home"))
    assert all("," in row["treatment"] for row in rows)
    assert sum("\n" in row["treatment"] for row in rows) == -(-len(rows) // cases.LINES_PER_BREAK)
    assert _without(rows, "treatment") == _without(_rows(plain), "treatment")


def test_clinics_take_turns_in_writing_dates_as_their_contracts_say(plain: Path, tmp_path: Path) -> None:
    home = cases.dated(plain, tmp_path / "home")
    words = load(home / "vocabulary")
    said = [read_contract(home / f"contracts/c{at:04d}.toml", words).file.dates for at in (1, 2, 3, 4)]
    assert said == ["iso", "dmy", "mdy", "iso"]
    theirs, ours = _rows(home)[0]["started_on"], _rows(plain)[0]["started_on"]
    assert theirs.split("/") == list(reversed(ours.split("-")))


def test_packed_exports_hold_what_the_plain_ones_hold(plain: Path, tmp_path: Path) -> None:
    home = cases.compressed(plain, tmp_path / "home")
    packed, export = home / "landing/c0002/export.csv.gz", "landing/c0002/export.csv"
    assert gzip.decompress(packed.read_bytes()) == (plain / export).read_bytes()
    assert not (home / export).exists()
    assert read_contract(home / "contracts/c0002.toml", load(home / "vocabulary")).file.packed == "gzip"


def test_scattered_rows_are_the_same_rows(plain: Path, tmp_path: Path) -> None:
    rows, before = _rows(cases.scattered(plain, tmp_path / "home")), _rows(plain)
    assert rows != before
    assert Counter(tuple(row.values()) for row in rows) == Counter(tuple(row.values()) for row in before)


def test_a_correction_changes_pain_scores_of_one_month_and_one_clinic(plain: Path, tmp_path: Path) -> None:
    home = cases.fresh_home(plain, tmp_path / "home")
    again = cases.corrected(home)
    before = _rows(home, again.parent.name)
    with again.open(encoding="utf-8", newline="") as stream:
        after = list(csv.DictReader(stream))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed
    assert {(old["instrument"], old["assessed_on"][:7]) for old, _ in changed} == {("NRS", cases.CORRECTED_MONTH)}
    assert {int(old["score"]) - int(new["score"]) for old, new in changed} == {1}


def test_the_plain_home_stays_as_it_was(plain: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()}
    for make in (cases.quoted, cases.dated, cases.compressed, cases.scattered):
        make(plain, tmp_path / "home")
    assert {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()} == before


def test_one_clinic_can_hold_half_of_all_rows(tmp_path: Path) -> None:
    write_workload(3_000, tmp_path, largest=0.5)
    sizes = [path.stat().st_size for path in sorted(tmp_path.glob("landing/c*/export.csv"))]
    assert sizes[0] / sum(sizes) == pytest.approx(0.5, abs=0.05)
