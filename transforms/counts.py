"""Responses become counts: exact, for each cohort, definition, endpoint, population and period of start.

Exact counts are private. What a reader may know of them is decided in `disclosure`, nowhere else.
"""

from collections.abc import Sequence

import polars as pl

from schemas.counts import Counts
from schemas.responses import STATUSES
from schemas.sources import Source
from schemas.vocabulary import Vocabulary
from transforms.packing import packed, unpacked
from transforms.populations import EVERYONE, outside_of, places, with_baselines

_STATUS = {name: place for place, name in enumerate(STATUSES)}
_CELL = ("source", "cohort", "definition", "endpoint")
_SUMS = (*STATUSES, "duration_met", "baselines", "baseline_sum")


def counts(
    responses: pl.LazyFrame,
    episodes: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    *,
    sources: Sequence[Source],
    schedule: pl.DataFrame,
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """The columns of `Counts`: first courses only, for everyone and for each population in `plan`.

    `plan` lists (definition, endpoint, population) that studies ask for. Periods are of the start, never of the
    assessment; sources without dates have the period `all` alone. Source: METHODS, sections 4.2, 6.2 and 7.
    """
    populations = [EVERYONE, *sorted(set(plan["population"]) - {EVERYONE})]
    roster = _roster(episodes, outcomes, populations, vocabulary).collect()
    course = packed("source", "episode").alias("course")
    named = roster.lazy().drop("source", "episode").with_columns(roster.select(course).to_series())
    judged = responses.with_columns(course).join(named, on="course").collect()
    found = [
        table
        for name in populations
        if (table := _of_population(name, judged, roster, schedule, plan, vocabulary)) is not None
    ]
    return _with_coverage(_worded(pl.concat(found), sources, vocabulary)) if found else Counts.empty()


def _roster(
    episodes: pl.LazyFrame, outcomes: pl.LazyFrame, populations: Sequence[str], vocabulary: Vocabulary
) -> pl.LazyFrame:
    """First courses with their quarter and, for each population, whether they are known to lie outside it."""
    limits = {name: vocabulary.populations[name] for name in populations}
    roster = with_baselines(episodes.filter("first"), outcomes, populations, vocabulary)
    quarter = pl.col("start_month").dt.year().cast(pl.Int32) * 4 + pl.col("start_month").dt.quarter() - 1
    outside = {f"outside {name}": outside_of(limits[name]).fill_null(value=False) for name in populations}
    kept = ("source", "episode", "cohort", "first", "duration_weeks", "closes", "measured")
    return roster.select(*kept, quarter=quarter, **outside)


def _of_population(
    name: str,
    judged: pl.DataFrame,
    roster: pl.DataFrame,
    schedule: pl.DataFrame,
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame | None:
    inside = judged.filter(~pl.col(f"outside {name}"))
    if name != EVERYONE:
        wanted = places(plan.filter(population=name), vocabulary)
        inside = inside.join(wanted, on=["definition", "endpoint"], how="semi")
    if inside.is_empty():
        return None
    sums = _sums(inside, schedule, vocabulary.populations[name].min_duration_weeks)
    cells = sums.select(_CELL).unique(maintain_order=True)
    periods = _started(roster, name)
    whole = cells.join(periods, on=["source", "cohort"], nulls_equal=True)
    median = _median_days(inside).with_columns(period_kind=pl.lit("all"))
    key = [*_CELL, "period_kind", "period"]
    return (
        whole.join(sums, on=key, how="left", nulls_equal=True)
        .join(median, on=[*_CELL, "period_kind"], how="left", nulls_equal=True)
        .with_columns(population=pl.lit(name))
    )


def _median_days(inside: pl.DataFrame) -> pl.DataFrame:
    measured = inside.filter(pl.col("status").is_in([_STATUS["responder"], _STATUS["non_responder"]]))
    cells = measured.select("day", packed(*_CELL).alias("cell")).group_by("cell").agg(median_day=pl.col("day").median())
    return cells.select(*unpacked("cell", *_CELL), "median_day")


def _sums(inside: pl.DataFrame, schedule: pl.DataFrame, minimum: int | None) -> pl.DataFrame:
    """Sums by cell and quarter, rolled up to years and to all."""
    keyed = inside.lazy().select(
        packed(*_CELL, "quarter", "status").alias("cell"),
        "baseline",
        "closes",
        lasting=pl.col("duration_weeks") >= (minimum or 0),
    )
    by_status = (
        keyed.group_by("cell")
        .agg(
            pl.col("closes").min(),
            courses=pl.len().cast(pl.Int32),
            lasting_courses=pl.col("lasting").sum().cast(pl.Int32),
            known=pl.col("baseline").count().cast(pl.Int32),
            total=pl.col("baseline").sum(),
        )
        .select(*unpacked("cell", *_CELL, "quarter", "status"), pl.exclude("cell"))
        .join(schedule.lazy().select("source", "endpoint", "high"), on=["source", "endpoint"], how="left")
    )
    parts = by_status.select(*_CELL, "quarter", **_of_statuses())
    by_quarter = parts.group_by(*_CELL, "quarter").agg(pl.col(_SUMS).sum(), pl.col("first_due").min()).collect()
    return pl.concat([_rolled_up(by_quarter, kind, period) for kind, period in _periods().items()])


def _of_statuses() -> dict[str, pl.Expr]:
    """What the courses of one status add to their cell; found before adding up, where conditions are slow."""
    due = pl.col("status").is_in([_STATUS["missing"], _STATUS["responder"], _STATUS["non_responder"]])
    opens = pl.col("closes") + pl.duration(days="high")
    return {
        **{name: pl.when(pl.col("status") == place).then("courses") for name, place in _STATUS.items()},
        "duration_met": pl.when(due).then("lasting_courses"),
        "baselines": pl.when(due).then("known"),
        "baseline_sum": pl.when(due).then("total"),
        "first_due": pl.when(pl.col("status") == _STATUS["not_due"]).then(opens),
    }


def _rolled_up(by_quarter: pl.DataFrame, kind: str, period: pl.Expr) -> pl.DataFrame:
    dated = by_quarter if kind == "all" else by_quarter.filter(pl.col("quarter").is_not_null())
    return (
        dated.with_columns(period=period)
        .group_by(*_CELL, "period")
        .agg(*[pl.col(name).sum() for name in _SUMS], pl.col("first_due").min())
        .with_columns(period_kind=pl.lit(kind))
    )


def _periods() -> dict[str, pl.Expr]:
    year = (pl.col("quarter") // 4).cast(pl.String)
    return {
        "all": pl.lit("all"),
        "year": year,
        "quarter": pl.format("{}-Q{}", year, pl.col("quarter") % 4 + 1),
    }


def _started(roster: pl.DataFrame, name: str) -> pl.DataFrame:
    """First courses by source, cohort and period: how many inside, outside, and whether some have no score at all."""
    outside = pl.col(f"outside {name}")
    by_quarter = roster.group_by("source", "cohort", "quarter").agg(
        started=(~outside).sum().cast(pl.Int32),
        left_out=outside.sum().cast(pl.Int32),
        unmeasured=(~pl.col("measured")).sum().cast(pl.Int32),
    )
    parts = []
    for kind, period in _periods().items():
        dated = by_quarter if kind == "all" else by_quarter.filter(pl.col("quarter").is_not_null())
        grouped = dated.with_columns(period=period).group_by("source", "cohort", "period")
        parts.append(
            grouped.agg(pl.col("started", "left_out", "unmeasured").sum()).with_columns(period_kind=pl.lit(kind))
        )
    return pl.concat(parts)


def _worded(found: pl.DataFrame, sources: Sequence[Source], vocabulary: Vocabulary) -> pl.DataFrame:
    """Places become words, missing sums become zero, and courses without any outcome row are without a baseline."""
    definitions, endpoints = sorted(vocabulary.definitions), sorted(vocabulary.endpoints)
    others = sum(pl.col(name) for name in STATUSES if name != "no_baseline")
    filled = found.with_columns(pl.col(_SUMS).fill_null(0)).with_columns(
        no_baseline=(pl.col("started") - others).cast(pl.Int32)
    )
    named = pl.DataFrame(
        {
            "source": range(len(sources)),
            "name": [one.name for one in sources],
            "arms": [list(one.arms) for one in sources],
            "courses": [one.contract.started for one in sources],
            "event_recorded": ["disqualified" in one.contract.columns for one in sources],
        },
        schema_overrides={"source": pl.Int16, "courses": pl.Int32, "arms": pl.List(pl.String)},
    )
    with_names = filled.join(named, on="source", how="left")
    return with_names.select(
        source="name",
        cohort=pl.coalesce(pl.col("arms").list.get(pl.col("cohort"), null_on_oob=True), "name"),
        definition=pl.col("definition").cast(pl.Int64).replace_strict(range(len(definitions)), definitions),
        endpoint=pl.col("endpoint").cast(pl.Int64).replace_strict(range(len(endpoints)), endpoints),
        population="population", period_kind="period_kind", period="period",
        started="started", left_out="left_out", no_baseline="no_baseline", cannot_improve="cannot_improve",
        not_due="not_due", missing="missing", responders="responder", non_responders="non_responder",
        duration_met="duration_met", baselines="baselines",
        baseline_mean=pl.when(pl.col("baselines") > 0).then(pl.col("baseline_sum") / pl.col("baselines")),
        median_day="median_day",
        coverage=_coverage(),
        first_due="first_due",
        event_recorded="event_recorded",
    ).sort(Counts.KEY)  # fmt: skip


def _coverage() -> pl.Expr:
    """Share of courses started that have the baseline; unknown unless courses without any score are listed."""
    measured = (pl.col("started") - pl.col("no_baseline")).cast(pl.Float64)
    stated = pl.when((pl.col("period_kind") == "all") & (pl.col("courses") > 0)).then(
        (measured / pl.col("courses")).clip(0, 1)
    )
    listed = pl.when((pl.col("unmeasured") > 0) & (pl.col("started") > 0)).then(measured / pl.col("started"))
    return pl.coalesce(stated, listed)


def _with_coverage(found: pl.DataFrame) -> pl.DataFrame:
    """Coverage is a property of the cohort: every population has that of everyone, for nobody counts who else began."""
    key = [name for name in Counts.KEY if name != "population"]
    of_everyone = found.filter(population=EVERYONE).select(*key, "coverage")
    return found.drop("coverage").join(of_everyone, on=key, how="left").select(list(Counts.columns()))
