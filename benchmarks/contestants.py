"""Who does the work in a benchmark, where each one runs, and the bars that Verum has to pass beside them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """A module of `peers`; `environment` is '' for our own; `program` must be on the machine; `most` rows are tried."""

    name: str
    title: str
    environment: str = ""
    program: str = ""
    most: int = 100_000_000


VERUM = "verum"
PIPE = "pipe"
FLOOR = "floor"

CONTESTANTS = (
    Contestant(FLOOR, "floor: Polars reads the files as text"),
    Contestant(PIPE, "pipe: Polars, two sinks, coded Parquet"),
    Contestant("polars_textbook", "Polars, textbook"),
    Contestant("duckdb_textbook", "DuckDB, textbook SQL"),
    Contestant("polars_pandera", "Polars + pandera"),
    Contestant("pandas_pandera", "pandas + pandera", most=20_000_000),
    Contestant("pandas_expectations", "pandas + Great Expectations", most=20_000_000),
    Contestant("dbt_duckdb", "dbt with DuckDB, 13 tests", "dbt"),
    Contestant("pyspark_local", "PySpark on this machine", "spark", "java", most=20_000_000),
)


@dataclass(frozen=True)
class Bar:
    """At most `most` for a figure; `aim` is what we would like; `at` the rows from which the bar is meant."""

    what: str
    most: float
    unit: str
    aim: float | None = None
    at: int = 0


#: PERFORMANCE, budgets for the whole product, and what issue 6 asks to be shown.
BARS = {
    "pipe": Bar("CPU of `verum run` to that of pipe", 2.5, "x", aim=1.5, at=10_000_000),
    "pandas_pandera": Bar("CPU of `verum run` to that of pandas + pandera", 1 / 2, "x", at=10_000_000),
    "pandas_expectations": Bar("CPU of `verum run` to that of pandas + Great Expectations", 1 / 2, "x", at=10_000_000),
    "pyspark_local": Bar("CPU of `verum run` to that of PySpark", 1 / 9, "x", at=10_000_000),
    "peak": Bar("Most memory of `verum run`", 1.5, "GB", aim=1.0, at=10_000_000),
    "small": Bar("Ten thousand rows to an updated site, wall", 1.0, "s"),
    "small_again": Bar("Ten thousand rows more to an updated site, wall", 1.0, "s"),
    "dagster": Bar("The same through Dagster in this process, wall", 2.5, "s"),
    "again": Bar("Nothing new, wall", 0.3, "s"),
    "resent": Bar("One clinic-month sent again, CPU to that of the full run", 1 / 50, "x", at=10_000_000),
    "site": Bar("Site besides the shared script", 2.5, "MB for 30 pages"),
    "first_page": Bar("First page with charts opened in a browser, to its last chart", 1.5, "s"),
    "next_page": Bar("The next one of the same visit", 0.3, "s"),
}
