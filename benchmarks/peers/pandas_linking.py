"""From text to typed columns and from accepted rows to counts in pandas, for the peers that validate in pandas."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers import job

_COURSE = ["clinic", "patient_id", "episode_id"]
_INSTRUMENTS = pd.DataFrame(
    [(one.code, one.high, one.scale, one.higher_is_better) for one in job.INSTRUMENTS],
    columns=["instrument", "high", "scale", "higher"],
)


def typed(files: list[str]) -> pd.DataFrame:
    """The text of all files, numbered by its index, with typed columns beside it."""
    parts = [pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], engine="pyarrow") for path in files]
    rows = pd.concat(parts, ignore_index=True)
    rows["clinic"] = rows["clinic_id"].str.lower()
    rows["assessed"] = pd.to_datetime(rows["assessed_on"], format="%Y-%m-%d", errors="coerce")
    rows["started"] = pd.to_datetime(rows["started_on"], format="%Y-%m-%d", errors="coerce")
    rows["points"] = pd.to_numeric(rows["score"], errors="coerce")
    facts = _INSTRUMENTS.set_index("instrument")
    rows["high"] = rows["instrument"].map(facts["high"])
    rows["scale"] = rows["instrument"].map(facts["scale"])
    rows["day"] = (rows["assessed"] - rows["started"]).dt.days
    return rows


def with_repetitions(rows: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """`reasons` (texts by row number) with those of sound rows that repeat an earlier one or contradict another."""
    key = [*_COURSE, "assessed", "instrument"]
    sound = rows.drop(reasons.index)
    repeated = sound[sound.duplicated(key, keep=False)]
    ends = repeated.groupby(key)["points"].agg(["min", "max"])
    differing = ends.index[ends["min"] < ends["max"]]
    conflicting = pd.MultiIndex.from_frame(repeated[key]).isin(differing)
    again = repeated.duplicated(key) & ~conflicting
    found = pd.Series("conflicting_scores", index=repeated.index[conflicting])
    return pd.concat([reasons, found, pd.Series("duplicate", index=repeated.index[again])]).astype(str)


def cells(accepted: pd.DataFrame) -> pd.DataFrame:
    """Counts by clinic, quarter of the start, and definition, of each patient's first course."""
    numbered = accepted.assign(line=accepted.index)
    courses = numbered.groupby(_COURSE, as_index=False, sort=False).agg(began=("started", "min"), line=("line", "min"))
    first = courses.sort_values(["began", "line"]).drop_duplicates(["clinic", "patient_id"])
    rows = accepted.merge(first.drop(columns="line"), on=_COURSE)
    rows["units"] = (rows["points"] * job.UNITS).round().astype("int64")
    key = [*_COURSE, "began", "instrument"]
    rows = rows.sort_values("day")
    baseline = rows[rows["day"].between(*job.BASELINE_DAYS)].groupby(key, sort=False)["units"].last()
    follow_up = rows[rows["day"].between(*job.FOLLOW_UP_DAYS)].groupby(key, sort=False)["units"].last()
    outcomes = baseline.rename("baseline").to_frame().join(follow_up.rename("follow_up")).reset_index()
    return _counted(outcomes.merge(_INSTRUMENTS, on="instrument"))


def _counted(outcomes: pd.DataFrame) -> pd.DataFrame:
    closes = outcomes["began"] + pd.offsets.MonthEnd(0) + pd.Timedelta(days=job.FOLLOW_UP_DAYS[1])
    outcomes["due"] = closes <= pd.Timestamp(job.DATA_CUT)
    began = outcomes["began"].dt
    outcomes["quarter"] = began.year.astype(str) + "-Q" + began.quarter.astype(str)
    return pd.concat([_of_rule(rule, outcomes[outcomes["instrument"] == rule.code]) for rule in job.RULES])


def _of_rule(rule: job.Rule, outcomes: pd.DataFrame) -> pd.DataFrame:
    """One definition's counts."""
    higher = any(one.higher_is_better for one in job.INSTRUMENTS if one.code == rule.code)
    most = next(one.high for one in job.INSTRUMENTS if one.code == rule.code) * job.UNITS
    baseline, score, threshold = outcomes["baseline"], outcomes["follow_up"], rule.threshold * job.UNITS
    gain = score - baseline if higher else baseline - score
    if rule.kind == "relative":
        room, met = baseline > 0, gain * 100 >= rule.threshold * baseline
    elif rule.kind == "absolute":
        room, met = (most - baseline if higher else baseline) >= threshold, gain >= threshold
    else:
        room = baseline < threshold if higher else baseline > threshold
        met = score >= threshold if higher else score <= threshold
    kept = np.full(len(outcomes), True) if rule.counted else room
    due = outcomes["due"]
    marks = outcomes[["clinic", "quarter"]].assign(
        not_due=~due, n=due, completers=due & score.notna(), responders=due & met
    )
    counted = marks[kept].groupby(["clinic", "quarter"], as_index=False).sum()
    counted.insert(2, "definition", rule.definition)
    return counted


def leave(results: Path, rows: pd.DataFrame, reasons: pd.Series, found: pd.DataFrame) -> None:
    """Writes what was set aside, as it came, with its reasons (spaces between), and the two tables of counts."""
    aside = rows.loc[reasons.index, ["clinic", *job.COLUMNS]].assign(reasons=reasons)
    aside.to_parquet(results / "quarantine.parquet")
    each = aside[["clinic"]].assign(reason=aside["reasons"].str.split(" ")).explode("reason")
    each.groupby(["clinic", "reason"], as_index=False).size().rename(columns={"size": "lines"}).to_csv(
        results / "reasons.csv", index=False
    )
    found.to_csv(results / "cells.csv", index=False)
