"""Delimited text: every physical line is found and counted, and a record is split only where that is safe.

A file in which splitting at every delimiter is provably right is read by Polars. Any other file is read record by
record: a damaged record is set aside and reading goes on at the next line. Values are neither typed nor judged here.
"""

import codecs
import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import DAMAGED, Exports, RefusedDelivery, our_columns

#: A file up to this size is split in memory, a larger one while it is streamed.
IN_MEMORY_BYTES = 64 * 2**20
#: Files are looked through in blocks of this size.
BLOCK = 2**24
#: The control character that separates cells in a file that is rewritten without quotes.
UNIT_SEPARATOR = b"\x1f"
#: A quoted cell may run over this many lines; a longer one is a quote that was never closed.
LONGEST_RECORD = 50
#: A header name is repeated in messages only if it looks like a name and not like a value.
_NAME_LIKE = re.compile(r"[A-Za-z_][A-Za-z0-9_ .%()/-]{0,39}")


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:
    """The records of the file at `path`, as its contract says that they are written.

    `scratch` is an empty folder for text that has to be rewritten before it can be scanned.
    Raises `RefusedDelivery` where the file as a whole cannot be what the contract says.
    """
    text = _as_utf8(path, contract, scratch)
    header = _header(text, contract)
    places = _places(header, contract)
    plain = _without_quotes(text, contract.file.delimiter, len(header), scratch)
    if plain is not None:
        proof = _prove(*plain, len(header))
        if proof.sound and (proof.newline_at_end or contract.file.final_newline == "optional"):
            split = _split_at_once(*plain, len(header), places, proof)
            if split is not None:
                return split
    return _split_with_care(text, contract, len(header), places)


# --- what the file as a whole must be ---------------------------------------------------------------------


def _as_utf8(path: Path, contract: DeliveryContract, scratch: Path) -> Path:
    encoding = contract.file.encoding
    if path.stat().st_size == 0:
        raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.")
    if encoding != "utf-8":
        rewritten = scratch / "utf-8.csv"
        with (
            path.open("r", encoding=encoding, newline="") as theirs,
            rewritten.open("w", encoding="utf-8", newline="") as ours,
        ):
            _copy_text(theirs, ours, encoding)
        return rewritten
    with path.open("rb") as stream:
        _prove_utf8(stream)
    return path


def _copy_text(theirs: IO[str], ours: IO[str], encoding: str) -> None:
    try:
        while block := theirs.read(2**22):
            ours.write(block)
    except UnicodeError as error:
        place = getattr(error, "start", "unknown")
        raise RefusedDelivery(
            "encoding",
            f"The bytes are not {encoding} (near byte {place}). Declare the encoding that the export uses.",
        ) from None


def _prove_utf8(stream: IO[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    while block := stream.read(2**24):
        if b"\0" in block:
            place = read + block.index(b"\0")
            raise RefusedDelivery("encoding", f"Byte {place} is NUL: this is not delimited text. Export as UTF-8 text.")
        if not block.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                place = read + error.start
                raise RefusedDelivery(
                    "encoding",
                    f"The bytes are not UTF-8 (near byte {place}). Declare [file] encoding in the contract.",
                ) from None
        read += len(block)
    if decoder.getstate()[0]:
        raise RefusedDelivery("encoding", "The file ends within a character. Send the whole file again.")


def _header(text: Path, contract: DeliveryContract) -> list[str]:
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        first = stream.readline().rstrip("\n")
    cells = _cells([first], contract.file.delimiter)
    if cells is None:
        raise RefusedDelivery("header_unreadable", "Line 1, the header, has a quote that is not closed. Export again.")
    return [cell.strip() for cell in cells]


def _places(header: list[str], contract: DeliveryContract) -> dict[str, int]:
    """Ours to the place of theirs in the header; refuses what the contract does not declare."""
    folded = [name.casefold() for name in header]
    declared = {name.casefold(): name for name in contract.declared_columns}
    absent = [name for folded_name, name in declared.items() if folded_name not in folded]
    is_header = len(absent) * 2 <= len(declared)
    if absent:
        raise RefusedDelivery("missing_column", _about_missing(absent, header if is_header else []))
    twice = sorted({folded.index(name) + 1 for name in folded if name in declared and folded.count(name) > 1})
    if twice:
        raise RefusedDelivery(
            "duplicate_column", f"Line 1: column {twice[0]} has the name of another. Rename one of them."
        )
    extra = [place for place, name in enumerate(folded) if name not in declared]
    if extra and contract.file.other_columns == "refuse":
        raise RefusedDelivery("undeclared_column", _about_extra(extra, header))
    return {ours: folded.index(theirs.casefold()) for ours, theirs in our_columns(contract).items()}


def _about_missing(absent: list[str], header: list[str]) -> str:
    near = difflib.get_close_matches(absent[0], [name for name in header if _NAME_LIKE.fullmatch(name)], n=1)
    hint = f" The nearest name in the file is {near[0]!r}." if near else ""
    names = ", ".join(repr(name) for name in absent)
    return (
        f"Line 1: no column {names}.{hint} Send the column, or change [columns] in the contract and raise its version."
    )


def _about_extra(extra: list[int], header: list[str]) -> str:
    shown = [repr(header[p]) if _NAME_LIKE.fullmatch(header[p]) else "name not shown" for p in extra[:5]]
    where = ", ".join(f"column {p + 1} ({name})" for p, name in zip(extra[:5], shown, strict=True))
    return (
        f"Line 1: {len(extra)} column(s) that the contract does not declare: {where}. Nothing was read. "
        'Leave them out of the export, declare them, or set [file] other_columns = "ignore".'
    )


# --- the fast way: a proof for the whole file, then one vectorised split -----------------------------------


@dataclass(frozen=True)
class _Proof:
    lines: int
    newline_at_end: bool
    sound: bool


def _prove(text: Path, delimiter: str, width: int) -> _Proof:
    """Whether splitting at every line end and delimiter is right: no quote, no lone CR, no blank line, one width.

    Equal totals let a long line make up for a short one: that is noticed when the file is split.
    """
    ends = delimiters = returns = pairs = quotes = 0
    blank = False
    last = b"\n"
    with text.open("rb") as stream:
        while block := stream.read(BLOCK):
            seam = last[-1:] + block
            quotes += block.count(b'"')
            ends += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += seam.count(b"\r\n")
            delimiters += int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(delimiter)))
            blank = blank or b"\n\n" in seam or b"\n\r" in seam
            last = block[-2:] if len(block) > 1 else last[-1:] + block
    at_end = last.endswith(b"\n")
    lines = ends + (0 if at_end else 1)
    even = delimiters == (width - 1) * lines and (width > 1 or not blank)
    return _Proof(lines, at_end, quotes == 0 and returns == pairs and not blank and even)


def _split_at_once(text: Path, delimiter: str, width: int, places: dict[str, int], proof: _Proof) -> Exports | None:
    """The records of a file that is proved to be sound; None where splitting it finds a line that is too long."""
    frame = pl.scan_csv(
        text,
        has_header=False,
        skip_rows=1,
        schema={f"c{place}": pl.String for place in range(width)},
        separator=delimiter,
        quote_char=None,
        row_index_name="line",
    ).select(
        line=pl.col("line").cast(pl.Int32) + 2,
        span=pl.lit(1, pl.Int32),
        **{ours: pl.col(f"c{place}") for ours, place in places.items()},
    )
    if text.stat().st_size <= IN_MEMORY_BYTES:
        try:
            frame = frame.collect().lazy()
        except pl.exceptions.PolarsError:  # a line that is too long, or no record at all
            return None
    elif not _every_line_has(width, text, delimiter):
        return None
    return Exports(frame, lines=proof.lines, header=1, blank=0)


def _without_quotes(text: Path, delimiter: str, width: int, scratch: Path) -> tuple[Path, str] | None:
    """The file and its delimiter, rewritten without quotes where it has any; None where that is not safe.

    Only a line whose quotes close within it, and that has as many cells as the header, can be rewritten: with a
    control character as delimiter, so that quoted delimiters stay what they are. Polars splits at one byte only.
    """
    if not delimiter.isascii():
        return None
    if not _has(text, b'"'):
        return text, delimiter
    if _has(text, UNIT_SEPARATOR):
        return None
    rewritten = scratch / "unquoted.csv"
    with text.open("rb") as theirs, rewritten.open("wb") as ours:
        for block in _whole_lines(theirs):
            plain = _rewritten(block, delimiter, width)
            if plain is None:
                return None
            ours.write(plain)
    return rewritten, UNIT_SEPARATOR.decode()


def _rewritten(block: bytes, delimiter: str, width: int) -> bytes | None:
    mark, parts, done = delimiter.encode(), [], 0
    for start, end in _quoted_lines(block):
        cells = _cells([block[start:end].decode()], delimiter)
        if cells is None or len(cells) != width or any("\r" in cell or "\n" in cell for cell in cells):
            return None
        parts += [block[done:start].replace(mark, UNIT_SEPARATOR), UNIT_SEPARATOR.join(map(str.encode, cells))]
        done = end
    return b"".join([*parts, block[done:].replace(mark, UNIT_SEPARATOR)])


def _quoted_lines(block: bytes) -> Iterator[tuple[int, int]]:
    """Where each line that holds a quote begins and ends, its line end left out."""
    found = block.find(b'"')
    while found >= 0:
        start, stop = block.rfind(b"\n", 0, found) + 1, block.find(b"\n", found)
        stop = len(block) if stop < 0 else stop
        yield start, stop - block[start:stop].endswith(b"\r")
        found = block.find(b'"', stop)


def _has(text: Path, byte: bytes) -> bool:
    with text.open("rb") as stream:
        return any(byte in block for block in iter(lambda: stream.read(BLOCK), b""))


def _whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks of a file that end where a line ends, the last one excepted."""
    rest = b""
    while block := stream.read(BLOCK):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block
    if rest:
        yield rest


def _every_line_has(width: int, text: Path, delimiter: str) -> bool:
    """Whether every line of a file without quotes has this many cells; read in blocks, for files that are streamed."""
    cells = 0  # of the line that the last block ended in
    with text.open("rb") as stream:
        while block := stream.read(2**22):
            written = np.frombuffer(block, np.uint8)
            marks = written[(written == ord("\n")) | (written == ord(delimiter))]
            ends = np.flatnonzero(marks == ord("\n"))
            if ends.size and (cells + ends[0] + 1 != width or (np.diff(ends) != width).any()):
                return False
            cells = marks.size - 1 - int(ends[-1]) if ends.size else cells + marks.size
    return cells in (0, width - 1)


# --- the careful way: record by record -----------------------------------------------------------------------


def _split_with_care(text: Path, contract: DeliveryContract, width: int, places: dict[str, int]) -> Exports:
    tally = _Tally()
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        records = list(_records(stream, contract, width, set(places.values()), tally))
    schema = {"line": pl.Int32, "span": pl.Int32} | dict.fromkeys(places, pl.String)
    rows = [(line, span, *(cells[place] or None for place in places.values())) for line, span, cells in records]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    damaged = pl.DataFrame(tally.damaged, schema=DAMAGED, orient="row")
    return Exports(frame.lazy(), lines=tally.lines, header=1, blank=tally.blank, damaged=damaged)


class _Tally:
    def __init__(self) -> None:
        self.lines = 0
        self.blank = 0
        self.damaged: list[tuple[int, int, str]] = []


def _records(
    stream: IO[str], contract: DeliveryContract, width: int, named: set[int], tally: _Tally
) -> Iterator[tuple[int, int, list[str]]]:
    """Every sound record as (line, span, cells); what is not sound goes to the tally with its reason."""
    lines = stream.read().split("\n")
    at_end = lines[-1] == ""
    if at_end:
        lines.pop()
    tally.lines = len(lines)
    place = 1
    while place < len(lines):
        if not lines[place].strip() and contract.file.delimiter not in lines[place]:
            tally.blank += 1
            place += 1
            continue
        cells, span = _sound(lines, place, contract.file.delimiter, width, named)
        if cells is None:
            tally.damaged.append((place + 1, 1, "damaged_record"))
        elif len(cells) != width:
            tally.damaged.append((place + 1, span, "wrong_width"))
        elif place + span == len(lines) and not at_end and contract.file.final_newline == "required":
            tally.damaged.append((place + 1, span, "cut_short"))
        else:
            yield place + 1, span, cells
        place += span


def _sound(lines: list[str], place: int, delimiter: str, width: int, named: set[int]) -> tuple[list[str] | None, int]:
    """The cells of the record that begins at `place` and how many lines it takes up; None if it never closes.

    Codes, dates and scores have no line ends: a cell of a column that the contract names (`named`) never runs on, or
    two stray quotes would swallow the lines between them.
    """
    if '"' not in lines[place]:
        return lines[place].split(delimiter), 1
    for span in range(1, min(LONGEST_RECORD, len(lines) - place) + 1):
        cells = _cells(lines[place : place + span], delimiter)
        if cells is not None:
            whole = span == 1 or (len(cells) == width and not any("\n" in cells[at] for at in named))
            return (cells, span) if whole else (None, 1)
    return None, 1


def _cells(lines: list[str], delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(["\n".join(lines)], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
