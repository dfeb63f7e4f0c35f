"""Dagster's web page and its daemon on this machine, for one home: started together, and stopped together.

What the page shows is `orchestration.definitions`. Nothing here opens a connection; the page answers this machine only.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from orchestration.lock import AnotherRunIsActive
from orchestration.settings import NO_TELEMETRY, ConfigurationError, Home

HOST = "127.0.0.1"
SECONDS_TO_END = 15
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_BETWEEN_LOOKS = 0.3

#: Dagster's own settings for a home: no reports to its maker, one run at a time, no copies of what steps print.
DAGSTER_YAML = """\
# Written by `verum ui`; yours to change, but for telemetry, which stays off.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  sensor:
    purge_after_days:
      skipped: 7
      failure: 90
      success: 90
"""
TELEMETRY_IS_OFF = re.compile(r"^telemetry:\s*(#.*)?\n(\s*#.*\n)*\s+enabled:\s*false\b", re.MULTILINE)


def serve(home: Home, port: int) -> None:
    """Opens Dagster on `home` at 127.0.0.1 and `port`, says where, and returns when told to end (Ctrl-C, SIGTERM).

    Raises `ConfigurationError` where Dagster cannot start, or telemetry was switched on in the home's `dagster.yaml`.
    """
    prepare(home)
    with _once(home), _ending_on_request():
        click.echo(f"Opening Dagster on {home.root} (about ten seconds) ...")
        close_interrupted_runs(home)
        _watch(home, port)


def _watch(home: Home, port: int) -> None:
    with _started(home, port) as (page, daemon):
        if _answers(home, page):
            click.echo(f"Dagster: http://{HOST}:{port} shows every table of {home.root}. Ctrl-C ends it.")
        while page.poll() is None and daemon.poll() is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise ConfigurationError(_why_it_ended(home, "page" if page.poll() is not None else "daemon"))


def prepare(home: Home) -> None:
    """Makes the home's folders, and Dagster's own with its settings; raises `ConfigurationError` if telemetry is on."""
    home.prepare()
    home.dagster.mkdir(mode=0o700, exist_ok=True)
    written = home.dagster / "dagster.yaml"
    if not written.is_file():
        written.write_text(DAGSTER_YAML, "utf-8")
    elif not TELEMETRY_IS_OFF.search(written.read_text("utf-8")):
        raise ConfigurationError(
            f"{written}: telemetry is not switched off. Write `telemetry:` and below it `  enabled: false`, "
            "or remove the file to have it written anew."
        )


def close_interrupted_runs(home: Home) -> int:
    """Marks runs as failed that were under way when the page was last ended, and says how many there were.

    Dagster would wait for them, and start no other.
    """
    import dagster as dg  # noqa: PLC0415 - the command line starts without Dagster

    of_a_process = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        interrupted = instance.get_runs(dg.RunsFilter(statuses=of_a_process))
        for run in interrupted:
            instance.report_run_failed(run, "Dagster was ended while this run was under way. The last release stands.")
    return len(interrupted)


@contextmanager
def _once(home: Home) -> Iterator[None]:
    """One Dagster for a home: a lock that the kernel releases when this process ends."""
    with (home.dagster / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherRunIsActive(f"Dagster is open on {home.root} already; end that one first") from None
        yield


def environment(home: Home) -> dict[str, str]:
    """What Dagster's processes are told of this home; paths are absolute, for they start in another folder."""
    ours = {"VERUM_HOME": str(home.root), "DAGSTER_HOME": str(home.dagster), **NO_TELEMETRY}
    key = os.environ.get("VERUM_KEY_FILE")
    if key:
        ours["VERUM_KEY_FILE"] = str(Path(key).resolve())
    places = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, **ours, "PYTHONPATH": os.pathsep.join(filter(None, places))}


def commands(port: int) -> dict[str, Sequence[str]]:
    """The two programs that Dagster's packages bring: the page, and the daemon for queue, sensor and schedule."""
    definitions = ["-m", "orchestration.definitions"]
    daemon = Path(sysconfig.get_path("scripts")) / "dagster-daemon"
    page = [sys.executable, "-m", "dagster_webserver", "-h", HOST, "-p", str(port), "--uvicorn-log-level", "info"]
    return {
        "page": [*page, *definitions],
        "daemon": [str(daemon), "run", *definitions],
    }


@contextmanager
def _started(home: Home, port: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in commands(port).items():
            running.append(_start(home, name, command, environment(home)))
        yield running
    finally:
        _end(running)


def _start(home: Home, name: str, command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Each is the head of a session of its own: its children end with it, and Ctrl-C reaches us alone."""
    with _log(home, name).open("wb") as log:
        return subprocess.Popen(
            command, cwd=home.dagster, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Asks every session to end, waits, and then ends what is left of it; a second Ctrl-C does not hurry it."""
    before = {wanted: signal.signal(wanted, signal.SIG_IGN) for wanted in ENDED_BY}
    try:
        _end_all(running)
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)


def _end_all(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for one in running:
        _signal(one, signal.SIGTERM)
    until = time.monotonic() + SECONDS_TO_END
    for one in running:
        try:
            one.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    for one in running:
        _signal(one, signal.SIGKILL)
        one.wait()


def _signal(one: subprocess.Popen[bytes], wanted: signal.Signals) -> None:
    try:
        os.killpg(one.pid, wanted)
    except ProcessLookupError:
        return


@contextmanager
def _ending_on_request() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal leave the block quietly."""
    before = {wanted: signal.signal(wanted, _interrupt) for wanted in ENDED_BY}
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Dagster has ended.")
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _answers(home: Home, page: subprocess.Popen[bytes]) -> bool:
    """Waits until the page's log says that it answers; false if it ended instead."""
    while page.poll() is None:
        if b"Uvicorn running on" in _log(home, "page").read_bytes():
            return True
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return False


def _log(home: Home, name: str) -> Path:
    return home.dagster / f"{name}.log"


def _why_it_ended(home: Home, name: str) -> str:
    log = _log(home, name)
    if b"address already in use" in log.read_bytes().lower():
        return "The port is taken by another program. Name another one: verum ui --port 3001"
    return f"Dagster's {name} ended by itself; what it said is in {log}"
