"""Comparisons become a technical panel: the same two counts by score methods, as a ratio, and as chances.

Computed from what the comparison shows, for the set of patients that is printed first. Nothing here decides a verdict.
"""

from statistics import NormalDist

import numpy as np
import polars as pl

from schemas.comparisons import Comparisons
from schemas.technical_panel import TechnicalPanel
from transforms.statistics.distributions import Vector
from transforms.statistics.pairs_of_rates import (
    PairsOfRates,
    chances_above,
    difference_limits,
    difference_scores,
    ratio_limits,
)

#: Chances are told to a thousandth: a finer one would say more of the counts than the counts themselves.
DECIMALS = 3


def technical_panel(comparisons: pl.DataFrame, published_rates: pl.DataFrame) -> pl.DataFrame:
    """The columns of `TechnicalPanel`: one row per comparison that has a difference; shares from 0 to 1.

    Source: METHODS, sections 2.3 (score intervals, ratio), 2.4 (tests at the margin), 2.6 (Jeffreys' priors).
    """
    figures = published_rates.select("study", "result", x2="responders", n2="n")
    shown = comparisons.filter(pl.col("difference").is_not_null()).join(figures, on=["study", "result"], how="left")
    if shown.is_empty():
        return TechnicalPanel.empty()
    pairs, margin = _pairs(shown), shown["margin"].to_numpy()
    low, high = difference_limits(pairs)
    ratio_low, ratio_high = ratio_limits(pairs)
    higher, not_below, beyond = (chances_above(pairs, shift) for shift in (np.zeros_like(margin), -margin, margin))
    return shown.select(
        *Comparisons.KEY,
        difference_score_low=low,
        difference_score_high=high,
        p_below_margin=_chance(-difference_scores(pairs, -margin)),
        p_above_margin=_chance(difference_scores(pairs, margin)),
        ratio=np.divide(pairs.x1 * pairs.n2, pairs.n1 * pairs.x2, out=np.full_like(low, np.nan), where=pairs.x2 > 0),
        ratio_low=ratio_low,
        ratio_high=np.where(np.isinf(ratio_high), np.nan, ratio_high),
        chance_higher=higher.round(DECIMALS),
        chance_not_below=not_below.round(DECIMALS),
        chance_within=np.clip(not_below - beyond, 0.0, 1.0).round(DECIMALS),
    ).with_columns(pl.selectors.float().fill_nan(None))


def _pairs(shown: pl.DataFrame) -> PairsOfRates:
    """Observed and published counts, pair by pair; the observed ones are those of the set that is printed first."""
    everybody = pl.col("first_set") != "completers"
    size = pl.col("analysed") + pl.when(everybody).then(pl.col("missing")).otherwise(0)
    counts = shown.select(x1=(pl.col("observed_rate") * size).round(), n1=size, x2="x2", n2="n2").cast(pl.Float64)
    return PairsOfRates(*(counts[name].to_numpy() for name in ("x1", "n1", "x2", "n2")))


def _chance(scores: Vector) -> Vector:
    """The chance that a standard normal variable falls below each score."""
    normal = NormalDist()
    return np.array([normal.cdf(score) for score in scores.tolist()])
