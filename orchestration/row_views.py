"""Row-level tables of the private warehouse: views on the Parquet files that hold their rows, with codes as words.

No row is stored twice. The warehouse itself is `warehouse`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from orchestration.results import Result, batches
from orchestration.warehouse import columns_of, comment, quoted
from schemas.delivery_contract import AGE_BANDS, SEXES
from schemas.outcomes import STATES
from schemas.tables import TABLES
from schemas.vocabulary import Vocabulary

if TYPE_CHECKING:
    import duckdb


def lay(
    connection: "duckdb.DuckDBPyConnection",
    readings: Mapping[str, Sequence[Path]],
    results: Mapping[str, Result],
    vocabulary: Vocabulary,
) -> None:
    """Lays readings, assessments, episodes and outcomes as views on the Parquet files of these deliveries and results.

    `readings` gives the files of each source. A view of which no file is there is taken away.
    """
    connection.register("_words", _words(vocabulary))
    connection.execute("CREATE OR REPLACE TABLE words AS SELECT * FROM _words")
    connection.unregister("_words")
    received = [path for paths in readings.values() for path in paths]
    _view(connection, "readings", received, _OF_DELIVERIES, _READINGS)
    if any(readings.values()):
        connection.execute("CREATE OR REPLACE VIEW assessments AS SELECT * FROM readings WHERE reasons = 0")
    for name, query in (("episodes", _EPISODES), ("outcomes", _OUTCOMES)):
        files = [folder / f"{name}.parquet" for folder in batches(list(results.values()))]
        _view(connection, name, files, _OF_RESULTS, query)
    there = columns_of(connection)
    for name in ("readings", "episodes", "outcomes"):
        if name in there:
            comment(connection, TABLES[name], "VIEW", there[name])


def _words(vocabulary: Vocabulary) -> pl.DataFrame:
    lists: dict[str, Sequence[str]] = {
        "instrument": sorted(vocabulary.instruments),
        "endpoint": sorted(vocabulary.endpoints),
        "age_band": AGE_BANDS,
        "sex": SEXES,
        "state": STATES,
    }
    rows = [(kind, place, word) for kind, words in lists.items() for place, word in enumerate(words)]
    scales = {name: vocabulary.instruments[name].scale for name in lists["instrument"]}
    frame = pl.DataFrame(rows, schema={"kind": pl.String, "place": pl.Int16, "word": pl.String}, orient="row")
    return frame.with_columns(
        scale=pl.when(pl.col("kind") == "instrument").then(pl.col("word").replace_strict(scales, default=1))
    )


def _word(kind: str, column: str) -> str:
    return f"(SELECT word FROM words WHERE kind = '{kind}' AND place = {column})"


_READINGS = f"""
    SELECT r.* EXCLUDE (instrument, score, age_band, sex, path),
           {_word("instrument", "r.instrument")} AS instrument,
           r.score / (SELECT scale FROM words WHERE kind = 'instrument' AND place = r.instrument) AS score,
           {_word("age_band", "r.age_band")} AS age_band, {_word("sex", "r.sex")} AS sex FROM files r"""
_EPISODES = f"""
    SELECT e.* EXCLUDE (age_band, sex, path), {_word("age_band", "e.age_band")} AS age_band,
           {_word("sex", "e.sex")} AS sex
    FROM files e"""
_OUTCOMES = f"""
    SELECT o.source, o.episode, {_word("instrument", "o.instrument")} AS instrument,
           {_word("endpoint", "o.endpoint")} AS endpoint,
           o.baseline / i.scale AS baseline, o.score / i.scale AS score, o.day, {_word("state", "o.state")} AS state
    FROM files o JOIN words i ON i.kind = 'instrument' AND i.place = o.instrument"""


#: A delivery's source is the name of the folder above its own.
_OF_DELIVERIES = "SELECT split_part(path, '/', -3) AS source, * FROM every"
#: A batch may hold rows of sources that have been computed again since.
_OF_RESULTS = """
    SELECT e.* FROM every e SEMI JOIN results r ON r.source = e.source AND r.batch = split_part(path, '/', -2)"""


def _view(connection: "duckdb.DuckDBPyConnection", name: str, paths: Sequence[Path], chosen: str, query: str) -> None:
    """A view over Parquet files: `query` of the rows that are `chosen` of every row of every file."""
    there = [path for path in paths if path.is_file()]
    if not there:
        connection.execute(f'DROP VIEW IF EXISTS "{name}"')
        return
    listed = ", ".join(quoted(str(path)) for path in there)
    connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS
        WITH every AS (SELECT * FROM read_parquet([{listed}], filename = 'path')), files AS ({chosen}) {query}"""
    )
