"""A page of tables: a lead, facts, and tables each with its sentence, its rows and its download. No chart stands here.

How a table is printed is in the template `sheets.html`; what it says is in `pages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.layout import Page, Release, fill
from dashboards.panels import Cell, Line
from dashboards.slices import Cell as Value
from dashboards.slices import Column, Download, View, text

#: A longer list is folded until a reader asks for it.
MOST_LISTED = 40


@dataclass(frozen=True)
class Sheet:
    """One table: anchor, heading, what it shows in a sentence, columns with whether they hold numbers, rows.

    `download` is what its CSV holds, nothing where the table is too small to want one. `kept` lists are never
    folded; where rows begin with a sentence, they are `plain`.
    """

    id: str
    heading: str
    told: str
    columns: Sequence[tuple[str, bool]]
    lines: Sequence[Line]
    download: Download | None = None
    kept: bool = False
    plain: bool = False

    @property
    def folded(self) -> bool:
        """Whether the rows wait behind their number."""
        return len(self.lines) > MOST_LISTED and not self.kept


@dataclass(frozen=True)
class Told:
    """What a page of tables says before its tables: the sentence, a lead, facts by name, notes after the tables."""

    sentence: str
    lead: str
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)


def page_of(path: str, stands: Release, told: Told, sheets: Sequence[Sheet]) -> Page:
    """The finished page with the rows that its downloads need."""
    name = path.removesuffix(".html").replace("/", ".")
    downloads = {sheet.id: sheet.download for sheet in sheets if sheet.download is not None}
    html = fill(
        "sheets.html", stands, path=path, sentence=told.sentence, told=told, sheets=[s for s in sheets if s.lines],
        empty=[sheet for sheet in sheets if not sheet.lines], slice=name if downloads else "",
    )  # fmt: skip
    return Page(path, html, [View(name, downloads, {})] if downloads else [])


def line(head: str, *cells: str | int | Cell, address: str = "") -> Line:
    """A row from plain words and numbers; `address` leads from its head."""
    return Line("", head, [_cell(cell) for cell in cells], address)


def rows_of(grain: str, columns: Mapping[str, str], rows: Sequence[Sequence[Value]]) -> Download:
    """Rows as a download; `columns` are names and what they hold, and a column of numbers holds nothing else."""
    numeric = [
        all(row[place] is None or (isinstance(row[place], int | float) and not isinstance(row[place], bool))
            for row in rows) for place in range(len(columns))
    ]  # fmt: skip
    kinds = ["number" if rows and number else "text" for number in numeric]
    headed = [Column(name, kind, label) for (name, label), kind in zip(columns.items(), kinds, strict=True)]
    return Download(grain, headed, [[_value(cell) for cell in row] for row in rows])


def _value(cell: Value) -> Value:
    return text(cell) if isinstance(cell, str) else "yes" if cell is True else "no" if cell is False else cell


def _cell(cell: str | int | Cell) -> Cell:
    if isinstance(cell, int):
        return Cell(f"{cell:,}")
    return Cell(cell) if isinstance(cell, str) else cell
