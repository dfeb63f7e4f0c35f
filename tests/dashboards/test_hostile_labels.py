"""Labels, titles and file names that try to be more than text: nothing they say is ever markup, address or file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboards.plain import clean, slug
from tests.dashboards import hostile, made_up_release
from tests.dashboards.built_site import built, pages, slices

#: Every address that a page may lead to: a page, a file to take away, a place on itself, a publication.
ADDRESS = r"(\.\./)?[a-z0-9/._-]*\.html(#.*)?$|downloads/[a-z_]+\.(csv|json|zip)$|#|https://doi\.org/[^\"'<>\s]*$"


def test_the_fixture_is_hostile_everywhere() -> None:
    used = {
        value for rows in hostile.tables().values() for row in rows for value in row.values() if isinstance(value, str)
    }
    assert set(hostile.PAYLOADS) <= used


def test_there_are_a_hundred_payloads_and_no_two_are_the_same() -> None:
    assert len(hostile.PAYLOADS) >= 100
    assert len(set(hostile.PAYLOADS)) == len(hostile.PAYLOADS)


def test_each_payload_is_inert_as_the_name_of_a_clinic_and_as_the_title_of_a_study(site: Path, tmp_path: Path) -> None:
    known = {(element["tag"], name) for _, page in pages(site) for element in page.elements for name in element}
    known |= {("p", "data-left-out")}
    made = built(tmp_path, hostile.many())
    headings = set()
    for path, page in pages(made):
        assert {(element["tag"], name) for element in page.elements for name in element} <= known, path
        assert not page.open
        assert all(re.match(ADDRESS, element["href"]) for element in page.all("a")), path
        headings |= {element["text"] for element in page.all("h1") if path.parent.name in ("clinics", "evidence")}
    for payload in hostile.PAYLOADS:
        shown = clean(payload, 60)[:59]
        assert any(heading.startswith(shown) for heading in headings), payload
    for found in slices(made).values():
        for chart in found["charts"].values():
            assert {tag for text in texts(chart) for tag in re.findall(r"<[^<>]*>?", text)} <= {"<b>", "</b>", "<br>"}
    assert {path.suffix for path in made.rglob("*") if path.is_file()} == {
        ".html",
        ".js",
        ".css",
        ".csv",
        ".json",
        ".md",
        ".zip",
    }


def test_a_hostile_label_adds_no_element_and_no_attribute(site: Path, poisoned: Path) -> None:
    known = {(element["tag"], name) for _, page in pages(site) for element in page.elements for name in element}
    known |= {("p", "data-rate"), ("section", "aria-labelledby")}
    for path, page in pages(poisoned):
        assert {(element["tag"], name) for element in page.elements for name in element} <= known, path
        assert not page.open


def test_a_hostile_label_adds_no_address(poisoned: Path) -> None:
    for _, page in pages(poisoned):
        for element in page.all("a"):
            assert re.match(ADDRESS, element["href"])


def test_a_hostile_label_writes_no_file_outside(poisoned: Path) -> None:
    for path in poisoned.rglob("*"):
        assert path.resolve().is_relative_to(poisoned.resolve())
        assert re.fullmatch(r"[a-z0-9._-]+", path.name)


def test_a_slice_cannot_be_left(poisoned: Path) -> None:
    for path in (poisoned / "data").iterdir():
        text = path.read_text("utf-8")
        assert not set("<>&\u2028\u2029\u202e\u200b") & set(text)
        assert text.count("\n") == 1
    assert slices(poisoned)


def test_a_hostile_label_never_reaches_a_chart_as_a_tag(poisoned: Path) -> None:
    ours = {"<b>", "</b>", "<br>"}
    for found in slices(poisoned).values():
        for chart in found["charts"].values():
            for text in texts(chart):
                assert set(re.findall(r"<[^<>]*>?", text)) <= ours


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for each in part.values():
            yield from texts(each)
    elif isinstance(part, list):
        for each in part:
            yield from texts(each)
    elif isinstance(part, str):
        yield part


def test_hostile_ids_get_harmless_names(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    renamed = json.loads(json.dumps(tables, default=str).replace('"gerac-2007"', '"../../<b>x"'))
    dated = ("data_to", "due_from", "margin_fixed_on", "window_fixed_on")
    for row in (
        row
        for name in ("cohorts", "deliveries", "observed_rates", "comparisons", "released_counts")
        for row in renamed[name]
    ):
        row |= {name: None for name in dated if name in row}
    site = built(tmp_path, renamed)
    assert not [path for path in site.rglob("*") if not re.fullmatch(r"[a-z0-9._-]+", path.name)]
    assert (site / "evidence" / f"{slug('../../<b>x')}.html").is_file()
