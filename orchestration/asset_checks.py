"""Dagster's asset checks: thin reports of the table `checks`, one for each judge of a table. Nothing is judged here.

A row of `checks` is reported exactly once. That a blocking one stops the swap is `publishing.build_release`'s doing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import dagster as dg
import polars as pl

from orchestration import telling
from schemas.checks import STATUSES
from schemas.tables import PUBLIC_TABLES
from transforms.checks import COUNTED

#: Judges whose objects are no tables but deliveries or figures, and the table that lists those.
LISTED_IN: Mapping[str, str] = {"reader": "deliveries", "ledger": "deliveries", "evidence": "published_rates"}
#: Where a verdict is reported that is about none of the tables, or by a judge whom nobody announced.
ELSEWHERE = ("checks", "others")

WHAT_THEY_JUDGE: Mapping[str, str] = {
    "reader": "Files could be read as their contracts say, and few of their lines were set aside.",
    "ledger": "Header, accepted, set aside and blank lines add up to the lines of every delivery; no month is missing.",
    "evidence": "A whole number of patients gives the printed percentage.",
    "schema": "Every row keeps the promises of its table.",
    "release": "Nothing small or exact leaves, and no comparison is without a grade.",
    "others": "All further verdicts of the table of checks.",
}


@dataclass(frozen=True)
class Verdict:
    """What one judge found of one table: rows of `checks` by status, and how many of the failed ones block."""

    table: str
    judge: str
    by_status: Mapping[str, int]
    warning: int
    blocking: int

    @property
    def passed(self) -> bool:
        """Whether nothing failed that warns or blocks; what only informs is counted."""
        return not self.warning and not self.blocking

    @property
    def severity(self) -> dg.AssetCheckSeverity:
        """An error where the release is blocked."""
        return dg.AssetCheckSeverity.ERROR if self.blocking else dg.AssetCheckSeverity.WARN

    @property
    def told(self) -> telling.Told:
        """Its numbers."""
        counted = {status.replace(" ", "_"): self.by_status.get(status, 0) for status in STATUSES}
        return telling.numbers(**counted, failed_and_blocking=self.blocking)


def places() -> list[tuple[str, str]]:
    """Every (table, judge) that has a check, in the order of the tables."""
    judged = {(name, "schema") for name in PUBLIC_TABLES} | {(name, "release") for name in COUNTED}
    judged |= {(table, judge) for judge, table in LISTED_IN.items()} | {ELSEWHERE}
    return sorted(judged, key=lambda one: (list(PUBLIC_TABLES).index(one[0]), one[1]))


def specs() -> list[dg.AssetCheckSpec]:
    """The checks as Dagster lists them."""
    return [
        dg.AssetCheckSpec(name=judge, asset=table, blocking=True, description=WHAT_THEY_JUDGE[judge])
        for table, judge in places()
    ]


def verdicts(checks: pl.DataFrame) -> list[Verdict]:
    """The whole table of checks, summed up for each (table, judge)."""
    placed: dict[tuple[str, str], list[tuple[str, str]]] = {place: [] for place in places()}
    for judge, about, status, severity in checks.select("judge", "object", "status", "severity").iter_rows():
        table = LISTED_IN.get(judge, about)
        placed[(table, judge) if (table, judge) in placed else ELSEWHERE].append((status, severity))
    return [_verdict(table, judge, found) for (table, judge), found in placed.items()]


def _verdict(table: str, judge: str, found: Iterable[tuple[str, str]]) -> Verdict:
    by_status: dict[str, int] = {}
    failed: dict[str, int] = {}
    for status, severity in found:
        by_status[status] = by_status.get(status, 0) + 1
        if status in ("failed", "error"):
            failed[severity] = failed.get(severity, 0) + 1
    return Verdict(table, judge, by_status, failed.get("warns", 0), failed.get("blocks", 0))


def results(checks: pl.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """The verdicts as a step reports them."""
    for one in verdicts(checks):
        yield dg.AssetCheckResult(
            asset_key=one.table, check_name=one.judge, passed=one.passed, severity=one.severity, metadata=one.told
        )


def evaluations(checks: pl.DataFrame) -> Iterator[dg.AssetCheckEvaluation]:
    """The verdicts as the history takes them from outside a run."""
    for one in verdicts(checks):
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(one.table),
            check_name=one.judge,
            passed=one.passed,
            severity=one.severity,
            metadata=one.told,
        )
