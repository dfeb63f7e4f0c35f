"""Made-up improvements for the tests of what is made from them: exact rows, written as a few numbers."""

from collections.abc import Callable
from typing import Any

import polars as pl

from schemas.improvements import THRESHOLDS, Improvements

Row = dict[str, Any]


def falling(measured: int, worse: int = 0) -> Callable[[int], int]:
    """How many of those measured reach a threshold where as many improve by each step, and some became worse."""
    return lambda percent: round((measured - worse) * (1 - percent / 110))


def improvement(measured: int, missing: int = 0, **more: Any) -> Row:
    """An exact row of everybody on CPGS pain at six months, with a mean of 20 points and a deviation of about 20."""
    reached = more.pop("reached", falling(measured, more.get("worse", 0)))
    row: Row = {
        "source": "alder", "instrument": "cpgs-pain", "endpoint": "6-months", "population": "everyone",
        "measured": measured, "missing": missing, "placed": measured, "missing_placed": missing, "worse": 0,
        "improvement_sum": 20.0 * measured, "improvement_squares": 800.0 * measured,
        "median": 20.0, "lower_quartile": 6.0, "upper_quartile": 34.0, "improved": None, "deteriorated": None,
        **{f"at_least_{percent}": reached(percent) for percent in THRESHOLDS},
    } | more  # fmt: skip
    return {"cohort": row["source"]} | row


def improvements_of(*rows: Row) -> pl.DataFrame:
    """The rows as the private table."""
    listed = [{name: row[name] for name in Improvements.columns()} for row in rows]
    return pl.DataFrame(listed, schema=Improvements.schema()).sort(Improvements.KEY)
