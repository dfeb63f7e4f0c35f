"""Like contrasts pooled: random effects where three studies or more are alike, otherwise the reason why not.

The engine is `statistics.pooling`. METHODS sections 3.1 to 3.5.
"""

from collections.abc import Sequence
from math import exp, log
from typing import Any

import numpy as np
import polars as pl

from schemas.context import PooledContext
from transforms.statistics.pooling import (
    FEWEST_TO_POOL,
    WIDEST_PREDICTION,
    RandomEffects,
    benchmark_mode,
    random_effects,
)

#: Scales on which trials are pooled; a review's own pooling is shown as it was printed.
POOLED_SCALES = ("difference", "ratio", "score")

Row = dict[str, Any]


def pooled_context(contrasts: pl.DataFrame) -> pl.DataFrame:
    """The columns of `PooledContext`: a row per group of contrasts that are alike in everything that matters.

    A study counts once: several acupuncture arms against the same comparator give the mean of their effects with the
    largest of their standard errors, because they share that comparator's patients.
    """
    listed = contrasts.filter(pl.col("scale").is_in(POOLED_SCALES) & (pl.col("kind") != "review"))
    groups = listed.sort("pool", "study", "contrast").partition_by("pool", maintain_order=True)
    rows = [_row(group.to_dicts()) for group in groups]
    return pl.DataFrame(rows, schema=PooledContext.schema()).sort(PooledContext.KEY)


def _row(group: Sequence[Row]) -> Row:
    first = group[0]
    studies = _by_study([row for row in group if row["standing"] == "usable"])
    found = _pooled(studies)
    width = _prediction_width(found, first["scale"]) if found else None
    mode = benchmark_mode(len(studies), width)
    shown = found if mode == "pooled_with_prediction_interval" else None
    copied = ("pool", "against", "scale", "condition", "construct", "endpoint")
    return {
        **{name: first[name] for name in copied},
        **_numbers(shown, first["scale"]),
        "studies": len(studies),
        "listed": len(group),
        "mode": mode,
        "reason": "" if shown else _reason(len(studies), width),
    }


def _by_study(usable: Sequence[Row]) -> list[tuple[float, float]]:
    """One effect and standard error per study, ratios as logarithms."""
    names = dict.fromkeys(row["study"] for row in usable)
    found = []
    for name in names:
        own = [row for row in usable if row["study"] == name]
        effects = [log(row["effect"]) if row["scale"] == "ratio" else row["effect"] for row in own]
        found.append((sum(effects) / len(effects), max(row["se"] for row in own)))
    return found


def _pooled(studies: Sequence[tuple[float, float]]) -> RandomEffects | None:
    if len(studies) < FEWEST_TO_POOL:
        return None
    effects, errors = (np.array(side, dtype=np.float64) for side in zip(*studies, strict=True))
    return random_effects(effects, errors**2)


def _prediction_width(found: RandomEffects, scale: str) -> float:
    """How wide the prediction interval is, in shares; ratios have no such limit (METHODS 3.4 and 3.5)."""
    return 0.0 if scale == "ratio" else found.prediction_high - found.prediction_low


def _numbers(found: RandomEffects | None, scale: str) -> Row:
    names = ("effect", "effect_low", "effect_high", "prediction_low", "prediction_high")
    if found is None:
        return dict.fromkeys((*names, "tau2"))
    numbers = (found.mean, found.low, found.high, found.prediction_low, found.prediction_high)
    told = [exp(each) for each in numbers] if scale == "ratio" else numbers
    return dict(zip(names, told, strict=True)) | {"tau2": found.tau2}


def _reason(studies: int, width: float | None) -> str:
    if studies == 0:
        return "no contrast of this kind may be pooled"
    if studies < FEWEST_TO_POOL:
        return f"{studies} of the {FEWEST_TO_POOL} studies that pooling needs"
    return f"the prediction interval would be {100 * (width or 0):.0f} points wide, over {100 * WIDEST_PREDICTION:.0f}"
