"""Delimited text read record by record: a damaged record is set aside, and reading goes on at the next line.

For files in which splitting at every delimiter is not provably right; those that are sound are read in `plain_text`.
A file is taken in pieces, so memory does not grow with it; of a piece, only doubtful lines are looked at one by one.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import DAMAGED, Exports, RefusedDelivery

#: A quoted cell may run over this many lines; a longer one is a quote that was never closed.
LONGEST_RECORD = 50
#: So many characters are taken at once, and so many records held before they are written to disk.
PIECE, RECORDS_IN_MEMORY = 2**20, 250_000
#: After a blank line, so many lines of one other width are another table (RELIABILITY C11).
LINES_OF_A_TABLE = 3
#: Of so many records, no more than half may be damaged, or the file is written otherwise than declared.
ENOUGH_RECORDS = 10_000

#: Fewer lines between two doubtful ones are looked at one by one.
FEWEST_TOGETHER = 64

#: A record as (line, lines that it takes up, cells).
Record = tuple[int, int, list[str]]


def split(text: Path, contract: DeliveryContract, width: int, places: dict[str, int], scratch: Path) -> Exports:
    """The records of a file of UTF-8 text, `width` cells wide, and those that could not be split with the reason.

    `places` gives the place in a record of each column of ours. Records of a large file are kept in `scratch`.
    Raises `RefusedDelivery` for a second table, and where most of a long file is damaged.
    """
    splitting = _Splitting(contract, width, frozenset(places.values()))
    kept, damaged = _Kept(scratch), []
    for lines in _pieces(text):
        found = splitting.take(lines)
        kept.add(_frame(found, places, contract.file.delimiter, width))
        damaged.append(pl.DataFrame(found.broken, schema=DAMAGED, orient="row"))
        splitting.prove_that_it_goes_on()
    return Exports(kept.records(), splitting.lines, header=1, blank=splitting.blank, damaged=pl.concat(damaged))


def cells_of(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of one record that takes up these lines; None where its quotes do not close at its end."""
    try:
        rows = list(csv.reader(["\n".join(lines)], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


@dataclass(frozen=True)
class _Piece:
    """Lines of a file without their ends; whether they are its last ones, and the very last of them is ended."""

    lines: list[str]
    last: bool
    ended: bool


def _pieces(text: Path) -> Iterator[_Piece]:
    """The file in pieces of whole lines, the last of them marked, and whether its last line is ended."""
    rest = ""
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        block = stream.read(PIECE)
        while block:
            following = stream.read(PIECE)
            lines = (rest + block).split("\n")
            rest = lines.pop()
            if following:
                yield _Piece(lines, last=False, ended=True)
            elif rest:
                yield _Piece([*lines, rest], last=True, ended=False)
            else:
                yield _Piece(lines, last=True, ended=True)
            block = following


@dataclass
class _Found:
    """What a piece holds: records looked at one by one, lines that are split together, and what is damaged."""

    records: list[Record] = field(default_factory=list)
    together: list[tuple[int, list[str]]] = field(default_factory=list)
    broken: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def height(self) -> int:
        """How many records there are."""
        return len(self.records) + sum(len(lines) for _, lines in self.together)

    def ends(self) -> int:
        """The line after the last record."""
        return self.records[-1][0] + self.records[-1][1]

    def break_last(self, reason: str) -> None:
        """The last record is damaged after all."""
        line, span, _ = self.records.pop()
        self.broken.append((line, span, reason))


@dataclass
class _OtherTable:
    """Watches for a second table: after a blank line, several lines of one width that is not the header's."""

    armed: bool = False
    cells: int = 0
    seen: int = 0

    def after_blank(self) -> None:
        """A blank line may end a table."""
        self.armed, self.cells, self.seen = True, 0, 0

    def after_sound(self) -> None:
        """A sound record goes on with the table."""
        self.armed = False

    def look_at(self, cells: int, line: int) -> None:
        """A line of another width; raises `RefusedDelivery` once there are too many of one width."""
        if not self.armed or cells == 1:
            return
        self.seen = self.seen + 1 if cells == self.cells else 1
        self.cells = cells
        if self.seen == LINES_OF_A_TABLE:
            raise RefusedDelivery(
                "second_table",
                f"Line {line - LINES_OF_A_TABLE + 1} begins another table, of {cells} columns. Send one table a file.",
            )


@dataclass
class _Splitting:
    """Splits a file piece by piece; `waiting` are lines of the last piece that may belong to the next."""

    contract: DeliveryContract
    width: int
    named: frozenset[int]
    lines: int = 0
    blank: int = 0
    records: int = 0
    broken: int = 0
    done: int = 0
    waiting: list[str] = field(default_factory=list)
    table: _OtherTable = field(default_factory=_OtherTable)
    after_fragment: bool = False

    def take(self, piece: _Piece) -> _Found:
        """The sound records of the next piece, and what is damaged in it, but for lines that may go on."""
        self.lines += len(piece.lines)
        lines, found = self.waiting + piece.lines, _Found()
        stop = len(lines) if piece.last else max(0, len(lines) - LONGEST_RECORD - 1)
        doubtful = self._doubtful(lines)
        place = 1 if self.done == 0 and stop else 0  # line 1 is the header
        while place < stop:
            following = min(int(doubtful[np.searchsorted(doubtful, place)]), stop)
            place += self._take_line(lines, place, found)
            if following - place > FEWEST_TOGETHER:
                # The last line before a doubtful one may be a part of it, and is looked at by itself.
                found.together.append((self.done + place + 1, lines[place : following - 1]))
                place = following - 1
        if not piece.last and found.records and found.ends() == self.done + place + 1:
            place = found.records.pop()[0] - 1 - self.done  # what follows may show that it is a part
        if piece.last and not piece.ended and self.contract.file.final_newline == "required":
            self._cut(found)
        self.waiting, self.done = lines[place:], self.done + place
        self.records, self.broken = self.records + found.height, self.broken + len(found.broken)
        return found

    def _doubtful(self, lines: Sequence[str]) -> npt.NDArray[np.int64]:
        """Places of lines that are not split at every delimiter without a look; the end is one of them."""
        delimiter, wanted = self.contract.file.delimiter, self.width - 1
        if not delimiter.isascii() or not wanted:
            return np.arange(len(lines) + 1)
        found = [at for at, line in enumerate(lines) if line.count(delimiter) != wanted or '"' in line]
        return np.array([*found, len(lines)])

    def prove_that_it_goes_on(self) -> None:
        """Raises `RefusedDelivery` where most of a long file is damaged: going on would only fill memory."""
        if self.records + self.broken >= ENOUGH_RECORDS and self.broken > self.records:
            raise RefusedDelivery(
                "not_as_declared",
                "Most of the first lines cannot be split as the contract says. Is the delimiter or the quoting "
                "another than declared? Export the file again.",
            )

    def _take_line(self, lines: Sequence[str], place: int, found: _Found) -> int:
        """Takes up the record that begins at `place`; how many lines it takes up."""
        line, delimiter, at = lines[place], self.contract.file.delimiter, self.done + place + 1
        cells: list[str] | None
        if '"' in line:
            cells, span = _quoted(lines, place, delimiter, self.width, self.named)
        else:
            cells, span = line.split(delimiter), 1
            if len(cells) == 1 and not line.strip():
                self.blank += 1
                self.table.after_blank()
                self.after_fragment = False
                return 1
        if cells is None:
            found.broken.append((at, 1, "damaged_record"))
            self.after_fragment = False
        elif len(cells) != self.width:
            self.table.look_at(len(cells), at)
            found.broken.append((at, span, "wrong_width"))
            self._fragment(line, len(cells), at, found)
        elif self.after_fragment:
            found.broken.append((at, span, "wrong_width"))
            self.after_fragment = False
        else:
            self.table.after_sound()
            found.records.append((at, span, cells))
        return span

    def _fragment(self, line: str, cells: int, at: int, found: _Found) -> None:
        """A line of one cell may be the end of the record before it, or the beginning of the next: neither is whole."""
        self.after_fragment = cells == 1 and '"' not in line
        if self.after_fragment and found.records and found.ends() == at:
            found.break_last("wrong_width")

    def _cut(self, found: _Found) -> None:
        """The last record of a file whose last line is not ended may be cut."""
        if found.records and found.ends() == self.lines + 1:
            found.break_last("cut_short")


def _quoted(
    lines: Sequence[str], place: int, delimiter: str, width: int, named: frozenset[int]
) -> tuple[list[str] | None, int]:
    """The cells of the record that begins at `place`, with a quote, and how many lines it takes up; None if damaged.

    Codes, dates and scores have no line ends: a cell of a column that the contract names (`named`) never runs on, or
    two stray quotes would swallow the lines between them. A record runs on only while its quotes are odd.
    """
    cells = cells_of(lines[place : place + 1], delimiter)
    if cells is not None:
        return cells, 1
    quotes = lines[place].count('"')
    if quotes % 2 == 0:
        return None, 1
    for end in range(place + 1, min(place + LONGEST_RECORD, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            cells = cells_of(lines[place : end + 1], delimiter)
            whole = cells is not None and len(cells) == width and not any("\n" in cells[at] for at in named)
            return (cells, end - place + 1) if whole else (None, 1)
    return None, 1


def _frame(found: _Found, places: dict[str, int], delimiter: str, width: int) -> pl.DataFrame:
    """The records of a piece in the order of their lines."""
    lines, spans, cells = zip(*found.records, strict=True) if found.records else ((), (), ())
    ours = {name: [row[place] or None for row in cells] for name, place in places.items()}
    columns = {"line": pl.Series(lines, dtype=pl.Int32), "span": pl.Series(spans, dtype=pl.Int32)}
    each = pl.DataFrame(columns | {name: pl.Series(column, dtype=pl.String) for name, column in ours.items()})
    if not found.together:
        return each
    several = [_split_together(first, lines, places, delimiter, width) for first, lines in found.together]
    return pl.concat([each, *several]).sort("line")


def _split_together(
    first: int, lines: Sequence[str], places: dict[str, int], delimiter: str, width: int
) -> pl.DataFrame:
    """Lines without quotes, all of the right width, split at every delimiter; `first` is the first one's number."""
    cells = pl.read_csv(
        "\n".join(
            [delimiter * (width - 1), *lines]
        ).encode(),  # so no byte-order mark of a record is taken for the file's
        has_header=False,
        schema={f"c{place}": pl.String for place in range(width)},
        separator=delimiter,
        quote_char=None,
    )
    ours = {name: pl.col(f"c{place}") for name, place in places.items()}
    return cells.slice(1).select(
        pl.int_range(first, first + pl.len(), dtype=pl.Int32).alias("line"), pl.lit(1, pl.Int32).alias("span"), **ours
    )


@dataclass
class _Kept:
    """Records piece by piece: the last ones in memory, so many others at a time on disk."""

    scratch: Path
    waiting: list[pl.DataFrame] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def add(self, records: pl.DataFrame) -> None:
        """Takes up the records of the next piece."""
        self.waiting.append(records)
        if sum(one.height for one in self.waiting) >= RECORDS_IN_MEMORY:
            path = self.scratch / f"records-{len(self.written)}.ipc"
            pl.concat(self.waiting).write_ipc(path)
            self.written.append(path)
            self.waiting = []

    def records(self) -> pl.LazyFrame:
        """All of them in their order."""
        parts = [pl.scan_ipc(path) for path in self.written]
        return pl.concat([*parts, *([pl.concat(self.waiting).lazy()] if self.waiting else [])])
