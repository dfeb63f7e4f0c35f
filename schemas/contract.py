"""What a table is: a strict class with a description for every column, and `faults`, which names broken promises.

No table lives here, and no value of a row ever leaves `faults`: only column, rule and number of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import polars as pl

RuleKind = Literal["not empty", "among", "least", "most", "shape"]

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
class Rule:
    """One promise about every value of a column."""

    kind: RuleKind
    bound: Any

    def __str__(self) -> str:
        match self.kind:
            case "not empty":
                return "not empty"
            case "among":
                return f"one of {len(self.bound)} declared words"
            case "shape":
                return f"shaped like {self.bound}"
            case limit:
                return f"at {limit} {self.bound:g}"


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
    @cache
    def columns(cls) -> Mapping[str, Column]:
        """Every column of the table in the order it is declared, those of a shared base first."""
        declared = (pair for base in reversed(cls.__mro__) for pair in vars(base).items())
        return MappingProxyType({name: value for name, value in declared if isinstance(value, Column)})

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
    """Every promise of `table` that `frame` breaks, as (column, rule, rows) without values, in one pass.

    The rules are those that `schemas.proof` gives to pandera, which must find the same. The key is unique within groups
    named by the further columns `within`, which belong to no promise.
    """
    broken = _columns_of_another_kind(table, frame.drop(within)) or _broken(table, frame)
    if table.KEY and frame.height and not broken:
        repeated = _repeated(frame.select(*within, *table.KEY))
        broken = {(", ".join(table.KEY), "one row each"): repeated} if repeated else {}
    return [Fault(table.NAME, column, rule, rows) for (column, rule), rows in sorted(broken.items())]


def keep_promise(table: type[Table], frame: pl.DataFrame, within: tuple[str, ...] = ()) -> pl.DataFrame:
    """`frame` itself, in the table's column order, once it is proved to keep every promise.

    Raises `BrokenPromise` with column, rule and row count for each promise that it breaks.
    """
    found = faults(table, frame, within)
    if found:
        raise BrokenPromise(found)
    return frame.select(list(table.columns()))


def rules(column: Column) -> tuple[Rule, ...]:
    """What a column promises of each value that it holds, besides its type."""
    bounds: dict[RuleKind, Any] = {
        "not empty": None if column.empty else True,
        "among": column.among,
        "least": column.least,
        "most": column.most,
        "shape": column.shape,
    }
    return tuple(Rule(kind, bound) for kind, bound in bounds.items() if bound is not None)


def _columns_of_another_kind(table: type[Table], frame: pl.DataFrame) -> dict[tuple[str, str], int]:
    promised, found = table.schema(), dict(frame.schema)
    broken = {(name, "column is there"): frame.height for name in promised.keys() - found.keys()}
    broken |= {(name, "column is declared"): frame.height for name in found.keys() - promised.keys()}
    for name in promised.keys() & found.keys():
        if promised[name] != found[name]:
            broken[name, f"of type {promised[name]}"] = frame.height
    return broken


def _broken(table: type[Table], frame: pl.DataFrame) -> dict[tuple[str, str], int]:
    if table not in _COMPILED:
        _COMPILED[table] = _compiled(table)
    places, expressions = _COMPILED[table]
    counted = frame.select(expressions).row(0)
    return {place: rows for place, rows in zip(places, counted, strict=True) if rows}


_COMPILED: dict[type[Table], tuple[list[tuple[str, str]], list[pl.Expr]]] = {}


def _compiled(table: type[Table]) -> tuple[list[tuple[str, str]], list[pl.Expr]]:
    """Column and rule of every promise about single values, and for each the number of rows that break it.

    What is empty breaks no rule but that against being empty.
    """
    promised = [(name, column.kind, rule) for name, column in table.columns().items() for rule in rules(column)]
    breaking = [_breaking(pl.col(name), kind, rule).alias(f"{name} {rule}") for name, kind, rule in promised]
    return [(name, str(rule)) for name, _, rule in promised], breaking


def _breaking(value: pl.Expr, kind: str, rule: Rule) -> pl.Expr:
    match rule.kind:
        case "not empty":
            breaks = value.is_null() | value.is_nan() if kind == "number" else value.is_null()
        case "among":
            breaks = ~value.is_in(list(rule.bound))
        case "least":
            breaks = value < pl.lit(rule.bound)
        case "most":
            breaks = ~(value <= pl.lit(rule.bound))
        case "shape":
            breaks = ~value.str.contains(rule.bound)
    return breaks.sum()


def _repeated(keys: pl.DataFrame) -> int:
    """How many rows repeat the key of another; rows whose hashes all differ need no closer look."""
    if keys.hash_rows().n_unique() == keys.height:
        return 0
    return keys.height - keys.n_unique()
