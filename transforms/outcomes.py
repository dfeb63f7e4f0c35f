"""Readings and episodes become outcomes: baseline and selected follow-up of each course, instrument and endpoint.

One group-by finds them all: the wanted score of a window is the largest of numbers in which closeness, day and score
are packed together, so nothing is joined to itself. Whether a change is a response is `responses`.
"""

from collections.abc import Sequence

import polars as pl

from schemas.outcomes import STATES
from schemas.vocabulary import Endpoint, Vocabulary
from transforms.packing import packed, unpacked

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
    dated = _with_days(scored, episodes, sources)
    endpoints = [(place, vocabulary.endpoints[names[place]]) for place in used]
    wanted = {
        "baseline": _ranked(pl.col("day").is_between("baseline_low", "baseline_high"), pl.lit(0)),
        **{f"e{place}": _selected(endpoint) for place, endpoint in endpoints},
    }
    # What is wanted is found row by row first: the largest of a plain column is found fast.
    ranked = dated.select("patient", "course", packed("source", "instrument").alias("kind"), **wanted)
    largest = ranked.group_by("patient", "course", "kind").agg(pl.col(list(wanted)).max())
    chosen = largest.with_columns(unpacked("kind", "source", "instrument"))
    held = episodes.select("source", "patient", "course", "episode", "closes")
    return _one_row_per_endpoint(chosen.join(held, on=["source", "patient", "course"]), used, sources, schedule)


def _with_days(scored: pl.LazyFrame, episodes: pl.LazyFrame, sources: pl.DataFrame) -> pl.LazyFrame:
    """Rows with whole days from their course's start, which is joined unless every record gives it itself."""
    known = sources.lazy().select("source", "nominal", "baseline_low", "baseline_high")
    rows = scored.join(known, on="source", how="left")
    if not sources["on_row"].all():
        starts = episodes.select("source", "patient", "course", _start="start")
        rows = rows.join(starts, on=["source", "patient", "course"], how="left").with_columns(
            start=pl.coalesce("_start", "start")
        )
    day = (
        pl.when("nominal")
        .then(pl.col("nominal_day").cast(pl.Int64))
        .otherwise((pl.col("date") - pl.col("start")).dt.total_days())
    )
    return rows.with_columns(day=day)


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


def _score(packed: str) -> pl.Expr:
    return (pl.col(packed) % _SCORE_SPACE - _SCORE_OFFSET).cast(pl.Int32)


def _one_row_per_endpoint(
    chosen: pl.LazyFrame, used: Sequence[int], sources: pl.DataFrame, schedule: pl.DataFrame
) -> pl.LazyFrame:
    parts = [
        chosen.select(
            "source", "episode", "instrument", "closes",
            endpoint=pl.lit(place, pl.Int16),
            baseline=_score("baseline"),
            score=_score(f"e{place}"),
            day=((pl.col(f"e{place}") // _SCORE_SPACE) % _DAY_SPACE - _DAY_OFFSET).cast(pl.Int16),
        )
        for place in used
    ]  # fmt: skip
    due = schedule.lazy().join(sources.lazy().select("source", "cut", "closed"), on="source", how="left")
    is_due = pl.col("closed") | (pl.col("closes") + pl.duration(days="high") <= pl.col("cut"))
    state = (
        pl.when(~is_due.fill_null(value=False))
        .then(STATES.index("not due"))
        .when(pl.col("score").is_null())
        .then(STATES.index("missing"))
    )
    return (
        pl.concat(parts)
        .join(due, on=["source", "endpoint"], how="inner")
        .with_columns(state=state.otherwise(STATES.index("measured")).cast(pl.Int16))
        .drop("cut", "closed", "high", "closes")
    )
