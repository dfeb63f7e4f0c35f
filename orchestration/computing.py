"""Readings become results: tables of each source, from episodes to improvements, named by what they were made from.

A source's result is a pure function of its inputs. Many small sources are computed in one pass, which cannot be seen in
the result. Where results are stored is `results`. DuckDB is not opened.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from orchestration import fingerprints, results
from orchestration.groups import in_groups
from orchestration.judging import Reading
from orchestration.results import Result
from orchestration.settings import Home
from schemas.contract import Table, keep_promise
from schemas.counts import Counts
from schemas.delivery_contract import DeliveryContract
from schemas.episodes import Episodes
from schemas.improvements import Improvements
from schemas.outcomes import Outcomes
from schemas.sources import Source, schedule, settings
from schemas.strata import Strata
from schemas.vocabulary import Vocabulary
from transforms.counts import counted
from transforms.episodes import courses, episodes
from transforms.first_courses import first_courses
from transforms.improvements import improved
from transforms.outcomes import outcomes
from transforms.responses import first_responses
from transforms.said_last import said_last
from transforms.strata import parted

#: So many accepted rows are linked at once: enough to share the fixed cost, few enough to keep memory flat.
ROWS_PER_BATCH = 250_000
TABLES: tuple[type[Table], ...] = (Episodes, Outcomes, Counts, Strata, Improvements)
#: Tables that name their source in words; the others are stored source by source without it.
NAMED = (Counts, Strata, Improvements)


class ChangedOnDisk(OSError):
    """Private rows in `folder` are not those that were stored (exit 74)."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        super().__init__(
            f"the readings of delivery {reading.delivery} ({reading.source}) were not those that had been stored, "
            "and were removed: run again, they are made anew from the vault"
        )
        self.folder = folder


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


def jobs_of(
    contracts: Mapping[str, DeliveryContract],
    active: Mapping[str, Sequence[Reading]],
    vocabulary: Vocabulary,
    plan: pl.DataFrame,
) -> list[Job]:
    """The job of each source that has active readings."""
    shared = _shared(vocabulary, plan)
    return [_job(Source(contracts[name], data_to(found)), found, shared) for name, found in active.items()]


def job_of(source: Source, readings: Sequence[Reading], vocabulary: Vocabulary, plan: pl.DataFrame) -> Job:
    """The job of a source; its inputs' hash covers readings, contract, data cut, vocabulary, plan and code."""
    return _job(source, readings, _shared(vocabulary, plan))


def _shared(vocabulary: Vocabulary, plan: pl.DataFrame) -> dict[str, str]:
    return {
        "vocabulary": vocabulary.fingerprint,
        "plan": fingerprints.of_frame(plan),
        "code": fingerprints.code_of("schemas", "transforms"),
    }


def _job(source: Source, readings: Sequence[Reading], shared: Mapping[str, str]) -> Job:
    own = {
        "readings": [reading.folder for reading in readings],
        "contract": source.contract.fingerprint,
        "data_to": source.data_to,
    }
    return Job(source, tuple(readings), fingerprints.of_values({**shared, **own}))


def is_stale(home: Home, job: Job) -> bool:
    """Whether the job has no result yet."""
    return not results.is_there(home, job.source.name, job.inputs)


def update(
    home: Home, jobs: Sequence[Job], stale: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame
) -> tuple[dict[str, Result], dict[str, str]]:
    """Results of all jobs by source, those of `stale` computed now, and the sources that failed, each with the reason.

    Where a batch fails, its sources are tried singly. A source that fails, or is not wanted now, keeps its last result.
    """
    found: dict[str, Result] = {}
    failed: dict[str, str] = {}
    try:
        found = {one.source: one for one in compute(home, stale, vocabulary, plan)}
    except (pl.exceptions.PolarsError, OSError):
        for job in stale:
            try:
                found[job.source.name] = next(compute(home, [job], vocabulary, plan))
            except ChangedOnDisk as error:
                shutil.rmtree(error.folder, ignore_errors=True)
                failed[job.source.name] = str(error)
            except (pl.exceptions.PolarsError, OSError) as error:  # what a library says may hold a patient's value
                failed[job.source.name] = type(error).__name__
    kept = {job.source.name: _kept(home, job) for job in jobs if job.source.name not in found}
    return found | {name: result for name, result in kept.items() if result}, failed


def _kept(home: Home, job: Job) -> Result | None:
    try:
        return results.load(home, job.source.name, job.inputs)
    except FileNotFoundError:
        return results.last(home, job.source.name)


def compute(home: Home, jobs: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame) -> Iterator[Result]:
    """The result of each job, computed batch by batch and stored once its tables are proved to keep their promises.

    Raises what a batch raises; nothing of that batch is stored.
    """
    for batch in in_groups(jobs, lambda job: job.rows, ROWS_PER_BATCH):
        tables = _proved(batch, tables_of(home, batch, vocabulary, plan))
        yield from results.put(home, {job.source.name: job.inputs for job in batch}, tables)


def _proved(jobs: Sequence[Job], tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables with the names of their sources, once they are proved to keep their promises."""
    names = pl.Series([job.source.name for job in jobs], dtype=pl.String)
    proved = {}
    for table in TABLES:
        frame = tables[table.NAME]
        if table in NAMED:
            proved[table.NAME] = keep_promise(table, frame)
        else:
            held = frame.select("source", *table.columns())
            keep_promise(table, held, within=("source",))
            proved[table.NAME] = held.with_columns(source=names.gather(held["source"]))
    return proved


def tables_of(home: Home, jobs: Sequence[Job], vocabulary: Vocabulary, plan: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of several sources; episodes and outcomes with `source` as the place in `jobs`."""
    sources = [job.source for job in jobs]
    known, due = settings(sources), schedule(sources, vocabulary)
    rows = accepted(home, jobs)
    linked = courses(rows, sources=known).collect().lazy()
    begun = episodes(linked, sources=known).collect(engine="streaming")
    found = outcomes(linked, begun.lazy(), sources=known, schedule=due, vocabulary=vocabulary)
    seen = found.collect(engine="streaming")
    judged = first_responses(seen.lazy(), begun.lazy(), vocabulary=vocabulary)
    first = first_courses(judged, begun.lazy(), seen.lazy(), plan=plan, vocabulary=vocabulary)
    counts = counted(first, sources=sources, schedule=due, vocabulary=vocabulary)
    strata = parted(first, sources=sources, vocabulary=vocabulary)
    changed = improved(first, seen.lazy(), sources=sources, plan=plan, vocabulary=vocabulary)
    return {"episodes": begun, "outcomes": seen, "counts": counts, "strata": strata, "improvements": changed}


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
            raise ChangedOnDisk(reading, Path(path).parent)
    places = pl.Series([at for at, _ in files.values()], dtype=pl.Int16)
    scanned = pl.scan_parquet(list(files), include_file_paths="path")
    # Files are read in their order, and none is empty: the number of the run of rows is that of the file.
    placed = scanned.with_columns(delivery=pl.col("path").rle_id()).with_columns(
        source=pl.lit(places).gather(pl.col("delivery"))
    )
    sound = placed.filter(pl.col("reasons") == 0).drop("path", "reasons")
    if places.n_unique() < places.len():
        sound = said_last(sound, rules={at: job.source.contract.episodes for at, job in enumerate(jobs)})
    return sound.drop("delivery")


def data_to(readings: Sequence[Reading]) -> date | None:
    """The last day that any of a source's active deliveries speaks for."""
    return max((reading.data_to for reading in readings if reading.data_to), default=None)
