"""What the lines set aside could do to each clinic's best-known rate, were all of them admitted: from released numbers.

Where a number of lines is hidden or rounded, the most that it can be counts. The arithmetic is `statistics.set_aside`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from transforms.masking import HIDDEN_TO, OFF_BY
from transforms.statistics.set_aside import bounds_if_admitted

#: Deliveries whose lines set aside would count, were they admitted.
SPEAKING = ("accepted", "partly")


@dataclass(frozen=True)
class CouldMove:
    """A clinic's rate of the outcome that most patients have, and how far its lines set aside could move it."""

    source: str
    lines: int
    rate: float
    low: float
    high: float
    outcome: str

    @property
    def furthest(self) -> float:
        """How far from the rate the further bound lies."""
        return max(self.rate - self.low, self.high - self.rate)

    @property
    def sentence(self) -> str:
        """The bounds in words."""
        if not self.lines:
            return f"No line was set aside that could move the rate of {self.outcome}."
        return (
            f"If all of at most {self.lines:,} lines set aside were admitted, the rate of {self.outcome} would lie "
            f"between {self.low:.0%} and {self.high:.0%}; it is {self.rate:.0%}."
        )


def could_move(
    deliveries: pl.DataFrame, observed_rates: pl.DataFrame, definitions: pl.DataFrame, endpoints: pl.DataFrame
) -> list[CouldMove]:
    """For each clinic with a shown rate, in the order of sources: its best-known rate and the bounds around it.

    The tables are the public ones of a release. Best known is the outcome of everyone over all periods that most
    patients have; ties are broken by name.
    """
    aside = most_set_aside(deliveries.to_dicts())
    rules = dict(definitions.select("definition", "label").iter_rows())
    times = dict(endpoints.select("endpoint", "label").iter_rows())
    found = []
    for row in _best_known(observed_rates):
        x, n, lines = row["responders"], row["analysed"], aside.get(row["source"], 0)
        outcome = f"{rules.get(row['definition'], row['definition'])}, {times.get(row['endpoint'], row['endpoint'])}"
        found.append(CouldMove(row["source"], lines, x / n, *bounds_if_admitted(x, n, lines), outcome))
    return found


def most_set_aside(deliveries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The most lines that each source's active deliveries can have set aside; sources without any are left out."""
    found: Counter[str] = Counter()
    for row in deliveries:
        if row["state"] in SPEAKING and row["quarantined"] != 0:
            shown = row["quarantined"]
            found[row["source"]] += HIDDEN_TO if shown is None else shown + OFF_BY
    return dict(found)


def _best_known(observed_rates: pl.DataFrame) -> list[dict[str, Any]]:
    sound = pl.col("analysed").gt(0) & pl.col("responders").le(pl.col("analysed"))
    whole = observed_rates.filter(period_kind="all", population="everyone", status="ok")
    shown = whole.filter(sound, pl.col("source") == pl.col("cohort"))
    ordered = shown.sort("source", "analysed", "definition", "endpoint", descending=[False, True, False, False])
    return ordered.unique("source", keep="first", maintain_order=True).to_dicts()
