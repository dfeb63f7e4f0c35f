"""Released counts become observed rates: shares, Wilson intervals and bounds, from what a reader may know.

Nothing exact passes here. How rates stand beside published ones is `comparisons`.
"""

import polars as pl

from schemas.observed_rates import ObservedRates
from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, LEAST_FOLLOW_UP, wilson_limits


def observed_rates(released_counts: pl.DataFrame) -> pl.DataFrame:
    """The columns of `ObservedRates`, one row per released count; shares from 0 to 1.

    With fewer than 40% followed up only the bounds are given (status `too_few`). Where the number missing is
    withheld, so are the bounds and the rate that counts the missing. Source: METHODS, sections 2.1, 8.2, 12.1.
    """
    x, n, m = (pl.col(name).cast(pl.Float64) for name in ("responders", "analysed", "missing"))
    due = n + m
    low, high = wilson_limits(x, n, z_value(DISPLAY_LEVEL))
    all_low, all_high = wilson_limits(x, due, z_value(DISPLAY_LEVEL))
    follow_up = n / due
    rated = released_counts.with_columns(
        rate=x / n, rate_low=low, rate_high=high,
        nonresponse_rate=x / due, nonresponse_low=all_low, nonresponse_high=all_high,
        bound_low=x / due, bound_high=(x + m) / due,
        follow_up=follow_up,
    )  # fmt: skip
    few = (pl.col("status") == "ok") & (pl.col("follow_up") < LEAST_FOLLOW_UP).fill_null(value=False)
    rates = ("rate", "rate_low", "rate_high", "nonresponse_rate", "nonresponse_low", "nonresponse_high")
    return (
        rated.with_columns(_few=few)
        .with_columns(pl.when(~pl.col("_few")).then(pl.col(name)).alias(name) for name in rates)
        .with_columns(status=pl.when("_few").then(pl.lit("too_few")).otherwise("status"))
        .with_columns(_unmeasured())
        .select(list(ObservedRates.columns()))
    )


def _unmeasured() -> list[pl.Expr]:
    """Nobody followed up, though many were due: anything from 0 to 1 is possible, and that is said."""
    nobody = (pl.col("status") == "no_data") & (pl.col("missing") > 0).fill_null(value=False)
    certain = {"bound_low": 0.0, "bound_high": 1.0, "follow_up": 0.0}
    return [pl.when(nobody).then(value).otherwise(pl.col(name)).alias(name) for name, value in certain.items()]
