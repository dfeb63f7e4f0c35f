"""Improvements become what a reader may know of them: the third leaf of the one door out.

Counts are hidden and rounded as in `masking`; means, deviations and quartiles leave as steps of a scale. Everything
else is computed from these. METHODS, sections 6.4 to 6.6, 8.1 to 8.3; PRIVACY, S-07.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.case_mix import STEPS_OF_A_SCALE
from schemas.improvements import THRESHOLDS
from schemas.score_changes import GROUPS, ChangeGroups, ImprovementCurves, ScoreChanges
from schemas.vocabulary import Vocabulary
from transforms.disclosure import CLASS_DISCLOSURE_FROM, FEWEST_FOR_A_MEAN
from transforms.masking import HIDDEN_TO, hidden, masked, rounded
from transforms.statistics.distributions import t_value, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, wilson_limits

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
_QUARTILES = ("median", "lower_quartile", "upper_quartile")
_AT = [f"at_least_{percent}" for percent in THRESHOLDS]


# --- mean and spread ------------------------------------------------------------------------------------------------


def score_changes(improvements: pl.DataFrame, *, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `ScoreChanges`, in points of the instrument's scale, positive where patients became better.

    Nothing is shown of fewer than ten patients, nor where all changed alike, which would speak of each of them.
    Source: METHODS, sections 6.5, 6.6 and 8.2.
    """
    n = pl.col("measured")
    spread = ((pl.col("improvement_squares") - pl.col("improvement_sum") ** 2 / n) / (n - 1)).clip(0).sqrt()
    stepped = improvements.with_columns(
        step=_by_instrument(vocabulary, _steps(vocabulary)),
        important=_by_instrument(vocabulary, _important(vocabulary)),
    ).with_columns(_to_steps(pl.col("improvement_sum") / n, "mean"), _to_steps(spread, "deviation"))
    judged = stepped.with_columns(status=_status())
    shown = pl.col("status") == "ok"
    released = judged.with_columns(
        *(_to_steps(pl.col(name), name) for name in _QUARTILES), standardised=pl.col("mean") / pl.col("deviation")
    ).with_columns(
        pl.when(shown).then(pl.col("mean", "deviation", "standardised", *_QUARTILES)),
        measured=pl.when(shown).then(rounded(n)),
        missing=masked(pl.col("missing")),
    )
    return _with_limits(released).select(list(ScoreChanges.columns()))


def _by_instrument(vocabulary: Vocabulary, values: Mapping[str, float | None]) -> pl.Expr:
    names = sorted(vocabulary.instruments)
    return pl.col("instrument").replace_strict(names, [values[name] for name in names], return_dtype=pl.Float64)


def _steps(vocabulary: Vocabulary) -> dict[str, float | None]:
    ends = {name: ((one.high or 1.0) - (one.low or 0.0)) for name, one in vocabulary.instruments.items()}
    return {name: reach / STEPS_OF_A_SCALE for name, reach in ends.items()}


def _important(vocabulary: Vocabulary) -> dict[str, float | None]:
    return {name: one.mic_absolute for name, one in vocabulary.instruments.items()}


def _to_steps(value: pl.Expr, name: str) -> pl.Expr:
    return ((value / pl.col("step")).round() * pl.col("step")).alias(name)


def _status() -> pl.Expr:
    few, alike = pl.col("measured") < FEWEST_FOR_A_MEAN, pl.col("deviation") == 0
    return (
        pl.when(pl.col("measured") == 0).then(pl.lit("no_data"))
        .when(few | alike).then(pl.lit("suppressed"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip


def _with_limits(released: pl.DataFrame) -> pl.DataFrame:
    """The t interval of the mean, from the number, mean and deviation that are shown."""
    sizes = sorted(size for size in released["measured"].drop_nulls().unique() if size > 1)
    values = [t_value(DISPLAY_LEVEL, size - 1) for size in sizes]
    t = pl.col("measured").replace_strict(sizes, values, default=None, return_dtype=pl.Float64)
    reach = t * pl.col("deviation") / pl.col("measured").sqrt()
    return released.with_columns(mean_low=pl.col("mean") - reach, mean_high=pl.col("mean") + reach)


# --- who became better, who worse ------------------------------------------------------------------------------------


def change_groups(improvements: pl.DataFrame, score_changes: pl.DataFrame) -> pl.DataFrame:
    """The columns of `ChangeGroups`: one row per cell whose mean is shown and group that may be shown; shares 0 to 1.

    Source: METHODS, sections 6.6 and 8.2: deterioration is always shown, where it is not a few patients.
    """
    key = list(ScoreChanges.KEY)
    shown = improvements.join(score_changes.filter(status="ok").select(key), on=key, how="semi", maintain_order="left")
    listed = shown.with_columns(**_groups()).unpivot(
        on=list(GROUPS), index=[*key, "measured"], variable_name="group", value_name="courses"
    )
    x, n = (pl.col(name).cast(pl.Float64) for name in ("courses", "measured"))
    low, high = wilson_limits(x, n, z_value(DISPLAY_LEVEL))
    return (
        listed.drop_nulls("courses")
        .with_columns(rounded(pl.col("courses")), rounded(pl.col("measured")))
        .with_columns(group_share=x / n, group_low=low, group_high=high)
        .select(list(ChangeGroups.columns()))
        .sort(ChangeGroups.KEY)
    )


def _groups() -> dict[str, pl.Expr]:
    """Those better, worse and neither by the minimal important change, each only where it and the others may be shown.

    What two parts leave is shown only beside both. Those worse by much are among those worse at all, and are shown only
    where the two do not set a few apart.
    """
    n, better, much, worse = (pl.col(name) for name in ("measured", "improved", "deteriorated", "worse"))
    neither, little = n - better - much, worse - much
    of_better, of_worse = _may_be_shown(better, n), _may_be_shown(worse, n)
    of_much = _may_be_shown(much, n) & (~of_worse | ~hidden(little))
    return {
        "improved": pl.when(of_better).then(better),
        "deteriorated": pl.when(of_much).then(much),
        "unchanged": pl.when(of_better & of_much & _may_be_shown(neither, n)).then(neither),
        "worse": pl.when(of_worse).then(worse),
    }


def _may_be_shown(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Whether a part of a group may be shown: not 1 to 7, nor what is left; all or nobody of enough alone."""
    alike = (part == 0) | (part == whole)
    return ~hidden(part) & ~hidden(whole - part) & (~alike | (whole >= CLASS_DISCLOSURE_FROM))


# --- how many improved by how much -----------------------------------------------------------------------------


def improvement_curves(improvements: pl.DataFrame, *, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `ImprovementCurves`: one row per cell and threshold that may be shown; shares from 0 to 1.

    A threshold is shown where it and the last one, and it and the next at which a responder rule counts, have nobody
    between them or at least 8. Source: METHODS, sections 6.4, 8.2 and 8.3 (no two groups that differ by a few).
    """
    cells = improvements.filter(pl.col("placed") > HIDDEN_TO)
    met, placed = cells.select(_AT).to_numpy().astype(np.int64), cells["placed"].to_numpy().astype(np.int64)
    at, threshold = np.nonzero(_kept(met, placed, _anchors(cells["instrument"], vocabulary)))
    shown = cells[at].with_columns(threshold=np.array(THRESHOLDS, np.int16)[threshold], met=met[at, threshold])
    x, n, m = (pl.col(name).cast(pl.Float64) for name in ("improved", "measured", "gone"))
    low, high = wilson_limits(x, n, z_value(DISPLAY_LEVEL))
    return (
        shown.with_columns(
            improved=rounded(pl.col("met")), measured=rounded(pl.col("placed")), gone=masked(pl.col("missing_placed"))
        )
        .with_columns(improved_share=x / n, improved_low=low, improved_high=high, nonresponse_share=x / (n + m))
        .select(list(ImprovementCurves.columns()))
        .sort(ImprovementCurves.KEY)
    )


def _anchors(instruments: pl.Series, vocabulary: Vocabulary) -> Flags:
    """By cell and threshold, whether a responder rule counts at it: that count is in another table."""
    places = {percent: place for place, percent in enumerate(THRESHOLDS)}
    asked = np.zeros((len(instruments), len(THRESHOLDS)), dtype=np.bool_)
    for definition in vocabulary.definitions.values():
        percent = definition.relative_threshold
        if percent is not None and percent in places:
            asked[(instruments == definition.instruments[0]).to_numpy(), places[int(percent)]] = True
    return asked


def _kept(met: Counts, placed: Counts, anchors: Flags) -> Flags:
    """Which thresholds may be shown of each cell, from the lowest to the highest."""
    alike = (met == 0) | (met == placed[:, None])
    allowed = _apart(met) & _apart(placed[:, None] - met) & (~alike | (placed[:, None] >= CLASS_DISCLOSURE_FROM))
    ahead = _next_anchor(met, anchors)
    kept, last = np.zeros_like(anchors), placed
    for at in range(met.shape[1]):
        here = met[:, at]
        kept[:, at] = allowed[:, at] & _apart(last - here) & (anchors[:, at] | _apart(here - ahead[:, at]))
        last = np.where(kept[:, at] | anchors[:, at], here, last)
    return kept


def _apart(between: Counts) -> Flags:
    """Whether so many patients between two groups may be worked out: nobody, or more than a few."""
    return np.asarray((between == 0) | (between > HIDDEN_TO))


def _next_anchor(met: Counts, anchors: Flags) -> Counts:
    """The count at the next anchor after each threshold; that of the threshold itself where there is none."""
    found = np.array(met)
    for at in range(met.shape[1] - 2, -1, -1):
        after = np.where(anchors[:, at + 1], met[:, at + 1], found[:, at + 1])
        none = ~anchors[:, at + 1 :].any(axis=1)
        found[:, at] = np.where(none, met[:, at], after)
    return found
