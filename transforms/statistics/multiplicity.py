"""What a p-value is worth when many clinics are looked at together. METHODS 11.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

FALSE_DISCOVERIES = 0.05  # METHODS 11.1: the share of flags that may be false

Method = Literal["benjamini_hochberg", "benjamini_yekutieli", "holm", "bonferroni"]


def adjusted(p_values: Sequence[float], method: Method = "benjamini_hochberg") -> list[float]:
    """The adjusted p-values, in the order given: by false discovery rate, or by the chance of any false flag.

    Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.size == 0:
        return []
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("adjusted p-values: found one outside 0..1")
    order = np.argsort(p, kind="stable")
    m, rank = p.size, np.arange(1, p.size + 1)
    harmonic = float((1 / rank).sum())
    factors = {
        "benjamini_hochberg": m / rank,
        "benjamini_yekutieli": m * harmonic / rank,
        "holm": m + 1.0 - rank,
        "bonferroni": np.full(m, float(m)),
    }
    scaled = p[order] * factors[method]
    if method == "holm":
        monotone = np.maximum.accumulate(scaled)
    elif method == "bonferroni":
        monotone = scaled
    else:
        monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    back = np.empty(m)
    back[order] = np.minimum(1.0, monotone)
    return back.tolist()


def discoveries(p_values: Sequence[float], q: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which of them stay flagged when at most a share q of the flags may be false (Benjamini-Hochberg)."""
    return [value <= q for value in adjusted(p_values)]
