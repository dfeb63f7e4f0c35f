"""The private warehouse: one DuckDB file, one writer, one commit for each run.

What is stored here never leaves; a release has a database of its own. Validation happens before, in `schemas.contract`.
Row-level tables are views on Parquet, which `row_views` lays.
"""

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from orchestration.lock import AnotherRunIsActive
from orchestration.results import Result, batches, of_all
from orchestration.settings import Home
from schemas.contract import Table
from schemas.counts import Counts
from schemas.improvements import Improvements
from schemas.strata import Strata

if TYPE_CHECKING:
    import duckdb


#: Tables of exact figures that every source has rows in.
COUNTED: tuple[type[Table], ...] = (Counts, Strata, Improvements)

#: A new database grows by so much at a time; by DuckDB's own 256 KiB a small network's marts, of some hundred columns
#: with a few rows each, take three times the room, and a large network's an eighth more.
BLOCK_BYTES = "65536"


class RowsMissing(Exception):
    """A database gave fewer rows than it was given: not the fault of a delivery, and the run stops (exit 70)."""

    def __init__(self, table: str, found: int, stored: int) -> None:
        super().__init__(
            f"{table}: read {found:,} rows; expected the {stored:,} that were stored. Nothing was published; this is a "
            "fault of Verum or DuckDB: please report it."
        )


class WarehouseDamaged(OSError):
    """The private warehouse cannot be opened, or a part of it not be read: a run can make it anew (exit 74)."""

    def __init__(self) -> None:
        super().__init__(
            f"{FOUND_DAMAGED} Run `verum run --force`: it is made anew from the vault. The last release stands."
        )


#: Said of a damaged warehouse, whether it stops a verb or was made anew.
FOUND_DAMAGED = "warehouse.duckdb: found damage; expected a whole database, as the last run left it."


class Warehouse:
    """An open connection to the private warehouse; made by `writing` or `reading`."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def writing(cls, home: Home) -> Iterator["Warehouse"]:
        """The warehouse for one commit: in place, or on a copy that is swapped in while somebody reads the original.

        Nothing is changed if the block raises. Raises `WarehouseDamaged` once damage is read.
        """
        with _damage_told():
            connection, copy = _writable(home)
            warehouse = cls(connection)
            try:
                warehouse.connection.execute("BEGIN")
                yield warehouse
                warehouse.connection.execute("COMMIT")
                warehouse.connection.execute("CHECKPOINT")
            finally:
                warehouse.connection.close()
        if copy:
            _log_of(home.warehouse).unlink(missing_ok=True)
            copy.replace(home.warehouse)

    @classmethod
    @contextmanager
    def reading(cls, home: Home) -> Iterator["Warehouse"]:
        """The warehouse, read only; raises `WarehouseDamaged`, or `AnotherRunIsActive` where a run is writing."""
        with _damage_told():
            warehouse = cls(_readable(home))
            try:
                yield warehouse
            finally:
                warehouse.connection.close()

    def counts(self) -> pl.DataFrame:
        """All exact counts, once they are committed; raises `RowsMissing` where fewer are read than are stored.

        DuckDB 2.0 reads nothing, and says nothing, of more than some 200,000 rows that are not yet committed.
        """
        return self.rows(Counts)

    def rows(self, table: type[Table]) -> pl.DataFrame:
        """All rows of a table, by its key."""
        found: pl.DataFrame = self.connection.sql(f"SELECT * FROM {table.NAME}").pl()
        self._prove_stored(table, found.height)
        return found.select(list(table.columns())).sort(table.KEY)

    def held(self, results: Sequence[Result], table: type[Table]) -> pl.DataFrame:
        """The same rows from the files of the results that were stored, a third of the work; else from the table."""
        found = of_all(results, table)
        if found is None:
            return self.rows(table)
        self._prove_stored(table, found.height)
        return found

    def _prove_stored(self, table: type[Table], rows: int) -> None:
        stored = self.connection.sql(f"SELECT count(*) FROM {table.NAME}").fetchall()[0][0]
        if rows != stored:
            raise RowsMissing(table.NAME, rows, stored)

    def store(self, results: Mapping[str, Result]) -> None:
        """Counts and strata of these results, by source, and no others; what is stored already is not touched."""
        self.connection.execute("CREATE TABLE IF NOT EXISTS results (source TEXT, inputs TEXT, batch TEXT)")
        stored = {row[0]: row[1:] for row in self.connection.execute("FROM results").fetchall()}
        there = columns_of(self.connection)
        for table in COUNTED:
            if create(self.connection, table, there):
                stored = {}  # the table has other columns than before
        changed = {name: one for name, one in results.items() if stored.get(name) != (one.inputs, one.batch)}
        gone = sorted(changed.keys() | (stored.keys() - results.keys()))
        for table in COUNTED:
            self.connection.execute(f"DELETE FROM {table.NAME} WHERE source IN (SELECT unnest(?))", [gone])
        self.connection.execute("DELETE FROM results WHERE source IN (SELECT unnest(?))", [gone])
        if changed:
            named = [(name, one.inputs, one.batch) for name, one in changed.items()]
            frame = pl.DataFrame(named, schema=["source", "inputs", "batch"], orient="row")
            self.connection.register("_changed", frame)
            self.connection.execute("INSERT INTO results BY NAME FROM _changed")
            for table in COUNTED:
                self._insert(table, batches(list(changed.values())))
            self.connection.unregister("_changed")

    def _insert(self, table: type[Table], folders: Sequence[Path]) -> None:
        files = [str(folder / f"{table.NAME}.parquet") for folder in folders]
        self.connection.execute(
            f"""INSERT INTO {table.NAME} BY NAME
                SELECT f.* EXCLUDE (path) FROM read_parquet(?, filename = 'path') f
                SEMI JOIN _changed c ON c.source = f.source AND c.batch = split_part(f.path, '/', -2)""",
            [files],
        )


def from_ledger(home: Home, query: str, *values: str) -> list[tuple[Any, ...]]:
    """What the private ledger, as the last run left it, answers to a query; nothing before the first run."""
    if not home.warehouse.is_file():
        return []
    with Warehouse.reading(home) as warehouse:
        run = warehouse.connection.execute
        there = run("FROM duckdb_tables() WHERE table_name = 'ledger'").fetchall()
        return run(query, list(values)).fetchall() if there else []


def connect(place: Path, *, read_only: bool = False) -> "duckdb.DuckDBPyConnection":
    """A connection that never downloads or loads an extension (PRIVACY, section 11)."""
    import duckdb  # noqa: PLC0415 - not on the path of a run that finds nothing new

    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "default_block_size": BLOCK_BYTES,
    }
    return duckdb.connect(str(place), read_only=read_only, config=settings)


def create(
    connection: "duckdb.DuckDBPyConnection", table: type[Table], there: Mapping[str, Sequence[str]] | None = None
) -> bool:
    """Makes the table, with comments from its class, unless it is there with the same columns; whether it did.

    `there` holds the columns of every table, if somebody has looked.
    """
    found = (columns_of(connection) if there is None else there).get(table.NAME)
    if found == list(table.columns()):
        return False
    store(connection, table, table.empty())
    return True


def store(connection: "duckdb.DuckDBPyConnection", table: type[Table], frame: pl.DataFrame) -> None:
    """Writes a frame as the whole of a table, by column name, with comments from its class."""
    ordered = frame.select(list(table.columns()))
    connection.register("_frame", ordered)
    connection.execute(f'CREATE OR REPLACE TABLE "{table.NAME}" AS SELECT * FROM _frame')
    connection.unregister("_frame")
    comment(connection, table, "TABLE", ordered.columns)


def columns_of(connection: "duckdb.DuckDBPyConnection") -> dict[str, list[str]]:
    """The columns of every table and view; to ask for all costs what asking for one does."""
    found = connection.execute(
        "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() WHERE NOT internal GROUP BY 1"
    )
    return dict(found.fetchall())


def comment(connection: "duckdb.DuckDBPyConnection", table: type[Table], kind: str, there: Collection[str]) -> None:
    """Says in the database what a table or view, and each of the columns that it has, holds."""
    said = [f'COMMENT ON {kind} "{table.NAME}" IS {quoted(table.grain())}'] + [
        f'COMMENT ON COLUMN "{table.NAME}"."{name}" IS {quoted(column.description)}'
        for name, column in table.columns().items()
        if name in there
    ]
    connection.execute("; ".join(said))


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def forget(home: Home) -> None:
    """Removes the warehouse, with what a killed run left beside it: all that is in it follows from other files."""
    for place in (home.warehouse, home.warehouse.with_suffix(".writing")):
        place.unlink(missing_ok=True)
        _log_of(place).unlink(missing_ok=True)


def _readable(home: Home) -> "duckdb.DuckDBPyConnection":
    import duckdb  # noqa: PLC0415

    try:
        return connect(home.warehouse, read_only=True)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise AnotherRunIsActive("another run is writing to the warehouse; wait for it, and try again") from None
        raise


def _writable(home: Home) -> tuple["duckdb.DuckDBPyConnection", Path | None]:
    """A connection that may write, and the copy that it writes to where somebody reads the original."""
    import duckdb  # noqa: PLC0415

    try:
        return connect(home.warehouse), None
    except duckdb.IOException as error:
        if is_damage(error):
            raise
        copy = home.warehouse.with_suffix(".writing")
        _log_of(copy).unlink(missing_ok=True)
        shutil.copyfile(home.warehouse, copy)
        return connect(copy), copy


@contextmanager
def _damage_told() -> Iterator[None]:
    """Calls damage what DuckDB says of it, whether it finds it while opening the file or in the middle of a query."""
    import duckdb  # noqa: PLC0415

    try:
        yield
    except duckdb.Error as error:
        raise (WarehouseDamaged() if is_damage(error) else error) from None


#: What DuckDB says of a file that is no database, is cut, or has a page whose checksum is another.
_DAMAGE = ("not a valid DuckDB database", "Could not read enough bytes", "Corrupt database file")


def is_damage(error: Exception) -> bool:
    """Whether DuckDB says that a file is not the whole database that was written."""
    return any(words in str(error) for words in _DAMAGE)


def _log_of(place: Path) -> Path:
    """The write-ahead log of a database: what a killed run left there would be replayed onto whatever comes next."""
    return place.with_name(f"{place.name}.wal")


def ledger_rows(received: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Exact lines of every delivery, for the private table `ledger`."""
    kept = (
        "source", "delivery", "sha256", "name", "size", "received_at", "state", "contract_version", "lines", "header",
        "accepted", "quarantined", "blank", "left_out", "refusal", "explanation", "data_to",
    )  # fmt: skip
    return pl.DataFrame([{name: one[name] for name in kept} for one in received], infer_schema_length=None)
