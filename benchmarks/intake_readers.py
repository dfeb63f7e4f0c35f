"""The contestants of `intake`: each reads one file of text strictly, and writes how many rows it accepted.

    python -m benchmarks.intake_readers NAME FILE RESULT

All but Verum's judging only split and keep text. A reader that refuses the file writes nothing, and ends with 1.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HEADER = ("code", "begun", "visit", "measure", "value", "age")
#: What a clinic of this file has agreed to.
CONTRACT: dict[str, Any] = {
    "clinic": "intake",
    "version": 1,
    "format": "delimited",
    "layout": "long",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
    "synthetic": True,
    "patient_pattern": "P[0-9]{7}",
    "columns": {
        "patient": "code", "start": "begun", "date": "visit", "instrument": "measure", "score": "value", "age": "age",
    },
    "codes": {"instrument": {"pain": "vas-pain"}},
}  # fmt: skip


def verum_reader(path: Path) -> int:
    """Verum's reader: the proof, the split, and every line in its place."""
    import polars as pl

    from schemas.contract_reading import contract_from
    from schemas.vocabulary import load
    from transforms.sources import RefusedDelivery, read_all

    agreed = contract_from(CONTRACT, load(), where="intake.toml")
    with TemporaryDirectory() as scratch:
        (found,) = read_all([(path, agreed, Path(scratch))])
        if isinstance(found, RefusedDelivery):
            raise found
        return int(sum(batch.height for batch in found.records.select(pl.all()).collect_batches(chunk_size=250_000)))


def verum_intake(path: Path) -> int:
    """All of Verum's intake: split, typed, judged, pseudonyms, duplicates, and the readings on disk."""
    from orchestration.landing import Delivery
    from orchestration.reading import Reader
    from orchestration.settings import Home
    from schemas.contract_reading import contract_from
    from schemas.vocabulary import load

    vocabulary = load()
    with TemporaryDirectory() as folder:
        home = Home.at(Path(folder) / "home")
        home.prepare()
        with path.open("rb") as stream:
            seal = hashlib.file_digest(stream, "sha256").hexdigest()
        (home.vault / seal).symlink_to(path)
        delivery = Delivery(seal, "intake", path.name, path.stat().st_size, "2026-11-22T00:00:00+00:00", 1)
        agreed = contract_from(CONTRACT, vocabulary, where="intake.toml")
        (found,) = Reader(home, vocabulary, b"\x01" * 32).read([(delivery, agreed)])
        return found.accepted


def polars_read_csv(path: Path) -> int:
    """Polars, told that everything is text."""
    import polars as pl

    return pl.read_csv(path, schema=dict.fromkeys(HEADER, pl.String)).height


def duckdb_strict(path: Path) -> int:
    """DuckDB, strict, told the dialect and the columns, with its table of rejects."""
    import duckdb

    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in HEADER)
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE found AS FROM read_csv('{path}', auto_detect = false, delim = ',', quote = '\"', header = true, "
        f"columns = {{{columns}}}, store_rejects = true, strict_mode = true)"
    )
    counted = connection.execute("SELECT count(*) FROM found").fetchone()
    return int(counted[0]) if counted else 0


def pandas_read_csv(path: Path) -> int:
    """pandas, told that everything is text."""
    import pandas as pd

    return len(pd.read_csv(path, dtype=str, keep_default_na=False))


READERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "verum-reader": ("Verum: split, every line accounted for", verum_reader),
    "verum-intake": ("Verum: split, typed, judged, stored", verum_intake),
    "polars": ("polars.read_csv, text", polars_read_csv),
    "duckdb": ("DuckDB strict, store_rejects, text", duckdb_strict),
    "pandas": ("pandas.read_csv, text", pandas_read_csv),
}


def main() -> None:
    """Reads the file that is named, and writes the number of rows."""
    name, path, result = sys.argv[1:4]
    Path(result).write_text(json.dumps(READERS[name][1](Path(path))), "utf-8")


if __name__ == "__main__":
    main()
