"""What an Excel workbook is made of, looked at before any value is read: its parts, its sheets, cells to beware of.

A workbook is a folder of XML in a zip file. Only its XML is copied, within limits, to a file that is safe to open:
macros, pictures and links stay behind. Values are read from that copy in `excel`.
"""

import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from transforms.sources import RefusedDelivery

#: What a workbook may unpack to, and of how many parts; a clinic's has a few megabytes in twenty.
MOST_BYTES, MOST_PARTS = 256 * 2**20, 2_000
#: Cells in the rectangle that a sheet takes up, and characters in them.
MOST_CELLS, MOST_CHARACTERS = 10_000_000, 256 * 2**20
BLOCK = 2**20
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
#: All that unpacking a broken, encrypted or oddly packed file raises.
_NOT_UNPACKED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError)
_OLD = b"\xd0\xcf\x11\xe0"


@dataclass
class Sheet:
    """A sheet's cells to beware of, as (row, column) from 0: those with a formula, and those without a value to read.

    `empty_formulas` were never computed; `errors` show an error. `hidden` says whether any row is hidden.
    """

    formulas: set[tuple[int, int]] = field(default_factory=set)
    empty_formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    hidden: bool = False


def not_a_workbook(found: str) -> RefusedDelivery:
    """The refusal of a file that is no sound workbook."""
    return RefusedDelivery("not_workbook", f"{found} Save it as an Excel workbook (.xlsx) and send it again.")


def safe_copy(path: Path, copy: Path) -> None:
    """Writes the XML of the workbook at `path` to the new workbook `copy`; raises `RefusedDelivery`."""
    with path.open("rb") as stream:
        opening = stream.read(4)
    if not opening:
        raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.")
    if opening == _OLD:
        raise not_a_workbook("The file is an old (.xls) or a password-protected workbook.")
    try:
        with zipfile.ZipFile(path) as theirs, zipfile.ZipFile(copy, "w") as ours:
            _copy_parts(theirs, ours)
    except _NOT_UNPACKED:
        raise not_a_workbook("The file is not a sound workbook: it cannot be unpacked.") from None


@dataclass(frozen=True)
class Parts:
    """Where in a workbook its sheets are, by name, and the texts that cells share; which day it counts from."""

    sheets: dict[str, str]
    shared_texts: str
    counts_from_1904: bool


def parts_of(workbook: zipfile.ZipFile) -> Parts:
    """The parts of a workbook, found by the links that lead to them; raises `RefusedDelivery` if these are unclear."""
    main = next(iter(_links(workbook, "", "officeDocument").values()), "")
    sheets: dict[str, str] = {}
    properties: list[str] = []

    def element(name: str, has: dict[str, str]) -> None:
        if name == "workbookPr":
            properties.append(has.get("date1904", ""))
        elif name == "sheet":
            if has.get("name", "") in sheets:
                raise not_a_workbook("The workbook has two sheets of one name.")
            sheets[has.get("name", "")] = next((value for key, value in has.items() if key.endswith(":id")), "")

    _read_xml(workbook, main, element)
    linked = _links(workbook, main, "worksheet")
    shared = _links(workbook, main, "sharedStrings")
    return Parts(
        {name: linked.get(link, "") for name, link in sheets.items()},
        next(iter(shared.values()), ""),
        any(said in ("1", "true") for said in properties),
    )


def _links(workbook: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """The parts that `part` links to as `kind`, by the name of the link."""
    found: dict[str, str] = {}

    def element(name: str, has: dict[str, str]) -> None:
        if name == "Relationship" and has.get("Type", "").endswith(f"/{kind}"):
            if has.get("Id", "") in found or (found and kind != "worksheet"):
                raise not_a_workbook("The file is not a sound workbook: its parts are linked twice.")
            target = has.get("Target", "")
            found[has.get("Id", "")] = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")

    folder, name = posixpath.split(part)
    _read_xml(workbook, posixpath.join(folder, "_rels", f"{name}.rels"), element)
    return found


def looked_through(workbook: zipfile.ZipFile, part: str, shared_texts: str) -> Sheet:
    """The cells to beware of in one sheet; raises `RefusedDelivery` where it is too large or out of order."""
    cells = _Cells(_text_lengths(workbook, shared_texts))
    _read_xml(workbook, part, cells.starts, cells.ends, cells.says)
    return cells.sheet


def _copy_parts(theirs: zipfile.ZipFile, ours: zipfile.ZipFile) -> None:
    parts = theirs.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise RefusedDelivery(
            "too_large",
            f"The workbook unpacks to over {MOST_BYTES // 2**20} MB, or to over {MOST_PARTS} parts. Split it.",
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and part.filename not in ours.namelist():
            with theirs.open(part) as one, ours.open(part.filename, "w") as other:
                for block in _without_entities(one):
                    other.write(block)


def _without_entities(part: IO[bytes]) -> Iterator[bytes]:
    before = b""
    while block := part.read(BLOCK):
        if b"<!DOCTYPE" in before + block or b"<!ENTITY" in before + block:
            raise not_a_workbook("The workbook declares XML entities, which no spreadsheet program writes.")
        before = block[-16:]
        yield block


def _read_xml(
    workbook: zipfile.ZipFile,
    part: str,
    starts: Callable[[str, dict[str, str]], None],
    ends: Callable[[str], None] | None = None,
    says: Callable[[str], None] | None = None,
) -> None:
    """Reads a part's elements, their names without a namespace's prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, has: starts(name.rpartition(":")[2], has)
    parser.EndElementHandler = ends and (lambda name: ends(name.rpartition(":")[2]))
    parser.CharacterDataHandler = says
    try:
        with workbook.open(part) as stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, KeyError):
        raise not_a_workbook("The file is not a sound workbook: a part of it is missing or broken.") from None


class _Cells:
    """Follows the elements of a sheet, cell by cell."""

    def __init__(self, lengths: list[int]) -> None:
        self.sheet = Sheet()
        self.lengths = lengths
        self.row, self.column, self.widest, self.characters = -1, -1, 0, 0
        self.kind, self.formula, self.within, self.value = "", False, "", ""

    def starts(self, name: str, has: dict[str, str]) -> None:
        if name == "row":
            self._to(int(has["r"]) - 1 if has.get("r", "").isdigit() else self.row + 1, -1)
            self.sheet.hidden = self.sheet.hidden or has.get("hidden") in ("1", "true")
        elif name == "c":
            row, column = _place(has["r"]) if "r" in has else (self.row, self.column + 1)
            if row != self.row:
                raise not_a_workbook("A cell of the sheet stands in another row than it says.")
            self._to(row, column)
            self.kind, self.formula, self.value = has.get("t", "n"), False, ""
        elif name == "f":
            self.formula = True
        self.within = name

    def says(self, text: str) -> None:
        if self.within in ("v", "t"):
            self.value += text

    def ends(self, name: str) -> None:
        self.within = ""
        if name != "c":
            return
        place = (self.row, self.column)
        if self.formula:
            (self.sheet.formulas if self.value else self.sheet.empty_formulas).add(place)
        if self.kind == "e":
            self.sheet.errors.add(place)
        self.characters += self._shared() if self.kind == "s" and self.value else len(self.value)
        if self.characters > MOST_CHARACTERS:
            raise RefusedDelivery("too_large", f"The sheet holds more than {MOST_CHARACTERS} characters. Split it.")

    def _shared(self) -> int:
        if not self.value.isdecimal() or int(self.value) >= len(self.lengths):
            raise not_a_workbook("A cell of the sheet has a text that the workbook does not have.")
        return self.lengths[int(self.value)]

    def _to(self, row: int, column: int) -> None:
        if (row, column) <= (self.row, self.column):
            raise not_a_workbook("The sheet has a row or a cell twice, or out of order.")
        self.row, self.column, self.widest = row, column, max(self.widest, column)
        if (row + 1) * (self.widest + 1) > MOST_CELLS:
            raise RefusedDelivery("too_large", f"The sheet takes up more than {MOST_CELLS} cells. Split it.")


def _place(reference: str) -> tuple[int, int]:
    found = _CELL.fullmatch(reference)
    if found is None:
        raise not_a_workbook("A cell of the sheet stands nowhere.")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _text_lengths(workbook: zipfile.ZipFile, part: str) -> list[int]:
    """How long each text is that cells share."""
    if not part:
        return []
    lengths: list[int] = []

    def starts(name: str, _: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def says(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    _read_xml(workbook, part, starts, None, says)
    return lengths
