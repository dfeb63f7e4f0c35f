"""Names for ids: the small public tables of cohorts, definitions, endpoints, instruments and populations."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from schemas import labels as tables
from schemas.sources import Source
from schemas.vocabulary import Vocabulary
from transforms.masking import HIDDEN_FROM, HIDDEN_TO, ROUNDED_TO


def cohorts(*, sources: Sequence[Source]) -> pl.DataFrame:
    """The columns of `Cohorts`: a row per clinic, or per arm of a trial whose patients were loaded."""
    rows = [
        {
            "source": one.name,
            "cohort": cohort,
            "label": one.contract.label if cohort == one.name else f"{one.contract.label}, {cohort}",
            "kind": "clinic" if cohort == one.name else "arm",
            "condition": one.contract.condition,
            "treatment": one.contract.treatment,
            "instruments": ", ".join(one.contract.instruments),
            "data_to": one.data_to,
            "synthetic": one.contract.synthetic,
        }
        for one in sources
        for cohort in (one.arms or (one.name,))
    ]
    return pl.DataFrame(rows, schema=tables.Cohorts.schema()).sort(tables.Cohorts.KEY)


def definitions(*, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Definitions`; labels and sentences are generated from the rules."""
    rows = [
        {
            "definition": one.id,
            "label": one.label,
            "sentence": one.sentence,
            "instruments": ", ".join(one.instruments),
            "relative_threshold": None if one.relative_threshold is None else float(one.relative_threshold),
            "ambiguous": one.ambiguous,
            "readings": "; ".join(f"{reading.means}: {reading.label}" for reading in one.readings),
            "source": one.source,
        }
        for one in vocabulary.definitions.values()
    ]
    return pl.DataFrame(rows, schema=tables.Definitions.schema()).sort("definition")


def endpoints(*, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Endpoints`, earliest first."""
    rows = [
        {
            "endpoint": one.id,
            "label": one.label,
            "target": one.target,
            "low": one.low,
            "high": one.high,
            "fixed_on": one.fixed_on,
        }
        for one in vocabulary.endpoints.values()
    ]
    return pl.DataFrame(rows, schema=tables.Endpoints.schema()).sort("target", "endpoint")


def instruments(*, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Instruments`: those with a known range and direction."""
    rows = [
        {"instrument": one.id, "name": one.name, "low": one.low, "high": one.high, "better": one.better}
        for one in vocabulary.instruments.values()
        if one.usable
    ]
    return pl.DataFrame(rows, schema=tables.Instruments.schema()).sort("instrument")


def populations(*, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Populations`; labels are generated from the limits."""
    rows = [{"population": one.id, "label": one.label} for one in vocabulary.populations.values()]
    return pl.DataFrame(rows, schema=tables.Populations.schema()).sort("population")


def release_notes(
    checks: pl.DataFrame,
    cohorts: pl.DataFrame,
    *,
    margin: float,
    margin_fixed_on: date | None = None,
    verum_version: str,
) -> pl.DataFrame:
    """The columns of `ReleaseNotes`: what holds for the whole release; no clock is in it."""
    newest = cohorts["data_to"].max()
    notes = {
        "margin": f"{margin:.4f}",
        "margin_fixed_on": "" if margin_fixed_on is None else str(margin_fixed_on),
        "synthetic": str(bool(cohorts["synthetic"].any())).lower(),
        "disclosure": (
            f"Counts from {HIDDEN_FROM} to {HIDDEN_TO} and their complements are not shown; other counts are rounded "
            f"to the nearest {ROUNDED_TO}. Rates and intervals are computed from the rounded counts."
        ),
        "data_to": "" if newest is None else str(newest),
        "checks_failed": str(checks.filter(pl.col("status") == "failed").height),
        "verum_version": verum_version,
    }
    return pl.DataFrame({"key": list(notes), "value": list(notes.values())}, schema=tables.ReleaseNotes.schema()).sort(
        "key"
    )
