"""Kept tables on disk: rows, what they were made from, and their hashes. Which are kept, and when, is `kept`.

Rows lie in one file, or in two where few parts have changed since the first was written. What is damaged is not there.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import polars as pl

from orchestration import parts
from orchestration.parts import Digests
from orchestration.settings import Home
from orchestration.steps import Step
from orchestration.whole_files import write_whole

#: A kept table is two files: the rows, and what they were made from.
ENDS = (".parquet", ".json")
#: Rows of parts that have changed since the first file was written.
OTHERS = ".others.parquet"
#: With more of its rows in the second file than this share, a table is written anew.
FEW = 0.3


@dataclass(frozen=True)
class Said:
    """What is said of a kept table: the names of what it was made from, its rows' hashes, and its files'.

    `whole` names all that it was made from, `shared` that of it which every part depends on, `own` gives for each part
    the name of the rest. `exchanged` names the parts that are to be taken from the second file, gone ones included;
    `first` and `second` are the SHA-256 of the files.
    """

    whole: str
    shared: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    rows: Digests = field(default_factory=dict)
    exchanged: Sequence[str] = ()
    first: str = ""
    second: str = ""


def said(home: Home, step: Step) -> Said | None:
    """What is said of the kept table of a step; None where nothing is, or where it is damaged."""
    try:
        seal, _, content = _place(home, step.name).with_suffix(".json").read_text("utf-8").partition("\n")
        if hashlib.sha256(content.encode()).hexdigest() != seal:
            return None
        return Said(**json.loads(content))
    except (OSError, ValueError, TypeError):
        return None


def rows(home: Home, step: Step, found: Said) -> pl.DataFrame | None:
    """The rows of a kept table; None where a file of them is gone or damaged."""
    place = _place(home, step.name)
    first = _read(place, found.first)
    if first is None or not found.second:
        return first
    others = _read(place.with_suffix(OTHERS), found.second)
    return None if others is None else parts.exchanged(first, others, step, found.exchanged)


def _read(place: Path, seal: str) -> pl.DataFrame | None:
    try:
        content = place.read_bytes()
    except OSError:
        return None
    return pl.read_parquet(BytesIO(content)) if hashlib.sha256(content).hexdigest() == seal else None


def write(
    home: Home, step: Step, new: Said, frame: pl.DataFrame, changed: Collection[str], before: Said | None
) -> None:
    """Keeps a table in the place of the last one of its name: whole, or besides `before` where few parts have changed.

    `changed` names the parts that are not as they were in `before`, which is None where all are. Of a step whose
    rows are not kept, only what is said of them is.
    """
    home.kept.mkdir(mode=0o700, exist_ok=True)
    place = _place(home, step.name)
    exchanged = sorted({*before.exchanged, *changed}) if before and step.kept else []
    others = parts.rows_of(frame, step.parts, exchanged) if exchanged else frame.clear()
    if not step.kept:
        _say(home, step, new)
    elif before is None or others.height > FEW * frame.height:
        _say(home, step, replace(new, first=_write(place, frame)))
        place.with_suffix(OTHERS).unlink(missing_ok=True)
    else:
        second = _write(place.with_suffix(OTHERS), others) if changed else before.second
        _say(home, step, replace(new, exchanged=exchanged, first=before.first, second=second))


def _say(home: Home, step: Step, new: Said) -> None:
    content = json.dumps(vars(new), sort_keys=True)
    sealed = f"{hashlib.sha256(content.encode()).hexdigest()}\n{content}"
    write_whole(_place(home, step.name).with_suffix(".json"), sealed)


def _write(place: Path, frame: pl.DataFrame) -> str:
    content = BytesIO()
    frame.write_parquet(content, compression="lz4", statistics=False)
    write_whole(place, content.getvalue())
    return hashlib.sha256(content.getbuffer()).hexdigest()


def forget(home: Home) -> None:
    """Removes every table that is kept."""
    shutil.rmtree(home.kept, ignore_errors=True)


def prune(home: Home, steps: Mapping[str, Step]) -> None:
    """Removes what is kept of steps that are no longer there, or no longer kept."""
    wanted = {f"{name}{end}" for name, one in steps.items() if one.kept for end in (*ENDS, OTHERS)}
    wanted |= {f"{name}.json" for name, one in steps.items() if one.parts}
    for place in home.kept.glob("*"):
        if place.name not in wanted:
            place.unlink()


def _place(home: Home, table: str) -> Path:
    return home.kept / f"{table}.parquet"
