"""What a release holds of each clinic, gathered once from all tables; how it is told is in `pages.clinic`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from dashboards.benchmarks import Benchmark, Compared
from dashboards.marts import Marts, Row, rows
from dashboards.names import cohort_key, names_of
from dashboards.outcomes import Outcome, outcomes

#: Clinic or arm: source and cohort.
Who = tuple[str, str]
#: Definition, endpoint and population.
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Clinic:
    """One clinic, or arm of a trial, with its rows of every table."""

    key: str
    label: str
    row: Row
    questionnaires: str
    compared: Sequence[tuple[Benchmark, Compared]]
    rates: Sequence[Row]
    variation: dict[Cell, Row] = field(default_factory=dict)
    trends: dict[Cell, Row] = field(default_factory=dict)
    follow_up: Sequence[Row] = field(default_factory=tuple)
    files: Sequence[Row] = field(default_factory=tuple)
    reasons: dict[str, list[Row]] = field(default_factory=dict)
    checks: Sequence[Row] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        """Its page, from the root of the site."""
        return f"clinics/{self.key}.html"

    @property
    def shown(self) -> list[Row]:
        """Its rates that may be shown."""
        return [row for row in self.rates if row["rate"] is not None]

    @property
    def verdicts(self) -> list[tuple[Benchmark, Compared]]:
        """Its comparisons that end in a verdict."""
        return [pair for pair in self.compared if pair[1].group.answers]


class Clinics:
    """Every clinic of a release, by name, and the names of outcomes."""

    def __init__(self, marts: Marts, found: Iterable[Benchmark]) -> None:
        self._marts = marts
        self._names = names_of(marts)
        self._compared: dict[Who, list[tuple[Benchmark, Compared]]] = defaultdict(list)
        for benchmark in found:
            for clinic in benchmark.clinics:
                self._compared[clinic.row["source"], clinic.row["cohort"]].append((benchmark, clinic))

    @cached_property
    def outcomes(self) -> dict[Cell, Outcome]:
        """Every outcome of which there is a rate."""
        return outcomes(self._marts, self._names)

    @cached_property
    def listed(self) -> list[Clinic]:
        """The clinics in the order of their names, arms of trials among them."""
        marts = self._marts
        rates, follow_up = _by_who(_whole(marts.observed_rates)), _by_who(_whole(marts.follow_up))
        variation, trends = _by_who(_whole(marts.clinic_variation)), _by_who(last_points(marts.trends))
        files, reasons = _by_source(marts.deliveries), _by_source(marts.rejections)
        checks = self._checks()
        made = []
        for row in rows(marts.cohorts):
            who, source = (row["source"], row["cohort"]), row["source"]
            made.append(
                Clinic(
                    key=cohort_key(row),
                    label=self._names.cohort(row),
                    row=row,
                    questionnaires=self._names.questionnaires(row["instruments"]),
                    compared=self._compared.get(who, []),
                    rates=rates.get(who, []),
                    variation={_cell(one): one for one in variation.get(who, [])},
                    trends={_cell(one): one for one in trends.get(who, [])},
                    follow_up=follow_up.get(who, []),
                    files=sorted(files.get(source, []), key=lambda one: one["place"]),
                    reasons=_by_delivery(reasons.get(source, [])),
                    checks=checks.get(source, []),
                )
            )
        return sorted(made, key=lambda clinic: (clinic.label, clinic.key))

    def _checks(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows(self._marts.checks):
            found[row["object"].partition("/")[0]].append(row)
        return found


def last_points(trends: pl.DataFrame) -> pl.DataFrame:
    """The last charted quarter of every clinic and outcome, with how many of its quarters gave a signal."""
    charted = trends.filter("charted").sort("period")
    cell = ["source", "cohort", "definition", "endpoint", "population"]
    return charted.group_by(cell, maintain_order=True).agg(
        pl.col("period", "chart", "quarters", "signal", "reading").last(),
        improvements=(pl.col("reading") == "improvement").sum(),
        concerns=(pl.col("reading") == "concern").sum(),
    )


def _whole(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("period_kind") == "all")


def _by_who(table: pl.DataFrame) -> dict[Who, list[Row]]:
    found: dict[Who, list[Row]] = defaultdict(list)
    for row in rows(table):
        found[row["source"], row["cohort"]].append(row)
    return found


def _by_source(table: pl.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(table):
        found[row["source"]].append(row)
    return found


def _by_delivery(listed: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in listed:
        found[row["delivery"]].append(row)
    return found


def _cell(row: Row) -> Cell:
    return row["definition"], row["endpoint"], row["population"]
