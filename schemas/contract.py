"""What a table is: a strict class with a description for every column, and `faults`, which names broken promises.

No table lives here, and no value of a row ever leaves `faults`: only column, rule and number of rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A pandera call on a frame holds a copy of it; larger frames are validated in pieces (STACK, section 3).
ROWS_AT_ONCE = 250_000

DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "flag": pl.Boolean(),
    "date": pl.Date(),
    "whole": pl.Int32(),
    "large": pl.Int64(),
    "key": pl.UInt64(),
    "mask": pl.UInt32(),
    "small": pl.Int16(),
    "number": pl.Float64(),
}


@dataclass(frozen=True)
class Column:
    """One column's promise: its type, what it means, and which values it may hold."""

    kind: str
    description: str
    empty: bool = False
    among: tuple[str, ...] | None = None
    least: float | None = None
    most: float | None = None
    shape: str | None = None


def share(description: str) -> Column:
    """A column that holds a share from 0 to 1, or nothing."""
    return Column("number", description, empty=True, least=0, most=1)


def gap(description: str) -> Column:
    """A column that holds a difference of two shares, from -1 to 1, or nothing."""
    return Column("number", description, empty=True, least=-1, most=1)


@dataclass(frozen=True)
class Fault:
    """One broken promise: where, which rule, and in how many rows; never a value."""

    table: str
    column: str
    rule: str
    rows: int

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.rows} row(s) break '{self.rule}'"


class BrokenPromise(Exception):
    """One of our own tables broke its promise: our mistake, so the run stops (exit code 70)."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"{len(faults)} promise(s) broken by tables of our own:\n{lines}\n"
            "Nothing was published. This is a fault of Verum, not of a clinic: please report these lines."
        )


class Table:
    """Base of every table; a subclass lists its columns as class attributes that are `Column`s.

    `KEY` names the columns that identify a row. `PUBLIC` says that the table may be stored in a release.
    """

    NAME: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]] = ()
    PUBLIC: ClassVar[bool] = False

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """Every column of the table in the order it is declared, those of a shared base first."""
        declared = (pair for base in reversed(cls.__mro__) for pair in vars(base).items())
        return {name: value for name, value in declared if isinstance(value, Column)}

    @classmethod
    def schema(cls) -> dict[str, pl.DataType]:
        """The Polars type of every column, in order."""
        return {name: DTYPES[column.kind] for name, column in cls.columns().items()}

    @classmethod
    def empty(cls) -> pl.DataFrame:
        """A frame with the table's columns and no row."""
        return pl.DataFrame(schema=cls.schema())

    @classmethod
    def grain(cls) -> str:
        """The first sentence of the class: what one row is."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]


def faults(table: type[Table], frame: pl.DataFrame, within: tuple[str, ...] = ()) -> list[Fault]:
    """Every promise of `table` that `frame` breaks, judged by pandera, as (column, rule, rows) without values.

    A frame of more than `ROWS_AT_ONCE` rows is judged piece by piece; uniqueness of the key is judged on the whole,
    within groups named by the further columns `within`, which belong to no promise.
    """
    broken: dict[tuple[str, str], int] = {}
    promised = frame.drop(within)
    for piece in promised.iter_slices(ROWS_AT_ONCE) if frame.height else iter([promised]):
        for column, rule, rows in _broken(table, piece):
            broken[column, rule] = broken.get((column, rule), 0) + rows
    if table.KEY and not broken:
        repeated = frame.height - frame.select(pl.struct(*within, *table.KEY).n_unique()).item() if frame.height else 0
        if repeated:
            broken[", ".join(table.KEY), "one row each"] = repeated
    return [Fault(table.NAME, column, rule, rows) for (column, rule), rows in sorted(broken.items())]


def keep_promise(table: type[Table], frame: pl.DataFrame, within: tuple[str, ...] = ()) -> pl.DataFrame:
    """`frame` itself, in the table's column order, once it is proved to keep every promise.

    Raises `BrokenPromise` with column, rule and row count for each promise that it breaks.
    """
    found = faults(table, frame, within)
    if found:
        raise BrokenPromise(found)
    return frame.select(list(table.columns()))


def _broken(table: type[Table], frame: pl.DataFrame) -> "Iterator[tuple[str, str, int]]":
    from pandera.errors import SchemaErrors  # noqa: PLC0415 - importing pandera costs half a second

    cases: pl.DataFrame | None = None
    try:
        _pandera(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    # Raised and read outside the `except`, so that no message holding values is chained to ours.
    if cases is not None:
        counted = cases.group_by("column", "check").agg(rows=pl.len())
        for column, rule, rows in counted.sort("column", "check").iter_rows():
            yield str(column), str(rule), int(rows)


_SCHEMAS: dict[type[Table], object] = {}


def _pandera(table: type[Table]):  # type: ignore[no-untyped-def]  # pandera is imported late and has no types
    import pandera.polars as pa  # noqa: PLC0415

    if table not in _SCHEMAS:
        columns = {
            name: pa.Column(DTYPES[column.kind], checks=_checks(column), nullable=column.empty, required=True)
            for name, column in table.columns().items()
        }
        _SCHEMAS[table] = pa.DataFrameSchema(columns, strict=True, name=table.NAME)
    return _SCHEMAS[table]


def _checks(column: Column) -> list[Any]:
    import pandera.polars as pa  # noqa: PLC0415

    checks: list[Any] = []
    if column.among is not None:
        checks.append(pa.Check.isin(list(column.among), error=f"one of {len(column.among)} declared words"))
    if column.least is not None:
        checks.append(pa.Check.ge(column.least, error=f"at least {column.least:g}"))
    if column.most is not None:
        checks.append(pa.Check.le(column.most, error=f"at most {column.most:g}"))
    if column.shape is not None:
        checks.append(pa.Check.str_matches(column.shape, error=f"shaped like {column.shape}"))
    return checks
