"""Sound exports of four shapes, with the values that they were written from: what corruptors start from."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import VOCABULARY

PATIENTS = 45
FIRST_DAY = date(2025, 1, 6)
SEXES = {"f": "female", "m": "male"}
CODE = "[A-Z]{2}-[0-9]{4}"
COMMON: dict[str, Any] = {
    "version": 1,
    "format": "delimited",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
    "patient_pattern": CODE,
}
WHO = {"patient": "code", "age": "age", "sex": "sex", "sessions": "sessions"}


@dataclass(frozen=True)
class Sound:
    """A file as it was meant: the names of its columns, its rows of text, and how they are written down."""

    shape: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    end: str
    quoting: Any
    decimal: str
    dates: str

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.written().encode()

    def written(self) -> str:
        """The text of the file."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.end, quoting=self.quoting)
        writer.writerows([self.names, *self.rows])
        return text.getvalue()

    def lines(self) -> list[str]:
        """The lines of the file without their ends; only where no cell holds a line end."""
        return self.written().split(self.end)[:-1]

    def place(self, name: str) -> int:
        """The place of a column."""
        return self.names.index(name)

    def column(self, name: str, change: Callable[[str], str]) -> "Sound":
        """The file with every cell of a column changed."""
        at = self.place(name)
        return replace(self, rows=tuple((*row[:at], change(row[at]), *row[at + 1 :]) for row in self.rows))

    def cell(self, row: int, name: str, text: str) -> "Sound":
        """The file with one cell changed."""
        at, rows = self.place(name), list(self.rows)
        rows[row] = (*rows[row][:at], text, *rows[row][at + 1 :])
        return replace(self, rows=tuple(rows))


@dataclass(frozen=True)
class Visit:
    """A patient's visit: who came when, and the scores in points, pain from 0 to 100 and disability from 0 to 24."""

    code: str
    age: int
    sex: str
    sessions: int
    start: date
    day: int
    pain: float
    disability: int

    @property
    def on(self) -> date:
        """The day of the visit."""
        return self.start + timedelta(days=self.day)


def visits(seed: int) -> list[Visit]:
    """Three visits of each patient: before treatment, after a month, and after half a year, mostly better."""
    chance = random.Random(seed)
    found = []
    for number in chance.sample(range(1000, 9999), PATIENTS):
        code = "".join(chance.choices("ABCDEFGH", k=2)) + f"-{number}"
        age, sex, start = chance.randint(24, 79), chance.choice("fm"), FIRST_DAY + timedelta(chance.randint(0, 150))
        badness = chance.uniform(0.35, 0.9)
        for day, kept in ((0, 1.0), (28 + chance.randint(-3, 3), 0.75), (183 + chance.randint(-9, 9), 0.55)):
            share = min(1.0, max(0.0, badness * kept + chance.uniform(-0.1, 0.1)))
            pain, disability = round(100 * share, 1), round(24 * min(1.0, share + chance.uniform(-0.08, 0.08)) * 0.9)
            sessions = 0 if day == 0 else min(12, 4 + chance.randint(0, 8))
            found.append(Visit(code, age, sex, sessions, start, day, pain, max(0, disability)))
    return found


def written_day(day: date, order: str) -> str:
    """A day in the order of a contract."""
    return day.isoformat() if order == "iso" else day.strftime("%d/%m/%Y")


def number(value: float, mark: str) -> str:
    """A number with its decimal mark."""
    return f"{value:g}".replace(".", mark)


# ---- four shapes -------------------------------------------------------------------------------------------


def _long(seed: int, mark: str, order: str, pain: str) -> list[tuple[str, ...]]:
    rows = []
    for one in sorted(visits(seed), key=lambda one: one.on):
        who = (one.code, written_day(one.start, order), written_day(one.on, order))
        scores = {"pain": number(round(one.pain / 10, 1) if pain == "nrs-pain" else one.pain, mark)}
        scores["rmq"] = str(one.disability)
        rows += [(*who, measure, value, str(one.age), one.sex, str(one.sessions)) for measure, value in scores.items()]
    return rows


LONG_NAMES = ("code", "begun", "visit", "measure", "value", "age", "sex", "sessions")
VISIT_NAMES = ("code", "remark", "begun", "visit", "vas", "rmq", "age", "sex", "sessions")
WIDE_NAMES = ("code", "age", "sex", "sessions", "nrs_0", "nrs_6", "rmq_0", "rmq_6")
REMARKS = ("none", 'said "better", went', "came late, left early", "line one\nline two", "")


def long_comma(seed: int) -> Sound:
    """A row a score; commas, no quotes, days as ISO has them."""
    rows = _long(seed, ".", "iso", "nrs-pain")
    return Sound("long-comma", LONG_NAMES, tuple(rows), ",", "\n", csv.QUOTE_MINIMAL, ".", "iso")


def long_semicolon(seed: int) -> Sound:
    """A row a score; semicolons, every cell quoted, decimal commas, days first."""
    rows = _long(seed, ",", "dmy", "vas-pain")
    return Sound("long-semicolon", LONG_NAMES, tuple(rows), ";", "\r\n", csv.QUOTE_ALL, ",", "dmy")


def visits_remarked(seed: int) -> Sound:
    """A row a visit; commas, and a column of remarks that is not read and holds quotes and line ends."""
    chance, rows = random.Random(seed), []
    for one in sorted(visits(seed), key=lambda one: one.on):
        scores = (number(one.pain, "."), str(one.disability))
        who = (one.code, chance.choice(REMARKS), one.start.isoformat(), one.on.isoformat())
        rows.append((*who, *scores, str(one.age), one.sex, str(one.sessions)))
    return Sound("visits-remarked", VISIT_NAMES, tuple(rows), ",", "\n", csv.QUOTE_MINIMAL, ".", "iso")


def wide_tab(seed: int) -> Sound:
    """A row a patient; tabs, no dates."""
    by_code: dict[str, list[Visit]] = {}
    for one in visits(seed):
        by_code.setdefault(one.code, []).append(one)
    rows = []
    for code, of_patient in by_code.items():
        first, last = of_patient[0], of_patient[-1]
        pain = [number(round(one.pain / 10, 1), ".") for one in (first, last)]
        disability = [str(one.disability) for one in (first, last)]
        rows.append((code, str(first.age), first.sex, str(last.sessions), *pain, *disability))
    return Sound("wide-tab", WIDE_NAMES, tuple(rows), "\t", "\n", csv.QUOTE_MINIMAL, ".", "none")


SHAPES: dict[str, Callable[[int], Sound]] = {
    "long-comma": long_comma,
    "long-semicolon": long_semicolon,
    "visits-remarked": visits_remarked,
    "wide-tab": wide_tab,
}
_LONG = WHO | {"start": "begun", "date": "visit", "instrument": "measure", "score": "value"}
_WIDE = [("nrs-pain", "nrs_0", 0), ("nrs-pain", "nrs_6", 183), ("rmdq-24", "rmq_0", 0), ("rmdq-24", "rmq_6", 183)]
_CODES = {"sex": SEXES}
WRITTEN: dict[str, dict[str, Any]] = {
    "long-comma": {
        "layout": "long",
        "columns": _LONG,
        "codes": _CODES | {"instrument": {"pain": "nrs-pain", "rmq": "rmdq-24"}},
    },
    "long-semicolon": {
        "layout": "long",
        "columns": _LONG,
        "codes": _CODES | {"instrument": {"pain": "vas-pain", "rmq": "rmdq-24"}},
        "file": {"delimiter": ";", "decimal": ",", "dates": "dmy"},
    },
    "visits-remarked": {
        "layout": "visits",
        "columns": WHO | {"start": "begun", "date": "visit"},
        "codes": _CODES,
        "file": {"other_columns": "ignore"},
        "measure": [
            {"instrument": "vas-pain", "column": "vas"},
            {"instrument": "rmdq-24", "column": "rmq"},
        ],
    },
    "wide-tab": {
        "layout": "wide",
        "columns": WHO,
        "codes": _CODES,
        "data_cut": "closed",
        "file": {"delimiter": "\t", "dates": "none"},
        "measure": [{"instrument": one, "column": column, "day": day} for one, column, day in _WIDE],
    },
}


def agreed(shape: str, **file: str) -> DeliveryContract:
    """The contract of a shape; `file` changes keys of its section on the file."""
    written = COMMON | WRITTEN[shape] | {"clinic": shape}
    return contract_from(written | {"file": written.get("file", {}) | file}, VOCABULARY, where=f"{shape}.toml")
