"""Pages printed by a real browser: what stands in the PDF, on which sheet, and that the screen comes back."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from dashboards import theme
from tests.browser.chromium import Visit
from tests.browser.opened_site import rgb

#: What a reader of paper needs: the sentence of the page, and of every figure its title and what it shows.
TAKEAWAYS = """() => [...document.querySelectorAll('h1, .figure > h3, .figure > .summary')]
    .filter((each) => each.checkVisibility()).map((each) => each.textContent)"""
FIGURES = """() => [...document.querySelectorAll('.figure')]
    .filter((each) => each.checkVisibility() && each.querySelector('.chart'))
    .map((each) => ['h3', '.summary'].map((part) => each.querySelector(part).textContent))"""
PAGES = ("benchmark.html", "trends.html", "clinics/riverside.html")


@pytest.fixture(scope="module", params=PAGES)
def printed(request: pytest.FixtureRequest, browser: Browser, site: Path) -> Iterator[tuple[Visit, list[str]]]:
    """A page that was dark on the screen, and the words of each of its sheets."""
    context = browser.new_context(color_scheme="dark", viewport={"width": 1200, "height": 900}, offline=True)
    visit = Visit(context, (site / request.param).as_uri())
    sheets = PdfReader(BytesIO(visit.page.pdf(format="A4"))).pages
    yield visit, [plain(sheet.extract_text()) for sheet in sheets]
    context.close()


def plain(text: str) -> str:
    """Without white space, which a PDF does not keep, and without ligatures, which it makes."""
    return re.sub(r"\s", "", normalize("NFKC", text))


def test_d_11_every_takeaway_stands_in_the_pdf(printed: tuple[Visit, list[str]]) -> None:
    visit, sheets = printed
    told: list[str] = visit.page.evaluate(TAKEAWAYS)
    assert len(told) >= 3
    assert [each for each in told if plain(each) not in "".join(sheets)] == []


def test_d_11_every_figure_is_on_one_sheet_with_its_title_and_its_summary(printed: tuple[Visit, list[str]]) -> None:
    visit, sheets = printed
    figures: list[Any] = visit.page.evaluate(FIGURES)
    assert figures
    for title, summary in figures:
        assert [sheet for sheet in sheets if plain(title) in sheet and plain(summary) in sheet], title


def test_d_11_tables_are_open_on_paper_and_as_before_on_the_screen(printed: tuple[Visit, list[str]]) -> None:
    visit, sheets = printed
    heads = visit.page.locator("details.table:visible thead").first.text_content() or ""
    assert plain(heads) in "".join(sheets)
    visit.settled("dark")
    ground = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == rgb(theme.DARK["background"])


def test_d_11_addresses_are_written_out(browser: Browser, site: Path) -> None:
    context = browser.new_context(offline=True)
    visit = Visit(context, (site / "evidence" / "gerac-2007.html").as_uri())
    sheets = PdfReader(BytesIO(visit.page.pdf(format="A4"))).pages
    assert "(https://doi.org/" in plain("".join(sheet.extract_text() for sheet in sheets))
    context.close()
