"""The installed command leaves at once: with its exit code, with all that it said, and with what it wrote in place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import cli, exit_codes

COMMAND = [sys.executable, "-c", "import sys; from orchestration.cli import command; sys.argv[0] = 'verum'; command()"]


def _ended(*asked: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *asked], capture_output=True, text=True, check=False)


def test_what_it_said_is_handed_over_whole() -> None:
    found = _ended("--help")
    assert found.returncode == cli.DONE
    assert all(f"  {name} " in found.stdout for name in cli.verum.commands)
    assert found.stderr == ""


def test_it_leaves_with_the_code_of_the_error(tmp_path: Path) -> None:
    found = _ended("run", "--home", str(tmp_path / "none" / "home"))
    assert found.returncode == cli.CONFIGURATION
    assert found.stderr.startswith("Configuration: ")


def test_where_nobody_listens_it_ends_as_python_would() -> None:
    codes = []
    for command in (COMMAND, [COMMAND[0], "-c", COMMAND[2].replace("command", "main")]):
        read, write = os.pipe()
        os.close(read)
        found = subprocess.run([*command, "releases", "--help"], stdout=write, stderr=subprocess.PIPE, check=False)
        os.close(write)
        codes.append(found.returncode)
    assert codes[0] == codes[1] != cli.DONE


def test_an_end_that_is_no_number_is_left_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended() -> None:
        sys.exit("a word")

    monkeypatch.setattr(cli, "main", ended)
    monkeypatch.setattr(exit_codes.os, "_exit", lambda code: pytest.fail(f"left with {code}"))
    with pytest.raises(SystemExit, match="a word"):
        cli.command()
