"""What tells one table from another: its values as bytes, whatever their layout in memory, and a hash of all of them.

What is named by such a hash is decided by those who ask for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl
from numpy.typing import NDArray

#: Columns of a table of so many rows are looked at together, which is quicker; of a larger one singly, to hold less.
FEW_ROWS = 20_000


@dataclass(frozen=True)
class Values:
    """What a column's values are made of, with one same value wherever one is missing: a number a row, and letters.

    Of text the number is its length in bytes; all else has no letters. `missing` is None where no value is.
    """

    missing: NDArray[Any] | None
    numbers: NDArray[Any]
    letters: bytes


def sealed(frame: pl.DataFrame) -> str:
    """SHA-256 of a table's columns, types and rows, as 64 hex digits; where a value is missing goes before the values.

    Raises `TypeError` for a column of lists or the like.
    """
    seal = sha256(repr([*frame.schema.items(), frame.height]).encode())
    for values in values_of(frame):
        seal.update(b"none missing" if values.missing is None else values.missing.data)
        seal.update(values.numbers.data)
        seal.update(values.letters)
    return seal.hexdigest()


def hashes(frame: pl.DataFrame) -> pl.Series:
    """64 bits for each row, good for as long as Polars is the same; 0 and minus 0, which print otherwise, differ.

    Columns and types are not told apart. Raises `TypeError` as `sealed`.
    """
    _refuse_nested(frame)
    bits = pl.selectors.by_dtype(pl.Float64).reinterpret(dtype=pl.UInt64)
    return frame.with_columns(bits).hash_rows()


def hashes_by(frame: pl.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], bytes]:
    """The `hashes` of the rows of each group, in their order, by the group's values in the columns `by`."""
    groups = frame.select(*by, row=hashes(frame)).group_by(by, maintain_order=True).agg("row")
    return dict(zip(groups.select(by).iter_rows(), (rows.to_numpy().tobytes() for rows in groups["row"]), strict=True))


def named_by_hashes(frame: pl.DataFrame) -> str:
    """A name for a table's columns, types and rows: cheaper than `sealed`, and good for as long as `hashes` are."""
    return sha256(repr([*frame.schema.items()]).encode() + hashes(frame).to_numpy().tobytes()).hexdigest()


def values_of(frame: pl.DataFrame) -> Iterator[Values]:
    """The values of each column, in order. Raises `TypeError` as `sealed`."""
    _refuse_nested(frame)
    for names in [frame.columns] if frame.height < FEW_ROWS else [[name] for name in frame.columns]:
        yield from _of_columns(frame.select(names))


def _refuse_nested(frame: pl.DataFrame) -> None:
    for name, kind in frame.schema.items():
        if kind.is_nested() or kind.is_object():
            raise TypeError(f"{name}: a column of {kind} cannot be told apart from another")


def _of_columns(frame: pl.DataFrame) -> Iterator[Values]:
    """The values of all columns at once: what a question to Polars costs by itself is more than what few rows cost."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    gaps = [column.name for column in frame if column.null_count()]
    filled = frame.with_columns(_without_gaps(name, frame.schema[name]) for name in gaps) if gaps else frame
    missing = frame.select(pl.col(gaps).is_null())
    numbers = filled.select(
        pl.col(name).str.len_bytes() if name in texts else pl.col(name).to_physical() for name in filled.columns
    )
    letters = filled.select(pl.col(texts).str.join("").cast(pl.Binary)).row(0, named=True) if texts else {}
    for column in numbers:
        absent = missing[column.name].to_numpy() if column.name in gaps else None
        yield Values(absent, column.to_numpy(), letters.get(column.name, b""))


def _without_gaps(name: str, kind: pl.DataType) -> pl.Expr:
    nothing = "" if kind == pl.String else False if kind == pl.Boolean else 0
    return pl.col(name).to_physical().fill_null(nothing)
