"""Rates under models of who went missing: weighting, multiple imputation, an interval for the bounds.

Sensitivity only, shown beside the bounds of `missing` that need no model. Weighting and imputation assume
that what was recorded explains who is missing. METHODS 12.3 and 12.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

import numpy as np

from transforms.statistics.clusters import effective_size
from transforms.statistics.distributions import Vector, t_value
from transforms.statistics.logistic import logistic
from transforms.statistics.missing import bounds
from transforms.statistics.pooling import expit
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval

LEAST_EFFECTIVE_SIZE = 30.0  # METHODS 12.3: a weighted rate that rests on fewer is not shown
FEWEST_TO_IMPUTE = 50  # METHODS 12.3
IMPUTATIONS = 50  # METHODS 12.3
DONORS = 5  # nearest predicted patients, one of whom lends its score
TRUNCATED_SHARE = 0.01  # METHODS 12.3: weights are cut at the 1st and 99th percentile


@dataclass(frozen=True, slots=True)
class Weighted:
    """A rate of the measured, weighted to resemble everyone due; `shown` says whether it rests on enough."""

    rate: float
    completers: float
    effective_size: float
    coefficients: Vector

    @property
    def shown(self) -> bool:
        """Whether METHODS 12.3 allows it on a page."""
        return self.effective_size >= LEAST_EFFECTIVE_SIZE


@dataclass(frozen=True, slots=True)
class Imputed:
    """A rate pooled over imputations by Rubin's rules on the log-odds scale."""

    rate: float
    interval: Interval
    logit: float
    within: float
    between: float
    total: float
    df: float
    df_large: float
    missing_information: float


def weighted_rate(responder: Sequence[float | None], design: Vector, *, truncate: bool = True) -> Weighted:
    """The rate of the measured weighted by 1/P(measured | design), scaled to their sum (Hajek).

    `responder` is 1, 0 or None (missing) for each patient due, `design` their characteristics (rows x
    columns, no constant). Raises `NotEstimableError` where the model has no finite fit. METHODS 12.3;
    Seaman & White 2013, doi 10.1177/0962280210395740.
    """
    measured = np.array([value is not None for value in responder])
    outcome = np.array([value for value in responder if value is not None], dtype=np.float64)
    model = logistic(measured.astype(np.float64), design)
    weights = float(measured.mean()) / model.chances[measured]
    if truncate:
        low, high = np.quantile(weights, (TRUNCATED_SHARE, 1 - TRUNCATED_SHARE))
        weights = np.clip(weights, low, high)
    rate = float(weights @ outcome / weights.sum())
    return Weighted(rate, float(outcome.mean()), effective_size(weights), model.coefficients)


def rubin(rates: Sequence[float], variances: Sequence[float], n: int, level: float = DISPLAY_LEVEL) -> Imputed:
    """The pooled rate of imputations, given each one's rate and the variance of its log odds, in n patients.

    Degrees of freedom are Barnard and Rubin's (1999, doi 10.1093/biomet/86.4.948). METHODS 12.3.
    """
    m = len(rates)
    logits = np.array([log(rate / (1 - rate)) for rate in rates])
    mean, within, between = float(logits.mean()), float(np.mean(variances)), float(logits.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    share, complete = extra / total, n - 1
    observed_df = (complete + 1) / (complete + 3) * complete * (1 - share)
    large_df = (m - 1) / share**2 if share else float("inf")
    df = observed_df if share == 0 else large_df * observed_df / (large_df + observed_df)
    rise = extra / within
    reach = t_value(level, df) * sqrt(total)
    return Imputed(
        rate=expit(mean),
        interval=Interval(expit(mean - reach), expit(mean + reach)),
        logit=mean,
        within=within,
        between=between,
        total=total,
        df=df,
        df_large=large_df,
        missing_information=(rise + 2 / (df + 3)) / (rise + 1),
    )


def imputed_scores(scores: Vector, design: Vector, seed: int, m: int = IMPUTATIONS) -> Vector:
    """The scores with the missing (NaN) filled in m times by predictive mean matching (m rows).

    Each fill draws a regression on `design` (rows x columns, no constant) from its posterior and copies the
    score of one of the nearest measured patients, so that only scores that were seen appear. The rule is
    applied afterwards. Raises `ValueError` with fewer than 50 patients measured. METHODS 12.3; White 2011,
    doi 10.1002/sim.4067.
    """
    known = ~np.isnan(scores)
    if known.sum() < FEWEST_TO_IMPUTE:
        raise ValueError(f"imputation: found {known.sum()} scores, expected {FEWEST_TO_IMPUTE} or more")
    rows = np.column_stack([np.ones(len(scores)), design])
    inverse = np.linalg.pinv(rows[known].T @ rows[known])
    fitted = inverse @ rows[known].T @ scores[known]
    residual = float(((scores[known] - rows[known] @ fitted) ** 2).sum())
    random = np.random.default_rng(seed)
    filled = np.tile(scores, (m, 1))
    for fill in filled:
        variance = residual / random.chisquare(known.sum() - rows.shape[1])
        drawn = random.multivariate_normal(fitted, variance * inverse, method="svd")
        gaps = np.abs((rows[~known] @ drawn)[:, None] - (rows[known] @ fitted)[None, :])
        nearest = np.argsort(gaps, axis=1, kind="stable")[:, :DONORS]
        chosen = random.integers(nearest.shape[1], size=len(nearest))
        fill[~known] = scores[known][nearest[np.arange(len(nearest)), chosen]]
    return filled


def imbens_manski(x: int, n: int, m: int, level: float = DISPLAY_LEVEL) -> tuple[Interval, float]:
    """An interval that covers the true rate, wherever the missing put it, and the critical value it uses.

    Limits are clipped to 0..1. Imbens & Manski 2004, doi 10.1111/j.1468-0262.2004.00555.x; METHODS 12.4.
    """
    found = bounds(x, n, m)
    if found is None:
        raise ValueError("bounds: found no patient due, expected one or more")
    due = n + m
    errors = [sqrt(rate * (1 - rate) / due) for rate in (found.low, found.high)]
    critical = _critical(found.width / max(errors) if max(errors) > 0 else 0.0, level)
    low, high = found.low - critical * errors[0], found.high + critical * errors[1]
    return Interval(max(0.0, low), min(1.0, high)), critical


def _critical(gap: float, level: float) -> float:
    """The value c at which P(Z < c + gap) - P(Z < -c) reaches `level`, by halving."""
    cdf = NormalDist().cdf
    low, high = 0.0, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        if cdf(middle + gap) - cdf(-middle) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
