"""Verum's real path, run as people run it: `verum run` on a home of its own, and stage by stage in one process.

    python -m benchmarks.verum_runs HOME RESULT

walks the stages of one run on HOME and writes the seconds of each to RESULT. The stages are those of the pipeline's own
`run`, in its order; nothing of it is replaced.
"""

import json
import shutil
import sys
import time
from pathlib import Path

from benchmarks.measuring import Measured, measure

#: What `verum run` may end with here: a release was published; so it was, but a file was refused; nothing was new.
PUBLISHED, PUBLISHED_SOME_REFUSED, NOTHING_NEW = 0, 3, 2
_VERB = "import sys; from orchestration.cli import command; sys.argv[0] = 'verum'; command()"


def fresh_home(workload: Path, home: Path) -> Path:
    """A home that has never run, with copies of the workload's contracts, words and landing files."""
    shutil.rmtree(home, ignore_errors=True)
    for part in ("contracts", "vocabulary"):
        shutil.copytree(workload / part, home / part)
    shutil.copytree(workload / "landing", home / "landing")
    return home


def environment(folder: Path) -> dict[str, str]:
    """What a run needs to know: a key of the benchmark's own, outside of every home."""
    return {"VERUM_KEY_FILE": str(folder / "key")}


def run(home: Path, folder: Path) -> Measured:
    """What one `verum run` on `home` cost; raises `RuntimeError` where it neither published nor found nothing new."""
    log = folder / "verum.log"
    command = [sys.executable, "-c", _VERB, "run", "--home", str(home)]
    cost = measure(command, log=log, environment=environment(folder))
    if cost.code not in (PUBLISHED, PUBLISHED_SOME_REFUSED, NOTHING_NEW):
        said = log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"verum run ended with {cost.code} on {home}; its last words:\n{said}")
    return cost


def stages(home: Path, folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds of wall clock and CPU of each stage of one run on `home`, by its name, in order."""
    result = folder / "stages.json"
    command = [sys.executable, "-m", "benchmarks.verum_runs", str(home), str(result)]
    cost = measure(command, log=folder / "stages.log", environment=environment(folder))
    if cost.code:
        raise RuntimeError(f"the stages ended with {cost.code}: {(folder / 'stages.log').read_text('utf-8')[-2000:]}")
    found: dict[str, tuple[float, float]] = {
        name: (wall, cpu) for name, (wall, cpu) in json.loads(result.read_text("utf-8")).items()
    }
    return found


class _Clock:
    """Seconds since the last lap, by the name of the stage that ended."""

    def __init__(self) -> None:
        self.laps: dict[str, tuple[float, float]] = {}
        self.wall, self.cpu = time.perf_counter(), 0.0  # what the interpreter used to start counts as importing
        self.stage = "import"

    def lap(self, next_stage: str) -> None:
        """Ends a stage and begins another."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.laps[self.stage] = (wall - self.wall, cpu - self.cpu)
        self.wall, self.cpu, self.stage = wall, cpu, next_stage


def _walk(place: str) -> dict[str, tuple[float, float]]:
    clock = _Clock()
    from orchestration import pipeline, publishing  # noqa: PLC0415 - importing is the first stage
    from orchestration.garbage import seldom_collected  # noqa: PLC0415
    from orchestration.lock import one_run_at_a_time  # noqa: PLC0415
    from orchestration.report import Report  # noqa: PLC0415
    from orchestration.settings import Home  # noqa: PLC0415

    home = Home.at(place)
    home.prepare()
    with one_run_at_a_time(home), seldom_collected():
        clock.lap("receive")
        report = Report(received=len(pipeline.receive(home).new))
        clock.lap("settings")
        setting = pipeline.Setting.of(home)
        clock.lap("reading")
        network = pipeline.update_sources(setting, report, tell=lambda _: clock.lap("computing"))
        clock.lap("network tables")
        tables = pipeline.network_tables(setting, network)
        clock.lap("marts")
        publishing.build_release(home, tables)
        clock.lap("site")
        publishing.publish_release(home, report, tables)
    clock.lap("")
    return clock.laps


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(_walk(sys.argv[1])), "utf-8")
