"""What the architecture tests look at: the repository's files, and its modules as syntax trees; no test."""

import ast
import os
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "transforms", "orchestration", "dashboards")


@dataclass(frozen=True)
class Module:
    """One of our own modules, read but not imported."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Where it is, from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def imports(self) -> set[str]:
        """Every absolute name that it imports anywhere, inside functions and for type checkers too."""
        names = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        return names


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the four packages, in order of its path."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    texts = [path.read_text("utf-8") for path in paths]
    return tuple(Module(path, text, ast.parse(text)) for path, text in zip(paths, texts, strict=True))


@cache
def repository_files() -> tuple[str, ...]:
    """The path of every file that belongs to the repository: all but git's own and what .gitignore names."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()] + [".git"]
    found: list[str] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not any(fnmatch(name, pattern) for pattern in ignored)]
        names = [name for name in files if not any(fnmatch(name, pattern) for pattern in ignored)]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]
    return tuple(sorted(found))
