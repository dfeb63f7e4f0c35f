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
    with chromium("--process-per-site") as found:  # the tabs of a window share a process, which knows the scripts
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


@pytest.fixture(scope="module")
def window(browser: Browser, site: Path) -> Iterator[BrowserContext]:
    """A window with a tab that stays open, so that the process that draws its pages does."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    context.new_page().goto((site / "index.html").as_uri())
    yield context
    context.close()


@pytest.fixture
def desk(window: BrowserContext) -> Iterator[BrowserContext]:
    """The window, in which a test opens tabs of its own; what pages stored for the next one is gone afterwards."""
    yield window
    stays, *opened = window.pages
    for page in opened:
        page.close()
    stays.evaluate("localStorage.clear()")
