"""What every browser test starts from: a Chromium, one built site, one desk-sized window without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import chromium
from tests.browser.opened_site import built
from tests.dashboards import made_up_release


def pytest_addoption(parser: pytest.Parser) -> None:
    asked = parser.getgroup("pages in a browser")
    asked.addoption("--every-setting", action="store_true", help="see every page at every width and in every theme")
    asked.addoption("--accept-layout", action="store_true", help="write down where everything stands now")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: it keeps an event loop running, and other tests of this process start their own.
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    yield context
    context.close()
