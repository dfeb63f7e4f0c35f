"""From accepted rows to counts in Polars, shared by the peers that validate in Polars each in its own way."""

from pathlib import Path

import polars as pl

from benchmarks.peers import job

_COURSE = ("clinic", "patient_id", "episode_id")
_INSTRUMENTS = {one.code: one for one in job.INSTRUMENTS}


def typed(files: list[str]) -> pl.LazyFrame:
    """The text of all files with typed columns beside it: clinic, line, assessed, started, points, high, scale."""
    raw = pl.scan_csv(files, infer_schema=False, row_index_name="line")
    number = pl.col("score").str.contains(f"^{job.NUMBER}$")
    return raw.with_columns(
        clinic=pl.col("clinic_id").str.to_lowercase(),
        assessed=pl.col("assessed_on").str.to_date("%Y-%m-%d", strict=False),
        started=pl.col("started_on").str.to_date("%Y-%m-%d", strict=False),
        points=pl.when(number).then(pl.col("score").cast(pl.Float64, strict=False)),
        high=of_instrument("high"),
        scale=of_instrument("scale"),
    )


def of_instrument(fact: str) -> pl.Expr:
    """A number of the instrument that a row is about; null where the code is not known."""
    facts = [int(getattr(one, fact)) for one in job.INSTRUMENTS]
    return pl.col("instrument").replace_strict(list(_INSTRUMENTS), facts, default=None, return_dtype=pl.Int64)


def settled(sound: pl.DataFrame) -> pl.DataFrame:
    """`line` and `reasons` of sound rows that repeat an earlier one, or contradict another."""
    key = [*_COURSE, "assessed", "instrument"]
    repeated = sound.select("line", "points", *key).filter(pl.struct(key).is_duplicated())
    marked = repeated.with_columns(
        differs=pl.col("points").min().over(key) < pl.col("points").max().over(key),
        again=pl.col("line") > pl.col("line").min().over(key),
    )
    reason = pl.when("differs").then(pl.lit("conflicting_scores")).when("again").then(pl.lit("duplicate"))
    return marked.select("line", reasons=reason).drop_nulls()


def cells(accepted: pl.DataFrame) -> pl.DataFrame:
    """Counts by clinic, quarter of the start, and definition, of each patient's first course."""
    courses = accepted.group_by(_COURSE).agg(began=pl.col("started").min(), line=pl.col("line").min())
    first = courses.sort("began", "line").unique(["clinic", "patient_id"], keep="first", maintain_order=True)
    day = (pl.col("assessed") - pl.col("started")).dt.total_days()
    units = (pl.col("points") * job.UNITS).round().cast(pl.Int64)
    windows = {"baseline": job.BASELINE_DAYS, "follow_up": job.FOLLOW_UP_DAYS}
    outcomes = (
        accepted.lazy()
        .select(*_COURSE, code="instrument", day=day, units=units)
        .join(first.lazy().drop("line"), on=_COURSE)
        .with_columns(
            *[
                pl.when(pl.col("day").is_between(*days)).then("day").alias(f"{name}_day")
                for name, days in windows.items()
            ]
        )
        .group_by(*_COURSE, "began", "code")
        .agg(*[pl.col("units").get(pl.col(f"{name}_day").arg_max()).alias(name) for name in windows])
    )
    return counted(outcomes).collect()


def counted(outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """Counts of outcomes: clinic, began, code, and `baseline` and `follow_up` in whole units, null if there is none."""
    score, threshold = pl.col("follow_up"), pl.col("threshold")
    gain = pl.when("higher").then(score - pl.col("baseline")).otherwise(pl.col("baseline") - score)
    reached = pl.when("higher").then(score >= threshold).otherwise(score <= threshold)
    met = (
        pl.when(pl.col("kind") == "relative")
        .then(gain * 100 >= threshold * pl.col("baseline"))
        .when(pl.col("kind") == "absolute")
        .then(gain >= threshold)
        .otherwise(reached)
    )
    judged = outcomes.join(_rules().lazy(), on="code").filter(
        pl.col("baseline").is_not_null() & (pl.col("counted") | _room())
    )
    closes = pl.col("began").dt.month_end() + pl.duration(days=job.FOLLOW_UP_DAYS[1])
    due = closes <= job.DATA_CUT
    quarter = pl.format("{}-Q{}", pl.col("began").dt.year(), pl.col("began").dt.quarter())
    return (
        judged.with_columns(due=due, met=met, quarter=quarter)
        .group_by("clinic", "quarter", "definition")
        .agg(
            not_due=(~pl.col("due")).sum(),
            n=pl.col("due").sum(),
            completers=(pl.col("due") & score.is_not_null()).sum(),
            responders=(pl.col("due") & pl.col("met")).sum(),
        )
    )


def _room() -> pl.Expr:
    """Whether the baseline leaves room for the rule to be met."""
    baseline, threshold = pl.col("baseline"), pl.col("threshold")
    left = pl.when("higher").then(pl.col("most") - baseline).otherwise(baseline)
    return (
        pl.when(pl.col("kind") == "relative")
        .then(baseline > 0)
        .when(pl.col("kind") == "absolute")
        .then(left >= threshold)
        .otherwise(pl.when("higher").then(baseline < threshold).otherwise(baseline > threshold))
    )


def _rules() -> pl.DataFrame:
    rows = [
        {
            "definition": rule.definition,
            "code": rule.code,
            "kind": rule.kind,
            "threshold": rule.threshold * (1 if rule.kind == "relative" else job.UNITS),
            "counted": rule.counted,
            "higher": _INSTRUMENTS[rule.code].higher_is_better,
            "most": _INSTRUMENTS[rule.code].high * job.UNITS,
        }
        for rule in job.RULES
    ]
    return pl.DataFrame(rows)


def leave(results: Path, quarantine: pl.DataFrame, found: pl.DataFrame) -> None:
    """Writes what was set aside, as it came, with `reasons` (a text, spaces between), and the two tables of counts."""
    quarantine.select(*job.COLUMNS, "reasons").write_parquet(results / "quarantine.parquet")
    each = quarantine.select("clinic", reason=pl.col("reasons").str.split(" ")).explode("reason")
    each.group_by("clinic", "reason").len("lines").write_csv(results / "reasons.csv")
    found.write_csv(results / "cells.csv")
