"""Observed rates by quarter become points of charts: the limits of chance, and which points break a rule.

Quarters are of the start of treatment, never of the assessment, and only those in which everybody is due are charted.
Computed from released counts alone. METHODS, section 11.3.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.trends import Trends
from transforms.statistics.over_time import (
    FEWEST_FOR_LIMITS,
    LEAST_MEDIAN_SIZE,
    RateChart,
    XmrChart,
    chartable,
    scaled_chart,
    xmr_chart,
)

_SERIES = ("source", "cohort", "definition", "endpoint", "population")
_CHARTS = {"yes": "limits", "with a warning": "limits with a warning", "no": "trial limits"}
_GOOD = {"above_limit", "rising", "two_in_three_above", "run_above"}
_READINGS = {"none": "common cause", "not judged": "not judged"}


def trends(released_counts: pl.DataFrame, observed_rates: pl.DataFrame, cohorts: pl.DataFrame) -> pl.DataFrame:
    """The columns of `Trends`: one row per clinic, cell and quarter; shares from 0 to 1.

    Signals are named only where there are twelve points; six to eleven give limits on trial, fewer a line alone.
    Source: METHODS, section 11.3; DASHBOARDS, page Trends.
    """
    points = _points(released_counts, observed_rates, cohorts)
    charted = points.filter("charted")
    made = charted.select(*_SERIES, "period").with_columns(_charted(charted))
    series = charted.group_by(_SERIES).agg(quarters=pl.len().cast(pl.Int32), chart=_kind())
    return (
        points.join(series, on=_SERIES, how="left")
        .join(made, on=[*_SERIES, "period"], how="left")
        .with_columns(
            pl.col("quarters").fill_null(0),
            pl.col("chart").fill_null("run chart"),
            pl.col("signal", "reading").fill_null("not judged"),
        )
        .select(list(Trends.columns()))
        .sort(Trends.KEY)
    )


def _points(released_counts: pl.DataFrame, observed_rates: pl.DataFrame, cohorts: pl.DataFrame) -> pl.DataFrame:
    """The quarters of clinics in order; one with a withheld number not due has somebody who is not."""
    key = [*_SERIES, "period_kind", "period"]
    clinics = cohorts.filter(pl.col("kind") == "clinic").select("source", "cohort")
    waiting = released_counts.select(*key, closed=(pl.col("not_due") == 0).fill_null(value=False))
    kept = ("status", "responders", "analysed", "rate", "rate_low", "rate_high")
    return (
        observed_rates.filter(pl.col("period_kind") == "quarter")
        .select(*key, *kept)
        .join(clinics, on=["source", "cohort"], how="semi")
        .join(waiting, on=key, how="left")
        .with_columns(charted=pl.col("closed") & (pl.col("status") == "ok") & (pl.col("analysed") > 0))
        .with_columns(pl.col("charted").fill_null(value=False))
        .sort(key)
    )


def _kind() -> pl.Expr:
    """What a series' points allow, by their number and median size."""
    words = [_CHARTS[chartable(count)] for count in range(14)]
    by_number = pl.len().clip(0, 13).replace_strict(list(range(14)), words, return_dtype=pl.String)
    return (
        pl.when(pl.len() < FEWEST_FOR_LIMITS).then(pl.lit("run chart"))
        .when(pl.col("analysed").median() < LEAST_MEDIAN_SIZE).then(pl.lit("too few patients"))
        .otherwise(by_number)
    )  # fmt: skip


def _charted(charted: pl.DataFrame) -> list[pl.Series]:
    """The columns that charts add to their points, series after series."""
    x, n = (charted[name].to_numpy().astype(np.int64) for name in ("responders", "analysed"))
    schema, rows = Trends.schema(), [row for chart in _each(charted, x, n) for row in chart]
    names = (
        "mean",
        "lower",
        "upper",
        "signal",
        "reading",
        "primed",
        "sigma_z",
        "centre",
        "size_lower",
        "size_upper",
        "outside",
    )
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return [pl.Series(name, values, schema[name], strict=False) for name, values in zip(names, columns, strict=True)]


def _each(charted: pl.DataFrame, x: NDArray[np.int64], n: NDArray[np.int64]) -> Iterator[list[tuple[Any, ...]]]:
    lengths = charted.group_by(_SERIES, maintain_order=True).agg(length=pl.len())["length"].to_list()
    begin = 0
    for length in lengths:
        yield _rows(x[begin : begin + length], n[begin : begin + length])
        begin += length


def _rows(x: NDArray[np.int64], n: NDArray[np.int64]) -> list[tuple[Any, ...]]:
    """What the charts of one series say of each of its points."""
    if len(x) < FEWEST_FOR_LIMITS or float(np.median(n)) < LEAST_MEDIAN_SIZE:
        return [(None, None, None, "not judged", "not judged", *(None,) * 6)] * len(x)
    single, sized = xmr_chart((x / n).tolist()), _rate_chart(x, n)
    signals = single.signals if chartable(len(x)) != "no" else ("not judged",) * len(x)
    limits = _limits(single)
    return [(*limits, signal, _reading(signal), *_at(sized, place)) for place, signal in enumerate(signals)]


def _limits(single: XmrChart) -> tuple[float, float, float]:
    return single.mean, max(0.0, single.lower), min(1.0, single.upper)


def _reading(signal: str) -> str:
    return _READINGS.get(signal) or ("improvement" if signal in _GOOD else "concern")


def _rate_chart(x: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[RateChart, float] | None:
    """The p chart, or Laney's where points vary more than their sizes allow; None where nothing varies."""
    if x.sum() in (0, n.sum()):
        return None
    return scaled_chart(x, n)  # type: ignore[arg-type]  # an array of whole numbers serves as well as a list


def _at(sized: tuple[RateChart, float] | None, place: int) -> tuple[Any, ...]:
    if sized is None:
        return (None,) * 6
    chart, sigma_z = sized
    return sigma_z > 1, sigma_z, chart.centre, chart.lower[place], chart.upper[place], chart.outside[place]
