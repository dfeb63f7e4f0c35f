"""`verum ui`: telemetry is off, only this machine is answered, a newcomer gets a release, nothing is left running."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration import release, web
from orchestration.lock import AnotherRunIsActive
from orchestration.settings import ConfigurationError, Home
from tests.orchestration.small_network import write_small_network

#: A test that waits longer has failed; nothing is measured.
PATIENCE = 300

LAUNCH = """mutation { launchRun(executionParams: {mode: "default", selector: {pipelineName: "everything",
repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"}})
{ __typename ... on LaunchRunSuccess { run { runId } } } }"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_small_network(tmp_path / "home")
    return Home.at(tmp_path / "home")


def test_dagster_reads_that_telemetry_is_off(home: Home) -> None:
    web.prepare(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 1
    assert stat.S_IMODE(home.dagster.stat().st_mode) == 0o700


@pytest.mark.parametrize("written", ["", "telemetry:\n  enabled: true\n", "nux:\n  enabled: false\n"])
def test_settings_that_leave_telemetry_on_are_refused(home: Home, written: str) -> None:
    web.prepare(home)
    (home.dagster / "dagster.yaml").write_text(written, "utf-8")
    with pytest.raises(ConfigurationError, match="telemetry is not switched off"):
        web.prepare(home)


def test_settings_of_ones_own_are_kept(home: Home) -> None:
    web.prepare(home)
    own = "telemetry:\n  # never\n  enabled: false\nretention:\n  sensor:\n    purge_after_days: 1\n"
    (home.dagster / "dagster.yaml").write_text(own, "utf-8")
    web.prepare(home)
    assert (home.dagster / "dagster.yaml").read_text("utf-8") == own


def test_dagster_s_processes_are_told_of_the_home_by_absolute_paths(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERUM_KEY_FILE", "keys/mine")
    told = web.environment(home)
    assert (told["VERUM_HOME"], told["DAGSTER_HOME"]) == (str(home.root), str(home.root / "dagster"))
    assert told["VERUM_KEY_FILE"] == str(Path("keys/mine").resolve())
    assert told["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_the_page_answers_this_machine_only() -> None:
    page = list(web.commands(3000)["page"])
    assert page[page.index("-h") + 1] == "127.0.0.1"


def test_a_run_that_was_under_way_when_dagster_ended_is_called_failed(home: Home) -> None:
    web.prepare(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        run = instance.add_run(dg.DagsterRun(job_name="everything", status=dg.DagsterRunStatus.STARTED))
    assert (web.close_interrupted_runs(home), web.close_interrupted_runs(home)) == (1, 0)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.status == dg.DagsterRunStatus.FAILURE


# --- the real thing, once -----------------------------------------------------------------------------------


class Page:
    """`verum ui` in a process of its own, and what it says."""

    def __init__(self, home: Home, port: int, key: Path) -> None:
        self.port = port
        verum = [sys.executable, "-c", "from orchestration.cli import main; main()"]
        self.process = subprocess.Popen(
            [*verum, "ui", "--home", str(home.root), "--port", str(port)],
            env=os.environ | {"VERUM_KEY_FILE": str(key)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def until(self, said: str) -> None:
        """Reads its lines until one holds `said`."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if said in line:
                return
        raise AssertionError("".join(lines))

    def ask(self, query: str) -> Any:
        """Dagster's answer to a GraphQL query, as its page asks."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["data"]

    def end(self) -> int:
        """Ends it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@pytest.fixture
def page(home: Home, tmp_path: Path) -> Iterator[Page]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = Page(home, port, tmp_path / "key")
    yield opened
    if opened.process.poll() is None:
        opened.end()


def test_a_newcomer_materialises_everything_and_nothing_is_left_running(page: Page, home: Home) -> None:
    page.until(f"Dagster: http://127.0.0.1:{page.port} shows every table")
    with pytest.raises(AnotherRunIsActive, match="Dagster is open on"):
        web.serve(home, page.port)
    assert page.ask(LAUNCH)["launchRun"]["__typename"] == "LaunchRunSuccess"
    assert _ending(page) == "SUCCESS"
    now = release.current(home)
    assert now is not None
    assert now.index.is_file()
    assert page.ask("{ instance { info } }")["instance"]["info"].count("telemetry:\n  enabled: false") == 1
    assert _processes_of(home)
    assert page.end() == 0
    assert not _processes_of(home)


def _ending(page: Page) -> str:
    query = '{ runsOrError(filter: {pipelineName: "everything"}) { ... on Runs { results { status } } } }'
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        (status,) = {run["status"] for run in page.ask(query)["runsOrError"]["results"]}
        if status in ("SUCCESS", "FAILURE", "CANCELED"):
            return str(status)
        time.sleep(0.5)
    return "never"


def _processes_of(home: Home) -> list[int]:
    """Processes whose environment names the home as Dagster's; only Linux shows it."""
    mark = f"DAGSTER_HOME={home.dagster}\0".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in place.read_bytes():
                found.append(int(re.findall(r"\d+", str(place))[0]))
        except OSError:
            continue
    return found
