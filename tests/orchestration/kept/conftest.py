"""What every test of kept tables starts from: a home of six clinics with nothing kept, and what is made in it."""

from collections.abc import Iterator

import pytest

from orchestration import kept, pipeline
from orchestration.pipeline import Setting
from orchestration.publishing import Made
from orchestration.settings import Home
from tests.orchestration.kept.kept_home import Seen, network_of, six_clinics, watched_steps


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with six_clinics(tmp_path_factory.mktemp("kept")) as home:
        yield home


@pytest.fixture(scope="module")
def whole(home: Home) -> tuple[Setting, Made]:
    """Every table of the home as it is when first asked for, and what they were made with."""
    setting, network = network_of(home)
    kept.forget(home)
    return setting, pipeline.network_tables(setting, network)


@pytest.fixture(autouse=True)
def nothing_kept(home: Home) -> None:
    """Each test begins without anything kept."""
    kept.forget(home)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return watched_steps(monkeypatch)
