"""Small private files that are there whole or not at all: written beside their place, then renamed into it.

They can all be made anew, so nobody waits until they are on disk. What must outlast a loss of power are releases, which
are `release`'s, and files that only grow (`journal`).
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any


def write_whole(place: Path, content: str | bytes) -> None:
    """Puts `content`, text as UTF-8, at `place` in one rename; the folder has to be there."""
    unfinished = place.with_name(f".{place.name}.writing")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.replace(place)


def read_whole(place: Path, names: Collection[str] = ()) -> dict[str, Any] | None:
    """The JSON object at `place`, which has at least these names.

    None where there is none, or what is there cannot be read or is another, and is to be made anew.
    """
    try:
        content = json.loads(place.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) and content.keys() >= set(names) else None
