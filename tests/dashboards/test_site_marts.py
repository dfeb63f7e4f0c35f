"""Reading a release's tables: all of them, in order, and nothing else."""

from dataclasses import fields
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dashboards.marts import CLOSED, Marts, MartsError, _in_order, of, read
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release


def test_every_public_table_is_read() -> None:
    assert {field.name for field in fields(Marts)} == set(PUBLIC_TABLES)


def test_rows_come_in_an_order_of_their_own(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    backwards = {name: rows[::-1] for name, rows in tables.items()}
    one = read(made_up_release.write(tmp_path / "one.duckdb", tables))
    other = read(made_up_release.write(tmp_path / "other.duckdb", backwards))
    for name in PUBLIC_TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name


@pytest.mark.parametrize("place", range(4))
def test_two_rows_that_changed_places_are_put_back(tmp_path: Path, place: int) -> None:
    tables = made_up_release.tables()
    changed = {
        name: [*rows[:place], *rows[place : place + 2][::-1], *rows[place + 2 :]] for name, rows in tables.items()
    }
    one = read(made_up_release.write(tmp_path / "one.duckdb", tables))
    other = read(made_up_release.write(tmp_path / "other.duckdb", changed))
    for name in PUBLIC_TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name


def test_tables_in_memory_are_those_that_are_read(tmp_path: Path) -> None:
    stored = read(made_up_release.write(tmp_path / "marts.duckdb", made_up_release.tables()))
    tables = {name: getattr(stored, name)[::-1] for name in PUBLIC_TABLES}
    tables["trends"] = tables["trends"].select(reversed(tables["trends"].columns))
    tables["observed_rates"] = tables["observed_rates"].with_columns(pl.col("rate").fill_null(float("nan")))
    handed_on = of(tables | {"counts": pl.DataFrame({"exact": [3]})})
    for name in PUBLIC_TABLES:
        assert_frame_equal(getattr(handed_on, name), getattr(stored, name))


def test_a_table_is_in_order_only_if_every_row_comes_after_the_one_before() -> None:
    kept = pl.DataFrame({"a": ["x", "x", "y"], "b": [1, 2, 1]})
    assert _in_order(kept, ("a", "b"))
    assert _in_order(kept[:1], ("a", "b"))
    assert not _in_order(kept, ("b", "a"))
    assert not _in_order(kept[[0, 0, 2]], ("a", "b"))
    assert not _in_order(kept.with_columns(b=pl.Series([1, None, 1])), ("a", "b"))


def test_a_release_says_whether_it_is_made_up(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    assert read(made_up_release.write(tmp_path / "made_up.duckdb", tables)).synthetic
    real = tables | {
        "cohorts": [row | {"synthetic": False} for row in tables["cohorts"]],
        "release_notes": [{"key": "synthetic", "value": "false"}],
    }
    assert not read(made_up_release.write(tmp_path / "real.duckdb", real)).synthetic


def test_a_missing_file_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(MartsError, match=r"marts\.duckdb: no such file.*verum run"):
        read(tmp_path / "marts.duckdb")


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    path = made_up_release.write(tmp_path / "marts.duckdb", made_up_release.tables())
    with duckdb.connect(str(path)) as release:
        release.execute("DROP TABLE comparisons")
    with pytest.raises(MartsError, match="comparisons: the release has no such table"):
        read(path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = made_up_release.write(tmp_path / "marts.duckdb", made_up_release.tables())
    with duckdb.connect(str(path)) as release:
        release.execute("ALTER TABLE comparisons DROP COLUMN margin")
    with pytest.raises(MartsError, match="comparisons: the release lacks margin"):
        read(path)


def test_nothing_but_the_release_can_be_reached(tmp_path: Path) -> None:
    path = made_up_release.write(tmp_path / "marts.duckdb", made_up_release.tables())
    (tmp_path / "other.csv").write_text("a\n1\n")
    with duckdb.connect(str(path), read_only=True, config=CLOSED) as release:
        with pytest.raises(duckdb.Error):
            release.execute(f"SELECT * FROM '{tmp_path / 'other.csv'}'")
        with pytest.raises(duckdb.Error):
            release.execute("SET enable_external_access = true")
