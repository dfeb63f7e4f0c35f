"""A slice that cannot be loaded takes one chart away, with a reason in its place; words and tables stay."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

REASON = "This chart could not be built. The other pages are unaffected."
PATHS = (
    "benchmark.html", "variation.html", "trends.html", "casemix.html", "followup.html", "rules.html", "evidence.html",
    "context.html", "clinics/hillcrest.html",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_d_14_every_chart_whose_slice_is_missing_says_so_above_its_table(
    desk: BrowserContext, site: Path, path: str
) -> None:
    page = desk.new_page()
    page.route("**/data/*.js", lambda route: route.abort())
    page.goto((site / path).as_uri())
    charts = page.locator(".chart:visible")
    assert charts.count() > 0
    page.locator(".chart .failed").first.wait_for(state="attached")
    for place in range(charts.count()):
        charts.nth(place).locator(".failed").wait_for()
        assert charts.nth(place).inner_text() == REASON
    figures = page.locator("figure:visible:has(.chart)")
    assert all(
        count > 1 for count in figures.evaluate_all("all => all.map((each) => each.querySelectorAll('tr').length)")
    )
