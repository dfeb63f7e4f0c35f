"""Observed rates become places in a funnel: each clinic beside those that treat the same condition in the same way.

Computed from released counts alone, so nothing finer can be read from it. No clinic is ranked. METHODS, 11.1 and 11.2.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import polars as pl

from schemas.clinic_variation import ClinicVariation, FunnelLimits
from schemas.vocabulary import Vocabulary
from transforms.networks import NETWORK, Count, clinics, network_funnel, placed, side
from transforms.precision import stated
from transforms.statistics.funnel import Funnel, exact_limits_of, widened_limits
from transforms.statistics.multiplicity import FALSE_DISCOVERIES, adjusted
from transforms.statistics.shrinkage import shrunk_rates

#: Periods for which clinics are compared: a quarter has too few patients in most of them.
PERIOD_KINDS = ("all", "year")
COUNTED = ("responders", "analysed")
#: A rate drawn towards its network, with its limits.
SHRUNK = ("shrunk_rate", "shrunk_low", "shrunk_high")
#: Sizes at which a funnel's limits are drawn: every 5 patients up to here, then in steps that grow with the size.
EVERY_FIVE_TO = 200
STEPS_BEYOND = 40


def clinic_variation(observed_rates: pl.DataFrame, cohorts: pl.DataFrame, *, vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `ClinicVariation`: one row per clinic and cell of the periods `all` and `year`; shares 0 to 1.

    A network needs five clinics with a rate for a funnel, and none that holds more than 85% of its patients. Rates
    drawn towards the network are stated as `precision` says. Source: METHODS, sections 11.1 and 11.2.
    """
    kept = ("status", "responders", "analysed", "rate", "rate_low", "rate_high")
    cells = (
        observed_rates.filter(pl.col("period_kind").is_in(PERIOD_KINDS))
        .join(clinics(cohorts, vocabulary), on=["source", "cohort"], how="inner")
        .select("source", "cohort", *NETWORK, *kept)
        .with_columns(pl.when(pl.col("status") == "ok").then(name).alias(f"rated {name}") for name in COUNTED)
    )
    counted, made = (f"rated {COUNTED[0]}", f"rated {COUNTED[1]}"), _made(ClinicVariation)
    whole = pl.col("period_kind") == "all"
    parts = ((cells.filter(whole), _columns_and_shrinkage), (cells.filter(~whole), _columns))
    found = pl.concat([placed(part, counted, columns_of, made) for part, columns_of in parts])
    return (
        found.with_columns(pl.col("zone").fill_null("not judged"), pl.col("side").fill_null(""), *stated(*SHRUNK))
        .select(list(ClinicVariation.columns()))
        .sort(ClinicVariation.KEY)
    )


def _made(table: type[ClinicVariation]) -> dict[str, pl.DataType]:
    """The columns that the funnel adds, with their types."""
    schema = table.schema()
    names = list(schema)
    return {name: schema[name] for name in names[names.index("target") :]}


def _columns(counts: Sequence[Count]) -> dict[str, list[Any]] | None:
    """What the funnel says of each (x, n); nothing where there is no funnel."""
    found = network_funnel(counts)
    return None if found is None else _values(counts, found)


def _columns_and_shrinkage(counts: Sequence[Count]) -> dict[str, list[Any]] | None:
    """The same with the rates drawn towards the network, whose fit costs more than all the rest."""
    columns = _columns(counts)
    if columns is None:
        return None
    shrunk = shrunk_rates(counts, ranked=False)
    lows, highs = zip(*((interval.low, interval.high) for interval in shrunk.intervals), strict=True)
    return columns | dict(zip(SHRUNK, (list(shrunk.rates), list(lows), list(highs)), strict=True))


def _values(counts: Sequence[Count], found: Funnel) -> dict[str, list[Any]]:
    places, spread, size = found.places, found.overdispersion, len(counts)
    tails = adjusted([place.tail for place in places])
    return {
        "target": [found.target] * size,
        "alert_low": [place.limits.alert.low for place in places],
        "alert_high": [place.limits.alert.high for place in places],
        "alarm_low": [place.limits.alarm.low for place in places],
        "alarm_high": [place.limits.alarm.high for place in places],
        "zone": [place.zone for place in places],
        "side": [side(x / n, found.target) for x, n in counts],
        "tail": [place.tail for place in places],
        "adjusted_tail": tails,
        "stands_out": [tail <= FALSE_DISCOVERIES for tail in tails],
        "phi": [spread.phi if spread else None] * size,
        "phi_threshold": [spread.threshold if spread else None] * size,
        "tau2": [spread.tau2 if spread else None] * size,
        "widened": [found.widened] * size,
    }


def funnel_limits(clinic_variation: pl.DataFrame) -> pl.DataFrame:
    """The columns of `FunnelLimits`: the limits of every funnel, at sizes up to its largest clinic."""
    drawn = clinic_variation.filter(pl.col("target").is_not_null())
    networks = drawn.group_by(*NETWORK).agg(
        pl.col("target", "widened", "tau2").first(), largest=pl.col("analysed").max()
    )
    rows = [row for network in networks.sort(NETWORK).iter_rows(named=True) for row in _limits(network)]
    return pl.DataFrame(rows, schema=FunnelLimits.schema()).sort(FunnelLimits.KEY)


def _limits(network: dict[str, Any]) -> Iterator[dict[str, Any]]:
    target, tau2, drawn = network["target"], network["tau2"] or 0.0, sizes(network["largest"])
    if network["widened"]:
        limits = [widened_limits(size, target, tau2) for size in drawn]
    else:
        limits = exact_limits_of(drawn, target)
    for size, found in zip(drawn, limits, strict=True):
        yield {name: network[name] for name in NETWORK} | {
            "size": size,
            "target": target,
            "alert_low": found.alert.low,
            "alert_high": found.alert.high,
            "alarm_low": found.alarm.low,
            "alarm_high": found.alarm.high,
        }


@cache
def sizes(largest: int) -> tuple[int, ...]:
    """Sizes from 5 to the largest clinic, dense where limits bend most."""
    dense = range(5, min(largest, EVERY_FIVE_TO) + 1, 5)
    beyond = max(0, largest - EVERY_FIVE_TO)
    sparse = {EVERY_FIVE_TO + round(beyond * (step / STEPS_BEYOND) ** 2) for step in range(1, STEPS_BEYOND + 1)}
    return tuple(sorted({*dense, *(sparse if beyond else ()), largest}))
