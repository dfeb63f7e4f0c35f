"""Sixty ways in which an export goes wrong on its way: each takes a sound file and a source of chance, and gives bytes.

Each corrupts one thing, and is named for it; `None` where a shape of file has nothing of the kind. The first letter and
number of a name are those of the fault catalogue. What becomes of the result is judged in `detection`.
"""

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from tests.faults.sound_files import FIRST_DAY, Sound, number, written_day

Corruptor = Callable[[Sound, random.Random], bytes | None]
CORRUPTORS: dict[str, Corruptor] = {}


def corruptor(name: str) -> Callable[[Corruptor], Corruptor]:
    """Enters a function under the name of what it does."""

    def enter(function: Corruptor) -> Corruptor:
        assert name not in CORRUPTORS
        CORRUPTORS[name] = function
        return function

    return enter


# ---- what corruptors share ---------------------------------------------------------------------------------


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


# ---- C01 to C06: encoding and line ends --------------------------------------------------------------------


@corruptor("C01 a byte-order mark of UTF-8")
def _(sound: Sound, chance: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + sound.content


@corruptor("C02 UTF-16 with its byte-order mark")
def _(sound: Sound, chance: random.Random) -> bytes:
    mark, encoding = chance.choice([(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
    return mark + sound.written().encode(encoding)


@corruptor("C02 UTF-16 without a byte-order mark")
def _(sound: Sound, chance: random.Random) -> bytes:
    return sound.written().encode(chance.choice(["utf-16-le", "utf-16-be"]))


@corruptor("C03 Windows-1252 that nobody declared")
def _(sound: Sound, chance: random.Random) -> bytes:
    return sound.cell(a_row(sound, chance), "code", "Mé-1234").written().encode("windows-1252")


@corruptor("C03 MacRoman that nobody declared")
def _(sound: Sound, chance: random.Random) -> bytes:
    return sound.cell(a_row(sound, chance), "code", "Mé-1234").written().encode("mac-roman")


@corruptor("C04 a code of UTF-8 read as Windows-1252")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = a_row(sound, chance)
    code = sound.rows[at][sound.place("code")]
    return sound.cell(at, "code", code[0] + "é".encode().decode("windows-1252") + code[1:]).content


@corruptor("C04 a replacement character in a code")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = a_row(sound, chance)
    return sound.cell(at, "code", "\ufffd" + sound.rows[at][sound.place("code")][1:]).content


@corruptor("C05 a NUL byte")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = chance.randrange(len(sound.content))
    return sound.content[:at] + b"\0" + sound.content[at:]


@corruptor("C06 other line ends")
def _(sound: Sound, chance: random.Random) -> bytes:
    text = sound.written().replace("\r\n", "\n")
    return text.replace("\n", chance.choice(["\n", "\r\n", "\r"])).encode()


@corruptor("C06 mixed line ends")
def _(sound: Sound, chance: random.Random) -> bytes:
    ends = [end.encode() for end in ("\n", "\r\n", "\r")]
    parts = sound.written().replace("\r\n", "\n").encode().split(b"\n")
    return b"".join(part + chance.choice(ends) for part in parts[:-1])


@corruptor("C05 a control character in a cell")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, name = a_row(sound, chance), chance.choice(["code", *scores(sound)])
    return sound.cell(at, name, sound.rows[at][sound.place(name)] + chance.choice("\x0b\x0c\x1c\x1f\x7f\x85")).content


@corruptor("C03 the highest bit of a byte turned")
def _(sound: Sound, chance: random.Random) -> bytes:
    content = bytearray(sound.content)
    content[chance.randrange(len(content))] ^= 0x80
    return bytes(content)


# ---- C07 to C09: quotes and width --------------------------------------------------------------------------


@corruptor("C07 a record broken in two by a line end")
def _(sound: Sound, chance: random.Random) -> bytes:
    def broken(record: str) -> str:
        at = chance.randrange(1, len(record))
        return record[:at] + sound.end + record[at:]

    return with_record(sound, chance, broken)


@corruptor("C07 a line end in a quoted cell that is read")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, name = a_row(sound, chance), chance.choice(["code", "age", *scores(sound)])
    text = sound.rows[at][sound.place(name)]
    return sound.cell(at, name, text[:1] + "\n" + text[1:]).content


@corruptor("C07 a line end lost between two records")
def _(sound: Sound, chance: random.Random) -> bytes:
    text, ends = sound.written(), []
    at = text.find(sound.end)
    while at >= 0:
        ends.append(at)
        at = text.find(sound.end, at + 1)
    at = chance.choice(ends[:-1])
    return (text[:at] + text[at + len(sound.end) :]).encode()


def _stray_quote(at_cell_start: bool) -> Corruptor:
    def corrupt(sound: Sound, chance: random.Random) -> bytes:
        plain = replace(sound, quoting=csv.QUOTE_MINIMAL)

        def quoted(record: str) -> str:
            starts = [0, *(at + 1 for at, letter in enumerate(record) if letter == sound.delimiter)]
            at = chance.choice(starts) if at_cell_start else chance.randrange(len(record))
            return record[:at] + '"' + record[at:]

        return with_record(plain, chance, quoted)

    return corrupt


corruptor("C08 a quote opened at the start of a cell")(_stray_quote(at_cell_start=True))
corruptor("C08 a quote somewhere in a record")(_stray_quote(at_cell_start=False))


@corruptor("C08 a quote lost from a quoted record")
def _(sound: Sound, chance: random.Random) -> bytes:
    def unquoted(record: str) -> str:
        quotes = [at for at, letter in enumerate(record) if letter == '"']
        at = chance.choice(quotes)
        return record[:at] + record[at + 1 :]

    return with_record(replace(sound, quoting=csv.QUOTE_ALL), chance, unquoted)


@corruptor("C08 a quote opened in the header")
def _(sound: Sound, chance: random.Random) -> bytes:
    header = replace(sound, rows=(), quoting=csv.QUOTE_MINIMAL).written()
    return header.replace(sound.delimiter, sound.delimiter + '"', 1).encode() + _body(sound)


def _body(sound: Sound) -> bytes:
    return b"".join(replace(sound, names=row, rows=()).content for row in sound.rows)


@corruptor("C08 quotes written with a backslash")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, name = a_row(sound, chance), chance.choice(sound.names)
    text = sound.cell(at, name, 'Q"X').written()
    return text.replace('""', '\\"').encode()


@corruptor("C08 single quotes around every cell of a record")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, rows = a_row(sound, chance), list(sound.rows)
    rows[at] = tuple(f"'{cell}'" for cell in rows[at])
    return replace(sound, rows=tuple(rows)).content


@corruptor("C09 a delimiter lost")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, rows = a_row(sound, chance), list(sound.rows)
    place = chance.randrange(len(sound.names) - 1)
    row = rows[at]
    rows[at] = (*row[:place], row[place] + row[place + 1], *row[place + 2 :])
    return replace(sound, rows=tuple(rows)).content


@corruptor("C09 a delimiter too many")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, rows = a_row(sound, chance), list(sound.rows)
    place = chance.randrange(len(sound.names) + 1)
    rows[at] = (*rows[at][:place], "", *rows[at][place:])
    return replace(sound, rows=tuple(rows)).content


@corruptor("C09 cells shifted by one in a record")
def _(sound: Sound, chance: random.Random) -> bytes:
    at, rows = a_row(sound, chance), list(sound.rows)
    place = chance.randrange(sound.place("sex") + 1)  # further on there are only numbers: see `closing`
    row = rows[at]
    rows[at] = (*row[:place], "", *row[place:-1])
    return replace(sound, rows=tuple(rows)).content


@corruptor("C10 another delimiter in one record")
def _(sound: Sound, chance: random.Random) -> bytes:
    other = ";" if sound.delimiter == "," else "|"
    return with_record(sound, chance, lambda record: record.replace(sound.delimiter, other))


@corruptor("C10 another delimiter everywhere")
def _(sound: Sound, chance: random.Random) -> bytes:
    others = [one for one in ";\t|," if one not in (sound.delimiter, sound.decimal)]
    return replace(sound, delimiter=chance.choice(others)).content


# ---- C11 to C14: more than records, and odd names and codes ------------------------------------------------


@corruptor("C11 a preamble")
def _(sound: Sound, chance: random.Random) -> bytes:
    lines = ["Export of the clinic", "", "Made on 2026-11-01"][: chance.randint(1, 3)]
    return sound.end.join([*lines, ""]).encode() + sound.content


@corruptor("C11 a footnote")
def _(sound: Sound, chance: random.Random) -> bytes:
    return sound.content + (chance.choice(["", sound.end]) + "End of the export" + sound.end).encode()


@corruptor("C11 a line of totals")
def _(sound: Sound, chance: random.Random) -> bytes:
    word = chance.choice(["TOTAL", "Mean", "Summe"])
    given = dict.fromkeys(("sessions", *scores(sound)), "5")
    row = (word, *(given.get(name, "") for name in sound.names[1:]))
    return replace(sound, rows=(*sound.rows, row)).content


@corruptor("C11 a second table")
def _(sound: Sound, chance: random.Random) -> bytes:
    width = chance.choice([2, 3, len(sound.names)])
    table = [sound.delimiter.join(["month", "visits", *"abcdefg"][:width])]
    table += [sound.delimiter.join([f"2025-{month:02d}", *["7"] * (width - 1)]) for month in range(1, 9)]
    return sound.content + sound.end.join(["", *table, ""]).encode()


@corruptor("C11 the header again in the middle")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = a_row(sound, chance)
    return replace(sound, rows=(*sound.rows[:at], sound.names, *sound.rows[at:])).content


@corruptor("C11 an error page where the download broke off")
def _(sound: Sound, chance: random.Random) -> bytes:
    at = chance.randrange(len(sound.content) // 4, len(sound.content))
    return sound.content[:at] + b"<html><head><title>504 Gateway Time-out</title></head>\n<body></body></html>\n"


@corruptor("C12 a column's name twice")
def _(sound: Sound, chance: random.Random) -> bytes:
    names = list(sound.names)
    one, other = chance.sample([at for at, name in enumerate(names) if name != "remark"], 2)
    names[one] = names[other]
    return replace(sound, names=tuple(names)).content


@corruptor("C12 names padded and in capitals")
def _(sound: Sound, chance: random.Random) -> bytes:
    return replace(sound, names=tuple(f" {name.upper()} " for name in sound.names)).content


def _in_a_code(letters: str) -> Corruptor:
    def corrupt(sound: Sound, chance: random.Random) -> bytes:
        at = a_row(sound, chance)
        code = sound.rows[at][sound.place("code")]
        place = chance.randrange(1, len(code))
        return sound.cell(at, "code", code[:place] + chance.choice(letters) + code[place:]).content

    return corrupt


corruptor("C13 a character without width in a code")(_in_a_code("\u200b\u200c\u200d\u2060\ufeff\u00ad"))
corruptor("C13 a turn of the writing's direction in a code")(_in_a_code("\u200e\u200f\u202a\u202e\u2066\u2069"))
corruptor("C13 a blank that does not break in a code")(_in_a_code("\u00a0\u202f\u2007"))


@corruptor("C14 codes that became numbers")
def _(sound: Sound, chance: random.Random) -> bytes:
    texts = {row[sound.place("code")]: chance.choice(["1E+05", "4711", "TRUE", "#NAME?"]) for row in sound.rows}
    return sound.column("code", lambda code: texts[code]).content


@corruptor("B02 the file cut within a line")
def _(sound: Sound, chance: random.Random) -> bytes:
    content = sound.content
    while True:
        at = chance.randrange(len(content.partition(b"\n")[0]) + 1, len(content))
        if not content[:at].endswith((b"\n", b"\r")):
            return content[:at]


# ---- D01 to D04: columns -----------------------------------------------------------------------------------


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


# ---- D05 to D10: units and numbers -------------------------------------------------------------------------


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


# ---- D11 to D15: days, and records that say the same -------------------------------------------------------


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
