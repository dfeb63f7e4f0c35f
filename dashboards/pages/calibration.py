"""The calibration page: how often intervals, verdicts, funnels and charts were right where the truth was known."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.plain import clean, slug
from dashboards.slices import Cell, Column, Download, View, text
from dashboards.wording import Rate, attribute, capital, counted, percent, tenths
from schemas.calibration import Calibration

PATH = "calibration.html"
SLICE = "calibration"
#: What each question asks, in the order in which they are answered: question, heading, what is counted.
ASKED = (
    ("counts", "Counts", "Are all four exact counts of a clinic those of the truth?"),
    ("lines", "Lines", "Is every line that stands twice in a file set aside, and no other?"),
    (
        "bounds",
        "Bounds",
        (
            "Does the rate among all who were due, seen or not, lie between the bounds? On exact counts it must. "
            "Released bounds are computed from counts rounded to 5 and can miss by as much; where nobody is lost "
            "they are the rate itself."
        ),
    ),
    (
        "interval",
        "Interval of a rate",
        (
            "Does the 95% interval hold the rate at which patients truly respond? Losses that depend on severity "
            "or on the outcome bias a rate, and no interval of it knows."
        ),
    ),
    (
        "weighted interval",
        "Interval weighted for who is missing",
        "Does the 95% interval of the weighted rate hold it?",
    ),
    (
        "difference",
        "Interval of a difference",
        "Does the 95% interval hold the true difference from the published rate?",
    ),
    (
        "wrongly inside",
        "Wrongly inside the margin",
        "The truth lies on the margin: does the verdict say that it is inside?",
    ),
    (
        "wrongly beyond",
        "Wrongly beyond the margin",
        "The truth lies on the margin: does the verdict say that it is beyond?",
    ),
    ("rightly equivalent", "Power to find equivalence", "The rates are equal: does the verdict say so?"),
    (
        "rightly beyond",
        "Power to find a difference",
        "The truth lies twice the margin away: does the verdict say that it is beyond?",
    ),
    ("outside 95%", "Clinics flagged worth a look", "No clinic differs: how many lie outside the funnel's 95% limits?"),
    ("outside 99.8%", "Clinics flagged unusual", "No clinic differs: how many lie outside the 99.8% limits?"),
    (
        "any outside 99.8%",
        "Networks with a clinic flagged unusual",
        "No clinic differs: in how many networks is one outside the 99.8% limits within a year?",
    ),
    (
        "any stands out",
        "Networks with a false discovery",
        "No clinic differs: in how many networks does one still stand out when all looks are counted?",
    ),
    ("flagged", "Power of the funnel", "One clinic of a hundred patients lies 20 points apart: is it flagged?"),
    (
        "flagged where all differ",
        "Flags where all clinics differ a little",
        "Patients within clinics correlate by 0.05: how many clinics are flagged?",
    ),
    (
        "shrunk interval",
        "Interval of a shrunk rate",
        "Clinics truly differ: does the 95% interval hold the clinic's own rate?",
    ),
    (
        "network interval",
        "Interval of a network's rate",
        "Clinics truly differ: does the interval that allows for it hold the mean of all?",
    ),
    (
        "network interval without clustering",
        "The same without clustering",
        "What the interval would be worth if patients were taken as independent.",
    ),
    (
        "chart signals",
        "False signals of charts",
        "Nothing changes: how often does a year bring a signal by any of the chart rules?",
    ),
    (
        "point outside XmR limits",
        "Of these, points outside the limits",
        "Nothing changes: how often does a year bring a point outside the XmR limits?",
    ),
    (
        "point outside p chart",
        "Points outside the p chart",
        "Nothing changes: how often does a year bring a point outside the limits by size?",
    ),
    (
        "fall noticed",
        "Power of charts",
        "The rate falls by 20 points a year before the end: does the chart signal a concern?",
    ),
)
HOLDS = {True: "yes", False: "no", None: "not judged"}
#: Decimals of a share in the download.
DECIMALS = 5


@dataclass(frozen=True)
class Line:
    """One setting of a question as a reader sees it."""

    setting: str
    basis: str
    found: str
    rate: Rate
    should: str
    holds: str


@dataclass(frozen=True)
class Question:
    """One question with the answers of every setting."""

    id: str
    heading: str
    asked: str
    lines: Sequence[Line]


def page(marts: Marts, stands: Release) -> Page:
    """Every finding of the home's report; where there is none, how to make one."""
    listed = rows(marts.calibration)
    html = fill(
        "calibration.html",
        stands,
        path=PATH,
        sentence=title(listed),
        about=_about(listed),
        questions=[question for question in _questions(listed) if question.lines],
        slice=SLICE,
    )
    return Page(PATH, html, [View(SLICE, {"calibration": _download(listed)}, {})])


def title(listed: Sequence[Row]) -> str:
    """How many of the findings that are judged hold, as a sentence."""
    if not listed:
        return "How often the verdicts are right has not been simulated in this home."
    judged = [row for row in listed if row["holds"] is not None]
    wrong = sum(row["holds"] is False for row in judged)
    told = "all as they should be" if not wrong else f"{wrong} not as they should be"
    return f"{counted(len(judged), 'judged finding', 'judged findings')} on simulated networks, {told}."


def _about(listed: Sequence[Row]) -> Sequence[str]:
    if not listed:
        return []
    first = listed[0]
    made = counted(first["networks"], "simulated network", "simulated networks")
    said = [f"{made}, seed {first['seed']}, each sent through the whole pipeline from files to released tables."]
    if not first["same_code"]:
        said.append("The report was made by other code than this release: run `verum calibrate` again.")
    return said


def _questions(listed: Sequence[Row]) -> list[Question]:
    return [
        Question(slug(question), heading, asked, [_line(row) for row in _in_order(listed, question)])
        for question, heading, asked in ASKED
    ]


def _in_order(listed: Sequence[Row], question: str) -> list[Row]:
    """The settings of a question, smaller clinics and networks first."""
    return sorted(
        (row for row in listed if row["question"] == question),
        key=lambda row: (row["basis"], _words(row["setting"]), _number(row["setting"])),
    )


def _words(setting: str) -> str:
    return "".join(letter for letter in setting if not letter.isdigit())


def _number(setting: str) -> int:
    return int("".join(letter for letter in setting if letter.isdigit()) or 0)


def _line(row: Row) -> Line:
    return Line(
        setting=capital(clean(row["setting"], 120)),
        basis=row["basis"],
        found=f"{row['found']:,} of {row['simulations']:,}",
        rate=Rate(
            f"{tenths(row['rate'])}% ({tenths(row['rate_low'])}% to {tenths(row['rate_high'])}%)",
            *(attribute(row[part]) for part in ("rate", "rate_low", "rate_high")),
        ),
        should=_should(row),
        holds=HOLDS[row["holds"]],
    )


def _download(listed: Sequence[Row]) -> Download:
    """The whole table as it stands."""
    columns = [
        Column(name, "number" if one.kind in ("number", "whole") else "text", one.description)
        for name, one in Calibration.columns().items()
    ]
    return Download(Calibration.grain(), columns, [[_cell(row[column.name]) for column in columns] for row in listed])


def _cell(value: object) -> Cell:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: None}[value]
    if isinstance(value, float):
        return round(value, DECIMALS)
    return value if isinstance(value, int) else text(str(value))


def _should(row: Row) -> str:
    if row["nominal"] is None:
        return "no rate is prescribed"
    beyond = f" (+ {tenths(row['allowance'])} points)" if row["allowance"] else ""
    share = percent(row["nominal"]) if row["nominal"] in (0, 1) else f"{tenths(row['nominal'])}%"
    return f"{row['relation']} {share}{beyond}"
