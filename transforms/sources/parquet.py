"""Parquet: the declared columns as text, judged afterwards as text is; a type that has no plain text refuses the file.

A line is a row, counted from 1; there is no header and no blank line. How types become text is in `cell_text`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.delivery_contract import DeliveryContract
from transforms.sources import Exports, RefusedDelivery
from transforms.sources.cell_text import column_text
from transforms.sources.headers import places_of

#: Rows that are decoded at once.
BATCH = 65_536
#: More than any clinic has, less than a line's number can count.
MOST_ROWS, MOST_COLUMNS = 200_000_000, 10_000


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:
    """The rows of the Parquet file at `path`, every page decoded and checked before any of them is judged.

    Their text is kept in `scratch`. Raises `RefusedDelivery` for a file that is not sound Parquet, or not of the
    declared columns.
    """
    try:
        opened = pq.ParquetFile(path, page_checksum_verification=True)
        _within_limits(opened.metadata)
        names = list(opened.schema_arrow.names)
        places = places_of(names, contract, where="Columns of the file")
        text = scratch / "text.ipc"
        _write(text, _batches(opened, {ours: names[place] for ours, place in places.items()}, contract))
    except (pa.ArrowException, OSError, ValueError, EOFError) as error:
        if path.stat().st_size == 0:
            raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.") from None
        raise RefusedDelivery(
            "not_parquet", f"The file is not sound Parquet ({type(error).__name__}). Write it again and send it again."
        ) from None
    return Exports(pl.scan_ipc(text), lines=opened.metadata.num_rows, header=0, blank=0)


def _within_limits(metadata: Any) -> None:
    if metadata.num_rows > MOST_ROWS or metadata.num_columns > MOST_COLUMNS:
        raise RefusedDelivery(
            "too_large",
            f"The file has {metadata.num_rows} rows of {metadata.num_columns} columns; at most {MOST_ROWS} and "
            f"{MOST_COLUMNS} are read. Split it.",
        )


def _batches(opened: Any, columns: dict[str, str], contract: DeliveryContract) -> Iterator[pl.DataFrame]:
    """The rows as text with their lines; an empty batch first, so that types are known where there is no row."""
    done = 0
    theirs = list(dict.fromkeys(columns.values()))
    yield _as_text(pl.DataFrame(pl.from_arrow(opened.schema_arrow.empty_table().select(theirs))), columns, contract, 1)
    for batch in opened.iter_batches(batch_size=BATCH, columns=theirs, use_threads=False):
        batch.validate(full=True)
        rows = pl.DataFrame(pl.from_arrow(batch.select(theirs)))
        yield _as_text(rows, columns, contract, done + 1)
        done += rows.height
    if done != opened.metadata.num_rows:
        raise ValueError("the rows are not as many as the file says")


def _as_text(rows: pl.DataFrame, columns: dict[str, str], contract: DeliveryContract, first: int) -> pl.DataFrame:
    found = pl.DataFrame({"line": pl.int_range(first, first + rows.height, dtype=pl.Int32, eager=True)})
    found = found.with_columns(span=pl.lit(1, pl.Int32))
    for ours, theirs in columns.items():
        text = column_text(rows[theirs], contract.file)
        if text is None:
            raise RefusedDelivery(
                "column_type",
                f"Column {theirs!r} is of a type that has no plain text ({rows[theirs].dtype.base_type()}). "
                "Write it as text, a number or a date.",
            )
        found = found.with_columns(text.alias(ours))
    return found


def _write(text: Path, batches: Iterator[pl.DataFrame]) -> None:
    first = next(batches).to_arrow()
    with pa.ipc.new_file(text, first.schema) as writer:
        for batch in batches:
            writer.write_table(batch.to_arrow().cast(first.schema))
