"""A delivery's bytes as UTF-8 text, within limits: proved where it is UTF-8, rewritten where it is declared otherwise.

UTF-16 is known by its byte-order mark; every other encoding than UTF-8 has to be declared, and none is guessed.
"""

import codecs
from pathlib import Path
from typing import IO

import numpy as np

from transforms.sources import RefusedDelivery

#: A larger file is refused at once; a clinic's has a few megabytes, ten million rows half a gigabyte (RELIABILITY B15).
MOST_BYTES = 8 * 2**30
#: A line of more bytes is no record of a clinic's (PRIVACY, G-004). Files are looked through in blocks of this size.
LONGEST_LINE = 2**20
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    """The file itself if it is UTF-8, else a copy of its text in `scratch`; raises `RefusedDelivery`."""
    size = path.stat().st_size
    if size == 0:
        raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.")
    if size > MOST_BYTES:
        raise RefusedDelivery("too_large", f"The file has more than {MOST_BYTES // 2**30} GB. Split it.")
    with path.open("rb") as stream:
        marked = stream.read(2) in _BYTE_ORDER_MARKS
    if encoding == "utf-8" and not marked:
        with path.open("rb") as stream:
            _prove_utf8(stream)
        return path
    if encoding == "utf-16" and not marked:
        raise RefusedDelivery(
            "encoding",
            "The bytes are not UTF-16 with a byte-order mark (near byte 0). Declare the encoding that the export uses.",
        )
    rewritten = scratch / "utf-8.csv"
    with (
        path.open("r", encoding="utf-16" if marked else encoding, newline="") as theirs,
        rewritten.open("wb") as ours,
    ):
        _copy_text(theirs, ours, encoding)
    return rewritten


class _Lines:
    """Watches how long the lines of a file are, block by block; a block is no longer than the longest line."""

    def __init__(self) -> None:
        self.ends, self.open = 0, 0

    def look_at(self, block: bytes) -> None:
        """Takes up the next block; raises `RefusedDelivery` where a line is too long."""
        first = min((at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0), default=len(block))
        if self.open + first > LONGEST_LINE:
            raise RefusedDelivery(
                "too_large",
                f"Line {self.ends + 1} is longer than {LONGEST_LINE // 2**20} MB: no record is. Is a quote never "
                "closed, or has the file no line ends? Export it again.",
            )
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self.open = self.open + len(block) if last < 0 else len(block) - last - 1
        self.ends += int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))


def _copy_text(theirs: IO[str], ours: IO[bytes], encoding: str) -> None:
    lines = _Lines()
    try:
        while block := theirs.read(LONGEST_LINE // 4):
            if "\0" in block:
                raise RefusedDelivery("encoding", "The text has a NUL character: it is not delimited text.")
            written = block.encode()
            lines.look_at(written)
            ours.write(written)
    except UnicodeError as error:
        place = getattr(error, "start", "unknown")
        raise RefusedDelivery(
            "encoding",
            f"The bytes are not {encoding} (near byte {place}). Declare the encoding that the export uses.",
        ) from None


def _prove_utf8(stream: IO[bytes]) -> None:
    decoder, lines = codecs.getincrementaldecoder("utf-8")(), _Lines()
    read = 0
    while block := stream.read(LONGEST_LINE):
        if b"\0" in block:
            raise _nul(read + block.index(b"\0"), block)
        if not block.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                place = read + error.start
                raise RefusedDelivery(
                    "encoding",
                    f"The bytes are not UTF-8 (near byte {place}). Declare [file] encoding in the contract.",
                ) from None
        lines.look_at(block)
        read += len(block)
    if decoder.getstate()[0]:
        raise RefusedDelivery("encoding", "The file ends within a character. Send the whole file again.")


def _nul(place: int, block: bytes) -> RefusedDelivery:
    alternate = block[:64]
    if 0 in (alternate[1::2].count(0) - len(alternate) // 2, alternate[::2].count(0) - (len(alternate) + 1) // 2):
        return RefusedDelivery(
            "encoding",
            f"Byte {place} is NUL: the file looks like UTF-16 without its byte-order mark. Export as UTF-8 text.",
        )
    return RefusedDelivery("encoding", f"Byte {place} is NUL: this is not delimited text. Export as UTF-8 text.")
