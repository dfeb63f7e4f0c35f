"""Change as a quantity beside the responder label: its mean, its whole distribution, and measurement error.

The responder rules themselves are compiled elsewhere; here one pair of scores per patient is enough.
METHODS 6.4 to 6.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from transforms.statistics.distributions import t_value, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

Better = Literal["lower", "higher"]
TOLERANCE = 1e-9  # METHODS 6.1: 30% of 7 is met by 4.9
CURVE_THRESHOLDS = tuple(step / 20 for step in range(21))  # METHODS 6.4: every five points


@dataclass(frozen=True, slots=True)
class CumulativeCurve:
    """The share of patients who improved by at least each threshold, a share of their baseline."""

    thresholds: tuple[float, ...]
    completers: tuple[float, ...]
    nri: tuple[float, ...]
    n_evaluable: int
    n_due: int


@dataclass(frozen=True, slots=True)
class MeanChange:
    """Improvement (positive is better) of the measured: its mean with a t interval, and its spread."""

    n: int
    mean: float
    interval: Interval | None
    median: float
    quartiles: Interval
    standardised_response_mean: float | None


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """The standard errors of one score and of a difference, and a change in units of the latter."""

    sem: float
    sdiff: float
    rci: float


@dataclass(frozen=True, slots=True)
class ReliableShares:
    """The shares of patients who changed by more than measurement error, either way, and who did not."""

    improved: float
    unchanged: float
    deteriorated: float


Pairs = Sequence[tuple[float, float | None]]


def cumulative_curve(
    scores: Pairs, thresholds: Sequence[float] = CURVE_THRESHOLDS, better: Better = "lower"
) -> CumulativeCurve | None:
    """The cumulative responder curve of (baseline, follow-up or None) pairs; None where nobody can be placed.

    A baseline of 0 has no relative change and leaves both denominators; a missing follow-up counts in that of
    `nri` only. METHODS 6.4; Farrar 2006, doi 10.1016/j.jpainsymman.2005.08.018.
    """
    due = [(baseline, followup) for baseline, followup in scores if baseline > 0]
    shares = np.array([_improvement(b, f, better) / b for b, f in due if f is not None])
    if shares.size == 0:
        return None
    met = [int((shares >= threshold - TOLERANCE).sum()) for threshold in thresholds]
    return CumulativeCurve(
        tuple(thresholds),
        tuple(count / shares.size for count in met),
        tuple(count / len(due) for count in met),
        shares.size,
        len(due),
    )


def mean_change(scores: Pairs, better: Better = "lower", level: float = DISPLAY_LEVEL) -> MeanChange | None:
    """The mean improvement of those with both scores; None where nobody has. METHODS 6.5."""
    gains = np.array([_improvement(b, f, better) for b, f in scores if f is not None])
    n = int(gains.size)
    if n == 0:
        return None
    mean, quartiles = float(gains.mean()), np.quantile(gains, (0.25, 0.5, 0.75))
    sd = float(gains.std(ddof=1)) if n > 1 else None
    reach = None if sd is None else t_value(level, n - 1) * sd / sqrt(n)
    return MeanChange(
        n,
        mean,
        None if reach is None else Interval(mean - reach, mean + reach),
        float(quartiles[1]),
        Interval(float(quartiles[0]), float(quartiles[2])),
        mean / sd if sd else None,
    )


def reliable_change(baseline: float, followup: float, sd: float, reliability: float) -> ReliableChange:
    """A change in units of its measurement error; its sign is that of followup - baseline.

    Jacobson & Truax 1991, doi 10.1037/0022-006X.59.1.12; METHODS 6.6.
    """
    if not (0 <= reliability < 1 and sd > 0):
        raise ValueError(f"reliable change: found sd {sd} and reliability {reliability}, expected sd > 0 and 0..1")
    sem = sd * sqrt(1 - reliability)
    sdiff = sem * sqrt(2)
    return ReliableChange(sem, sdiff, (followup - baseline) / sdiff)


def reliable_shares(scores: Pairs, sd: float, reliability: float, better: Better = "lower") -> ReliableShares | None:
    """The shares improved, unchanged and deteriorated beyond 95% measurement error; None without pairs.

    Deterioration is always shown. METHODS 6.6.
    """
    known = [(b, f) for b, f in scores if f is not None]
    if not known:
        return None
    sign = -1.0 if better == "lower" else 1.0
    indices = np.array([sign * reliable_change(b, f, sd, reliability).rci for b, f in known])
    limit = z_value(DISPLAY_LEVEL)
    improved, worse = float((indices >= limit).mean()), float((indices <= -limit).mean())
    return ReliableShares(improved, 1 - improved - worse, worse)


def within_measurement_error(important: float, sd: float, reliability: float) -> bool:
    """Whether an important change is smaller than one patient's measurement error. METHODS 6.6."""
    return important < z_value(DISPLAY_LEVEL) * reliable_change(0.0, 0.0, sd, reliability).sdiff


def _improvement(baseline: float, followup: float, better: Better) -> float:
    return baseline - followup if better == "lower" else followup - baseline
