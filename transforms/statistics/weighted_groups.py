"""Rates of the followed up, weighted to resemble everyone due, from groups of like patients instead of patients.

The method is that of `missing_models.weighted_rate`, applied to many clinics at once. METHODS 12.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.clusters import effective_size
from transforms.statistics.distributions import Vector
from transforms.statistics.grouped_logistic import grouped_logistic, varying
from transforms.statistics.missing_models import TRUNCATED_SHARE

#: Patients followed up, and missing, that a model needs for each of its columns (METHODS 5.2 asks as much of its own).
FEWEST_PER_PARAMETER = 10


@dataclass(frozen=True, slots=True)
class WeightedGroups:
    """A rate weighted by the chance of being followed up, the unweighted one, and how many patients it is worth.

    `parameters` is the number of columns used, `every` whether these are all that vary.
    """

    rate: float
    completers: float
    effective_size: float
    parameters: int
    every: bool


def weighted_by_groups(
    followed_up: Vector, missing: Vector, responders: Vector, design: Vector, simple: NDArray[np.bool_]
) -> list[WeightedGroups | None]:
    """The weighted rate of each clinic (counts: clinics x groups; design: groups x columns, the constant included).

    A clinic with too few for all columns is given those that `simple` marks; with too few even for these, or without a
    finite fit, it has None. Weights are cut at their 1st and 99th percentile. METHODS 12.3; Seaman & White 2013,
    doi 10.1177/0962280210395740.
    """
    used = _affordable(followed_up, missing, design, simple)
    every = (used == varying(followed_up + missing, design)).all(axis=1)
    asked = np.flatnonzero(used.any(axis=1))
    fit = grouped_logistic(followed_up[asked], missing[asked], design, used[asked])
    found: list[WeightedGroups | None] = [None] * len(followed_up)
    for at, chances in zip(asked[fit.fitted].tolist(), fit.chances[fit.fitted], strict=True):
        columns = (int(used[at].sum()), bool(every[at]))
        found[at] = _weighted(followed_up[at], missing[at], responders[at], chances, columns)
    return found


def _affordable(followed_up: Vector, missing: Vector, design: Vector, simple: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The columns that each clinic has patients enough for: all that vary, the simple ones, or none."""
    every = varying(followed_up + missing, design)
    few = np.minimum(followed_up.sum(axis=1), missing.sum(axis=1))
    plain = every & simple
    enough = (few >= FEWEST_PER_PARAMETER * every.sum(axis=1))[:, None]
    enough_for_plain = (few >= FEWEST_PER_PARAMETER * plain.sum(axis=1))[:, None]
    return np.asarray(np.where(enough, every, plain & enough_for_plain), dtype=bool)


def _weighted(
    followed_up: Vector, missing: Vector, responders: Vector, chances: Vector, used: tuple[int, bool]
) -> WeightedGroups:
    known = followed_up > 0
    sizes, share = followed_up[known].astype(int), float(followed_up.sum() / (followed_up.sum() + missing.sum()))
    weights = share / chances[known]
    low, high = np.quantile(np.repeat(weights, sizes), (TRUNCATED_SHARE, 1 - TRUNCATED_SHARE))
    weights = np.clip(weights, low, high)
    rate = float(weights @ responders[known] / (weights @ sizes))
    completers = float(responders.sum() / followed_up.sum())
    return WeightedGroups(rate, completers, effective_size(np.repeat(weights, sizes)), *used)
