"""Two judges of every table: the compiled expressions of `contract` and pandera never disagree."""

import string
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import Column, Table, faults, rules
from schemas.proof import proved
from schemas.tables import TABLES

ROWS = 4

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(string.printable, max_size=6),
    "flag": st.booleans(),
    "date": st.dates(),
    "whole": st.integers(-(2**31), 2**31 - 1),
    "large": st.integers(-(2**63), 2**63 - 1),
    "key": st.integers(0, 2**64 - 1),
    "mask": st.integers(0, 2**32 - 1),
    "small": st.integers(-(2**15), 2**15 - 1),
    "number": st.floats(),
}


def near(column: Column) -> st.SearchStrategy[Any]:
    """Values on both sides of what the column promises, and none at all."""
    bounds = [bound for bound in (column.least, column.most) if bound is not None]
    steps = [0.5, 0, -0.5] if column.kind == "number" else [1, 0, -1]
    beside = [bound + step if column.kind == "number" else int(bound + step) for bound in bounds for step in steps]
    if column.kind in ("key", "mask"):
        beside = [value for value in beside if value >= 0]
    return st.sampled_from([None, *beside, *(column.among or ())]) | VALUES[column.kind]


@st.composite
def frames(draw: st.DrawFn, table: type[Table]) -> pl.DataFrame:
    columns = {name: draw(st.lists(near(one), min_size=ROWS, max_size=ROWS)) for name, one in table.columns().items()}
    return pl.DataFrame(columns, schema=table.schema())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@given(drawn=st.data())
@settings(max_examples=8, deadline=None)
def test_expressions_and_pandera_find_the_same_broken_promises(table: type[Table], drawn: st.DataObject) -> None:
    frame = drawn.draw(frames(table))
    about_values = [fault for fault in faults(table, frame) if fault.rule != "one row each"]
    assert about_values == sorted(proved(table, frame), key=lambda fault: (fault.column, fault.rule))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_both_judges_accept_a_table_without_rows(table: type[Table]) -> None:
    assert faults(table, table.empty()) == proved(table, table.empty()) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_pandera_too_refuses_a_column_that_nobody_declared(table: type[Table]) -> None:
    assert proved(table, table.empty().with_columns(further=pl.lit(1)))


def test_every_rule_of_every_table_has_a_name_of_its_own() -> None:
    for table in TABLES.values():
        for column in table.columns().values():
            named = [str(rule) for rule in rules(column)]
            assert len(set(named)) == len(named)
