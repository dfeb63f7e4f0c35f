"""Small private files that are there whole or not at all: written beside their place, then renamed into it.

Releases, which are folders and must outlast a loss of power, are `release`'s.
"""

from pathlib import Path


def write_whole(place: Path, content: str | bytes) -> None:
    """Puts `content`, text as UTF-8, at `place` in one rename; the folder has to be there."""
    unfinished = place.with_name(f".{place.name}.writing")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.replace(place)
