"""What pages of single clinics are drawn from, and a mark by which a clinic is known whose pages would be as they were.

Of tables with rows of clinics only the rows and columns stay that such pages show, of other tables only those that they
use. What is not here no such page can show; all that is here is in the marks. How pages are drawn is in `pages`.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from functools import cached_property
from hashlib import sha256

import polars as pl

from dashboards.clinics import FOLLOWED, PLACE, RATE
from dashboards.marts import Marts
from dashboards.names import OF_A_COMPARISON
from dashboards.outcomes import CELL_OF_CLINIC
from dashboards.receipt_parts import COUNTS
from dashboards.receipts import INTERVALS, JUDGED, WAYS
from dashboards.shelf import Marks
from schemas.seals import hashes_by, sealed

#: Tables that name and explain what clinics' rows are about: few rows, of which any clinic may show any.
SHARED = (
    "arms", "definitions", "endpoints", "instruments", "populations", "published_rates", "steps", "studies",
)  # fmt: skip
#: Tables of which pages of clinics show all columns.
WHOLE = ("cohorts", "comparability", "comparisons", "deliveries", "rejections", "technical_panel")
#: Of these tables only rows over all periods together, and these columns.
OVER_ALL = {
    "observed_rates": (*RATE, *INTERVALS["observed_rates"], *OF_A_COMPARISON),
    "released_counts": tuple(name for name, _ in COUNTS),
    "follow_up": (*FOLLOWED, *INTERVALS["follow_up"]),
    "clinic_variation": (*PLACE, *INTERVALS["clinic_variation"]),
}
#: Of these every row, and these columns.
ALWAYS = {
    "standardised_rates": INTERVALS["standardised_rates"],
    "trends": ("period", "charted", "chart", "quarters", "signal", "reading", *INTERVALS["trends"]),
}
#: Checks of whole tables, which the receipts of every clinic name.
WHOLE_TABLES = pl.col("object").is_in(JUDGED)


class ByClinic:
    """The tables of a release as pages of clinics see them, all of them or those of some sources, and their marks."""

    def __init__(self, marts: Marts) -> None:
        self.marts = _cut(marts)

    def of(self, sources: Collection[str]) -> Marts:
        """The same with the rows of these sources alone; checks of whole tables stay."""
        own = pl.col("source").is_in(list(sources))
        few = {name: rows.filter(own) for name, rows in self._parted.items() if name != "checks"}
        checks = self.marts.checks.filter(WHOLE_TABLES | _judged().is_in(list(sources)))
        return replace(self.marts, **few, checks=checks)

    def marks(self, order: Sequence[Sequence[str]]) -> Marks:
        """For each source a hash of all that its pages are drawn from: its own rows, what all share, and `order`.

        `order` is what is decided over all clinics: which outcomes there are, in which order figures are listed. Rows
        are told apart by 64 bits each, which are good for as long as Polars is the same.
        """
        found = [hashes_by(rows, ["source"]) for rows in self._parted.values()]
        shared = [sealed(getattr(self.marts, name)) for name in SHARED]
        columns = [repr([*rows.schema.items()]) for rows in self._parted.values()]
        common = json.dumps([shared, sealed(self.marts.checks.filter(WHOLE_TABLES)), columns, order])
        sources = self.marts.cohorts["source"].unique().to_list()
        return {source: _mark(common, [one.get((source,), b"") for one in found]) for source in sources}

    @cached_property
    def _parted(self) -> dict[str, pl.DataFrame]:
        """The tables with rows of clinics; of checks, by what they judge."""
        names = (*WHOLE, *OVER_ALL, *ALWAYS, "rule_strip")
        checks = self.marts.checks.filter(~WHOLE_TABLES).with_columns(source=_judged())
        return {name: getattr(self.marts, name) for name in names} | {"checks": checks}


def _judged() -> pl.Expr:
    """What a check judges: a source, or a file of one, or something else."""
    return pl.col("object").str.splitn("/", 2).struct[0]


def _mark(common: str, own: Sequence[bytes]) -> str:
    seal = sha256(common.encode())
    for rows in own:
        seal.update(len(rows).to_bytes(8))
        seal.update(rows)
    return seal.hexdigest()


def _cut(marts: Marts) -> Marts:
    """The tables with nothing but what pages of clinics show; those that they do not use are empty."""
    shown = {name: _over_all(getattr(marts, name), columns) for name, columns in OVER_ALL.items()}
    shown |= {name: _columns(getattr(marts, name), columns) for name, columns in ALWAYS.items()}
    strip = _columns(marts.rule_strip, ("counted", *INTERVALS["rule_strip"]))
    shown["rule_strip"] = strip.filter(pl.col("counted").is_in(list(WAYS)))
    shown["trends"] = shown["trends"].filter("charted")
    used = {*SHARED, *WHOLE, *shown, "checks"}
    unused = {field.name: getattr(marts, field.name).clear() for field in fields(Marts) if field.name not in used}
    return replace(marts, **shown, **unused)


def _over_all(table: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return _columns(table.filter(pl.col("period_kind") == "all"), ("period_kind", *columns))


def _columns(table: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return table.select(list(dict.fromkeys((*CELL_OF_CLINIC, *columns))))
