"""Intake alone: Verum's reader beside three that people use, on one sound file and on the same file damaged.

    python -m benchmarks.intake --rows 1000000 --json figures.json

Each contestant runs in a process of its own and says how many rows it accepted; what it does is `intake_readers`. Time
is printed and never judged; the command ends with 1 where somebody's number of rows of the sound file is another.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.intake_readers import HEADER, READERS
from benchmarks.measuring import measure

SEED = 20_261_122
#: Rows that are drawn and written at once.
AT_ONCE = 250_000
#: Of the damaged file, one row in so many lacks its last cell, and as many are shifted by one.
DAMAGED_EVERY = 1_000


@dataclass(frozen=True)
class Line:
    """What a contestant made of a file: rows accepted, None where it refused all of it; what that cost."""

    reader: str
    file: str
    accepted: int | None
    seconds: float
    cpu: float
    peak: int

    @property
    def rows_a_second(self) -> float:
        """Rows accepted by second of the wall clock; nought where there are none."""
        return (self.accepted or 0) / self.seconds if self.seconds else 0.0


def write_files(rows: int, folder: Path) -> dict[str, Path]:
    """A sound file of so many rows, and the same damaged, below a folder."""
    chance = np.random.default_rng(SEED)
    paths = {name: folder / f"{name}.csv" for name in ("sound", "damaged")}
    with paths["sound"].open("w", encoding="utf-8") as sound, paths["damaged"].open("w", encoding="utf-8") as damaged:
        for stream in (sound, damaged):
            stream.write(",".join(HEADER) + "\n")
        for first in range(0, rows, AT_ONCE):
            lines = _lines(first, min(AT_ONCE, rows - first), chance)
            sound.write("\n".join(lines) + "\n")
            damaged.write("\n".join(_broken(lines)) + "\n")
    return paths


def _lines(first: int, count: int, chance: np.random.Generator) -> list[str]:
    starts = np.datetime64("2023-01-02") + chance.integers(0, 700, count)
    days = np.datetime_as_string(starts + np.arange(count) % 6 * 30)
    drawn = zip(
        np.datetime_as_string(starts), days, chance.integers(0, 101, count), chance.integers(18, 90, count), strict=True
    )
    return [
        f"P{(first + at) // 6:07d},{start},{day},pain,{score},{age}"
        for at, (start, day, score, age) in enumerate(drawn)
    ]


def _broken(lines: Sequence[str]) -> list[str]:
    """The lines, of which some are too short, and some too long: a cell pushed in, and nothing in the last one."""
    found = list(lines)
    for at in range(0, len(found), DAMAGED_EVERY):
        found[at] = found[at].rpartition(",")[0]
        if at + DAMAGED_EVERY // 2 < len(found):
            code, *cells, _ = found[at + DAMAGED_EVERY // 2].split(",")
            found[at + DAMAGED_EVERY // 2] = ",".join([code, "", *cells, ""])
    return found


def race(rows: int, folder: Path) -> list[Line]:
    """Every contestant on both files, one after the other."""
    lines = []
    for file, path in write_files(rows, folder).items():
        for name in READERS:
            said = folder / f"{name}-{file}.json"
            command = [sys.executable, "-m", "benchmarks.intake_readers", name, str(path), str(said)]
            cost = measure(command, log=folder / f"{name}-{file}.log")
            accepted = json.loads(said.read_text("utf-8")) if said.is_file() else None
            lines.append(Line(name, file, accepted, cost.wall, cost.cpu, cost.peak))
    return lines


def sound_rows(rows: int) -> dict[str, int]:
    """How many sound rows each file has."""
    whole = [min(AT_ONCE, rows - first) for first in range(0, rows, AT_ONCE)]
    broken = sum(len(range(0, n, DAMAGED_EVERY)) + len(range(DAMAGED_EVERY // 2, n, DAMAGED_EVERY)) for n in whole)
    return {"sound": rows, "damaged": rows - broken}


def table(lines: Sequence[Line], rows: int) -> str:
    """The figures as Markdown, a table for each file."""
    parts = []
    for file, sound in sound_rows(rows).items():
        parts.append(f"\n{file} file: {rows:,} rows, {sound:,} of them sound\n")
        parts.append("| reader | rows accepted | damaged ones among them | rows/s | CPU s | peak MB |")
        parts.append("|---|---:|---:|---:|---:|---:|")
        for one in (line for line in lines if line.file == file):
            accepted = "refuses the file" if one.accepted is None else f"{one.accepted:,}"
            speed = f"{one.rows_a_second:,.0f}" if one.accepted else ""
            wrong = "" if one.accepted is None else f"{max(0, one.accepted - sound):,}"
            figures = f"{wrong} | {speed} | {one.cpu:.2f} | {one.peak // 10**6:,}"
            parts.append(f"| {READERS[one.reader][0]} | {accepted} | {figures} |")
    return "\n".join(parts)


def main() -> None:
    """Runs the race and prints its tables."""
    parser = argparse.ArgumentParser(description="Intake alone, beside other readers.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="verum-intake-") as folder:
        lines = race(asked.rows, Path(folder))
    print(table(lines, asked.rows))  # noqa: T201 - what this command is for
    if asked.json:
        asked.json.write_text(json.dumps([asdict(line) for line in lines], indent=1), "utf-8")
    sys.exit(any(line.accepted != asked.rows for line in lines if line.file == "sound"))


if __name__ == "__main__":
    main()
