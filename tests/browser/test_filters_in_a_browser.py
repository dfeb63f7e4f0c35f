"""Filters, search and the age of the data in a real browser; what is chosen is in the address, and nonsense is not."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import Visit
from tests.browser.opened_site import CHERKIN, built, shown
from tests.dashboards import made_up_release

READ = "[document.body.innerText, document.querySelectorAll('body *:not(.chart *)').length, document.title]"
HOSTILE = (
    "f=constructor&v=1", "f=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&v=1", "p=__proto__&v=1",
    "p=1999&f=8-weeks%22&v=1", "p=javascript:window.pwned=1&v=1", "f=8-weeks&p=all&v=2",
)  # fmt: skip


def axis(page: Page) -> list[float]:
    found: list[float] = page.evaluate("document.querySelector('.chart').layout.template.layout.xaxis.range")
    return found


def test_d_01_three_filters_are_in_the_address_and_show_the_same_in_a_fresh_profile(
    browser: Browser, desk: BrowserContext, site: Path
) -> None:
    visit = Visit(desk, (site / "benchmark.html").as_uri())
    visit.page.select_option("[data-key=f]", "8-weeks")
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == CHERKIN
    assert visit.page.locator("[data-key=o] option:not([hidden])").count() == 1
    visit.page.select_option("[data-key=c]", "wrongform")
    visit.drawn()
    assert visit.page.url.endswith(f"#o={CHERKIN}&f=8-weeks&c=wrongform&v=1")
    fresh = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    again = Visit(fresh, visit.page.url)
    assert shown(again.page) == shown(visit.page)
    assert again.page.locator("[data-key=f]").input_value() == "8-weeks"
    fresh.close()


def test_d_01_periods_are_chosen_on_the_trends_page_and_kept_with_the_clinic(
    browser: Browser, desk: BrowserContext, site: Path
) -> None:
    visit = Visit(desk, (site / "trends.html").as_uri())
    every = axis(visit.page)
    visit.page.select_option("[data-key=p]", "2025")
    visit.page.select_option("[data-key=c]", "riverside")
    visit.page.wait_for_function("() => document.querySelector('.chart').layout.shapes.length === 1")
    assert visit.page.url.endswith("#c=riverside&p=2025&v=1")
    later = axis(visit.page)
    assert later[0] > every[0]
    assert later[1] == every[1]
    fresh = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    again = Visit(fresh, visit.page.url)
    assert axis(again.page) == later
    assert shown(again.page) == shown(visit.page)
    fresh.close()
    visit.page.select_option("[data-key=p]", "all")
    assert visit.page.url.endswith("#c=riverside&v=1")


@pytest.mark.parametrize("path", ["benchmark.html", "trends.html"])
def test_d_01_a_hostile_value_falls_back_to_the_default_and_never_reaches_the_page(
    desk: BrowserContext, site: Path, path: str
) -> None:
    page = Visit(desk, (site / path).as_uri()).page
    page.wait_for_function("() => document.querySelector('[data-stands]').textContent.includes('ago')")
    bare = page.evaluate(READ)
    for part in HOSTILE:
        page.evaluate("window.location.hash = '#c=hillcrest&v=1'")
        page.wait_for_function("() => document.querySelector('[data-key=c]').value === 'hillcrest'")
        page.evaluate("(part) => { window.location.hash = `#${part}`; }", part)
        page.wait_for_function("() => document.querySelector('[data-key=c]').value === ''")
        assert page.evaluate("window.pwned") is None
        assert page.evaluate(READ) == bare, part


def test_d_01_a_clinic_is_opened_by_a_link_and_back_returns_to_the_view(desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, f"{(site / 'trends.html').as_uri()}#c=riverside&p=2025&v=1")
    visit.page.locator("details.table summary").first.click()
    visit.page.locator("tr[data-clinic=riverside] th a").first.click()
    visit.page.wait_for_url("**/clinics/riverside.html")
    visit.drawn()  # who leaves earlier breaks off what the page still asks for
    visit.page.go_back()
    visit.page.wait_for_url("**/trends.html#c=riverside&p=2025&v=1")
    visit.drawn()
    assert visit.page.locator("[data-key=p]").input_value() == "2025"
    assert visit.complaints == []


def test_my_clinic_is_marked_by_weight_and_edge_and_not_by_colour_alone(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, f"{(site / 'variation.html').as_uri()}#c=hillcrest&v=1").page
    page.locator("details.table summary").first.click()
    weight = "row => getComputedStyle(row.cells[1]).fontWeight"
    assert page.locator("tr[data-clinic=hillcrest]").first.evaluate(weight) == "650"
    assert page.locator("tr[data-clinic=riverside]").first.evaluate(weight) == "400"
    rings = page.evaluate(
        "document.querySelector('.chart').layout.shapes.filter((shape) => shape.type === 'circle').length"
    )
    assert rings == 1


def test_a_long_table_can_be_searched_and_says_how_many_clinics_are_left(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    page.locator("[data-view].shown details.table summary").first.click()
    field = page.locator("[data-view].shown input[type=search]").first
    field.fill("  HILL ")
    said = page.locator("[data-view].shown .searching [role=status]").first
    assert said.inner_text() == "1 clinic shown."
    table = page.locator("[data-view].shown table").first
    assert table.locator("tbody tr:visible th").all_inner_texts() == ["Hillcrest"]
    field.fill("<img src=x onerror=window.pwned=1>")
    assert said.inner_text() == "0 clinics shown."
    assert page.evaluate("window.pwned") is None
    field.fill("")
    assert said.inner_text() == ""
    assert table.locator("tbody tr:visible").count() == 14


def test_a_short_table_has_no_search(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "quality.html").as_uri()).page
    assert page.locator("input[type=search]").count() == 0


@pytest.mark.parametrize(
    ("today", "said", "late"),
    [
        ("2026-11-22T12:00:00Z", "Published 22 Nov 2026. Data to 31 Oct 2026, 22 days ago", False),
        ("2026-12-08T00:00:00Z", "Published 22 Nov 2026. Data to 31 Oct 2026, 38 days ago", False),
        (
            "2026-12-09T00:00:00Z",
            "Published 22 Nov 2026. Data to 31 Oct 2026, 39 days ago: late, for new data are agreed every 38 days",
            True,
        ),
    ],
)
def test_d_13_the_header_says_when_it_was_published_and_how_old_the_data_are_today(
    browser: Browser, site: Path, today: str, said: str, late: bool
) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    context.clock.set_fixed_time(today)
    told = 'window.__published("2026-11-22T06:36:03+00:00");'
    context.route("**/published.js", lambda route: route.fulfill(body=told))
    visit = Visit(context, (site / "clinics" / "hillcrest.html").as_uri())
    line = visit.page.locator("[data-stands]")
    visit.page.wait_for_function("() => document.querySelector('[data-stands]').textContent.includes('Published')")
    assert line.inner_text() == said
    assert ("late" in (line.get_attribute("class") or "")) is late
    assert visit.complaints == []
    context.close()


def test_d_13_without_script_the_header_says_up_to_when_the_data_speak(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.locator("[data-stands]").inner_text() == "Data to 31 Oct 2026"
    context.close()


def test_d_13_a_release_whose_data_have_no_day_says_no_age(desk: BrowserContext, tmp_path: Path) -> None:
    tables = made_up_release.tables()
    tables["cohorts"] = [row | {"data_to": None} for row in tables["cohorts"]]
    visit = Visit(desk, (built(tmp_path, tables) / "index.html").as_uri())
    assert visit.page.locator("[data-stands]").inner_text() == "Data to unknown"
    assert visit.complaints == []
