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
    collected, recording = _collected(released_counts, vocabulary), _recording(released_counts)
    benchmarks = [
        (study, result) for study in evidence.values() for result in study.results if is_benchmark(study, result)
    ]
    for cohort in cohorts.filter(pl.col("kind") == "clinic").sort("source").iter_rows(named=True):
        who = (cohort["source"], cohort["cohort"])
        for study, result in benchmarks:
            found = match(result, collected.get(who, set()), who in recording, vocabulary)
            key = (*who, found.observed, result.endpoint or "", study.population)
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


def _recording(released_counts: pl.DataFrame) -> set[tuple[str, str]]:
    """Cohorts that record disqualifying events."""
    return set(released_counts.filter("event_recorded").select("source", "cohort").unique().iter_rows())
