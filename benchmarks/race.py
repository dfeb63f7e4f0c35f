"""The race: Verum and the peers on the same files, in turns, each compared with Verum before its time may count."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import agreeing, verum_runs
from benchmarks.agreeing import Findings
from benchmarks.contestants import FLOOR, VERUM, Contestant
from benchmarks.environments import CannotBeInstalled, interpreter
from benchmarks.measuring import Measured, measure


@dataclass
class Lane:
    """One contestant's costs, a measurement for each repeat; `why_not` says why there is no time to show."""

    name: str
    title: str
    costs: list[Measured] = field(default_factory=list)
    why_not: str = ""

    @property
    def typical(self) -> Measured | None:
        """Medians of the repeats; None where no time may be shown."""
        if self.why_not or not self.costs:
            return None
        return Measured(
            median(cost.wall for cost in self.costs),
            median(cost.cpu for cost in self.costs),
            int(median(cost.peak for cost in self.costs)),
            0,
        )


def race(
    workload: Path, folder: Path, *, rows: int, peers: Sequence[Contestant], repeats: int, tell: Callable[[str], None]
) -> tuple[list[Lane], Findings, Path]:
    """A lane for Verum and for each peer, what Verum found, and the home that its last run left.

    Turns are interleaved: everybody runs once before anybody runs again. `rows` is what the workload says it holds.
    """
    lanes = {VERUM: Lane(VERUM, "verum run")} | {one.name: Lane(one.name, one.title) for one in peers}
    home, found = folder / "home", None
    for turn in range(repeats):
        tell(f"turn {turn + 1} of {repeats}: {VERUM}")
        verum_runs.fresh_home(workload, home)
        lanes[VERUM].costs.append(verum_runs.run(home, folder))
        found = agreeing.of_verum(home)
        tell(f"  {_last(lanes[VERUM])}")
        for one in peers:
            if not lanes[one.name].why_not:
                tell(f"turn {turn + 1} of {repeats}: {one.name}")
                lanes[one.name].why_not = _turn(one, lanes[one.name], workload, folder, found, rows)
            tell(f"  {_last(lanes[one.name])}")
    if found is None:
        raise ValueError("repeats: expected one at least")
    return list(lanes.values()), found, home


def _last(lane: Lane) -> str:
    """What the last turn cost, or why that is not shown: a long benchmark that is stopped has said something."""
    if lane.why_not or not lane.costs:
        return lane.why_not
    cost = lane.costs[-1]
    return f"{cost.wall:.2f} s, {cost.cpu:.2f} s of CPU, {cost.peak / 1e6:,.0f} MB"


def _turn(one: Contestant, lane: Lane, workload: Path, folder: Path, found: Findings, rows: int) -> str:
    """One turn of a peer; why its time may not be shown, or nothing."""
    if rows > one.most:
        return f"not tried beyond {one.most:,} rows"
    try:
        python = interpreter(one.environment, one.program)
    except CannotBeInstalled as missing:
        return str(missing)
    results = folder / "results" / one.name
    shutil.rmtree(results, ignore_errors=True)
    log = folder / f"{one.name}.log"
    cost = measure([str(python), "-m", f"benchmarks.peers.{one.name}", str(workload), str(results)], log=log)
    if cost.code:
        return f"failed with {cost.code}; {log.name} says why"
    lane.costs.append(cost)
    different = _floor_differs(results, rows) if one.name == FLOOR else _differs(found, results)
    shutil.rmtree(results, ignore_errors=True)
    return different


def _differs(found: Findings, results: Path) -> str:
    different = agreeing.difference(found, agreeing.of_peer(results))
    return f"differs in {different}" if different else ""


def _floor_differs(results: Path, rows: int) -> str:
    read = int((results / "rows.txt").read_text("ascii"))
    return "" if read == rows else f"differs: read {read:,} rows of {rows:,}"
