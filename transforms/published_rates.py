"""Studies become published rates, and the tables that list them: as printed, with what the print allows to infer.

No figure is corrected: an unattainable percentage is shown as printed and flagged. Loading is `schemas.evidence`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.published_rates import PublishedRates
from schemas.studies import Arms, Studies
from schemas.study_rows import Result, Study
from transforms.statistics.proportions import grim, wilson

GRIM_WORDS = {True: "attainable", False: "not attainable"}


def published_rates(*, evidence: Mapping[str, Study]) -> pl.DataFrame:
    """The columns of `PublishedRates`: one row per printed percentage; intervals are Wilson's, computed by us.

    The rate used in computations is the inferred count over n. Source: METHODS, sections 1.3 and 2.1.
    """
    rows = [
        _row(study, result) for study in evidence.values() for result in study.results if result.percent is not None
    ]
    return pl.DataFrame(rows, schema=PublishedRates.schema()).sort(PublishedRates.KEY)


def studies(*, evidence: Mapping[str, Study]) -> pl.DataFrame:
    """The columns of `Studies`, one row per study."""
    rows = [
        {name: getattr(study, name, None) for name in Studies.columns()}
        | {"study": study.id, "cited_in": ", ".join(study.cited_in)}
        for study in evidence.values()
    ]
    return pl.DataFrame(rows, schema=Studies.schema()).sort(Studies.KEY)


def arms(*, evidence: Mapping[str, Study]) -> pl.DataFrame:
    """The columns of `Arms`, one row per arm."""
    rows = [
        {name: getattr(arm, name, None) for name in Arms.columns()}
        | {"study": study.id, "arm": arm.id, "n_confidence": arm.n_confidence or "not known"}
        | {"pools": ", ".join(arm.pools)}
        for study in evidence.values()
        for arm in study.arms
    ]
    return pl.DataFrame(rows, schema=Arms.schema()).sort(Arms.KEY)


def _row(study: Study, result: Result) -> dict[str, Any]:
    arm = study.arm(result.arm)
    copied = (
        "arm",
        "measure",
        "definition",
        "definition_note",
        "endpoint",
        "day",
        "analysis_set",
        "printed",
        "n",
        "confidence",
        "locator",
        "note",
    )
    return {
        **{name: getattr(result, name) for name in copied},
        **_inferred(result),
        "study": study.id,
        "result": result.id,
        "label": f"{study.label}, {arm.label}",
        "role": arm.role,
        "population": study.population,
        "percent": float(result.percent or 0),
        "definition_confidence": result.definition_confidence or "not known",
        "n_confidence": result.n_confidence or "not known",
        "carries_verdict": result.may_carry_verdict,
        "why_not": "; ".join(result.why_not),
    }


def _inferred(result: Result) -> dict[str, Any]:
    """What n and the printed figure say together; nothing where n is not known."""
    if result.n is None:
        rate = float(result.percent) / 100 if result.percent is not None else None
        return {"responders": None, "grim": "not testable", "rate": rate, "rate_low": None, "rate_high": None}
    found = grim(result.printed, result.n)
    interval = wilson(found.inferred, result.n)
    return {
        "responders": found.inferred,
        "grim": GRIM_WORDS[found.attainable],
        "rate": found.inferred / result.n,
        "rate_low": interval.low if interval else None,
        "rate_high": interval.high if interval else None,
    }
