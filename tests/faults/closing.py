"""What only a closing line can show: whole lines lost or added, and values that became other values of their kind.

Corruptors of files whose contract declares `[file] closing_line`; without one these are out of reach.
"""

import hashlib
import random
from collections.abc import Callable

from tests.faults.corrupting import days, read_day, scores
from tests.faults.sound_files import Sound, written_day

#: The closing line that the contracts declare.
SHAPE = "END {rows} {sha256}"

Change = Callable[[bytes, Sound, random.Random], bytes]


def closed(sound: Sound) -> bytes:
    """The file with its closing line."""
    seal = hashlib.sha256(sound.content).hexdigest()
    return sound.content + SHAPE.format(rows=len(sound.rows), sha256=seal).encode() + sound.end.encode()


def _line_of(content: bytes, sound: Sound, chance: random.Random) -> tuple[int, int]:
    """Where a record that takes up one line begins and ends; the header and the closing line are none."""
    end = sound.end.encode()
    lines = content.split(end)
    at = chance.choice([n for n in range(1, len(lines) - 2) if lines[n].count(sound.delimiter.encode()) > 3])
    begins = sum(len(line) + len(end) for line in lines[:at])
    return begins, begins + len(lines[at]) + len(end)


def a_digit(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A digit becomes another."""
    begins, ends = _line_of(content, sound, chance)
    at = chance.choice([at for at in range(begins, ends) if content[at : at + 1].isdigit()])
    other = chance.choice([digit for digit in b"0123456789" if digit != content[at]])
    return content[:at] + bytes([other]) + content[at + 1 :]


def a_bit(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A bit turns, somewhere."""
    turned = bytearray(content)
    turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
    return bytes(turned)


def a_line_lost(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A whole line is lost."""
    begins, ends = _line_of(content, sound, chance)
    return content[:begins] + content[ends:]


def a_line_of_another_patient(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A line is added that could be one."""
    begins, ends = _line_of(content, sound, chance)
    return content[:begins] + content[begins:ends].replace(content[begins : begins + 3], b"ZZ-", 1) + content[begins:]


def the_end_lost(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """The file is cut where a line ends."""
    return content[: _line_of(content, sound, chance)[1]]


def two_scores_exchanged(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """Two scores of one column change places."""
    name = chance.choice(scores(sound))
    at = sound.place(name)
    here = chance.randrange(len(sound.rows))
    there = next(n for n in range(len(sound.rows)) if sound.rows[n][at] != sound.rows[here][at])
    turned = sound.cell(here, name, sound.rows[there][at]).cell(there, name, sound.rows[here][at])
    return turned.content + content[len(sound.content) :]


def two_patients_exchanged(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """Two codes change places."""
    code = sound.rows[0][0]
    there = next(n for n in range(len(sound.rows)) if sound.rows[n][0] != code)
    turned = sound.cell(0, "code", sound.rows[there][0]).cell(there, "code", code)
    return turned.content + content[len(sound.content) :]


def moved_by_hand(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A day is moved by a month, or an age by ten years."""
    at = chance.randrange(len(sound.rows))
    if days(sound):
        day = read_day(sound, sound.rows[at][sound.place("visit")])
        moved = written_day(day.replace(month=day.month % 12 + 1, day=1), sound.dates)
        return sound.cell(at, "visit", moved).content + content[len(sound.content) :]
    age = int(sound.rows[at][sound.place("age")])
    return sound.cell(at, "age", str(age + 10)).content + content[len(sound.content) :]


def shifted_among_numbers(content: bytes, sound: Sound, chance: random.Random) -> bytes:
    """A cell is pushed in among numbers, and the last cell out."""
    at, place = chance.randrange(len(sound.rows)), sound.place("sex") + 1
    cells = (*sound.rows[at][:place], "", *sound.rows[at][place:-1])
    for name, cell in zip(sound.names, cells, strict=True):
        sound = sound.cell(at, name, cell)
    return sound.content + content[content.rindex(b"END") :]


CLOSING: dict[str, Change] = {
    "a digit that became another": a_digit,
    "a bit turned anywhere": a_bit,
    "a whole line lost": a_line_lost,
    "a line added": a_line_of_another_patient,
    "the file cut at the end of a line": the_end_lost,
    "two scores exchanged": two_scores_exchanged,
    "two patients' codes exchanged": two_patients_exchanged,
    "a day or an age moved by hand": moved_by_hand,
    "cells shifted among columns of numbers": shifted_among_numbers,
}
