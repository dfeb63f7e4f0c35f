"""What clinics' changes are of: one questionnaire at one time, with its names, scale and the address of its page.

Nothing is computed here. Outcomes, which are of responder rules, are in `outcomes`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.marts import Marts, Row, rows
from dashboards.names import EVERYONE, Names
from dashboards.outcomes import CLINIC
from dashboards.plain import slug
from dashboards.receipts import SHARES, quoted
from dashboards.wording import capital, printed

PATH = "improvement.html"
#: Where such a page says how its numbers are counted.
RECEIPT = "counted"
#: On a scale of more points than this the next decimal says nothing.
LONG_SCALE = 30
_CELL = ("instrument", "endpoint")
#: Who, and what of: source, cohort, instrument, endpoint.
Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class Score:
    """One questionnaire at one time; `important` is its minimal important change in points, if one is known."""

    instrument: str
    endpoint: str
    key: str
    name: str
    scale: str
    unit: str
    decimals: int
    important: float | None

    def points(self, value: float) -> str:
        """A number of points as it is printed: "2.4", "−12"."""
        written = f"{value:.{self.decimals}f}"
        return (written.lstrip("-") if float(written) == 0 else written).replace("-", "−")

    def of(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows of a table that are about this questionnaire and time."""
        return table.filter(instrument=self.instrument, endpoint=self.endpoint)


def address(score: Score, *, first: bool) -> str:
    """Where the page of a questionnaire and time stands, from the root of the site; the first is the list itself."""
    return PATH if first else f"{PATH.removesuffix('.html')}/{score.key}.html"


def by_score(marts: Marts, names: Names) -> list[tuple[Score, pl.DataFrame]]:
    """The changes of clinics, all patients together, by questionnaire and time; those with most clinics first."""
    known = {row["instrument"]: row for row in rows(marts.instruments)}
    parts = of_clinics(marts, marts.score_changes).partition_by(_CELL, as_dict=True, maintain_order=True)
    found = [(_score(names, known.get(str(cell[0])), cell, part), part) for cell, part in parts.items()]
    return sorted(found, key=lambda pair: (-pair[1].height, pair[0].key))


def is_shown(changes: pl.DataFrame) -> bool:
    """Whether anything may be shown of a questionnaire and time."""
    return bool((changes["status"] == "ok").any())


def of_clinics(marts: Marts, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that are about all patients of a clinic, in their order."""
    clinics = marts.cohorts.filter(pl.col("kind") == "clinic").select(CLINIC)
    return table.filter(population=EVERYONE).join(clinics, on=CLINIC, how="semi", maintain_order="left")


def behind_rules(marts: Marts, names: Names) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """For each responder rule and time the name and address of every page of changes in its questionnaires."""
    shown = [score for score, changes in by_score(marts, names) if is_shown(changes)]
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for place, score in enumerate(shown):
        for rule in rows(marts.definitions):
            if score.instrument in rule["instruments"].replace(" ", "").split(","):
                found[rule["definition"], score.endpoint].append((score.name, address(score, first=not place)))
    return found


def counted_again(score: Score) -> list[str]:
    """SQL that counts every share of a questionnaire and time again from the public tables, clinic by clinic."""
    of = f"instrument = {quoted(score.instrument)} AND endpoint = {quoted(score.endpoint)} AND population = 'everyone'"
    counts = {"improvement_curves": ("threshold", "improved"), "change_groups": ('"group"', "courses")}
    queries = [
        f"SELECT cohort, {what}, share_of({part}::DOUBLE, measured::DOUBLE) AS share FROM {table} WHERE {of};"
        for table, (what, part) in counts.items()
    ]
    return [SHARES, *queries]


def published_points(marts: Marts, names: Names) -> Mapping[Place, Sequence[Row]]:
    """Published rates at one threshold of one questionnaire that a clinic's own may stand beside, clinic by clinic."""
    asked = {row["definition"]: row for row in rows(marts.definitions) if row["relative_threshold"] is not None}
    figures = {(row["study"], row["result"]): row for row in rows(marts.published_rates)}
    found: dict[Place, list[Row]] = defaultdict(list)
    for row in rows(marts.comparisons.filter(pl.col("grade") != "R", pl.col("published_rate").is_not_null())):
        rule, figure = asked.get(row["definition"]), figures.get((row["study"], row["result"]))
        if rule and figure:
            threshold = rule["relative_threshold"]
            said = f"{names.study(row['study'])}: {printed(figure)} improved by {threshold:g}% or more"
            entry = {"threshold": threshold, "rate": row["published_rate"], "told": said, "role": figure["role"]}
            found[row["source"], row["cohort"], rule["instruments"], row["endpoint"]].append(entry)
    return found


def _score(names: Names, known: Row | None, cell: Sequence[object], changes: pl.DataFrame) -> Score:
    instrument, endpoint = map(str, cell)
    name = capital(names.questionnaires(instrument))
    length = known["high"] - known["low"] if known else None
    ends = f", {known['low']:g} to {known['high']:g}; {known['better']} is better" if known else ", scale not on record"
    return Score(
        instrument=instrument,
        endpoint=endpoint,
        key=slug(f"{instrument}.{endpoint}"),
        name=f"{name}, {names.endpoint(endpoint)}",
        scale=f"{name}{ends}",
        unit="points" if length is None else f"points of {length:g}",
        decimals=0 if (length or 0) > LONG_SCALE else 1,
        important=next(iter(changes["important"].drop_nulls()), None),
    )
