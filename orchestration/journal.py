"""Append-only files of one JSON object a line, which outlive a killed run: a torn line counts for nothing.

What stands in them is for others to say: arrivals, deliveries, decisions.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

#: What to do about a file that is not as Verum wrote it.
FROM_BACKUP = "Put the file back from a backup. Nothing was changed; the last release stands."


class Damaged(OSError):
    """An entry that stood whole in an append-only file cannot be read any more (exit 74), and what to do."""

    def __init__(self, found: str, mend: str = FROM_BACKUP) -> None:
        super().__init__(f"{found}. {mend}")


def entries(place: Path) -> list[dict[str, Any]]:
    """Every whole entry of the file, in the order in which they were made; none if there is no file.

    A killed run leaves an entry that begins like one and does not end: it counts for nothing. Raises `Damaged` for any
    other line that is none.
    """
    if not place.is_file():
        return []
    found = []
    for number, line in enumerate(place.read_bytes().split(b"\n"), start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict):
            found.append(entry)
        elif line.strip() and not (line.startswith(b"{") and not line.endswith(b"}")):
            raise Damaged(
                f"{place.name}, line {number}: found something else than the entry that stood there; expected one JSON "
                "object, as Verum wrote it"
            )
    return found


def entries_of(place: Path, kind: type[Any]) -> list[dict[str, Any]]:
    """The entries of a file of several kinds that have the fields of this dataclass, and no others."""
    shape = {field.name for field in fields(kind)}
    return [entry for entry in entries(place) if entry.keys() == shape]


def enter(place: Path, new: Iterable[Mapping[str, Any]]) -> None:
    """Adds entries at the end and waits until they are on disk; what a killed run tore is ended first."""
    text = "".join(json.dumps(one, sort_keys=True) + "\n" for one in new)
    if not text:
        return
    torn = place.is_file() and place.stat().st_size > 0 and not _ends_whole(place)
    handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write((b"\n" if torn else b"") + text.encode("utf-8"))
        stream.flush()
        os.fsync(stream.fileno())


def _ends_whole(place: Path) -> bool:
    with place.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"
