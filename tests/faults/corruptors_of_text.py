"""Corruptors of a file as text: encoding, line ends, quotes, width, and what is more than records."""

import csv
import random
from dataclasses import replace

from tests.faults.corrupting import Corruptor, a_row, corruptor, scores, with_record
from tests.faults.sound_files import Sound

# ---- C01 to C06: encoding and line ends ----------------------------------------------------------------------


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


# ---- C07 to C09: quotes and width ----------------------------------------------------------------------------


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


# ---- C11 to C14: more than records, and odd names and codes --------------------------------------------------


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
