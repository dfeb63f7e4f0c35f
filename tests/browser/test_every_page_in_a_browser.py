"""Every page in a real browser: no violation, no request, no scrolling sideways, no surprise in what is drawn where."""

from collections.abc import Iterator
from difflib import unified_diff
from itertools import groupby
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboards import theme
from tests.browser.chromium import Visit
from tests.browser.every_page import (
    NARROWEST,
    PHONE,
    WIDE,
    Seen,
    different,
    every_page,
    opened,
    paths,
    picture,
    picture_name,
    settings,
    usual,
)
from tests.browser.opened_site import built, rgb
from tests.dashboards import made_up_release

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
LAYOUT = Path(__file__).with_name("layout.txt")
ACCEPT = "Pages look different. If that is meant: `make screenshots`, look at build/screenshots, commit layout.txt."
#: Each so many pages is opened once more.
EACH = 3
#: The share of pixels by which two pictures of one page may differ.
SAME = 0.001


@pytest.fixture(scope="module")
def pages(browser: Browser, site: Path, request: pytest.FixtureRequest) -> list[Seen]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    return list(every_page(browser, site, PICTURES, every=request.config.getoption("every_setting", False)))


def test_every_page_was_visited(pages: list[Seen], site: Path) -> None:
    assert [seen.path for seen in pages] in (paths(site), usual(site))
    assert {seen.path for seen in pages if "/" not in seen.path} == {path.name for path in site.glob("*.html")}
    assert {seen.path.rpartition("/")[0] for seen in pages} == {path.rpartition("/")[0] for path in paths(site)}
    assert len(list(PICTURES.glob("*.png"))) == sum(seen.pictures for seen in pages)


def test_d_08_axe_core_finds_nothing_on_any_page_in_either_theme_at_either_width(pages: list[Seen]) -> None:
    assert {seen.path: seen.violations for seen in pages if seen.violations} == {}


def test_d_08_every_chart_has_a_name_a_summary_and_a_table_in_its_figure(pages: list[Seen]) -> None:
    assert {seen.path: seen.untold for seen in pages if seen.untold} == {}


def test_d_08_the_first_stop_of_the_keyboard_skips_to_the_content_on_every_page(pages: list[Seen]) -> None:
    assert {seen.path: seen.skipped_to for seen in pages if seen.skipped_to != ["skip", "main"]} == {}


def test_d_08_whatever_the_keyboard_reaches_is_seen_to_be_reached(pages: list[Seen]) -> None:
    assert {seen.path: seen.unseen_focus for seen in pages if seen.unseen_focus} == {}


def test_d_08_every_page_names_its_language_and_has_one_heading_of_the_first_level(pages: list[Seen]) -> None:
    told = {seen.path: (seen.language, seen.headings) for seen in pages}
    assert {path: each for path, each in told.items() if each != ("en", 1)} == {}


def test_d_12_no_page_complains_or_asks_for_anything_but_its_own_files(pages: list[Seen]) -> None:
    assert {seen.path: seen.complaints for seen in pages if seen.complaints} == {}
    asked = {seen.path: [each for each in seen.requests if not each.startswith(("file:", "data:"))] for seen in pages}
    assert {path: addresses for path, addresses in asked.items() if addresses} == {}


def test_no_page_scrolls_sideways_down_to_320_pixels(pages: list[Seen]) -> None:
    assert {seen.path: seen.sideways for seen in pages if any(seen.sideways.values())} == {}
    assert all(set(seen.sideways) == {WIDE, PHONE, NARROWEST} for seen in pages)


def test_every_chart_is_drawn_and_none_of_its_words_is_cut_off(pages: list[Seen]) -> None:
    assert {seen.path: seen.undrawn for seen in pages if seen.undrawn} == {}
    assert {seen.path: seen.cut_off for seen in pages if seen.cut_off} == {}


def test_d_10_every_page_wears_the_theme_that_the_system_asks_for(pages: list[Seen]) -> None:
    asked = {"light": rgb(theme.LIGHT["background"]), "dark": rgb(theme.DARK["background"])}
    worn = {(scheme, ground) for seen in pages for scheme, ground in seen.grounds.items()}
    assert worn == set(asked.items())


def test_where_everything_stands_is_as_it_was_accepted(
    pages: list[Seen], site: Path, request: pytest.FixtureRequest
) -> None:
    now = layout([seen for seen in pages if seen.path in usual(site)])
    if request.config.getoption("accept_layout", False):
        LAYOUT.write_text(now, "utf-8")
    then = LAYOUT.read_text("utf-8")
    moved = unified_diff(then.splitlines(), now.splitlines(), "accepted", "now", n=1, lineterm="")
    assert now == then, "\n".join([ACCEPT, *moved])


def layout(pages: list[Seen]) -> str:
    """What stands where on every page; a page that is like another names it."""
    first: dict[str, str] = {}
    told = ""
    for seen in pages:
        lines = "".join(f"  {width} {line}\n" for width in (WIDE, PHONE) for line in counted(seen.blocks[width]))
        like = first.setdefault(lines, seen.path)
        told += f"{seen.path}\n{lines}" if like == seen.path else f"{seen.path}, like {like}\n"
    return told


def counted(blocks: list[str]) -> Iterator[str]:
    for block, same in groupby(blocks):
        times = len(list(same))
        yield f"{block}{f' x{times}' if times > 1 else ''}"


def test_a_page_opened_in_a_setting_looks_as_one_that_was_changed_to_it(
    browser: Browser, site: Path, pages: list[Seen], tmp_path: Path
) -> None:
    another = tmp_path / "another folder"
    another.mkdir()
    again = built(another, made_up_release.tables())
    blank, visit = browser.new_page(), Visit(browser.new_context(offline=True), "about:blank")
    for place, seen in list(enumerate(seen for seen in pages if "/" not in seen.path))[::EACH]:
        width, scheme, _ = settings(site, every=False)[seen.path][place // EACH % 2]
        shot = tmp_path / "again.png"
        opened(visit, again / seen.path, width, scheme, shot)
        kept = PICTURES / picture_name(seen.path, width, scheme)
        assert different(blank, kept.read_bytes(), shot.read_bytes()) <= SAME, (seen.path, width, scheme)
    visit.page.context.close()
    blank.close()


def test_pictures_that_differ_are_told_apart(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 100, "height": 100})
    shots = []
    for name, content in (("plain", ""), ("dot", "<div style='position:fixed;width:10px;height:10px;background:red'>")):
        page.set_content(f"<body style='margin:0'>{content}")
        picture(page, tmp_path / name)
        shots.append((tmp_path / name).read_bytes())
    assert different(page, shots[0], shots[0]) == 0
    assert different(page, *shots) == pytest.approx(0.01)
    page.set_viewport_size({"width": 100, "height": 120})
    picture(page, tmp_path / "long")
    assert different(page, shots[0], (tmp_path / "long").read_bytes()) == 1
    page.close()
