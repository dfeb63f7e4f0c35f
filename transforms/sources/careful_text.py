"""Delimited text read record by record: a damaged record is set aside, and reading goes on at the next line.

For files in which splitting at every delimiter is not provably right; those that are sound are read in `plain_text`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import DAMAGED, Exports

#: A quoted cell may run over this many lines; a longer one is a quote that was never closed.
LONGEST_RECORD = 50


def split(text: Path, contract: DeliveryContract, width: int, places: dict[str, int]) -> Exports:
    """The records of a file of UTF-8 text, `width` cells wide, and those that could not be split with the reason.

    `places` gives the place in a record of each column of ours.
    """
    tally = Tally()
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        records = list(_records(stream, contract, width, set(places.values()), tally))
    schema = {"line": pl.Int32, "span": pl.Int32} | dict.fromkeys(places, pl.String)
    rows = [(line, span, *(cells[place] or None for place in places.values())) for line, span, cells in records]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    damaged = pl.DataFrame(tally.damaged, schema=DAMAGED, orient="row")
    return Exports(frame.lazy(), lines=tally.lines, header=1, blank=tally.blank, damaged=damaged)


class Tally:
    """What was met besides sound records."""

    def __init__(self) -> None:
        self.lines = 0
        self.blank = 0
        self.damaged: list[tuple[int, int, str]] = []


def _records(
    stream: IO[str], contract: DeliveryContract, width: int, named: set[int], tally: Tally
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
        cells = cells_of(lines[place : place + span], delimiter)
        if cells is not None:
            whole = span == 1 or (len(cells) == width and not any("\n" in cells[at] for at in named))
            return (cells, span) if whole else (None, 1)
    return None, 1


def cells_of(lines: list[str], delimiter: str) -> list[str] | None:
    """The cells of one record that takes up these lines; None where its quotes do not close at its end."""
    try:
        rows = list(csv.reader(["\n".join(lines)], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
