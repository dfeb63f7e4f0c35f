"""A source's result is a function of its inputs: named by them, stored once, proved before it is stored."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import computing, fingerprints, ledger, results
from orchestration.computing import Job
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.contract import BrokenPromise, faults
from schemas.counts import Counts
from schemas.episodes import Episodes
from schemas.outcomes import Outcomes
from tests.orchestration.one_clinic import (
    GOOD,
    KEY,
    LATER,
    NO_PLAN,
    OTHER,
    VOCABULARY,
    a_home,
    contract,
    file_of,
    folder_of,
    job,
    read,
)

CLOSED = contract(data_cut="2026-10-31")
RULE = "nrs-pain-relative-30"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def job_in(home: Home, *lines: str) -> Job:
    return job([read(home, file_of(*lines), CLOSED)], CLOSED)


def computed(home: Home, *jobs: Job) -> list[results.Result]:
    return list(computing.compute(home, jobs, VOCABULARY, NO_PLAN))


# ---- what a result is --------------------------------------------------------------------------------------


def test_a_result_holds_episodes_outcomes_and_counts(home: Home) -> None:
    (result,) = computed(home, job_in(home, GOOD, LATER, OTHER))
    for table in (Episodes, Outcomes):
        assert faults(table, results.own(result, table.NAME)) == []
    counts = pl.read_parquet(result.folder / "counts.parquet")
    assert faults(Counts, counts) == []
    cell = counts.filter(definition=RULE, endpoint="6-months", period_kind="all").row(0, named=True)
    assert (cell["started"], cell["responders"], cell["missing"]) == (2, 1, 1)


def test_a_result_says_what_it_was_made_from_and_the_hash_of_each_table(home: Home) -> None:
    made = job_in(home, GOOD)
    (result,) = computed(home, made)
    told = json.loads((result.folder / "batch.json").read_text("utf-8"))
    assert told["inputs"] == {"hillside": made.inputs} == {"hillside": result.inputs}
    assert told["sha256"] == {
        table.NAME: fingerprints.of_file(result.folder / f"{table.NAME}.parquet") for table in computing.TABLES
    }
    assert results.rows(home, "hillside", made.inputs)["episodes"] == 1


def test_no_day_on_which_a_treatment_began_is_stored(home: Home) -> None:
    (result,) = computed(home, job_in(home, GOOD, LATER))
    episodes = results.own(result, "episodes")
    assert episodes.select("start_month", "closes").rows() == [(date(2025, 1, 1), date(2025, 1, 31))]


def test_a_result_is_its_owners_alone(home: Home) -> None:
    (result,) = computed(home, job_in(home, GOOD))
    assert result.folder.stat().st_mode & 0o077 == 0
    assert result.folder.parent.stat().st_mode & 0o077 == 0
    assert (home.results / "hillside").stat().st_mode & 0o077 == 0


def test_a_source_whose_lines_were_all_set_aside_has_a_result_without_rows(home: Home) -> None:
    (result,) = computed(home, job_in(home, "A1,soon,soon,pain,7"))
    assert results.own(result, "counts").is_empty()
    assert set(results.rows(home, "hillside", result.inputs).values()) == {0}


def test_a_source_without_a_score_has_episodes_and_no_counts(home: Home) -> None:
    (result,) = computed(home, job_in(home, "A1,2025-01-15,2025-01-15,pain,"))
    assert results.own(result, "episodes").height == 1
    assert results.own(result, "counts").is_empty()


# ---- what it is named by -----------------------------------------------------------------------------------


def test_a_result_is_named_by_all_that_it_depends_on(home: Home) -> None:
    reading = read(home, file_of(GOOD), CLOSED)
    source = job([reading], CLOSED).source
    plan = pl.DataFrame({"definition": [RULE], "endpoint": ["6-months"], "population": ["everyone"]})
    changed = {
        "nothing": computing.job_of(source, [reading], VOCABULARY, NO_PLAN),
        "readings": computing.job_of(source, [replace(reading, folder="other")], VOCABULARY, NO_PLAN),
        "contract": computing.job_of(
            replace(source, contract=contract(version=2, data_cut="2026-10-31")), [reading], VOCABULARY, NO_PLAN
        ),
        "data_to": computing.job_of(replace(source, data_to=date(2026, 9, 30)), [reading], VOCABULARY, NO_PLAN),
        "vocabulary": computing.job_of(source, [reading], replace(VOCABULARY, fingerprint="other"), NO_PLAN),
        "plan": computing.job_of(source, [reading], VOCABULARY, plan),
    }
    assert len({one.inputs for one in changed.values()}) == len(changed)
    assert computing.job_of(source, [reading], VOCABULARY, NO_PLAN) == changed["nothing"]


def test_a_source_is_stale_until_its_result_is_there(home: Home) -> None:
    made = job_in(home, GOOD)
    assert computing.is_stale(home, made)
    computed(home, made)
    assert not computing.is_stale(home, made)


def test_a_result_counts_once_it_is_said_where_it_is(home: Home) -> None:
    made = job_in(home, GOOD)
    (result,) = computed(home, made)
    (pointer,) = (home.results / "hillside").iterdir()
    pointer.unlink()
    assert computing.is_stale(home, made)
    assert computed(home, made)[0].folder == result.folder
    assert not computing.is_stale(home, made)


def test_computing_again_gives_the_same_rows_in_the_same_place(home: Home) -> None:
    made = job_in(home, GOOD, LATER, OTHER)
    (first,) = computed(home, made)
    before = {table: results.own(first, table.NAME) for table in computing.TABLES}
    (again,) = computed(home, made)
    for table, rows in before.items():
        assert_frame_equal(results.own(again, table.NAME), rows, check_row_order=False)
    assert [path.name for path in first.folder.parent.iterdir()] == [again.folder.name]


@pytest.mark.parametrize("corrected", ["9", "0"])
def test_a_score_that_a_later_delivery_corrects_counts_as_corrected(home: Home, corrected: str) -> None:
    again = LATER.rsplit(",", 1)[0] + f",{corrected}"
    agreed = contract(data_cut="2026-10-31", covers="additions")
    first, second = (
        read(home, file_of(*lines), agreed, name=name)
        for name, lines in (("1.csv", (GOOD, LATER, OTHER)), ("2.csv", (again,)))
    )
    whole = read(home, file_of(GOOD, again, OTHER), agreed, name="3.csv")
    (both,) = computed(home, job([first, second], agreed))
    (one,) = computed(home, job([whole], agreed))
    for table in (Episodes, Outcomes, Counts):
        assert_frame_equal(results.own(both, table.NAME), results.own(one, table.NAME), check_row_order=False)


# ---- what stops it -----------------------------------------------------------------------------------------


def test_readings_that_changed_on_disk_are_noticed_before_they_are_used(home: Home) -> None:
    made = job_in(home, GOOD, OTHER)
    place = folder_of(home, made.readings[0]) / "readings.parquet"
    written = bytearray(place.read_bytes())
    written[len(written) // 2] ^= 1
    place.write_bytes(bytes(written))
    with pytest.raises(computing.ChangedOnDisk, match=r"were removed: run again, they are made anew from the vault"):
        computed(home, made)
    assert computing.is_stale(home, made)
    _, failed = computing.update(home, [made], [made], VOCABULARY, NO_PLAN)
    assert failed["hillside"].endswith("were removed: run again, they are made anew from the vault")
    assert not place.parent.exists()
    again = list(Reader(home, VOCABULARY, KEY).read([(one, CLOSED) for one in ledger.received(home)]))
    assert computed(home, job(again, CLOSED))[0].inputs == made.inputs


def test_a_table_that_breaks_its_promise_is_not_stored(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = job_in(home, GOOD)
    whole = computing.tables_of

    def negative(*inputs: object) -> dict[str, pl.DataFrame]:
        tables = whole(*inputs)  # type: ignore[arg-type]  # handed on as they come
        return tables | {"counts": tables["counts"].with_columns(responders=pl.lit(-1, pl.Int32))}

    monkeypatch.setattr(computing, "tables_of", negative)
    with pytest.raises(BrokenPromise, match=r"counts\.responders: .* 'at least 0'"):
        computed(home, made)
    assert computing.is_stale(home, made)


def test_a_source_that_fails_keeps_its_last_result_and_no_other_is_harmed(home: Home) -> None:
    sound, faulty = contract(clinic="riverside", data_cut="2026-10-31"), CLOSED
    before = job([read(home, file_of(GOOD), faulty)], faulty)
    (last,) = computed(home, before)
    later = job([read(home, file_of(GOOD, OTHER), faulty, name="corrected.csv")], faulty)
    (folder_of(home, later.readings[0]) / "readings.parquet").write_bytes(b"spoiled")
    other = job([read(home, file_of(OTHER), sound)], sound)
    found, failed = computing.update(home, [later, other], [later, other], VOCABULARY, NO_PLAN)
    assert failed == {"hillside": str(computing.ChangedOnDisk(later.readings[0], Path()))}
    assert (found["hillside"].folder, found["hillside"].stale) == (last.folder, True)
    assert (found["riverside"].inputs, found["riverside"].stale) == (other.inputs, False)


def test_a_source_that_fails_at_its_first_attempt_has_no_result(home: Home) -> None:
    made = job_in(home, GOOD)
    (folder_of(home, made.readings[0]) / "readings.parquet").write_bytes(b"spoiled")
    assert computing.update(home, [made], [made], VOCABULARY, NO_PLAN) == (
        {},
        {"hillside": str(computing.ChangedOnDisk(made.readings[0], Path()))},
    )


def test_a_result_that_a_killed_run_left_unfinished_is_not_a_last_one(home: Home) -> None:
    unfinished = home.results / "hillside" / ".x.json"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_text('{"inputs": "x"}', "utf-8")
    assert results.last(home, "hillside") is None


def test_rows_of_results_that_nobody_needs_any_more_are_removed(home: Home) -> None:
    (first,) = computed(home, job_in(home, GOOD))
    (second,) = computed(home, job([read(home, file_of(GOOD, OTHER), CLOSED, name="corrected.csv")], CLOSED))
    results.prune(home, [second])
    assert not first.folder.exists()
    assert not results.is_there(home, "hillside", first.inputs)
    assert results.load(home, "hillside", second.inputs) == second
    assert results.own(second, "episodes").height == 2


def test_the_last_day_that_any_delivery_speaks_for_is_the_sources(home: Home) -> None:
    first = read(home, file_of(GOOD))
    assert computing.data_to([first, replace(first, data_to=date(2025, 3, 1)), replace(first, data_to=None)]) == date(
        2025, 3, 1
    )
    assert computing.data_to([]) is None
