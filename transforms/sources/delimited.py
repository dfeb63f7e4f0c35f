"""Delimited text: every physical line is found and counted, and a record is split only where that is safe.

A file in which splitting at every delimiter is provably right is read by Polars. Any other file is read record by
record: a damaged record is set aside and reading goes on at the next line. Values are neither typed nor judged here.
Bytes become text in `utf8_text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import Exports, RefusedDelivery, careful_text, plain_text
from transforms.sources.careful_text import cells_of
from transforms.sources.closing_line import Closing, prove_count, without_closing_line
from transforms.sources.headers import places_of
from transforms.sources.packed_text import unpacked
from transforms.sources.plain_text import Plain
from transforms.sources.true_kind import refuse_other_kinds
from transforms.sources.utf8_text import as_utf8

#: What separates cells in files that programs write; one of them is taken for another only on proof by the header.
SEPARATORS = (",", ";", "\t", "|", " ")
#: A header with more columns is none that a person declared (RELIABILITY B15).
MOST_COLUMNS = 10_000


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:
    """The records of the file at `path`, as its contract says that they are written.

    `scratch` is an empty folder for text that has to be rewritten before it can be scanned.
    Raises `RefusedDelivery` where the file as a whole cannot be what the contract says.
    """
    found = read_all([(path, contract, scratch)])[0]
    if isinstance(found, RefusedDelivery):
        raise found
    return found


def names_of(path: Path, contract: DeliveryContract, scratch: Path) -> list[str]:
    """The names in the header of the file at `path`; raises `RefusedDelivery` where it cannot be read."""
    refuse_other_kinds(path, "delimited text")
    return _header(as_utf8(path, contract.file.encoding, scratch), contract.file.delimiter)


def read_all(asked: Sequence[tuple[Path, DeliveryContract, Path]]) -> list[Exports | RefusedDelivery]:
    """What `read` gives for each of several files, or why it is refused; small sound files are split together."""
    texts = [_looked_at(*one) for one in asked]
    alike: dict[tuple[object, ...], list[int]] = {}
    for at, text in enumerate(texts):
        if isinstance(text, _Text) and text.plain is not None and text.plain.small:
            written = (text.plain.delimiter, text.plain.width, tuple(text.plain.places.items()))
            alike.setdefault(written, []).append(at)
    found: dict[int, Exports] = {}
    for places in alike.values():
        together = [text.plain for at in places if isinstance(text := texts[at], _Text) and text.plain is not None]
        found |= dict(zip(places, plain_text.split_together(together) or [], strict=False))
    return [
        text if isinstance(text, RefusedDelivery) else _closed(found.get(at) or _alone(text), text)
        for at, text in enumerate(texts)
    ]


@dataclass(frozen=True)
class _Text:
    """A file of UTF-8 text with the header that its contract asks for, and the same proved to be plain, if it is."""

    text: Path
    contract: DeliveryContract
    width: int
    places: dict[str, int]
    plain: Plain | None
    scratch: Path
    closing: Closing | None = None
    notes: tuple[str, ...] = ()


def _looked_at(path: Path, contract: DeliveryContract, scratch: Path) -> _Text | RefusedDelivery:
    try:
        if contract.file.packed == "gzip" and path.stat().st_size:
            path = unpacked(path, scratch)
        refuse_other_kinds(path, "delimited text")
        closing = None
        if contract.file.closing_line and path.stat().st_size:
            path, closing = without_closing_line(path, contract.file, scratch)
        text = as_utf8(path, contract.file.encoding, scratch)
        delimiter = _delimiter(text, contract)
        header = _header(text, delimiter)
        places = places_of(header, contract, where="Line 1")
    except RefusedDelivery as refused:
        return refused
    notes: tuple[str, ...] = ()
    if delimiter != contract.file.delimiter:
        notes = (f"The cells are separated by {delimiter!r}, not by the declared {contract.file.delimiter!r}.",)
        contract = replace(contract, file=replace(contract.file, delimiter=delimiter))
    plain = plain_text.proved(text, delimiter, len(header), places, scratch)
    cut = plain is not None and not plain.newline_at_end and contract.file.final_newline == "required"
    return _Text(text, contract, len(header), places, None if cut else plain, scratch, closing, notes)


def _alone(one: _Text) -> Exports | RefusedDelivery:
    plain = plain_text.split(one.plain) if one.plain is not None else None
    try:
        return plain or careful_text.split(one.text, one.contract, one.width, one.places, one.scratch)
    except RefusedDelivery as refused:
        return refused


def _closed(found: Exports | RefusedDelivery, one: _Text) -> Exports | RefusedDelivery:
    """The exports with what is noted of the file; its closing line counts as a line of the header."""
    if isinstance(found, RefusedDelivery):
        return found
    noted = replace(found, notes=(*found.notes, *one.notes))
    if one.closing is None:
        return noted
    try:
        prove_count(one.closing, int(found.records.select(pl.len()).collect().item()) + found.damaged.height)
    except RefusedDelivery as refused:
        return refused
    return replace(noted, lines=found.lines + 1, header=found.header + 1)


# --- what the file as a whole must be ---------------------------------------------------------------------


def _delimiter(text: Path, contract: DeliveryContract) -> str:
    """What separates the cells: as declared, unless only one other separator gives exactly the declared names."""
    declared, first = {name.casefold() for name in contract.declared_columns}, _first_line(text)

    def fits(delimiter: str) -> bool:
        names = [name.strip().casefold() for name in cells_of([first], delimiter) or []]
        return set(names) == declared and len(names) == len(declared)

    names = {name.casefold() for name in _header(text, contract.file.delimiter)}
    if contract.file.delimiter in SEPARATORS and len(declared) > 1 and not declared <= names:
        others = [one for one in SEPARATORS if one not in (contract.file.delimiter, contract.file.decimal)]
        found = [one for one in others if fits(one)]
        if len(found) == 1:
            return found[0]
    return contract.file.delimiter


def _header(text: Path, delimiter: str) -> list[str]:
    cells = cells_of([_first_line(text)], delimiter)
    if cells is None:
        raise RefusedDelivery("header_unreadable", "Line 1, the header, has a quote that is not closed. Export again.")
    if len(cells) > MOST_COLUMNS:
        raise RefusedDelivery("too_large", f"Line 1: more than {MOST_COLUMNS} columns. Export those that are declared.")
    return [cell.strip() for cell in cells]


def _first_line(text: Path) -> str:
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        return stream.readline().rstrip("\n")
