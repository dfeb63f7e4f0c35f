"""From people to the lines that a clinic would export, each with what it states when it is read as meant.

Nothing is spoiled here and nothing is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from orchestration.sampling import rules
from orchestration.sampling.patients import Course, Patient, Visit
from orchestration.sampling.settings import Clinic, SampleError

#: Weeks in a year of 365.25 days, for clinics that count years of complaints.
WEEKS_A_YEAR = Fraction(1461, 28)

Cells = dict[str, str]


@dataclass(frozen=True)
class Score:
    """One score as a line states it; the day is a date even where the file has only days from the start."""

    instrument: str
    on: date
    value: Decimal | None


@dataclass(frozen=True)
class Statement:
    """What a line says: about whom, which course, and the scores. `start` is None where no column has it."""

    patient: str
    start: date | None
    scores: tuple[Score, ...]
    age: int
    weeks: Fraction | None
    event: bool


@dataclass(frozen=True)
class Line:
    """One physical line: its cells in the header's order, its meaning, and why it cannot be used, if so."""

    cells: tuple[str, ...]
    statement: Statement | None
    reasons: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing stands on the line."""
        return not self.cells


def header(clinic: Clinic) -> tuple[str, ...]:
    """The names of the columns, as the clinic writes them."""
    return (*clinic.columns.values(), *(measure["column"] for measure in clinic.measure))


def clean_lines(clinic: Clinic, patients: Iterable[Patient], chance: np.random.Generator) -> list[Line]:
    """All the lines of a clinic before anything goes wrong, ordered by day and then by patient."""
    writing = _Writing(clinic, chance)
    drawn = [line for patient in patients for line in writing.lines(patient)]
    return sorted(drawn, key=_order)


def _order(line: Line) -> tuple[date, str]:
    statement = line.statement
    if statement is None:
        raise SampleError("a line that states nothing has no place in an export; order lines before spoiling them")
    return statement.scores[0].on, statement.patient


class _Writing:
    """Writes one clinic's cells, in its layout and its codes."""

    def __init__(self, clinic: Clinic, chance: np.random.Generator) -> None:
        self.clinic, self.chance = clinic, chance
        self.decimal = str(clinic.file.get("decimal", "."))
        self.missing = [str(token) for token in clinic.file.get("missing", [""])]
        self.spellings = _spellings(clinic)

    def lines(self, patient: Patient) -> Iterator[Line]:
        layout = {"long": self._long, "visits": self._visits, "wide": self._wide}[self.clinic.layout]
        told = self._about(patient)
        for course in patient.courses:
            yield from layout(patient, course, told)

    def _long(self, patient: Patient, course: Course, told: Cells) -> Iterator[Line]:
        for visit in course.visits:
            on = course.start + timedelta(days=visit.day)
            for name, value in visit.scores.items():
                own = {"instrument": self._code("instrument", name), "score": self._number(value)}
                known = told | self._at(patient, course, visit) | own
                yield self._line(patient, course, visit, known, (Score(name, on, value),))

    def _visits(self, patient: Patient, course: Course, told: Cells) -> Iterator[Line]:
        for visit in course.visits:
            on = course.start + timedelta(days=visit.day)
            scores = tuple(Score(m["instrument"], on, visit.scores[m["instrument"]]) for m in self.clinic.measure)
            yield self._line(patient, course, visit, told | self._at(patient, course, visit), scores)

    def _wide(self, patient: Patient, course: Course, told: Cells) -> Iterator[Line]:
        planned = {visit.planned: visit.scores for visit in course.visits}
        scores = tuple(
            Score(
                m["instrument"],
                course.start + timedelta(days=m["day"]),
                planned.get(m["day"], {}).get(m["instrument"]),
            )
            for m in self.clinic.measure
        )
        first = course.visits[0]
        yield self._line(patient, course, first, told | self._at(patient, course, first), scores)

    def _line(self, patient: Patient, course: Course, visit: Visit, known: Cells, scores: tuple[Score, ...]) -> Line:
        """The line that says what is `known`, by our names of columns, and the measured scores."""
        columns = self.clinic.columns
        cells = [known[ours] for ours in columns]
        if self.clinic.measure:
            cells += [self._number(score.value) for score in scores]
        statement = Statement(
            patient=patient.code,
            start=course.start if "start" in columns else None,
            scores=scores,
            age=patient.age,
            weeks=self._weeks(patient),
            event="disqualified" in columns and _event_at(patient, visit),
        )
        return Line(tuple(cells), statement)

    def _about(self, patient: Patient) -> Cells:
        """What every line about this patient says, by our names of columns."""
        told = {
            "age": str(patient.age),
            "duration_weeks": str(patient.weeks),
            "duration_years": _years(patient).replace(".", self.decimal),
            "sessions": str(patient.sessions),
        }
        if "sex" in self.clinic.columns:
            told["sex"] = self._code("sex", patient.sex)
        if "age_band" in self.clinic.columns:
            first, last = rules.age_band(patient.age)
            told["age_band"] = self._code("age_band", f"{first}+" if last is None else f"{first}-{last}")
        return told

    def _at(self, patient: Patient, course: Course, visit: Visit) -> Cells:
        """What a line about this visit says, by our names of columns."""
        careless = visit.day > 0 and self.chance.random() < self.clinic.careless_codes
        said = {
            "patient": f"{patient.code.lower()} " if careless else patient.code,
            "start": self._date(course.start),
            "date": self._date(course.start + timedelta(days=visit.day)),
            "day": str(visit.day),
        }
        if "visit" in self.clinic.columns:
            said["visit"] = self._code("visit", str(visit.planned))
        if "disqualified" in self.clinic.columns:
            said["disqualified"] = self._code("disqualified", "yes" if _event_at(patient, visit) else "no")
        return said

    def _weeks(self, patient: Patient) -> Fraction | None:
        if "duration_weeks" in self.clinic.columns:
            return Fraction(patient.weeks)
        if "duration_years" in self.clinic.columns:
            return Fraction(_years(patient)) * WEEKS_A_YEAR
        return None

    def _code(self, kind: str, ours: str) -> str:
        spellings = self.spellings[kind, ours]
        return spellings[0] if len(spellings) == 1 else spellings[int(self.chance.integers(len(spellings)))]

    def _number(self, value: Decimal | None) -> str:
        if value is None:
            return self.missing[int(self.chance.integers(len(self.missing)))]
        return str(value).replace(".", self.decimal)

    def _date(self, day: date) -> str:
        return written_date(self.clinic, day.year, day.month, day.day)


def _spellings(clinic: Clinic) -> dict[tuple[str, str], list[str]]:
    """The clinic's codes for each of our words, by kind of word."""
    spellings: dict[tuple[str, str], list[str]] = {}
    for kind, codes in clinic.codes.items():
        for theirs, ours in codes.items():
            spellings.setdefault((kind, str(ours)), []).append(theirs)
    return spellings


def _event_at(patient: Patient, visit: Visit) -> bool:
    # Nobody is asked about other treatments before there is one: the note is made at follow-up.
    return patient.event and visit.day > 0


def _years(patient: Patient) -> str:
    return f"{patient.weeks / 52:.1f}"


def written_date(clinic: Clinic, year: int, month: int, day: int) -> str:
    """A date in the clinic's order, whether or not the calendar has it."""
    if clinic.file.get("dates", "iso") == "dmy":
        return f"{day:02d}/{month:02d}/{year}"
    return f"{year}-{month:02d}-{day:02d}"
