"""The yardstick: one scan of text into two files, coded numbers at once, then one group-by of packed numbers.

The leanest way known to do this job with Polars and nothing else (PERFORMANCE, the bold row of section 2). It knows the
workload by heart: codes are `P` and thirteen digits, days fit into sixteen bits. No contract, no pseudonym, no release.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.peers import job

BYTES_AT_ONCE = 100_000_000
_COURSE = ("clinic", "patient", "episode")
_SPACE = 2**32
_CODES = [one.code for one in job.INSTRUMENTS]
_PLACES = list(range(len(_CODES)))
#: Rules in columns: at most one of each name for an instrument.
_SLOTS = ("relative-30", "relative-50", "minimal-important-change", "acceptable-state", "pass-1")


def main() -> None:
    """Does the job, some hundred megabytes of whole clinics at a time."""
    home, results = job.asked()
    found = [_of_batch(at, files, results) for at, files in enumerate(_batches(job.exports(home)))]
    pl.concat(counted for _, counted in found).write_csv(results / "cells.csv")
    reasons = pl.concat(lines for lines, _ in found).group_by("clinic", "reason").agg(pl.col("lines").sum())
    reasons.write_csv(results / "reasons.csv")


def _batches(files: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for path in files:
        batch.append(path)
        size += Path(path).stat().st_size
        if size >= BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _of_batch(at: int, files: list[str], results: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    clean, quarantine = results / f"clean-{at}.parquet", results / f"quarantine-{at}.parquet"
    coded = pl.scan_csv(files, infer_schema=False, row_index_name="line").with_columns(**_coded())
    judged = coded.with_columns(mask=_mask())
    kept = ("line", *_COURSE, "began", "day", "instrument_code", "units")
    sound, faulty = judged.filter(pl.col("mask") == 0), judged.filter(pl.col("mask") > 0)
    pl.collect_all(
        [
            sound.select(kept).sink_parquet(clean, compression="lz4", lazy=True),
            faulty.select("clinic", "mask", *job.COLUMNS).sink_parquet(quarantine, lazy=True),
        ],
        engine="streaming",
    )
    rows = pl.read_parquet(clean)
    again = _repeated(rows)
    again.write_parquet(results / f"repeated-{at}.parquet")
    unique = rows.filter(~pl.col("line").is_in(again["line"].implode())) if again.height else rows
    return _lines(quarantine, again), _cells(unique.lazy())


# --- text to numbers ---------------------------------------------------------------------------------------


def _coded() -> dict[str, pl.Expr]:
    assessed, started = (pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("assessed_on", "started_on"))
    return {
        "clinic": pl.col("clinic_id").str.slice(1).cast(pl.Int16, strict=False),
        "patient": pl.when(pl.col("patient_id").str.len_bytes() == 14, pl.col("patient_id").str.starts_with("P")).then(
            pl.col("patient_id").str.slice(1).cast(pl.Int64, strict=False)
        ),
        "episode": pl.col("episode_id").str.slice(1).cast(pl.Int32, strict=False),
        "began": started,
        "day": (assessed - started).dt.total_days().cast(pl.Int16, strict=False),
        "late": assessed > job.DATA_CUT,
        "instrument_code": pl.col("instrument").replace_strict(_CODES, _PLACES, default=None, return_dtype=pl.UInt8),
        "units": (pl.col("score").cast(pl.Float64, strict=False) * job.UNITS).round().cast(pl.Int32, strict=False),
        "assessed": assessed,
    }


def _mask() -> pl.Expr:
    high = _by_instrument([one.high * job.UNITS for one in job.INSTRUMENTS])
    finest = _by_instrument([job.UNITS // one.scale for one in job.INSTRUMENTS])
    sessions = pl.col("sessions").cast(pl.UInt16, strict=False)
    checks = {
        "patient_missing": pl.col("patient_id").is_null(),
        "patient_pattern": pl.col("patient_id").is_not_null() & pl.col("patient").is_null(),
        "date_unreadable": pl.col("assessed").is_null(),
        "start_unreadable": pl.col("began").is_null(),
        "instrument_unknown": pl.col("instrument_code").is_null(),
        "score_unreadable": pl.col("units").is_null(),
        "score_out_of_range": (pl.col("units") < 0) | (pl.col("units") > high),
        "score_too_precise": pl.col("units") % finest != 0,
        "age_unreadable": ~pl.col("age_band").is_in(job.AGE_BANDS),
        "sex_unknown": ~pl.col("sex").is_in(job.SEXES),
        "sessions_unreadable": pl.col("sessions").is_not_null() & ~(sessions <= 9999).fill_null(value=False),
        "after_data_cut": pl.col("late"),
        "day_implausible": ~pl.col("day").is_between(*job.PLAUSIBLE_DAYS),
    }
    bits = [checks[name].fill_null(value=False).cast(pl.UInt16) * (1 << at) for at, name in enumerate(job.REASONS)]
    return pl.sum_horizontal(bits).cast(pl.UInt16)


def _by_instrument(numbers: list[int]) -> pl.Expr:
    return pl.col("instrument_code").replace_strict(_PLACES, numbers, default=None, return_dtype=pl.Int32)


# --- what is set aside -------------------------------------------------------------------------------------


def _repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that say again what an earlier one says, or contradict another: found by hash, then looked at closely."""
    key = [*_COURSE, "began", "day", "instrument_code"]
    suspects = rows.filter(rows.select(key).hash_rows().is_duplicated())
    marked = suspects.with_columns(
        differs=pl.col("units").min().over(key) < pl.col("units").max().over(key),
        again=pl.col("line") > pl.col("line").min().over(key),
    )
    reason = pl.when("differs").then(pl.lit("conflicting_scores")).when("again").then(pl.lit("duplicate"))
    return marked.with_columns(reason=reason).drop_nulls("reason").drop("differs", "again")


def _lines(quarantine: Path, again: pl.DataFrame) -> pl.DataFrame:
    masks = pl.read_parquet(quarantine, columns=["clinic", "mask"]).group_by("clinic", "mask").len("lines")
    parts = [
        masks.filter(pl.col("mask") & (1 << at) > 0).select("clinic", "lines", reason=pl.lit(name))
        for at, name in enumerate(job.REASONS)
    ]
    parts.append(again.group_by("clinic", "reason").len("lines").select("clinic", "lines", "reason"))
    return pl.concat(parts).with_columns(_alias())


def _alias() -> pl.Expr:
    return ("c" + pl.col("clinic").cast(pl.String).str.zfill(4)).alias("clinic")


# --- linking and counting ----------------------------------------------------------------------------------


def _cells(rows: pl.LazyFrame) -> pl.DataFrame:
    courses = rows.group_by(_COURSE).agg(pl.col("began").min(), pl.col("line").min())
    first = courses.sort("began", "line").unique(["clinic", "patient"], keep="first", maintain_order=True)
    packed = (pl.col("day").cast(pl.Int64) + 2**14) * _SPACE + pl.col("units")
    windows = {"baseline": job.BASELINE_DAYS, "follow_up": job.FOLLOW_UP_DAYS}
    wanted = {name: pl.when(pl.col("day").is_between(*days)).then(packed) for name, days in windows.items()}
    largest = rows.select(*_COURSE, "instrument_code", **wanted).group_by(*_COURSE, "instrument_code").max()
    scores = largest.join(first.drop("line"), on=_COURSE).with_columns(pl.col(*windows) % _SPACE)
    return _counted(scores.filter(pl.col("baseline").is_not_null())).collect()


def _counted(scores: pl.LazyFrame) -> pl.LazyFrame:
    """Counts for each rule side by side, then one under another: there are few of them."""
    closes = pl.col("began").dt.month_end() + pl.duration(days=job.FOLLOW_UP_DAYS[1])
    quarter = pl.col("began").dt.year().cast(pl.Int32) * 4 + pl.col("began").dt.quarter() - 1
    judged = scores.with_columns(due=closes <= job.DATA_CUT, quarter=quarter, **_verdicts())
    sums = {}
    for slot in _SLOTS:
        due, met = pl.col(f"room {slot}") & pl.col("due"), pl.col(f"met {slot}")
        sums[f"not_due {slot}"] = (pl.col(f"room {slot}") & ~pl.col("due")).sum()
        sums[f"n {slot}"] = due.sum()
        sums[f"completers {slot}"] = (due & met.is_not_null()).sum()
        sums[f"responders {slot}"] = (due & met).sum()
    cells = judged.group_by("clinic", "quarter", "instrument_code").agg(**sums)
    return pl.concat(
        cells.select(
            _alias(),
            quarter=pl.format("{}-Q{}", pl.col("quarter") // 4, pl.col("quarter") % 4 + 1),
            definition=_definitions(slot),
            **{name: pl.col(f"{name} {slot}") for name in ("not_due", "n", "completers", "responders")},
        ).drop_nulls("definition")
        for slot in _SLOTS
    )


def _verdicts() -> dict[str, pl.Expr]:
    """Whether there is room for each rule, and whether it is met; the latter null where there is no score."""
    baseline, score = pl.col("baseline"), pl.col("follow_up")
    higher = pl.col("instrument_code").is_in([at for at, one in enumerate(job.INSTRUMENTS) if one.higher_is_better])
    most = _by_instrument([one.high * job.UNITS for one in job.INSTRUMENTS])
    gain = pl.when(higher).then(score - baseline).otherwise(baseline - score)
    left = pl.when(higher).then(most - baseline).otherwise(baseline)
    found = {}
    for slot in _SLOTS:
        kind, threshold, counted = _of_slot(slot)
        if kind == "relative":
            room, met = baseline > 0, gain * 100 >= threshold * baseline
        elif kind == "absolute":
            room, met = left >= threshold, gain >= threshold
        else:
            room = pl.when(higher).then(baseline < threshold).otherwise(baseline > threshold)
            met = pl.when(higher).then(score >= threshold).otherwise(score <= threshold)
        found[f"room {slot}"] = pl.lit(value=True) if counted else room
        found[f"met {slot}"] = pl.when(score.is_not_null()).then(met)
    return found


def _rules_of(slot: str) -> list[job.Rule | None]:
    """The rule of this name for each instrument."""
    return [next((r for r in job.RULES if r.code == code and r.definition.endswith(slot)), None) for code in _CODES]


def _of_slot(slot: str) -> tuple[str, pl.Expr, bool]:
    rules = _rules_of(slot)
    known = next(rule for rule in rules if rule)
    unit = 1 if known.kind == "relative" else job.UNITS
    return known.kind, _by_instrument([rule.threshold * unit if rule else 0 for rule in rules]), known.counted


def _definitions(slot: str) -> pl.Expr:
    named = [rule.definition if rule else None for rule in _rules_of(slot)]
    return pl.col("instrument_code").replace_strict(_PLACES, named, return_dtype=pl.String)


if __name__ == "__main__":
    main()
