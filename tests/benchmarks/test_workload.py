"""The workload: as large as asked, the same every time, readable by its contracts, honestly described."""

import csv
import json
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.workload import write_workload
from schemas.contract_reading import read_contract
from schemas.readings import REASON_IDS
from schemas.vocabulary import load

ROWS = 10_000
COLUMNS = (
    "clinic_id",
    "patient_id",
    "episode_id",
    "started_on",
    "assessed_on",
    "instrument",
    "score",
    "age_band",
    "sex",
    "treatment",
    "sessions",
)
HIGHEST = {"NRS": 10, "RMDQ": 24, "ODI": 100, "EQVAS": 100}
CLINICS_FILES = "landing/c*/export.csv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workload")
    write_workload(ROWS, folder)
    return folder


@pytest.fixture(scope="module")
def rows(home: Path) -> list[dict[str, str]]:
    return [row for path in sorted(home.glob(CLINICS_FILES)) for row in _read(path)]


@pytest.fixture(scope="module")
def report(home: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((home / "workload.json").read_text("utf-8"))
    return read


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_about_as_large_as_asked(rows: list[dict[str, str]], report: dict[str, Any]) -> None:
    assert len(rows) == report["rows"]
    assert 0.9 * ROWS < report["rows"] < 1.1 * ROWS
    assert report["clinics"] == 20


def test_it_is_the_same_every_time(home: Path, tmp_path: Path) -> None:
    write_workload(ROWS, tmp_path)
    for path in home.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(home)).read_bytes() == path.read_bytes()


def test_a_smaller_workload_takes_the_place_of_a_larger_one(tmp_path: Path) -> None:
    write_workload(ROWS * 2, tmp_path)
    write_workload(2_000, tmp_path)
    (tmp_path / "other").mkdir()
    write_workload(2_000, tmp_path / "other")
    assert len(list(tmp_path.glob("landing/*"))) == len(list(tmp_path.glob("other/landing/*")))


def test_a_home_that_is_no_workload_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "landing/riverside/mine.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("x\n", "utf-8")
    with pytest.raises(FileExistsError, match="not a workload"):
        write_workload(ROWS, tmp_path)
    assert mine.exists()


def test_every_contract_is_accepted_with_the_vocabulary_beside_it(home: Path) -> None:
    words = load(home / "vocabulary")
    contracts = [read_contract(path, words) for path in sorted(home.glob("contracts/*.toml"))]
    assert [contract.source for contract in contracts] == [f"c{n:04d}" for n in range(1, 21)]
    assert {contract.instruments for contract in contracts} == {("eq-vas", "nrs-pain", "odi", "rmdq-24")}
    assert words.endpoints["last-in-270-days"].select == "last"
    rules = [definition.id for definition in words.definitions_for(contracts[0].instruments)]
    assert len([rule for rule in rules if rule != "nrs-pain-pass-1"]) == 4 * 4, "four rules, four instruments"


def test_rows_of_no_clinic_are_a_delivery_without_a_contract(home: Path, report: dict[str, Any]) -> None:
    strays = _read(home / "landing/unknown-clinic/export.csv")
    assert {row["clinic_id"] for row in strays} == {"??"}
    assert len(strays) == report["rows_without_clinic"] > 0
    assert not (home / "contracts/unknown-clinic.toml").exists()


def test_every_file_holds_one_clinic_by_day(home: Path) -> None:
    for path in home.glob(CLINICS_FILES):
        found = _read(path)
        assert tuple(found[0]) == COLUMNS
        assert {row["clinic_id"] for row in found} == {path.parent.name.upper()}


def test_the_report_counts_what_can_be_seen(rows: list[dict[str, str]], report: dict[str, Any]) -> None:
    seen: Counter[str] = Counter()
    keys = Counter(tuple(row.values()) for row in rows)
    seen["duplicate"] = sum(times - 1 for times in keys.values())
    for row in rows:
        seen.update(_reasons(row))
    assert seen == report["set_aside"]
    assert set(seen) <= set(REASON_IDS)


def _reasons(row: dict[str, str]) -> list[str]:
    wrong = {
        "patient_pattern": not row["patient_id"].startswith("P"),
        "date_unreadable": "/" in row["assessed_on"],
        "day_implausible": "/" not in row["assessed_on"] and not -30 <= _day(row) <= 730,
        "instrument_unknown": row["instrument"] not in HIGHEST,
        "score_unreadable": row["score"] in ("", "n/a"),
        "score_out_of_range": row["score"] not in ("", "n/a")
        and float(row["score"]) > HIGHEST.get(row["instrument"], 100),
        "age_unreadable": row["age_band"] == "fifty",
        "sex_unknown": row["sex"] == "?",
        "sessions_unreadable": row["sessions"] == "-3",
    }
    return [reason for reason, found in wrong.items() if found]


def _day(row: dict[str, str]) -> int:
    return (date.fromisoformat(row["assessed_on"]) - date.fromisoformat(row["started_on"])).days


def test_one_row_in_fifty_is_set_aside(report: dict[str, Any], rows: list[dict[str, str]]) -> None:
    assert 0.015 < sum(report["set_aside"].values()) / len(rows) < 0.025


def test_a_course_has_about_six_rows_and_may_lack_a_baseline(rows: list[dict[str, str]]) -> None:
    courses = Counter(row["episode_id"] for row in rows)
    dated = [row for row in rows if "/" not in row["assessed_on"]]
    begun = {row["episode_id"] for row in dated if -14 <= _day(row) <= 7}
    assert len(rows) / len(courses) == pytest.approx(6, abs=0.25)
    assert 0.01 < 1 - len(begun) / len(courses) < 0.08


def test_a_patient_may_have_more_than_one_course(rows: list[dict[str, str]]) -> None:
    patients = {row["patient_id"] for row in rows}
    assert 1.4 < len({row["episode_id"] for row in rows}) / len(patients) < 1.8


def test_contracts_say_that_the_workload_is_made_up(home: Path) -> None:
    written = [tomllib.loads(path.read_text("utf-8")) for path in home.glob("contracts/*.toml")]
    assert all(contract["synthetic"] for contract in written)
