"""What Great Expectations says of a release's marts: a suite for each table, verdicts with counts and never a value.

Importing it takes seconds, so nothing on the path of a run imports this module. What is expected is `audit`.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

from orchestration import gx_dialect
from orchestration.audit import expected
from orchestration.expectations import Expected, Severity
from orchestration.release import Release, broken_files
from schemas.tables import PUBLIC_TABLES

#: The one format that counts and holds no value; Great Expectations' own default shows twenty rows (STACK, section 2).
COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
#: Our word for what a failure does, and theirs.
SEVERITIES = {"blocks": "critical", "warns": "warning"}

AS_PUBLISHED = "Every file of the release is as it was published: none is changed, missing or added."

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class Verdict:
    """How one expectation of one table ended; `rows` are those that break it, 0 where it could not be judged."""

    id: str
    sentence: str
    table: str
    status: Status
    rows: int
    severity: Severity = "blocks"

    @property
    def blocks(self) -> bool:
        """Whether a release with this verdict should not have left the house."""
        return self.severity == "blocks" and self.status != "passed"


def judge(release: Release, tables: Collection[str] = tuple(PUBLIC_TABLES)) -> list[Verdict]:
    """One verdict for each expectation of these tables, in the order of `audit`; what cannot be read is an error.

    The marts are opened read-only, and stay byte for byte as they are.
    """
    try:
        with reading(release.folder / "marts.duckdb") as marts:
            found = {(one.id, one.table): one for table in tables for one in _of_table(marts, table)}
    except TestConnectionError:
        found = {}
    asked = (one for one in expected() if one.table in tables)
    return [found.get((one.id, one.table), _verdict(one, "error", 0)) for one in asked]


def seal(release: Release) -> Verdict:
    """Whether every file of the release is as it was when it was published; `rows` counts those that are not.

    Great Expectations sees tables alone.
    """
    broken = len(broken_files(release))
    return Verdict("files_as_published", AS_PUBLISHED, "the release", "failed" if broken else "passed", broken)


def as_text(verdicts: Sequence[Verdict]) -> str:
    """For people: what failed, one by one; then each sentence that holds, with how often it was judged."""
    bad = [one for one in verdicts if one.status != "passed"]
    lines = [f"{one.status:<7}{one.severity:<8}{one.table}: {one.id}, {one.rows} row(s). {one.sentence}" for one in bad]
    good = [one for one in verdicts if one.status == "passed"]
    for sentence, same in groupby(good, key=lambda one: one.sentence):
        lines.append(f"{'passed':<7}{f'{len(list(same))}x':<8}{sentence}")
    lines.append(
        f"{len(good)} of {len(verdicts)} expectations hold; {sum(one.blocks for one in bad)} that block do not."
    )
    return "\n".join(lines)


def suite(table: str) -> gx.ExpectationSuite:
    """The suite of one table; each expectation carries its id in `meta` and its sentence in `notes`."""
    made = [
        getattr(gxe, one.judged_by)(
            **one.asked, meta={"id": one.id}, notes=one.sentence, severity=SEVERITIES[one.severity]
        )
        for one in expected()
        if one.table == table
    ]
    return gx.ExpectationSuite(table, expectations=made)


@contextmanager
def reading(place: Path) -> Iterator[SQLDatasource]:
    """The marts as a data source of a context that lives in memory, for as long as the block lasts."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    marts = context.data_sources.add_sql(
        "marts", connection_string=f"{gx_dialect.DRIVER}:///{place}", create_temp_table=False
    )
    try:
        yield marts
    finally:
        marts.get_engine().dispose()


def validated(marts: SQLDatasource, table: str) -> ExpectationSuiteValidationResult:
    """What Great Expectations says of a table: counts only. Raises `TestConnectionError` if there is no such table."""
    batch = marts.add_table_asset(table, table_name=table).add_batch_definition_whole_table(table).get_batch()
    return batch.validate(suite(table), result_format=COUNTS_ONLY)


def _of_table(marts: SQLDatasource, table: str) -> list[Verdict]:
    asked = {one.id: one for one in expected() if one.table == table}
    try:
        return [_read(asked[_id(one)], one) for one in validated(marts, table).results]
    except TestConnectionError:
        return []


def _id(result: ExpectationValidationResult) -> str:
    """Which of our expectations a result is of."""
    judged = result.expectation_config
    return str(judged.meta["id"]) if judged and judged.meta else ""


def _read(asked: Expected, result: ExpectationValidationResult) -> Verdict:
    """The verdict in a result. What an exception says is left out: a database may quote a value in it."""
    if _raised(result.exception_info):
        return _verdict(asked, "error", 0)
    return _verdict(asked, "passed", 0) if result.success else _verdict(asked, "failed", _rows(result.result))


def _verdict(asked: Expected, status: Status, rows: int) -> Verdict:
    return Verdict(asked.id, asked.sentence, asked.table, status, rows, asked.severity)


def _raised(told: dict[str, Any]) -> bool:
    """Whether judging raised: told flat for the expectation, or once for each metric that it needs."""
    if "raised_exception" in told:
        return bool(told["raised_exception"])
    return any(one["raised_exception"] for one in told.values())


def _rows(counted: dict[str, Any]) -> int:
    """How many rows break it, by whichever name the kind of expectation has for that."""
    named = ("unexpected_count", "observed_value", "missing_count")
    return next((int(counted[name]) for name in named if isinstance(counted.get(name), int)), 0)
