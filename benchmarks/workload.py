"""The work that speed and memory are measured on: synthetic exports of many clinics, one contract each.

    python -m benchmarks.workload ROWS DIR

writes a home below DIR: landing files, contracts, the vocabulary that they need, and `workload.json`, which
says how many rows there are and how many must be set aside for which reason. The distributions are those of
PERFORMANCE, section 0: about six rows a course of treatment, uneven clinics, three years of starts, 2% of
rows that cannot be used. One clinic is drawn and written at a time, so memory does not grow with ROWS.
Nothing is measured here.
"""

import argparse
import json
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from orchestration.sampling.files import toml_text

SEED = 20_260_601
FIRST_START = date(2023, 6, 1)
DAYS_OF_STARTS = 1080
DATA_CUT = date(2026, 12, 31)
ROWS_PER_COURSE = 6.01
UNKNOWN_CLINIC = "unknown-clinic"
REPORT = "workload.json"

#: Up to this many rows, this many clinics; 1,000 above.
CLINICS = ((10_000, 20), (100_000, 50), (1_000_000, 200))

#: Their code, ours, highest score; all begin at 0. EQVAS is the one whose high scores are good.
INSTRUMENTS = (
    ("NRS", "nrs-pain", 10),
    ("RMDQ", "rmdq-24", 24),
    ("ODI", "odi", 100),
    ("EQVAS", "eq-vas", 100),
)
ODI, EQVAS = 2, 3
AGE_BANDS = ("18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89")
SEXES = {"F": "female", "M": "male", "X": "other", "U": "unknown"}
TREATMENTS = ("manual", "electro", "moxa", "cupping", "mixed")

#: What rows suffer, as shares of all rows, and the reason that each is then set aside for. A row without a
#: clinic is not set aside: it arrives in a file that nobody has a contract for.
DAMAGE = (
    ("too_high", 0.0050, "score_out_of_range"),
    ("old_form", 0.0020, "instrument_unknown"),
    ("years_early", 0.0015, "day_implausible"),
    ("no_such_day", 0.0015, "date_unreadable"),
    ("not_a_number", 0.0015, "score_unreadable"),
    ("no_score", 0.0015, "score_unreadable"),
    ("age_in_words", 0.0010, "age_unreadable"),
    ("no_clinic", 0.0005, ""),
    ("a_name", 0.0005, "patient_pattern"),
    ("sex_unclear", 0.0005, "sex_unknown"),
    ("fewer_than_no_sessions", 0.0005, "sessions_unreadable"),
    ("twice", 0.0040, "duplicate"),
)
HARM = {name: place for place, (name, _, _) in enumerate(DAMAGE, start=1)}
REASON_OF = {place: reason for place, (_, _, reason) in enumerate(DAMAGE, start=1) if reason}

VOCABULARY: dict[str, dict[str, Any]] = {
    "instruments": {
        "eq-vas": {
            "name": "EQ VAS",
            "construct": "overall health",
            "better": "higher",
            "confidence": "recalled",
            "decimals": 1,
            "low": 0,
            "high": 100,
        }
    },
    "endpoints": {
        "last-in-270-days": {
            "label": "Last within 270 days",
            "target": 180,
            "low": 28,
            "high": 270,
            "select": "last",
        }
    },
    "definitions": {
        "relative-30": {"kind": "relative", "threshold": 30, "instruments": ["eq-vas"]},
        "relative-50": {"kind": "relative", "threshold": 50, "instruments": ["rmdq-24", "odi", "eq-vas"]},
        "minimal-important-change": {"kind": "absolute", "thresholds": {"eq-vas": 8}},
        "acceptable-state": {
            "kind": "pass",
            "thresholds": {"nrs-pain": 3, "rmdq-24": 4, "odi": 22, "eq-vas": 70},
        },
    },
}


@dataclass
class Workload:
    """How much was written: rows of clinics with a contract, rows without, rows to be set aside by reason."""

    clinics: int = 0
    rows: int = 0
    rows_without_clinic: int = 0
    bytes: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)


def write_workload(rows: int, folder: Path, *, largest: float | None = None) -> Workload:
    """Writes about `rows` rows as a home below `folder`, in place of an earlier workload there.

    `largest` is the share of all courses that one clinic has; without it sizes are drawn. The same arguments give the
    same bytes. Raises `FileExistsError` where `folder` holds something else.
    """
    _clear(folder)
    for name, words in VOCABULARY.items():
        _write(folder / f"vocabulary/{name}.toml", toml_text(words).encode())
    written, first_course = Workload(), 0
    for clinic, courses in enumerate(_clinic_sizes(rows, largest), start=1):
        _write_clinic(folder, clinic, _rows(clinic, courses, first_course), written)
        first_course += courses
    report = {
        "rows_asked_for": rows,
        "clinics": written.clinics,
        "rows": written.rows,
        "rows_without_clinic": written.rows_without_clinic,
        "bytes": written.bytes,
        "set_aside": dict(sorted(written.set_aside.items())),
    }
    _write(folder / REPORT, (json.dumps(report, indent=1) + "\n").encode())
    return written


def _clear(folder: Path) -> None:
    parts = [folder / part for part in ("landing", "contracts", "vocabulary")]
    if not (folder / REPORT).exists() and any(part.exists() for part in parts):
        raise FileExistsError(f"{folder}: holds a home that is not a workload; name another folder")
    for part in parts:
        shutil.rmtree(part, ignore_errors=True)


def _clinic_sizes(rows: int, largest: float | None = None) -> list[int]:
    """Courses of treatment by clinic: a few large clinics, many small ones, none empty."""
    clinics = next((count for most, count in CLINICS if rows <= most), 1000)
    chance = np.random.default_rng([SEED, 0])
    share = chance.lognormal(0, 0.8, clinics)
    if largest is not None:
        share[0] = share[1:].sum() * largest / (1 - largest)
    courses = chance.multinomial(int(rows / ROWS_PER_COURSE) + 1, share / share.sum())
    return [max(1, int(count)) for count in courses]


def _write_clinic(folder: Path, clinic: int, drawn: pl.DataFrame, written: Workload) -> None:
    alias = f"c{clinic:04d}"
    lost = drawn["harm"] == HARM["no_clinic"]
    table = _as_text(drawn, clinic)
    known = table.filter(~lost).write_csv().encode()
    _write(folder / f"landing/{alias}/export.csv", known)
    _write(folder / f"contracts/{alias}.toml", toml_text(_contract(alias)).encode())
    stray = folder / f"landing/{UNKNOWN_CLINIC}/export.csv"
    strays = table.filter(lost).write_csv(include_header=not stray.exists()).encode()
    stray.parent.mkdir(parents=True, exist_ok=True)
    with stray.open("ab") as file:
        file.write(strays)
    written.clinics += 1
    written.rows += drawn.height - int(lost.sum())
    written.rows_without_clinic += int(lost.sum())
    written.bytes += len(known) + len(strays)
    for harm, times in zip(*np.unique(drawn["harm"].to_numpy(), return_counts=True), strict=True):
        if int(harm) in REASON_OF:
            written.set_aside[REASON_OF[int(harm)]] += int(times)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _rows(clinic: int, courses: int, first_course: int) -> pl.DataFrame:
    """All rows of one clinic by day: codes and numbers still, with the damage each is to suffer."""
    chance = np.random.default_rng([SEED, clinic])
    course = _courses(chance, courses, first_course)
    row = _assessments(chance, course)
    harm = chance.choice(len(DAMAGE) + 1, row.height, p=[1 - _damaged_share(), *(share for _, share, _ in DAMAGE)])
    table = row.with_columns(harm=pl.Series(harm, dtype=pl.UInt8), extra=pl.Series(chance.integers(1, 51, row.height)))
    whole = table.with_columns(harm=pl.when(pl.col("harm") == HARM["twice"]).then(0).otherwise("harm"))
    copies = table.filter(pl.col("harm") == HARM["twice"])
    return pl.concat([whole.cast({"harm": pl.UInt8}), copies]).sort("day", "course", maintain_order=True)


def _damaged_share() -> float:
    return sum(share for _, share, _ in DAMAGE)


def _courses(chance: np.random.Generator, size: int, first: int) -> pl.DataFrame:
    """One row a course: who, when, how severe, how much better, how often and with what they are asked."""
    number = np.arange(first, first + size, dtype=np.int64)
    return pl.DataFrame(
        {
            "course": number,
            "person": number // 6 * 5 + chance.integers(0, 5, size),  # about 1.6 courses a person
            "start": chance.integers(0, DAYS_OF_STARTS, size),
            "age": chance.choice(7, size, p=[0.08, 0.14, 0.20, 0.22, 0.20, 0.12, 0.04]),
            "sex": chance.choice(4, size, p=[0.60, 0.37, 0.01, 0.02]),
            "treatment": chance.choice(5, size, p=[0.50, 0.20, 0.08, 0.07, 0.15]),
            "sessions": chance.integers(1, 16, size),
            "severity": chance.normal(0.55, 0.18, size).clip(0.05, 0.98),
            "gain": chance.normal(0.40, 0.35, size).clip(-0.5, 1.0),
            "no_baseline": chance.random(size) < 0.04,
            "asked": chance.choice([2, 3, 4], size, p=[0.6, 0.3, 0.1]),
            "times": chance.choice([2, 3, 4], size, p=[0.7, 0.2, 0.1]),
        }
    )


def _assessments(chance: np.random.Generator, courses: pl.DataFrame) -> pl.DataFrame:
    """One row a score: every instrument of a course at each of its times, without baselines never taken."""
    rows = (
        courses.with_columns(visit=pl.int_ranges(0, pl.col("asked") * pl.col("times")))
        .explode("visit")
        .with_columns(time=pl.col("visit") // pl.col("asked"), turn=pl.col("visit") % pl.col("asked"))
        .filter(~(pl.col("no_baseline") & (pl.col("time") == 0)))
    )
    time = rows["time"].to_numpy()
    instrument = (rows["turn"].to_numpy() + rows["course"].to_numpy()) % len(INSTRUMENTS)
    early, late = chance.integers(-3, 4, rows.height), chance.integers(-7, 8, rows.height)
    day = rows["start"].to_numpy() + np.array([0, 42, 90, 180])[time] + np.where(time == 0, early, late)
    progress = np.array([0.0, 0.7, 0.9, 1.0])[time]
    share = rows["severity"].to_numpy() * (1 - rows["gain"].to_numpy() * progress)
    share = (share + chance.normal(0, 0.05, rows.height)).clip(0, 1)
    share = np.where(instrument == EQVAS, 1 - share, share)
    score = share * np.array([high for _, _, high in INSTRUMENTS])[instrument]
    score = np.where(instrument == ODI, np.round(score * 5) / 5, np.round(score))
    return rows.with_columns(
        day=pl.Series(day), instrument=pl.Series(instrument), score=pl.Series(score, dtype=pl.Float64)
    )


def _as_text(rows: pl.DataFrame, clinic: int) -> pl.DataFrame:
    """The export as text, with every row's damage done."""
    harm = pl.col("harm")
    high = _word("instrument", [str(high) for _, _, high in INSTRUMENTS]).cast(pl.Float64)
    score = pl.when(harm == HARM["too_high"]).then(high + pl.col("extra")).otherwise("score")
    day = pl.when(harm == HARM["years_early"]).then(pl.col("start") - 400).otherwise("day")
    number = (
        pl.when(pl.col("instrument") == ODI)
        .then(score.round(1).cast(pl.String))
        .otherwise(score.cast(pl.Int64).cast(pl.String))
    )
    return rows.select(
        clinic_id=_spoil({"no_clinic": "??"}, pl.lit(f"C{clinic:04d}")),
        patient_id=_spoil({"a_name": "J. Smith"}, "P" + _scrambled("person").cast(pl.String).str.zfill(13)),
        episode_id="E" + pl.col("course").cast(pl.String).str.zfill(9),
        started_on=_day(pl.col("start")),
        assessed_on=_spoil({"no_such_day": "31/02/2024"}, _day(day)),
        instrument=_spoil({"old_form": "VAS-old"}, _word("instrument", [code for code, _, _ in INSTRUMENTS])),
        score=_spoil({"not_a_number": "n/a", "no_score": ""}, number),
        age_band=_spoil({"age_in_words": "fifty"}, _word("age", list(AGE_BANDS))),
        sex=_spoil({"sex_unclear": "?"}, _word("sex", list(SEXES))),
        treatment=_word("treatment", list(TREATMENTS)),
        sessions=_spoil({"fewer_than_no_sessions": "-3"}, pl.col("sessions").cast(pl.String)),
    )


def _spoil(texts: dict[str, str], sound: pl.Expr) -> pl.Expr:
    spoiled = sound
    for name, text in texts.items():
        spoiled = pl.when(pl.col("harm") == HARM[name]).then(pl.lit(text)).otherwise(spoiled)
    return spoiled


def _word(column: str, words: list[str]) -> pl.Expr:
    return pl.col(column).replace_strict(list(range(len(words))), words, return_dtype=pl.String)


def _day(days: pl.Expr) -> pl.Expr:
    return (pl.lit(FIRST_START) + pl.duration(days=days)).dt.to_string("%Y-%m-%d")


def _scrambled(column: str) -> pl.Expr:
    # An odd factor modulo a power of two: different people keep different numbers, without any order.
    return (pl.col(column).cast(pl.UInt64) * 0x9E3779B97F4A7C15) % (1 << 40)


def _contract(alias: str) -> dict[str, Any]:
    return {
        "clinic": alias,
        "version": 1,
        "format": "delimited",
        "layout": "long",
        "condition": "chronic-low-back-pain",
        "treatment": "acupuncture",
        "data_cut": DATA_CUT,
        "synthetic": True,
        "endpoints": list(VOCABULARY["endpoints"]),
        "baseline_days": [-14, 7],
        "plausible_days": [-30, 730],
        "episodes": "column",
        "patient_pattern": "P[0-9]{13}",
        "file": {"missing": [], "other_columns": "ignore"},
        "columns": {
            "patient": "patient_id",
            "episode": "episode_id",
            "start": "started_on",
            "date": "assessed_on",
            "instrument": "instrument",
            "score": "score",
            "age_band": "age_band",
            "sex": "sex",
            "sessions": "sessions",
        },
        "codes": {
            "instrument": {theirs: ours for theirs, ours, _ in INSTRUMENTS},
            "sex": SEXES,
            "age_band": {band: band for band in AGE_BANDS},
        },
    }


def main() -> None:
    """Reads ROWS and DIR from the command line, writes the workload and says what it is."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.workload", description="Writes a synthetic workload.")
    asked.add_argument("rows", type=int, help="about how many rows, such as 1000000")
    asked.add_argument("folder", type=Path, help="where the home is written")
    arguments = asked.parse_args()
    written = write_workload(arguments.rows, arguments.folder)
    sys.stdout.write(
        f"{arguments.folder}: {written.rows:,} rows of {written.clinics} clinics, "
        f"{written.bytes / 1e6:.0f} MB; "
        f"{sum(written.set_aside.values()):,} rows to be set aside; "
        f"{written.rows_without_clinic:,} rows of no known clinic\n"
    )


if __name__ == "__main__":
    main()
