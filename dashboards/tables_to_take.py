"""Every public table as a reader takes it away: CSV files, their dictionary, and everything in one archive.

Text that a spreadsheet would run is guarded (OWASP ASVS 1.2.10); numbers stay bare. The same rows give the same bytes.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import pairwise
from zlib import crc32

import numpy as np
import polars as pl

from dashboards.layout import Release
from dashboards.marts import Marts
from dashboards.packing import Block, Packed, archive, joined, packed
from dashboards.shelf import KEY_DIGITS, Shelf
from schemas.contract import Column, Table
from schemas.dictionary import KINDS
from schemas.spreadsheets import guarded
from schemas.tables import PUBLIC_TABLES

FOLDER = "downloads"
ARCHIVE = "all.zip"
DICTIONARY = "tables.json"
README = "readme.md"
#: A larger CSV is in the archive only, so that a site of many clinics stays light.
LARGEST_ALONE = 250_000
#: A table of so many rows or more is packed in blocks, of some so many senders each.
IN_BLOCKS, SENDERS = 10_000, 16
SENDER = "source"
Marks = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


@dataclass(frozen=True)
class Taken:
    """One table as a file: its name, what a row is, rows, columns and bytes; of a large one only what is `packed`."""

    name: str
    grain: str
    rows: int
    columns: int
    body: bytes
    packed: Packed | None = None

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return len(self.body) if self.packed is None else self.packed.size

    @property
    def alone(self) -> bool:
        """Whether the file stands beside the archive too."""
        return self.packed is None and len(self.body) <= LARGEST_ALONE


def tables(marts: Marts, shelf: Shelf) -> list[Taken]:
    """Every public table as CSV: UTF-8 with a byte order mark, CRLF, in the order of the dictionary.

    What of the larger ones was packed for the release before is taken from the shelf.
    """
    return [_taken(table, getattr(marts, name), shelf) for name, table in PUBLIC_TABLES.items()]


def files(taken: list[Taken], stands: Release) -> dict[str, bytes]:
    """What stands in the folder of downloads, by path from the root of the site."""
    meta = {DICTIONARY: _dictionary(taken, stands), README: _readme(stands)}
    shown = meta | {f"{one.name}.csv": one.body for one in taken if one.alone}
    every = {name: packed(body) for name, body in meta.items()}
    every |= {f"{one.name}.csv": one.packed or packed(one.body) for one in taken}
    return {f"{FOLDER}/{name}": body for name, body in shown.items()} | {f"{FOLDER}/{ARCHIVE}": archive(every)}


def _taken(table: type[Table], frame: pl.DataFrame, shelf: Shelf) -> Taken:
    if frame.height < IN_BLOCKS or table.KEY[0] != SENDER:
        return Taken(table.NAME, table.grain(), frame.height, frame.width, _csv(table, frame))
    head = _block(table, frame.clear(), b"", shelf)
    body = [_block(table, rows, marks, shelf) for rows, marks in _parted(frame)]
    return Taken(table.NAME, table.grain(), frame.height, frame.width, b"", joined([head, *body]))


def _csv(table: type[Table], frame: pl.DataFrame, *, head: bool = True) -> bytes:
    inert = frame.with_columns(guarded(name) for name, column in table.columns().items() if column.kind == "text")
    body = io.BytesIO()
    inert.write_csv(body, include_bom=head, include_header=head, line_terminator="\r\n")
    return body.getvalue()


# --- large tables ---------------------------------------------------------------------------------------------


def _parted(frame: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, bytes]]:
    """The rows of a table, with marks, in blocks that each end with a sender whose name says so.

    So a block does not hang on how many rows stand before it, or on which senders stand in another one.
    """
    marks = _marks(frame)
    senders = frame[SENDER].rle().struct.unnest().with_columns(end=pl.col("len").cum_sum())
    ends = [end for name, end in senders.select("value", "end").iter_rows() if crc32(name.encode()) % SENDERS == 0]
    for start, end in pairwise(dict.fromkeys([0, *ends, frame.height])):
        yield frame.slice(start, end - start), marks[start:end].tobytes()


def _block(table: type[Table], rows: pl.DataFrame, marks: bytes, shelf: Shelf) -> Block:
    """Rows as a block; what has none is the head of the file."""
    key = sha256(f"{table.NAME} {rows.schema}".encode() + marks).hexdigest()[:KEY_DIGITS]
    body = partial(_csv, table, rows, head=rows.is_empty())
    return shelf.block(f"{FOLDER}/{ARCHIVE}", f"{table.NAME}.csv", key, body)


def _marks(rows: pl.DataFrame) -> Marks:
    """128 bits for each row, that another row does not have; numbers by their bits, for 0 and -0 are written apart."""
    exact = rows.with_columns(pl.selectors.float().reinterpret(dtype=pl.UInt64))
    return np.stack([exact.hash_rows(seed).to_numpy() for seed in (1, 2)], axis=1)


def _dictionary(taken: list[Taken], stands: Release) -> bytes:
    """Release, policy and every table with its key and columns, for programs."""
    told = {
        "release": stands.id,
        "data_to": stands.data_to,
        "disclosure": stands.disclosure,
        "synthetic": stands.synthetic,
        "version": stands.version,
        "tables": {
            one.name: {
                "one_row": one.grain,
                "rows": one.rows,
                "key": list(PUBLIC_TABLES[one.name].KEY),
                "columns": [_column(*pair) for pair in PUBLIC_TABLES[one.name].columns().items()],
            }
            for one in taken
        },
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def _column(name: str, column: Column) -> Mapping[str, object]:
    told: dict[str, object] = {"name": name, "holds": KINDS[column.kind], "meaning": column.description}
    limits = {"among": column.among, "at_least": column.least, "at_most": column.most}
    return told | {key: limit for key, limit in limits.items() if limit is not None} | {"may_be_empty": column.empty}


def _readme(stands: Release) -> bytes:
    made_up = "\nEverything in it is made up: no real patient, no real clinic.\n" if stands.synthetic else ""
    return (
        f"# Public tables of Verum release {stands.id}\n{made_up}\n"
        f"Data to {stands.data_to}. {stands.disclosure}\n\n"
        f"`{DICTIONARY}` says what each table and column holds. CSV files are UTF-8 with a byte order mark, lines end "
        "in CRLF, shares run from 0 to 1, dates are ISO, and an empty cell means: not shown, or not there; the column "
        "`status` says which. Text that begins like a formula has an apostrophe in front.\n\n"
        "Patients at a clinic are not randomised: a difference from a published rate is a reason to look, not a "
        "verdict on a treatment.\n"
    ).encode()
