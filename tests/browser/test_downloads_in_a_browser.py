"""Every download of every page with a chart, in a real browser: the rows of its slice, and what a program must know."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

from dashboards.slices import UNITS
from tests.browser.chromium import Visit
from tests.browser.opened_site import RELEASE, sliced

PATHS = (
    "benchmark.html", "variation.html", "trends.html", "casemix.html", "followup.html", "rules.html", "evidence.html",
    "context.html", "files.html", "claims.html", "calibration.html", "changes.html", "clinics/hillcrest.html",
)  # fmt: skip
RATES = ("percent", "points", "rate", "follow_up", "shrunk_rate", "effect")


def taken(page: Page, button: Locator, to: Path) -> bytes:
    with page.expect_download() as download:
        button.click()
    download.value.save_as(to)
    return to.read_bytes()


def equal(cell: str, value: Any) -> bool:
    if value is None:
        return cell == ""
    return cell.removeprefix("'") == value if isinstance(value, str) else float(cell) == value


@pytest.mark.parametrize("path", PATHS)
def test_d_02_every_download_equals_its_slice_cell_for_cell_with_release_units_and_limits(
    desk: BrowserContext, site: Path, tmp_path: Path, path: str
) -> None:
    page = Visit(desk, (site / path).as_uri()).page
    buttons = page.locator("[data-csv]:visible")
    assert buttons.count() > 0
    for place in range(buttons.count()):
        button = buttons.nth(place)
        name = button.get_attribute("data-csv") or ""
        box = button.locator("xpath=ancestor::*[@data-slice][1]")
        found = sliced(site, box.get_attribute("data-rows") or box.get_attribute("data-slice") or "")
        expected = found["downloads"][name]
        raw = taken(page, button, tmp_path / "rows.csv").decode("utf-8-sig")
        head, *rows = csv.reader(raw.splitlines(keepends=True))
        assert head == [column["name"] for column in expected["columns"]] + ["release", "disclosure"]
        for rate in set(RATES) & set(head):
            assert {f"{rate.removesuffix('_rate')}_low", f"{rate.removesuffix('_rate')}_high"} <= set(head)
        for row, told in zip(rows, expected["rows"], strict=True):
            assert row[-2:] == [RELEASE, found["disclosure"]]
            assert all(equal(cell, value) for cell, value in zip(row, told, strict=False)), row
        held = json.loads(taken(page, button.locator("xpath=../button[@data-metadata]"), tmp_path / "rows.json"))
        assert (held["release"], held["units"], held["disclosure"]) == (RELEASE, UNITS, found["disclosure"])
        assert (held["columns"], held["rows"]) == (expected["columns"], len(rows))
