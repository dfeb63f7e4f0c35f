"""The truth about a sample: what became of each line, and what each first course of treatment counts as.

Counted from what the lines state, one patient after the other, without any step of the pipeline.
"""

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from orchestration.sampling import rules
from orchestration.sampling.lines import Line, Statement
from orchestration.sampling.settings import Clinic, Network
from schemas.vocabulary import Endpoint, Population, Vocabulary

#: Days from the start in which the last score is the baseline (DESIGN, section 4).
BASELINE_DAYS = (-14, 0)
EVERYONE = "everyone"

LINES_HEADER = ("source", "file", "lines", "header", "accepted", "quarantined", "blank", "refusal")
REASONS_HEADER = ("source", "file", "reason", "lines")
COUNTS_HEADER = ("source", "definition", "endpoint", "population", "period_kind", *rules.STATUSES)

Row = tuple[str | int, ...]


@dataclass(frozen=True)
class FirstCourse:
    """A patient's first course: baselines, all scores as (day from the start, score), and who it was."""

    start: date
    baseline: dict[str, Decimal]
    scores: dict[str, list[tuple[int, Decimal]]]
    age: int
    weeks: Fraction | None
    event: bool

    def follow_up(self, endpoint: Endpoint) -> dict[str, Decimal]:
        """For each instrument the score that stands for the endpoint, where there is one."""
        chosen = {name: rules.selected(endpoint, dated) for name, dated in self.scores.items()}
        return {name: score for name, score in chosen.items() if score is not None}

    def due(self, endpoint: Endpoint, clinic: Clinic, data_cut: date) -> bool:
        """Whether the window has closed; where only months are kept, for all who started in that month."""
        start = self.start
        if clinic.keep_dates == "month":
            start = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        return start + timedelta(days=endpoint.high) <= data_cut


def line_row(source: str, file: str, lines: list[Line]) -> Row:
    """What became of the lines of one file that was read, as a row under `LINES_HEADER`."""
    blank = sum(line.blank for line in lines)
    quarantined = sum(bool(line.reasons) for line in lines)
    return source, file, len(lines) + 1, 1, len(lines) - blank - quarantined, quarantined, blank, ""


def refused_row(source: str, file: str, lines: list[Line], refusal: str) -> Row:
    """A file that is refused whole: its lines are counted and nothing else about them is."""
    return source, file, len(lines) + 1, "", "", "", "", refusal


def reason_rows(source: str, file: str, lines: Iterable[Line]) -> Iterator[Row]:
    """Lines by reason under `REASONS_HEADER`; a line with two reasons counts under each."""
    times = Counter(reason for line in lines for reason in line.reasons)
    for reason in sorted(times):
        yield source, file, reason, times[reason]


def count_rows(clinic: Clinic, lines: Iterable[Line], network: Network, vocabulary: Vocabulary) -> Iterator[Row]:
    """Statuses of first courses under `COUNTS_HEADER`, for each definition that the instruments allow."""
    courses = first_courses(lines)
    populations = [p for p in vocabulary.populations.values() if p.condition in (None, clinic.condition)]
    members = {p.id: [_belongs(course, p, clinic) for course in courses] for p in populations}
    for endpoint in (vocabulary.endpoints[name] for name in clinic.endpoints):
        judged = _judged(courses, endpoint, clinic, network, vocabulary)
        for definition in sorted(judged):
            for population in sorted(members):
                times = Counter(s for s, member in zip(judged[definition], members[population], strict=True) if member)
                if times or population == EVERYONE:
                    tally = (times[status] for status in rules.STATUSES)
                    yield clinic.alias, definition, endpoint.id, population, "all", *tally


def _belongs(course: FirstCourse, population: Population, clinic: Clinic) -> bool:
    return rules.inside(
        population, condition=clinic.condition, age=course.age, weeks=course.weeks, baseline=course.baseline
    )


def _judged(
    courses: list[FirstCourse], endpoint: Endpoint, clinic: Clinic, network: Network, vocabulary: Vocabulary
) -> dict[str, list[str]]:
    definitions = vocabulary.definitions_for(clinic.instruments)
    judged: dict[str, list[str]] = {definition.id: [] for definition in definitions}
    for course in courses:
        before, after = course.baseline, course.follow_up(endpoint)
        due = course.due(endpoint, clinic, network.data_cut)
        for definition in definitions:
            found = rules.status(definition, vocabulary.instruments, before, after, due=due, event=course.event)
            judged[definition.id].append(found)
    return judged


def first_courses(lines: Iterable[Line]) -> list[FirstCourse]:
    """The first course of every patient of whom at least one line can be used, by patient.

    A course is what shares a start; where no column has one, all of a patient's lines are one course, which
    starts on the day of the first of them.
    """
    by_patient: dict[str, list[Statement]] = defaultdict(list)
    for line in lines:
        if line.statement is not None and not line.reasons:
            by_patient[line.statement.patient].append(line.statement)
    return [_first_course(by_patient[patient]) for patient in sorted(by_patient)]


def _first_course(stated: list[Statement]) -> FirstCourse:
    start = min(statement.start or min(score.on for score in statement.scores) for statement in stated)
    course = [statement for statement in stated if statement.start in (None, start)]
    scores: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for score in (score for statement in course for score in statement.scores):
        if score.value is not None:
            scores[score.instrument].append(((score.on - start).days, score.value))
    event = any(statement.event for statement in course)
    return FirstCourse(start, _baseline(scores), dict(scores), course[0].age, course[0].weeks, event)


def _baseline(scores: Mapping[str, list[tuple[int, Decimal]]]) -> dict[str, Decimal]:
    """For each instrument the last score of the baseline's days, where there is one."""
    first, last = BASELINE_DAYS
    timely = {name: [pair for pair in dated if first <= pair[0] <= last] for name, dated in scores.items()}
    return {name: max(dated)[1] for name, dated in timely.items() if dated}
