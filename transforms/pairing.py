"""Every clinic with every published figure that it may be put beside, and what was released of it.

How well the two match is judged in `comparability_facts`; what may be said of them in `comparisons`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.study_rows import Result, Study
from schemas.vocabulary import Vocabulary
from transforms.matching import Match, is_benchmark, match


@dataclass(frozen=True)
class Pair:
    """A cohort and a published figure: the cohort's row, its released count if there is one, and how they match."""

    cohort: Mapping[str, Any]
    study: Study
    result: Result
    found: Match
    cell: Mapping[str, Any] | None
    rate: Mapping[str, Any] | None

    @property
    def key(self) -> dict[str, str]:
        """What identifies the comparison."""
        return {
            "source": self.cohort["source"],
            "cohort": self.cohort["cohort"],
            "study": self.study.id,
            "result": self.result.id,
        }


def pairs(
    released_counts: pl.DataFrame,
    observed_rates: pl.DataFrame,
    cohorts: pl.DataFrame,
    *,
    evidence: Mapping[str, Study],
    vocabulary: Vocabulary,
) -> Iterator[Pair]:
    """Every clinic with every benchmark, in the order of their names."""
    cells, rates = _whole_period(released_counts), _whole_period(observed_rates)
    collected = _collected(released_counts, vocabulary)
    for cohort in cohorts.filter(pl.col("kind") == "clinic").sort("source").iter_rows(named=True):
        has = collected.get((cohort["source"], cohort["cohort"]), set())
        for study in evidence.values():
            for result in study.results:
                if is_benchmark(study, result):
                    records = _records_event(cells, cohort)
                    found = match(result, has, records, vocabulary)
                    key = (
                        cohort["source"],
                        cohort["cohort"],
                        found.observed,
                        result.endpoint,
                        study.population,
                    )
                    yield Pair(cohort, study, result, found, cells.get(key), rates.get(key))


def _whole_period(table: pl.DataFrame) -> dict[tuple[str, ...], dict[str, Any]]:
    key = ("source", "cohort", "definition", "endpoint", "population")
    rows = table.filter(pl.col("period_kind") == "all").iter_rows(named=True)
    return {tuple(row[name] for name in key): row for row in rows}


def _collected(released_counts: pl.DataFrame, vocabulary: Vocabulary) -> dict[tuple[str, str], set[str]]:
    """Instruments of the definitions that could be judged at all: what a cohort really collects."""
    found: dict[tuple[str, str], set[str]] = {}
    for source, cohort, definition in released_counts.select("source", "cohort", "definition").unique().iter_rows():
        found.setdefault((source, cohort), set()).update(vocabulary.definitions[definition].instruments)
    return found


def _records_event(cells: Mapping[tuple[str, ...], Mapping[str, Any]], cohort: Mapping[str, Any]) -> bool:
    return any(
        cell["event_recorded"]
        for key, cell in cells.items()
        if key[0] == cohort["source"] and key[1] == cohort["cohort"]
    )
