"""Excel workbooks: the values of one declared sheet as text, judged afterwards as text is; nothing is computed or run.

A line is a row of the sheet, counted from 1 to the last that holds anything; row 1 is the header. A record that holds a
formula, an error, a merged cell, or a date where none belongs is set aside: what it shows is not what was entered.
"""

import difflib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import python_calamine as calamine

from schemas.delivery_contract import DeliveryContract, FileShape
from transforms.sources import DAMAGED, Exports, RefusedDelivery, workbook
from transforms.sources.cell_text import day_text, number_text
from transforms.sources.headers import places_of

#: Columns of ours that hold days.
DAYS = ("date", "start", "data_cut")
#: From the first day after the 29 February 1900 that never was, to the end of the year 9999.
SERIAL_DAYS = (61, 2_958_465)
BEFORE_1900, BEFORE_1904 = date(1899, 12, 30), date(1904, 1, 1)
#: A whole number of more digits is not what was entered: a workbook keeps fifteen.
EXACT_BELOW = 10**15

_Panic: type[BaseException] = pl.exceptions.PanicException
Value = int | float | str | bool | time | date | datetime | timedelta


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:
    """The records of the declared sheet of the workbook at `path`.

    `scratch` takes a copy of its XML. Raises `RefusedDelivery` for what is no sound workbook (.xlsx, .xlsm), for a
    sheet that is not there or hidden, and for a header that is not what the contract declares.
    """
    copy = scratch / "workbook.xlsx"
    workbook.safe_copy(path, copy)
    with zipfile.ZipFile(copy) as opened:
        parts = workbook.parts_of(opened)
        _declared(contract.file.sheet, list(parts.sheets))
        beware = workbook.looked_through(opened, parts.sheets[contract.file.sheet], parts.shared_texts)
    sheet, others_hidden = _opened(copy, contract.file.sheet)
    rows = _Rows(sheet, beware, contract, BEFORE_1904 if parts.counts_from_1904 else BEFORE_1900)
    return rows.exports(others_hidden=others_hidden)


def _declared(sheet: str, names: Sequence[str]) -> None:
    if sheet not in names:
        near = difflib.get_close_matches(sheet, names, n=1)
        hint = f" The nearest name in the workbook is {near[0]!r}." if near else ""
        raise RefusedDelivery("missing_sheet", f"No sheet {sheet!r}.{hint} Send it, or change [file] sheet.")


def _opened(copy: Path, name: str) -> tuple[calamine.CalamineSheet, bool]:
    """The sheet, and whether another one is hidden."""
    try:
        opened = calamine.CalamineWorkbook.from_path(copy)
        hidden = {one.name for one in opened.sheets_metadata if one.visible != calamine.SheetVisibleEnum.Visible}
        if name in hidden:
            raise RefusedDelivery(
                "hidden_sheet", f"Sheet {name!r} is hidden. Show it in the workbook and send it again."
            )
        return opened.get_sheet_by_name(name), bool(hidden)
    except BaseException as error:
        # A panic of the library below is no `Exception`.
        if isinstance(error, RefusedDelivery) or not isinstance(error, Exception | _Panic):
            raise
        raise workbook.not_a_workbook("The file is not a sound workbook: its sheet cannot be read.") from None


@dataclass
class _Rows:
    """The rows of a sheet on their way to records."""

    sheet: calamine.CalamineSheet
    beware: workbook.Sheet
    contract: DeliveryContract
    before_day_1: date
    undeclared_days: bool = False

    def exports(self, *, others_hidden: bool) -> Exports:
        rows = self._from_the_first()
        header = next(rows, [])
        places = self._places(header)
        spoiled = self._spoiled(set(places.values()))
        records: list[tuple[int, int, *tuple[str | None, ...]]] = []
        damaged: list[tuple[int, int, str]] = []
        lines, blank = 1, 0
        for at, row in enumerate(rows, start=1):
            lines = at + 1
            texts = [self._text(row[place], ours) for ours, place in places.items()]
            if at in spoiled or _NO_TEXT in texts:
                damaged.append((at + 1, 1, "cell_not_plain"))
            elif any(cell != "" for cell in row):
                records.append((at + 1, 1, *(text or None for text in texts)))
            else:
                blank += 1
        schema = {"line": pl.Int32, "span": pl.Int32} | dict.fromkeys(places, pl.String)
        frame = pl.DataFrame(records, schema=schema, orient="row")
        set_aside = pl.DataFrame(damaged, schema=DAMAGED, orient="row")
        return Exports(frame.lazy(), lines, 1, blank, set_aside, self._notes(others_hidden))

    def _from_the_first(self) -> Iterator[list[Value]]:
        """The rows from row 1, all as wide as the widest, with the columns before the first that holds anything."""
        top, left = self.sheet.start or (0, 0)
        if top > 0 or self.sheet.start is None:
            raise RefusedDelivery("header_unreadable", "Row 1 of the sheet, the header, is empty. Move the table up.")
        for row in self.sheet.iter_rows():
            yield [""] * left + list(row)

    def _places(self, header: Sequence[Value]) -> dict[str, int]:
        names = [name.strip() if isinstance(name, str) else "" for name in header]
        if any(0 in range(first[0], last[0] + 1) for first, last in self.sheet.merged_cell_ranges or []):
            raise RefusedDelivery("header_unreadable", "Row 1 of the sheet, the header, has merged cells. Split them.")
        while names and not names[-1]:
            names.pop()
        return places_of(names, self.contract, where="Row 1 of the sheet")

    def _spoiled(self, columns: set[int]) -> set[int]:
        """Rows in which a column that is read shows what was not entered there."""
        cells = self.beware.errors | self.beware.empty_formulas
        if self.contract.file.formulas == "set_aside":
            cells = cells | self.beware.formulas
        found = {row for row, column in cells if column in columns}
        for first, last in self.sheet.merged_cell_ranges or []:
            if columns & set(range(first[1], last[1] + 1)):
                found |= set(range(first[0], min(last[0], self.sheet.total_height) + 1))
        return found

    def _text(self, cell: Value, ours: str) -> str:
        shape = self.contract.file
        if isinstance(cell, str):
            return cell
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, int | float):
            return self._number(cell, ours, shape)
        if isinstance(cell, date) and ours in DAYS:
            if shape.dates == "excel":
                return day_text(cell, shape)
            self.undeclared_days = True
            return str((date(cell.year, cell.month, cell.day) - self.before_day_1).days)
        return _NO_TEXT

    def _number(self, number: float, ours: str, shape: FileShape) -> str:
        low, high = SERIAL_DAYS
        if ours in DAYS and shape.dates == "excel" and low <= number <= high:
            return day_text(self.before_day_1 + timedelta(days=int(number)), shape)
        return number_text(number, shape) if abs(number) < EXACT_BELOW else _NO_TEXT

    def _notes(self, others_hidden: bool) -> tuple[str, ...]:
        found = {
            "The workbook has a hidden sheet, which was not read.": others_hidden,
            "The sheet has hidden rows, which were read as the others.": self.beware.hidden,
            'A column of dates holds Excel\'s own dates: declare [file] dates = "excel".': self.undeclared_days,
            "Some cells hold formulas; the values that were last computed were used.": bool(self.beware.formulas)
            and self.contract.file.formulas == "values",
        }
        return tuple(note for note, noticed in found.items() if noticed)


#: Stands for a cell that has no text of its own; no cell can hold it.
_NO_TEXT = "\0"
