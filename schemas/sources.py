"""What the steps need to know of each source, taken from its contract and the deliveries that are active.

Not a table of the warehouse: a small frame that many steps read, and the words for its columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.vocabulary import Vocabulary


@dataclass(frozen=True)
class Source:
    """A clinic or trial as the steps see it: its contract and the last day that its deliveries speak for."""

    contract: DeliveryContract
    data_to: date | None

    @property
    def name(self) -> str:
        """Public alias of the clinic or trial."""
        return self.contract.source

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms of a trial in the order of the contract; empty for a clinic."""
        values: Mapping[str, str] = self.contract.cohorts.values if self.contract.cohorts else {}
        return tuple(dict.fromkeys(values.values()))


def settings(sources: Sequence[Source]) -> pl.DataFrame:
    """One row per source: its place in `sources` as `source`, and what linking needs to know of it.

    `cut` is empty where collection is closed and everything is due. `on_row` says that a record alone gives its day.
    """
    rows = [
        {
            "source": place,
            "course_rule": one.contract.episodes,
            "on_row": one.contract.episodes == "start" or _nominal(one.contract),
            "nominal": _nominal(one.contract),
            "keep_day": one.contract.keep_dates == "day",
            "baseline_low": one.contract.baseline_days[0],
            "baseline_high": one.contract.baseline_days[1],
            "cut": None if one.contract.data_cut.kind == "closed" else one.data_to,
            "closed": one.contract.data_cut.kind == "closed",
        }
        for place, one in enumerate(sources)
    ]
    schema = {
        "source": pl.Int16, "course_rule": pl.String, "on_row": pl.Boolean, "nominal": pl.Boolean,
        "keep_day": pl.Boolean, "baseline_low": pl.Int32, "baseline_high": pl.Int32, "cut": pl.Date,
        "closed": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def schedule(sources: Sequence[Source], vocabulary: Vocabulary) -> pl.DataFrame:
    """One row per source and endpoint that it collects: `source`, `endpoint` (a place in the sorted list), `high`."""
    places = {name: place for place, name in enumerate(sorted(vocabulary.endpoints))}
    rows = [
        (at, places[name], vocabulary.endpoints[name].high)
        for at, one in enumerate(sources)
        for name in (one.contract.endpoints or sorted(vocabulary.endpoints))
    ]
    return pl.DataFrame(rows, schema={"source": pl.Int16, "endpoint": pl.Int16, "high": pl.Int32}, orient="row")


def _nominal(contract: DeliveryContract) -> bool:
    return contract.layout == "wide" or not {"date"} & set(contract.columns)
