"""Deliveries are typed together and sources computed together, and neither can be seen in what comes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import computing, judging, landing, ledger, reading
from orchestration.computing import Job, job_of
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas import vocabulary
from schemas.contract_reading import read_contract
from schemas.sources import Source
from tests.orchestration.small_network import ALDER, alder_lines, write_small_network

WORDS = vocabulary.load()
KEY = bytes(range(32))
PLAN = pl.DataFrame(
    {
        "definition": ["gerac-response"],
        "endpoint": ["6-months"],
        "population": ["chronic-low-back-pain-6-months-limited"],
    }
)


@contextmanager
def a_home(place: Path) -> Iterator[Home]:
    """A small home with a third clinic whose contract types just like that of the first."""
    write_small_network(place)
    (place / "contracts" / "elder.toml").write_text(ALDER.replace("alder", "elder"), "utf-8")
    (place / "landing" / "elder").mkdir()
    (place / "landing" / "elder" / "elder.csv").write_text(alder_lines(better=9, same=30, lost=3), "utf-8")
    home = Home(place)
    home.prepare()
    landing.receive(home)
    yield home


def jobs_of(home: Home) -> list[Job]:
    contracts = {path.stem: read_contract(path, WORDS) for path in sorted(home.contracts.glob("*.toml"))}
    wanted = [(one, contracts[one.source]) for one in ledger.received(home) if one.source in contracts]
    read = list(Reader(home, WORDS, KEY).read(wanted))
    return [job_of(Source(contracts[one.source], one.data_to), [one], WORDS, PLAN) for one in read]


def rows_of(home: Home) -> dict[str, pl.DataFrame]:
    return {path.parent.parent.name: pl.read_parquet(path) for path in home.readings.rglob("readings.parquet")}


def test_deliveries_typed_one_by_one_give_the_same_readings_as_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_home(tmp_path / "together") as together, a_home(tmp_path / "singly") as singly:
        both = [one.folder for job in jobs_of(together) for one in job.readings]
        monkeypatch.setattr(reading, "BYTES_AT_ONCE", 1)
        each = [one.folder for job in jobs_of(singly) for one in job.readings]

        assert sorted(both) == sorted(each)
        for source, rows in rows_of(together).items():
            assert_frame_equal(rows, rows_of(singly)[source])


def test_sources_computed_one_by_one_give_the_same_tables_as_together(tmp_path: Path) -> None:
    with a_home(tmp_path / "home") as home:
        jobs = jobs_of(home)
        together = computing.tables_of(home, jobs, WORDS, PLAN)

        for at, job in enumerate(jobs):
            alone = computing.tables_of(home, [job], WORDS, PLAN)
            for name in ("episodes", "outcomes"):
                ours = together[name].filter(source=at).drop("source")
                assert_frame_equal(ours, alone[name].drop("source"), check_row_order=False)
            counts = together["counts"].filter(source=job.source.name)
            assert_frame_equal(counts, alone["counts"], check_row_order=False)


def test_a_source_whose_lines_were_all_set_aside_lends_its_place_to_no_other(tmp_path: Path) -> None:
    with a_home(tmp_path / "home") as home:
        header = alder_lines(better=1, same=0, lost=0).splitlines()[0]
        (home.landing / "alder" / "alder.csv").write_text(f"{header}\n{'?,' * header.count(',')}?\n", "utf-8")
        landing.receive(home)
        jobs = jobs_of(home)
        jobs = [jobs[-1], *jobs[:-1]] if jobs[-1].source.name == "alder" else jobs
        together = computing.tables_of(home, jobs, WORDS, PLAN)["episodes"]
        for at, job in enumerate(jobs):
            alone = computing.tables_of(home, [job], WORDS, PLAN)["episodes"]
            assert together.filter(source=at).height == alone.height


def test_a_patient_at_two_clinics_is_two_patients(tmp_path: Path) -> None:
    with a_home(tmp_path / "home") as home:
        jobs_of(home)
        rows = rows_of(home)

        at_both = set(rows["alder"]["patient"].drop_nulls()) & set(rows["elder"]["patient"].drop_nulls())
        assert at_both == set()


def test_a_file_too_large_for_memory_is_streamed_to_the_same_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_home(tmp_path / "held") as held, a_home(tmp_path / "streamed") as streamed:
        jobs_of(held)
        monkeypatch.setattr(judging, "ROWS_AT_ONCE", 2)
        monkeypatch.setattr("transforms.sources.plain_text.IN_MEMORY_BYTES", 1)
        jobs_of(streamed)

        for source, rows in rows_of(held).items():
            assert_frame_equal(rows, rows_of(streamed)[source], check_row_order=False)


def test_readings_that_changed_on_disk_are_noticed_before_they_are_used(tmp_path: Path) -> None:
    with a_home(tmp_path / "home") as home:
        jobs = jobs_of(home)
        path = next(home.readings.rglob("readings.parquet"))
        written = bytearray(path.read_bytes())
        written[len(written) // 2] ^= 1
        path.write_bytes(bytes(written))

        with pytest.raises(OSError, match="were not those that had been stored"):
            computing.tables_of(home, jobs, WORDS, PLAN)
