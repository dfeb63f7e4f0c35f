"""What corruptors share: their list, and changes of single records, scores, days and columns of a sound file."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from tests.faults.sound_files import Sound, number

Corruptor = Callable[[Sound, random.Random], bytes | None]
CORRUPTORS: dict[str, Corruptor] = {}


def corruptor(name: str) -> Callable[[Corruptor], Corruptor]:
    """Enters a function under the name of what it does."""

    def enter(function: Corruptor) -> Corruptor:
        assert name not in CORRUPTORS
        CORRUPTORS[name] = function
        return function

    return enter


# ---- changes -------------------------------------------------------------------------------------------------


def a_row(sound: Sound, chance: random.Random) -> int:
    return chance.randrange(len(sound.rows))


def with_record(sound: Sound, chance: random.Random, change: Callable[[str], str]) -> bytes:
    """The file with one record, as it is written, changed."""
    at = a_row(sound, chance)
    parts = [replace(sound, names=row, rows=()).written() for row in (sound.names, *sound.rows)]
    body = parts[at + 1].removesuffix(sound.end)
    return "".join([*parts[: at + 1], change(body) + sound.end, *parts[at + 2 :]]).encode()


def scores(sound: Sound) -> list[str]:
    """The columns that hold scores."""
    return [name for name in ("value", "vas", "rmq", "nrs_0", "nrs_6", "rmq_0", "rmq_6") if name in sound.names]


def pain(sound: Sound) -> list[str]:
    """The columns that hold pain, and nothing but pain."""
    return [name for name in ("vas", "nrs_0", "nrs_6") if name in sound.names]


def highest_pain(sound: Sound) -> float:
    return 100.0 if sound.shape in ("long-semicolon", "visits-remarked") else 10.0


def each_score(sound: Sound, what: str, change: Callable[[float], float]) -> Sound:
    """The file with every score of pain, or of disability, changed."""

    def turned(text: str) -> str:
        return number(round(change(float(text.replace(",", "."))), 4), sound.decimal)

    if "measure" in sound.names:
        measure, value = sound.place("measure"), sound.place("value")
        code = {"pain": "pain", "disability": "rmq"}[what]
        rows = [
            (*row[:value], turned(row[value]), *row[value + 1 :]) if row[measure] == code else row for row in sound.rows
        ]
        return replace(sound, rows=tuple(rows))
    names = pain(sound) if what == "pain" else [name for name in scores(sound) if name.startswith("rmq")]
    for name in names:
        sound = sound.column(name, turned)
    return sound


def days(sound: Sound) -> list[str]:
    return [name for name in ("begun", "visit") if name in sound.names]


def read_day(sound: Sound, text: str) -> date:
    if sound.dates == "iso":
        return date.fromisoformat(text)
    of_month, month, year = text.split("/")
    return date(int(year), int(month), int(of_month))


def exchanged(sound: Sound, one: str, other: str) -> Sound:
    """The file with the cells of two columns exchanged under their names."""
    here, there = sound.place(one), sound.place(other)

    def turned(row: tuple[str, ...]) -> tuple[str, ...]:
        cells = list(row)
        cells[here], cells[there] = cells[there], cells[here]
        return tuple(cells)

    return replace(sound, rows=tuple(map(turned, sound.rows)))


def several(sound: Sound, chance: random.Random, share: float) -> list[int]:
    return chance.sample(range(len(sound.rows)), max(6, int(share * len(sound.rows))))
