"""A built site as the tests open it: where its pages and slices are, and what a reader sees of a view."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.dashboards.built_site import RELEASE, built

__all__ = ["CHERKIN", "GERAC", "OVERFLOW", "RELEASE", "built", "rgb", "shown", "sliced"]

GERAC = "gerac-2007.verum-6m"
CHERKIN = "cherkin-2009.any-8w"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


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


def rgb(colour: str) -> str:
    """A colour of the palette as a browser reports it."""
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
