"""A built site as the tests open it: where its pages and slices are, and what a reader sees of a view."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from dashboards.site import build
from tests.dashboards import made_up_release

RELEASE = "2026-11-21.1-3fa9c2d1"
GERAC = "gerac-2007.verum-6m"
CHERKIN = "cherkin-2009.any-8w"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def built(folder: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """The folder of a site built from `tables`."""
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
