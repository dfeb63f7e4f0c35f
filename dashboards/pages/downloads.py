"""The downloads page: every public table, what a row of it is, and where to take it."""

from collections.abc import Mapping, Sequence

from dashboards.layout import Page, Release
from dashboards.marts import Marts
from dashboards.panels import Cell
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.shelf import Shelf
from dashboards.slices import text
from dashboards.tables_to_take import ARCHIVE, DICTIONARY, FOLDER, LARGEST_ALONE, Taken, take
from dashboards.wording import capital, counted
from schemas.contract import Column
from schemas.dictionary import KINDS
from schemas.tables import PUBLIC_TABLES

PATH = "downloads.html"
LEAD = (
    "These are all tables that pages are made from: there is nothing behind a page that is not here. Numbers are those "
    "that may be shown; nothing finer is in a file than on a page."
)


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """The public tables of a release with the files themselves, and a page for the columns of each."""
    taken, held = take(marts, stands, shelf)
    return [_list(taken, held, stands), *(_table(one, stands) for one in taken)]


def _list(taken: list[Taken], held: Mapping[str, bytes], stands: Release) -> Page:
    size = kilobytes(len(held[f"{FOLDER}/{ARCHIVE}"]))
    sheets = [_whole(size), _tables(taken)]
    made = page_of(PATH, stands, Told(title(taken), LEAD), sheets)
    return Page(made.path, made.html, made.views, held)


def title(taken: Sequence[Taken]) -> str:
    """How many tables and rows there are to take."""
    rows = sum(one.rows for one in taken)
    said = counted(len(taken), "public table", "public tables")
    return f"{said} with {counted(rows, 'row', 'rows')} can be taken away."


def kilobytes(size: int) -> str:
    """A size as people read it, in thousands of bytes."""
    return f"{max(1, round(size / 1000)):,} kB"


def _whole(size: str) -> Sheet:
    lines = [
        line("Everything", Cell(ARCHIVE, address=f"{FOLDER}/{ARCHIVE}"), size, "Every table, the dictionary, a note"),
        line("Dictionary", Cell(DICTIONARY, address=f"{FOLDER}/{DICTIONARY}"), "–", "Every table and column, as JSON"),
    ]
    columns = (("What", False), ("File", False), ("Size", False), ("Holds", False))
    told = "The archive is the same, byte for byte, for the same release."
    return Sheet("whole", "All at once", told, columns, lines)


def _tables(taken: Sequence[Taken]) -> Sheet:
    lines = [
        line(
            one.name, one.grain.replace("`", ""), one.rows, one.columns,
            Cell(f"{one.name}.csv", address=f"{FOLDER}/{one.name}.csv") if one.alone else Cell(f"in {ARCHIVE}"),
            Cell(kilobytes(one.size), str(one.size)), address=f"tables/{one.name}.html",
        )
        for one in taken
    ]  # fmt: skip
    columns = (
        ("Table", False), ("What a row is", False), ("Rows", True), ("Columns", True), ("File", False), ("Size", True),
    )  # fmt: skip
    told = f"In the order in which they are made. One of more than {kilobytes(LARGEST_ALONE)} is in the archive only."
    return Sheet("tables", "Table by table", told, columns, lines, kept=True)


def _table(one: Taken, stands: Release) -> Page:
    table = PUBLIC_TABLES[one.name]
    lines = [
        line(name, capital(_holds(column)), text(column.description), ", ".join(column.among or ()) or "–")
        for name, column in table.columns().items()
    ]
    columns = (("Column", False), ("Holds", False), ("Meaning", False), ("One of", False))
    key = f"Key: {', '.join(table.KEY)}. " if table.KEY else ""
    sheet = Sheet("columns", "Columns", f"{key}The key identifies a row.", columns, lines, kept=True)
    lead = f"{one.grain.replace('`', '')} {counted(one.rows, 'row', 'rows')} in this release."
    return page_of(f"tables/{one.name}.html", stands, Told(table_title(one), lead), [sheet])


def table_title(one: Taken) -> str:
    """How many columns a table has."""
    return f"The table {one.name} has {counted(one.columns, 'column', 'columns')}."


def _holds(column: Column) -> str:
    least = f", at least {column.least:g}" if column.least is not None else ""
    most = f", at most {column.most:g}" if column.most is not None else ""
    return f"{KINDS[column.kind]}{least}{most}{', may be empty' if column.empty else ''}"
