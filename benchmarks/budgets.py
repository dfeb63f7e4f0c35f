"""What is measured besides the race: a run that finds nothing new, a corrected month, small exports, and odd shapes."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import agreeing, cases, many_clinics, verum_runs
from benchmarks.agreeing import Findings
from benchmarks.measuring import Measured, measure
from benchmarks.workload import write_workload

SMALL = 10_000
SMALL_EXPORT = f"{SMALL:,} rows"
SMALL_AGAIN = f"{SMALL:,} rows more, on a home that has run"
HALF = 0.5
#: A country's network, for the statistics alone.
CLINICS = 5_000
_REFERENCE = "polars_textbook"


@dataclass(frozen=True)
class Side:
    """A measurement beside the race: what, its cost (None if there is none to show), and a word on it."""

    what: str
    cost: Measured | None
    word: str = ""


def nothing_new(home: Path, folder: Path) -> Side:
    """A run on a home that has seen everything."""
    cost = verum_runs.run(home, folder)
    word = "" if cost.code == verum_runs.NOTHING_NEW else f"ended with {cost.code}: something was new"
    return Side("nothing new", None if word else cost, word)


def corrected_month(workload: Path, home: Path, folder: Path) -> Side:
    """One clinic's export again with a month corrected, on the home that holds all; compared with a full rebuild."""
    before = agreeing.of_verum(home)
    again = cases.corrected(home)
    cost = verum_runs.run(home, folder)
    after = agreeing.of_verum(home)
    rebuilt = verum_runs.fresh_home(workload, folder / "rebuilt")
    place = rebuilt / "landing" / again.parent.name
    shutil.rmtree(place)
    place.mkdir()
    shutil.copyfile(again, place / "export.csv")
    verum_runs.run(rebuilt, folder)
    different = agreeing.difference(after, agreeing.of_verum(rebuilt))
    shutil.rmtree(rebuilt)
    if different:
        return Side("corrected month", None, f"is not what a full rebuild gives: {different}")
    touched = before.cells.join(after.cells, on=before.cells.columns, how="anti").height
    return Side("corrected month", cost, f"{touched} counts changed; equal to a full rebuild")


def small(folder: Path) -> Side:
    """Ten thousand rows on a home that has never run."""
    workload = folder / "workload-small"
    write_workload(SMALL, workload)
    home = verum_runs.fresh_home(workload, folder / "home-small")
    return Side(SMALL_EXPORT, verum_runs.run(home, folder))


def small_again(folder: Path) -> Side:
    """About as many rows from every second clinic, on a home in which the others have been read and published."""
    workload = folder / "workload-small-again"
    write_workload(2 * SMALL, workload)
    home = verum_runs.fresh_home(workload, folder / "home-small-again")
    late = sorted((home / "landing").iterdir())[::2]
    for clinic in late:
        shutil.rmtree(clinic)
    verum_runs.run(home, folder)
    for clinic in late:
        shutil.copytree(workload / "landing" / clinic.name, clinic)
    return Side(SMALL_AGAIN, verum_runs.run(home, folder))


def through_dagster(folder: Path) -> Side:
    """The same ten thousand rows by Dagster's assets, in one process."""
    home = verum_runs.fresh_home(folder / "workload-small", folder / "home-dagster")
    log = folder / "dagster.log"
    command = [sys.executable, "-m", "benchmarks.dagster_run", str(home)]
    cost = measure(command, log=log, environment=verum_runs.environment(folder))
    return Side("through Dagster", None if cost.code else cost, f"failed; {log.name} says why" if cost.code else "")


def statistics(folder: Path, clinics: int = CLINICS) -> Side:
    """The steps from exact counts to comparisons, funnel and strip, for a network of so many clinics."""
    result, log = folder / "many-clinics.json", folder / "many-clinics.log"
    command = [sys.executable, "-m", "benchmarks.many_clinics", str(clinics), str(result)]
    cost = measure(command, log=log, environment={})
    what = f"{clinics:,} clinics x 8 outcomes x 40 periods, counts to comparisons"
    if cost.code:
        return Side(what, None, f"failed; {log.name} says why")
    return Side(what, cost, many_clinics.in_words(json.loads(result.read_text("utf-8"))))


def in_a_browser(home: Path, folder: Path) -> tuple[dict[str, float], str]:
    """Seconds to the last chart of the `first` and of the `next` page; nothing, and why, without a browser."""
    result, log = folder / "waiting.json", folder / "waiting.log"
    site = (home / "releases/current").resolve() / "site"
    cost = measure([sys.executable, "-m", "benchmarks.waiting", str(site), str(result)], log=log)
    if cost.code:
        return {}, f"pages were not opened; {log.name} says why"
    found: dict[str, float] = json.loads(result.read_text("utf-8"))
    return found, ""


def site_megabytes(home: Path) -> tuple[float, int]:
    """Megabytes of the current site besides scripts that all pages share, and how many pages it has."""
    site = (home / "releases/current").resolve() / "site"
    files = [path for path in site.rglob("*") if path.is_file()]
    shared = {".js", ".css", ".zip", ".duckdb", ".parquet"}
    pages = [path for path in files if path.suffix not in shared]
    return sum(path.stat().st_size for path in pages) / 1e6, sum(path.suffix == ".html" for path in pages)


# --- shapes of exports -------------------------------------------------------------------------------------


def shapes(workload: Path, found: Findings, folder: Path, *, rows: int, tell: Callable[[str], None]) -> Iterator[Side]:
    """Each odd shape of the workload through `verum run`, compared with what must come of it."""
    home = folder / "home-shape"
    for what, make in (("quoted commas and line breaks", cases.quoted), ("dates in three orders", cases.dated)):
        tell(f"shape: {what}")
        yield _compared(what, make(workload, home), found, folder)
    tell("shape: gzip")
    yield _compared("gzip", cases.compressed(workload, home), found, folder)
    tell("shape: rows in no order")
    cases.scattered(workload, home)
    yield _compared("rows of each file in no order", home, _reference(home, folder), folder)
    tell("shape: one clinic with half of all rows")
    half = folder / "workload-half"
    write_workload(rows, half, largest=HALF)
    verum_runs.fresh_home(half, home)
    yield _compared("one clinic with half of all rows", home, _reference(half, folder), folder)
    tell("shape: files not in memory")
    verum_runs.fresh_home(workload, home)
    word = "" if _forget(home / "landing") else "the kernel could not be asked to forget them"
    cold = _compared("files not in the page cache", home, found, folder)
    yield Side(cold.what, None, word) if word else cold
    for place in (home, half):
        shutil.rmtree(place, ignore_errors=True)


def _compared(what: str, home: Path, expected: Findings, folder: Path) -> Side:
    cost = verum_runs.run(home, folder)
    different = agreeing.difference(agreeing.of_verum(home), expected)
    return Side(what, None if different else cost, f"differs in {different}" if different else "")


def _reference(home: Path, folder: Path) -> Findings:
    """What a peer finds in the same files."""
    results = folder / "results" / "reference"
    log = folder / "reference.log"
    cost = measure([sys.executable, "-m", f"benchmarks.peers.{_REFERENCE}", str(home), str(results)], log=log)
    if cost.code:
        raise RuntimeError(f"{_REFERENCE} failed on {home}: {log.read_text('utf-8', 'replace')[-2000:]}")
    return agreeing.of_peer(results)


def _forget(landing: Path) -> bool:
    """Asks the kernel to drop its copies of these files alone; libraries stay, and so does what others use."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in sorted(landing.rglob("*.csv")):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True
