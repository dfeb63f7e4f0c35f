"""What stands behind a clinic's numbers: where each is held, and the query that counts it again from public counts.

Nothing is computed here. How a receipt is printed is in `receipt_parts`; where one stands, `Names.receipt` says.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from statistics import NormalDist
from typing import NamedTuple

import polars as pl

from dashboards.groups import is_drawn
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names
from dashboards.outcomes import CELL_OF_CLINIC, Place, place_of
from dashboards.wording import Rate, apart, observed

#: Ways to count the missing that no other table holds.
WAYS = {"weighted": "Weighted for who is missing", "upper bound": "With all of the missing counted as responders"}

#: By table, the columns of a number and its limits.
INTERVALS = {
    "observed_rates": (
        "rate", "rate_low", "rate_high", "nonresponse_rate", "nonresponse_low", "nonresponse_high",
    ),
    "follow_up": ("follow_up", "follow_up_low", "follow_up_high"),
    "clinic_variation": ("shrunk_rate", "shrunk_low", "shrunk_high"),
    "standardised_rates": ("adjusted_rate", "adjusted_low", "adjusted_high"),
    "rule_strip": ("rate", "rate_low", "rate_high"),
    "trends": ("rate", "rate_low", "rate_high"),
}  # fmt: skip
#: Tables that hold numbers of single clinics, and are judged under their names.
JUDGED = (
    "released_counts", "observed_rates", "follow_up", "clinic_variation", "standardised_rates", "weighted_rates",
    "rule_strip", "trends", "comparisons",
)  # fmt: skip

#: How the number of a single quarter begins.
BEGAN_IN = "Of those who began in"


class Held(NamedTuple):
    """One number as its table holds it: what it is, value and interval, the column, whether the query gives it."""

    what: str
    value: tuple[float, float, float]
    column: str
    counted: bool = False

    @property
    def rate(self) -> Rate:
        """The number as it is printed; a difference is one of percentage points."""
        words = apart if self.column.endswith(".difference") else observed
        return words(*self.value)


class Numbers:
    """Every number that a page shows of a single clinic, by clinic and outcome."""

    def __init__(self, marts: Marts, names: Names) -> None:
        self._marts = marts
        self._names = names

    def of(self, row: Row) -> Sequence[Held]:
        """The numbers of one outcome of a clinic, those that are counted before those that are modelled."""
        return self._found.get(place_of(row), ())

    @cached_property
    def _found(self) -> dict[Place, list[Held]]:
        found: dict[Place, list[Held]] = defaultdict(list)
        for place, number in self._listed():
            found[place].append(number)
        return found

    def _listed(self) -> Iterator[tuple[Place, Held]]:
        marts = self._marts
        rates = marts.observed_rates.filter(period_kind="all")
        yield from _each(rates, "Of those with an outcome", "observed_rates.rate", counted=True)
        missing = "With the missing counted as non-responders"
        yield from _each(rates, missing, "observed_rates.nonresponse_rate", counted=True)
        followed = marts.follow_up.filter(period_kind="all")
        yield from _each(followed, "Followed up, of those due", "follow_up.follow_up", counted=True)
        yield from self._ways()
        yield from self._quarters()
        variation = marts.clinic_variation.filter(period_kind="all")
        yield from _each(variation, "Drawn towards the network", "clinic_variation.shrunk_rate")
        yield from _each(marts.standardised_rates, "Adjusted for case mix", "standardised_rates.adjusted_rate")
        yield from self._differences()

    def _ways(self) -> Iterator[tuple[Place, Held]]:
        for way, words in WAYS.items():
            strip = self._marts.rule_strip.filter(counted=way)
            yield from _each(strip, words, "rule_strip.rate", counted=way != "weighted")

    def _quarters(self) -> Iterator[tuple[Place, Held]]:
        """The latest charted quarter, which is the one that tables show."""
        columns = (*CELL_OF_CLINIC, "period", "rate", "rate_low", "rate_high")
        charted = (
            self._marts.trends.filter("charted").select(columns).group_by(CELL_OF_CLINIC, maintain_order=True).last()
        )
        for (period,), latest in charted.partition_by("period", as_dict=True, maintain_order=True).items():
            yield from _each(latest, f"{BEGAN_IN} {period.replace('-', ' ')}", "trends.rate", counted=True)

    def _differences(self) -> Iterator[tuple[Place, Held]]:
        for row in rows(self._marts.comparisons):
            value = tuple(row[part] for part in ("difference", "difference_low", "difference_high"))
            if is_drawn(row) and None not in value:
                own = row | {"definition": row["observed_definition"] or row["definition"]}
                what = f"Points above or below {self._names.study(row['study'])}"
                yield place_of(own), Held(what, (value[0], value[1], value[2]), "comparisons.difference")


def _each(table: pl.DataFrame, what: str, held: str, *, counted: bool = False) -> Iterator[tuple[Place, Held]]:
    """The numbers in a table's column of rates, wherever its limits are there too."""
    column = held.partition(".")[2]
    value = (column, *(f"{column.removesuffix('_rate')}_{end}" for end in ("low", "high")))
    for *place, rate, low, high in table.drop_nulls(value).select(*CELL_OF_CLINIC, *value).iter_rows():
        yield tuple(place), Held(what, (rate, low, high), held, counted)


# --- the same numbers, counted again ----------------------------------------------------------------------------------


_Z = NormalDist().inv_cdf(0.975)
#: SQL that teaches a session shares with their Wilson limits (METHODS 2.1).
SHARES = f"""\
CREATE TEMP MACRO limit_of(x, n, side) AS
  (x + {_Z} * ({_Z} / 2 + side * sqrt(x * (n - x) / n + {_Z} * {_Z} / 4))) / (n + {_Z} * {_Z});
CREATE TEMP MACRO share_of(x, n) AS {{rate: x / n, low: limit_of(x, n, -1), high: limit_of(x, n, 1)}};"""


def macros(cohort: Row) -> str:
    """SQL that teaches a session to count a cohort's outcomes: Wilson limits, every way to count."""
    return f"""\
{SHARES}
CREATE TEMP MACRO receipt(rule, moment, people, periods) AS TABLE
  SELECT period, share_of(x, n) AS rate, share_of(x, n + m) AS nonresponse_rate,
    share_of(x + m, n + m) AS upper_bound, share_of(n, n + m) AS follow_up
  FROM (SELECT *, responders::DOUBLE AS x, analysed::DOUBLE AS n, missing::DOUBLE AS m FROM released_counts)
  WHERE source = {quoted(cohort["source"])} AND cohort = {quoted(cohort["cohort"])} AND definition = rule
    AND endpoint = moment AND population = people AND period_kind = periods
  ORDER BY period;"""


def query(row: Row, kind: str = "all") -> str:
    """SQL that counts one outcome again; `kind` is how starts are grouped."""
    return f"FROM receipt({', '.join(map(quoted, (row['definition'], row['endpoint'], row['population'], kind)))});"


def quoted(text: str) -> str:
    """A text as SQL writes one: whatever it holds, it ends where it ends."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
