"""Claims and contrasts in a real browser: chosen by verdict, drawn at any width, whole without script."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import Visit
from tests.browser.opened_site import OVERFLOW, built
from tests.browser.test_views_in_a_browser import downloaded
from tests.dashboards import hostile, made_up_release


def shown(page: Page) -> list[str]:
    found: list[str] = page.locator("article.claim:visible").evaluate_all("all => all.map((each) => each.id)")
    return found


def test_every_forest_plot_is_drawn_and_named(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "context.html").as_uri()).page
    charts = page.locator(".chart")
    assert charts.count() == 4
    for place in range(charts.count()):
        assert charts.nth(place).locator(".scatterlayer .points path").count() >= 1
    assert page.get_by_text("could not be built").count() == 0
    assert page.get_by_role("img", name="Share of patients who responded, against sham").count() == 1


def test_a_verdict_is_chosen_kept_in_the_address_and_handed_on(
    browser: Browser, desk: BrowserContext, site: Path
) -> None:
    page = Visit(desk, (site / "claims.html").as_uri()).page
    assert len(shown(page)) == len(made_up_release.claims())
    page.select_option("[data-key=k]", "overstated")
    assert shown(page) == ["c01", "c05"]
    assert page.locator("[data-live]").inner_text() == "2 claims shown."
    assert page.url.endswith("#k=overstated&v=1")
    fresh = browser.new_context(offline=True)
    assert shown(Visit(fresh, page.url).page) == ["c01", "c05"]
    fresh.close()
    page.select_option("[data-key=k]", "")
    assert "#" not in page.url
    assert len(shown(page)) == len(made_up_release.claims())


@pytest.mark.parametrize(
    "part", ["k=unknown&v=1", "k=%3Cimg%20src%3Dx%3E&v=1", "k=overstated&v=2", "k=__proto__", "&&=="]
)
def test_a_hostile_address_shows_every_claim(desk: BrowserContext, site: Path, part: str) -> None:
    visit = Visit(desk, f"{(site / 'claims.html').as_uri()}#{part}")
    assert visit.complaints == []
    assert len(shown(visit.page)) == len(made_up_release.claims())


def test_a_link_to_one_claim_shows_it_whatever_was_chosen(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, f"{(site / 'claims.html').as_uri()}#k=conflated&v=1").page
    assert shown(page) == ["c02"]
    page.evaluate("window.location.hash = '#c03'")
    page.wait_for_function("() => document.querySelectorAll('article.claim:not([hidden])').length === 5")
    assert page.locator("#c03").is_visible()
    assert page.evaluate("document.getElementById('c03').getBoundingClientRect().top < window.innerHeight")


def test_d_18_without_script_every_claim_and_contrast_can_be_read(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "claims.html").as_uri())
    assert page.locator("article.claim").count() == len(made_up_release.claims())
    assert page.locator("nav.contents a").first.is_visible()
    assert not page.locator("select").first.is_visible()
    page.goto((site / "context.html").as_uri())
    page.locator("summary").first.click()
    assert page.locator("table.contrasts").first.is_visible()
    assert page.locator(".buttons").first.is_hidden()
    context.close()


@pytest.mark.parametrize(("path", "name"), [("claims.html", "claims"), ("context.html", "sham-difference")])
def test_the_rows_can_be_downloaded(desk: BrowserContext, site: Path, tmp_path: Path, path: str, name: str) -> None:
    rows = downloaded(desk, site / path, name, tmp_path / "rows.csv")
    assert len(rows) > 3
    assert {"release", "disclosure"} <= set(rows[0])


def test_hostile_words_stay_text(desk: BrowserContext, tmp_path: Path) -> None:
    site = built(tmp_path, hostile.tables())
    visit = Visit(desk, "about:blank")
    for path in ("claims.html", "context.html"):
        visit.show((site / path).as_uri())
        assert visit.complaints == [], path
        assert visit.page.evaluate("window.pwned") is None
        assert visit.page.evaluate(OVERFLOW) == 0, path
