"""Readings and episodes become outcomes: baseline and selected follow-up of each course, instrument and endpoint.

One group-by finds them all: the wanted score of a window is the largest of numbers in which closeness, day and score
are packed together, so nothing is joined to itself. Whether a change is a response is `responses`.
"""

from datetime import timedelta

import polars as pl

from schemas.outcomes import STATES
from schemas.vocabulary import Endpoint, Vocabulary
from transforms.by_source import of_source
from transforms.packing import packed, unpacked, without

#: What has a baseline: an instrument in a course of treatment.
_MEASURED = ("source", "episode", "instrument")
_DAY_OFFSET = 2**13
_SCORE_OFFSET = 2**31
_SCORE_SPACE = 2**32
_DAY_SPACE = 2**14


def outcomes(
    readings: pl.LazyFrame,
    episodes: pl.LazyFrame,
    *,
    sources: pl.DataFrame,
    schedule: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.LazyFrame:
    """One row per course, instrument and endpoint that its source collects: the columns of `Outcomes`, and `source`.

    Scores stay in instrument units and keep their direction. The baseline is the last score in the source's baseline
    days; a follow-up is the score nearest the endpoint's target (tie: the later), or the last, in its window. An
    endpoint is due once the window has closed for everybody who began when the course did (METHODS, sections 7.1, 7.2).
    """
    names = sorted(vocabulary.endpoints)
    used = [place for place in range(len(names)) if place in set(schedule["endpoint"])]
    scored = readings.filter(pl.col("score").is_not_null() & pl.col("instrument").is_not_null())
    endpoints = [(place, vocabulary.endpoints[names[place]]) for place in used]
    wanted = {
        "baseline": _ranked(pl.col("day").is_between("baseline_low", "baseline_high"), pl.lit(0)),
        **{f"e{place}": _selected(endpoint) for place, endpoint in endpoints},
    }
    # What is wanted is found row by row first: the largest of a plain column is found fast.
    ranked = _with_days(scored, episodes, sources).select(packed(*_MEASURED).alias("measured"), **wanted)
    chosen = ranked.group_by("measured").agg(pl.col(list(wanted)).max())
    closing = episodes.select(packed("source", "episode").alias("course"), "closes")
    placed = chosen.with_columns(*unpacked("measured", *_MEASURED), course=without("measured", "instrument"))
    dated = placed.join(closing, on="course")
    return pl.concat([_at_endpoint(dated, place, one.high, sources, schedule) for place, one in endpoints])


def _with_days(scored: pl.LazyFrame, episodes: pl.LazyFrame, sources: pl.DataFrame) -> pl.LazyFrame:
    """Rows with the number of their course and whole days from its start, and with their source's baseline days."""
    begun = episodes.select("source", "patient", "course", "episode", began="start")
    day = pl.col("date").to_physical() - pl.coalesce("began", "start").to_physical()
    if sources["nominal"].any():
        day = pl.when(of_source(sources, "nominal")).then(pl.col("nominal_day").cast(pl.Int32)).otherwise(day)
    return scored.join(begun, on=["source", "patient", "course"]).with_columns(
        day=day,
        baseline_low=of_source(sources, "baseline_low"),
        baseline_high=of_source(sources, "baseline_high"),
    )


def _ranked(inside: pl.Expr, closeness: pl.Expr) -> pl.Expr:
    """Closeness, day and score of a row in one number that puts the wanted row last; null outside the window."""
    place = closeness.cast(pl.Int64) * _DAY_SPACE + pl.col("day") + _DAY_OFFSET
    return pl.when(inside).then(place * _SCORE_SPACE + pl.col("score") + _SCORE_OFFSET)


def _selected(endpoint: Endpoint) -> pl.Expr:
    inside = pl.col("day").is_between(endpoint.low, endpoint.high)
    if endpoint.select == "last":
        return _ranked(inside, pl.lit(0))
    distance = (pl.col("day") - endpoint.target).abs()
    return _ranked(inside, endpoint.high - endpoint.low - distance)


def _at_endpoint(
    chosen: pl.LazyFrame, place: int, days: int, sources: pl.DataFrame, schedule: pl.DataFrame
) -> pl.LazyFrame:
    """What is wanted of one endpoint, by every source that collects it, `days` after the start at the latest."""
    wanted, collecting = pl.col(f"e{place}"), schedule.filter(endpoint=place)["source"]
    is_due = of_source(sources, "closed") | (pl.col("closes") + timedelta(days) <= of_source(sources, "cut"))
    all_do = collecting.n_unique() == sources.height
    at = chosen if all_do else chosen.filter(pl.col("source").is_in(collecting.implode()))
    return at.select(
        "source", "episode", "instrument",
        endpoint=pl.lit(place, pl.Int16),
        baseline=_score(pl.col("baseline")),
        score=_score(wanted),
        day=((wanted // _SCORE_SPACE) % _DAY_SPACE - _DAY_OFFSET).cast(pl.Int16),
        state=pl.when(~is_due.fill_null(value=False)).then(STATES.index("not due"))
        .when(wanted.is_null()).then(STATES.index("missing"))
        .otherwise(STATES.index("measured")).cast(pl.Int16),
    )  # fmt: skip


def _score(packed: pl.Expr) -> pl.Expr:
    return (packed % _SCORE_SPACE - _SCORE_OFFSET).cast(pl.Int32)
