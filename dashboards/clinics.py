"""What a release holds of each clinic, gathered once from all tables; how it is told is in `pages.clinic`.

A clinic's page is drawn from what stands here of it, and stands again while that is the same. So rows hold only the
columns that are shown: a network's share that moved by a hair is no reason to draw a thousand pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from dashboards.benchmarks import Benchmark, Compared, Named
from dashboards.marts import Marts, Row, rows
from dashboards.names import cohort_key, names_of
from dashboards.outcomes import CELL_OF_CLINIC, Outcome, outcomes

#: Clinic or arm: source and cohort.
Who = tuple[str, str]
#: Definition, endpoint and population.
Cell = tuple[str, str, str]
RATE = (
    "status", "rate", "rate_low", "rate_high", "bound_low", "bound_high", "analysed", "missing", "due_from",
)  # fmt: skip
PLACE = ("zone", "side", "stands_out")
TREND = ("period", "quarters", "reading", "improvements", "concerns")
FOLLOWED = (
    "status", "began_least", "began_most", "left_out", "ineligible", "not_due", "due_least", "due_most", "missing",
    "analysed", "follow_up", "follow_up_low", "follow_up_high",
)  # fmt: skip


@dataclass(frozen=True)
class Clinic:
    """One clinic, or arm of a trial, with its rows of every table, and the outcomes that its rates are of."""

    key: str
    label: str
    row: Row
    questionnaires: str
    compared: Sequence[tuple[Named, Compared]]
    rates: Sequence[Row]
    again: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = field(default_factory=tuple)
    variation: Sequence[Row] = field(default_factory=tuple)
    trends: Sequence[Row] = field(default_factory=tuple)
    follow_up: Sequence[Row] = field(default_factory=tuple)
    files: Sequence[Row] = field(default_factory=tuple)
    reasons: Mapping[str, Sequence[Row]] = field(default_factory=dict)
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
    def verdicts(self) -> list[tuple[Named, Compared]]:
        """Its comparisons that end in a verdict."""
        return [pair for pair in self.compared if pair[1].group.answers]

    @property
    def by_outcome(self) -> dict[Cell, Outcome]:
        """The outcomes that its rates are of."""
        return {(one.definition, one.endpoint, one.population): one for one in self.outcomes}


class Clinics:
    """Every clinic of a release, by name, and the names of outcomes."""

    def __init__(self, marts: Marts, found: Iterable[Benchmark]) -> None:
        self._marts = marts
        self._names = names_of(marts)
        self._compared: dict[Who, list[tuple[Named, Compared]]] = defaultdict(list)
        for benchmark in found:
            named = benchmark.named
            for clinic in benchmark.clinics:
                self._compared[clinic.row["source"], clinic.row["cohort"]].append((named, clinic))

    @cached_property
    def outcomes(self) -> dict[Cell, Outcome]:
        """Every outcome of which there is a rate."""
        return outcomes(self._marts, self._names)

    @cached_property
    def listed(self) -> list[Clinic]:
        """The clinics in the order of their names, arms of trials among them."""
        marts = self._marts
        rates, follow_up = _by_who(_whole(marts.observed_rates, RATE)), _by_who(_whole(marts.follow_up, FOLLOWED))
        variation = _by_who(_whole(marts.clinic_variation, PLACE))
        trends = _by_who(last_points(marts.trends).select(*CELL_OF_CLINIC, *TREND))
        files, reasons = _by(marts.deliveries, "source"), _by(marts.rejections, "source")
        checks, again = self._checks(), _by_who(marts.technical_panel)
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
                    again={(one["study"], one["result"]): one for one in again.get(who, [])},
                    rates=rates.get(who, []),
                    outcomes=self._of_rows(rates.get(who, []), follow_up.get(who, [])),
                    variation=variation.get(who, []),
                    trends=trends.get(who, []),
                    follow_up=follow_up.get(who, []),
                    files=sorted(files.get(source, []), key=lambda one: one["place"]),
                    reasons=_by_delivery(reasons.get(source, [])),
                    checks=checks.get(source, []),
                )
            )
        return sorted(made, key=lambda clinic: (clinic.label, clinic.key))

    def _of_rows(self, *tables: Sequence[Row]) -> list[Outcome]:
        """The outcomes that these rows are of, each once, as far as there is a rate of them anywhere."""
        found = dict.fromkeys(cell(row) for listed in tables for row in listed)
        return [self.outcomes[one] for one in found if one in self.outcomes]

    def _checks(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows(self._marts.checks):
            found[row["object"].partition("/")[0]].append(row)
        return found


def last_points(trends: pl.DataFrame) -> pl.DataFrame:
    """The last charted quarter of every clinic and outcome, with how many of its quarters gave a signal.

    Quarters stand in their order, as in every table of a release.
    """
    return (
        trends.filter("charted")
        .group_by(CELL_OF_CLINIC, maintain_order=True)
        .agg(
            pl.col("period", "chart", "quarters", "signal", "reading").last(),
            improvements=(pl.col("reading") == "improvement").sum(),
            concerns=(pl.col("reading") == "concern").sum(),
        )
    )


def cell(row: Row) -> Cell:
    """The outcome that a row is of."""
    return row["definition"], row["endpoint"], row["population"]


def _whole(table: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return table.filter(pl.col("period_kind") == "all").select(*CELL_OF_CLINIC, *columns)


def _by_who(table: pl.DataFrame) -> dict[Who, list[Row]]:
    found: dict[Who, list[Row]] = defaultdict(list)
    for row in rows(table):
        found[row["source"], row["cohort"]].append(row)
    return found


def _by(table: pl.DataFrame, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(table):
        found[row[column]].append(row)
    return found


def _by_delivery(listed: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in listed:
        found[row["delivery"]].append(row)
    return found
