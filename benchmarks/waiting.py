"""How long a reader waits until the last chart of a page is drawn: on the first page that is opened, and on the next.

    python -m benchmarks.waiting SITE RESULT

opens pages of the folder SITE in a headless Chromium, each time with an empty cache, and writes the medians to RESULT.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from tests.browser.chromium import Visit, chromium

#: Two pages that have charts in any network of several clinics.
FIRST, NEXT = "variation.html", "followup.html"
TIMES = 5


def waited(site: Path, times: int = TIMES) -> dict[str, float]:
    """Median seconds from asking for a page to its last chart, of the `first` page of a visit and of the `next` one."""
    with chromium() as browser:
        visits = [_visit(browser, site) for _ in range(times)]
    return {"first": median(first for first, _ in visits), "next": median(after for _, after in visits)}


def _visit(browser: Browser, site: Path) -> tuple[float, float]:
    context = browser.new_context(offline=True)
    began = time.perf_counter()
    Visit(context, (site / FIRST).as_uri())
    between = time.perf_counter()
    Visit(context, (site / NEXT).as_uri())
    done = time.perf_counter()
    context.close()
    return between - began, done - between


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(waited(Path(sys.argv[1]))), "utf-8")
