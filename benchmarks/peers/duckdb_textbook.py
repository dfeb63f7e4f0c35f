"""DuckDB: the SQL of `textbook_sql`, table after table in a database in memory."""

from pathlib import Path

import duckdb

from benchmarks.peers import job
from benchmarks.peers.textbook_sql import naming, tables


def main() -> None:
    """Does the job with DuckDB."""
    home, results = job.asked()
    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{results / 'spilled'}'")
    for name, query in tables(job.exports(home)).items():
        # What is used once only is left to the optimiser; what is used again is computed once.
        kind = "VIEW" if name in ("typed", "quarantine", "verdicts") else "TABLE"
        connection.execute(f"CREATE {kind} {name} AS {naming(query, str)}")
    for name in ("reasons", "cells"):
        _copy(connection, name, results / f"{name}.csv", "CSV, HEADER")
    _copy(connection, "quarantine", results / "quarantine.parquet", "PARQUET")


def _copy(connection: duckdb.DuckDBPyConnection, table: str, place: Path, form: str) -> None:
    connection.execute(f"COPY {table} TO '{place}' (FORMAT {form})")


if __name__ == "__main__":
    main()
