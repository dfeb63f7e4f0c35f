"""Rows of all results: in one order, whatever lies where; none is out of date, and none of a file that was changed."""

from pathlib import Path

import polars as pl
import pytest

from orchestration import computing, results
from orchestration.results import Result
from orchestration.settings import Home
from orchestration.warehouse import RowsMissing, Warehouse
from schemas.counts import Counts
from schemas.strata import Strata
from tests.orchestration.one_clinic import GOOD, LATER, NO_PLAN, OTHER, VOCABULARY, a_home, contract, file_of, job, read

RULE = "nrs-pain-relative-30"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def computed(home: Home, *clinics: tuple[str, tuple[str, ...]]) -> list[Result]:
    """The results of clinics that sent these lines, computed together."""
    jobs = []
    for name, lines in clinics:
        agreed = contract(clinic=name, data_cut="2026-10-31")
        jobs.append(job([read(home, file_of(*lines), agreed, name=f"{len(lines)}.csv")], agreed))
    return list(computing.compute(home, jobs, VOCABULARY, NO_PLAN))


def began(found: pl.DataFrame | None) -> dict[str, int]:
    """How many courses began at each source."""
    assert found is not None
    return dict(
        found.filter(definition=RULE, endpoint="6-months", period_kind="all").select("source", "started").rows()
    )


def commit(home: Home, found: list[Result]) -> None:
    with Warehouse.writing(home) as warehouse:
        warehouse.store({one.source: one for one in found})


def test_rows_of_all_results_are_those_that_the_warehouse_gives(home: Home) -> None:
    found = computed(home, ("riverside", (GOOD, LATER, OTHER))) + computed(home, ("hillside", (GOOD, LATER)))
    commit(home, found)
    with Warehouse.reading(home) as warehouse:
        for table in (Counts, Strata):
            held = results.of_all(found, table)
            assert held is not None
            assert held.height > 0
            assert held.equals(warehouse.rows(table))
            assert held.equals(warehouse.held(list(reversed(found)), table))


def test_rows_of_a_source_that_was_computed_again_are_those_of_its_last_result(home: Home) -> None:
    _, hillside, riverside = computed(home, ("brook", (GOOD,)), ("hillside", (GOOD,)), ("riverside", (GOOD,)))
    (brook,) = computed(home, ("brook", (GOOD, OTHER)))
    found = results.of_all([hillside, riverside, brook], Counts)
    assert began(found) == {"brook": 2, "hillside": 1, "riverside": 1}
    assert found is not None
    assert found.equals(found.sort(Counts.KEY))


def test_a_result_without_rows_among_others_gives_none(home: Home) -> None:
    nothing = computed(home, ("brook", ("A1,soon,soon,pain,7",)))
    found = results.of_all([*nothing, *computed(home, ("hillside", (GOOD,)))], Counts)
    assert began(found) == {"hillside": 1}


def test_no_result_gives_an_empty_table() -> None:
    found = results.of_all([], Counts)
    assert found is not None
    assert found.equals(Counts.empty())


@pytest.mark.parametrize("damage", ["changed", "gone", "unsealed"])
def test_where_a_file_is_not_what_was_stored_the_warehouse_answers(home: Home, damage: str) -> None:
    found = computed(home, ("hillside", (GOOD, OTHER)))
    commit(home, found)
    place = found[0].folder / "counts.parquet"
    if damage == "changed":
        pl.read_parquet(place).with_columns(started=pl.lit(99, pl.Int32)).write_parquet(place)
    elif damage == "gone":
        place.unlink()
    else:
        (found[0].folder / "batch.json").write_text("{}", "utf-8")
    assert results.of_all(found, Counts) is None
    with Warehouse.reading(home) as warehouse:
        assert began(warehouse.held(found, Counts)) == {"hillside": 2}


def test_a_result_of_other_columns_is_not_read_from_its_file(home: Home) -> None:
    (result,) = computed(home, ("hillside", (GOOD,)))
    tables = {table.NAME: pl.read_parquet(result.folder / f"{table.NAME}.parquet") for table in computing.TABLES}
    older = {name: rows.drop("missing") if name == "counts" else rows for name, rows in tables.items()}
    found = results.put(home, {"hillside": result.inputs}, older)
    assert results.of_all(found, Counts) is None
    assert results.of_all(found, Strata) is not None


def test_a_warehouse_that_lacks_rows_of_a_result_stops_the_run(home: Home) -> None:
    found = computed(home, ("hillside", (GOOD,)), ("riverside", (GOOD,)))
    commit(home, found[:1])
    with Warehouse.reading(home) as warehouse, pytest.raises(RowsMissing, match="counts: read"):
        warehouse.held(found, Counts)


def test_nothing_but_what_is_kept_stays(home: Home) -> None:
    first, second = computed(home, ("hillside", (GOOD,)), ("riverside", (GOOD,)))
    (other,) = computed(home, ("hillside", (GOOD, OTHER)))
    torn = home.results / "riverside" / ".half of a pointer.json.writing"
    torn.write_text("{", "utf-8")
    results.prune(home, [other, second])
    assert not torn.exists()
    assert not results.is_there(home, "hillside", first.inputs)
    assert began(results.of_all([other, second], Counts)) == {"hillside": 2, "riverside": 1}
