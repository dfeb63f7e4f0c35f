"""Following one clinic patient by patient: CUSUM of non-response with its limit, and expected minus observed.

For the clinic's own eyes. A failure is a non-response. METHODS 11.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.distributions import Vector

Courses = NDArray[np.integer[Any]] | NDArray[np.bool_]

WORSE, BETTER = 1.5, 1 / 1.5  # METHODS 11.4: the odds ratios looked for
FALSE_ALARMS = 0.05  # METHODS 11.4: over a year's patients
SIMULATIONS = 20_000
LARGEST_EXACT = 20  # patients up to which every course of events is counted
SAME_PATH = 1e-9  # maxima closer than this are one


@dataclass(frozen=True, slots=True)
class Cusum:
    """The path after each patient and where it signals; at or below 0 where improvement is looked for."""

    path: tuple[float, ...]
    signals: tuple[bool, ...]


def cusum(
    failures: Sequence[int],
    risks: Sequence[float],
    odds_ratio: float,
    limit: float,
    *,
    reset: bool = True,
) -> Cusum:
    """The risk-adjusted CUSUM of 0/1 failures with the risks expected of each patient.

    `odds_ratio` above 1 looks for more failures (positive limit), below 1 for fewer (negative limit). After a
    signal the path restarts at 0 unless `reset` is false. Steiner 2000, doi 10.1093/biostatistics/1.4.441.
    """
    sign = 1.0 if odds_ratio > 1 else -1.0
    level, path, signals = 0.0, [], []
    for failure, risk in zip(failures, risks, strict=True):
        level = max(0.0, level + weight(failure, risk, odds_ratio))
        signal = level >= abs(limit)
        level = 0.0 if signal and reset else level
        path.append(sign * level)
        signals.append(signal)
    return Cusum(tuple(path), tuple(signals))


def weight(failure: int, risk: float, odds_ratio: float) -> float:
    """What one patient adds: the log likelihood ratio of changed to expected odds."""
    if not 0 < risk < 1 or odds_ratio <= 0 or odds_ratio == 1:
        raise ValueError(f"CUSUM: found risk {risk}, odds ratio {odds_ratio}; expected 0..1 and not 1")
    return failure * log(odds_ratio) - log(1 - risk + odds_ratio * risk)


def vlad(failures: Sequence[int], risks: Sequence[float]) -> tuple[float, ...]:
    """The running sum of expected minus observed failures: above 0 is fewer than expected.

    Lovegrove 1997, doi 10.1016/S0140-6736(97)06507-0.
    """
    gaps = np.asarray(risks, dtype=np.float64) - np.asarray(failures, dtype=np.float64)
    return tuple(np.cumsum(gaps).tolist())


def exact_limit(patients: int, risk: float, odds_ratio: float, false_alarms: float = FALSE_ALARMS) -> float:
    """The limit that the path over so many patients reaches with at most this chance, counted out.

    Raises `ValueError` for more than 20 patients; use `simulated_limit`.
    """
    if patients > LARGEST_EXACT:
        raise ValueError(f"CUSUM limit: found {patients} patients, expected {LARGEST_EXACT} or fewer")
    courses = (np.arange(2**patients)[:, None] >> np.arange(patients)) & 1
    failed = courses.sum(axis=1)
    chances = risk**failed * (1 - risk) ** (patients - failed)
    return _limit(_maxima(courses, np.full(patients, risk), odds_ratio), chances, odds_ratio, false_alarms)


def simulated_limit(
    risks: Sequence[float],
    odds_ratio: float,
    seed: int,
    false_alarms: float = FALSE_ALARMS,
    simulations: int = SIMULATIONS,
) -> float:
    """The limit that the path over patients with these risks reaches with at most this chance.

    Signed as `cusum` takes it; repeatable by its seed.
    """
    each = np.asarray(risks, dtype=np.float64)
    courses = np.random.default_rng(seed).random((simulations, each.size)) < each
    highest = _maxima(courses, each, odds_ratio)
    return _limit(highest, np.full(simulations, 1 / simulations), odds_ratio, false_alarms)


def _maxima(courses: Courses, risks: Vector, odds_ratio: float) -> Vector:
    """The highest level that each course (a row of failures) reaches."""
    steps = courses * log(odds_ratio) - np.log(1 - risks + odds_ratio * risks)
    level, highest = np.zeros(len(courses)), np.zeros(len(courses))
    for step in steps.T:
        level = np.maximum(0.0, level + step)
        highest = np.maximum(highest, level)
    return highest


def _limit(highest: Vector, chances: Vector, odds_ratio: float, false_alarms: float) -> float:
    """The smallest level reached at which signals are rare enough, signed; infinite where none is."""
    order = np.argsort(-highest, kind="stable")
    levels, reached = highest[order], np.cumsum(chances[order])
    last_of_level = np.append(np.diff(levels) < -SAME_PATH, True)
    rare = levels[last_of_level & (reached <= false_alarms) & (levels > 0)]
    found = float(rare[-1]) if rare.size else inf
    return found if odds_ratio > 1 else -found
