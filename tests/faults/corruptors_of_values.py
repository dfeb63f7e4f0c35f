"""Corruptors of what a sound text says: columns, units, numbers, days, and records that say the same."""

import random
from dataclasses import replace
from datetime import date, timedelta

from tests.faults.corrupting import (
    a_row,
    corruptor,
    days,
    each_score,
    exchanged,
    highest_pain,
    read_day,
    scores,
    several,
)
from tests.faults.sound_files import FIRST_DAY, Sound, written_day

# ---- D01 to D04: columns -------------------------------------------------------------------------------------


@corruptor("D01 a column renamed")
def _(sound: Sound, chance: random.Random) -> bytes:
    names = list(sound.names)
    at = chance.choice([at for at, name in enumerate(names) if name != "remark"])
    names[at] += "_fu"
    return replace(sound, names=tuple(names)).content


@corruptor("D02 a column added")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if "remark" in sound.names:
        return None  # its contract ignores what it does not name
    rows = tuple((*row, "0151") for row in sound.rows)
    return replace(sound, names=(*sound.names, "phone"), rows=rows).content


@corruptor("D03 columns in another order")
def _(sound: Sound, chance: random.Random) -> bytes:
    order = chance.sample(range(len(sound.names)), len(sound.names))
    turned = [tuple(row[at] for at in order) for row in (sound.names, *sound.rows)]
    return replace(sound, names=turned[0], rows=tuple(turned[1:])).content


@corruptor("D03 two columns of numbers exchanged under their names")
def _(sound: Sound, chance: random.Random) -> bytes:
    pairs = {
        "long-comma": [("age", "sessions")],
        "long-semicolon": [("age", "sessions"), ("value", "age")],
        "visits-remarked": [("vas", "rmq"), ("age", "sessions")],
        "wide-tab": [("nrs_0", "nrs_6"), ("rmq_0", "rmq_6"), ("age", "sessions")],
    }
    return exchanged(sound, *chance.choice(pairs[sound.shape])).content


@corruptor("D03 the two columns of dates exchanged under their names")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    return exchanged(sound, "begun", "visit").content if "visit" in sound.names else None


@corruptor("D04 words instead of numbers in one record of fifteen")
def _(sound: Sound, chance: random.Random) -> bytes:
    name = chance.choice(scores(sound))
    for at in several(sound, chance, 1 / 15):
        sound = sound.cell(at, name, "moderate")
    return sound.content


# ---- D05 to D10: units and numbers ---------------------------------------------------------------------------


@corruptor("D05 pain on a scale of a tenth")
def _(sound: Sound, chance: random.Random) -> bytes:
    whole = highest_pain(sound) == 10
    return each_score(sound, "pain", lambda points: (points // 1 if whole else points) / 10).content


@corruptor("D05 pain on a scale ten times as long")
def _(sound: Sound, chance: random.Random) -> bytes:
    return each_score(sound, "pain", lambda points: 10 * points).content


@corruptor("D07 pain turned round: high is good")
def _(sound: Sound, chance: random.Random) -> bytes:
    return each_score(sound, "pain", lambda points: highest_pain(sound) - points).content


@corruptor("D08 disability in percent")
def _(sound: Sound, chance: random.Random) -> bytes:
    return each_score(sound, "disability", lambda points: round(points / 24 * 100)).content


@corruptor("D08 single items instead of disability's total")
def _(sound: Sound, chance: random.Random) -> bytes:
    return each_score(sound, "disability", lambda points: float(points > chance.uniform(0, 24))).content


@corruptor("D09 the other decimal mark")
def _(sound: Sound, chance: random.Random) -> bytes:
    other = "." if sound.decimal == "," else ","
    turned = sound
    for name in scores(sound):
        turned = turned.column(name, lambda text: text.replace(sound.decimal, other))
    return turned.content


@corruptor("D09 more than a number in a score")
def _(sound: Sound, chance: random.Random) -> bytes:
    text = chance.choice(["7/10", ">5", "~6", "7-8", "1.000,5", "7 ", "5?", "five", "0x7"])
    return sound.cell(a_row(sound, chance), chance.choice(scores(sound)), text).content


@corruptor("D10 999 or -9 for what is missing")
def _(sound: Sound, chance: random.Random) -> bytes:
    name = chance.choice([*scores(sound), "sessions", "age"])
    return sound.cell(a_row(sound, chance), name, chance.choice(["999", "-9", "-99", "9999"])).content


@corruptor("D10 no finite number in a score")
def _(sound: Sound, chance: random.Random) -> bytes:
    text = chance.choice(["nan", "inf", "-inf", "1e400", "NaN", "N/A", ".", "#DIV/0!", "1e1"])
    return sound.cell(a_row(sound, chance), chance.choice(scores(sound)), text).content


# ---- D11 to D15: days, and records that say the same ---------------------------------------------------------


@corruptor("D11 day and month in the other order")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    turned = sound
    for name in days(sound):
        turned = turned.column(name, lambda text: read_day(sound, text).strftime("%m/%d/%Y"))
    return turned.content


@corruptor("D11 day and month exchanged, and no day after the twelfth")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if sound.dates != "dmy":
        return None
    turned = sound
    for name in days(sound):
        turned = turned.column(name, lambda text: f"{text[3:5]}/{1 + int(text[:2]) % 12:02d}/{text[-4:]}")
    return turned.content


@corruptor("D12 days as a workbook counts them")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    before, more = chance.choice([(date(1899, 12, 30), ""), (date(1904, 1, 1), ""), (date(1899, 12, 30), ".0")])
    name = chance.choice(days(sound))
    return sound.column(name, lambda text: f"{(read_day(sound, text) - before).days}{more}").content


@corruptor("D12 one column of days counted from 1904")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    shift, name = timedelta(days=chance.choice([-1462, 1462])), chance.choice(days(sound))
    return sound.column(name, lambda text: written_day(read_day(sound, text) + shift, sound.dates)).content


@corruptor("D12 years of two digits, or months in words")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    shape, name = chance.choice(["%d/%m/%y", "%d %b %Y", "%y-%m-%d"]), chance.choice(days(sound))
    return sound.column(name, lambda text: read_day(sound, text).strftime(shape)).content


NO_DAYS = [("2025", "02", "29"), ("2025", "04", "31"), ("0025", "03", "03"), ("20225", "03", "03")]


@corruptor("D13 a day that no calendar has")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    year, month, of_month = chance.choice(NO_DAYS)
    text = f"{year}-{month}-{of_month}" if sound.dates == "iso" else f"{of_month}/{month}/{year}"
    return sound.cell(a_row(sound, chance), chance.choice(days(sound)), text).content


@corruptor("D14 a visit in years to come, or years before the start")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None
    day = FIRST_DAY + timedelta(days=chance.choice([-900, -700, 4100, 9000]))
    return sound.cell(a_row(sound, chance), "visit", written_day(day, sound.dates)).content


@corruptor("D15 a record twice")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = a_row(sound, chance)
    place = chance.randrange(len(sound.rows))
    return replace(sound, rows=(*sound.rows[:place], sound.rows[at], *sound.rows[place:])).content


@corruptor("D15 a record twice with two scores")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, name = a_row(sound, chance), chance.choice(scores(sound))
    other = "3" if sound.rows[at][sound.place(name)] != "3" else "4"
    return replace(sound, rows=(*sound.rows, sound.cell(at, name, other).rows[at])).content


@corruptor("D20 one column sorted without the others")
def _(sound: Sound, chance: random.Random) -> bytes | None:
    if not days(sound):
        return None  # a line a patient: any order of a column is as good as another
    name = chance.choice(["code", "age", "sex", "begun"])
    cells = iter(sorted(row[sound.place(name)] for row in sound.rows))
    return sound.column(name, lambda _: next(cells)).content


@corruptor("D20 a score filled down the column")
def _(sound: Sound, chance: random.Random) -> bytes:
    name = chance.choice(scores(sound))
    first = sound.rows[0][sound.place(name)]
    if name == "value":
        return each_score(sound, "pain", lambda _: float(first.replace(",", "."))).content
    return sound.column(name, lambda _: first).content
