"""The whole job with networking removed: nothing is fetched, and nothing is even tried."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.sample_home import sample_home

ROOT = Path(__file__).resolve().parents[2]

#: Exit code of a process that tried to reach a network.
TRIED = 99

#: Ends the process at once, whatever it would have caught, when it looks up or connects to a host.
#: Sockets in this machine's own file system (AF_UNIX) are not a network.
WATCHED = f"""
import os, sys

def watch(event, arguments):
    looks_up = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    reaches = event in ("socket.connect", "socket.sendto") and not isinstance(arguments[1], (str, bytes))
    if looks_up or reaches:
        os.write(2, f"tried to reach a network: {{event}}\\n".encode())
        os._exit({TRIED})

sys.addaudithook(watch)
"""
VERUM = WATCHED + "from orchestration.cli import main\nmain()\n"


def test_the_sample_network_is_run_without_a_network(tmp_path: Path) -> None:
    assert _offline(tmp_path, VERUM, "sample", "d").returncode == 0
    run = _offline(tmp_path, VERUM, "run", "--home", "d")
    assert run.returncode in (0, 3), run.stdout + run.stderr
    current = tmp_path / "d/releases/current"
    assert (current / "site/index.html").stat().st_size > 0
    assert current.resolve().name == sample_home().current.resolve().name, "as many threads as there are, or one"


def test_what_dagster_shows_is_loaded_without_a_network(tmp_path: Path) -> None:
    loaded = _offline(tmp_path, WATCHED + "import orchestration.definitions\n")
    assert loaded.returncode == 0, loaded.stderr


@pytest.mark.parametrize("attempt", ["s.getaddrinfo('example.invalid', 80)", "s.socket().connect(('127.0.0.1', 9))"])
def test_an_attempt_would_be_seen(tmp_path: Path, attempt: str) -> None:
    swallowed = f"import socket as s\ntry:\n    {attempt}\nexcept OSError:\n    pass\n"
    assert _offline(tmp_path, WATCHED + swallowed).returncode == TRIED


def _offline(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT), "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERUM", "POLARS_MAX_THREADS"))}
    return subprocess.run(
        [*_without_network(), sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=kept | own,
        capture_output=True,
        text=True,
        check=False,
    )


def _without_network() -> list[str]:
    """What removes networking from a command here; nothing where the kernel does not let this user do so."""
    if shutil.which("unshare"):
        for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
            if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
                return command
    return []
