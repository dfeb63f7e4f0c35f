"""Drawing one simulated clinic: who responds, who is seen again, and the truth about it, counted at once.

Plain arrays of chance and no step of the pipeline. Files are written in `homes`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.calibration.design import APART, DATA_CUT, FIRST_START, Clinic, Mechanism
from schemas.vocabulary import Endpoint

#: Scores before treatment, whole points of a scale from 0 to 100 on which lower is better.
MILDEST, WORST = 30, 80
#: How much likelier the worst, and those who did not respond, are to be lost than the average.
TIED_TO_SEVERITY, TIED_TO_OUTCOME = 0.8, 1.5
#: A response is an improvement of 30% of the baseline or more: a score at or below this many hundredths of it.
RESPONSE = 70

Flags = NDArray[np.bool_]
Shares = NDArray[np.floating[Any]]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Truth:
    """What is true of a clinic's outcome: its rate; of those due, how many respond, whether seen or not; its counts."""

    rate: float
    due: int
    would_respond: int
    responders: int
    non_responders: int
    missing: int
    not_due: int


@dataclass(frozen=True)
class Drawn:
    """One clinic's patients: day of start, scores by instrument, endpoint and patient; what arrives twice, or late.

    `before` is (instruments, patients); `after` and `seen` are (instruments, endpoints, patients); `day` is
    (endpoints, patients). `truth` is by instrument and endpoint.
    """

    clinic: Clinic
    start: Whole
    before: Whole
    after: Whole
    seen: Flags
    day: Whole
    twice: Flags
    truth: dict[tuple[int, int], Truth]


def draw(clinic: Clinic, instruments: int, endpoints: list[Endpoint], chance: np.random.Generator) -> Drawn:
    """The patients of a clinic, with the truth about each of its outcomes."""
    shape = (instruments, len(endpoints), clinic.size)
    start, quarter = _starts(clinic, chance)
    before = chance.integers(MILDEST, WORST + 1, (instruments, clinic.size))
    severity = (before - (MILDEST + WORST) / 2) / ((WORST - MILDEST) / 2)
    rate = _rates(clinic, shape[:2], chance)
    responds = chance.random(shape) < _chances(clinic, rate, severity, quarter)
    seen = chance.random(shape) >= _losses(clinic.mechanism, clinic.lost, rate, severity, responds)
    day, in_time = _days(clinic, endpoints, chance)
    drawn = Drawn(
        clinic,
        start,
        before,
        _scores(before, responds, chance),
        seen,
        day,
        chance.random((len(endpoints), clinic.size)) < clinic.twice,
        {},
    )
    due = _due(start, endpoints)
    came = day + start <= (DATA_CUT - FIRST_START).days
    for i in range(instruments):
        for e in range(len(endpoints)):
            counted = seen[i, e] & in_time[e] & came[e]
            drawn.truth[i, e] = _counted(float(rate[i, e]), due[e], responds[i, e], counted)
    return drawn


def _starts(clinic: Clinic, chance: np.random.Generator) -> tuple[Whole, Whole]:
    """Days of start, and which quarter each lies in; as many in every quarter where a clinic is followed for years."""
    months = np.array([_days_to(3 * q) for q in range(clinic.quarters + 1)])
    quarter = np.arange(clinic.size) % clinic.quarters
    if clinic.unfinished:
        return chance.integers(0, (DATA_CUT - FIRST_START).days, clinic.size), quarter
    length = months[quarter + 1] - months[quarter]
    return months[quarter] + (chance.random(clinic.size) * length).astype(np.int64), quarter


def _days_to(months: int) -> int:
    return (date(FIRST_START.year + months // 12, 1 + months % 12, 1) - FIRST_START).days


def _rates(clinic: Clinic, shape: tuple[int, ...], chance: np.random.Generator) -> Shares:
    """The true rate of each outcome; drawn about the clinic's where clinics truly differ."""
    if not clinic.icc:
        return np.full(shape, clinic.rate)
    prior = (1 - clinic.icc) / clinic.icc
    return chance.beta(clinic.rate * prior, (1 - clinic.rate) * prior, shape)


def _chances(clinic: Clinic, rate: Shares, severity: Shares, quarter: Whole) -> Shares:
    """Each patient's chance to respond; their mean is the rate, as severity is as often above as below its middle."""
    chances = rate[:, :, None] + clinic.slope * severity[:, None, :]
    if clinic.shifted_from is not None:
        chances = chances - APART * (quarter >= clinic.shifted_from)
    return np.clip(chances, 0, 1)


def _losses(mechanism: Mechanism, lost: float, rate: Shares, severity: Shares, responds: Flags) -> Shares:
    """Each patient's chance to be lost: the same for all, by severity, or by the outcome itself."""
    if mechanism == "MAR":
        return lost * (1 + TIED_TO_SEVERITY * severity[:, None, :]) * np.ones(responds.shape)
    if mechanism == "MNAR":
        of_the_others = TIED_TO_OUTCOME * lost
        of_responders = (lost - (1 - rate) * of_the_others) / rate
        return np.where(responds, of_responders[:, :, None], of_the_others)
    return np.full(responds.shape, lost)


def _scores(before: Whole, responds: Flags, chance: np.random.Generator) -> Whole:
    """Whole scores at follow-up that are a response where there is one, and none where there is none."""
    most = np.broadcast_to((before * RESPONSE // 100)[:, None, :], responds.shape)
    share = chance.random(responds.shape)
    better = np.floor(share * (most + 1))
    worse = most + 1 + np.floor(share * (100 - most))
    return np.where(responds, better, worse).astype(np.int64)


def _days(clinic: Clinic, endpoints: list[Endpoint], chance: np.random.Generator) -> tuple[Whole, Flags]:
    """The day of each visit after the start, near the target; and whether it is in time, as late ones are not."""
    target = np.array([[endpoint.target] for endpoint in endpoints])
    near = target + chance.integers(-7, 8, (len(endpoints), clinic.size))
    late = chance.random(near.shape) < clinic.late
    after = np.array([[endpoint.high + 1] for endpoint in endpoints])
    return np.where(late, after, near), ~late


def _due(start: Whole, endpoints: list[Endpoint]) -> Flags:
    """Whether the window has closed for everybody who began in the same month, which is all that is kept of a start."""
    ends = np.array([_end_of_month(FIRST_START + timedelta(days=int(day))) for day in start])
    return np.array([ends + endpoint.high <= (DATA_CUT - FIRST_START).days for endpoint in endpoints])


def _end_of_month(day: date) -> int:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - FIRST_START).days - 1


def _counted(rate: float, due: Flags, responds: Flags, seen: Flags) -> Truth:
    return Truth(
        rate,
        due=int(due.sum()),
        would_respond=int((due & responds).sum()),
        responders=int((due & responds & seen).sum()),
        non_responders=int((due & ~responds & seen).sum()),
        missing=int((due & ~seen).sum()),
        not_due=int((~due).sum()),
    )
