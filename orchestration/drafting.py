"""A contract drafted from a file: its beginning is looked at, its format and shapes are found, nothing is stored.

What a draft proposes is `transforms.contract_drafts`.
"""

import codecs
import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import python_calamine as calamine

from orchestration.dry_run import CannotBeRead
from schemas.vocabulary import Vocabulary
from transforms.column_shapes import looks_like_header, shapes
from transforms.contract_drafts import FileFacts, draft
from transforms.sources import RefusedDelivery, workbook

#: So much of a file is looked at.
BYTES, ROWS = 2**21, 2000
DELIMITERS = (",", ";", "\t", "|")
#: What a REDCap export has that others have not.
REDCAP = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")

Rows = list[list[str]]


def drafted(path: Path, vocabulary: Vocabulary) -> str:
    """The TOML of a contract for files like the one at `path`; raises `CannotBeRead` where it shows no columns."""
    try:
        with path.open("rb") as stream:
            opening = stream.read(BYTES)
    except OSError:
        raise _no_columns("The file cannot be read", "a plain file that this account may read") from None
    if opening.startswith(b"PAR1"):
        return _proposed(FileFacts("parquet"), _parquet(path), vocabulary)
    if opening.startswith(b"PK"):
        return _excel(path, vocabulary)
    if opening.lstrip()[:1] == b"{":
        return draft(FileFacts("fhir"), [], vocabulary)
    return _delimited(opening, vocabulary, whole=len(opening) < BYTES)


def _no_columns(found: str, expected: str) -> CannotBeRead:
    return CannotBeRead(
        f"{found}; expected {expected}. Export the file again with a line of column names, or write the contract by "
        "hand (docs/contracts.md)."
    )


def _proposed(facts: FileFacts, rows: Sequence[Sequence[str]], vocabulary: Vocabulary) -> str:
    names = [name.strip() for name in rows[0]] if rows else []
    if len(names) < 2 or not looks_like_header(names):
        raise _no_columns("Line 1 does not look like names of columns", "a header of at least two different names")
    whole = [row for row in rows[1:] if len(row) == len(names)]
    return draft(facts, shapes(names, whole), vocabulary)


def _delimited(opening: bytes, vocabulary: Vocabulary, *, whole: bool) -> str:
    if b"\0" in opening and not opening.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _no_columns("The file is neither text nor a format that is known", "text, .xlsx, Parquet or FHIR")
    encoding, text = _decoded(opening)
    lines = text.splitlines(keepends=True)
    text = "".join(lines if whole else lines[:-1])
    read = {one: list(csv.reader(io.StringIO(text, newline=""), delimiter=one))[:ROWS] for one in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda one: _alike(read[one]))
    rows = read[delimiter]
    redcap = rows and (set(REDCAP) & set(rows[0]) or any(name.endswith("_complete") for name in rows[0]))
    return _proposed(FileFacts("redcap" if redcap else "delimited", encoding, delimiter), rows, vocabulary)


def _decoded(opening: bytes) -> tuple[str, str]:
    if opening.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", opening[: len(opening) // 2 * 2].decode("utf-16", "replace")
    try:
        return "utf-8", codecs.getincrementaldecoder("utf-8-sig")().decode(opening)
    except UnicodeDecodeError:
        return "windows-1252", opening.decode("windows-1252", "replace")


def _alike(rows: Rows) -> tuple[float, int]:
    """How many rows are as wide as the first, as a share, and how wide that is; nothing for a single column."""
    filled = [row for row in rows if row]
    if not filled or len(filled[0]) < 2:
        return (0.0, 0)
    return (sum(len(row) == len(filled[0]) for row in filled) / len(filled), len(filled[0]))


def _parquet(path: Path) -> Rows:
    try:
        batch = next(pq.ParquetFile(path).iter_batches(batch_size=ROWS), None)
        frame = pl.DataFrame(batch) if batch is not None else pl.DataFrame()
        texts = frame.select(pl.all().cast(pl.String, strict=False).fill_null(""))
    except (OSError, ValueError, pl.exceptions.PolarsError):
        raise _no_columns("The file is no sound Parquet", "columns of text, numbers and dates") from None
    return [texts.columns, *map(list, texts.iter_rows())]


def _excel(path: Path, vocabulary: Vocabulary) -> str:
    with tempfile.TemporaryDirectory(prefix="verum-draft-") as folder:
        copy = Path(folder) / "workbook.xlsx"
        try:
            workbook.safe_copy(path, copy)
            opened = calamine.CalamineWorkbook.from_path(copy)
            seen = [one.name for one in opened.sheets_metadata if one.visible == calamine.SheetVisibleEnum.Visible]
            cells = opened.get_sheet_by_name(seen[0]).to_python()[:ROWS]
        except (RefusedDelivery, OSError, IndexError, zipfile.BadZipFile, calamine.CalamineError):
            raise _no_columns("The file is no sound Excel workbook", "a sheet that is shown, with a header") from None
    own_dates = any(hasattr(cell, "isoformat") for row in cells for cell in row)
    rows = [[_text(cell) for cell in row] for row in cells]
    return _proposed(FileFacts("excel", sheet=seen[0], own_dates=own_dates), rows, vocabulary)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else str(cell)
