"""Pages of outcomes in a real browser: each has an address of its own, which the list, Back and other pages lead to."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import Visit
from tests.browser.opened_site import sliced
from tests.browser.test_views_in_a_browser import downloaded


def strips(site: Path) -> list[str]:
    """The keys of the pages of rules, the first of them on the page that lists them."""
    return re.findall(r'<option value="([^"]+)"', (site / "rules.html").read_text("utf-8").partition("</select>")[0])


def test_a_choice_leads_to_its_own_page_with_the_clinic_and_back_returns(desk: BrowserContext, site: Path) -> None:
    first, second, *_ = strips(site)
    visit = Visit(desk, (site / "rules.html").as_uri())
    visit.page.select_option("[data-key=o]", second)
    visit.page.wait_for_url(f"**/rules/{second}.html")
    visit.drawn()
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == second
    assert visit.page.locator("[data-key=o]").input_value() == second
    visit.page.go_back()
    visit.page.wait_for_url("**/rules.html")
    visit.drawn()
    assert visit.page.locator("[data-key=o]").input_value() == first
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == first
    assert visit.complaints == []


def test_an_address_that_names_an_outcome_leads_to_its_page(desk: BrowserContext, site: Path) -> None:
    first, second, *_ = strips(site)
    visit = Visit(desk, f"{(site / 'rules.html').as_uri()}#o={second}&c=riverside&v=1")
    visit.page.wait_for_url(f"**/rules/{second}.html#c=riverside&v=1")
    visit.page.goto(f"{(site / 'rules' / f'{second}.html').as_uri()}#o={first}&v=1")
    visit.page.wait_for_url("**/rules.html")
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == first


@pytest.mark.parametrize(
    "part", ["o=../../evil&v=1", "o=constructor&c=%3Csvg%3E&v=1", "o=%E0%A4%A&c=__proto__,x%22&v=1"]
)
def test_a_hostile_address_leads_nowhere(desk: BrowserContext, site: Path, part: str) -> None:
    _, second, *_ = strips(site)
    place = (site / "rules" / f"{second}.html").as_uri()
    visit = Visit(desk, f"{place}#{part}")
    assert visit.page.url.startswith(place)
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == second
    assert visit.complaints == []


def test_d_18_without_script_plain_links_lead_to_every_outcome_and_back(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "rules.html").as_uri())
    links = page.locator("[data-contents] a:visible")
    assert links.count() == len(strips(site))
    links.nth(1).click()
    assert page.url.endswith(f"/rules/{strips(site)[1]}.html")
    assert page.locator("table").first.is_visible() or page.locator("details.table").first.is_visible()
    page.get_by_text(f"All {len(strips(site))} of these pages").click()
    assert page.url.endswith("/rules.html")
    context.close()


def test_rows_that_wait_in_a_slice_of_their_own_are_handed_out_cell_for_cell(
    desk: BrowserContext, site: Path, tmp_path: Path
) -> None:
    rows = downloaded(desk, site / "trends.html", "trends", tmp_path / "rows.csv")
    name = re.search(r'data-rows="([^"]+)"', (site / "trends.html").read_text("utf-8"))
    assert name
    told = sliced(site, name[1])["downloads"]["trends"]["rows"]
    assert len(rows) == 1 + len(told)
    for row, expected in zip(rows[1:], told, strict=True):
        for cell, value in zip(row, expected, strict=False):
            assert cell == "" if value is None else cell == value if isinstance(value, str) else float(cell) == value


def test_d_03_a_picture_of_small_charts_can_be_taken(desk: BrowserContext, site: Path, tmp_path: Path) -> None:
    page = Visit(desk, (site / "trends.html").as_uri()).page
    with page.expect_download() as download:
        page.locator("[data-png=trends]:visible").click()
    download.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
