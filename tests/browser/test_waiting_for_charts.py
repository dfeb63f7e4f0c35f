"""Who waits for charts: those in view come first, and the benchmark's stopwatch stops at the last one.

How long it takes is not judged.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.chromium import Visit
from tests.browser.test_readme_picture import ROOT

#: Notes the names of charts as they are drawn from now on.
NOTE = """() => { window.order = []; new MutationObserver((changes) => {
    for (const { target } of changes) if (target.dataset.drawn) window.order.push(target.dataset.chart);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-drawn'] }); }"""
IN_VIEW = """() => [...document.querySelectorAll('[data-view].shown .chart')].filter((chart) => {
    const { top, bottom } = chart.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
}).map((chart) => chart.dataset.chart)"""
#: Chooses one clinic after the other, where the reader is: the browser's own way would scroll to the list.
CHOOSE = """(clinics) => { for (const clinic of clinics) {
    const list = document.querySelector('[data-key=c]');
    list.value = clinic;
    list.dispatchEvent(new Event('change', { bubbles: true }));
} }"""
CHARTS = "[...document.querySelectorAll('[data-view].shown .chart')].map((chart) => chart.dataset.chart)"


@pytest.mark.parametrize("last", [True, False])
def test_charts_that_are_looked_at_are_drawn_before_the_others(desk: BrowserContext, site: Path, last: bool) -> None:
    visit = Visit(desk, (site / "benchmark.html").as_uri())
    every = visit.page.evaluate(CHARTS)
    visit.page.locator("[data-view].shown .chart").nth(-1 if last else 0).scroll_into_view_if_needed()
    visit.page.evaluate(NOTE)
    visit.page.evaluate(CHOOSE, ["wrongform"])
    seen = visit.page.evaluate(IN_VIEW)
    assert 0 < len(seen) < len(every)
    visit.drawn()
    order = visit.page.evaluate("window.order")
    assert set(order[: len(seen)]) == set(seen)
    assert sorted(order) == sorted(every)
    assert visit.complaints == []


def test_a_view_that_is_left_while_its_charts_are_drawn_draws_no_further(desk: BrowserContext, site: Path) -> None:
    visit = Visit(desk, (site / "benchmark.html").as_uri())
    visit.page.evaluate(NOTE)
    visit.page.evaluate(CHOOSE, ["", "wrongform", ""])
    visit.drawn()
    away = set(visit.page.evaluate(CHARTS)) - set(visit.page.evaluate(IN_VIEW))
    order = visit.page.evaluate("window.order")
    assert away
    assert {name: order.count(name) for name in away} == dict.fromkeys(away, 1)


def test_the_first_page_and_the_next_are_waited_for(site: Path, tmp_path: Path) -> None:
    result = tmp_path / "waiting.json"
    asked = [sys.executable, "-m", "benchmarks.waiting", str(site), str(result), "2"]
    subprocess.run(asked, cwd=ROOT, check=True)
    waited = json.loads(result.read_text("utf-8"))
    assert waited.keys() == {"first", "first_begins", "next", "next_begins"}
    assert 0 < waited["first_begins"] <= waited["first"]
    assert 0 < waited["next_begins"] <= waited["next"]


def test_a_site_that_is_not_there_gives_no_figure(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "benchmarks.waiting", str(tmp_path / "site"), str(tmp_path / "waiting.json")]
    assert subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "waiting.json").exists()
