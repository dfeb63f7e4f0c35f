"""Strata become the case mix: who the patients are, as groups and as a mean, beside the network's and the studies'.

Another leaf of the one door: groups of 1 to 7 are hidden, and a second one with them wherever the sum would give the
first away. What lies beyond is computed from what leaves. METHODS, sections 4.2, 5 and 8; DASHBOARDS, page Case mix.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.case_mix import MEASURES, STEPS_OF_A_SCALE, CaseMix
from schemas.study_rows import Study
from schemas.vocabulary import Vocabulary
from transforms.comparability import SEVERITY_MATCH_UP_TO, SEVERITY_MINOR_UP_TO
from transforms.disclosure import FEWEST_FOR_A_MEAN
from transforms.kinds import CELL, in_cells, levels
from transforms.masking import ROUNDED_TO, hidden, rounded
from transforms.matching import BENCHMARK_ROLES
from transforms.networks import FEWEST_PEERS, LARGEST_SHARE, clinics
from transforms.precision import stated
from transforms.statistics.distributions import t_value, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL

GROUPED = MEASURES[:-1]
SCORE = MEASURES[-1]
#: Every group of every characteristic, and the mean of the score, in the order of their names: its place is a number.
KINDS = sorted([(measure, level) for measure in GROUPED for level in levels(measure)] + [(SCORE, "mean")])
_NETWORK = ("definition", "endpoint", "population", "condition", "treatment")


def case_mix(
    strata: pl.DataFrame,
    observed_rates: pl.DataFrame,
    cohorts: pl.DataFrame,
    *,
    evidence: Mapping[str, Study],
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """The columns of `CaseMix`: of every cell of the period `all` whose rate may be shown; shares from 0 to 1.

    Means are on the instrument's own scale, whatever its direction. Source: METHODS, sections 4.2, 8.1 and 8.2.
    """
    cells = _cells(observed_rates, cohorts, vocabulary)
    exact = in_cells(strata, cells)
    grouped = [_released_groups(_groups(exact, cells, measure), len(levels(measure))) for measure in GROUPED]
    both = pl.concat([*grouped, _released_scores(exact, cells, vocabulary)], how="diagonal")
    placed = _beside_network(both.with_columns(cells["network"].gather(both["cell"])))
    beside = _beside_studies(placed, cells, _baselines(evidence), vocabulary).sort("cell", "kind", "study", "arm")
    words = pl.DataFrame(KINDS, schema=["measure", "level"], orient="row")[beside["kind"]]
    named = [*cells.select(CELL)[beside["cell"]], *words, *beside.drop("cell", "kind")]
    return pl.DataFrame(named).select(list(CaseMix.columns()))


def _cells(observed_rates: pl.DataFrame, cohorts: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Every cell that may be shown, in the order of its names, numbered; with the number of its network, if any.

    Grouping by a number costs a fraction of grouping by five names.
    """
    shown = observed_rates.filter((pl.col("period_kind") == "all") & pl.col("status").is_in(["ok", "too_few"]))
    cells = (
        shown.select(*CELL, due=pl.col("analysed") + pl.col("missing"))
        .join(clinics(cohorts, vocabulary), on=["source", "cohort"], how="left")
        .sort(CELL)
        .with_row_index("cell")
    )
    networks = cells.filter(pl.col("condition").is_not_null()).select(_NETWORK).unique().with_row_index("network")
    return cells.join(networks, on=_NETWORK, how="left", maintain_order="left")


# --- what leaves ----------------------------------------------------------------------------------------------


def _groups(exact: pl.DataFrame, cells: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Exact numbers of every group of a characteristic, empty ones included: cell after cell, in the groups' order."""
    words = levels(measure)
    group = exact[measure].cast(pl.Enum(words)).to_physical()
    place = exact["cell"].to_numpy() * np.int64(len(words)) + group.to_numpy()
    sums = {
        name: np.bincount(place, exact[name].to_numpy(), cells.height * len(words)).astype(np.int32)
        for name in ("followed_up", "missing")
    }
    kinds = [KINDS.index((measure, level)) for level in words]
    return pl.DataFrame(
        {
            "cell": np.repeat(cells["cell"].to_numpy(), len(words)),
            "due": cells["due"].gather(np.repeat(np.arange(cells.height), len(words))),
            "kind": np.tile(np.array(kinds, dtype=np.int64), cells.height),
            **sums,
            "courses": sums["followed_up"] + sums["missing"],
        }
    )


def _released_groups(grouped: pl.DataFrame, groups: int) -> pl.DataFrame:
    """Groups as a reader may know them: hidden ones never alone, followed up and missing never told apart by few."""
    parts_hidden = hidden(pl.col("followed_up")) | hidden(pl.col("missing"))
    small = grouped.select(closed=hidden(pl.col("courses")), parts=parts_hidden & (pl.col("courses") > 0))
    size, few, parts = (one.to_numpy().reshape(-1, groups) for one in (grouped["courses"], *small))
    closed = _never_alone(few, size)
    told = grouped.with_columns(
        closed=closed.ravel(),
        apart=~_never_alone(closed | parts, size).ravel(),
        complete=np.repeat(~closed.any(axis=1), groups),
    ).with_columns(
        courses=pl.when(~pl.col("closed")).then(rounded(pl.col("courses"))),
        followed_up=pl.when("apart").then(rounded(pl.col("followed_up"))),
        missing=pl.when("apart").then(rounded(pl.col("missing"))),
    )
    sums = told["courses"].fill_null(0).to_numpy().reshape(-1, groups).sum(axis=1)
    told = told.with_columns(whole=pl.when("complete").then(pl.lit(pl.Series(np.repeat(sums, groups)))))
    of = pl.coalesce("whole", "due")
    return told.with_columns(
        portion=pl.when(of > 0).then((pl.col("courses") / of).clip(0, 1)),
        status=pl.when("closed").then(pl.lit("suppressed")).otherwise(pl.lit("ok")),
    ).drop("closed", "apart", "complete", "due")


def _never_alone(closed: NDArray[np.bool_], size: NDArray[np.int32]) -> NDArray[np.bool_]:
    """`closed` (cells x groups), and the smallest other group with patients where exactly one of a cell is closed."""
    nobody = np.iinfo(size.dtype).max
    others = np.where(~closed & (size > 0), size, nobody)
    alone = (closed.sum(axis=1) == 1) & (others.min(axis=1) < nobody)
    found = closed.copy()
    found[alone, others[alone].argmin(axis=1)] = True
    return found


def _released_scores(exact: pl.DataFrame, cells: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Mean and standard deviation of the baseline score, of ten patients or more, to a fiftieth of the scale."""
    known = exact.filter(pl.col("baseline") != "not known")
    sums = known.group_by("cell").agg(
        pl.col("followed_up", "missing", "baseline_sum", "missing_sum").sum(),
        squares=(pl.col("baseline_squares") + pl.col("missing_squares")).sum(),
    )
    sums = sums.sort("cell").join(cells.select("cell", "definition"), on="cell", how="left", maintain_order="left")
    n, total = pl.col("followed_up") + pl.col("missing"), pl.col("baseline_sum") + pl.col("missing_sum")
    enough = n >= FEWEST_FOR_A_MEAN
    told_apart = (pl.col("followed_up") >= FEWEST_FOR_A_MEAN) & (pl.col("missing") >= FEWEST_FOR_A_MEAN)
    variance = ((pl.col("squares") - total**2 / n) / (n - 1)).clip(lower_bound=0)
    step = pl.col("definition").replace_strict(*_steps(vocabulary), return_dtype=pl.Float64)
    return sums.select(
        "cell",
        kind=pl.lit(KINDS.index((SCORE, "mean")), pl.Int64),
        status=pl.when(enough).then(pl.lit("ok")).otherwise(pl.lit("too few for a mean")),
        courses=pl.when(enough).then(rounded(n)),
        mean=pl.when(enough).then(_to(total / n, step)),
        sd=pl.when(enough).then(_to(variance.sqrt(), step)),
        mean_followed_up=pl.when(told_apart).then(_to(pl.col("baseline_sum") / pl.col("followed_up"), step)),
        mean_missing=pl.when(told_apart).then(_to(pl.col("missing_sum") / pl.col("missing"), step)),
    )


def _to(value: pl.Expr, step: pl.Expr) -> pl.Expr:
    return (value / step).round() * step


def _steps(vocabulary: Vocabulary) -> tuple[list[str], list[float]]:
    """The fiftieth of the scale of every definition's first instrument."""
    scales = {name: vocabulary.instruments[one.rules[0].instrument] for name, one in vocabulary.definitions.items()}
    return list(scales), [((one.high or 1.0) - (one.low or 0.0)) / STEPS_OF_A_SCALE for one in scales.values()]


# --- what is computed from what left --------------------------------------------------------------------------


def _beside_network(told: pl.DataFrame) -> pl.DataFrame:
    """The figures of all clinics of the network together, where there are three and none is nearly all of them.

    Shares are those of the clinics that show every group: a clinic that hides one would count in some groups and not in
    others, and the shares would be of more than everybody. They are stated as `precision` says.
    """
    n, mean, sd = pl.col("courses"), pl.col("mean"), pl.col("sd")
    sums = (
        told.with_columns(together=pl.coalesce("whole", pl.when(mean.is_not_null()).then(n)))
        .filter(pl.col("network").is_not_null() & pl.col("together").is_not_null())
        .group_by("network", "kind")
        .agg(
            peers=pl.len().cast(pl.Int32),
            most=pl.col("together").max() / pl.col("together").sum(),
            network_share=n.sum() / pl.col("together").sum(),
            network_mean=(n * mean).sum() / n.sum(),
            square=(n * (sd**2 + mean**2)).sum() / n.sum(),
        )
    )
    allowed = (pl.col("peers") >= FEWEST_PEERS) & (pl.col("most") <= LARGEST_SHARE)
    grouped = pl.col("kind") != KINDS.index((SCORE, "mean"))
    spread = (pl.col("square") - pl.col("network_mean") ** 2).clip(lower_bound=0).sqrt()
    return told.join(
        sums.select(
            "network",
            "kind",
            peers="peers",
            network_share=pl.when(allowed & grouped).then("network_share"),
            network_mean=pl.when(allowed & ~grouped).then("network_mean"),
            network_sd=pl.when(allowed & ~grouped).then(spread),
        ).with_columns(stated("network_share", "network_mean", "network_sd")),
        on=["network", "kind"],
        how="left",
    ).with_columns(pl.col("peers").fill_null(0))


def _baselines(evidence: Mapping[str, Study]) -> pl.DataFrame:
    """Every published baseline of a treated arm, or of a whole study."""
    rows = [
        {
            "study": study.id,
            "arm": one.arm or "",
            "condition": study.condition,
            "instrument": one.instrument,
            "published_mean": float(one.mean),
            "published_sd": None if one.sd is None else float(one.sd),
            "published_confidence": one.confidence,
        }
        for study in evidence.values()
        for one in study.baselines
        if one.arm is None or study.arm(one.arm).role in BENCHMARK_ROLES
    ]
    numbers = ("published_mean", "published_sd")
    words = ("study", "arm", "condition", "instrument", "published_confidence")
    schema: dict[str, Any] = dict.fromkeys(words, pl.String) | dict.fromkeys(numbers, pl.Float64)
    return pl.DataFrame(rows, schema=schema)


def _beside_studies(
    told: pl.DataFrame, cells: pl.DataFrame, baselines: pl.DataFrame, vocabulary: Vocabulary
) -> pl.DataFrame:
    """Every row, and each score once more for every published baseline of the same instrument and condition."""
    first = {name: one.rules[0].instrument for name, one in vocabulary.definitions.items()}
    instrument = pl.col("definition").replace_strict(first, return_dtype=pl.String)
    treated = cells.select("cell", "condition", instrument=instrument)
    scores = told.filter(kind=KINDS.index((SCORE, "mean"))).join(treated, on="cell", how="left")
    beside = scores.join(baselines, on=["condition", "instrument"], how="inner").drop("condition", "instrument")
    both = pl.concat([told.with_columns(study=pl.lit(""), arm=pl.lit("")), beside], how="diagonal")
    smd = (pl.col("mean") - pl.col("published_mean")) / pl.col("published_sd")
    return both.with_columns(**_mean_limits(), smd=pl.when(pl.col("published_sd") > 0).then(smd)).with_columns(
        smd_band=_smd_band(), published_confidence=pl.col("published_confidence").fill_null("")
    )


def _mean_limits() -> dict[str, pl.Expr]:
    """The t interval of a released mean; from a thousand patients on, t is the normal quantile."""
    n = pl.col("courses")
    quantiles = {size: t_value(DISPLAY_LEVEL, size - 1) for size in range(5, 1_000, ROUNDED_TO)}
    reach = n.replace_strict(quantiles, default=z_value(DISPLAY_LEVEL), return_dtype=pl.Float64)
    half = reach * pl.col("sd") / n.cast(pl.Float64).sqrt()
    return {"mean_low": pl.col("mean") - half, "mean_high": pl.col("mean") + half}


def _smd_band() -> pl.Expr:
    far = pl.col("smd").abs()
    return (
        pl.when(far <= SEVERITY_MATCH_UP_TO).then(pl.lit("match"))
        .when(far <= SEVERITY_MINOR_UP_TO).then(pl.lit("minor"))
        .when(far.is_not_null()).then(pl.lit("major"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
