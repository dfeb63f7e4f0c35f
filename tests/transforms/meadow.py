"""Meadow 2010, a made-up trial whose figures may carry a verdict, and clinics that stand beside it."""

from datetime import date
from typing import Any

import polars as pl

from schemas.labels import Cohorts
from schemas.study_rows import Arm, Baseline, Result, Study
from tests.transforms.hillside import VOCABULARY
from tests.transforms.released import released
from transforms.comparability_facts import comparability
from transforms.comparisons import comparisons
from transforms.observed_rates import observed_rates
from transforms.published_rates import published_rates

RULE = "nrs-pain-relative-30"


def arm(name: str = "verum", **more: Any) -> Arm:
    """An arm, active unless said otherwise."""
    known: dict[str, Any] = {
        "label": name.capitalize(),
        "role": "active",
        "treatment": "acupuncture",
        "confidence": "checked",
    }
    return Arm(id=name, **known | more)


def result(name: str = "verum-6-months", **more: Any) -> Result:
    """120 of 240 responded by 30% or more on NRS pain at six months, all of it checked."""
    known: dict[str, Any] = {
        "arm": "verum", "measure": "responder-percent", "printed": "50.0", "confidence": "checked",
        "definition": RULE, "definition_confidence": "checked", "endpoint": "6-months", "day": 183,
        "analysis_set": "itt-nri", "n": 240, "n_confidence": "checked", "locator": "table 2", "benchmark_ok": "yes",
    }  # fmt: skip
    return Result(id=name, **known | more)


def study(*results: Result, name: str = "meadow-2010", arms: tuple[Arm, ...] = (), **more: Any) -> Study:
    """A trial with these results; of one result unless some are given."""
    known: dict[str, Any] = {
        "label": "Meadow 2010", "citation": "Meadow A. 2010.", "year": 2010, "kind": "trial", "design": "randomised",
        "condition": "chronic-low-back-pain", "treatment": "acupuncture", "population": "everyone",
        "confidence": "checked", "low_risk_of_bias": True,
        "baselines": (Baseline("nrs-pain", 6.0, "checked", sd=2.0),),
    }  # fmt: skip
    return Study(id=name, arms=arms or (arm(),), results=results or (result(),), **known | more)


def cohort(source: str = "hillside", **more: Any) -> dict[str, Any]:
    """A row of `Cohorts`."""
    known = {
        "source": source, "cohort": source, "label": source.capitalize(), "kind": "clinic",
        "condition": "chronic-low-back-pain", "treatment": "acupuncture", "instruments": "nrs-pain",
        "data_to": None, "synthetic": False,
    }  # fmt: skip
    return known | more


def compared(
    counted: list[dict[str, Any]],
    *studies: Study,
    cohorts: list[dict[str, Any]] | None = None,
    margin: float = 0.10,
    margin_fixed_on: date | None = date(2026, 9, 30),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The comparisons and the comparability of what exact counts release beside studies."""
    evidence = {one.id: one for one in studies}
    cells = released(*counted)
    rates, printed = observed_rates(cells), published_rates(evidence=evidence)
    known = pl.DataFrame(cohorts or [cohort()], schema=Cohorts.schema())
    graded = comparability(cells, rates, printed, known, evidence=evidence, vocabulary=VOCABULARY)
    fixed = {"margin": margin, "margin_fixed_on": margin_fixed_on}
    made = comparisons(cells, rates, printed, known, graded, evidence=evidence, vocabulary=VOCABULARY, **fixed)  # type: ignore[arg-type]  # two words with their values
    return made, graded
