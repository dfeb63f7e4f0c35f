"""Readings become episodes: which records belong to one course of treatment, and when it began.

Which of a patient's courses is counted is marked here; what the scores say is `outcomes`.
"""

import polars as pl

from schemas.episodes import NEW_EPISODE_DAYS
from transforms.by_source import of_source


def episodes(readings: pl.LazyFrame, *, sources: pl.DataFrame) -> pl.LazyFrame:
    """One row per course of treatment: the columns of `Episodes`, with `source`, `course` and the day of `start`.

    `readings` are accepted rows with `source` (a place in `sources`) and `course` as `courses` gives it. `start`
    serves to count days and is dropped before anything is stored. Source: METHODS, section 7.3.
    """
    courses = readings.group_by("source", "patient", "course").agg(
        cohort=pl.col("cohort").min(),
        start=pl.coalesce(pl.col("start").min(), pl.col("date").min()),
        age_band=pl.col("age_band").min(),
        sex=pl.col("sex").max(),
        duration_weeks=pl.col("duration_weeks").min(),
        sessions=pl.col("sessions").max(),
        disqualified=pl.col("disqualified").max(),
        measured=pl.col("score").is_not_null().any(),
        line=pl.col("line").min(),
    )
    month = pl.col("start").dt.truncate("1mo")
    return (
        # Courses that begin on one day, or on none that is known, stand as delivered: a keyed hash has no order.
        courses.sort("source", "patient", "start", "line", "course")
        .with_columns(
            episode=_places_from(_begins("source")),
            first=_begins("source") | _begins("patient"),
            start_month=month,
            closes=pl.when(of_source(sources, "keep_day")).then("start").otherwise(month.dt.month_end()),
        )
        .drop("line")
    )


def _begins(column: str) -> pl.Expr:
    """Whether a row of a sorted frame is the first of its value."""
    return pl.col(column).ne_missing(pl.col(column).shift()) | (pl.int_range(pl.len()) == 0)


def _places_from(begins: pl.Expr) -> pl.Expr:
    """Places from 0, counted anew wherever one begins."""
    at = pl.int_range(pl.len(), dtype=pl.Int32)
    return at - pl.when(begins).then(at).forward_fill()


def courses(readings: pl.LazyFrame, *, sources: pl.DataFrame) -> pl.LazyFrame:
    """`readings` with `course` filled in: which of a patient's courses each record belongs to.

    A course is named by its start date, by the clinic's own course code, or by gaps between contacts of
    `NEW_EPISODE_DAYS` or more; where a source says none of these, a patient has one course.
    """
    far = pl.col("date").diff().dt.total_days().over("source", "patient") >= NEW_EPISODE_DAYS
    named_by = {
        "start": pl.col("start").to_physical().cast(pl.Int64).cast(pl.UInt64, strict=False),
        "column": pl.col("course"),
        "gap": far.fill_null(value=False).cum_sum().over("source", "patient").cast(pl.UInt64),
    }
    rules = set(sources["course_rule"])
    rule, course = of_source(sources, "course_rule"), pl.lit(0, pl.UInt64)
    for name in sorted(rules & named_by.keys()):
        course = named_by[name] if rules == {name} else pl.when(rule == name).then(named_by[name]).otherwise(course)
    rows = readings.sort("source", "patient", "date") if "gap" in rules else readings
    return rows.with_columns(course=course.fill_null(0))
