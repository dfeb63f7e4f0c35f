"""The site in a real browser, opened from a folder: at any width, in any light, with no network."""

import csv
import json
import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dashboards import theme
from dashboards.site import build
from tests.browser.chromium import Visit, chromium
from tests.dashboards import hostile, made_up_release

RELEASE = "2026-11-21.1-3fa9c2d1"
PAGES = ("index.html", "benchmark.html", "evidence.html", "evidence/gerac-2007.html", "files.html")
GERAC = "gerac-2007.verum-6m"
CHERKIN = "cherkin-2009.any-8w"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    yield context
    context.close()


def built(folder: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    build(made_up_release.write(folder / "marts.duckdb", tables), folder / "site", RELEASE)
    return folder / "site"


def sliced(site: Path, name: str) -> dict[str, Any]:
    text = (site / "data" / f"{name}.js").read_text("utf-8")
    found: dict[str, Any] = json.loads(text[text.index(", ") + 2 : text.rindex(");")])
    return found


def shown(page: Page) -> dict[str, Any]:
    """What a reader sees of a view: its words, and the values that its figures are drawn from."""
    script = """() => ({
        words: document.querySelector('[data-view].shown').innerText,
        charts: [...document.querySelectorAll('[data-view].shown .chart')].map(
            (chart) => chart.data.map((trace) => [trace.x, trace.y])),
        shapes: [...document.querySelectorAll('[data-view].shown .chart')].map(
            (chart) => (chart.layout.shapes || []).length),
    })"""
    found: dict[str, Any] = page.evaluate(script)
    return found


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_a_page_opens_from_a_folder_without_network_or_complaint(
    browser: Browser, site: Path, path: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    visit = Visit(context, (site / path).as_uri())
    assert visit.complaints == []
    assert [address for address in visit.requests if not address.startswith(("file:", "data:"))] == []
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visit.page.evaluate(overflow) == 0
    ground = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    palette = theme.DARK if scheme == "dark" else theme.LIGHT
    assert ground == rgb(palette["background"])
    context.close()


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


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
def test_a_figure_wears_the_colours_of_its_theme(browser: Browser, site: Path, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme, offline=True)
    page = Visit(context, (site / "benchmark.html").as_uri()).page
    used = page.evaluate(
        "document.querySelector('[data-view].shown .chart').data.map((t) => t.marker?.color || t.line.color).flat()"
    )
    mine, other = (theme.DARK, theme.LIGHT) if scheme == "dark" else (theme.LIGHT, theme.DARK)
    assert mine["observed"] in used
    assert not set(used) & {other["observed"], other["published"]}
    context.close()


def test_the_readers_own_theme_wins_and_is_kept_for_the_next_page(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    button = page.locator("[data-theme-button]")
    button.click()
    button.click()
    assert button.inner_text() == "Theme: dark"
    page.wait_for_selector(".chart[data-drawn=dark]")
    page.goto((site / "index.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).color") == rgb(theme.DARK["text"])


def test_a_view_is_in_the_address_and_can_be_handed_on(browser: Browser, desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, (site / "benchmark.html").as_uri())
    visit.page.select_option("[data-key=o]", CHERKIN)
    visit.page.select_option("[data-key=c]", "wrongform")
    visit.drawn()
    address = visit.page.url
    assert address.endswith(f"#o={CHERKIN}&c=wrongform&v=1")
    fresh = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    again = Visit(fresh, address)
    assert shown(again.page) == shown(visit.page)
    assert "Cherkin 2009" in shown(again.page)["words"]
    fresh.close()


def test_the_default_view_leaves_the_address_bare(desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, f"{(site / 'benchmark.html').as_uri()}#o={CHERKIN}&v=1")
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == CHERKIN
    visit.page.select_option("[data-key=o]", GERAC)
    assert "#" not in visit.page.url


HOSTILE_ADDRESSES = (
    "o=unknown&v=1",
    "o=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&v=1",
    "o=constructor&c=__proto__&p=toString&v=1",
    "o=%E0%A4%A&c=%&v=1",
    f"o={CHERKIN}&v=2",
    "c=riverside%22%5D,<svg/onload=window.pwned=1>&v=1",
    "&&==&o",
    "o=" + "x" * 20_000,
    "=javascript:window.pwned=1",
)


def test_a_hostile_address_falls_back_to_the_default_and_never_reaches_the_page(
    desk: BrowserContext, site: Path
) -> None:
    address = (site / "benchmark.html").as_uri()
    page = Visit(desk, address).page
    read = "[document.body.innerText, document.querySelectorAll('*').length, document.title]"
    bare = page.evaluate(read)
    for hostile_part in HOSTILE_ADDRESSES:
        page.goto(f"{address}#o={CHERKIN}&v=1")
        page.wait_for_selector(f"[data-view='{CHERKIN}'].shown")
        page.goto(f"{address}#{hostile_part}")
        page.wait_for_selector(f"[data-view='{GERAC}'].shown")
        assert page.evaluate("window.pwned") is None
        assert page.evaluate(read) == bare, hostile_part


def test_a_page_can_be_opened_at_a_hostile_address(desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, f"{(site / 'benchmark.html').as_uri()}#{HOSTILE_ADDRESSES[1]}")
    assert visit.complaints == []
    assert visit.page.locator("[data-view].shown").get_attribute("data-view") == GERAC
    assert visit.page.evaluate("window.pwned") is None


def test_a_chosen_clinic_is_marked_in_chart_table_and_text(desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, (site / "benchmark.html").as_uri())
    before = shown(visit.page)["shapes"]
    visit.page.select_option("[data-key=c]", "hillcrest")
    visit.drawn()
    visit.page.wait_for_function(
        "n => document.querySelector('[data-view].shown .chart').layout.shapes.length > n", arg=before[0]
    )
    section = visit.page.locator("[data-view].shown")
    assert section.locator("tr.chosen").first.get_attribute("data-clinic") == "hillcrest"
    assert section.locator("article:visible").count() == 1
    assert visit.page.locator("[data-live]").inner_text() == "1 clinic described, highlighted in chart and tables."


def test_a_click_on_a_row_chooses_its_clinic_and_a_second_lets_it_go(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    page.locator("[data-view].shown details.table summary").first.click()
    row = page.locator("[data-view].shown tr[data-clinic=lakeside]").first
    row.click()
    assert page.url.endswith("#c=lakeside&v=1")
    row.click()
    assert "#" not in page.url


def test_a_table_sorts_by_number_and_by_text_with_empty_cells_last(desk: BrowserContext, site: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    page.locator("[data-view].shown details.table summary").first.click()
    table = page.locator("[data-view].shown table[data-sortable]").first
    read = "table => [...table.tBodies[0].rows].map((row) => row.cells[1].dataset.value)"
    head = table.locator("thead button").nth(1)
    head.click()
    down = table.evaluate(read)
    assert [float(value) for value in down if value] == sorted((float(value) for value in down if value), reverse=True)
    assert down[-1] == ""
    assert table.locator("th[aria-sort=descending]").count() == 1
    head.click()
    up = table.evaluate(read)
    assert [float(value) for value in up if value] == sorted(float(value) for value in up if value)
    assert up[-1] == ""
    table.locator("thead button").first.click()
    names = table.evaluate("table => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent)")
    assert names == sorted(names, key=str.lower)


@pytest.mark.parametrize(
    ("path", "name", "slice_name"),
    [
        ("benchmark.html", "rates", f"benchmark.{GERAC}.all"),
        ("benchmark.html", "differences", f"benchmark.{GERAC}.all"),
        ("benchmark.html", "apart", f"benchmark.{GERAC}.all"),
        ("evidence.html", "arms", "evidence"),
        ("files.html", "files", "files"),
    ],
)
def test_a_download_equals_its_slice_cell_for_cell(
    desk: BrowserContext, site: Path, tmp_path: Path, path: str, name: str, slice_name: str
) -> None:
    rows = downloaded(desk, site / path, name, tmp_path / "rows.csv")
    found = sliced(site, slice_name)
    expected = found["downloads"][name]
    assert rows[0] == [column["name"] for column in expected["columns"]] + ["release", "disclosure"]
    for row, told in zip(rows[1:], expected["rows"], strict=True):
        assert row[-2:] == [RELEASE, found["disclosure"]]
        for cell, value in zip(row, told, strict=False):
            assert cell == "" if value is None else cell == value if isinstance(value, str) else float(cell) == value


def downloaded(context: BrowserContext, page_path: Path, name: str, to: Path) -> list[list[str]]:
    page = Visit(context, page_path.as_uri()).page
    with page.expect_download() as download:
        page.locator(f"[data-csv={name}]:visible").click()
    download.value.save_as(to)
    raw = to.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    return list(csv.reader(raw.decode("utf-8-sig").splitlines(keepends=True)))


def test_a_cell_that_looks_like_a_formula_is_made_text(desk: BrowserContext, tmp_path: Path) -> None:
    tables = made_up_release.tables()
    risky = ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("x")', "plain", 'a,"b"']
    for row, label in zip(tables["cohorts"], risky, strict=False):
        row["label"] = label
    rows = downloaded(desk, built(tmp_path, tables) / "benchmark.html", "rates", tmp_path / "rows.csv")
    names = {row[0] for row in rows[1:]}
    assert {f"'{label}" for label in risky[:5]} | {"plain", 'a,"b"'} <= names
    assert not [cell for row in rows for cell in row if re.match(r"[=@+]|-\D", cell)]


def test_a_picture_is_1600_pixels_wide_and_carries_its_source(desk: BrowserContext, site: Path, tmp_path: Path) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    with page.expect_download() as download:
        page.locator("[data-png=rates]:visible").click()
    download.value.save_as(tmp_path / "picture.png")
    raw = (tmp_path / "picture.png").read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", raw[16:20]) == (1600,)
    notes = sliced(site, f"benchmark.{GERAC}.all")["charts"]["rates"]["png"]["annotations"]
    assert any(RELEASE in note["text"].replace("<br>", " ") for note in notes)


def test_without_script_the_words_tables_and_sources_are_there(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto((site / "benchmark.html").as_uri())
    assert page.locator("section.view:visible").count() == len(made_up_release.published_rates()) - 3
    assert page.locator("[data-contents] a:visible").count() == 4
    assert page.locator("[data-filters]:visible").count() == 0
    assert page.locator(".buttons:visible").count() == 0
    assert page.locator(".chart:visible").count() == 0
    page.locator("summary:visible").first.click()
    assert page.locator("table:visible").first.locator("tbody tr").count() == 15
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


def test_every_control_is_reached_by_keyboard_and_the_content_can_be_skipped_to(
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
    assert reached[:2] == ["o", "c"]
    assert {"A", "SUMMARY", "BUTTON"} <= set(reached)


def test_print_is_light_fits_the_paper_and_opens_the_tables(browser: Browser, site: Path) -> None:
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


def test_no_label_of_a_chart_is_cut_off_at_either_width(browser: Browser, site: Path) -> None:
    for width in (1200, 360):
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        page = Visit(context, (site / "benchmark.html").as_uri()).page
        outside = page.evaluate(
            """() => [...document.querySelectorAll('[data-view].shown .chart')].flatMap((chart) => {
                const frame = chart.getBoundingClientRect();
                return [...chart.querySelectorAll('text')].filter((text) => {
                    const box = text.getBoundingClientRect();
                    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
                }).map((text) => text.textContent);
            })"""
        )
        assert outside == [], width
        context.close()


def test_hostile_labels_stay_text_on_every_page(desk: BrowserContext, tmp_path: Path) -> None:
    site = built(tmp_path, hostile.tables())
    for path in ("index.html", "benchmark.html", "evidence.html", "evidence/gerac-2007.html", "files.html"):
        visit = Visit(desk, (site / path).as_uri())
        assert visit.complaints == [], path
        assert visit.page.evaluate("window.pwned") is None
        assert [address for address in visit.requests if not address.startswith(("file:", "data:"))] == []
        assert visit.page.locator("script:not([src]), iframe, object, embed, form[action], base, img").count() == 0
        assert visit.page.evaluate("[...document.querySelectorAll('svg a')].length") == 0
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert visit.page.evaluate(overflow) == 0, path
        visit.page.close()
