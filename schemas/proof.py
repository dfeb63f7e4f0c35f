"""The second judge of a table: pandera, given the same promises as the expressions of `schemas.contract`.

It is slow on large frames and slow to import, so it judges samples and tests; the two judges must always agree.
"""

from typing import Any

import polars as pl

from schemas.contract import DTYPES, Column, Fault, Rule, Table, rules


def proved(table: type[Table], frame: pl.DataFrame) -> list[Fault]:
    """Every promise about single values of `table` that `frame` breaks, judged by pandera, as (column, rule, rows).

    Holds a copy of the frame (STACK, section 3): meant for at most some hundred thousand rows.
    """
    from pandera.errors import SchemaErrors  # noqa: PLC0415 - importing pandera costs a second of processor time

    cases: pl.DataFrame | None = None
    try:
        _schema(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    # Read outside the `except`, so that no message holding values is chained to ours.
    if cases is None:
        return []
    counted = cases.group_by("column", "check").agg(rows=pl.len()).sort("column", "check")
    return [Fault(table.NAME, str(column), _named(str(rule)), int(rows)) for column, rule, rows in counted.iter_rows()]


def _schema(table: type[Table]) -> Any:
    import pandera.polars as pa  # noqa: PLC0415

    columns = {
        name: pa.Column(DTYPES[column.kind], checks=_checks(column), nullable=column.empty, required=True)
        for name, column in table.columns().items()
    }
    return pa.DataFrameSchema(columns, strict=True, name=table.NAME)


def _checks(column: Column) -> list[Any]:
    import pandera.polars as pa  # noqa: PLC0415

    made: dict[str, Any] = {
        "among": pa.Check.isin,
        "least": pa.Check.ge,
        "most": pa.Check.le,
        "shape": pa.Check.str_matches,
    }
    return [made[rule.kind](rule.bound, error=str(rule)) for rule in rules(column) if rule.kind in made]


def _named(rule: str) -> str:
    return str(Rule("not empty", bound=True)) if rule == "not_nullable" else rule
