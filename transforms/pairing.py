"""Every clinic with every published figure that it may be put beside, and what was released of it.

How well the two match is judged in `comparability_facts`; what may be said of them in `comparisons`.
"""

from collections.abc import Collection, Iterator, Mapping
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
    benchmarks = [
        (study, result) for study in evidence.values() for result in study.results if is_benchmark(study, result)
    ]
    asked = {(result.endpoint or "", study.population) for study, result in benchmarks}
    cells, rates = _whole_period(released_counts, asked), _whole_period(observed_rates, asked)
    collected, recording = _collected(released_counts, vocabulary), _recording(released_counts)
    found: dict[tuple[frozenset[str], bool], list[Match]] = {}
    for cohort in cohorts.filter(pl.col("kind") == "clinic").sort("source").iter_rows(named=True):
        who = (cohort["source"], cohort["cohort"])
        collects = (collected.get(who, frozenset()), who in recording)
        if collects not in found:  # most clinics collect what others do
            found[collects] = [match(result, *collects, vocabulary) for _, result in benchmarks]
        for (study, result), matched in zip(benchmarks, found[collects], strict=True):
            key = (*who, matched.observed, result.endpoint or "", study.population)
            yield Pair(cohort, study, result, matched, cells.get(key), rates.get(key))


def _whole_period(table: pl.DataFrame, asked: Collection[tuple[str, str]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """The rows of the period `all` at the endpoints and in the populations that are asked for, by their cells."""
    key = ("source", "cohort", "definition", "endpoint", "population")
    wanted = pl.DataFrame(sorted(asked), schema={"endpoint": pl.String, "population": pl.String}, orient="row")
    rows = table.filter(pl.col("period_kind") == "all").join(wanted, on=["endpoint", "population"], how="semi")
    return dict(zip(rows.select(key).iter_rows(), rows.iter_rows(named=True), strict=True))


def _collected(released_counts: pl.DataFrame, vocabulary: Vocabulary) -> dict[tuple[str, str], frozenset[str]]:
    """Instruments of the definitions that could be judged at all: what a cohort really collects."""
    judged = released_counts.select("source", "cohort", "definition").unique()
    by_definition = {name: set(vocabulary.definitions[name].instruments) for name in judged["definition"].unique()}
    found: dict[tuple[str, str], set[str]] = {}
    for source, cohort, definition in judged.iter_rows():
        found.setdefault((source, cohort), set()).update(by_definition[definition])
    return {who: frozenset(instruments) for who, instruments in found.items()}


def _recording(released_counts: pl.DataFrame) -> set[tuple[str, str]]:
    """Cohorts that record disqualifying events."""
    return set(released_counts.filter("event_recorded").select("source", "cohort").unique().iter_rows())
