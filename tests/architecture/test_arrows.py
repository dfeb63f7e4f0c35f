"""Who may import whom: the layers, and the few modules that may know a large library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.tables import TABLES
from tests.architecture.sources import PACKAGES, ROOT, Module, modules

#: The only places that may import a library; everything else of ours must do without it.
AT_HOME: dict[str, tuple[str, ...]] = {
    "dagster": ("orchestration/",),
    "great_expectations": ("orchestration/suites.py",),
    "duckdb": ("orchestration/", "dashboards/marts.py"),
    "pandas": ("orchestration/suites.py",),
    "plotly": ("dashboards/",),
    "jinja2": ("dashboards/",),
    "click": ("orchestration/",),
    "rich": ("orchestration/",),
}

#: Nothing of ours talks to a network; Dagster's page on this machine is Dagster's own.
NETWORK = {
    "socket",
    "http.client",
    "urllib.request",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
}


def test_arrows_point_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    judged = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout
    assert "0 broken" in judged.stdout


@pytest.mark.parametrize("library", AT_HOME)
def test_a_large_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    users = {module.place for module in modules() if any(_belongs(name, library) for name in module.imports)}
    strangers = {place for place in users if not place.startswith(AT_HOME[library])}
    assert not strangers


def test_nothing_of_ours_imports_a_network_library() -> None:
    found = {
        (module.place, library)
        for module in modules()
        for library in NETWORK
        if any(_belongs(name, library) for name in module.imports)
    }
    assert not found


def test_no_transform_imports_another_step() -> None:
    steps = {f"transforms.{module.path.stem}" for module in modules() if _is_step(module)}
    assert len(steps) > 3
    found = {
        (module.place, name)
        for module in modules()
        for name in module.imports
        if _is_step(module) and any(_belongs(name, step) for step in steps)
    }
    assert not found


@pytest.mark.parametrize("heavy", ["dagster", "great_expectations", "pandas"])
def test_the_command_line_starts_without_heavy_libraries(heavy: str) -> None:
    asked = f"import orchestration.cli, orchestration.pipeline, sys; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0


def test_every_package_is_one_of_ours() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found == set(PACKAGES)


def _belongs(name: str, library: str) -> bool:
    return name == library or name.startswith(f"{library}.")


def _is_step(module: Module) -> bool:
    """Whether the module makes the table that it is named after, in a function of that name."""
    functions = {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef)}
    return module.path.parent.name == "transforms" and module.path.stem in functions & set(TABLES)
