"""The outcomes that clinics' rates are of: a responder rule at a time, with its names; and small words for clinics.

Nothing is computed here; a page gathers its rows by outcome and prints them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dashboards.marts import Marts, Row, rows
from dashboards.names import Names
from dashboards.plain import clean, slug
from dashboards.wording import capital

EVERYONE = "everyone"


@dataclass(frozen=True)
class Outcome:
    """One responder rule at one time among one population; `key` stands in addresses."""

    key: str
    definition: str
    endpoint: str
    population: str
    name: str
    sentence: str


def by_outcome(
    marts: Marts, names: Names, table: Iterable[Row], kept: Callable[[Row], bool] = lambda _: True
) -> list[tuple[Outcome, list[Row]]]:
    """The rows of a table by outcome, those with most clinics first; rows that are not `kept` are left out."""
    gathered: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in table:
        if kept(row):
            gathered[row["definition"], row["endpoint"], row["population"]].append(row)
    sentences = {row["definition"]: clean(row["sentence"], 1000) for row in rows(marts.definitions)}
    found = [(_outcome(key, names, sentences), listed) for key, listed in gathered.items()]
    return sorted(found, key=lambda pair: (-len({row["cohort"] for row in pair[1]}), pair[0].key))


def one_per_questionnaire(marts: Marts, found: Iterable[tuple[Outcome, list[Row]]]) -> list[tuple[Outcome, list[Row]]]:
    """The first outcome of each set of questionnaires, time and population: other rules have nearly its patients."""
    used = {row["definition"]: row["instruments"] for row in rows(marts.definitions)}
    kept: dict[tuple[str, ...], tuple[Outcome, list[Row]]] = {}
    for outcome, listed in found:
        instruments = used.get(outcome.definition, outcome.definition)
        kept.setdefault((instruments, outcome.endpoint, outcome.population), (outcome, listed))
    return list(kept.values())


def outcomes(marts: Marts, names: Names) -> dict[tuple[str, str, str], Outcome]:
    """Every outcome of which there is a rate, by definition, endpoint and population."""
    sentences = {row["definition"]: clean(row["sentence"], 1000) for row in rows(marts.definitions)}
    keys = marts.observed_rates.select("definition", "endpoint", "population").unique(maintain_order=True)
    return {key: _outcome(key, names, sentences) for key in keys.iter_rows()}


def _outcome(key: tuple[str, str, str], names: Names, sentences: dict[str, str]) -> Outcome:
    definition, endpoint, population = key
    known = names.definitions.get(definition)
    rule = clean(known["label"]) if known else clean(definition, 80)
    of = "" if population == EVERYONE else f", {names.populations.get(population, clean(population, 80))}"
    plain = (
        slug(f"{definition}.{endpoint}") if population == EVERYONE else slug(f"{definition}.{endpoint}.{population}")
    )
    return Outcome(
        key=plain,
        definition=definition,
        endpoint=endpoint,
        population=population,
        name=f"{capital(rule)}, {names.endpoint(endpoint)}{of}",
        sentence=sentences.get(definition, ""),
    )
