"""The registry of tables: what each says of itself, and that no patient's column is in a public one."""

import re

import pytest

from schemas.contract import Table
from schemas.tables import TABLES

#: Columns that exist only where patients are rows; none may be in a table that a release holds.
OF_A_PATIENT = {
    "patient",
    "pseudonym",
    "episode",
    "start",
    "start_month",
    "age",
    "age_band",
    "sex",
    "line",
    "record",
}

each_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


@each_table
def test_a_table_says_what_one_row_is(table: type[Table]) -> None:
    assert (table.__doc__ or "").strip().startswith("One row per")


@each_table
def test_every_column_says_what_it_holds(table: type[Table]) -> None:
    assert table.columns()
    assert not [name for name, column in table.columns().items() if not column.description.strip().endswith(".")]


@each_table
def test_a_table_is_registered_under_its_own_name(table: type[Table]) -> None:
    assert TABLES[table.NAME] is table
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", table.NAME)


@each_table
def test_the_key_of_a_table_is_made_of_its_columns(table: type[Table]) -> None:
    assert set(table.KEY) <= set(table.columns())
    assert not [name for name in table.KEY if table.columns()[name].empty]


@each_table
def test_a_public_table_has_no_column_of_a_patient(table: type[Table]) -> None:
    assert not table.PUBLIC or not OF_A_PATIENT & set(table.columns())
