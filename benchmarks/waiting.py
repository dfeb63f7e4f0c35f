"""How long a reader waits for the charts of a page: of the first that is opened, and of the next in the same tab.

    python -m benchmarks.waiting SITE RESULT [TIMES]

opens pages of the folder SITE in a headless Chromium, five TIMES, each with an empty cache, and writes the medians to
RESULT. The page's own clock is read, which begins when the page is asked for, once the browser has painted.
"""

import json
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium

#: Two pages that have charts in any network of several clinics.
FIRST, NEXT = "variation.html", "followup.html"
TIMES = 5

#: Notes when each chart was painted.
WATCH = """window.painted = new Map(); new MutationObserver((changes) => {
    for (const { target } of changes) {
        requestAnimationFrame(() => setTimeout(() => window.painted.set(target, performance.now())));
    }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-drawn'] });"""

#: Seconds until the first and the last chart were painted; nothing before that.
WAITED = """() => {
    const charts = [...document.querySelectorAll('.chart')].filter((chart) => chart.offsetParent !== null);
    if (document.readyState !== 'complete' || !charts.every((chart) => window.painted.has(chart))) return null;
    const seconds = charts.map((chart) => window.painted.get(chart) / 1000);
    return [Math.min(...seconds), Math.max(...seconds)];
}"""


def waited(site: Path, times: int = TIMES) -> dict[str, float]:
    """Median seconds from asking for a page to its last chart, of the `first` page of a visit and of the `next` one.

    With `_begins` to the first chart of each.
    """
    with chromium() as browser:
        visits = [_visit(browser, site) for _ in range(times)]
    return {name: median(one[name] for one in visits) for name in visits[0]}


def _visit(browser: Browser, site: Path) -> dict[str, float]:
    context = browser.new_context(offline=True)
    context.add_init_script(WATCH)
    page = context.new_page()
    seen = {"first": _opened(page, site / FIRST), "next": _opened(page, site / NEXT)}
    context.close()
    ended = {name: last for name, (_, last) in seen.items()}
    return ended | {f"{name}_begins": first for name, (first, _) in seen.items()}


def _opened(page: Page, place: Path) -> list[float]:
    page.goto(place.as_uri())
    found: list[float] = page.wait_for_function(WAITED, timeout=60_000).json_value()
    return found


if __name__ == "__main__":
    folder, result, *asked = sys.argv[1:]
    Path(result).write_text(json.dumps(waited(Path(folder), *map(int, asked))), "utf-8")
