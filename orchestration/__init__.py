"""The only place that knows Dagster, Great Expectations, DuckDB, paths, time and the command line."""

import os

# Our matrices are small: threads that wait for parts of them burn more time than they save. NumPy reads it at import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
