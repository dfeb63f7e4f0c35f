"""Counts become released counts: the only door out. Whatever a reader sees is computed from what leaves here.

The rules are those of METHODS, sections 8.1 and 8.2: 1 to 7 are never shown, their complements neither, and the rest
is rounded to the nearest 5, each count alone. What is done with released counts is `observed_rates` and after.
"""

import polars as pl

from schemas.case_mix import STEPS_OF_A_SCALE
from schemas.released_counts import ReleasedCounts
from schemas.vocabulary import Vocabulary
from transforms.comparability import (
    CHRONICITY_MATCH_FROM,
    CHRONICITY_MINOR_FROM,
    COVERAGE_MATCH_FROM,
    COVERAGE_MINOR_FROM,
)
from transforms.masking import hidden, masked, rounded

#: If everybody or nobody responded, the rate speaks of each patient: it needs this many of them (METHODS 8.2).
CLASS_DISCLOSURE_FROM = 30
#: Means and medians of fewer are not released (PRIVACY S-07), and no finer than a fiftieth of a scale or five days.
FEWEST_FOR_A_MEAN = 10
DAYS_ROUNDED_TO = 5


def released_counts(counts: pl.DataFrame, *, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `ReleasedCounts`: every count as a reader may know it, and why there is none.

    Grade inputs leave as bands. Source: METHODS, sections 4.2, 8.1 and 8.2; DESIGN, section 4.
    """
    analysed = pl.col("responders") + pl.col("non_responders")
    judged = counts.with_columns(analysed=analysed, due=analysed + pl.col("missing")).with_columns(
        status=_status(), steps=_scale_step(vocabulary)
    )
    shown = pl.col("status") == "ok"
    enough = shown & (pl.col("baselines") >= FEWEST_FOR_A_MEAN)
    return judged.select(
        "source", "cohort", "definition", "endpoint", "population", "period_kind", "period", "status",
        responders=pl.when(shown).then(rounded(pl.col("responders"))),
        analysed=pl.when(shown).then(rounded(pl.col("analysed"))),
        missing=_unless_hidden("missing"),
        not_due=_unless_hidden("not_due"),
        ineligible=masked(pl.col("no_baseline") + pl.col("cannot_improve")),
        left_out=_unless_hidden("left_out"),
        baseline_mean=pl.when(enough).then((pl.col("baseline_mean") / pl.col("steps")).round() * pl.col("steps")),
        median_day=pl.when(enough).then(_to_days(pl.col("median_day"))),
        chronicity_band=_chronicity_band(shown, vocabulary),
        coverage_band=_coverage_band(shown),
        event_recorded="event_recorded",
        due_from=pl.when(pl.col("status") == "not_due").then(pl.col("first_due").dt.month_end() + pl.duration(days=1)),
    ).select(list(ReleasedCounts.columns()))  # fmt: skip


def _to_days(day: pl.Expr) -> pl.Expr:
    return ((day / DAYS_ROUNDED_TO).round() * DAYS_ROUNDED_TO).cast(pl.Int32)


def _unless_hidden(name: str) -> pl.Expr:
    return masked(pl.col(name))


def _status() -> pl.Expr:
    """Why nothing is shown, or `ok`. The order matters: what is not due yet is not suppressed."""
    responders, others, analysed = pl.col("responders"), pl.col("non_responders"), pl.col("analysed")
    uniform = (responders == 0) | (others == 0)
    blocked = hidden(responders) | hidden(others) | hidden(analysed) | (uniform & (analysed < CLASS_DISCLOSURE_FROM))
    return (
        pl.when((pl.col("due") == 0) & (pl.col("not_due") > 0)).then(pl.lit("not_due"))
        .when(pl.col("due") == 0).then(pl.lit("no_data"))
        .when((analysed == 0) & hidden(pl.col("missing"))).then(pl.lit("suppressed"))
        .when(analysed == 0).then(pl.lit("no_data"))
        .when(blocked).then(pl.lit("suppressed"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip


def _scale_step(vocabulary: Vocabulary) -> pl.Expr:
    steps = {}
    for name, definition in vocabulary.definitions.items():
        instrument = vocabulary.instruments[definition.rules[0].instrument]
        steps[name] = ((instrument.high or 1.0) - (instrument.low or 0.0)) / STEPS_OF_A_SCALE
    return pl.col("definition").replace_strict(list(steps), list(steps.values()), return_dtype=pl.Float64)


def _chronicity_band(shown: pl.Expr, vocabulary: Vocabulary) -> pl.Expr:
    """Band of the share known to meet the population's minimum; a population without one is met by everybody."""
    free = [name for name, population in vocabulary.populations.items() if population.min_duration_weeks is None]
    share = pl.col("duration_met") / pl.col("due")
    known = shown & (pl.col("duration_met") > 0)
    return (
        pl.when(pl.col("population").is_in(free)).then(pl.lit(">=90%"))
        .when(known & (share >= CHRONICITY_MATCH_FROM)).then(pl.lit(">=90%"))
        .when(known & (share >= CHRONICITY_MINOR_FROM)).then(pl.lit("50-90%"))
        .when(known).then(pl.lit("<50%"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip


def _coverage_band(shown: pl.Expr) -> pl.Expr:
    coverage = pl.col("coverage")
    known = shown & coverage.is_not_null()
    return (
        pl.when(known & (coverage >= COVERAGE_MATCH_FROM)).then(pl.lit(">=80%"))
        .when(known & (coverage >= COVERAGE_MINOR_FROM)).then(pl.lit("60-80%"))
        .when(known).then(pl.lit("<60%"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
