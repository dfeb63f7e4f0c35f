"""Tables packed for the archive in blocks of rows: a block of the same rows is taken from the archive of before.

Each block is a deflate stream (RFC 1951) that ends on a whole byte and looks back on no other block, so blocks may
stand one after the other; the check sum of all of them follows from theirs. What is in the archive is `tables_to_take`.
"""

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from schemas.seals import hashes

#: Effort of packing: more saves a twentieth, and costs half as much again.
LEVEL = 2
#: Clinics whose rows are packed together: of fewer, packing would find less that comes again.
SOURCES_A_BLOCK = 25
#: An empty last block: after it a deflate stream is at its end.
END = b"\x03\x00"
#: The polynomial of zip's check sum, its lowest power first, and the same way x to the power of 0.
POLYNOMIAL, ONE = 0xEDB88320, 1 << 31


class Block(NamedTuple):
    """Some rows as they lie in an archive: packed bytes, the length of the text, and its check sum."""

    packed: bytes
    size: int
    crc: int


@dataclass
class Blocks:
    """The blocks of the archive before, and where those of a new one lie: by a hash of rows, as start, length, sum."""

    archive: bytes = b""
    before: Mapping[str, Sequence[int]] = field(default_factory=dict)
    places: dict[str, Sequence[int]] = field(default_factory=dict)

    def put(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, frame: pl.DataFrame, text: Callable[..., bytes]
    ) -> None:
        """Puts a table into `archive`; `text` gives rows as text, and whether they are the `first`, with a header."""
        kinds, every_row, found = [*frame.schema.items()], hashes(frame).to_numpy(), list[tuple[str, Block]]()
        for begin, end in pairwise(_bounds(frame)):
            first, rows = begin == 0, every_row[begin:end].tobytes()
            name = sha256(repr([entry.filename, first, kinds]).encode() + rows).hexdigest()
            found.append((name, self._again(name) or _packed(text(frame[begin:end], first=first))))
        entry.compress_type, entry.CRC = zipfile.ZIP_DEFLATED, 0
        entry.compress_size = sum(len(one.packed) for _, one in found) + len(END)
        for _, one in found:
            entry.CRC, entry.file_size = sum_of_both(entry.CRC, one.crc, one.size), entry.file_size + one.size
        at = _write(archive, entry, [*(one.packed for _, one in found), END])
        for name, one in found:
            self.places[name] = (at, len(one.packed), one.size, one.crc)
            at += len(one.packed)

    def _again(self, name: str) -> Block | None:
        if name not in self.before:
            return None
        at, length, size, crc = self.before[name]
        return Block(self.archive[at : at + length], size, crc)


def _bounds(frame: pl.DataFrame) -> list[int]:
    """Where blocks begin and end: every so many clinics where rows go by clinic; there is always one block."""
    if frame.columns[:1] != ["source"]:
        return [0, frame.height]
    begins = frame.select((pl.col("source") != pl.col("source").shift()).fill_null(value=True).arg_true()).to_series()
    return [0, *begins.gather_every(SOURCES_A_BLOCK)[1:].to_list(), frame.height]


def _packed(text: bytes) -> Block:
    packing = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Block(packing.compress(text) + packing.flush(zlib.Z_FULL_FLUSH), len(text), zlib.crc32(text))


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: Sequence[bytes]) -> int:
    """Puts what is packed already into an archive as it is; where it begins."""
    entry.header_offset = archive.start_dir
    assert archive.fp is not None
    archive.fp.seek(entry.header_offset)
    archive.fp.write(entry.FileHeader())
    begins = archive.fp.tell()
    archive.fp.writelines(packed)
    archive.start_dir = archive.fp.tell()
    archive.filelist.append(entry)
    archive.NameToInfo[entry.filename] = entry
    return begins


# --- check sums -----------------------------------------------------------------------------------------------


def sum_of_both(first: int, second: int, length: int) -> int:
    """The CRC-32 of two texts one after the other, from that of each; `length` is the second's, in bytes.

    A sum is the rest of a polynomial over two elements: appending bytes multiplies it by a power of x. Source: the
    method of zlib's `crc32_combine`, which Python does not hand on.
    """
    return _times(_power(8 * length), first) ^ second


def _power(bits: int) -> int:
    """The x of this power, as a rest."""
    found, place = ONE, 0
    while bits:
        if bits & 1:
            found = _times(_doubled(place), found)
        bits, place = bits >> 1, place + 1
    return found


@cache
def _doubled(times: int) -> int:
    """What squaring x so many `times` gives, as a rest."""
    half = _doubled(times - 1) if times else ONE >> 1
    return _times(half, half) if times else half


def _times(a: int, b: int) -> int:
    """The product of two rests, as a rest."""
    found = 0
    while a:
        if a & ONE:
            found ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ (POLYNOMIAL if b & 1 else 0)
    return found
