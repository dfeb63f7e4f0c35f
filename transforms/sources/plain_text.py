"""Delimited text in which splitting at every delimiter is provably right: the proof, and one vectorised split.

Several files that are written alike are split at once. A file that is not sound is `careful_text`'s.
"""

import codecs
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from transforms.sources import Exports
from transforms.sources.careful_text import cells_of

#: A file up to this size is split in memory, a larger one while it is streamed.
IN_MEMORY_BYTES = 64 * 2**20
#: Files are looked through in blocks of this size.
BLOCK = 2**24
#: The control character that separates cells in a file that is rewritten without quotes.
UNIT_SEPARATOR = b"\x1f"


@dataclass(frozen=True)
class Plain:
    """A file proved to be sound but for a line that is too long, which splitting finds: how it is written, its lines.

    `places` gives the place in a record of each column of ours; line 1 is the header.
    """

    text: Path
    delimiter: str
    width: int
    places: dict[str, int]
    lines: int
    newline_at_end: bool

    @property
    def small(self) -> bool:
        """Whether the file is split in memory."""
        return self.text.stat().st_size <= IN_MEMORY_BYTES


def proved(text: Path, delimiter: str, width: int, places: dict[str, int], scratch: Path) -> Plain | None:
    """The file, or a copy in `scratch` without quotes, if splitting it at every line end and delimiter is right.

    That is: no quote, no lone carriage return, no blank line, one width. Equal totals let a long line make up for a
    short one; that is noticed when the file is split. None where it is not right.
    """
    if not delimiter.isascii():
        return None
    if _has(text, b'"'):
        rewritten = _without_quotes(text, delimiter, width, scratch)
        if rewritten is None:
            return None
        text, delimiter = rewritten, UNIT_SEPARATOR.decode()
    seen = _Seen(width=width)
    for block in _blocks(text):
        seen.look_at(block, delimiter)
    lines = seen.ends + (0 if seen.ended else 1)
    even = seen.delimiters == (width - 1) * lines
    sound = even and not seen.unsound and seen.last != b"\r"
    return Plain(text, delimiter, width, places, lines, seen.ended) if sound else None


@dataclass
class _Seen:
    """What blocks of a file have shown so far: line ends, delimiters, and whether a line is blank or oddly ended."""

    width: int
    ends: int = 0
    delimiters: int = 0
    unsound: bool = False
    last: bytes = b"\n"

    @property
    def ended(self) -> bool:
        """Whether the last line is ended."""
        return self.last.endswith(b"\n")

    def look_at(self, block: bytes, delimiter: str) -> None:
        """Counts what is in the next block; a line end may stand on the seam to the one before."""
        written = np.frombuffer(block, np.uint8)
        ends = written == ord("\n")
        self.ends += int(np.count_nonzero(ends))
        self.delimiters += int(np.count_nonzero(written == ord(delimiter)))
        blank = bool((ends[1:] & ends[:-1]).any()) or (self.ended and block.startswith(b"\n"))
        seam = self.last[-1:] + block if b"\r" in block or self.last.endswith(b"\r") else b""
        lone = seam.count(b"\r") != seam.count(b"\r\n") + seam.endswith(b"\r")
        self.unsound = self.unsound or blank or lone or b"\n\r" in seam
        self.last = block[-1:]


def split_together(alike: Sequence[Plain]) -> list[Exports] | None:
    """The records of small files that are written alike, split as one; None where one of them has too long a line."""
    first, bodies = alike[0], [_body(one) for one in alike]
    if not any(bodies) or any(body.startswith(codecs.BOM_UTF8) for body in bodies):
        return None
    try:
        cells = pl.read_csv(
            b"".join(bodies),
            has_header=False,
            schema={f"c{place}": pl.String for place in range(first.width)},
            separator=first.delimiter,
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    counts = [one.lines - 1 for one in alike]
    if cells.height != sum(counts):
        return None
    lines = np.concatenate([np.arange(2, count + 2, dtype=np.int32) for count in counts])
    records = cells.select(pl.Series("line", lines), pl.lit(1, pl.Int32).alias("span"), **_ours(first))
    begins = itertools.accumulate(counts[:-1], initial=0)
    return [
        _exports(one, records.slice(begin, count).lazy())
        for one, begin, count in zip(alike, begins, counts, strict=True)
    ]


def split(one: Plain) -> Exports | None:
    """The records of one file, streamed if it is large; None where it has a line that is too long."""
    lines = pl.scan_csv(
        one.text,
        has_header=False,
        skip_rows=1,
        schema={f"c{place}": pl.String for place in range(one.width)},
        separator=one.delimiter,
        quote_char=None,
        row_index_name="line",
        row_index_offset=2,
    ).select(pl.col("line").cast(pl.Int32), pl.lit(1, pl.Int32).alias("span"), **_ours(one))
    if one.small:
        try:
            lines = lines.collect().lazy()
        except pl.exceptions.PolarsError:  # a line that is too long, or no record at all
            return None
    elif not _every_line_has(one.width, one.text, one.delimiter):
        return None
    return _exports(one, lines)


def _exports(one: Plain, records: pl.LazyFrame) -> Exports:
    return Exports(records, lines=one.lines, header=1, blank=0)


def _ours(one: Plain) -> dict[str, pl.Expr]:
    return {ours: pl.col(f"c{place}") for ours, place in one.places.items()}


def _body(one: Plain) -> bytes:
    """Everything after the header, ended by a line end."""
    _, _, body = one.text.read_bytes().partition(b"\n")
    return body if one.newline_at_end or not body else body + b"\n"


def _blocks(text: Path) -> Iterator[bytes]:
    with text.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _without_quotes(text: Path, delimiter: str, width: int, scratch: Path) -> Path | None:
    """The file rewritten without quotes; None where that is not safe.

    Only a line whose quotes close within it, and that has as many cells as the header, can be rewritten: with a
    control character as delimiter, so that quoted delimiters stay what they are. Polars splits at one byte only.
    """
    if _has(text, UNIT_SEPARATOR):
        return None
    rewritten = scratch / "unquoted.csv"
    with text.open("rb") as theirs, rewritten.open("wb") as ours:
        for block in _whole_lines(theirs):
            plain = _rewritten(block, delimiter, width)
            if plain is None:
                return None
            ours.write(plain)
    return rewritten


def _rewritten(block: bytes, delimiter: str, width: int) -> bytes | None:
    separated, parts, done = bytes.maketrans(delimiter.encode(), UNIT_SEPARATOR), [], 0
    for start, end in _quoted_lines(block):
        cells = cells_of([block[start:end].decode()], delimiter)
        if cells is None or len(cells) != width or any("\r" in cell or "\n" in cell for cell in cells):
            return None
        parts += [block[done:start].translate(separated), UNIT_SEPARATOR.join(map(str.encode, cells))]
        done = end
    return b"".join([*parts, block[done:].translate(separated)])


def _quoted_lines(block: bytes) -> Iterator[tuple[int, int]]:
    """Where each line that holds a quote begins and ends, its line end left out."""
    found = block.find(b'"')
    while found >= 0:
        start, stop = block.rfind(b"\n", 0, found) + 1, block.find(b"\n", found)
        stop = len(block) if stop < 0 else stop
        yield start, stop - block[start:stop].endswith(b"\r")
        found = block.find(b'"', stop)


def _has(text: Path, byte: bytes) -> bool:
    return any(byte in block for block in _blocks(text))


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
