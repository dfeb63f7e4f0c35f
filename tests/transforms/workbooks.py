"""Small Excel workbooks written part by part, sound ones and others that no spreadsheet program would write."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from tests.transforms.hillside import COLUMNS

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHARED = (
    '<Relationship Id="d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
    'Target="sharedStrings.xml"/>'
)
#: A cell written as it stands in the sheet's XML, rather than as the text or number it holds.
Raw = tuple[str, str]
Cell = str | float | Raw | None
HEADER: tuple[Cell, ...] = tuple(COLUMNS.values())
GOOD: tuple[Cell, ...] = ("A1", "2026-01-05", "2026-01-05", "pain", 7)
OTHER: tuple[Cell, ...] = ("A2", "2026-01-06", "2026-01-06", "pain", 5.5)


def formula(value: str) -> Raw:
    """A cell with a formula and the value that was last computed; empty if it never was."""
    return ("", f"<f>SUM(A1:A2)</f><v>{value}</v>")


def error() -> Raw:
    """A cell that shows an error."""
    return ('t="e"', "<v>#N/A</v>")


def a_day(serial: float) -> Raw:
    """A number that is shown as a date."""
    return ('s="1"', f"<v>{serial}</v>")


def workbook(
    *rows: Sequence[Cell],
    merged: str = "",
    state: str = "visible",
    second: str = "visible",
    properties: str = "",
    hidden_row: int = 0,
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """A workbook whose sheet `Visits` has these rows; an empty sheet `Notes` follows."""
    sheets = f'<sheet name="Visits" sheetId="1" state="{state}" r:id="a"/>'
    sheets += f'<sheet name="Notes" sheetId="2" state="{second}" r:id="b"/>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": f"<workbook {MAIN} {LINKS}><workbookPr {properties}/><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="a" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="b" Type="{kind}/worksheet" Target="/xl/worksheets/sheet2.xml"/>'
        f'<Relationship Id="c" Type="{kind}/styles" Target="styles.xml"/>'
        + (SHARED if "xl/sharedStrings.xml" in (more or {}) else "")
        + "</Relationships>",
        "_rels/.rels": f'<Relationships><Relationship Id="m" Type="{kind}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet(rows, merged, hidden_row),
        "xl/worksheets/sheet2.xml": sheet([]),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in {**parts, **(more or {})}.items():
            written.writestr(name, content)
    return stream.getvalue()


def sheet(rows: Sequence[Sequence[Cell]], merged: str = "", hidden_row: int = 0) -> str:
    """The XML of a sheet."""
    body = ""
    for at, row in enumerate(rows, start=1):
        hidden = ' hidden="1"' if at == hidden_row else ""
        body += f'<row r="{at}"{hidden}>' + "".join(
            _cell(cell, f"{'ABCDEFGH'[place]}{at}") for place, cell in enumerate(row)
        )
        body += "</row>"
    joined = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f"<worksheet {MAIN}><sheetData>{body}</sheetData>{joined}</worksheet>"


def _cell(cell: Cell, place: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return f'<c r="{place}" {cell[0]}>{cell[1]}</c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
