"""Views in a real browser: kept in the address, marked, sorted, downloaded."""

import csv
import re
import struct
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import Visit
from tests.browser.opened_site import CHERKIN, GERAC, RELEASE, built, shown, sliced
from tests.dashboards import made_up_release


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
    read = "[document.body.innerText, document.querySelectorAll('body *:not(.chart *)').length, document.title]"
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
    assert visit.page.locator("[data-live]").inner_text() == "1 clinic highlighted in chart and tables."


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


def test_d_03_a_picture_is_1600_pixels_wide_and_carries_its_source(
    desk: BrowserContext, site: Path, tmp_path: Path
) -> None:
    page = Visit(desk, (site / "benchmark.html").as_uri()).page
    with page.expect_download() as download:
        page.locator("[data-png=rates]:visible").click()
    download.value.save_as(tmp_path / "picture.png")
    raw = (tmp_path / "picture.png").read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", raw[16:20]) == (1600,)
    notes = sliced(site, f"benchmark.{GERAC}.all")["charts"]["rates"]["png"]["annotations"]
    written = " ".join(note["text"].replace("<br>", " ") for note in notes)
    subtitle = page.locator("[data-figure=rates]:visible .subtitle").inner_text()
    title = "GERAC 2007, verum acupuncture, 6 months."
    assert [part for part in (title, subtitle, f"Verum release {RELEASE}", "31 Oct 2026") if part not in written] == []
