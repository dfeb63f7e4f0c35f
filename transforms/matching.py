"""Which of a cohort's definitions answers to a published one, and what is therefore counted for which population.

Only linear rescales of one instrument count as the same question; everything else is a reason to refuse.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from schemas.study_rows import Result, Study
from schemas.vocabulary import Definition, Vocabulary
from transforms.comparability import DefinitionMatch, InstrumentMatch

#: Arms whose figure a treated cohort may be put beside; the others are context only (METHODS, section 4.2).
BENCHMARK_ROLES = ("active", "observational", "mixed")
BENCHMARK_CLEARANCE = ("yes", "limited")


@dataclass(frozen=True)
class Match:
    """The observed definition that answers to a published one (empty where none does), and how well."""

    observed: str
    instrument: InstrumentMatch
    definition: DefinitionMatch


def is_benchmark(study: Study, result: Result) -> bool:
    """Whether clinics are put beside a printed figure: a responder rate of a treated arm, at a known time."""
    return (
        result.measure == "responder-percent"
        and study.arm(result.arm).role in BENCHMARK_ROLES
        and result.endpoint is not None
        and result.benchmark_ok in BENCHMARK_CLEARANCE
    )


def plan(evidence: Mapping[str, Study], vocabulary: Vocabulary) -> pl.DataFrame:
    """Which (definition, endpoint, population) studies ask to be counted besides everyone; each once."""
    rows = {
        (definition, result.endpoint, study.population)
        for study in evidence.values()
        for result in study.results
        if is_benchmark(study, result) and result.definition
        for definition in [
            result.definition,
            *rescaled(vocabulary.definitions[result.definition], vocabulary),
        ]
    }
    schema = {"definition": pl.String, "endpoint": pl.String, "population": pl.String}
    return pl.DataFrame(sorted(rows, key=str), schema=schema, orient="row")


def rescaled(definition: Definition, vocabulary: Vocabulary) -> list[str]:
    """Ids of definitions that are the same relative rule on a linear rescale of the same instrument."""
    if len(definition.rules) != 1 or definition.rules[0].kind != "relative":
        return []
    family = vocabulary.instruments[definition.rules[0].instrument].family
    return sorted(
        other.id
        for other in vocabulary.definitions.values()
        if other.family == definition.family
        and other.id != definition.id
        and vocabulary.instruments[other.rules[0].instrument].family == family
    )


def match(result: Result, collected: Collection[str], records_event: bool, vocabulary: Vocabulary) -> Match:
    """How a cohort that collects these instruments can answer to a published result; METHODS, section 4.2."""
    if result.definition is None:
        instrument: InstrumentMatch = (
            "unknown" if result.instrument is None else _instrument(result.instrument, collected, vocabulary)
        )
        return Match("", instrument, "unknown")
    published = vocabulary.definitions[result.definition]
    if set(published.instruments) <= set(collected):
        return Match(published.id, "identical", _definition(published, records_event))
    for other in rescaled(published, vocabulary):
        if set(vocabulary.definitions[other].instruments) <= set(collected):
            return Match(other, "rescaled", _definition(published, records_event))
    if set(published.instruments) & set(collected):
        return Match("", "identical", "not_collected")
    return Match("", _instrument(published.instruments[0], collected, vocabulary), "different")


def _definition(published: Definition, records_event: bool) -> DefinitionMatch:
    unrecorded = published.disqualifying_event and not records_event
    if unrecorded:
        return "component_missing_and_ambiguous" if published.ambiguous else "component_missing"
    return "ambiguous" if published.ambiguous else "identical"


def _instrument(wanted: str, collected: Collection[str], vocabulary: Vocabulary) -> InstrumentMatch:
    if wanted in collected:
        return "identical"
    theirs = vocabulary.instruments[wanted]
    ours = [vocabulary.instruments[name] for name in collected]
    if any(one.family == theirs.family for one in ours):
        return "rescaled"
    return "same_construct" if any(one.construct == theirs.construct for one in ours) else "different"
