"""The way from a clinic's lines to counts a second time: plain loops over ordinary values, one patient after another.

Written from METHODS (sections 6, 7) and the contract's documentation, without any code of `transforms`, so that the
two can disagree. Files of one line per record only; how quoted line ends are split is tested elsewhere.
"""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from schemas.delivery_contract import DeliveryContract
from schemas.vocabulary import Definition, Endpoint, Instrument, Population, Rule, Vocabulary
from tests.transforms.second_reading import BANDS, Record, read, set_aside

NEW_COURSE_AFTER = 90


@dataclass
class Opinion:
    """What became of every line, and the exact counts."""

    lines: int
    accepted: int
    quarantined: int
    blank: int
    reasons: Mapping[str, int]
    first_lines: Mapping[str, int]
    counts: Mapping[tuple[str, ...], Mapping[str, Any]]


def opinion(
    text: str, contract: DeliveryContract, vocabulary: Vocabulary, plan: Sequence[tuple[str, str, str]]
) -> Opinion:
    """What becomes of the file `text`; `plan` lists the (definition, endpoint, population) that studies ask for."""
    records, blank = read(text, contract, vocabulary)
    lines = text.count("\n")
    for record in records:
        set_aside(record, records, contract.episodes)
    faulty = [record for record in records if record.reasons]
    good = [record for record in records if not record.reasons]
    return Opinion(
        lines=lines,
        accepted=len(good),
        quarantined=len(faulty),
        blank=blank,
        reasons=Counter(reason for record in faulty for reason in record.reasons),
        first_lines={
            reason: min(record.line for record in faulty if reason in record.reasons)
            for record in faulty
            for reason in record.reasons
        },
        counts=dict(count(good, contract, vocabulary, plan)),
    )


# --- courses --------------------------------------------------------------------------------------------------


@dataclass
class Course:
    """One course of treatment of one patient."""

    records: list[Record]
    contract: DeliveryContract

    @property
    def start(self) -> date | None:
        """The day it began: as said, else the first contact."""
        said = [record.start for record in self.records if record.start]
        return min(said or [record.on for record in self.records if record.on], default=None)

    @property
    def closes(self) -> date | None:
        """The last day on which it can have begun, as far as is kept."""
        if self.start is None or self.contract.keep_dates == "day":
            return self.start
        return self.start.replace(day=monthrange(self.start.year, self.start.month)[1])

    @property
    def band(self) -> int | None:
        """Place of its age band."""
        return min((record.band for record in self.records if record.band is not None), default=None)

    @property
    def weeks(self) -> int | None:
        """Weeks of complaints."""
        return min((record.weeks for record in self.records if record.weeks is not None), default=None)

    @property
    def event(self) -> bool:
        """Whether a disqualifying event is recorded."""
        return any(record.event for record in self.records)

    def dated(self, instrument: str) -> list[tuple[int, Fraction]]:
        """(day from the start, score) of every score that was taken."""
        found = []
        for record in self.records:
            for name, nominal, score in record.scores:
                if name == instrument and score is not None:
                    day = nominal
                    if day is None and record.on and self.start:
                        day = (record.on - self.start).days
                    found.append((day or 0, score))
        return found

    def baseline(self, instrument: str) -> Fraction | None:
        """The last score of the baseline days."""
        low, high = self.contract.baseline_days
        inside = [pair for pair in self.dated(instrument) if low <= pair[0] <= high]
        return max(inside)[1] if inside else None

    def follow_up(self, instrument: str, endpoint: Endpoint) -> tuple[int, Fraction] | None:
        """The score nearest the target of the window, the later of two as near."""
        inside = [pair for pair in self.dated(instrument) if endpoint.low <= pair[0] <= endpoint.high]
        return min(inside, key=lambda pair: (abs(pair[0] - endpoint.target), -pair[0])) if inside else None

    def due(self, endpoint: Endpoint, cut: date | None) -> bool:
        """Whether the window has closed."""
        if self.contract.data_cut.kind == "closed":
            return True
        return self.closes is not None and cut is not None and self.closes + timedelta(endpoint.high) <= cut


def first_courses(records: Sequence[Record], contract: DeliveryContract) -> tuple[list[Course], list[Course]]:
    """Every patient's first course, and all courses."""
    by_patient: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_patient[record.patient].append(record)
    first, every = [], []
    for theirs in by_patient.values():
        courses = [Course(part, contract) for part in _parted(theirs, contract.episodes)]
        courses.sort(key=lambda course: (course.start or date.min, min(record.line for record in course.records)))
        first.append(courses[0])
        every += courses
    return first, every


def _parted(records: Sequence[Record], rule: str) -> list[list[Record]]:
    parts: dict[Any, list[Record]] = defaultdict(list)
    if rule == "gap":
        number, before = 0, None
        for record in sorted(records, key=lambda record: record.on or date.min):
            if before and record.on and (record.on - before).days >= NEW_COURSE_AFTER:
                number += 1
            before = record.on
            parts[number].append(record)
    else:
        for record in records:
            parts[{"start": record.start, "column": record.course, "single": 0}[rule]].append(record)
    return list(parts.values())


# --- responders -----------------------------------------------------------------------------------------------


def room(rule: Rule, before: Fraction, instrument: Instrument) -> bool:
    """Whether a baseline leaves room to meet a rule."""
    threshold = Fraction(rule.threshold)
    if rule.kind == "relative":
        return before > 0
    if rule.kind == "pass":
        return before > threshold if instrument.better == "lower" else before < threshold
    low, high = Fraction(str(instrument.low)), Fraction(str(instrument.high))
    return (before - low if instrument.better == "lower" else high - before) >= threshold


def met(rule: Rule, before: Fraction, after: Fraction, better: str) -> bool:
    """Whether a score meets a rule."""
    threshold = Fraction(rule.threshold)
    if rule.kind == "pass":
        return after <= threshold if better == "lower" else after >= threshold
    gain = before - after if better == "lower" else after - before
    if rule.kind == "relative":
        return before > 0 and gain / before >= threshold / 100
    return gain >= threshold


def status(definition: Definition, course: Course, endpoint: Endpoint, cut: date | None, words: Vocabulary) -> str:
    """What a course counts as."""
    answers: list[bool | None] = []
    rooms: list[bool | None] = []
    for rule in definition.rules:
        instrument, before = words.instruments[rule.instrument], course.baseline(rule.instrument)
        after = course.follow_up(rule.instrument, endpoint)
        able = None if before is None else room(rule, before, instrument) or definition.non_evaluable == "counted"
        rooms.append(able)
        if before is None or (able and after is None):
            answers.append(None)
        else:
            answers.append(bool(able and after and met(rule, before, after[1], instrument.better)))
    if all(able is None for able in rooms):
        return "no_baseline"
    if all(able is False for able in rooms):
        return "cannot_improve"
    if not course.due(endpoint, cut):
        return "not_due"
    if definition.disqualifying_event and course.event:
        return "non_responders"
    return _joined(answers, "or" if definition.combine == "or" else "and")


def _joined(answers: Sequence[bool | None], combine: str) -> str:
    decisive = combine == "or"
    if decisive in answers:
        return "responders" if decisive else "non_responders"
    if None in answers:
        return "missing"
    return "non_responders" if decisive else "responders"


# --- counts ---------------------------------------------------------------------------------------------------


def count(
    records: Sequence[Record],
    contract: DeliveryContract,
    words: Vocabulary,
    plan: Sequence[tuple[str, str, str]],
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """(definition, endpoint, population, period kind, period) with the numbers of that cell."""
    courses, every = first_courses(records, contract)
    cut = contract.data_cut.on or max((record.on for record in records if record.on), default=None)
    collected = {name for name in words.instruments if any(course.dated(name) for course in every)}
    for definition in words.definitions.values():
        if not set(definition.instruments) <= collected:
            continue
        for endpoint in words.endpoints.values():
            if contract.endpoints and endpoint.id not in contract.endpoints:
                continue
            asked = {"everyone"} | {name for rule, at, name in plan if (rule, at) == (definition.id, endpoint.id)}
            for population in sorted(asked):
                cells = _cells(courses, definition, endpoint, words.populations[population], cut, words, contract)
                for (kind, period), numbers in cells.items():
                    yield (definition.id, endpoint.id, population, kind, period), numbers


def belongs(course: Course, population: Population) -> bool:
    """Whether nothing that is known of a course puts it outside a population."""
    if course.weeks is not None and course.weeks < (population.min_duration_weeks or 0):
        return False
    if course.band is not None:
        low, high = BANDS[course.band]
        if low < (population.age_from or 0) or high > (population.age_to or 200):
            return False
    before = course.baseline(population.baseline_instrument) if population.baseline_instrument else None
    if before is None:
        return True
    at_least, below = population.baseline_at_least, population.baseline_below
    return (at_least is None or before >= Fraction(str(at_least))) and (below is None or before < Fraction(str(below)))


def _cells(
    courses: Sequence[Course], definition: Definition, endpoint: Endpoint, population: Population,
    cut: date | None, words: Vocabulary, contract: DeliveryContract,
) -> dict[tuple[str, str], dict[str, Any]]:  # fmt: skip
    inside = [course for course in courses if belongs(course, population)]
    if not any(course.dated(name) for course in inside for name in definition.instruments):
        return {}
    periods: dict[tuple[str, str], list[Course]] = defaultdict(list)
    for course in courses:
        for period in _periods(course.start):
            periods[period].append(course)
    return {
        period: _numbers(
            begun, inside, definition, endpoint, population, cut, words, contract, whole=period[0] == "all"
        )
        for period, begun in periods.items()
    }


def _periods(start: date | None) -> list[tuple[str, str]]:
    if start is None:
        return [("all", "all")]
    return [
        ("all", "all"),
        ("year", str(start.year)),
        ("quarter", f"{start.year}-Q{(start.month - 1) // 3 + 1}"),
    ]


def _numbers(
    begun: Sequence[Course], inside: Sequence[Course], definition: Definition, endpoint: Endpoint,
    population: Population, cut: date | None, words: Vocabulary, contract: DeliveryContract, *, whole: bool,
) -> dict[str, Any]:  # fmt: skip
    here = [course for course in begun if course in inside]
    judged = [(course, status(definition, course, endpoint, cut, words)) for course in here]
    tally = Counter(word for _, word in judged)
    due = [course for course, word in judged if word in ("missing", "responders", "non_responders")]
    before = [course.baseline(definition.rules[0].instrument) for course in due]
    known = [one for one in before if one is not None]
    days = [_day(course, definition, endpoint) for course, word in judged if word in ("responders", "non_responders")]
    seen = [one for one in days if one is not None]
    waiting = [course.closes for course, word in judged if word == "not_due" and course.closes]
    return {
        **{word: tally[word] for word in ("no_baseline", "cannot_improve", "not_due", "missing")},
        **{word: tally[word] for word in ("responders", "non_responders")},
        "started": len(here),
        "left_out": len(begun) - len(here),
        "duration_met": sum(
            course.weeks is not None and course.weeks >= (population.min_duration_weeks or 0) for course in due
        ),
        "baselines": len(known),
        "baseline_mean": float(sum(known) / len(known)) if known else None,
        "median_day": float(median(seen)) if seen and whole else None,
        "coverage": _coverage(begun, definition, endpoint, cut, words, contract, whole),
        "first_due": min(waiting) + timedelta(endpoint.high) if waiting else None,
    }


def _day(course: Course, definition: Definition, endpoint: Endpoint) -> int | None:
    found = [course.follow_up(name, endpoint) for name in definition.instruments]
    return max((one[0] for one in found if one), default=None)


def _coverage(
    begun: Sequence[Course], definition: Definition, endpoint: Endpoint, cut: date | None,
    words: Vocabulary, contract: DeliveryContract, whole: bool,
) -> float | None:  # fmt: skip
    with_baseline = sum(status(definition, course, endpoint, cut, words) != "no_baseline" for course in begun)
    if whole and contract.started:
        return min(1.0, with_baseline / contract.started)
    unscored = [c for c in begun if not any(score[2] is not None for r in c.records for score in r.scores)]
    return with_baseline / len(begun) if unscored else None
