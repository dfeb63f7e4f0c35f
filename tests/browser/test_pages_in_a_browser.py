"""Pages in a real browser, opened from a folder: at any width, in any light, printed, without script or network."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from dashboards import navigation, theme
from tests.browser.chromium import Visit
from tests.browser.every_page import CUT_OFF
from tests.browser.opened_site import GERAC, OVERFLOW, RELEASE, built, rgb
from tests.dashboards import hostile, made_up_release


@pytest.mark.parametrize("path", ["benchmark.html", "evidence.html"])
def test_every_figure_in_view_is_drawn(desk: BrowserContext, site: Path, path: str) -> None:
    page = Visit(desk, (site / path).as_uri()).page
    charts = page.locator(".chart:visible")
    assert charts.count() == (3 if path == "benchmark.html" else 1)
    for place in range(charts.count()):
        chart = charts.nth(place)
        assert chart.locator("svg.main-svg").count() > 0
        assert chart.locator(".scatterlayer .points path").count() >= 2
        assert chart.locator(".modebar").count() == 0
    assert page.get_by_text("could not be built").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_d_10_a_figure_wears_the_colours_of_its_theme(browser: Browser, site: Path, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme, offline=True)
    page = Visit(context, (site / "benchmark.html").as_uri()).page
    drawn = "document.querySelector('[data-view].shown .chart').data"
    used = page.evaluate(f"{drawn}.map((trace) => trace.marker?.color || trace.line?.color || []).flat()")
    mine, other = (theme.DARK, theme.LIGHT) if scheme == "dark" else (theme.LIGHT, theme.DARK)
    assert mine["observed"] in used
    assert not set(used) & {other["observed"], other["published"]}
    context.close()


def test_d_10_the_readers_own_theme_wins_and_is_kept_for_the_next_page(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    button = page.locator("[data-theme-button]")
    button.click()
    button.click()
    assert button.inner_text() == "Theme: dark"
    page.wait_for_selector(".chart[data-drawn=dark]")
    page.goto((site / "index.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).color") == rgb(theme.DARK["text"])


def test_d_18_without_script_the_words_tables_and_sources_are_there(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto((site / "benchmark.html").as_uri())
    assert page.locator("section.view:visible").count() == len(made_up_release.published_rates()) - 3
    assert page.locator("[data-contents] a:visible").count() == 4
    assert page.locator("[data-filters]:visible").count() == 0
    assert page.locator(".buttons:visible").count() == 0
    assert page.locator(".chart:visible").count() == 0
    page.locator("summary:visible").first.click()
    assert page.locator("table:visible").first.locator("tbody tr").count() == 14
    assert page.get_by_text("Source: Verum release").first.is_visible()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_text("Riverside.").is_visible()
    context.close()


def test_a_slice_of_another_release_is_not_drawn(desk: BrowserContext, site: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(site, torn)
    path = torn / "data" / f"benchmark.{GERAC}.all.js"
    path.write_text(path.read_text("utf-8").replace(RELEASE, "2026-12-01.1-00000000"), "utf-8")
    page = Visit(desk, (torn / "benchmark.html").as_uri()).page
    assert page.locator(".chart .failed:visible").first.inner_text() == (
        "A newer release was published while this page was open. Reload."
    )
    assert page.locator("svg.main-svg:visible").count() == 0


def test_a_slice_that_is_missing_leaves_the_words_and_the_reason(
    desk: BrowserContext, site: Path, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(site, torn)
    (torn / "data" / f"benchmark.{GERAC}.all.js").unlink()
    page = Visit(desk, (torn / "benchmark.html").as_uri()).page
    reason = "This chart could not be built. The other pages are unaffected."
    assert page.locator(".chart .failed:visible").first.inner_text() == reason
    assert page.locator("[data-view].shown details.table").first.is_visible()


def test_d_08_every_control_is_reached_by_keyboard_and_the_content_can_be_skipped_to(
    desk: BrowserContext, site: Path
) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.locator("[data-view].shown").get_attribute("data-view") == GERAC
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.key || document.activeElement.tagName"))
    asked = page.locator("[data-filters] [data-key]:visible").evaluate_all("all => all.map((each) => each.dataset.key)")
    assert {"o", "c"} <= set(asked)
    assert reached[: len(asked)] == asked
    assert {"A", "SUMMARY", "BUTTON"} <= set(reached)


def test_d_11_print_is_light_fits_the_paper_and_opens_the_tables(browser: Browser, site: Path) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 1200, "height": 900}, offline=True)
    visit = Visit(context, (site / "benchmark.html").as_uri())
    visit.page.emulate_media(media="print", color_scheme="dark")
    visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    visit.page.wait_for_selector(".chart[data-drawn=light]")
    assert visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == rgb(
        theme.LIGHT["background"]
    )
    assert visit.page.locator("[data-view].shown details.table:not([open])").count() == 0
    assert visit.page.evaluate("document.querySelector('[data-view].shown .chart svg').clientWidth") <= 700
    visit.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    visit.page.wait_for_selector(".chart[data-drawn=dark]")
    assert visit.page.locator("[data-view].shown details.table[open]").count() == 0
    context.close()


def test_hostile_labels_stay_text_on_every_page(desk: BrowserContext, tmp_path: Path) -> None:
    site = built(tmp_path, hostile.tables())
    visit = Visit(desk, "about:blank")
    for path in ("index.html", "benchmark.html", "evidence.html", "evidence/gerac-2007.html", "files.html"):
        visit.show((site / path).as_uri())
        assert visit.complaints == [], path
        assert visit.page.evaluate("window.pwned") is None
        assert [address for address in visit.requests if not address.startswith(("file:", "data:"))] == []
        assert visit.page.locator("script:not([src]), iframe, object, embed, form[action], base, img").count() == 0
        assert visit.page.evaluate("[...document.querySelectorAll('svg a')].length") == 0
        assert visit.page.evaluate(OVERFLOW) == 0, path


@pytest.mark.parametrize("script", [True, False])
def test_d_08_every_group_and_page_can_be_reached_with_the_keyboard_on_a_phone(
    browser: Browser, site: Path, script: bool
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, offline=True, java_script_enabled=script)
    page = context.new_page()
    page.goto((site / "quality.html").as_uri())
    met = []
    for _ in range(12):
        page.keyboard.press("Tab")
        met.append(page.locator(":focus").inner_text())
    reached = [each for each in met if not each.startswith("Theme")]
    assert reached[:10] == [
        "Skip to the content", "Results", "Evidence", "Data", "About", "Files", "Quality", "Checks", "Runs", "Changes",
    ]  # fmt: skip
    assert page.locator("footer nav a:visible").count() == sum(len(places) for _, places in navigation.GROUPS)
    heights = page.locator(".top a").evaluate_all("all => all.map((a) => a.getBoundingClientRect().height)")
    assert min(heights) >= 24
    context.close()


def test_forced_colours_keep_marks_borders_and_where_one_is(browser: Browser, site: Path) -> None:
    context = browser.new_context(forced_colors="active", viewport={"width": 1200, "height": 900}, offline=True)
    page = Visit(context, f"{(site / 'benchmark.html').as_uri()}#c=hillcrest&v=1").page
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    style = "(each, name) => getComputedStyle(each)[name]"
    assert page.locator(".chart:visible").first.evaluate(style, "borderTopStyle") == "solid"
    assert page.locator(".chart:visible .scatterlayer .points path").count() > 5
    assert page.locator("button:visible").first.evaluate(style, "borderTopStyle") == "solid"
    assert "underline" in page.locator("[aria-current=page]").evaluate(style, "textDecorationLine")
    assert page.locator("article.chosen:visible").evaluate(style, "outlineStyle") == "solid"
    context.close()


def test_nothing_moves_by_itself(browser: Browser, site: Path) -> None:
    moving = """[...document.querySelectorAll('*')].filter((each) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(each);
        return transitionDuration !== '0s' || animationName !== 'none' || scrollBehavior === 'smooth';
    }).filter((each) => !each.closest('svg')).length"""
    for asked in ("reduce", "no-preference"):
        context = browser.new_context(reduced_motion=asked, offline=True)  # type: ignore[arg-type]  # one of the two
        page = Visit(context, (site / "benchmark.html").as_uri()).page
        assert page.evaluate(moving) == 0
        assert page.evaluate("document.getAnimations().length") == 0
        context.close()


def test_charts_of_a_window_that_is_made_wider_cut_no_word_off(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, offline=True)
    for path in sorted((site / "clinics").glob("*.html"))[:1]:
        visit = Visit(context, path.as_uri())
        visit.page.set_viewport_size({"width": 1200, "height": 900})
        visit.drawn()
        visit.page.wait_for_timeout(300)  # Plotly's own answer to a new size comes a tenth of a second later
        visit.drawn()
        assert visit.page.evaluate(CUT_OFF) == [], path.name
        assert visit.complaints == []
        visit.page.close()
    context.close()
