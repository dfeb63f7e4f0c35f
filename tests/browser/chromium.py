"""The browser that the tests drive: the system's Chromium, told to talk to nobody. No test lives here."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> str:
    """Where Chromium is; the test fails with the next step where there is none."""
    named = (shutil.which(name) for name in NAMES)
    found = os.environ.get("VERUM_CHROMIUM") or next((place for place in named if place), None)
    if not found or not Path(found).is_file():
        pytest.fail(
            "No Chromium was found, so the pages cannot be tested in a real browser. "
            "Run `make browser` to install one, or set VERUM_CHROMIUM to the program's path.",
            pytrace=False,
        )
    return found


FORBIDDEN = """document.addEventListener('securitypolicyviolation',
    (event) => console.error(`forbidden: ${event.violatedDirective} ${event.blockedURI}`));"""
SETTLED = """(scheme) => [...document.querySelectorAll('.chart')].every((chart) => {
    if (chart.offsetParent === null || chart.querySelector('.failed')) return true;
    const drawing = chart.querySelector('svg.main-svg');
    const size = window.matchMedia('(max-width: 760px)').matches ? 'narrow' : 'wide';
    const high = parseFloat(getComputedStyle(chart).getPropertyValue(`--${size}`));
    return drawing && chart.dataset.drawn === scheme && chart.dataset.size === size
        && Math.abs(drawing.clientHeight - high) < 1 && Math.abs(drawing.clientWidth - chart.clientWidth) < 1;
})"""


@contextmanager
def chromium(*further: str) -> Iterator[Browser]:
    """A headless Chromium without a profile, closed at the end; `further` is what else it is told."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), headless=True, args=[*QUIET, *further])
        yield browser
        browser.close()


class Visit:
    """A tab that shows a page from a folder, with everything that the page complained about and asked for."""

    complaints: list[str]
    requests: list[str]

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.add_init_script(script=FORBIDDEN)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("request", self._asked)
        self.show(address)

    def show(self, address: str) -> None:
        """Opens a page, in the same tab if it is another one: a tab of its own costs more than most pages do."""
        self.complaints, self.requests = [], []  # those of the page before stay with whoever holds them
        self.page.goto(address)
        self.drawn()

    def drawn(self) -> None:
        """Waits until every figure in view is drawn, or says why not."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('.chart')]
                .filter((chart) => chart.offsetParent !== null)
                .every((chart) => chart.dataset.drawn || chart.querySelector('.failed'))""",
            timeout=60_000,
        )

    def settled(self, scheme: str) -> None:
        """Waits until every figure in view is drawn in this theme and as wide and high as its place."""
        self.page.wait_for_function(SETTLED, arg=scheme, timeout=60_000)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)
