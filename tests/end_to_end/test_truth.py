"""The pipeline's private counts are those that the generator of the sample counted as it drew outcomes, exactly."""

import json

import polars as pl
import pytest

from orchestration.warehouse import Warehouse, connect
from schemas.tables import PUBLIC_TABLES
from tests.end_to_end.sample_home import sample_home

CELL = ["source", "definition", "endpoint", "population"]
SAME = {
    "responders": "responders",
    "non_responders": "non_responders",
    "missing": "missing",
    "not_due": "not_due",
    "ineligible_baseline_missing": "no_baseline",
    "ineligible_cannot_improve": "cannot_improve",
}


def truth(name: str) -> pl.DataFrame:
    return pl.read_csv(sample_home().root / "truth" / f"{name}.csv", infer_schema_length=None)


def whole_period() -> pl.DataFrame:
    with Warehouse.reading(sample_home()) as warehouse:
        return warehouse.counts().filter(pl.col("period_kind") == "all")


def ledger() -> pl.DataFrame:
    with Warehouse.reading(sample_home()) as warehouse:
        found: pl.DataFrame = warehouse.connection.sql("SELECT * FROM ledger").pl()
        return found


def marts(query: str) -> list[tuple[object, ...]]:
    connection = connect(sample_home().current / "marts.duckdb", read_only=True)
    try:
        rows: list[tuple[object, ...]] = connection.execute(query).fetchall()
        return rows
    finally:
        connection.close()


def test_every_count_of_everyone_is_the_one_that_was_drawn() -> None:
    drawn = truth("counts").filter(pl.col("population") == "everyone")
    counted = whole_period().filter(pl.col("population") == "everyone").select(*CELL, *SAME.values())

    expected = drawn.select(*CELL, **{ours: pl.col(theirs).cast(pl.Int32) for theirs, ours in SAME.items()})
    assert expected.height > 100
    assert counted.sort(CELL).rows() == expected.sort(CELL).rows()


def test_every_count_of_a_studys_population_is_the_one_that_was_drawn() -> None:
    drawn = truth("counts").select(*CELL, **{ours: pl.col(theirs).cast(pl.Int32) for theirs, ours in SAME.items()})
    counted = whole_period().filter(pl.col("population") != "everyone").select(*CELL, *SAME.values())

    both = counted.join(drawn, on=CELL, how="inner", suffix="_drawn")
    assert both.height >= 10
    for name in SAME.values():
        assert both[name].to_list() == both[f"{name}_drawn"].to_list()


def test_every_line_of_every_file_has_the_fate_that_was_meant() -> None:
    lines = ("lines", "header", "accepted", "quarantined", "blank")
    meant = truth("lines").filter(pl.col("refusal").is_null()).select("source", "file", *lines)
    told = ledger().filter(pl.col("refusal") == "").select("source", pl.col("name").alias("file"), *lines)

    assert told.sort("source", "file").rows() == meant.sort("source", "file").rows()


def test_every_line_was_set_aside_for_the_reasons_that_were_meant() -> None:
    meant = {(source, file, reason): lines for source, file, reason, lines in truth("reasons").iter_rows()}
    names = {row["delivery"]: row["name"] for row in ledger().iter_rows(named=True)}
    told = {
        (reading["source"], names[reading["delivery"]], reason): lines
        for path in sample_home().readings.rglob("reading.json")
        for reading in [json.loads(path.read_text("utf-8"))]
        for reason, lines in reading["reasons"].items()
    }

    assert told == meant


def test_a_file_without_a_contract_and_one_with_an_undeclared_column_are_refused_and_accounted_for() -> None:
    refused = ledger().filter(pl.col("refusal") != "").sort("refusal")

    assert refused["refusal"].to_list() == ["no_contract", "undeclared_column"]
    assert refused["lines"].to_list() == refused["quarantined"].to_list()


@pytest.mark.parametrize("kind", ["verdict", "cannot_tell", "too_few", "not_comparable", "suppressed", "not_due"])
def test_the_sample_has_a_comparison_of_each_kind_that_it_was_built_for(kind: str) -> None:
    assert marts(f"SELECT count(*) FROM comparisons WHERE outcome_kind = '{kind}'")[0][0] != 0


@pytest.mark.parametrize("verdict", ["materially_higher", "equivalent", "materially_lower"])
def test_clinics_stand_above_within_and_below_geracs_rate(verdict: str) -> None:
    found = marts(f"SELECT count(*) FROM comparisons WHERE study = 'haake-2007' AND robust_verdict = '{verdict}'")

    assert found[0][0] != 0


def test_one_clinics_answer_depends_on_its_missing_patients() -> None:
    assert marts("SELECT source FROM comparisons WHERE depends_on_missing") == [("old-brewery",)]


@pytest.mark.parametrize(("count", "column"), [(7, "responders"), (7, "analysed"), (7, "missing"), (7, "left_out")])
def test_no_small_number_of_patients_leaves(count: int, column: str) -> None:
    small = marts(f"SELECT count(*) FROM released_counts WHERE {column} BETWEEN 1 AND {count} OR {column} % 5 <> 0")

    assert small == [(0,)]


def test_a_release_has_every_public_table_with_its_comments_and_nothing_else() -> None:
    tables = {row[0] for row in marts("SELECT table_name FROM duckdb_tables()")}
    silent = marts("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")

    assert tables == set(PUBLIC_TABLES)
    assert silent == []


def test_the_warehouse_shows_codes_as_words_and_scores_on_their_own_scale() -> None:
    with Warehouse.reading(sample_home()) as warehouse:
        query = "SELECT DISTINCT instrument FROM outcomes WHERE source = 'riverside' ORDER BY 1"
        assert warehouse.connection.execute(query).fetchall() == [("cpgs-pain",), ("ffbh-r",)]
        query = "SELECT min(score) >= 0, max(score) <= 100 FROM assessments WHERE source = 'riverside'"
        assert warehouse.connection.execute(query).fetchall() == [(True, True)]
