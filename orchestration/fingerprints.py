"""Hashes by which results and releases are named: of code, of contracts, of words, of data."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

#: Files by which code differs from other code.
CODE = (".py", ".toml", ".html", ".js", ".css")


@cache
def code_of(*packages: str) -> str:
    """SHA-256 of all the Python, TOML, HTML, script and style files of our packages, by name and content."""
    return hashlib.sha256(b"".join(map(_code_of_one, packages))).hexdigest()


@cache
def _code_of_one(package: str) -> bytes:
    """Name and hash of each file of a package, read once in the life of a process."""
    root = Path(str(files(package)))
    found = [path for path in root.rglob("*") if path.suffix in CODE and "__pycache__" not in path.parts]
    named = sorted((path.relative_to(root).as_posix().encode(), path) for path in found)
    return b"".join(name + b"\0" + hashlib.sha256(path.read_bytes()).digest() for name, path in named)


def of_values(values: Any) -> str:
    """SHA-256 of anything that JSON can write, keys sorted."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def of_folder(folder: Path, pattern: str) -> str:
    """SHA-256 of the files of a folder that match, by name and content; the same for a folder that is not there.

    One that cannot be read counts by its name: whoever needs what is in it says so.
    """
    found: Sequence[Path] = sorted(folder.glob(pattern)) if folder.is_dir() else []
    return of_values([(path.name, _of_file_or_none(path)) for path in found])


def _of_file_or_none(path: Path) -> str:
    try:
        return of_file(path)
    except OSError:
        return ""


def of_frame(frame: "pl.DataFrame") -> str:
    """SHA-256 of a frame's columns, types and rows: of the values themselves, whatever their layout in memory."""
    from schemas.seals import sealed  # noqa: PLC0415 - Polars is slow to import, and a run without news does without

    return sealed(frame)
