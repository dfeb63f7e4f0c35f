"""What tells one table from another: its values as bytes, whatever their layout in memory, and a hash of all of them.

What is named by such a hash is decided by those who ask for it.
"""

from hashlib import sha256
from typing import Any

import polars as pl
from numpy.typing import NDArray


def sealed(frame: pl.DataFrame) -> str:
    """SHA-256 of a table's columns, types and rows, as 64 hex digits; where a value is missing goes before the values.

    Raises `TypeError` for a column of lists or the like.
    """
    seal = sha256(repr([*frame.schema.items(), frame.height]).encode())
    for column in frame:
        seal.update(column.is_null().to_numpy().data if column.null_count() else b"none missing")
        numbers, letters = values_of(column)
        seal.update(numbers.data)
        seal.update(letters)
    return seal.hexdigest()


def values_of(column: pl.Series) -> tuple[NDArray[Any], bytes]:
    """What a column's values are made of, with one same value wherever one is missing: a number a row, and letters.

    Of text the number is its length in bytes; all else has no letters. Raises `TypeError` as `sealed`.
    """
    missing, kind = column.null_count(), column.dtype
    if kind == pl.String:
        text = column.fill_null("") if missing else column
        return text.str.len_bytes().to_numpy(), "".join(text.str.join("")).encode()
    if kind.is_nested() or kind.is_object():
        raise TypeError(f"{column.name}: a column of {kind} cannot be told apart from another")
    numbers = column.to_physical()
    return (numbers.fill_null(False if kind == pl.Boolean else 0) if missing else numbers).to_numpy(), b""
