"""Who is missing at one clinic: what is left of its courses at each step, for the clinic's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.clinics import Cell
from dashboards.marts import Row
from dashboards.outcomes import Outcome
from dashboards.plain import clean
from dashboards.wording import about, hidden, lines

#: Each number that is shown is rounded to this, so a range of sums of them is no finer.
ROUNDED_TO = 5
#: Least and most of each step; one name twice where there is no range.
STEPS = (
    ("began_least", "began_most"), ("left_out", "left_out"), ("ineligible", "ineligible"), ("not_due", "not_due"),
    ("due_least", "due_most"), ("missing", "missing"), ("analysed", "analysed"),
)  # fmt: skip


@dataclass(frozen=True)
class Lost:
    """Who is left at each step of one outcome."""

    name: str
    counts: tuple[str, ...]


def lost(follow_up: Sequence[Row], outcomes: Mapping[Cell, Outcome]) -> list[Lost]:
    """What is left at each step of a clinic's outcomes, once for outcomes that share their patients."""
    return [_lost(row, outcomes) for row in _one_per_count(follow_up)]


def _one_per_count(follow_up: Sequence[Row]) -> list[Row]:
    """One row for outcomes whose steps up to the outcome are the same: rules on one questionnaire share patients."""
    seen: dict[tuple[object, ...], Row] = {}
    for row in follow_up:
        steps = ("endpoint", "population", "status", *(name for pair in STEPS for name in pair))
        seen.setdefault(tuple(row[name] for name in steps), row)
    return list(seen.values())


def _lost(row: Row, outcomes: Mapping[Cell, Outcome]) -> Lost:
    outcome = outcomes.get((row["definition"], row["endpoint"], row["population"]))
    name = outcome.name if outcome else clean(row["definition"])
    if row["began_least"] is None:
        return Lost(name, (hidden(row), *["–"] * (len(STEPS) - 1)))
    told = tuple(_step(row[least], row[most]) for least, most in STEPS)
    return Lost(name, told)


def _step(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return lines(None)
    if least == most:
        return about(least)
    return f"about {least // ROUNDED_TO * ROUNDED_TO:,} to {-(-most // ROUNDED_TO) * ROUNDED_TO:,}"
