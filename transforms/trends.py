"""Observed rates by quarter become points of charts: the limits of chance, and which points break a rule.

Quarters are of the start of treatment, never of the assessment, and only those in which everybody is due are charted.
Computed from released counts alone. METHODS, section 11.3.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.trends import SIGNALS, Trends
from transforms.statistics.charts import rate_charts, sigma_z, xmr_charts
from transforms.statistics.distributions import Vector
from transforms.statistics.over_time import FEWEST_FOR_LIMITS, LEAST_MEDIAN_SIZE, chartable

_SERIES = ("source", "cohort", "definition", "endpoint", "population")
_CHARTS = {"yes": "limits", "with a warning": "limits with a warning", "no": "trial limits"}
_GOOD = {"above_limit", "rising", "two_in_three_above", "run_above"}
_READINGS = {"none": "common cause", "not judged": "not judged"}
_FIGURES = ("mean", "lower", "upper", "sigma_z", "centre", "size_lower", "size_upper", "outside")
_NOT_JUDGED = SIGNALS.index("not judged")


def trends(released_counts: pl.DataFrame, observed_rates: pl.DataFrame, cohorts: pl.DataFrame) -> pl.DataFrame:
    """The columns of `Trends`: one row per clinic, cell and quarter; shares from 0 to 1.

    Signals are named only where there are twelve points; six to eleven give limits on trial, fewer a line alone.
    Source: METHODS, section 11.3; DASHBOARDS, page Trends.
    """
    points = _points(released_counts, observed_rates, cohorts).with_columns(series=_series()).with_row_index("place")
    charted = points.filter("charted")
    series = charted.group_by("series", maintain_order=True).agg(quarters=pl.len().cast(pl.Int32), chart=_kind())
    made = charted.select("place").hstack(_charted(charted, series["quarters"].to_numpy()))
    return (
        points.join(series, on="series", how="left")
        .join(made, on="place", how="left")
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
    quarters = pl.col("period_kind") == "quarter"
    closed = (pl.col("not_due") == 0).fill_null(value=False)
    waiting = released_counts.filter(quarters).select(*key, closed=closed)
    kept = ("status", "responders", "analysed", "missing", "rate", "rate_low", "rate_high")
    return (
        observed_rates.filter(quarters)
        .select(*key, *kept)
        .join(clinics, on=["source", "cohort"], how="semi")
        .join(waiting, on=key, how="left")
        .with_columns(charted=pl.col("closed") & (pl.col("status") == "ok") & (pl.col("analysed") > 0))
        .with_columns(pl.col("charted").fill_null(value=False))
        .sort(key)
    )


def _series() -> pl.Expr:
    """The number of the series that a point belongs to, in the order of the points."""
    begins = pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in _SERIES)
    return begins.fill_null(value=False).cum_sum()


def _kind() -> pl.Expr:
    """What a series' points allow, by their number and median size."""
    words = [_CHARTS[chartable(count)] for count in range(14)]
    by_number = pl.len().clip(0, 13).replace_strict(list(range(14)), words, return_dtype=pl.String)
    return (
        pl.when(pl.len() < FEWEST_FOR_LIMITS).then(pl.lit("run chart"))
        .when(pl.col("analysed").median() < LEAST_MEDIAN_SIZE).then(pl.lit("too few patients"))
        .otherwise(by_number)
    )  # fmt: skip


def _charted(charted: pl.DataFrame, lengths: NDArray[np.int32]) -> pl.DataFrame:
    """The columns that charts add to their points, series after series; those of one length are charted together."""
    x, n = (charted[name].to_numpy().astype(np.float64) for name in ("responders", "analysed"))
    figures = {name: np.full(len(x), np.nan) for name in _FIGURES}
    signals = np.full(len(x), _NOT_JUDGED)
    begins = np.cumsum(lengths) - lengths
    for length in np.unique(lengths[lengths >= FEWEST_FOR_LIMITS]).tolist():
        every = begins[lengths == length][:, None] + np.arange(length)
        at = every[np.median(n[every], axis=1) >= LEAST_MEDIAN_SIZE]
        _chart_singly(figures, signals, at, x[at] / n[at])
        events, patients = x[at].sum(axis=1), n[at].sum(axis=1)
        _chart_by_size(figures, at[(events > 0) & (events < patients)], x, n)
    return _columns(figures, signals)


def _chart_singly(figures: Mapping[str, Vector], signals: NDArray[np.int64], at: NDArray[np.int64], y: Vector) -> None:
    """Enters what the charts of single values say of the points at these places (series x points)."""
    single = xmr_charts(y)
    figures["mean"][at] = single.mean[:, None]
    figures["lower"][at] = np.maximum(0.0, single.lower)[:, None]
    figures["upper"][at] = np.minimum(1.0, single.upper)[:, None]
    if chartable(at.shape[1]) != "no":
        signals[at] = single.signals


def _chart_by_size(figures: Mapping[str, Vector], at: NDArray[np.int64], x: Vector, n: Vector) -> None:
    """The same of p charts, or Laney's where points vary more than their sizes allow."""
    spread = sigma_z(x[at], n[at])
    sized = rate_charts(x[at], n[at], np.maximum(1.0, spread))
    figures["sigma_z"][at], figures["centre"][at] = spread[:, None], sized.centre[:, None]
    figures["size_lower"][at], figures["size_upper"][at] = sized.lower, sized.upper
    figures["outside"][at] = sized.outside


def _columns(figures: Mapping[str, Vector], signals: NDArray[np.int64]) -> pl.DataFrame:
    readings = [_READINGS.get(one) or ("improvement" if one in _GOOD else "concern") for one in SIGNALS]
    return pl.DataFrame(figures).select(
        pl.col(_FIGURES).exclude("outside").fill_nan(None),
        pl.col("outside").fill_nan(None).cast(pl.Boolean),
        primed=pl.col("sigma_z").fill_nan(None) > 1,
        signal=pl.Series(SIGNALS).gather(signals),
        reading=pl.Series(readings).gather(signals),
    )
