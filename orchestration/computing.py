"""Readings become results: episodes, outcomes and counts of each source, in a folder named by what they were made from.

A source's result is a pure function of its inputs. Many small sources are computed in one pass, a large one in pieces
by pseudonym; neither can be seen in the result. DuckDB is not opened.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import fingerprints
from orchestration.judging import Reading
from orchestration.settings import Home
from schemas.contract import Table, keep_promise
from schemas.counts import Counts
from schemas.episodes import Episodes
from schemas.outcomes import Outcomes
from schemas.sources import Source, schedule, settings
from schemas.vocabulary import Vocabulary
from transforms.counts import counts
from transforms.episodes import courses, episodes
from transforms.outcomes import outcomes
from transforms.responses import responses

#: So many accepted rows are linked at once: enough to share the fixed cost, few enough to keep memory flat.
ROWS_PER_BATCH = 250_000
TABLES: tuple[type[Table], ...] = (Episodes, Outcomes, Counts)


@dataclass(frozen=True)
class Job:
    """A source to be computed: its active readings, and the hash of everything that its result depends on."""

    source: Source
    readings: tuple[Reading, ...]
    inputs: str

    @property
    def rows(self) -> int:
        """Accepted lines, a measure of the work."""
        return sum(reading.accepted for reading in self.readings)


@dataclass(frozen=True)
class Result:
    """Where a source's tables are, and since when they stand if a later attempt failed."""

    source: str
    inputs: str
    folder: Path
    stale: bool = False


def job_of(source: Source, readings: Sequence[Reading], vocabulary: Vocabulary, plan: pl.DataFrame) -> Job:
    """The job of a source; its inputs' hash covers readings, contract, data cut, vocabulary, plan and code."""
    inputs = fingerprints.of_values(
        {
            "readings": [reading.folder for reading in readings],
            "contract": source.contract.fingerprint,
            "data_to": source.data_to,
            "vocabulary": vocabulary.fingerprint,
            "plan": fingerprints.of_frame(plan),
            "code": fingerprints.code_of("schemas", "transforms"),
        }
    )
    return Job(source, tuple(readings), inputs)


def place(home: Home, job: Job) -> Path:
    """The folder of a job's result."""
    return home.results / job.source.name / job.inputs[:16]


def is_stale(home: Home, job: Job) -> bool:
    """Whether the job has no result yet."""
    return not (place(home, job) / "result.json").is_file()


def results(
    home: Home, jobs: Sequence[Job], stale: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame
) -> tuple[dict[str, Result], list[str]]:
    """Results of all jobs by source, those of `stale` computed now, and the sources that failed.

    Where a batch fails, its sources are tried singly. A source that fails, or is not wanted now, keeps its last result.
    """
    found: dict[str, Result] = {}
    failed: list[str] = []
    try:
        found = {one.source: one for one in compute(home, stale, vocabulary, plan)}
    except (pl.exceptions.PolarsError, OSError):
        for job in stale:
            try:
                found[job.source.name] = next(compute(home, [job], vocabulary, plan))
            except (pl.exceptions.PolarsError, OSError):
                failed.append(job.source.name)
    kept = {job.source.name: _kept(home, job) for job in jobs if job.source.name not in found}
    return found | {name: result for name, result in kept.items() if result}, failed


def _kept(home: Home, job: Job) -> Result | None:
    return last(home, job.source.name) if is_stale(home, job) else load(home, job.source.name, job.inputs)


def compute(home: Home, jobs: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame) -> Iterator[Result]:
    """The result of each job, computed batch by batch and stored once its tables are proved to keep their promises.

    Raises what a batch raises; nothing of that batch is stored.
    """
    for batch in _batches(jobs):
        tables = tables_of(home, batch, vocabulary, plan)
        for job, parts in zip(batch, _parted(batch, tables), strict=True):
            yield _put(home, job, parts)


def tables_of(home: Home, jobs: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Episodes, outcomes and counts of several sources; the first two with `source` as the place in `jobs`."""
    sources = [job.source for job in jobs]
    known, due = settings(sources), schedule(sources, vocabulary)
    rows = accepted(home, jobs)
    linked = courses(rows, sources=known).collect().lazy()
    begun = episodes(linked, sources=known).collect()
    seen = outcomes(linked, begun.lazy(), sources=known, schedule=due, vocabulary=vocabulary).collect()
    judged = responses(seen.lazy(), begun.lazy(), vocabulary=vocabulary)
    counted = counts(judged, begun.lazy(), seen.lazy(), sources=sources, schedule=due, plan=plan, vocabulary=vocabulary)
    return {"episodes": begun, "outcomes": seen, "counts": counted}


def accepted(home: Home, jobs: Sequence[Job]) -> pl.LazyFrame:
    """Accepted rows of several sources with `source`, the place in `jobs`; verified against their hash before use."""
    files = {
        str(home.readings / job.source.name / reading.folder / "readings.parquet"): (at, reading)
        for at, job in enumerate(jobs)
        for reading in job.readings
        if reading.rows_sha256
    }
    if not files:
        from schemas.readings import Readings  # noqa: PLC0415

        return Readings.empty().lazy().with_columns(source=pl.lit(0, pl.Int16)).filter(pl.lit(value=False))
    for path, (_, reading) in files.items():
        if fingerprints.of_file(Path(path)) != reading.rows_sha256:
            raise OSError(
                f"readings of delivery {reading.delivery} ({reading.source}) changed on disk: "
                f"remove {Path(path).parent} and run again; they are made anew from the vault"
            )
    places = {path: at for path, (at, _) in files.items()}
    scanned = pl.scan_parquet(list(files), include_file_paths="path").filter(pl.col("reasons") == 0)
    return scanned.with_columns(
        source=pl.col("path").replace_strict(list(places), list(places.values()), return_dtype=pl.Int16)
    ).drop("path")


def load(home: Home, source: str, inputs: str) -> Result:
    """The stored result of a source."""
    return Result(source, inputs, home.results / source / inputs[:16])


def _batches(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    batch: list[Job] = []
    for job in jobs:
        if batch and sum(one.rows for one in batch) + job.rows > ROWS_PER_BATCH:
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


def _parted(jobs: Sequence[Job], tables: Mapping[str, pl.DataFrame]) -> Iterator[dict[str, pl.DataFrame]]:
    """The tables of each job, validated over the whole batch first: a pandera call costs more than its rows."""
    parts: dict[str, dict[Any, pl.DataFrame]] = {}
    for table in TABLES:
        frame = tables[table.NAME]
        if table is Counts:
            keep_promise(Counts, frame)
            parts["counts"] = _by(frame, "source", keep=True)
        else:
            keep_promise(table, frame.select("source", *table.columns()), within=("source",))
            parts[table.NAME] = _by(frame.select("source", *table.columns()), "source", keep=False)
    nothing = {table.NAME: table.empty() for table in TABLES}
    for at, job in enumerate(jobs):
        yield {
            "episodes": parts["episodes"].get(at, nothing["episodes"]),
            "outcomes": parts["outcomes"].get(at, nothing["outcomes"]),
            "counts": parts["counts"].get(job.source.name, nothing["counts"]),
        }


def _by(frame: pl.DataFrame, column: str, *, keep: bool) -> dict[Any, pl.DataFrame]:
    return {key[0]: part for key, part in frame.partition_by(column, as_dict=True, include_key=keep).items()}


def _put(home: Home, job: Job, parts: Mapping[str, pl.DataFrame]) -> Result:
    folder = place(home, job)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    for name, frame in parts.items():
        frame.write_parquet(building / f"{name}.parquet", compression="lz4", statistics=False)
    summary = {
        "inputs": job.inputs,
        "rows": {name: frame.height for name, frame in parts.items()},
        "sha256": {name: fingerprints.of_file(building / f"{name}.parquet") for name in parts},
    }
    (building / "result.json").write_text(json.dumps(summary, sort_keys=True), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return Result(job.source.name, job.inputs, folder)


def data_to(readings: Sequence[Reading]) -> date | None:
    """The last day that any of a source's active deliveries speaks for."""
    return max((reading.data_to for reading in readings if reading.data_to), default=None)


def last(home: Home, source: str) -> Result | None:
    """The newest stored result of a source whose inputs have changed since; None if it never had one."""
    stored = sorted((home.results / source).glob("[!.]*/result.json"), key=lambda path: path.stat().st_mtime_ns)
    if not stored:
        return None
    summary = json.loads(stored[-1].read_text("utf-8"))
    return Result(source, summary["inputs"], stored[-1].parent, stale=True)
