"""Writes the picture of the README: the top of the Benchmark page of a home's current release, as a reader sees it."""

import sys
from pathlib import Path

from tests.browser.chromium import Visit, chromium

WIDTH = 1200
#: Where the picture ends: under the first chart and its sentence.
END = (
    "document.querySelector('[data-view].shown .figure .summary').getBoundingClientRect().bottom + window.scrollY + 16"
)


def write(site: Path, picture: Path) -> None:
    """Writes the picture of `site` to `picture`."""
    with chromium() as browser:
        size = {"width": WIDTH, "height": 900}
        context = browser.new_context(viewport=size, color_scheme="light", offline=True)  # type: ignore[arg-type]  # a size
        visit = Visit(context, (site / "benchmark.html").as_uri())
        visit.settled("light")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": visit.page.evaluate(END)}
        visit.page.screenshot(path=picture, full_page=True, clip=clip)  # type: ignore[arg-type]  # a rectangle


if __name__ == "__main__":
    write((Path(sys.argv[1]) / "releases" / "current" / "site").resolve(), Path(sys.argv[2]))
