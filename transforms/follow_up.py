"""Released counts become steps from those who began to those who responded, and shares followed up among clinics.

Every step is a sum of counts that a reader has already. METHODS, sections 4.2, 11.1, 12.1; DASHBOARDS, Follow-up.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from schemas.follow_up import FollowUp
from schemas.vocabulary import Vocabulary
from transforms.comparability import FOLLOWUP_MATCH_FROM, FOLLOWUP_MINOR_FROM
from transforms.masking import HIDDEN_FROM, HIDDEN_TO
from transforms.networks import Count, clinics, network_funnel, placed, side
from transforms.statistics.distributions import z_value
from transforms.statistics.multiplicity import FALSE_DISCOVERIES, adjusted
from transforms.statistics.proportions import DISPLAY_LEVEL, LEAST_FOLLOW_UP, wilson_limits

PERIOD_KINDS = ("all", "year")
MADE = ("network_follow_up", "zone", "side", "adjusted_tail", "stands_out")
#: What is taken off, in order, from those who began until those who are due remain.
BEFORE_DUE = ("left_out", "ineligible", "not_due")


def follow_up(
    released_counts: pl.DataFrame, observed_rates: pl.DataFrame, cohorts: pl.DataFrame, *, vocabulary: Vocabulary
) -> pl.DataFrame:
    """The columns of `FollowUp`: one row per clinic and cell of the periods `all` and `year`; shares from 0 to 1.

    A hidden count is at least 1 and at most 7. The zone is that of a funnel of the shares followed up.
    Source: METHODS, sections 11.1 and 12.1.
    """
    key = list(FollowUp.KEY)
    asked = pl.col("period_kind").is_in(PERIOD_KINDS)
    status = observed_rates.filter(asked).select(*key, shown="status")
    cells = (
        released_counts.filter(asked)
        .join(clinics(cohorts, vocabulary), on=["source", "cohort"], how="inner")
        .join(status, on=key, how="left")
        .with_columns(status=pl.coalesce("shown", "status"))
        .with_columns(_steps())
        .with_columns(**_shares())
        .with_columns(band=_band())
        .with_columns(known=pl.when(pl.col("missing").is_not_null()).then("due_most"))
    )
    found = placed(cells, ("analysed", "known"), _columns, {name: FollowUp.schema()[name] for name in MADE})
    return (
        found.with_columns(pl.col("zone").fill_null("not judged"), pl.col("side").fill_null(""))
        .select(list(FollowUp.columns()))
        .sort(FollowUp.KEY)
    )


def _steps() -> list[pl.Expr]:
    """Those who began and those who are due, at the least and at the most; nothing where the outcomes are hidden."""
    known = pl.col("analysed").is_not_null()
    due = ("missing",)
    return [
        pl.when(known).then(pl.col("analysed") + _sum(parts, hidden)).cast(pl.Int32).alias(name)
        for name, parts, hidden in (
            ("due_least", due, HIDDEN_FROM),
            ("due_most", due, HIDDEN_TO),
            ("began_least", (*BEFORE_DUE, *due), HIDDEN_FROM),
            ("began_most", (*BEFORE_DUE, *due), HIDDEN_TO),
        )
    ]


def _sum(parts: Sequence[str], hidden: int) -> pl.Expr:
    return pl.sum_horizontal([pl.col(name).fill_null(hidden) for name in parts])


def _shares() -> dict[str, pl.Expr]:
    analysed, due = pl.col("analysed").cast(pl.Float64), pl.col("due_most").cast(pl.Float64)
    known = pl.col("missing").is_not_null() & (pl.col("due_most") > 0)
    low, high = wilson_limits(analysed, due, z_value(DISPLAY_LEVEL))
    return {
        "follow_up": pl.when(known).then(analysed / due),
        "follow_up_low": pl.when(known).then(low),
        "follow_up_high": pl.when(known).then(high),
        "follow_up_least": pl.when(due > 0).then(analysed / due),
    }


def _band() -> pl.Expr:
    least = pl.col("follow_up_least")
    return (
        pl.when(least >= FOLLOWUP_MATCH_FROM).then(pl.lit(">=80%"))
        .when(least >= FOLLOWUP_MINOR_FROM).then(pl.lit("60-80%"))
        .when(least >= LEAST_FOLLOW_UP).then(pl.lit("40-60%"))
        .when(least.is_not_null()).then(pl.lit("<40%"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip


def _columns(counts: Sequence[Count]) -> dict[str, list[Any]] | None:
    """What the funnel of shares followed up says of each clinic; nothing where there is no funnel."""
    found = network_funnel(counts)
    if found is None:
        return None
    tails = adjusted([place.tail for place in found.places])
    return {
        "network_follow_up": [found.target] * len(counts),
        "zone": [place.zone for place in found.places],
        "side": [side(x / n, found.target) for x, n in counts],
        "adjusted_tail": list(tails),
        "stands_out": [tail <= FALSE_DISCOVERIES for tail in tails],
    }
