"""How strong an unmeasured difference between cohorts must be to explain a ratio away. METHODS 5.5."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from transforms.statistics.proportions import Interval


@dataclass(frozen=True, slots=True)
class EValue:
    """The strength needed to move the ratio, and its nearer confidence limit, to 1; both are 1 or more."""

    point: float
    limit: float


def e_value(ratio: float, interval: Interval) -> EValue:
    """The E-values of a risk ratio and of its interval; 1 for an interval that holds 1.

    Shown in the technical panel for grades A and B only. VanderWeele & Ding 2017, doi 10.7326/M16-2607.
    """
    if not interval.low <= ratio <= interval.high or interval.low < 0:
        raise ValueError(f"E-value: found ratio {ratio} outside its interval {interval}")
    nearer = interval.low if ratio >= 1 else interval.high
    crossed = nearer <= 1 if ratio >= 1 else nearer >= 1
    return EValue(_strength(ratio), 1.0 if crossed else _strength(nearer))


def _strength(ratio: float) -> float:
    if ratio <= 0:
        return float("inf")
    larger = max(ratio, 1 / ratio)
    return larger + sqrt(larger * (larger - 1))
