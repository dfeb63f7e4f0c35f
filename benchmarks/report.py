"""What a benchmark found, as Markdown for people and as JSON for programs. Nothing is measured here."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.agreeing import Findings
from benchmarks.budgets import SMALL_AGAIN, SMALL_EXPORT, Side
from benchmarks.contestants import BARS, FLOOR, PIPE, VERUM, Bar
from benchmarks.measuring import Measured
from benchmarks.race import Lane

#: A workload of ten million rows has about as many: counted from courses, not row by row.
NEARLY = 0.95


@dataclass
class Results:
    """Everything that one run of the benchmark found."""

    rows: int
    megabytes: float
    clinics: int
    repeats: int
    lanes: list[Lane]
    found: Findings
    expected: dict[str, int]
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)
    sides: list[Side] = field(default_factory=list)
    site: tuple[float, int] = (0.0, 0)
    waiting: dict[str, float] = field(default_factory=dict)
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)

    def typical(self, name: str) -> Measured | None:
        """Medians of a contestant; None where it did not take part or its time may not be shown."""
        return next((lane.typical for lane in self.lanes if lane.name == name), None)

    def side(self, what: str) -> Measured | None:
        """The cost of what was measured beside the race."""
        return next((side.cost for side in self.sides if side.what == what), None)

    @property
    def identical(self) -> bool:
        """Whether Verum set aside what the workload says, and nobody who finished found anything else."""
        differing = [lane for lane in self.lanes if lane.why_not.startswith("differs")]
        differing_sides = [side for side in self.sides if side.word.startswith(("differs", "is not what"))]
        return not differing and not differing_sides and self.found.reasons == self.expected


def markdown(results: Results) -> str:
    """The tables, for a terminal and for `docs/performance.md`."""
    aside = sum(results.expected.values())
    agree = "as the workload was written" if results.found.reasons == results.expected else "NOT as it was written"
    size = f"{results.rows:,} rows, {results.megabytes:,.0f} MB, {results.clinics} clinics"
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, load before {results.load[0]:.1f}"
    return "\n".join(
        [
            f"{size}; {machine}; medians of {results.repeats}",
            f"{aside:,} rows set aside, {agree}; {results.found.cells.height:,} counts compared with every peer",
            "",
            *_race(results),
            "",
            *_stages(results),
            "",
            *_sides(results),
            "",
            *_bars(results),
            "",
        ]
    )


def _race(results: Results) -> list[str]:
    base, floor = results.typical(PIPE), results.typical(FLOOR)
    lines = [
        "| same files, same counts | wall s | CPU s | x pipe | x floor | peak MB | M rows/s |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for lane in results.lanes:
        cost = lane.typical
        if cost is None:
            lines.append(f"| {lane.title} | {lane.why_not or 'no time'} | | | | | |")
            continue
        figures = (
            f"{cost.wall:.2f}", f"{cost.cpu:.2f}", _times(cost, base), _times(cost, floor),
            f"{cost.peak / 1e6:,.0f}", f"{results.rows / cost.wall / 1e6:.2f}",
        )  # fmt: skip
        lines.append(f"| {lane.title} | {' | '.join(figures)} |")
    return lines


def _times(cost: Measured, other: Measured | None) -> str:
    return f"{cost.cpu / other.cpu:.2f}" if other else "-"


def _stages(results: Results) -> list[str]:
    if not results.stages:
        return []
    whole = sum(cpu for _, cpu in results.stages.values())
    lines = ["| stage of `verum run` | wall s | CPU s | share |", "|---|---:|---:|---:|"]
    for name, (wall, cpu) in results.stages.items():
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {cpu / whole:.0%} |")
    return lines


def _sides(results: Results) -> list[str]:
    if not results.sides:
        return []
    plain = results.typical(VERUM)
    lines = ["| `verum run` besides | wall s | CPU s | x full run | peak MB | |", "|---|---:|---:|---:|---:|---|"]
    for side in results.sides:
        if side.cost is None:
            lines.append(f"| {side.what} | | | | | {side.word} |")
            continue
        cost = side.cost
        figures = (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", _times(cost, plain), f"{cost.peak / 1e6:,.0f}", side.word)
        lines.append(f"| {side.what} | {' | '.join(figures)} |")
    return lines


# --- bars --------------------------------------------------------------------------------------------------


def _bars(results: Results) -> list[str]:
    lines = ["| bar | found | at most | aim | |", "|---|---:|---:|---:|---|"]
    for name, found in figures(results).items():
        bar = BARS[name]
        aim = f"{bar.aim:g}" if bar.aim else ""
        shown = "-" if found is None else f"{found:.3g} {bar.unit}"
        lines.append(f"| {bar.what} | {shown} | {bar.most:.3g} | {aim} | {_verdict(bar, found, results.rows)} |")
    return lines


def _verdict(bar: Bar, found: float | None, rows: int) -> str:
    if found is None:
        return "not measured"
    said = "passed" if found <= bar.most else "missed"
    return said if rows >= bar.at * NEARLY else f"{said}, but meant for {bar.at:,} rows"


def figures(results: Results) -> dict[str, float | None]:
    """The figure for each bar; None where it was not measured."""
    ours = results.typical(VERUM)
    peers = ("pipe", "pandas_pandera", "pandas_expectations", "pyspark_local")
    found: dict[str, float | None] = {
        name: ours.cpu / theirs.cpu if ours and (theirs := results.typical(name)) else None for name in peers
    }
    again, resent = results.side("nothing new"), results.side("corrected month")
    dagster = results.side("through Dagster")
    tiny, more = results.side(SMALL_EXPORT), results.side(SMALL_AGAIN)
    megabytes, pages = results.site
    return found | {
        "peak": ours.peak / 1e9 if ours else None,
        "small": tiny.wall if tiny else None,
        "small_again": more.wall if more else None,
        "dagster": dagster.wall if dagster else None,
        "again": again.wall if again else None,
        "resent": resent.cpu / ours.cpu if resent and ours else None,
        "site": megabytes / pages * 30 if pages else None,
        "first_page": results.waiting.get("first"),
        "next_page": results.waiting.get("next"),
    }


def as_json(results: Results) -> str:
    """Everything, every repeat by itself."""
    said: dict[str, Any] = {
        "rows": results.rows,
        "megabytes": results.megabytes,
        "clinics": results.clinics,
        "repeats": results.repeats,
        "load": results.load,
        "identical": results.identical,
        "set_aside": results.found.reasons,
        "race": [asdict(lane) for lane in results.lanes],
        "stages": {name: {"wall": wall, "cpu": cpu} for name, (wall, cpu) in results.stages.items()},
        "sides": [asdict(side) for side in results.sides],
        "site": {"megabytes": results.site[0], "pages": results.site[1], "seconds": results.waiting},
        "bars": _judged(figures(results), results.rows),
    }
    return json.dumps(said, indent=1) + "\n"


def _judged(found: dict[str, float | None], rows: int) -> Sequence[dict[str, Any]]:
    return [
        {
            "bar": BARS[name].what,
            "found": figure,
            "most": BARS[name].most,
            "verdict": _verdict(BARS[name], figure, rows),
        }
        for name, figure in found.items()
    ]
