"""The outcomes that clinics' rates are of: a responder rule at a time, with its names; and which clinics are drawn.

Nothing is computed here; a page gathers its rows by outcome and prints them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from dashboards.marts import Marts, Row, rows
from dashboards.names import EVERYONE, Names, outcome_key
from dashboards.plain import clean
from dashboards.wording import capital

#: Clinics in the charts and tables of one outcome; more would neither be read nor stay light.
MOST_CLINICS = 40
CELL = ("definition", "endpoint", "population")
CLINIC = ("source", "cohort")
#: What tells a clinic's outcome from all others.
CELL_OF_CLINIC = (*CLINIC, *CELL)
Place = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """One responder rule at one time among one population; `key` stands in addresses.

    `label` is the name with the time first, so that what tells outcomes apart is left where there is little room.
    """

    key: str
    definition: str
    endpoint: str
    population: str
    name: str
    sentence: str
    label: str


def by_outcome(marts: Marts, names: Names, table: pl.DataFrame) -> list[tuple[Outcome, pl.DataFrame]]:
    """The rows of a table by outcome, those with most clinics first."""
    sentences = {row["definition"]: clean(row["sentence"], 1000) for row in rows(marts.definitions)}
    parts = table.partition_by(CELL, as_dict=True, maintain_order=True)
    found = [(_outcome((key[0], key[1], key[2]), names, sentences), part) for key, part in parts.items()]
    return sorted(found, key=lambda pair: (-pair[1]["cohort"].n_unique(), pair[0].key))


def one_per_questionnaire(marts: Marts, found: Iterable[tuple[Outcome, T]]) -> list[tuple[Outcome, T]]:
    """The first outcome of each set of questionnaires, time and population: other rules have nearly its patients."""
    used = {row["definition"]: row["instruments"] for row in rows(marts.definitions)}
    kept: dict[tuple[str, ...], tuple[Outcome, T]] = {}
    for outcome, listed in found:
        instruments = used.get(outcome.definition, outcome.definition)
        kept.setdefault((instruments, outcome.endpoint, outcome.population), (outcome, listed))
    return list(kept.values())


def largest(table: pl.DataFrame, patients: pl.Expr) -> pl.DataFrame:
    """The rows of the `MOST_CLINICS` clinics with most patients, in the table's order; a hidden number is the least.

    `patients` is a clinic's number, from its rows.
    """
    sizes = table.group_by(CLINIC).agg(size=patients)
    if sizes.height <= MOST_CLINICS:
        return table
    ordered = sizes.sort("size", *CLINIC, descending=[True, False, False], nulls_last=True)
    return table.join(ordered.head(MOST_CLINICS), on=CLINIC, how="semi", maintain_order="left")


def left_out(table: pl.DataFrame, kept: pl.DataFrame, where: str = "the charts and tables") -> str:
    """Which clinics stand on the page, where that is not all of them: a sentence that leads to where the others are."""
    every, drawn = (len(each.select(CLINIC).unique()) for each in (table, kept))
    if every == drawn:
        return ""
    others = f"each of the other {every - drawn}" if every - drawn > 1 else "the other one"
    return (
        f"Of {every} clinics, the {drawn} with the largest released number of patients stand in {where}; "
        f"{others} has its own page, and the tables to take away hold every clinic:"
    )


def outcomes(marts: Marts, names: Names) -> dict[tuple[str, str, str], Outcome]:
    """Every outcome of which there is a rate, by definition, endpoint and population."""
    sentences = {row["definition"]: clean(row["sentence"], 1000) for row in rows(marts.definitions)}
    keys = marts.observed_rates.select(CELL).unique(maintain_order=True)
    return {key: _outcome(key, names, sentences) for key in keys.iter_rows()}


def _outcome(key: tuple[str, str, str], names: Names, sentences: dict[str, str]) -> Outcome:
    definition, endpoint, population = key
    known = names.definitions.get(definition)
    rule = clean(known["label"]) if known else clean(definition, 80)
    of = "" if population == EVERYONE else f", {names.populations.get(population, clean(population, 80))}"
    return Outcome(
        key=outcome_key(*key),
        definition=definition,
        endpoint=endpoint,
        population=population,
        name=f"{capital(rule)}, {names.endpoint(endpoint)}{of}",
        sentence=sentences.get(definition, ""),
        label=f"{names.endpoint(endpoint)}: {rule}{of}",
    )


def place_of(row: Row) -> Place:
    """Which clinic's outcome a row is about: its values in the columns of `CELL_OF_CLINIC`."""
    return tuple(row[name] for name in CELL_OF_CLINIC)
