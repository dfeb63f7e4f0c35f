"""What tests of pages start from: the made-up release read once, its site built once, and a hostile one."""

from pathlib import Path

import pytest

from dashboards.layout import Release, release
from dashboards.marts import Marts, read
from tests.dashboards import hostile, made_up_release
from tests.dashboards.built_site import built


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """The made-up release's tables."""
    return read(made_up_release.write(tmp_path_factory.mktemp("marts") / "marts.duckdb", made_up_release.tables()))


@pytest.fixture(scope="session")
def stands(marts: Marts) -> Release:
    """What holds for every page of it."""
    return release(marts, "made-up")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site; tests look at it and change nothing."""
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


@pytest.fixture(scope="session")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a release whose every free text is a payload."""
    return built(tmp_path_factory.mktemp("hostile"), hostile.tables())


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a release whose every table is empty."""
    return built(tmp_path_factory.mktemp("empty"), {name: [] for name in made_up_release.tables()})
