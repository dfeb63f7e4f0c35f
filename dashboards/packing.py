"""A ZIP archive whose larger members are packed in blocks, so that a block whose rows are the same is not packed again.

Deflate lets a stream be cut wherever what follows looks at nothing before it; a block is such a piece. Which rows make
a block is decided in `tables_to_take`; no table is read here.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: Effort of packing: large members are packed with less, for more would double the time and save a fifteenth.
LEVEL, BLOCK_LEVEL = 6, 4
#: An archive must not hold the day on which it was made: the first that the format knows.
NO_DAY = (1980 - 1980) << 9 | 1 << 5 | 1
#: What ends a stream of blocks: one that is the last, and empty.
END = b"\x03\x00"
_POLYNOMIAL = 0xEDB88320
_LOCAL, _ENTRY, _LAST = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
#: Bytes of what stands before the name of a member.
_HEADER = 30
_VERSION, _UNIX, _FILE = 20, 3, 0o644 << 16
#: Most bytes of a member, and of an archive, that a field of the plain format can tell.
MOST = 2**32 - 1


class TooLarge(Exception):
    """An archive would not fit into the plain format: how large it is, and how large it may be."""


@dataclass(frozen=True)
class Block:
    """A piece of a member: the key of what it holds, its size and CRC-32 unpacked, and the packed bytes."""

    key: str
    size: int
    crc: int
    packed: bytes


@dataclass(frozen=True)
class Packed:
    """One member of an archive: sizes, CRC-32, and the whole packed stream."""

    size: int
    crc: int
    stream: bytes


def block(key: str, body: bytes) -> Block:
    """Bytes as a block that can stand between any others."""
    packer = zlib.compressobj(BLOCK_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Block(key, len(body), zlib.crc32(body), packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH))


def packed(body: bytes) -> Packed:
    """Bytes as a member of one piece."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Packed(len(body), zlib.crc32(body), packer.compress(body) + packer.flush())


def joined(blocks: Sequence[Block]) -> Packed:
    """Blocks as one member, without looking into them."""
    stream = b"".join([*(each.packed for each in blocks), END])
    return Packed(sum(each.size for each in blocks), _crc(blocks), stream)


def archive(members: Mapping[str, Packed]) -> bytes:
    """The archive of these members in the order of their names; raises `TooLarge` where it would be more than 4 GB."""
    parts, entries, at = [], [], 0
    for name in sorted(members):
        member, written = members[name], name.encode("ascii")
        facts = struct.pack(
            "<5H3I2H", _VERSION, 0, zlib.DEFLATED, 0, NO_DAY, member.crc, len(member.stream), member.size,
            len(written), 0,
        )  # fmt: skip
        parts += [_LOCAL + facts + written, member.stream]
        about = struct.pack("<3H2I", 0, 0, 0, _FILE, at)
        entries.append(_ENTRY + struct.pack("<BB", _VERSION, _UNIX) + facts + about + written)
        at += len(parts[-2]) + len(parts[-1])
        if max(at, member.size) > MOST:
            raise TooLarge(f"{name}: {max(at, member.size):,} bytes; expected at most {MOST:,}")
    listed = b"".join(entries)
    last = _LAST + struct.pack("<4H2IH", 0, 0, len(entries), len(entries), len(listed), at, 0)
    return b"".join([*parts, listed, last])


def starts(held: bytes) -> dict[str, int]:
    """Where the stream of each member of an archive that was made here begins, by name."""
    with zipfile.ZipFile(io.BytesIO(held)) as read:
        return {one.filename: one.header_offset + _HEADER + len(one.filename) for one in read.filelist}


def _crc(blocks: Sequence[Block]) -> int:
    """The CRC-32 of blocks one after another: each is moved over the bytes that follow it, and all are added."""
    sizes = np.array([each.size for each in blocks], dtype=np.uint64)
    after = sizes.sum() - sizes.cumsum()
    moved = np.array([each.crc for each in blocks], dtype=np.uint32)
    step = _over_one_byte()
    for bit in range(int(after.max(initial=0)).bit_length()):
        further = (after >> np.uint64(bit) & np.uint64(1)).astype(bool)
        moved = np.where(further, _times(step, moved), moved)
        step = _times(step, step)
    return int(np.bitwise_xor.reduce(moved, initial=0))


def _over_one_byte() -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    """For each bit of a CRC-32 what a zero byte makes of it."""
    found = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    for _ in range(8):
        found = np.where(found & 1, found >> 1 ^ np.uint32(_POLYNOMIAL), found >> 1).astype(np.uint32)
    return found


def _times(
    step: "np.ndarray[tuple[int], np.dtype[np.uint32]]", values: "np.ndarray[tuple[int], np.dtype[np.uint32]]"
) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    """What a step makes of values: the sum, without carrying, of what it makes of their bits."""
    found = np.zeros_like(values)
    for bit in range(32):
        found ^= np.where(values >> np.uint32(bit) & np.uint32(1), step[bit], np.uint32(0)).astype(np.uint32)
    return found
