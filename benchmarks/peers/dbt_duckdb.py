"""dbt with DuckDB: the SQL of `textbook_sql` as models of a project, with tests of its own, built by `dbt build`."""

import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.peers import job
from benchmarks.peers.textbook_sql import naming, tables

_PROJECT = """
name: work
version: "1.0"
config-version: 2
profile: work
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
models: {work: {+materialized: table}}
"""
_PROFILE = """
work:
  target: here
  outputs: {here: {type: duckdb, path: work.duckdb, threads: 2}}
"""
#: What holds of accepted rows and of counts: thirteen tests, as many as there are checks.
_TESTS = """
models:
  - name: accepted
    columns:
      - {name: line, data_tests: [unique, not_null]}
      - {name: patient_id, data_tests: [not_null]}
      - {name: assessed, data_tests: [not_null]}
      - {name: started, data_tests: [not_null]}
      - {name: points, data_tests: [not_null]}
      - {name: instrument, data_tests: [{accepted_values: {arguments: {values: [INSTRUMENTS]}}}]}
      - {name: age_band, data_tests: [{accepted_values: {arguments: {values: [AGE_BANDS]}}}]}
      - {name: sex, data_tests: [{accepted_values: {arguments: {values: [SEXES]}}}]}
  - name: outcomes
    columns:
      - {name: began, data_tests: [not_null]}
      - {name: code, data_tests: [not_null]}
  - name: cells
    columns:
      - {name: definition, data_tests: [not_null]}
      - {name: quarter, data_tests: [not_null]}
"""


def main() -> None:
    """Writes the project, builds it, and copies its tables out."""
    home, results = job.asked()
    _write(results, job.exports(home))
    built = [
        str(Path(sys.executable).with_name("dbt")),
        "build",
        "--quiet",
        "--project-dir",
        ".",
        "--profiles-dir",
        ".",
    ]
    subprocess.run(built, cwd=results, check=True)
    connection = duckdb.connect(str(results / "work.duckdb"))
    for name in ("reasons", "cells"):
        connection.execute(f"COPY {name} TO '{results / name}.csv' (FORMAT CSV, HEADER)")
    connection.execute(f"COPY quarantine TO '{results / 'quarantine.parquet'}' (FORMAT PARQUET)")


def _write(folder: Path, files: list[str]) -> None:
    models = tables(files) | {"accepted": "SELECT * FROM {settled} WHERE reasons = ''"}
    place = folder / "models"
    place.mkdir(exist_ok=True)
    for name, query in models.items():
        (place / f"{name}.sql").write_text(naming(query, lambda one: f"{{{{ ref('{one}') }}}}"), "utf-8")
    tests = _TESTS.replace("AGE_BANDS", ", ".join(f'"{one}"' for one in job.AGE_BANDS))
    tests = tests.replace("INSTRUMENTS", ", ".join(one.code for one in job.INSTRUMENTS))
    (place / "tests.yml").write_text(tests.replace("SEXES", ", ".join(f'"{one}"' for one in job.SEXES)), "utf-8")
    (folder / "dbt_project.yml").write_text(_PROJECT, "utf-8")
    (folder / "profiles.yml").write_text(_PROFILE, "utf-8")
    (folder / "work.duckdb").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
