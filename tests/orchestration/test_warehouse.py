"""The private warehouse: written in one commit or not at all, by column name, and never in a reader's way."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from orchestration import computing, row_views
from orchestration.results import Result
from orchestration.settings import Home
from orchestration.warehouse import RowsMissing, Warehouse, connect, create, ledger_rows, store
from schemas.counts import Counts
from schemas.improvements import Improvements
from schemas.labels import Endpoints
from schemas.strata import Strata
from tests.orchestration.one_clinic import (
    GOOD,
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

ROWS = pl.DataFrame(
    [("3-months", "3 months", 91, 78, 136, None), ("6-months", "6 months", 183, 137, 228, None)],
    schema=Endpoints.schema(),
    orient="row",
)

#: Holds the warehouse open and reads it again when told to.
READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in range(2):
    print(connection.execute("SELECT count(*) FROM endpoints").fetchone()[0], flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def write(home: Home, frame: pl.DataFrame) -> None:
    with Warehouse.writing(home) as warehouse:
        store(warehouse.connection, Endpoints, frame)


def write_and_break(home: Home) -> None:
    with Warehouse.writing(home) as warehouse:
        store(warehouse.connection, Endpoints, ROWS.clear())
        raise RuntimeError("broken")


def stored(home: Home, query: str = "SELECT * FROM endpoints ORDER BY low") -> list[tuple[Any, ...]]:
    with Warehouse.reading(home) as warehouse:
        return list(warehouse.connection.execute(query).fetchall())


# ---- one commit --------------------------------------------------------------------------------------------


def test_what_was_written_is_read(home: Home) -> None:
    write(home, ROWS)
    assert stored(home) == ROWS.rows()


def test_a_table_is_replaced_as_a_whole(home: Home) -> None:
    write(home, ROWS)
    write(home, ROWS.head(1))
    assert stored(home) == ROWS.head(1).rows()


def test_columns_in_another_order_are_stored_under_their_names(home: Home) -> None:
    write(home, ROWS.select(reversed(ROWS.columns)))
    assert stored(home) == ROWS.rows()


def test_a_write_that_fails_leaves_everything_as_it_was(home: Home) -> None:
    write(home, ROWS)
    with pytest.raises(RuntimeError, match="broken"):
        write_and_break(home)
    assert stored(home) == ROWS.rows()


def test_a_frame_without_a_promised_column_empties_no_table(home: Home) -> None:
    write(home, ROWS)
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        write(home, ROWS.drop("high"))
    assert stored(home) == ROWS.rows()


def test_a_reader_cannot_write(home: Home) -> None:
    write(home, ROWS)
    with pytest.raises(duckdb.Error, match="read-only"):
        stored(home, "DELETE FROM endpoints")


# ---- readers -----------------------------------------------------------------------------------------------


def reader(home: Home) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", READER, str(home.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


def count_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_an_open_reader_stops_no_write_and_keeps_what_it_opened(home: Home) -> None:
    write(home, ROWS)
    with reader(home) as process:
        assert count_of(process) == "2"
        write(home, ROWS.head(1))
        tell(process)
        assert count_of(process) == "2"
        tell(process)
    assert stored(home) == ROWS.head(1).rows()


def test_a_write_that_fails_beside_a_reader_changes_nothing_and_hinders_no_later_one(home: Home) -> None:
    write(home, ROWS)
    with reader(home) as process:
        assert count_of(process) == "2"
        with pytest.raises(RuntimeError, match="broken"):
            write_and_break(home)
        write(home, ROWS.tail(1))
        tell(process)
        assert count_of(process) == "2"
        tell(process)
    assert stored(home) == ROWS.tail(1).rows()
    assert [path.name for path in home.root.glob("warehouse*")] == ["warehouse.duckdb"]


KILLED = """
import os, signal, sys
from orchestration.settings import Home
from orchestration.warehouse import Warehouse
with Warehouse.writing(Home.at(sys.argv[1])) as warehouse:
    warehouse.connection.execute("CREATE TABLE half_done AS SELECT 1")
    warehouse.connection.execute("COMMIT")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write_and_be_killed(home: Home) -> None:
    """Writes in another process that is killed once its commit is in the log and not yet in the file."""
    environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(home.root)], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize("read", [True, False], ids=["on a copy", "in place"])
def test_what_a_killed_run_left_in_a_log_comes_into_no_later_warehouse(home: Home, read: bool) -> None:
    write(home, ROWS)
    if not read:
        write_and_be_killed(home)
    with reader(home) as process:
        assert count_of(process) == "2"
        if read:
            write_and_be_killed(home)
        write(home, ROWS.head(1))
        tell(process)
        assert count_of(process) == "2"
        tell(process)
    assert stored(home, "SELECT table_name FROM duckdb_tables()") == [("endpoints",)]
    assert stored(home) == ROWS.head(1).rows()


# ---- counts ------------------------------------------------------------------------------------------------


def results(home: Home, **clinics: tuple[str, ...]) -> dict[str, Result]:
    """The results of clinics that sent these lines."""
    jobs = []
    for name, lines in clinics.items():
        agreed = contract(clinic=name, data_cut="2026-10-31")
        jobs.append(job([read(home, file_of(*lines), agreed, name=f"{len(lines)}.csv")], agreed))
    return {one.source: one for one in computing.compute(home, jobs, VOCABULARY, NO_PLAN)}


def counted(home: Home) -> dict[str, int]:
    with Warehouse.reading(home) as warehouse:
        counts = warehouse.counts()
    cells = counts.filter(definition="nrs-pain-relative-30", endpoint="6-months", period_kind="all")
    return dict(cells.select("source", "started").rows())


def commit(home: Home, found: dict[str, Result]) -> None:
    with Warehouse.writing(home) as warehouse:
        warehouse.store(found)


def test_counts_of_a_source_are_replaced_and_those_of_others_stay(home: Home) -> None:
    first = results(home, hillside=(GOOD,), riverside=(GOOD,))
    commit(home, first)
    commit(home, first | results(home, hillside=(GOOD, OTHER)))
    assert counted(home) == {"hillside": 2, "riverside": 1}


def test_counts_of_a_source_that_is_gone_are_dropped(home: Home) -> None:
    found = results(home, hillside=(GOOD,), riverside=(GOOD,))
    commit(home, found)
    commit(home, {"riverside": found["riverside"]})
    assert counted(home) == {"riverside": 1}


def test_rows_of_a_batch_that_are_no_longer_a_sources_result_are_not_seen(home: Home) -> None:
    first = results(home, hillside=(GOOD,), riverside=(GOOD,))
    commit(home, first)
    now = first | results(home, hillside=(GOOD, OTHER))
    with Warehouse.writing(home) as warehouse:
        warehouse.store(now)
        row_views.lay(warehouse.connection, {}, now, VOCABULARY)
    assert stored(home, "SELECT source, count(*) FROM episodes GROUP BY 1 ORDER BY 1") == [
        ("hillside", 2),
        ("riverside", 1),
    ]


def test_counts_that_are_stored_already_are_not_written_again(home: Home) -> None:
    found = results(home, hillside=(GOOD,))
    commit(home, found)
    (found["hillside"].folder / "counts.parquet").unlink()
    commit(home, found)
    assert counted(home) == {"hillside": 1}


def test_no_row_is_lost_where_a_network_is_large(home: Home, tmp_path: Path) -> None:
    """DuckDB 2.0 reads nothing of so many rows before they are committed, and does not say so."""
    many, folder = 300_000, tmp_path / "batch"
    folder.mkdir()
    one = pl.read_parquet(results(home, hillside=(GOOD,))["hillside"].folder / "counts.parquet").head(1)
    periods = pl.DataFrame({"period": [f"{number}" for number in range(many)]})
    one.drop("period").join(periods, how="cross").select(one.columns).write_parquet(folder / "counts.parquet")
    for table in (Strata, Improvements):
        table.empty().write_parquet(folder / f"{table.NAME}.parquet")
    with Warehouse.writing(home) as warehouse:
        warehouse.store({"hillside": Result("hillside", "inputs", folder)})
        with suppress(RowsMissing):
            assert warehouse.counts().height == many
    with Warehouse.reading(home) as warehouse:
        assert warehouse.counts().height == many


def test_counts_come_back_in_one_order_whatever_order_they_were_stored_in(home: Home) -> None:
    found = results(home, hillside=(GOOD,), riverside=(LATER, GOOD))
    commit(home, found)
    with Warehouse.reading(home) as warehouse:
        first = warehouse.counts()
    commit(home, {})
    commit(home, dict(reversed(found.items())))
    with Warehouse.reading(home) as warehouse:
        assert warehouse.counts().equals(first)
    assert first.columns == list(Counts.columns())


# ---- views and comments ------------------------------------------------------------------------------------


def laid(home: Home) -> None:
    agreed = contract(data_cut="2026-10-31", columns=dict(contract().columns) | {"age": "age"})
    reading = read(
        home, "code,begun,visit,measure,value,age\nA1,2025-01-15,2025-01-15,pain,7,45\nA2,x,x,pain,5,\n", agreed
    )
    (result,) = computing.compute(home, [job([reading], agreed)], VOCABULARY, NO_PLAN)
    with Warehouse.writing(home) as warehouse:
        warehouse.store({"hillside": result})
        paths = {"hillside": [folder_of(home, reading) / "readings.parquet"]}
        row_views.lay(warehouse.connection, paths, {"hillside": result}, VOCABULARY)


def test_rows_are_shown_in_words_and_on_the_scale_of_their_instrument(home: Home) -> None:
    laid(home)
    row = stored(home, "SELECT source, instrument, score, age_band FROM assessments")
    assert row == [("hillside", "nrs-pain", 7.0, "40-49")]
    assert stored(home, "SELECT source, age_band, first FROM episodes") == [("hillside", "40-49", True)]
    outcome = stored(
        home, "SELECT source, instrument, baseline, score, state FROM outcomes WHERE endpoint = '6-months'"
    )
    assert outcome == [("hillside", "nrs-pain", 7.0, None, "missing")]


def test_a_line_that_was_set_aside_is_a_reading_and_no_assessment(home: Home) -> None:
    laid(home)
    assert stored(home, "SELECT count(*) FROM readings") == [(2,)]
    assert stored(home, "SELECT count(*) FROM assessments") == [(1,)]


def test_nothing_row_level_is_held_twice(home: Home) -> None:
    laid(home)
    tables = stored(home, "SELECT table_name FROM duckdb_tables() ORDER BY 1")
    assert tables == [("counts",), ("improvements",), ("results",), ("strata",), ("words",)]


def test_every_table_and_column_is_described_by_its_promise(home: Home) -> None:
    laid(home)
    described = dict(
        stored(home, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'counts' AND NOT internal")
    )
    assert described == {name: column.description for name, column in Counts.columns().items()}
    ((grain,),) = stored(home, "SELECT comment FROM duckdb_tables() WHERE table_name = 'counts'")
    assert grain == Counts.grain()


def test_a_comment_may_hold_a_quote(tmp_path: Path) -> None:
    connection = connect(tmp_path / "some.duckdb")
    store(connection, Endpoints, ROWS)
    create(connection, Endpoints)
    assert connection.execute("SELECT count(*) FROM endpoints").fetchall() == [(2,)]
    connection.close()


def test_a_table_with_other_columns_than_promised_is_made_anew(tmp_path: Path) -> None:
    connection = connect(tmp_path / "some.duckdb")
    connection.execute("CREATE TABLE endpoints (endpoint TEXT)")
    create(connection, Endpoints)
    assert [row[0] for row in connection.execute("DESCRIBE endpoints").fetchall()] == list(Endpoints.columns())
    connection.close()


@pytest.mark.parametrize(
    "setting", ["autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions"]
)
def test_no_extension_is_ever_loaded_or_fetched(tmp_path: Path, setting: str) -> None:
    connection = connect(tmp_path / "some.duckdb")
    assert connection.execute(f"SELECT current_setting('{setting}')").fetchall() == [(False,)]
    connection.close()


def test_the_exact_lines_of_every_delivery_are_kept_privately() -> None:
    names = (
        "source", "delivery", "sha256", "name", "size", "received_at", "state", "contract_version", "lines", "header",
        "accepted", "quarantined", "blank", "left_out", "refusal", "explanation", "data_to",
    )  # fmt: skip
    found = ledger_rows([dict.fromkeys(names, 3) | {"reasons": {"duplicate": 3}}])
    assert found.columns == list(names)
    assert found["quarantined"].to_list() == [3]
