"""Every public table as a reader takes it away: CSV files, their dictionary, and everything in one archive.

Text that a spreadsheet would run is guarded (OWASP ASVS 1.2.10); numbers stay bare. The same rows give the same bytes.
"""

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from dashboards.layout import Release
from dashboards.marts import Marts
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
#: An archive must not hold the day on which it was made.
NO_DAY = (1980, 1, 1, 0, 0, 0)
#: Effort of packing: more saves a tenth, and costs half as much again.
LEVEL = 2
#: A table that is larger in memory is packed by Python, for a gzip file cannot tell how long a text of 4 GiB is.
LARGEST_GZIP = 2**28
#: How a gzip file begins that holds nothing but what was packed (RFC 1952), and how long beginning and end are.
GZIP_BEGINS = b"\x1f\x8b\x08\x00"
GZIP_HEAD, GZIP_END = 10, 8


@dataclass(frozen=True)
class Taken:
    """One table as a file: its name, what a row is, rows, columns and bytes."""

    name: str
    grain: str
    rows: int
    columns: int
    size: int

    @property
    def alone(self) -> bool:
        """Whether the file stands beside the archive too."""
        return self.size <= LARGEST_ALONE


def take(marts: Marts, stands: Release) -> tuple[list[Taken], dict[str, bytes]]:
    """Every public table, and what stands in the folder of downloads, by path from the root of the site.

    Tables are CSV: UTF-8 with a byte order mark, CRLF. One after the other goes into the archive: of a large network
    they are many times what they are packed.
    """
    held, taken, shown = io.BytesIO(), [], {}
    with zipfile.ZipFile(held, "w") as archive:
        for table in PUBLIC_TABLES.values():
            frame = getattr(marts, table.NAME)
            entry = _pack_table(archive, table, frame)
            taken.append(Taken(table.NAME, table.grain(), frame.height, frame.width, entry.file_size))
            if taken[-1].alone:
                shown[entry.filename] = _csv(table, frame, "uncompressed")
        for name, body in {DICTIONARY: _dictionary(taken, stands), README: _readme(stands)}.items():
            archive.writestr(_entry(name), body, zipfile.ZIP_DEFLATED, LEVEL)
            shown[name] = body
    shown[ARCHIVE] = held.getvalue()
    return taken, {f"{FOLDER}/{name}": body for name, body in shown.items()}


def _pack_table(archive: zipfile.ZipFile, table: type[Table], frame: pl.DataFrame) -> zipfile.ZipInfo:
    """Puts a table into the archive; Polars packs what it writes in half of Python's time, as a gzip file."""
    entry = _entry(f"{table.NAME}.csv")
    if frame.estimated_size() > LARGEST_GZIP:
        archive.writestr(entry, _csv(table, frame, "uncompressed"), zipfile.ZIP_DEFLATED, LEVEL)
    else:
        _put(archive, entry, _csv(table, frame, "gzip"))
    return entry


def _csv(table: type[Table], frame: pl.DataFrame, compression: Literal["uncompressed", "gzip"]) -> bytes:
    inert = frame.with_columns(guarded(name) for name, column in table.columns().items() if column.kind == "text")
    body, level = io.BytesIO(), LEVEL if compression == "gzip" else None
    inert.write_csv(
        body, include_bom=True, line_terminator="\r\n", compression=compression, compression_level=level
    )  # fmt: skip
    return body.getvalue()


def _put(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: bytes) -> None:
    """Puts what a gzip file holds into the archive as it is: a stream, its sum and its length are what both keep."""
    if not packed.startswith(GZIP_BEGINS):
        raise ValueError(
            f"{entry.filename}: packed as another kind of file; expected gzip without a name or a comment."
        )
    stream = memoryview(packed)[GZIP_HEAD:-GZIP_END]
    entry.CRC, entry.file_size = struct.unpack("<II", packed[-GZIP_END:])
    entry.compress_type, entry.compress_size = zipfile.ZIP_DEFLATED, len(stream)
    entry.header_offset = archive.start_dir
    assert archive.fp is not None
    archive.fp.seek(entry.header_offset)
    archive.fp.write(entry.FileHeader(zip64=False))
    archive.fp.write(stream)
    archive.start_dir = archive.fp.tell()
    archive.filelist.append(entry)
    archive.NameToInfo[entry.filename] = entry


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, NO_DAY)
    entry.external_attr = 0o644 << 16
    return entry


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
