"""The files of the repository: what may be in it, what its locks promise, and that its README is true."""

import re
import stat
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from orchestration.cli import verum
from tests.architecture.sources import PACKAGES, ROOT, modules, repository_files

LOCKS = ("requirements.lock", "requirements-uv.lock")
MEGABYTE = 1_000_000
#: The one file of others that is kept here: what draws the charts (`docs/decisions.md` 53).
LIBRARY = "dashboards/assets/plotly-basic.min.js"

#: Hosts of package registries and folders of one machine, written so as not to match themselves.
REGISTRY = re.compile(r"\b(pyp[i]|pythonhosted|npmjs|yarnpkg)\.(org|com|io)\b")
MACHINE = re.compile(r"(?<![\w.~)}])/(work|home|root|tmp)/")


def _text(place: str) -> str:
    return (ROOT / place).read_text("utf-8", errors="replace")


def test_no_file_is_large_or_a_spreadsheet() -> None:
    found = [place for place in repository_files() if not place.startswith("tests/")]
    assert [place for place in found if (ROOT / place).stat().st_size > MEGABYTE] == [LIBRARY]
    assert not [place for place in found if place.lower().endswith((".csv", ".tsv", ".xlsx", ".xls", ".parquet"))]


def test_no_file_names_a_registry_or_a_machine() -> None:
    texts = {place: _text(place) for place in repository_files()}
    assert not [place for place, text in texts.items() if REGISTRY.search(text)]
    assert not [place for place, text in texts.items() if MACHINE.search(text)]


@pytest.mark.parametrize("folder", ["home", "root", "tmp", "work"])
@pytest.mark.parametrize("text", ["see /{}/ada/x", "'/{}/x'", "(/{}/main)"])
def test_a_path_of_one_machine_is_recognised(text: str, folder: str) -> None:
    assert MACHINE.search(text.format(folder))


@pytest.mark.parametrize("text", ["./home/releases", "$(VERUM_HOME)/home/x", "site/home/page", "home/landing"])
def test_a_path_inside_the_repository_is_not_a_path_of_one_machine(text: str) -> None:
    assert not MACHINE.search(text)


# ---- locks -------------------------------------------------------------------------------------------------


def _pins(lock: str) -> dict[str, list[tuple[str, str]]]:
    """Name -> (version, the lines of its hashes), once for each version that the lock allows."""
    pins: dict[str, list[tuple[str, str]]] = {}
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", _text(lock), flags=re.MULTILINE))
    for block in blocks:
        name, version = re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", block).groups()  # type: ignore[union-attr] # must match
        pins.setdefault(canonicalize_name(name), []).append((version, block))
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_address(lock: str) -> None:
    blocks = [block for pins in _pins(lock).values() for _, block in pins]
    assert blocks
    assert not [block for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}(\s|$)", block)]
    assert "://" not in _text(lock)


def test_the_lock_holds_every_dependency_at_a_version_that_is_allowed() -> None:
    project = tomllib.loads(_text("pyproject.toml"))
    asked = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["test"]]
    asked += project["build-system"]["requires"]
    pins = _pins("requirements.lock")
    for requirement in map(Requirement, asked):
        versions = [version for version, _ in pins.get(canonicalize_name(requirement.name), [])]
        assert versions, requirement.name
        assert all(map(requirement.specifier.contains, versions)), requirement.name


def test_every_library_that_is_imported_is_declared() -> None:
    declared = {
        canonicalize_name(Requirement(line).name)
        for line in tomllib.loads(_text("pyproject.toml"))["project"]["dependencies"]
    }
    offered = packages_distributions()
    imported = {name.split(".")[0] for module in modules() for name in module.imports}
    foreign = imported - set(PACKAGES) - set(sys.stdlib_module_names) - {""}
    undeclared = {n for n in foreign if not {canonicalize_name(d) for d in offered.get(n, [])} & declared}
    assert not undeclared


# ---- the README --------------------------------------------------------------------------------------------


def _prose() -> list[str]:
    return [place for place in repository_files() if place.endswith(".md")]


@pytest.mark.parametrize("place", [*_prose(), ".ci/run"])
def test_every_make_command_that_is_named_exists(place: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", _text(place), flags=re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("place", _prose())
def test_every_verb_that_is_named_exists(place: str) -> None:
    named = set(re.findall(r"(?:^|`)verum ([a-z]+)", _text(place), flags=re.MULTILINE))
    assert named <= set(verum.commands)


@pytest.mark.parametrize("place", _prose())
def test_every_link_to_a_file_leads_somewhere(place: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", _text(place))
    assert not [target for target in targets if not ((ROOT / place).parent / target).exists()]


def test_the_readme_shows_the_two_commands() -> None:
    commands = re.findall(r"^make ([a-z]+)", _text("README.md"), flags=re.MULTILINE)
    assert commands[:2] == ["run", "test"]


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    script = ROOT / ".ci/run"
    assert re.search(r"^make test\b", script.read_text("utf-8"), flags=re.MULTILINE)
    assert script.stat().st_mode & stat.S_IXUSR


# ---- nothing reports to its maker --------------------------------------------------------------------------


def test_the_makefile_exports_one_name_per_line() -> None:
    exports = re.findall(r"^export (.*)$", _text("Makefile"), flags=re.MULTILINE)
    assert {"DAGSTER_DISABLE_TELEMETRY := 1", "GX_ANALYTICS_ENABLED := false"} <= set(exports)
    assert not [line for line in exports if line.count("=") > 1]


@pytest.mark.parametrize(
    "setting",
    [
        r"DAGSTER_DISABLE_TELEMETRY",
        r"GX_ANALYTICS_ENABLED",
        r"telemetry.{0,20}enabled.{0,5}(false|False)",
        r"showSendToCloud.{0,5}[fF]alse",
        r"allow_community_extensions|enable_external_access",
        r"autoload_known_extensions",
    ],
)
def test_every_tool_is_told_in_code_to_keep_to_itself(setting: str) -> None:
    code = [place for place in repository_files() if place.startswith(PACKAGES) and place.endswith((".py", ".js"))]
    assert [place for place in code if re.search(setting, _text(place), flags=re.DOTALL)]
