"""The only place that knows Dagster, Great Expectations, DuckDB, paths, time and the command line."""
