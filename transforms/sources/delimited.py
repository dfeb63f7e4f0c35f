"""Delimited text: every physical line is found and counted, and a record is split only where that is safe.

A file in which splitting at every delimiter is provably right is read by Polars. Any other file is read record by
record: a damaged record is set aside and reading goes on at the next line. Values are neither typed nor judged here.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from schemas.delivery_contract import DeliveryContract
from transforms.sources import Exports, RefusedDelivery, careful_text, plain_text
from transforms.sources.careful_text import cells_of
from transforms.sources.headers import places_of
from transforms.sources.plain_text import Plain


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
    return _header(_as_utf8(path, contract, scratch), contract)


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
        text if isinstance(text, RefusedDelivery) else found.get(at) or _alone(text) for at, text in enumerate(texts)
    ]


@dataclass(frozen=True)
class _Text:
    """A file of UTF-8 text with the header that its contract asks for, and the same proved to be plain, if it is."""

    text: Path
    contract: DeliveryContract
    width: int
    places: dict[str, int]
    plain: Plain | None


def _looked_at(path: Path, contract: DeliveryContract, scratch: Path) -> _Text | RefusedDelivery:
    try:
        text = _as_utf8(path, contract, scratch)
        header = _header(text, contract)
        places = places_of(header, contract, where="Line 1")
    except RefusedDelivery as refused:
        return refused
    plain = plain_text.proved(text, contract.file.delimiter, len(header), places, scratch)
    cut = plain is not None and not plain.newline_at_end and contract.file.final_newline == "required"
    return _Text(text, contract, len(header), places, None if cut else plain)


def _alone(one: _Text) -> Exports:
    plain = plain_text.split(one.plain) if one.plain is not None else None
    return plain or careful_text.split(one.text, one.contract, one.width, one.places)


# --- what the file as a whole must be ---------------------------------------------------------------------


def _as_utf8(path: Path, contract: DeliveryContract, scratch: Path) -> Path:
    encoding = contract.file.encoding
    if path.stat().st_size == 0:
        raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.")
    if encoding != "utf-8":
        rewritten = scratch / "utf-8.csv"
        with (
            path.open("r", encoding=encoding, newline="") as theirs,
            rewritten.open("w", encoding="utf-8", newline="") as ours,
        ):
            _copy_text(theirs, ours, encoding)
        return rewritten
    with path.open("rb") as stream:
        _prove_utf8(stream)
    return path


def _copy_text(theirs: IO[str], ours: IO[str], encoding: str) -> None:
    try:
        while block := theirs.read(2**22):
            ours.write(block)
    except UnicodeError as error:
        place = getattr(error, "start", "unknown")
        raise RefusedDelivery(
            "encoding",
            f"The bytes are not {encoding} (near byte {place}). Declare the encoding that the export uses.",
        ) from None


def _prove_utf8(stream: IO[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    while block := stream.read(2**24):
        if b"\0" in block:
            place = read + block.index(b"\0")
            raise RefusedDelivery("encoding", f"Byte {place} is NUL: this is not delimited text. Export as UTF-8 text.")
        if not block.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                place = read + error.start
                raise RefusedDelivery(
                    "encoding",
                    f"The bytes are not UTF-8 (near byte {place}). Declare [file] encoding in the contract.",
                ) from None
        read += len(block)
    if decoder.getstate()[0]:
        raise RefusedDelivery("encoding", "The file ends within a character. Send the whole file again.")


def _header(text: Path, contract: DeliveryContract) -> list[str]:
    with text.open("r", encoding="utf-8-sig", newline=None) as stream:
        first = stream.readline().rstrip("\n")
    cells = cells_of([first], contract.file.delimiter)
    if cells is None:
        raise RefusedDelivery("header_unreadable", "Line 1, the header, has a quote that is not closed. Export again.")
    return [cell.strip() for cell in cells]
