"""What a command costs: wall clock, CPU of its whole tree of processes, and the most memory that the tree held.

    python -m benchmarks.measuring RESULT COMMAND ...

A process of its own watches each command, so that nothing of the benchmark is counted. It adopts what the command
leaves behind (Spark's virtual machine, say), and waits for it. Linux only: memory is read from /proc.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS_BETWEEN_LOOKS = 0.05
_BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <sys/prctl.h>
_PARENT, _RESIDENT = 1, 21  # fields of /proc/PID/stat, counted from the state


@dataclass(frozen=True)
class Measured:
    """Seconds of wall clock, seconds of CPU (user and system, whole tree), most bytes resident, and the exit code."""

    wall: float
    cpu: float
    peak: int
    code: int


def measure(command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> Measured:
    """What `command` cost, run from the root of the repository; what it says goes to `log`."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", suffix=".json") as result, log.open("wb") as said:
        watcher = [sys.executable, "-m", "benchmarks.measuring", result.name, *command]
        # Whoever forbids Python to keep what it has compiled would let only the tools that run from source pay for it.
        wanted = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "", **(environment or {})}
        subprocess.run(watcher, cwd=ROOT, env=wanted, stdout=said, stderr=said, check=True)
        return Measured(**json.loads(Path(result.name).read_text("utf-8")))


def watch(command: Sequence[str]) -> Measured:
    """Runs `command` and waits for it and for whatever it leaves behind; the wall clock stops when it ends itself."""
    ctypes.CDLL(None).prctl(_BECOME_SUBREAPER, 1, 0, 0, 0)
    peak, over = [0], threading.Event()
    looking = threading.Thread(target=_look, args=(peak, over), daemon=True)
    looking.start()
    began = time.perf_counter()
    started = os.posix_spawnp(command[0], list(command), os.environ)
    wall, cpu, code = 0.0, 0.0, 1
    while True:
        try:
            ended, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            break
        cpu += used.ru_utime + used.ru_stime
        peak[0] = max(peak[0], used.ru_maxrss * 1024)
        if ended == started:
            wall, code = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
    over.set()
    looking.join()
    return Measured(wall, cpu, peak[0], code)


def _look(peak: list[int], over: threading.Event) -> None:
    while not over.wait(SECONDS_BETWEEN_LOOKS):
        peak[0] = max(peak[0], _resident_below(os.getpid()))


def _resident_below(root: int) -> int:
    """Bytes resident in all descendants of a process; pages that two of them share count twice."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - every look counts, and a Path for each process is slow
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
            except OSError:
                continue  # it has ended meanwhile
            parents[int(name)], pages[int(name)] = int(fields[_PARENT]), int(fields[_RESIDENT])
    family = {root}
    while found := {one for one, parent in parents.items() if parent in family and one not in family}:
        family |= found
    return sum(pages[one] for one in family - {root}) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    measured = watch(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(asdict(measured)), "utf-8")
