"""Studies become published figures: one row for every result, baseline and separately sourced interval on record.

As printed; what can be inferred from a response rate is in `published_rates`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from schemas.published_figures import PublishedFigures
from schemas.study_rows import Baseline, Result, Study
from schemas.vocabulary import Vocabulary

_NO_VERDICT = "it is not a printed responder percentage"


def published_figures(*, evidence: Mapping[str, Study], vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `PublishedFigures`: text exactly as in the registry, numbers not touched."""
    rows = [row for study in evidence.values() for row in _rows(study, vocabulary)]
    return pl.DataFrame(rows, schema=PublishedFigures.schema()).sort(PublishedFigures.KEY)


def _rows(study: Study, vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    for result in study.results:
        yield _filled(_result(result, study, vocabulary))
        if result.interval_source_id:
            yield _filled(_interval(result, study, vocabulary))
    for baseline in study.baselines:
        yield _filled(_baseline(baseline, study, vocabulary))


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    """The row with an empty text in every column that it says nothing about."""
    empty = {name: "" if column.kind == "text" else None for name, column in PublishedFigures.columns().items()}
    return empty | {name: value for name, value in row.items() if value is not None}


def _result(result: Result, study: Study, vocabulary: Vocabulary) -> dict[str, Any]:
    own = {name: getattr(result, name, None) for name in PublishedFigures.columns()}
    apart = {"low": "", "high": ""} if result.interval_source_id else {}
    return (
        own
        | apart
        | {
            "study": study.id,
            "result": result.id,
            "entry": "result",
            "against": result.comparator or result.against,
            "outcome": _outcome(result, vocabulary),
            "time": result.time_note or _window(result, vocabulary),
            "carries_verdict": result.may_carry_verdict,
            "why_not": "; ".join(result.why_not),
            "cited_in": ", ".join(result.cited_in),
        }
    )


def _interval(result: Result, study: Study, vocabulary: Vocabulary) -> dict[str, Any]:
    """An interval that another source gives than the figure: a record with a confidence of its own."""
    checked = result.interval_confidence == "checked"
    return _result(result, study, vocabulary) | {
        "result": f"{result.id}.interval",
        "entry": "interval",
        "source_id": result.interval_source_id,
        "low": result.low,
        "high": result.high,
        "confidence": result.interval_confidence,
        "state": "checked" if checked else "unverified",
        "checked_in": "" if checked else "not checked",
        "carries_verdict": False,
        "why_not": _NO_VERDICT,
        "note": "The interval of the figure before it, which has a source of its own.",
    }


def _baseline(baseline: Baseline, study: Study, vocabulary: Vocabulary) -> dict[str, Any]:
    instrument = vocabulary.instruments[baseline.instrument]
    own = {name: getattr(baseline, name, None) for name in PublishedFigures.columns()}
    return own | {
        "study": study.id,
        "result": ".".join(part for part in ("baseline", baseline.arm, baseline.instrument) if part),
        "entry": "baseline",
        "measure": "mean",
        "outcome": instrument.name,
        "printed": str(baseline.mean),
        "unit": f"{instrument.low:g}-{instrument.high:g}" if instrument.usable else "points",
        "better": baseline.better or instrument.better,
        "sd": "" if baseline.sd is None else str(baseline.sd),
        "day": 0,
        "time": "before treatment",
        "state": "checked" if baseline.confidence == "checked" else "unverified",
        "carries_verdict": False,
        "why_not": _NO_VERDICT,
    }


def _outcome(result: Result, vocabulary: Vocabulary) -> str:
    if result.outcome:
        return result.outcome
    if result.instrument:
        return vocabulary.instruments[result.instrument].name
    return "response" if result.definition or result.definition_note else ""


def _window(result: Result, vocabulary: Vocabulary) -> str:
    return vocabulary.endpoints[result.endpoint].label if result.endpoint else ""
