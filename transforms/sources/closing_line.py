"""The closing line of a delivery: a last line that says how many records stand before it, or which bytes.

Without one, a whole line that was lost, or a digit that became another, cannot be told from what was meant. The shape
of the line is the contract's `[file] closing_line`; it counts as a line of the header: it describes the file.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.delivery_contract import FileShape
from transforms.sources import RefusedDelivery

#: A closing line is no longer than this.
LONGEST = 4096
BLOCK = 2**22


@dataclass(frozen=True)
class Closing:
    """What a closing line says: how many records there are; None where its shape does not say."""

    records: int | None


def without_closing_line(path: Path, shape: FileShape, scratch: Path) -> tuple[Path, Closing]:
    """A copy of the file in `scratch` without its closing line, and what that line says.

    Raises `RefusedDelivery` where there is none of the declared shape, or its SHA-256 is not that of the bytes before.
    """
    start, said = _last_line(path, shape.encoding)
    found = re.fullmatch(_pattern(shape.closing_line), said)
    if found is None:
        raise RefusedDelivery(
            "closing_line",
            f"The last line is not of the form {shape.closing_line!r} that closes a whole file. It may be cut: send "
            "all of it again.",
        )
    body, seal = scratch / "body", hashlib.sha256()
    _copy(path, body, start, seal.update)
    groups = found.groupdict()
    if "sha256" in groups and groups["sha256"].lower() != seal.hexdigest():
        raise RefusedDelivery(
            "closing_line",
            "The bytes are not those that the closing line was written for (its SHA-256 is another). Something "
            "changed on the way, or by hand: export the file again and send it as it is.",
        )
    return body, Closing(int(groups["rows"]) if "rows" in groups else None)


def prove_count(closing: Closing, records: int) -> None:
    """Raises `RefusedDelivery` where there are not as many records as the closing line says."""
    if closing.records is not None and closing.records != records:
        more = "fewer" if records < closing.records else "more"
        raise RefusedDelivery(
            "closing_line",
            f"The file holds {more} records than its closing line says. Lines were lost or added: send it all again.",
        )


def _pattern(shape: str) -> str:
    written = re.escape(shape)
    written = written.replace(re.escape("{rows}"), r"(?P<rows>[0-9]{1,12})")
    return written.replace(re.escape("{sha256}"), r"(?P<sha256>[0-9a-fA-F]{64})")


def _last_line(path: Path, encoding: str) -> tuple[int, str]:
    """Where the last line begins, and its text; empty where it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - LONGEST))
        tail = stream.read()
    line = tail.rstrip(b"\r\n")
    begins = max(line.rfind(b"\n"), line.rfind(b"\r")) + 1
    try:
        return size - len(tail) + begins, line[begins:].decode(encoding)
    except UnicodeDecodeError:
        return size, ""


def _copy(path: Path, body: Path, size: int, seal: Callable[[bytes], None]) -> None:
    with path.open("rb") as theirs, body.open("wb") as ours:
        while size > 0 and (block := theirs.read(min(BLOCK, size))):
            seal(block)
            ours.write(block)
            size -= len(block)
