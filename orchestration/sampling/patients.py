"""Drawing the people of one clinic: who comes when, how they score, who improves and who is not seen again.

Nothing here knows files. Outcomes are assigned by quota, so that a clinic has the rate that it was built for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from orchestration.sampling import rules
from orchestration.sampling.settings import Clinic, Habits, Network, SampleError
from schemas.vocabulary import Vocabulary

#: How often a follow-up is drawn again until it is the outcome that the quota asks for.
ATTEMPTS = 2_000
SEXES = ("female", "male", "other", "unknown")
SEX_SHARES = (0.60, 0.37, 0.02, 0.01)
YOUNGEST, OLDEST = 16, 93


@dataclass(frozen=True)
class Visit:
    """One contact: the day it was planned for, the day it took place, a score or None for each instrument."""

    planned: int
    day: int
    scores: Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Course:
    """One course of treatment: the day it started and its visits by day."""

    start: date
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class Patient:
    """One person as the clinic knows them; `event`: something disqualifying is noted at follow-up."""

    code: str
    age: int
    sex: str
    weeks: int
    sessions: int
    event: bool
    courses: tuple[Course, ...] = ()


def draw_patients(clinic: Clinic, network: Network, vocabulary: Vocabulary) -> list[Patient]:
    """Everyone whom the clinic treats, in the order in which they first came.

    Raises `SampleError` where the outcome that the clinic is built for cannot be drawn from its severity.
    """
    chance = network.chance(clinic.alias, "patients")
    seen = {day: _quota(chance, clinic.patients, share) for day, share in clinic.follow_up.items()}
    better = _improvers(clinic, seen, chance)
    people = _people(clinic, chance)
    drawing = _Drawing(clinic, network, vocabulary, chance)
    return [
        replace(
            person,
            courses=drawing.courses(start, [day for day in seen if seen[day][place]], bool(better[place])),
        )
        for place, (person, start) in enumerate(zip(people, _starts(clinic, chance), strict=True))
    ]


def _quota(chance: np.random.Generator, size: int, share: float) -> np.ndarray:
    """A flag for each of `size` people, exactly the rounded share of them set."""
    flags = np.zeros(size, dtype=bool)
    flags[chance.permutation(size)[: round(size * share)]] = True
    return flags


def _improvers(clinic: Clinic, seen: Mapping[int, np.ndarray], chance: np.random.Generator) -> np.ndarray:
    if clinic.steering is None:
        return _quota(chance, clinic.patients, clinic.improving)
    better = _quota(chance, clinic.patients, clinic.steering.rate)
    followed = np.flatnonzero(seen[clinic.steering.day])
    better[followed] = _quota(chance, len(followed), clinic.steering.rate)
    return better


def _starts(clinic: Clinic, chance: np.random.Generator) -> list[date]:
    first, last = clinic.starts
    days = np.sort(chance.integers(0, (last - first).days + 1, clinic.patients))
    return [_working_day(first + timedelta(days=int(day))) for day in days]


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, day.weekday() - 4) and 7 - day.weekday())


def _people(clinic: Clinic, chance: np.random.Generator) -> list[Patient]:
    """Who they are, before their first visit."""
    size = clinic.patients
    ages = np.clip(np.round(chance.normal(52, 14, size)), YOUNGEST, OLDEST).astype(int)
    sexes = chance.choice(len(SEXES), size, p=SEX_SHARES)
    short = chance.random(size) < clinic.short_complaints
    weeks = np.where(short, chance.integers(4, 24, size), chance.integers(30, 900, size))
    sessions = chance.integers(6, 15, size)
    events = chance.random(size) < clinic.events
    return [
        Patient(
            code=f"{clinic.code}-{10_000 + place * 7}",
            age=int(ages[place]),
            sex=SEXES[sexes[place]],
            weeks=int(weeks[place]),
            sessions=int(sessions[place]),
            event=bool(events[place]),
        )
        for place in range(size)
    ]


class _Drawing:
    """Draws courses of treatment for one clinic."""

    def __init__(self, clinic: Clinic, network: Network, vocabulary: Vocabulary, chance: np.random.Generator) -> None:
        self.clinic, self.vocabulary, self.chance = clinic, vocabulary, chance
        self.cut = network.data_cut
        habits = network.habits_of(clinic)
        # A file of nominal days cannot show that somebody came early or late.
        self.habits = habits if clinic.by_date else Habits(never_scored=habits.never_scored)
        self.ladders = {name: self._ladder(network, name) for name in clinic.instruments}

    def courses(self, start: date, days: list[int], better: bool) -> tuple[Course, ...]:
        """The first course, and for some a second one long after it."""
        first = self._course(start, days, better)
        again = start + timedelta(days=max(self.clinic.follow_up, default=0) + 240)
        if self.chance.random() >= self.clinic.second_courses or again > self.cut:
            return (first,)
        return first, self._course(again, days[:1], better)

    def _ladder(self, network: Network, name: str) -> tuple[Decimal, ...]:
        instrument = self.vocabulary.instruments[name]
        if instrument.low is None or instrument.high is None:
            raise SampleError(f"network.toml: clinic {self.clinic.alias}: {name} has no range; take another instrument")
        return network.ladder(name, instrument.low, instrument.high)

    def _course(self, start: date, days: list[int], better: bool) -> Course:
        if self.chance.random() < self.habits.never_scored:
            return Course(start, (Visit(0, 0, dict.fromkeys(self.clinic.instruments)),))
        before = self._baseline()
        visits = [*self._first_visits(before), *self._follow_ups(before, days, better)]
        # Two contacts on one day would contradict each other, which is only done on purpose (`spoiling`).
        came = {visit.day: visit for visit in visits if start + timedelta(days=visit.day) <= self.cut}
        return Course(start, tuple(came[day] for day in sorted(came)))

    def _baseline(self) -> dict[str, Decimal]:
        shared = self.chance.normal()
        scores: dict[str, Decimal] = {}
        for name, (mean, spread) in self.clinic.severity.items():
            worse = 1 if self.vocabulary.instruments[name].better == "lower" else -1
            own = 0.6 * worse * shared + 0.8 * self.chance.normal()
            scores[name] = self._rung(name, mean + spread * own)
        if self.chance.random() < self.habits.half_asked:
            scores.pop(self.clinic.instruments[-1])
        return scores

    def _rung(self, name: str, value: float) -> Decimal:
        ladder = self.ladders[name]
        share = (value - float(ladder[0])) / (float(ladder[-1]) - float(ladder[0]))
        return ladder[round(min(1.0, max(0.0, share)) * (len(ladder) - 1))]

    def _first_visits(self, scores: Mapping[str, Decimal]) -> Iterator[Visit]:
        asked = {name: scores.get(name) for name in self.clinic.instruments}
        habits, drawn = self.habits, self.chance.random()
        if drawn < habits.late_baseline:
            yield Visit(0, int(self.chance.integers(1, 6)), asked)
        elif drawn < habits.late_baseline + habits.early_baseline:
            yield Visit(0, -int(self.chance.integers(15, 40)), asked)
        else:
            if drawn > 1 - habits.screened_before:
                earlier = {name: self._nearby(name, score) for name, score in scores.items()}
                yield Visit(0, -int(self.chance.integers(4, 13)), asked | earlier)
            yield Visit(0, -int(self.chance.integers(0, 3)) if self.clinic.by_date else 0, asked)

    def _nearby(self, name: str, score: Decimal) -> Decimal:
        width = float(self.ladders[name][-1] - self.ladders[name][0])
        return self._rung(name, float(score) + 0.06 * width * self.chance.normal())

    def _follow_ups(self, before: Mapping[str, Decimal], days: list[int], better: bool) -> Iterator[Visit]:
        for planned in self.clinic.follow_up:
            day = self._day_of(planned)
            if planned in days:
                yield Visit(planned, day, self._with_gaps(self._after(before, planned, better)))
                if self.chance.random() < self.habits.extra_contact and day > planned:
                    # As far from the target, but earlier and with another outcome: the later visit must win.
                    yield Visit(planned, 2 * planned - day, dict(self._improved(before, not better, progress=1.0)))
            elif self.chance.random() < self.habits.unanswered_visit:
                yield Visit(planned, day, dict.fromkeys(self.clinic.instruments))

    def _day_of(self, planned: int) -> int:
        if not self.clinic.by_date:
            return planned
        off = round(max(-2.5, min(2.5, self.chance.normal())) * self.clinic.spread)
        return planned + off + (60 if self.chance.random() < self.habits.late_follow_up else 0)

    def _with_gaps(self, scores: Mapping[str, Decimal]) -> dict[str, Decimal | None]:
        gaps: dict[str, Decimal | None] = dict(scores)
        if self.chance.random() < self.habits.half_asked:
            gaps[self.clinic.instruments[0]] = None
        return gaps

    def _after(self, before: Mapping[str, Decimal], planned: int, better: bool) -> dict[str, Decimal]:
        """Scores at a follow-up; on the steered day, such as give the outcome that the quota asks for."""
        steering = self.clinic.steering
        if steering is None or planned != steering.day:
            return self._improved(before, better, progress=planned / (planned + 30))
        definition = self.vocabulary.definitions[steering.definition]
        asked = rules.RESPONDER if better else rules.NON_RESPONDER
        for _ in range(ATTEMPTS):
            scores = self._improved(before, better, progress=1.0)
            found = rules.status(definition, self.vocabulary.instruments, before, scores, due=True)
            if found == asked or found not in (rules.RESPONDER, rules.NON_RESPONDER):
                return scores
        raise SampleError(
            f"network.toml: clinic {self.clinic.alias}: no {asked} of {definition.id} in {ATTEMPTS} draws; "
            "widen gain_if_better or gain_otherwise, or change its severity"
        )

    def _improved(self, before: Mapping[str, Decimal], better: bool, *, progress: float) -> dict[str, Decimal]:
        gain = self.chance.uniform(*(self.clinic.gain_if_better if better else self.clinic.gain_otherwise))
        scores: dict[str, Decimal] = {}
        for name in self.clinic.instruments:
            ladder = self.ladders[name]
            good, bad = ladder[0], ladder[-1]
            if self.vocabulary.instruments[name].better == "higher":
                good, bad = bad, good
            start = float(before.get(name, ladder[len(ladder) // 2]))
            share = progress * gain + 0.05 * self.chance.normal()
            way = float(good) - start if share > 0 else start - float(bad)
            scores[name] = self._rung(name, start + share * way)
        return scores
