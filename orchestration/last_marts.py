"""Marts begun as a copy of the last release's: where few parts of a table have other rows, only these are written.

A copy is taken where the last release is sealed and known: which rows it has, by their hashes, and with which code its
tables were made. Otherwise, and now and then, marts are written whole by `release`.
"""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from orchestration import fingerprints, parts
from orchestration.parts import Digests
from orchestration.steps import PARTS
from schemas.contract import Table, keep_promise

if TYPE_CHECKING:
    import duckdb

#: Beyond this share of a table's rows writing it whole costs less than exchanging them.
FEW = 0.4
#: A file that corrections have made so many times as large as it was when written whole is written whole again.
LARGEST_GROWTH = 1.5


@dataclass(frozen=True)
class Known:
    """What is known of a release's marts: whose they are, how they were made, their rows, and their size when whole."""

    release: str = ""
    made_with: str = ""
    rows: Mapping[str, Digests] = field(default_factory=dict)
    whole: int = 0

    @classmethod
    def told(cls, content: Mapping[str, Any]) -> "Known":
        """What an earlier run told; of nothing that can be used where it told other things, or nothing."""
        return cls(**content) if content.keys() == cls.__dataclass_fields__.keys() else cls()


def digests(tables: Mapping[str, pl.DataFrame], known: Mapping[str, Digests]) -> dict[str, Digests]:
    """By table, the digests of its parts: those that are known, and the others made."""
    return {name: known[name] if name in known else parts.digests(rows, PARTS[name]) for name, rows in tables.items()}


def made_with() -> str:
    """Names what shapes the file besides the rows: the code of tables and of how they are stored, and DuckDB."""
    import duckdb  # noqa: PLC0415 - with the first database

    return fingerprints.of_values([fingerprints.code_of("schemas", "transforms", "orchestration"), duckdb.__version__])


def copied(last: Path, seal: str, known: Known, place: Path) -> bool:
    """Copies the marts `last` to `place`; whether it did: not where they are unknown, gone, damaged, or too large.

    `seal` is the SHA-256 of the file when it was published.
    """
    if known.made_with != made_with() or not last.is_file() or last.stat().st_size > LARGEST_GROWTH * known.whole:
        return False
    shutil.copyfile(last, place)
    if fingerprints.of_file(place) == seal:
        return True
    place.unlink()
    return False


def others(table: type[Table], rows: pl.DataFrame, now: Digests, before: Digests) -> Collection[str] | None:
    """The parts of a table that hold other rows than before, if they are few; None where it is to be written whole."""
    by = PARTS[table.NAME]
    if not by or now[parts.COLUMNS] != before.get(parts.COLUMNS):
        return None
    found = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    few = len(found) <= FEW * len(now) and parts.rows_of(rows, by, found).height <= FEW * rows.height
    return found if few else None


def exchange(
    connection: "duckdb.DuckDBPyConnection", table: type[Table], rows: pl.DataFrame, names: Collection[str]
) -> None:
    """Puts these parts' rows, proved to keep their promise, in the place of those that the table has.

    Parts are told apart by columns of the key, so that a key that is unique in each is unique in all.
    """
    by = PARTS[table.NAME]
    connection.register("_gone", parts.keys(names, by, rows))
    same = " AND ".join(f't."{name}" IS NOT DISTINCT FROM g."{name}"' for name in by)
    connection.execute(f'DELETE FROM "{table.NAME}" t USING _gone g WHERE {same}')
    connection.unregister("_gone")
    connection.register("_made", keep_promise(table, parts.rows_of(rows, by, names)))
    connection.execute(f'INSERT INTO "{table.NAME}" BY NAME SELECT * FROM _made')
    connection.unregister("_made")
