"""The public tables of a release as frames: all that a page may read. Nothing is computed here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from schemas.tables import PUBLIC_TABLES

#: Reading a release must reach nothing but the release: no other file, no network, no extension.
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
}

#: One row of a table, by column name.
Row = dict[str, Any]


class MartsError(Exception):
    """A release's tables cannot be read: which table, what was found, what was expected, what to do."""


@dataclass(frozen=True, eq=False)
class Marts:
    """Every public table of one release, rows in a fixed order, null where a value is not shown.

    Two of them are equal only if they are the same one, so that what is gathered from one can be kept by it.
    """

    arms: pl.DataFrame
    calibration: pl.DataFrame
    case_mix: pl.DataFrame
    change_groups: pl.DataFrame
    changes: pl.DataFrame
    checks: pl.DataFrame
    claims: pl.DataFrame
    clinic_variation: pl.DataFrame
    cohorts: pl.DataFrame
    comparability: pl.DataFrame
    comparisons: pl.DataFrame
    contrasts: pl.DataFrame
    definitions: pl.DataFrame
    deliveries: pl.DataFrame
    endpoints: pl.DataFrame
    findings: pl.DataFrame
    follow_up: pl.DataFrame
    funnel_limits: pl.DataFrame
    improvement_curves: pl.DataFrame
    instruments: pl.DataFrame
    method_rules: pl.DataFrame
    observed_rates: pl.DataFrame
    pooled_context: pl.DataFrame
    populations: pl.DataFrame
    published_figures: pl.DataFrame
    published_rates: pl.DataFrame
    rejections: pl.DataFrame
    release_notes: pl.DataFrame
    released_counts: pl.DataFrame
    rule_strip: pl.DataFrame
    score_changes: pl.DataFrame
    standardised_rates: pl.DataFrame
    steps: pl.DataFrame
    studies: pl.DataFrame
    technical_panel: pl.DataFrame
    trends: pl.DataFrame
    weighted_rates: pl.DataFrame

    @property
    def notes(self) -> dict[str, str]:
        """What holds for the whole release, by key."""
        return {row["key"]: row["value"] for row in rows(self.release_notes)}

    @property
    def synthetic(self) -> bool:
        """Whether any of the release is made up."""
        return self.notes.get("synthetic") == "true" or any(row["synthetic"] for row in rows(self.cohorts))


def read(path: Path) -> Marts:
    """The public tables of the release at `path`, opened read-only with access to anything else switched off.

    Raises `MartsError` naming the table and column where a promised one is missing.
    """
    if not path.is_file():
        raise MartsError(f"{path}: no such file; expected a release's marts.duckdb. Run `verum run` to make one.")
    with duckdb.connect(str(path), read_only=True, config=CLOSED) as release:
        return Marts(**{field.name: _table(release, field.name) for field in fields(Marts)})


def of(tables: Mapping[str, pl.DataFrame]) -> Marts:
    """The public tables of a release that has just been stored, as `read` gives them; other tables are left out.

    Each has the columns and types that it promises, which was proved when it was stored.
    """
    return Marts(**{field.name: _as_read(field.name, tables[field.name]) for field in fields(Marts)})


def rows(table: pl.DataFrame) -> list[Row]:
    """The rows of `table` as dictionaries, in its order."""
    return list(table.iter_rows(named=True))


def _table(release: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    columns = list(PUBLIC_TABLES[name].columns())
    listed = ", ".join(f'"{column}"' for column in columns)
    try:
        table: pl.DataFrame = release.sql(f'SELECT {listed} FROM "{name}"').pl()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise MartsError(_missing(release, name, columns)) from error
    return _as_read(name, table)


def _as_read(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """A table with its columns and rows in the order that they have on every page, and null for what is no number."""
    promised = PUBLIC_TABLES[name]
    ordered = table if _in_order(table, promised.KEY) else table.sort(promised.KEY)
    return ordered.select(list(promised.columns())).with_columns(pl.selectors.float().fill_nan(None))


def _in_order(table: pl.DataFrame, key: tuple[str, ...]) -> bool:
    """Whether every row comes after the one before it, as it was stored; to look costs half of what sorting does."""
    after = pl.lit(value=False)
    for name in reversed(key):
        here, last = pl.col(name), pl.col(name).shift(1)
        after = (last < here) | ((last == here) & after)
    return bool(table.select(after.slice(1).fill_null(value=False).all()).item()) if table.height > 1 else True


def _missing(release: duckdb.DuckDBPyConnection, name: str, columns: list[str]) -> str:
    found = release.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY 1", [name]
    ).fetchall()
    if not found:
        return f"{name}: the release has no such table; expected {len(columns)} columns. Publish it again."
    lacking = sorted(set(columns) - {column for (column,) in found})
    return f"{name}: the release lacks {', '.join(lacking)}. Publish it again with this version of Verum."
