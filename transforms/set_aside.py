"""What the lines set aside could do to each clinic's best-known rate, were all of them admitted: from released numbers.

Where a number of lines is hidden or rounded, the most that it can be counts. Lines of patients who were withdrawn are
never admitted. The arithmetic is `statistics.set_aside`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from transforms.masking import HIDDEN_FROM, HIDDEN_TO, OFF_BY, fewest_behind
from transforms.statistics.set_aside import bounds_if_admitted

#: Deliveries whose lines set aside would count, were they admitted.
SPEAKING = ("accepted", "partly")
#: The reason of lines that nobody can admit. A line that has it has no other.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class CouldMove:
    """A clinic's rate of the outcome that most patients have, and how far its lines set aside could move it."""

    source: str
    lines: int
    rate: float
    low: float
    high: float
    outcome: str
    some_withdrawn: bool = False

    @property
    def furthest(self) -> float:
        """How far from the rate the further bound lies."""
        return max(self.rate - self.low, self.high - self.rate)

    @property
    def sentence(self) -> str:
        """The bounds in words."""
        apart = " Lines of patients who were withdrawn are never admitted." if self.some_withdrawn else ""
        if not self.lines:
            return f"No line was set aside that could move the rate of {self.outcome}.{apart}"
        return (
            f"If all of at most {self.lines:,} lines set aside were admitted, the rate of {self.outcome} would lie "
            f"between {self.low:.0%} and {self.high:.0%}; it is {self.rate:.0%}.{apart}"
        )


def could_move(
    deliveries: pl.DataFrame,
    rejections: pl.DataFrame,
    observed_rates: pl.DataFrame,
    definitions: pl.DataFrame,
    endpoints: pl.DataFrame,
) -> list[CouldMove]:
    """For each clinic with a shown rate, in the order of sources: its best-known rate and the bounds around it.

    The tables are the public ones of a release. Best known is the outcome of everyone over all periods that most
    patients have; ties are broken by name.
    """
    reasons = rejections.to_dicts()
    aside = most_set_aside(deliveries.to_dicts(), reasons)
    speaking = set(deliveries.filter(pl.col("state").is_in(SPEAKING)).select("source", "delivery").iter_rows())
    withdrawn = {
        row["source"] for row in reasons if row["reason"] == WITHDRAWN and (row["source"], row["delivery"]) in speaking
    }
    rules = dict(definitions.select("definition", "label").iter_rows())
    times = dict(endpoints.select("endpoint", "label").iter_rows())
    found = []
    for row in _best_known(observed_rates):
        source, x, n = row["source"], row["responders"], row["analysed"]
        outcome = f"{rules.get(row['definition'], row['definition'])}, {times.get(row['endpoint'], row['endpoint'])}"
        bounds = bounds_if_admitted(x, n, aside.get(source, 0))
        found.append(CouldMove(source, aside.get(source, 0), x / n, *bounds, outcome, source in withdrawn))
    return found


def most_set_aside(deliveries: Sequence[Mapping[str, Any]], rejections: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The most lines of each source's active deliveries that can be admitted; sources without any are left out."""
    reasons: dict[tuple[str, str], dict[str, int | None]] = {}
    for row in rejections:
        reasons.setdefault((row["source"], row["delivery"]), {})[row["reason"]] = row["lines"]
    found: Counter[str] = Counter()
    for row in deliveries:
        if row["state"] in SPEAKING and row["quarantined"] != 0:
            told = reasons.get((row["source"], row["delivery"]), {})
            found[row["source"]] += _most_to_admit(row["quarantined"], told)
    return {source: lines for source, lines in found.items() if lines}


def _most_to_admit(aside: int | None, reasons: Mapping[str, int | None]) -> int:
    """The most lines of a delivery that can be admitted, from what a reader knows of them: numbers as they were masked.

    An exact difference would give a masked number away, so the fewest lines count that can have been withdrawn. Nor
    can more be admitted than have another reason, which is none where there is no other.
    """
    if WITHDRAWN not in reasons:
        return _most(aside)
    others = sum(_most(lines) for reason, lines in reasons.items() if reason != WITHDRAWN)
    withdrawn = reasons[WITHDRAWN]
    gone = HIDDEN_FROM if withdrawn is None else fewest_behind(withdrawn)
    return max(min(_most(aside) - gone, others), 0)


def _most(shown: int | None) -> int:
    return HIDDEN_TO if shown is None else shown + OFF_BY


def _best_known(observed_rates: pl.DataFrame) -> list[dict[str, Any]]:
    sound = pl.col("analysed").gt(0) & pl.col("responders").le(pl.col("analysed"))
    whole = observed_rates.filter(period_kind="all", population="everyone", status="ok")
    shown = whole.filter(sound, pl.col("source") == pl.col("cohort"))
    ordered = shown.sort("source", "analysed", "definition", "endpoint", descending=[False, True, False, False])
    return ordered.unique("source", keep="first", maintain_order=True).to_dicts()
