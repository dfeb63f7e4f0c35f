"""Responses become counts: exact, for each cohort, definition, endpoint, population and period of start.

Everything is counted by the places of words; words come last. Exact counts are private. What a reader may know of them
is decided in `disclosure`, nowhere else.
"""

from collections.abc import Sequence

import polars as pl

from schemas.counts import Counts
from schemas.responses import STATUSES
from schemas.sources import Source
from schemas.vocabulary import Vocabulary
from transforms.cohorts import named, word
from transforms.first_courses import FirstCourses, first_courses, first_instruments, of_course, of_definition
from transforms.packing import BITS, packed, unpacked, without
from transforms.populations import EVERYONE

_STATUS = {name: place for place, name in enumerate(STATUSES)}
_DUE = tuple(_STATUS[name] for name in ("missing", "responder", "non_responder"))
_MEASURED = tuple(_STATUS[name] for name in ("responder", "non_responder"))
_COHORT = ("source", "cohort")
_CELL = (*_COHORT, "definition", "endpoint")
_OF_THE_VERDICT = ("definition", "endpoint", "status")
_SUMS = (*STATUSES, "duration_met", "baselines", "baseline_sum")
#: In the order of their words, as everything that is sorted by its place.
_KINDS = ("all", "quarter", "year")
_PERIOD = ("period_kind", "period")


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
    courses = first_courses(responses, episodes, outcomes, plan=plan, vocabulary=vocabulary)
    return counted(courses, sources=sources, schedule=schedule, vocabulary=vocabulary)


def counted(
    courses: FirstCourses,
    *,
    sources: Sequence[Source],
    schedule: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """As `counts`, of first courses that are found already; sorted by the key of `Counts`."""
    quarter = pl.col("start_month").dt.year().cast(pl.Int32) * 4 + pl.col("start_month").dt.quarter() - 1
    dated = courses.roster.with_columns(quarter=quarter)
    populations = sorted(courses.judged)
    found = [
        _of_population(name, courses.judged[name], dated, schedule, vocabulary).with_columns(
            population=pl.lit(place, pl.Int16)
        )
        for place, name in enumerate(populations)
    ]
    return _worded(pl.concat(found), populations, sources, vocabulary) if found else Counts.empty()


def _of_population(
    name: str, inside: pl.DataFrame, roster: pl.DataFrame, schedule: pl.DataFrame, vocabulary: Vocabulary
) -> pl.DataFrame:
    """Every cell in every period in which somebody of its cohort began, whether or not anybody was judged then."""
    sums = _sums(inside, roster, schedule, vocabulary.populations[name].min_duration_weeks)
    whole = sums.filter(period_kind=_KINDS.index("all")).select("cell")
    medians = _median_days(inside, roster).with_columns(period_kind=pl.lit(_KINDS.index("all"), pl.Int16))
    return (
        whole.with_columns(without("cell", "definition", "endpoint").alias("of_cohort"))
        .join(_started(roster, name), on="of_cohort")
        .with_columns(_in_period("cell"))
        .join(sums.select(_in_period("cell"), *_SUMS, "first_due"), on="in_period", how="left")
        .join(medians, on=["cell", "period_kind"], how="left")
    )


def _in_period(cell: str) -> pl.Expr:
    """One number for a cell in a period."""
    space: int = 2 ** sum(BITS[name] for name in _PERIOD)
    return (pl.col(cell) * space + packed(*_PERIOD)).alias("in_period")


def _sums(inside: pl.DataFrame, roster: pl.DataFrame, schedule: pl.DataFrame, minimum: int | None) -> pl.DataFrame:
    """Sums by cell and quarter, rolled up to years and to all."""
    key = (*_CELL, "quarter", "status")
    (of_the_course,) = roster.select(packed(*key, of=(*_COHORT, "quarter")))
    by_status = (
        # What is added up is found row by row first: plain columns are added up fast.
        inside.lazy()
        .select(
            "units",
            whole=of_course(of_the_course) + packed(*key, of=_OF_THE_VERDICT),
            closes=of_course(roster["closes"]),
            lasting=of_course(roster["duration_weeks"]) >= (minimum or 0),
        )
        .group_by("whole")
        .agg(
            pl.col("closes").min(),
            courses=pl.len().cast(pl.Int32),
            lasting_courses=pl.col("lasting").sum().cast(pl.Int32),
            known=pl.col("units").count().cast(pl.Int32),
            total=pl.col("units").sum(),
        )
        .collect(engine="streaming")
    )
    found = by_status.with_columns(*unpacked("whole", *key), without("whole", "status").alias("dated"))
    scheduled = found.join(schedule.select("source", "endpoint", "high"), on=["source", "endpoint"], how="left")
    parts = scheduled.select("dated", **_of_statuses())
    return _rolled_up(parts, [pl.col(_SUMS).sum(), pl.col("first_due").min()]).rename({"counted": "cell"})


def _of_statuses() -> dict[str, pl.Expr]:
    """What the courses of one status add to their cell; found before adding up, where conditions are slow."""
    due = pl.col("status").is_in(_DUE)
    opens = pl.col("closes") + pl.duration(days="high")
    return {
        **{name: pl.when(pl.col("status") == place).then("courses") for name, place in _STATUS.items()},
        "duration_met": pl.when(due).then("lasting_courses"),
        "baselines": pl.when(due).then("known"),
        "baseline_sum": pl.when(due).then("total"),
        "first_due": pl.when(pl.col("status") == _STATUS["not_due"]).then(opens),
    }


def _rolled_up(parts: pl.DataFrame, added: Sequence[pl.Expr]) -> pl.DataFrame:
    """Parts of quarters added up to quarters, to years and to all, which `period_kind` and `period` tell apart.

    What is counted comes packed with its quarter as `dated`, and goes without it as `counted`.
    """
    (quarter,) = unpacked("dated", "quarter")
    by_quarter = parts.group_by("dated").agg(added).with_columns(quarter, without("dated", "quarter").alias("counted"))
    known = by_quarter.drop("dated").filter(pl.col("quarter").is_not_null())
    rolled = {
        "all": by_quarter.group_by("counted").agg(added).with_columns(period=pl.lit(0, pl.Int32)),
        "quarter": known.rename({"quarter": "period"}),
        "year": known.group_by("counted", period=pl.col("quarter") // 4).agg(added),
    }
    places = {kind: pl.lit(place, pl.Int16) for place, kind in enumerate(_KINDS)}
    return pl.concat([rolled[kind].with_columns(period_kind=places[kind]) for kind in _KINDS], how="diagonal")


def _median_days(inside: pl.DataFrame, roster: pl.DataFrame) -> pl.DataFrame:
    """The median day of the scores that were judged, by cell."""
    (of_the_course,) = roster.select(packed(*_CELL, of=_COHORT))
    cell = of_course(of_the_course) + packed(*_CELL, of=("definition", "endpoint"))
    measured = inside.lazy().filter(pl.col("status").is_in(_MEASURED)).select("day", cell=cell)
    return measured.group_by("cell").agg(median_day=pl.col("day").median()).collect()


def _started(roster: pl.DataFrame, population: str) -> pl.DataFrame:
    """First courses by cohort and period: how many inside, outside, and whether some have no score at all."""
    outside = pl.col(f"outside {population}")
    parts = roster.select(
        dated=packed(*_COHORT, "quarter"),
        started=(~outside).cast(pl.Int32),
        left_out=outside.cast(pl.Int32),
        unmeasured=(~pl.col("measured")).cast(pl.Int32),
    )
    found = _rolled_up(parts, [pl.col("started", "left_out", "unmeasured").sum()])
    return found.rename({"counted": "of_cohort"})


def _worded(
    found: pl.DataFrame, populations: Sequence[str], sources: Sequence[Source], vocabulary: Vocabulary
) -> pl.DataFrame:
    """Places become words, missing sums become zero, and courses without any outcome row are without a baseline."""
    others = sum(pl.col(name) for name in STATUSES if name != "no_baseline")
    filled = found.with_columns(pl.col(_SUMS).fill_null(0), *unpacked("cell", *_CELL)).with_columns(
        no_baseline=(pl.col("started") - others).cast(pl.Int32)
    )
    cohorts = _cohorts(filled.select(_COHORT).unique(), sources)
    ordered = (
        filled.join(cohorts, on=_COHORT, nulls_equal=True)
        .with_columns(coverage=_coverage())
        .sort(packed("order", "definition", "endpoint", "population", *_PERIOD))
    )
    scale = of_definition([one.scale for one in first_instruments(vocabulary)])
    return _with_coverage(ordered, populations).select(
        source="source_name",
        cohort="cohort_name",
        definition=word("definition", sorted(vocabulary.definitions)),
        endpoint=word("endpoint", sorted(vocabulary.endpoints)),
        population=word("population", populations),
        period_kind=word("period_kind", _KINDS),
        period=_period(),
        started="started", left_out="left_out", no_baseline="no_baseline", cannot_improve="cannot_improve",
        not_due="not_due", missing="missing", responders="responder", non_responders="non_responder",
        duration_met="duration_met", baselines="baselines",
        baseline_mean=pl.when(pl.col("baselines") > 0).then(pl.col("baseline_sum") / (pl.col("baselines") * scale)),
        median_day="median_day",
        coverage="coverage",
        first_due="first_due",
        event_recorded="event_recorded",
    )  # fmt: skip


def _cohorts(found: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """What is known of each cohort, and the order of their names."""
    return named(found, sources).join(
        pl.DataFrame(
            {
                "source": range(len(sources)),
                "courses": [one.contract.started for one in sources],
                "event_recorded": ["disqualified" in one.contract.columns for one in sources],
            },
            schema_overrides={"source": pl.Int16, "courses": pl.Int32},
        ),
        on="source",
    )


def _period() -> pl.Expr:
    year, quarter = pl.col("period").cast(pl.String), pl.col("period")
    kind = pl.col("period_kind")
    return (
        pl.when(kind == _KINDS.index("all"))
        .then(pl.lit("all"))
        .when(kind == _KINDS.index("year"))
        .then(year)
        .otherwise(pl.format("{}-Q{}", quarter // 4, quarter % 4 + 1))
    )


def _coverage() -> pl.Expr:
    """Share of courses started that have the baseline; unknown unless courses without any score are listed.

    A contract that says how many courses were started says it of all periods together, and knows better than a list.
    """
    measured = (pl.col("started") - pl.col("no_baseline")).cast(pl.Float64)
    whole = pl.col("period_kind") == _KINDS.index("all")
    stated = pl.when(whole & (pl.col("courses") > 0)).then((measured / pl.col("courses")).clip(0, 1))
    counted = (pl.col("courses").fill_null(0) == 0) & (pl.col("unmeasured") > 0) & (pl.col("started") > 0)
    listed = pl.when(counted).then(measured / pl.col("started"))
    return pl.coalesce(stated, listed)


def _with_coverage(found: pl.DataFrame, populations: Sequence[str]) -> pl.DataFrame:
    """Coverage is a property of the cohort: every population has that of everyone, for nobody counts who else began."""
    if len(populations) == 1:
        return found
    key = ["cell", *_PERIOD]
    of_everyone = found.filter(population=populations.index(EVERYONE)).select(*key, "coverage")
    return found.drop("coverage").join(of_everyone, on=key, how="left", maintain_order="left")
