"""What the statistics cost where clinics are many: exact counts of a made-up network, released, compared, and drawn.

    python -m benchmarks.many_clinics CLINICS RESULT

walks the steps between counts and the comparison's tables on such a network and writes the seconds of each to RESULT.
The steps are the pipeline's own; reading, linking and the site are no part of it.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from orchestration.steps import STEPS
from schemas import evidence, vocabulary
from schemas.counts import Counts
from schemas.delivery_contract import DataCut, DeliveryContract
from schemas.sources import Source
from schemas.weighted_rates import WeightedRates
from transforms.matching import plan
from transforms.populations import EVERYONE

DEFINITIONS = ("gerac-response", "nrs-pain-relative-30", "rmdq-23-relative-30", "rmdq-24-relative-30")
ENDPOINTS = ("3-months", "6-months")
YEARS = range(2016, 2026)
QUARTERS = [f"{year}-Q{quarter}" for year in YEARS for quarter in (1, 2, 3, 4)]
DATA_CUT = date(2026, 10, 31)
SEED = 20_261_122
#: A quarter has about so many courses in a middling clinic; the largest have ten times that and more.
COURSES = 12
#: From exact counts to comparisons, the funnel with its limits, and the strip of rules, and what they need.
WALKED = (
    "cohorts", "published_rates", "released_counts", "observed_rates", "comparability", "comparisons",
    "clinic_variation", "funnel_limits", "rule_strip",
)  # fmt: skip


def walk(clinics: int) -> dict[str, tuple[float, float, int]]:
    """Seconds of wall clock and CPU of each step, and how many rows it made."""
    words = vocabulary.load(None)
    inputs: dict[str, Any] = {
        "vocabulary": words,
        "evidence": evidence.load(evidence.packaged(), words),
        "sources": _sources(clinics),
        "margin": 0.10,
        "margin_fixed_on": date(2026, 1, 1),
    }
    asked = plan(inputs["evidence"], words)
    made = {"counts": counts_of(clinics, asked), "weighted_rates": WeightedRates.empty()}
    laps: dict[str, tuple[float, float, int]] = {}
    for step in (one for one in STEPS if one.name in WALKED):
        wall, cpu = time.perf_counter(), time.process_time()
        tables = {name: made[name] for name in step.tables}
        made[step.name] = step.make(**tables, **{name: inputs[name] for name in step.inputs})
        laps[step.name] = (time.perf_counter() - wall, time.process_time() - cpu, made[step.name].height)
    return laps


def counts_of(clinics: int, plan: pl.DataFrame) -> pl.DataFrame:
    """Exact counts of so many clinics: eight outcomes in 40 quarters, ten years and all; and what studies ask for."""
    quarters = _quarters(clinics)
    numbers = [name for name, kind in quarters.schema.items() if kind == pl.Int64]
    key = [name for name in Counts.KEY if name not in ("period_kind", "period")]
    years = quarters.with_columns(period_kind=pl.lit("year"), period=pl.col("period").str.head(4))
    whole = quarters.with_columns(period_kind=pl.lit("all"), period=pl.lit("all"))
    parts = [
        part.group_by(*key, "period_kind", "period", maintain_order=True).agg(pl.col(numbers).sum())
        for part in (quarters, years, whole)
    ]
    wanted = plan.filter(pl.col("definition").is_in(DEFINITIONS) & pl.col("endpoint").is_in(ENDPOINTS))
    parts.append(parts[-1].drop("population").join(wanted, on=["definition", "endpoint"]).select(parts[-1].columns))
    return pl.concat(parts).select(_filled(name) for name in Counts.columns()).cast(dict(Counts.schema()))  # type: ignore[arg-type]  # types by name


def _quarters(clinics: int) -> pl.DataFrame:
    chance = np.random.default_rng(SEED)
    shape = (clinics, len(DEFINITIONS) * len(ENDPOINTS), len(QUARTERS))
    due = chance.poisson(COURSES * chance.lognormal(0, 0.8, clinics)[:, None, None], shape)
    missing = chance.binomial(due, 0.25)
    share = 1 / (1 + np.exp(-chance.normal(-0.1, 0.4, clinics)))
    responders = chance.binomial(due - missing, share[:, None, None])
    numbers = {
        "started": due, "missing": missing, "responders": responders, "non_responders": due - missing - responders,
        "duration_met": due, "baselines": due,
    }  # fmt: skip
    names = pl.DataFrame({"source": _names(clinics)})
    cells = names.join(pl.DataFrame({"definition": DEFINITIONS}), how="cross", maintain_order="left_right")
    cells = cells.join(pl.DataFrame({"endpoint": ENDPOINTS}), how="cross", maintain_order="left_right")
    cells = cells.join(pl.DataFrame({"period": QUARTERS}), how="cross", maintain_order="left_right")
    whole = {name: pl.Series(values.reshape(-1), dtype=pl.Int64) for name, values in numbers.items()}
    said = {"cohort": pl.col("source"), "population": pl.lit(EVERYONE), "period_kind": pl.lit("quarter")}
    return cells.with_columns(**said, **whole)


def _filled(name: str) -> pl.Expr:
    """A column of the counts, with what is the same in the whole network."""
    drawn = {"started", "missing", "responders", "non_responders", "duration_met", "baselines", *Counts.KEY}
    same = {"baseline_mean": 6.0, "median_day": 180.0, "coverage": 0.9, "first_due": None, "event_recorded": True}
    return pl.col(name) if name in drawn else pl.lit(same.get(name, 0)).alias(name)


def _names(clinics: int) -> list[str]:
    return [f"c{number:05d}" for number in range(clinics)]


def _sources(clinics: int) -> list[Source]:
    return [
        Source(
            DeliveryContract(
                source=name, kind="clinic", label=name, version=1, format="delimited", layout="long",
                condition="chronic-low-back-pain", treatment="acupuncture", endpoints=ENDPOINTS,
                data_cut=DataCut("date", on=DATA_CUT), synthetic=True,
            ),
            DATA_CUT,
        )
        for name in _names(clinics)
    ]  # fmt: skip


def in_words(laps: dict[str, tuple[float, float, int]]) -> str:
    """For the table: how much of the CPU each of the three parts took."""
    whole = sum(cpu for _, cpu, _ in laps.values())
    parts = {
        "comparisons": ("comparability", "comparisons"),
        "funnel": ("clinic_variation", "funnel_limits"),
        "strip": ("rule_strip",),
    }
    shares = ", ".join(f"{what} {sum(laps[one][1] for one in of) / whole:.0%}" for what, of in parts.items())
    rows = ", ".join(f"{laps[one][2]:,} {one.replace('_', ' ')}" for one in ("comparisons", "clinic_variation"))
    return f"of it {shares}; {rows} rows"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(walk(int(sys.argv[1]))), "utf-8")
