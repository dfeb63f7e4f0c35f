"""One run at a time: a lock that ends with the process that holds it, however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.lock import AnotherRunIsActive, one_run_at_a_time
from orchestration.settings import Home

HOLDER = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a shell may have started the tests with it ignored
from orchestration.lock import one_run_at_a_time
from orchestration.settings import Home
with one_run_at_a_time(Home.at(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "home")
    made.prepare()
    return made


def holder(home: Home) -> "subprocess.Popen[str]":
    """Another process that holds the lock of a home."""
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ) | {"PYTHONPATH": root},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_which_process_holds_the_lock_and_since_when(home: Home) -> None:
    with holder(home) as process:
        with pytest.raises(AnotherRunIsActive) as busy, one_run_at_a_time(home):
            pass
        process.kill()
    message = str(busy.value)
    assert f"process {process.pid}, since 20" in message
    assert "wait for it or stop it" in message


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_killed_run_is_free_at_once(home: Home, end: signal.Signals) -> None:
    with holder(home) as process:
        process.send_signal(end)
        process.wait()
        with one_run_at_a_time(home):
            assert json.loads(home.lock.read_text("utf-8"))["process"] == os.getpid()


def test_a_run_that_fails_gives_the_lock_back(home: Home) -> None:
    with pytest.raises(RuntimeError, match="broken"), one_run_at_a_time(home):
        raise RuntimeError("broken")
    with one_run_at_a_time(home):
        assert home.lock.is_file()


def test_within_one_process_too_a_second_run_has_to_wait(home: Home) -> None:
    with one_run_at_a_time(home), pytest.raises(AnotherRunIsActive), one_run_at_a_time(home):
        pass


def test_two_homes_do_not_wait_for_each_other(home: Home, tmp_path: Path) -> None:
    other = Home.at(tmp_path / "other")
    other.prepare()
    with one_run_at_a_time(home), one_run_at_a_time(other):
        assert home.lock != other.lock


@pytest.mark.parametrize("left", ["", '{"process": 1'])
def test_what_an_old_lock_file_says_does_not_matter(home: Home, left: str) -> None:
    home.lock.write_text(left, "utf-8")
    with one_run_at_a_time(home):
        assert json.loads(home.lock.read_text("utf-8"))["process"] == os.getpid()
    with one_run_at_a_time(home):
        home.lock.write_text(left, "utf-8")
        with pytest.raises(AnotherRunIsActive, match="process unknown"), one_run_at_a_time(home):
            pass
