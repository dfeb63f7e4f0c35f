"""The interpreter that each peer runs in: our own where its packages are ours too, else one made for it, once.

Packages are those of `peers/requirements-*.txt`, each checked by its hash. What is made lies below `build/`.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import ROOT

ENVIRONMENTS = ROOT / "build/benchmarks/environments"
REQUIREMENTS = ROOT / "benchmarks/peers"


class CannotBeInstalled(Exception):
    """A peer is skipped: why, in a few words."""


def interpreter(name: str, program: str = "") -> Path:
    """The interpreter of an environment; '' is our own. `program` must be on this machine already.

    Raises `CannotBeInstalled`.
    """
    if program and not shutil.which(program):
        raise CannotBeInstalled(f"needs {program}, which is not on this machine")
    if not name:
        return Path(sys.executable)
    wanted = REQUIREMENTS / f"requirements-{name}.txt"
    folder = ENVIRONMENTS / f"{name}-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]}"
    if not (folder / "ready").exists():
        _make(folder, wanted)
    return folder / "bin/python"


def _make(folder: Path, wanted: Path) -> None:
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if found is None:
        raise CannotBeInstalled("needs uv, which is not on this machine")
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin/python")
    _call(found, "venv", "-q", "--python", sys.executable, str(folder))
    _call(
        found, "pip", "install", "-q", "--compile-bytecode", "--require-hashes", "--python", python, "-r", str(wanted)
    )
    (folder / "ready").touch()


def _call(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise CannotBeInstalled(f"could not be installed: {said[-1] if said else 'no reason given'}")
