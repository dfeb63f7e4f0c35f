"""What Dagster is told of our tables: numbers, hashes, declared words and rows of released tables; nothing else.

Dagster keeps what it is told and shows it in a browser. So nothing reaches it but through these functions: they take no
free text, and errors pass them on only where the words are our own.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import dagster as dg
import polars as pl
import polars.selectors as cs

from orchestration.handover import OutOfOrder
from orchestration.judging import LinesDoNotAddUp
from orchestration.lock import AnotherRunIsActive
from orchestration.release import Release
from orchestration.report import BlockedByChecks
from orchestration.settings import ConfigurationError
from schemas.contract import DTYPES, BrokenPromise, Column, Table
from schemas.delivery_contract import ContractError
from schemas.strict_toml import TomlError

Told: TypeAlias = dict[str, dg.MetadataValue]

PREVIEWED_ROWS = 5
PREVIEWED_CELL = 60
HASH = re.compile(r"[0-9a-f]{8,64}")

#: A run made by hand may take minutes; one that Dagster started waits for it, and then gives up.
RETRIES_WHILE_BUSY, SECONDS_BETWEEN = 20, 30

#: Errors whose words are our own: they name rules, columns, lines and counts, never a cell's value.
OUR_OWN_WORDS = (
    BlockedByChecks, BrokenPromise, ConfigurationError, ContractError, LinesDoNotAddUp, OutOfOrder, TomlError,
)  # fmt: skip


class Ending(StrEnum):
    """How the last phase ended."""

    PUBLISHED = "published"
    STANDS = "the last release stands: nothing changed"


def numbers(**counted: int | float) -> Told:
    """Numbers by what they count."""
    return {
        name: dg.MetadataValue.float(one) if isinstance(one, float) else dg.MetadataValue.int(one)
        for name, one in counted.items()
    }


def row_count(rows: int) -> Told:
    """The number of rows, where Dagster looks for it."""
    return {"dagster/row_count": dg.MetadataValue.int(rows)}


def hashes(**marks: str) -> Told:
    """Hashes in hexadecimal; raises `ValueError` for anything else."""
    for name, mark in marks.items():
        if not HASH.fullmatch(mark):
            raise ValueError(f"{name}: not a hash")
    return {name: dg.MetadataValue.text(mark) for name, mark in marks.items()}


def words(**said: StrEnum) -> Told:
    """Words of a declared list."""
    return {name: dg.MetadataValue.text(word.value) for name, word in said.items()}


def page(release: Release) -> Told:
    """Where the page of a published release is."""
    return {"page": dg.MetadataValue.path(release.index)}


def preview(table: type[Table], frame: pl.DataFrame) -> Told:
    """The first rows of a table that a release holds, as Markdown; raises `ValueError` for a private table."""
    if not table.PUBLIC:
        raise ValueError(f"{table.NAME}: a private table has no preview")
    first = frame.select(list(table.columns())).head(PREVIEWED_ROWS)
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN", tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True,
        tbl_cols=-1, tbl_rows=PREVIEWED_ROWS, tbl_width_chars=-1, fmt_str_lengths=PREVIEWED_CELL,
    ):  # fmt: skip
        shown = str(first.with_columns(cs.string().str.replace_all("|", "/", literal=True)))
    return {"preview": dg.MetadataValue.md(shown)}


def column_schema(table: type[Table]) -> dg.TableSchema:
    """Every column of a table with its type, what it means and what it promises."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=str(DTYPES[column.kind]),
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=column.empty, unique=(name,) == table.KEY, other=_promises(column)
                ),
            )
            for name, column in table.columns().items()
        ],
        constraints=dg.TableConstraints(other=[f"one row for each {', '.join(table.KEY)}"] if table.KEY else []),
    )


def _promises(column: Column) -> list[str]:
    said = [f"one of: {', '.join(column.among)}"] if column.among is not None else []
    said += [f"at least {column.least:g}"] if column.least is not None else []
    said += [f"at most {column.most:g}"] if column.most is not None else []
    return said + ([f"shaped like {column.shape}"] if column.shape is not None else [])


@contextmanager
def without_values() -> Iterator[None]:
    """Turns what is raised within into a failure that Dagster may keep: our own words, or an error's kind and place.

    Where another run is active, the step is tried again later.
    """
    told: Exception | None = None
    try:
        yield
    except AnotherRunIsActive:
        told = dg.RetryRequested(RETRIES_WHILE_BUSY, SECONDS_BETWEEN)
    except OUR_OWN_WORDS as ours:
        told = dg.Failure(str(ours), allow_retries=False)
    except Exception as theirs:  # a library's own message may hold a value
        told = dg.Failure(f"{type(theirs).__name__} at {_place(theirs)}. The last release stands.", allow_retries=False)
    if told is not None:
        raise told from None


def _place(error: Exception) -> str:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}, line {at.tb_lineno}" if at else "an unknown place"
