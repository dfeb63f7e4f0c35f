"""Strata become adjusted rates: the second leaf of the one door. What leaves is coarse: shifts, shares, groups.

Weights and models are fitted to exact strata; of their results only whole percentage points leave, and only where the
rate itself may be shown. Distributions of patients are `case_mix`. METHODS, sections 5.2, 8.2 and 12.3.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from schemas.vocabulary import Vocabulary
from schemas.weighted_rates import CHARACTERISTICS, StandardisedRates, WeightedRates
from transforms.kinds import CELL, Kinds, design, kinds, of_baseline_alone
from transforms.masking import ROUNDED_TO
from transforms.networks import LARGEST_SHARE, clinics
from transforms.statistics.case_mix import FEWEST_EVENTS_PER_PARAMETER, LARGEST_SHARE_IN_MODEL
from transforms.statistics.distributions import Vector, z_value
from transforms.statistics.funnel import FEWEST_FOR_FUNNEL
from transforms.statistics.grouped_logistic import grouped_logistic, varying
from transforms.statistics.missing_models import LEAST_EFFECTIVE_SIZE
from transforms.statistics.proportions import DISPLAY_LEVEL, wilson_limits
from transforms.statistics.weighted_groups import WeightedGroups, weighted_by_groups

#: Adjusted figures leave as whole percentage points (PRIVACY S-04).
POINTS = 2
_NETWORK = ("definition", "endpoint", "population", "condition", "treatment")


# --- weighted for who is missing ------------------------------------------------------------------------------


def weighted_rates(strata: pl.DataFrame, observed_rates: pl.DataFrame) -> pl.DataFrame:
    """The columns of `WeightedRates`, one row per cell of the period `all`; shares from 0 to 1.

    Only the shift that weighting makes leaves, in whole points; the rest is computed from released counts.
    Source: METHODS, section 12.3.
    """
    cells = observed_rates.filter(pl.col("period_kind") == "all").sort(*CELL)
    shown = cells.filter((pl.col("status") == "ok") & (pl.col("missing").is_null() | (pl.col("missing") > 0)))
    rows = [
        cell | _left(found)
        for part in kinds(strata, shown)
        for cell, found in zip(part.cells.iter_rows(named=True), _weighted(part), strict=True)
    ]
    schema = dict.fromkeys((*CELL, "found", "characteristics"), pl.String)
    made = pl.DataFrame(rows, schema=schema | {"shift": pl.Float64, "size": pl.Int32})
    moved = cells.join(made, on=CELL, how="left").with_columns(
        status=pl.coalesce("found", _without_a_model()), rate=(pl.col("rate") + pl.col("shift")).clip(0, 1)
    )
    size = pl.col("size").cast(pl.Float64)
    low, high = wilson_limits(pl.col("rate") * size, size, z_value(DISPLAY_LEVEL))
    return (
        moved.with_columns(rate_low=low, rate_high=high, effective_size="size")
        .with_columns(pl.col("characteristics").fill_null(""))
        .select(list(WeightedRates.columns()))
        .sort(WeightedRates.KEY)
    )


def _without_a_model() -> pl.Expr:
    nobody = (pl.col("missing") == 0).fill_null(value=False)
    return pl.when((pl.col("status") == "ok") & nobody).then(pl.lit("nobody missing")).otherwise(pl.lit("not shown"))


def _weighted(part: Kinds) -> list[WeightedGroups | str]:
    """Of each cell the weighted rate, or why there is none."""
    found = weighted_by_groups(part.followed_up, part.missing, part.responders, design(), of_baseline_alone())
    gone = part.missing.sum(axis=1)
    return [
        "nobody missing" if many == 0 else "too few missing" if one is None else one
        for one, many in zip(found, gone.tolist(), strict=True)
    ]


def _left(found: WeightedGroups | str) -> dict[str, Any]:
    """What leaves of a weighted rate; where it rests on too few, only that."""
    if isinstance(found, str):
        return {"found": found}
    if found.effective_size < LEAST_EFFECTIVE_SIZE:
        return {"found": "rests on too few"}
    return {
        "found": "ok",
        "shift": round(found.rate - found.completers, POINTS) + 0.0,  # and never a negative zero
        "size": round(found.effective_size / ROUNDED_TO) * ROUNDED_TO,
        "characteristics": CHARACTERISTICS[0 if found.every else 1],
    }


# --- standardised for who the patients are --------------------------------------------------------------------


def standardised_rates(
    strata: pl.DataFrame, observed_rates: pl.DataFrame, cohorts: pl.DataFrame, *, vocabulary: Vocabulary
) -> pl.DataFrame:
    """The columns of `StandardisedRates`, one row per clinic and cell of the period `all`; shares from 0 to 1.

    A logistic model of the network's patients says what to expect of each clinic's. A clinic with more than 20% of
    the patients is judged by a model made without it. Source: METHODS, section 5.2.
    """
    cells = (
        observed_rates.filter(pl.col("period_kind") == "all")
        .join(clinics(cohorts, vocabulary), on=["source", "cohort"], how="inner")
        .sort(*_NETWORK, "source", "cohort")
    )
    rated = cells.filter(pl.col("status") == "ok")
    networks = rated.group_by(*_NETWORK, maintain_order=True).len()["len"].to_list()
    rows = [row for network in kinds(strata, rated, networks) for row in _standardised(network)]
    schema = dict.fromkeys((*CELL, "found"), pl.String) | dict.fromkeys(("expected_rate", "network_rate"), pl.Float64)
    made = pl.DataFrame(rows, schema=schema | {"peers": pl.Int32, "left_out_of_model": pl.Boolean})
    factor = pl.col("network_rate") / pl.col("expected_rate")
    adjusted = {f"adjusted_{name}": pl.col(column) for name, column in _ADJUSTED.items()}
    return (
        cells.join(made, on=CELL, how="left")
        .with_columns(status=pl.col("found").fill_null("not shown"), peers=pl.col("peers").fill_null(0))
        .with_columns((value * factor).clip(0, 1).alias(name) for name, value in adjusted.items())
        .select(list(StandardisedRates.columns()))
        .sort(StandardisedRates.KEY)
    )


_ADJUSTED = {"rate": "rate", "low": "rate_low", "high": "rate_high"}


def _standardised(network: Kinds) -> list[dict[str, Any]]:
    """What leaves of each clinic of a network: expected and network rate in whole points, or why there is none.

    A clinic that is left out of the model is left out of the network's rate as well: both must be of the same patients.
    """
    sizes, events = network.followed_up, network.responders
    rows = [row | {"peers": len(sizes)} for row in network.cells.to_dicts()]
    why = _unsupported(network)
    if why:
        return [row | {"found": why} for row in rows]
    alone = sizes.sum(axis=1) > LARGEST_SHARE_IN_MODEL * sizes.sum()
    judges = _models(events, sizes, alone.tolist())
    if judges is None:
        return [row | {"found": "not estimable"} for row in rows]
    total = sizes.sum() - np.where(alone, sizes.sum(axis=1), 0.0)
    happened = events.sum() - np.where(alone, events.sum(axis=1), 0.0)
    return [
        row
        | {
            "found": "ok",
            "expected_rate": round(float(sizes[at] @ judges[at] / sizes[at].sum()), POINTS),
            "network_rate": round(float(happened[at] / total[at]), POINTS),
            "left_out_of_model": bool(alone[at]),
        }
        for at, row in enumerate(rows)
    ]


def _unsupported(network: Kinds) -> str:
    sizes, events = network.followed_up, network.responders
    total, happened = float(sizes.sum()), float(events.sum())
    lopsided = float(sizes.sum(axis=1).max()) > LARGEST_SHARE * total
    if len(sizes) < FEWEST_FOR_FUNNEL or lopsided:
        return "too few clinics"
    parameters = int(varying(sizes.sum(axis=0)[None, :], design()).sum())
    few = min(happened, total - happened) < FEWEST_EVENTS_PER_PARAMETER * parameters
    return "too few responders" if few else ""


def _models(events: Vector, sizes: Vector, large: Sequence[bool]) -> Vector | None:
    """The chances of every kind of patient by which each clinic is judged; None where a model has no finite fit."""
    kept = [at for at, alone in enumerate(large) if alone]
    all_events, all_sizes = events.sum(axis=0), sizes.sum(axis=0)
    fitted_events = np.stack([all_events, *(all_events - events[at] for at in kept)])
    fitted_sizes = np.stack([all_sizes, *(all_sizes - sizes[at] for at in kept)])
    fit = grouped_logistic(fitted_events, fitted_sizes - fitted_events, design())
    if not fit.fitted.all():
        return None
    judges = {at: fit.chances[place] for place, at in enumerate(kept, start=1)}
    return np.stack([judges.get(at, fit.chances[0]) for at in range(len(events))])
