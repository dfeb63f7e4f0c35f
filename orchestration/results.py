"""Results on disk: the tables of sources that were computed together, and for each source which of them are its own.

A result is named by the hash of its source's inputs. How one is made is `computing`; DuckDB is not opened here.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import fingerprints
from orchestration.settings import Home
from orchestration.whole_files import read_whole, write_whole
from schemas.contract import Table

#: Tables of sources that were computed together lie here, in a folder named by all of their inputs.
BATCHES = ".batches"


@dataclass(frozen=True)
class Result:
    """Where a source's tables are, and whether they are of earlier inputs because a later attempt failed.

    The tables of the batch have a column `source`; the rows with its name are this result.
    """

    source: str
    inputs: str
    folder: Path
    stale: bool = False

    @property
    def batch(self) -> str:
        """The name of the folder that the source's tables are in."""
        return self.folder.name


def is_there(home: Home, source: str, inputs: str) -> bool:
    """Whether a source has a result of these inputs; one of which the pointer is damaged is to be made anew."""
    return _said(_pointer(home, source, inputs)) is not None


def load(home: Home, source: str, inputs: str) -> Result:
    """The stored result of a source; raises `FileNotFoundError` where there is none."""
    return Result(source, inputs, home.results / BATCHES / _there(home, source, inputs)["batch"])


def rows(home: Home, source: str, inputs: str) -> dict[str, int]:
    """How many rows each table of a result has."""
    counted: dict[str, int] = _there(home, source, inputs)["rows"]
    return counted


def last(home: Home, source: str) -> Result | None:
    """The newest stored result of a source whose inputs have changed since; None if it never had one."""
    stored = sorted((home.results / source).glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns)
    said = next((found for place in reversed(stored) if (found := _said(place))), None)
    return Result(source, said["inputs"], home.results / BATCHES / said["batch"], stale=True) if said else None


def put(home: Home, inputs: Mapping[str, str], tables: Mapping[str, pl.DataFrame]) -> list[Result]:
    """Stores the tables of sources that were computed together; `inputs` gives each source's hash, by its name.

    Each table has a column `source` with these names. The tables are in place before any result says so.
    """
    folder = home.results / BATCHES / fingerprints.of_values(inputs)[:16]
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    for name, frame in tables.items():
        frame.write_parquet(building / f"{name}.parquet", compression="lz4", statistics=False)
    sealed = {name: fingerprints.of_file(building / f"{name}.parquet") for name in tables}
    (building / "batch.json").write_text(
        json.dumps({"inputs": dict(inputs), "sha256": sealed}, sort_keys=True), "utf-8"
    )
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    counted = {name: dict(frame["source"].value_counts().iter_rows()) for name, frame in tables.items()}
    for source, hashed in inputs.items():
        own = {name: by_source.get(source, 0) for name, by_source in counted.items()}
        _point(_pointer(home, source, hashed), {"batch": folder.name, "inputs": hashed, "rows": own})
    return [Result(source, hashed, folder) for source, hashed in inputs.items()]


def prune(home: Home, kept: Collection[Result]) -> None:
    """Removes every result but these, and every batch that none of these is in: rows of patients are not hoarded."""
    pointers = {str(_pointer(home, one.source, one.inputs)) for one in kept}
    folders = {str(one.folder) for one in kept}
    for source in os.scandir(home.results):
        if source.name == BATCHES:
            for batch in os.scandir(source):
                if batch.path not in folders:
                    shutil.rmtree(batch.path, ignore_errors=True)
        elif source.is_dir():
            for place in os.scandir(source):
                if place.path not in pointers:
                    Path(place.path).unlink()


def stored_beside(home: Home, sources: Collection[str], now: Mapping[str, str]) -> set[str]:
    """The sources whose rows lie in one batch with rows that one of `sources` had before, or that nobody has any more.

    `now` gives the inputs of each source. Once all of these are computed anew, nothing is left of what was before.
    """
    found: set[str] = set()
    for place in (home.results / BATCHES).glob("*/batch.json"):
        content = read_whole(place, ("inputs", "sha256"))
        if content is None:  # whose rows lie there is not known any more, but from who points there
            found |= {name for name, hashed in now.items() if _is_in(home, name, hashed, place.parent.name)}
            continue
        inputs = content["inputs"]
        if any(name not in now or (name in sources and inputs[name] != now[name]) for name in inputs):
            found |= inputs.keys()
    return found


def _is_in(home: Home, source: str, inputs: str, batch: str) -> bool:
    said = _said(_pointer(home, source, inputs))
    return said is not None and said["batch"] == batch


def of_all(found: Sequence[Result], table: type[Table]) -> pl.DataFrame | None:
    """The rows of one table of all these results, by source, and within a source as its result holds them.

    None where a file is gone or is not what was stored, or holds other columns than the table has now.
    """
    folders = {folder: str(folder / f"{table.NAME}.parquet") for folder in batches(found)}
    if not folders:
        return table.empty()
    if not all(_is_as_stored(folder, table) for folder in folders):
        return None
    try:
        rows = pl.scan_parquet(list(folders.values()), include_file_paths="path").collect()
    except pl.exceptions.PolarsError:
        return None
    if rows.drop("path").schema != pl.Schema(table.schema()):
        return None
    wanted = pl.DataFrame(
        {"source": [one.source for one in found], "path": [folders[one.folder] for one in found]},
        schema={"source": pl.String, "path": pl.String},
    )
    runs = _runs(rows.select("path", "source")).join(wanted, on=["source", "path"], how="semi").sort("source", "first")
    if runs["many"].sum() == rows.height and runs["first"].is_sorted():
        return rows.drop("path")
    parts = [rows.slice(first, many) for first, many in runs.select("first", "many").iter_rows()]
    return pl.concat([rows.clear(), *parts], rechunk=True).drop("path")


def _runs(rows: pl.DataFrame) -> pl.DataFrame:
    """Where the rows of each source begin in each file, and how many there are: few to sort instead of all rows."""
    begins = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ("path", "source"))
    firsts = rows.with_row_index("first").filter(begins | (pl.col("first") == 0)).select("first", "path", "source")
    return firsts.with_columns(many=pl.col("first").shift(-1, fill_value=rows.height) - pl.col("first"))


def _is_as_stored(folder: Path, table: type[Table]) -> bool:
    sealed = (read_whole(folder / "batch.json", ("sha256",)) or {}).get("sha256", {})
    try:
        return bool(sealed[table.NAME] == fingerprints.of_file(folder / f"{table.NAME}.parquet"))
    except (OSError, KeyError, TypeError):
        return False


def own(result: Result, table: str) -> pl.DataFrame:
    """The rows of one table that are this result's, without the column `source`."""
    return pl.read_parquet(result.folder / f"{table}.parquet").filter(source=result.source).drop("source")


def _pointer(home: Home, source: str, inputs: str) -> Path:
    return Path(home.results, source, f"{inputs[:16]}.json")


def _point(place: Path, content: Mapping[str, object]) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(place, json.dumps(content, sort_keys=True))


def _said(pointer: Path) -> dict[str, Any] | None:
    return read_whole(pointer, ("batch", "inputs", "rows"))


def _there(home: Home, source: str, inputs: str) -> dict[str, Any]:
    said = _said(_pointer(home, source, inputs))
    if said is None:
        raise FileNotFoundError(f"results/{source}: found no result of these inputs. Run `verum run`: it is made anew")
    return said


def batches(results: Sequence[Result]) -> list[Path]:
    """The folders that hold the tables of these results, each once."""
    return sorted({result.folder for result in results})
