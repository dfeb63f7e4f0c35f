"""Observed rates become a strip: what a clinic's figure would be, and how it would read, under other rules.

A reading is not a verdict: only the study's own rule in its own population is comparable, and the comparison says what
holds. The strip shows how far that answer hangs on choices. METHODS, sections 2.4, 2.5 and 12.
"""

import polars as pl

from schemas.rule_strip import RuleStrip
from transforms.masking import OFF_BY
from transforms.populations import EVERYONE
from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import DECISION_LEVEL, DISPLAY_LEVEL, FEWEST_FOR_VERDICT, wilson_limits

#: How a comparison must have ended for other rules to be read against its figure.
READ = ("verdict", "cannot_tell")
_WHO = ("source", "cohort", "endpoint")
_FIGURE = ("study", "result")


def rule_strip(
    observed_rates: pl.DataFrame,
    weighted_rates: pl.DataFrame,
    comparisons: pl.DataFrame,
    published_rates: pl.DataFrame,
    cohorts: pl.DataFrame,
) -> pl.DataFrame:
    """The columns of `RuleStrip`: of every clinic and endpoint, each rule five ways; shares from 0 to 1.

    A reading needs 30 patients and a figure that the clinic may be read against. Source: METHODS, 2.4, 2.5 and 12.1.
    """
    cells = _cells(observed_rates, weighted_rates, cohorts)
    strip = pl.concat([_against_figures(cells, _figures(comparisons, published_rates)), _alone(cells, comparisons)])
    rated = strip.with_columns(_limits("rate_low", "rate_high", DISPLAY_LEVEL))
    read = rated.with_columns(reading=pl.when(_readable()).then(_verdict()).fill_null(""))
    anchor = read.filter("own_counting").select(*_WHO, *_FIGURE, anchor="reading")
    both = (pl.col("reading") != "") & (pl.col("anchor") != "")
    return (
        read.join(anchor, on=[*_WHO, *_FIGURE], how="left")
        .with_columns(flips=pl.when(both).then(pl.col("reading") != pl.col("anchor")))
        .select(list(RuleStrip.columns()))
        .sort(RuleStrip.KEY)
    )


def _cells(observed_rates: pl.DataFrame, weighted_rates: pl.DataFrame, cohorts: pl.DataFrame) -> pl.DataFrame:
    """Each rate of a clinic five ways, as (events, patients); empty where a number that it needs is withheld."""
    clinics = cohorts.filter(pl.col("kind") == "clinic").select("source", "cohort")
    key = [*_WHO, "definition", "population"]
    whole = (
        observed_rates.filter(pl.col("period_kind") == "all")
        .join(clinics, on=["source", "cohort"], how="semi")
        .join(weighted_rates.select(*key, weighted="rate", worth="effective_size"), on=key, how="left")
    )
    ok = pl.col("status") == "ok"
    x, n, m = (pl.when(ok).then(pl.col(name)).cast(pl.Float64) for name in ("responders", "analysed", "missing"))
    size = pl.when(ok).then(pl.col("worth")).cast(pl.Float64)
    ways = {
        "completers": (x, n),
        "missing as non-response": (x, n + m),
        "weighted": (pl.col("weighted") * size, size),
        "lower bound": (x, n + m),
        "upper bound": (x + m, n + m),
    }
    return pl.concat(
        [
            whole.select(*key, "status", counted=pl.lit(name), size=patients, rate=events / patients)
            for name, (events, patients) in ways.items()
        ]
    )


def _figures(comparisons: pl.DataFrame, published_rates: pl.DataFrame) -> pl.DataFrame:
    """Every comparison that was read, with the published count, and the rule and population that are its own."""
    printed = published_rates.select(*_FIGURE, "n", x="responders")
    read = comparisons.filter(
        pl.col("outcome_kind").is_in(READ) & (pl.col("mode") != "pooled_with_prediction_interval")
    )
    return read.select(*_WHO, *_FIGURE, "margin", "first_set", own="observed_definition", within="population").join(
        printed, on=_FIGURE, how="inner"
    )


def _against_figures(cells: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """Every cell of a clinic beside each figure at that endpoint: its own rule in its own population, others in all."""
    own = (pl.col("definition") == pl.col("own")) & (pl.col("population") == pl.col("within"))
    beside = cells.join(figures, on=_WHO, how="inner").with_columns(own_rule=own)
    kept = beside.filter(pl.col("own_rule") | (pl.col("population") == EVERYONE))
    return kept.select(
        *_WHO, *_FIGURE, "definition", "population", "counted", "own_rule",
        own_counting=pl.col("own_rule") & (pl.col("counted") == pl.col("first_set")),
        status="status", size="size", rate="rate",
        published_rate=pl.col("x") / pl.col("n"),
        published_x=pl.col("x").cast(pl.Float64), published_n=pl.col("n").cast(pl.Float64), margin="margin",
    )  # fmt: skip


def _alone(cells: pl.DataFrame, comparisons: pl.DataFrame) -> pl.DataFrame:
    """The cells of clinics that no figure may be read against at that endpoint."""
    read = comparisons.filter(pl.col("outcome_kind").is_in(READ))
    left = cells.filter(pl.col("population") == EVERYONE).join(read, on=_WHO, how="anti")
    nothing = ("published_rate", "published_x", "published_n", "margin")
    return left.select(
        *_WHO, study=pl.lit(""), result=pl.lit(""), definition="definition", population="population",
        counted="counted", own_rule=pl.lit(value=False), own_counting=pl.lit(value=False), status="status",
        size="size", rate="rate", **dict.fromkeys(nothing, pl.lit(None, pl.Float64)),
    )  # fmt: skip


def _limits(low: str, high: str, level: float) -> list[pl.Expr]:
    events = pl.col("rate") * pl.col("size")
    found = wilson_limits(events, pl.col("size"), z_value(level))
    return [one.clip(0, 1).alias(name) for name, one in zip((low, high), found, strict=True)]


def _readable() -> pl.Expr:
    enough = pl.col("size") - OFF_BY >= FEWEST_FOR_VERDICT
    return pl.col("published_n").is_not_null() & enough & pl.col("rate").is_not_null()


def _verdict() -> pl.Expr:
    """The verdict of METHODS 2.4 on the 90% interval of rate minus published (MOVER), as an expression."""
    level = z_value(DECISION_LEVEL)
    p1, p2, margin = pl.col("rate"), pl.col("published_rate"), pl.col("margin")
    l1, u1 = wilson_limits(p1 * pl.col("size"), pl.col("size"), level)
    l2, u2 = wilson_limits(pl.col("published_x"), pl.col("published_n"), level)
    low = p1 - p2 - ((p1 - l1) ** 2 + (u2 - p2) ** 2).sqrt()
    high = p1 - p2 + ((u1 - p1) ** 2 + (p2 - l2) ** 2).sqrt()
    return (
        pl.when(low >= margin).then(pl.lit("materially_higher"))
        .when(high <= -margin).then(pl.lit("materially_lower"))
        .when((low > -margin) & (high < margin)).then(pl.lit("equivalent"))
        .when(low > -margin).then(pl.lit("at_least_as_good"))
        .when(high < margin).then(pl.lit("not_better"))
        .otherwise(pl.lit("inconclusive"))
    )  # fmt: skip
