"""Every page of a site as a browser shows it, at two widths and in both themes, and what axe-core finds on it.

One visit a page, all of them in one tab: what can be changed without opening a page again is changed. Of pages that
one template makes (they share a folder) the first is seen, each page at both widths and in both themes in turns, unless
all is asked for. Nothing is asserted here.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.chromium import Visit
from tests.browser.opened_site import OVERFLOW

Scheme = Literal["light", "dark"]
Setting = tuple[int, Scheme, list[str]]
WIDE, PHONE, NARROWEST, HEIGHT = 1200, 360, 320, 900
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

#: Width, theme, and the rules of axe-core: the words and the order do not hang on the theme, the colours do.
SETTINGS: tuple[Setting, ...] = (
    (WIDE, "light", []),
    (WIDE, "dark", COLOUR_RULES),
    (PHONE, "dark", []),
    (PHONE, "light", COLOUR_RULES),
)

#: Both widths and both themes, one way round and the other.
TURNS: tuple[tuple[Setting, ...], ...] = (
    ((WIDE, "light", []), (PHONE, "dark", [])),
    ((WIDE, "dark", []), (PHONE, "light", [])),
)

AXE = """(rules) => axe.run(document, {
    ...(rules.length ? { runOnly: rules } : { rules: { 'target-size': { enabled: true } } }),
    resultTypes: ['violations'], preload: false, iframes: false, selectors: false,
}).then((found) => found.violations.flatMap(
    (broken) => broken.nodes.map((node) => `${broken.id}: ${node.html} (${node.failureSummary})`)))"""

#: Opens what is folded, so that axe-core reads it too; folds that again.
UNFOLD = """() => { const folded = [...document.querySelectorAll('details:not([open])')];
    for (const each of folded) { each.open = true; each.dataset.folded = ''; } }"""
FOLD = """() => { for (const each of document.querySelectorAll('[data-folded]')) {
    each.open = false; delete each.dataset.folded; } }"""
GROUND = "getComputedStyle(document.documentElement).backgroundColor"

#: Words of charts that stand outside their chart.
CUT_OFF = """() => [...document.querySelectorAll('.chart')].flatMap((chart) => {
    const frame = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
    }).map((text) => text.textContent);
})"""

#: What stands on the page from top to bottom, each with its left and right edge in twelfths of the width.
BLOCKS = """() => {
    const wide = document.documentElement.clientWidth;
    const twelfth = (x) => Math.max(0, Math.min(12, Math.round(12 * x / wide)));
    const kinds = 'h1, h2, h3, h4, form, .contents, .chart, table, dl, details, pre, figcaption, footer';
    return [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility()).map((each) => {
        const around = each.closest('.scroll') || each;
        const { left, right } = around.getBoundingClientRect();
        const high = Math.round(each.clientHeight / 20) * 20;
        const drawn = each.matches('.chart') ? ` ${each.dataset.chart} ${high} high` : '';
        const columns = each.tHead ? ` of ${each.tHead.rows[0].cells.length}` : '';
        const name = each.matches('.chart') ? 'chart' : each.tagName.toLowerCase();
        return `${name}${drawn}${columns} ${twelfth(left)}-${twelfth(right)}`;
    });
}"""

#: Charts with neither mark nor words, with a reason in their place, or with Plotly's own bar.
UNDRAWN = """() => [...document.querySelectorAll('.chart')].filter((chart) => {
    const drawn = chart.querySelector('.scatterlayer .points path, .annotation-text');
    return chart.checkVisibility() && (!drawn || chart.querySelector('.failed, .modebar'));
}).map((chart) => chart.dataset.chart)"""

#: Pictures without an accessible name, a summary in words or a table in their figure.
UNTOLD = """() => [...document.querySelectorAll('.chart')].filter((chart) => {
    if (!chart.checkVisibility()) return false;
    const told = (name) => document.getElementById(chart.getAttribute(name))?.textContent.trim();
    const shown = [...chart.children].every((child) => child.getAttribute('aria-hidden') === 'true');
    return chart.getAttribute('role') !== 'img' || !told('aria-labelledby') || !told('aria-describedby')
        || !chart.closest('figure').querySelector('table, dl') || !shown;
}).map((chart) => chart.dataset.chart)"""

#: What the keyboard reaches and shows no outline when it does. Read after a key was pressed.
UNSEEN = """() => [...document.querySelectorAll('a[href], button, select, summary, [tabindex="0"]')]
    .filter((each) => each.checkVisibility()).filter((each) => {
        each.focus();
        const { outlineStyle, outlineWidth } = getComputedStyle(each);
        return document.activeElement === each && (outlineStyle === 'none' || parseFloat(outlineWidth) < 2);
    }).map((each) => each.outerHTML.slice(0, 120))"""


@dataclass
class Seen:
    """What one page showed: by width and theme where it hangs on them."""

    path: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    language: str = ""
    headings: int = 0
    pictures: int = 0
    violations: list[str] = field(default_factory=list)
    sideways: dict[int, int] = field(default_factory=dict)
    cut_off: list[str] = field(default_factory=list)
    grounds: dict[Scheme, str] = field(default_factory=dict)
    undrawn: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    skipped_to: list[str] = field(default_factory=list)
    unseen_focus: list[str] = field(default_factory=list)
    blocks: dict[int, list[str]] = field(default_factory=dict)


def paths(site: Path) -> list[str]:
    """The pages of `site`, in order."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def usual(site: Path) -> list[str]:
    """The pages that every test run sees: those of a template of their own, and the first of every other template."""
    first = {path.rpartition("/")[0]: path for path in reversed(paths(site))}
    return [path for path in paths(site) if "/" not in path or path in first.values()]


def settings(site: Path, every: bool) -> dict[str, tuple[Setting, ...]]:
    """The settings in which each page is seen: all four, or of the usual pages both widths and both themes in turns."""
    if every:
        return dict.fromkeys(paths(site), SETTINGS)
    return {path: TURNS[place % len(TURNS)] for place, path in enumerate(usual(site))}


def every_page(browser: Browser, site: Path, pictures: Path, *, every: bool) -> Iterator[Seen]:
    """Each page of `site`, visited once; its pictures lie in `pictures` afterwards."""
    context = browser.new_context(viewport={"width": WIDE, "height": HEIGHT}, offline=True)
    visit = Visit(context, "about:blank")
    for path, asked in settings(site, every).items():
        _open(visit, site / path, WIDE, "light")
        seen = Seen(path, visit.complaints, visit.requests)
        _look(visit, seen, asked, pictures)
        yield seen
    context.close()


def _open(visit: Visit, place: Path, width: int, scheme: Scheme) -> None:
    visit.page.set_viewport_size({"width": width, "height": HEIGHT})
    visit.page.emulate_media(color_scheme=scheme)
    visit.show(place.as_uri())


def _look(visit: Visit, seen: Seen, asked: tuple[Setting, ...], pictures: Path) -> None:
    page = visit.page
    seen.language = page.evaluate("document.documentElement.lang")
    seen.headings = page.locator("h1").count()
    page.evaluate(AXE_SCRIPT)
    _turn(visit, seen, WIDE, "light")
    for width, scheme, rules in asked:
        _turn(visit, seen, width, scheme)
        picture(page, pictures / picture_name(seen.path, width, scheme))
        seen.pictures += 1
        page.evaluate(UNFOLD)
        seen.violations += [f"{width} {scheme}: {each}" for each in page.evaluate(AXE, rules)]
        page.evaluate(FOLD)
    for width in (PHONE, NARROWEST):
        if width not in seen.blocks:
            _turn(visit, seen, width, asked[-1][1])
    seen.undrawn = page.evaluate(UNDRAWN)
    seen.untold = page.evaluate(UNTOLD)
    _press(page, seen)


def _turn(visit: Visit, seen: Seen, width: int, scheme: Scheme) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)
    visit.settled(scheme)
    seen.sideways[width] = page.evaluate(OVERFLOW)
    seen.grounds[scheme] = page.evaluate(GROUND)
    seen.cut_off += page.evaluate(CUT_OFF)
    seen.blocks[width] = page.evaluate(BLOCKS)


def _press(page: Page, seen: Seen) -> None:
    """The first stop of the keyboard, where it leads, and what is reached without being seen to be."""
    page.keyboard.press("Tab")
    seen.skipped_to = [page.evaluate("document.activeElement.className")]
    page.keyboard.press("Enter")
    seen.skipped_to.append(page.evaluate("document.activeElement.id"))
    page.keyboard.press("Tab")
    seen.unseen_focus = page.evaluate(UNSEEN)


def picture_name(path: str, width: int, scheme: Scheme) -> str:
    return f"{path.removesuffix('.html').replace('/', '.')}-{width}-{scheme}.png"


def picture(page: Page, place: Path) -> None:
    """Writes the whole page, from top to bottom, as a PNG."""
    session = page.context.new_cdp_session(page)
    asked = {"format": "png", "optimizeForSpeed": True, "captureBeyondViewport": True}
    place.write_bytes(b64decode(session.send("Page.captureScreenshot", asked)["data"]))
    session.detach()


def opened(visit: Visit, page: Path, width: int, scheme: Scheme, place: Path) -> None:
    """The same picture of a page that is opened at this width and in this theme, instead of changed to it."""
    _open(visit, page, width, scheme)
    visit.settled(scheme)
    picture(visit.page, place)


#: The share of pixels that differ between two pictures, and 1 where their sizes do.
DIFFERENT = """async ([one, two]) => {
    const pixels = async (text) => {
        const image = new Image();
        image.src = `data:image/png;base64,${text}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const brush = canvas.getContext('2d');
        brush.drawImage(image, 0, 0);
        return brush.getImageData(0, 0, image.width, image.height);
    };
    const [first, second] = [await pixels(one), await pixels(two)];
    if (first.width !== second.width || first.height !== second.height) return 1;
    const [left, right] = [new Uint32Array(first.data.buffer), new Uint32Array(second.data.buffer)];
    return left.reduce((sum, each, place) => sum + (each !== right[place]), 0) / left.length;
}"""


def different(page: Page, one: bytes, two: bytes) -> float:
    """The share of pixels in which two PNGs differ, 0 to 1."""
    if one == two:
        return 0.0
    told: Any = page.evaluate(DIFFERENT, [b64encode(one).decode(), b64encode(two).decode()])
    return float(told)
