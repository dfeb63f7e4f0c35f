"""Months that come late, or not at all: a gap is no month without patients, and old releases stay as they were."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import pipeline
from orchestration.report import Report
from orchestration.settings import Home
from orchestration.warehouse import connect
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import ALDER, alder_lines

CONTRACT = ALDER.replace('"everything"', '"period"').replace(
    'data_cut = "2026-10-31"', 'data_cut = { name = "alder_{date}.csv" }'
)


@dataclass(frozen=True)
class Months:
    """A home to which August and October came, and September later; each release's seal before and after."""

    home: Home
    reports: tuple[Report, Report]
    seals: tuple[str, str]


def seal(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Months]:
    place = tmp_path_factory.mktemp("months")
    home = Home(place / "home")
    (home.landing / "alder").mkdir(parents=True)
    home.contracts.mkdir()
    (home.contracts / "alder.toml").write_text(CONTRACT, "utf-8")
    deliver(home, "2026-10-31", "B", 20, 18, 8)
    deliver(home, "2026-08-31", "C", 22, 16, 9)
    with keyed(place / "key", KEY):
        first = pipeline.run(home)
        before = seal(home.releases / first.release)
        deliver(home, "2026-09-30", "D", 24, 15, 7)
        yield Months(home, (first, pipeline.run(home)), (before, seal(home.releases / first.release)))


def deliver(home: Home, day: str, letter: str, *patients: int) -> None:
    lines = alder_lines(*patients).replace("A-", f"{letter}-")
    (home.landing / "alder" / f"alder_{day}.csv").write_text(lines, "utf-8")


def asked(home: Home, release: str, query: str) -> list[tuple[object, ...]]:
    connection = connect(home.releases / release / "marts.duckdb", read_only=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


GAPS = "SELECT status, sentence FROM checks WHERE check_id = 'every_month_received'"


def test_b_09_months_out_of_order_are_loaded_and_a_missing_one_is_told_as_no_data_received(months: Months) -> None:
    release = months.reports[0].release
    assert asked(months.home, release, "SELECT DISTINCT state FROM deliveries") == [("accepted",)]
    assert asked(months.home, release, GAPS) == [("failed", "No data received for 2026-09.")]
    page = (months.home.releases / release / "site" / "files.html").read_text("utf-8")
    assert "Alder Practice: No data received for 2026-09. That is not the same as no patients." in page


def test_b_08_late_data_for_an_old_month_are_loaded_and_close_the_gap(months: Months) -> None:
    first, second = (report.release for report in months.reports)
    assert first != second
    states = asked(months.home, second, "SELECT state FROM deliveries ORDER BY data_to")
    assert states == [("accepted",)] * 3
    assert [status for status, _ in asked(months.home, second, GAPS)] == ["passed"]
    assert "No data received" not in (months.home.releases / second / "site" / "files.html").read_text("utf-8")


def test_b_08_the_release_before_is_left_as_it_was_and_the_new_one_says_what_came(months: Months) -> None:
    assert months.seals[0] == months.seals[1]
    told = asked(months.home, months.reports[1].release, "SELECT count(*) FROM changes WHERE kind = 'file'")
    assert told == [(1,)]
