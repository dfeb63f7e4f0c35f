"""`make bench`: Verum and its peers on the same made-up files, in one run, and what each of them cost.

    python -m benchmarks.bench [--rows 1000000] [--repeats 3] [--peers NAME,...] [--only-race] [--json FILE]

Ends with 1 if anybody who finished came to other counts. Time is reported and never judged by the exit code.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import budgets, report, verum_runs
from benchmarks.budgets import Side
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.measuring import ROOT
from benchmarks.race import race
from benchmarks.report import Results
from benchmarks.workload import REPORT, write_workload

FOLDER = ROOT / "build/benchmarks"


def bench(
    rows: int, repeats: int, peers: Sequence[Contestant], folder: Path = FOLDER, *, only_race: bool = False
) -> Results:
    """Runs everything below `folder`, which is left with logs and workloads."""
    load = os.getloadavg()
    folder.mkdir(parents=True, exist_ok=True)
    workload = _workload(rows, folder)
    written = json.loads((workload / REPORT).read_text("utf-8"))
    lanes, found, home = race(workload, folder, rows=written["rows"], peers=peers, repeats=repeats, tell=_tell)
    results = Results(
        written["rows"], written["bytes"] / 1e6, written["clinics"], repeats, lanes, found, written["set_aside"],
        load=load,
    )  # fmt: skip
    results.site = budgets.site_megabytes(home)
    if not only_race:
        _beside_the_race(results, workload, home, folder)
    return results


def _beside_the_race(results: Results, workload: Path, home: Path, folder: Path) -> None:
    results.waiting, word = budgets.in_a_browser(home, folder)
    _tell(f"pages in a browser: {word or _waits(results.waiting)}")
    _tell("stages")
    results.stages = verum_runs.stages(verum_runs.fresh_home(workload, folder / "home-stages"), folder)
    for side in _sides(results, workload, home, folder):
        results.sides.append(side)
        cost = f"{side.cost.wall:.2f} s, {side.cost.cpu:.2f} s of CPU; " if side.cost else ""
        _tell(f"{side.what}: {cost}{side.word or 'as it must be'}")


def _waits(waiting: Mapping[str, float]) -> str:
    """When the charts of the pages that a browser opened were there, the first of a page and the last."""
    return ", ".join(
        f"{page} page {waiting[f'{page}_begins']:.2f} to {waiting[page]:.2f} s" for page in ("first", "next")
    )


def _sides(results: Results, workload: Path, home: Path, folder: Path) -> Iterator[Side]:
    yield budgets.nothing_new(home, folder)
    yield budgets.corrected_month(workload, home, folder)
    yield budgets.small(folder)
    yield budgets.small_again(folder)
    yield budgets.through_dagster(folder)
    yield budgets.statistics(folder)
    yield from budgets.shapes(workload, results.found, folder, rows=results.rows, tell=_tell)


def _workload(rows: int, folder: Path) -> Path:
    """The workload of so many rows, written unless it lies there already and was written by the same code."""
    place, code = folder / f"workload-{rows}", (ROOT / "benchmarks/workload.py").read_text("utf-8")
    stamp = place / "written-by"
    if not stamp.exists() or stamp.read_text("utf-8") != code:
        _tell(f"writing a workload of {rows:,} rows")
        write_workload(rows, place)
        stamp.write_text(code, "utf-8")
    return place


def _tell(text: str) -> None:
    sys.stderr.write(f"  {text} ...\n")
    sys.stderr.flush()


def main() -> None:
    """Reads the command line, runs the benchmark and prints its tables."""
    names = [one.name for one in CONTESTANTS]
    asked = argparse.ArgumentParser(prog="python -m benchmarks.bench", description="Measures Verum beside its peers.")
    asked.add_argument("--rows", type=int, default=1_000_000, help="about how many rows (default: a million)")
    asked.add_argument("--repeats", type=int, default=3, help="how often everybody runs (default: 3)")
    asked.add_argument("--peers", default=",".join(names), help="which peers, with commas (default: all)")
    asked.add_argument("--only-race", action="store_true", help="leave out stages, corrections and odd shapes")
    asked.add_argument("--json", type=Path, help="write every figure to this file as well")
    arguments = asked.parse_args()
    wanted = [name for name in arguments.peers.split(",") if name]
    if unknown := sorted(set(wanted) - set(names)):
        asked.error(f"--peers: found {', '.join(unknown)}; known are {', '.join(names)}")
    peers = [one for one in CONTESTANTS if one.name in wanted]
    results = bench(arguments.rows, max(1, arguments.repeats), peers, only_race=arguments.only_race)
    sys.stdout.write(report.markdown(results))
    if arguments.json:
        arguments.json.write_text(report.as_json(results), "utf-8")
    sys.exit(0 if results.identical else 1)


if __name__ == "__main__":
    main()
