"""Whether two ways of doing the work came to the same: lines set aside by reason, and counts, clinic by clinic.

A time is shown only for those who agree. What anything cost is `measuring`.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from orchestration.settings import Home
from orchestration.warehouse import Warehouse, connect
from schemas.readings import BIT

LINES = {"clinic": pl.String, "reason": pl.String, "lines": pl.Int64}
CELLS = {
    "clinic": pl.String,
    "quarter": pl.String,
    "definition": pl.String,
    "not_due": pl.Int64,
    "n": pl.Int64,
    "completers": pl.Int64,
    "responders": pl.Int64,
}

_SET_ASIDE = "SELECT source AS clinic, reasons, count(*) AS lines FROM readings WHERE reasons > 0 GROUP BY ALL"
_COUNTED = """
    SELECT source AS clinic, period AS quarter, definition, not_due, missing + responders + non_responders AS n,
           responders + non_responders AS completers, responders
    FROM counts WHERE population = 'everyone' AND period_kind = 'quarter'"""


@dataclass(frozen=True)
class Findings:
    """`lines`: set aside by clinic and reason; `cells`: counts by clinic, quarter of the start, and definition."""

    lines: pl.DataFrame
    cells: pl.DataFrame

    @property
    def reasons(self) -> dict[str, int]:
        """Lines set aside for each reason, all clinics together."""
        return dict(self.lines.group_by("reason").agg(pl.col("lines").sum()).sort("reason").iter_rows())


def of_verum(home: Path) -> Findings:
    """What a run of Verum left in its private warehouse; raises `RuntimeError` where its release does not show it."""
    with Warehouse.reading(Home.at(str(home))) as warehouse:
        masks, cells = warehouse.connection.sql(_SET_ASIDE).pl(), warehouse.connection.sql(_COUNTED).pl()
        counted = warehouse.counts().height
    _prove_released(home, counted)
    parts = [
        masks.filter(pl.col("reasons") & bit > 0).select("clinic", "lines", reason=pl.lit(name))
        for name, bit in BIT.items()
    ]
    lines = pl.concat(parts).group_by("clinic", "reason").agg(pl.col("lines").sum())
    return _tidy(lines, cells)


def _prove_released(home: Path, counted: int) -> None:
    """A run that publishes nothing of what it counted is fast, and worth nothing."""
    with connect(home / "releases/current/marts.duckdb", read_only=True) as marts:
        ((shown,),) = marts.execute("SELECT count(source) FROM released_counts").fetchall()
    if shown != counted:
        raise RuntimeError(f"{home}: the release has {shown:,} rows of counts; expected {counted:,}")


def of_peer(results: Path) -> Findings:
    """What a peer left in its folder of results."""
    lines = pl.read_csv(results / "reasons.csv", schema_overrides=LINES)
    return _tidy(lines, pl.read_csv(results / "cells.csv", schema_overrides=CELLS))


def _tidy(lines: pl.DataFrame, cells: pl.DataFrame) -> Findings:
    counted = cells.filter(pl.col("n") + pl.col("not_due") > 0)
    return Findings(
        lines.select([pl.col(name).cast(kind) for name, kind in LINES.items()]).sort("clinic", "reason"),
        counted.select([pl.col(name).cast(kind) for name, kind in CELLS.items()]).sort(list(CELLS)[:3]),
    )


def difference(ours: Findings, theirs: Findings) -> str:
    """Where two findings first differ, in a sentence; empty if they are the same."""
    for what, mine, other in (("lines set aside", ours.lines, theirs.lines), ("counts", ours.cells, theirs.cells)):
        if mine.equals(other):
            continue
        only_mine = mine.join(other, on=mine.columns, how="anti")
        only_theirs = other.join(mine, on=mine.columns, how="anti")
        first = only_mine.head(1).to_dicts() or only_theirs.head(1).to_dicts()
        return (
            f"{what}: {only_mine.height} of {mine.height} rows of ours and {only_theirs.height} of {other.height} "
            f"of theirs have no equal, the first being {first}"
        )
    return ""
