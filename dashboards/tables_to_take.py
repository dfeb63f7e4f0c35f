"""Every public table as a reader takes it away: CSV files, their dictionary, and everything in one archive.

Text that a spreadsheet would run is guarded (OWASP ASVS 1.2.10); numbers stay bare. The same rows give the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from dashboards.layout import Release
from dashboards.marts import Marts
from dashboards.packed_blocks import LEVEL
from dashboards.shelf import Shelf
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


def take(marts: Marts, stands: Release, shelf: Shelf | None = None) -> tuple[list[Taken], dict[str, bytes]]:
    """Every public table, and what stands in the folder of downloads, by path from the root of the site.

    Tables are CSV: UTF-8 with a byte order mark, CRLF. One after the other goes into the archive: of a large network
    they are many times what they are packed. Rows that the archive before has packed are taken from there.
    """
    held, taken, shown = io.BytesIO(), [], {}
    blocks = (shelf or Shelf(stands)).blocks(f"{FOLDER}/{ARCHIVE}")
    with zipfile.ZipFile(held, "w") as archive:
        for table in PUBLIC_TABLES.values():
            frame, entry = getattr(marts, table.NAME), _entry(f"{table.NAME}.csv")
            blocks.put(archive, entry, frame, partial(_csv, table))
            taken.append(Taken(table.NAME, table.grain(), frame.height, frame.width, entry.file_size))
            if taken[-1].alone:
                shown[entry.filename] = _csv(table, frame, first=True)
        for name, body in {DICTIONARY: _dictionary(taken, stands), README: _readme(stands)}.items():
            archive.writestr(_entry(name), body, zipfile.ZIP_DEFLATED, LEVEL)
            shown[name] = body
    shown[ARCHIVE] = held.getvalue()
    return taken, {f"{FOLDER}/{name}": body for name, body in shown.items()}


def _csv(table: type[Table], frame: pl.DataFrame, *, first: bool) -> bytes:
    """Rows of a table as text; the `first` of them come after the header."""
    inert = frame.with_columns(guarded(name) for name, column in table.columns().items() if column.kind == "text")
    body = io.BytesIO()
    inert.write_csv(body, include_bom=first, include_header=first, line_terminator="\r\n")
    return body.getvalue()


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
