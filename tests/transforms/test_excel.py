"""Excel: the values of one declared sheet; what a cell only shows is set aside, what is no workbook is refused."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery_contract import DeliveryContract
from tests.transforms import hillside
from tests.transforms.formats import adds_up, exported, refusal
from tests.transforms.hillside import CANARY
from tests.transforms.workbooks import GOOD, HEADER, MAIN, OTHER, Cell, a_day, error, formula, sheet, workbook
from transforms.sources import Exports, RefusedDelivery

ORDER = ("patient", "start", "date", "instrument", "score")


def contract(**changed: Any) -> DeliveryContract:
    shape = {"sheet": "Visits"} | changed.pop("file", {})
    return hillside.contract(**{"format": "excel", "file": shape} | changed)


EXCEL_DAYS = contract(file={"dates": "excel"})


def records(found: Exports) -> list[tuple[Any, ...]]:
    return found.records.select("line", "span", *ORDER).collect().rows()


def damaged(found: Exports) -> list[tuple[Any, ...]]:
    return found.damaged.select("line", "reason").rows()


def changed(place: int, cell: Cell) -> tuple[Cell, ...]:
    return (*GOOD[:place], cell, *GOOD[place + 1 :])


# ---- sound sheets ------------------------------------------------------------------------------------------


def test_a_row_of_the_sheet_is_a_line() -> None:
    found = exported(workbook(HEADER, GOOD, OTHER), contract())
    assert records(found) == [
        (2, 1, "A1", "2026-01-05", "2026-01-05", "pain", "7"),
        (3, 1, "A2", "2026-01-06", "2026-01-06", "pain", "5.5"),
    ]
    assert (found.lines, found.header, found.blank, found.notes) == (3, 1, 0, ())


def test_numbers_have_the_declared_decimal_mark() -> None:
    found = exported(workbook(HEADER, OTHER), contract(file={"decimal": ","}))
    assert records(found)[0][-1] == "5,5"


@pytest.mark.parametrize("cell", ["00123", "1e5", "NA", " 7 ", "=1+1"])
def test_text_stays_the_text_it_was(cell: str) -> None:
    assert records(exported(workbook(HEADER, changed(0, cell)), contract()))[0][2] == cell


def test_a_row_without_a_cell_is_blank_and_one_with_some_is_a_record() -> None:
    found = exported(workbook(HEADER, GOOD, (), ("", None), ("A9",)), contract())
    assert (found.lines, found.blank) == (5, 2)
    assert records(found)[-1] == (5, 1, "A9", None, None, None, None)


def test_a_sheet_with_a_header_alone_has_no_record() -> None:
    found = exported(workbook(HEADER), contract())
    assert (found.lines, found.header, records(found)) == (1, 1, [])


def test_columns_may_stand_in_any_order_and_begin_anywhere() -> None:
    rows = [(None, *reversed(row)) for row in (HEADER, GOOD)]
    found = exported(workbook(*rows), contract(file={"other_columns": "ignore"}))
    assert records(found)[0][2:] == ("A1", "2026-01-05", "2026-01-05", "pain", "7")


# ---- Excel's own dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [a_day(45688), a_day(45688.75), 45688])
def test_the_days_that_a_workbook_counts_are_read_where_they_are_declared(cell: Cell) -> None:
    found = exported(workbook(HEADER, changed(2, cell)), EXCEL_DAYS)
    assert records(found)[0][4] == "2025-01-31"


@pytest.mark.parametrize("cell", [a_day(45688 - 1462), 45688 - 1462])
def test_a_workbook_may_count_from_1904(cell: Cell) -> None:
    found = exported(workbook(HEADER, changed(2, cell), properties='date1904="1"'), EXCEL_DAYS)
    assert records(found)[0][4] == "2025-01-31"


def test_they_are_numbers_where_they_are_not_declared_and_a_note_says_what_to_do() -> None:
    found = exported(workbook(HEADER, changed(2, a_day(45688))), contract())
    assert records(found)[0][4] == "45688"
    assert "declare" in found.notes[0]


@pytest.mark.parametrize("serial", [60, 1, 0, -5, 2_958_466])
def test_a_number_that_is_no_day_stays_a_number(serial: int) -> None:
    assert records(exported(workbook(HEADER, changed(2, serial)), EXCEL_DAYS))[0][4] == str(serial)


@pytest.mark.parametrize("place", [0, 3, 4])
def test_a_date_where_none_belongs_sets_the_record_aside(place: int) -> None:
    found = exported(workbook(HEADER, changed(place, a_day(45688)), OTHER), EXCEL_DAYS)
    assert damaged(found) == [(2, "cell_not_plain")]
    assert [line for line, *_ in records(found)] == [3]


# ---- cells that show what was not entered ------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", [formula("7"), formula(""), error(), ("", "<f>1/0</f>"), 1.0e15, 12345678901234567], ids=str
)
def test_a_cell_that_only_shows_a_value_sets_its_record_aside(cell: Cell) -> None:
    found = exported(workbook(HEADER, changed(4, cell), OTHER), contract())
    assert damaged(found) == [(2, "cell_not_plain")]
    assert [line for line, *_ in records(found)] == [3]


def test_a_clinic_may_promise_that_its_formulas_are_computed() -> None:
    agreed = contract(file={"formulas": "values"})
    found = exported(workbook(HEADER, changed(4, formula("7")), changed(4, formula("")), OTHER), agreed)
    assert [row[-1] for row in records(found)] == ["7", "5.5"]
    assert damaged(found) == [(3, "cell_not_plain")]
    assert "formulas" in found.notes[0]


def test_what_stands_in_a_column_that_is_not_read_does_no_harm() -> None:
    agreed = contract(file={"other_columns": "ignore"})
    found = exported(workbook((*HEADER, "remark"), (*GOOD, error()), (*OTHER, CANARY)), agreed)
    assert len(records(found)) == 2
    assert CANARY not in str(found.records.collect().to_dicts())


@pytest.mark.parametrize(("merged", "lines"), [("E2:E3", [2, 3]), ("A3:B3", [3]), ("F2:G3", [])])
def test_merged_cells_set_their_records_aside(merged: str, lines: list[int]) -> None:
    rows = [(*HEADER, "remark", "also"), (*GOOD, "x", "y"), (*OTHER, "x", "y"), (*OTHER, "x", "y")]
    found = exported(workbook(*rows, merged=merged), contract(file={"other_columns": "ignore"}))
    assert [line for line, _ in damaged(found)] == lines
    assert adds_up(found)


def test_hidden_sheets_and_rows_are_noticed() -> None:
    found = exported(workbook(HEADER, GOOD, second="veryHidden", hidden_row=2), contract())
    assert ["sheet" in note for note in found.notes] == [True, True]
    assert len(records(found)) == 1


# ---- files that are refused --------------------------------------------------------------------------------


def test_a_sheet_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    rule, explanation = refusal(workbook(HEADER), contract(file={"sheet": "Visit"}))
    assert rule == "missing_sheet"
    assert "'Visits'" in explanation


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read(state: str) -> None:
    assert refusal(workbook(HEADER, GOOD, state=state), contract())[0] == "hidden_sheet"


@pytest.mark.parametrize(
    ("rows", "merged", "rule"),
    [
        ([], "", "header_unreadable"),
        ([(), HEADER, GOOD], "", "header_unreadable"),
        ([HEADER, GOOD], "A1:B1", "header_unreadable"),
        ([("A report",), HEADER, GOOD], "", "missing_column"),
        ([(*HEADER[:4], "values"), GOOD], "", "missing_column"),
        ([(*HEADER, "CODE"), GOOD], "", "duplicate_column"),
        ([(*HEADER, "phone"), GOOD], "", "undeclared_column"),
        ([GOOD, OTHER], "", "missing_column"),
    ],
)
def test_a_header_that_is_not_the_declared_one_is_refused(rows: list[Any], merged: str, rule: str) -> None:
    found, explanation = refusal(workbook(*rows, merged=merged), contract())
    assert found == rule
    assert "A1" not in explanation


SOUND = workbook(HEADER, GOOD, OTHER, error() and GOOD)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        b"code,begun\nA1,2026\n",
        b"%PDF-1.7",
        b"<html></html>",
        SOUND[: len(SOUND) // 2],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        workbook(HEADER, more={"xl/workbook.xml": b"<workbook"}),
        workbook(HEADER, more={"xl/_rels/workbook.xml.rels": b"<Relationships/>"}),
        workbook(HEADER, more={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='1'>"}),
        workbook(
            HEADER, more={"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'}
        ),
        workbook(HEADER, more={"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "a">]><sst/>'}),
    ],
)
def test_what_is_no_sound_workbook_is_refused(content: bytes) -> None:
    assert refusal(content, contract())[0] == "not_workbook"


def test_a_file_without_bytes_is_empty() -> None:
    assert refusal(b"", contract())[0] == "empty"


@pytest.mark.parametrize("cells", ['<c r="A3"/>', '<c r="B2"/><c r="A2"/>', '<c r="A2"/><c r="A2"/>', '<c r="7"/>'])
def test_cells_that_contradict_each_other_about_where_they_are_refuse_the_file(cells: str) -> None:
    spoiled = sheet([HEADER]).replace("</sheetData>", f'<row r="2">{cells}</row></sheetData>')
    content = workbook(HEADER, more={"xl/worksheets/sheet1.xml": spoiled.encode()})
    assert refusal(content, contract())[0] == "not_workbook"


def test_a_file_that_unpacks_to_more_than_is_read_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("transforms.sources.workbook.MOST_BYTES", 2**20)
    bomb = workbook(HEADER, more={"xl/media/picture.xml": bytes(2**20)})
    assert len(bomb) < 10_000
    assert refusal(bomb, contract())[0] == "too_large"


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    size = len(sheet([HEADER, GOOD]))
    content = workbook(HEADER, GOOD)
    lied = content.replace(size.to_bytes(4, "little"), (size - 9).to_bytes(4, "little"))
    assert lied != content
    assert refusal(lied, contract())[0] == "not_workbook"


def test_two_cells_far_apart_do_not_take_up_a_whole_sheet() -> None:
    far = sheet([HEADER]).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    content = workbook(HEADER, more={"xl/worksheets/sheet1.xml": far.encode()})
    assert refusal(content, contract())[0] == "too_large"


def test_one_long_text_in_many_cells_is_counted_as_often_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.sources.workbook.MOST_CHARACTERS", 5_000)
    shared = f"<sst {MAIN}><si><t>{'x' * 2_000}</t></si></sst>".encode()
    rows: list[tuple[Cell, ...]] = [HEADER, *[changed(0, ('t="s"', "<v>0</v>"))] * 3]
    assert refusal(workbook(*rows, more={"xl/sharedStrings.xml": shared}), contract())[0] == "too_large"


def test_macros_stay_behind() -> None:
    found = exported(workbook(HEADER, GOOD, more={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), contract())
    assert len(records(found)) == 1


def test_a_refusal_repeats_no_cell() -> None:
    for content in (
        workbook((CANARY,), GOOD),
        workbook(HEADER, changed(0, CANARY), merged="A1:B1"),
        workbook(changed(0, CANARY), GOOD),
    ):
        assert CANARY not in refusal(content, contract())[1]


CELLS = st.sampled_from(
    [None, "", "A1", 7, 1e300, formula("7"), formula(""), error(), a_day(45688), ('t="b"', "<v>1</v>")]
)


@given(st.lists(st.lists(CELLS, max_size=7), max_size=6), st.sampled_from(["", "A2:B3", "E4:E9"]))
def test_every_row_of_any_sheet_is_counted(rows: list[list[Cell]], merged: str) -> None:
    found = exported(workbook(HEADER, *rows, merged=merged), contract())
    assert adds_up(found)


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=4), st.booleans())
def test_any_bytes_are_refused_or_every_row_is_counted(place: int, put: bytes, cut: bool) -> None:
    spoiled = SOUND[:place] + put + (b"" if cut else SOUND[place + len(put) :])
    try:
        found = exported(spoiled, contract())
    except RefusedDelivery:
        return
    assert adds_up(found)


def test_a_workbook_is_made_of_the_parts_that_a_program_writes() -> None:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as parts:
        assert "xl/worksheets/sheet1.xml" in parts.namelist()
