"""Builds the site of one release into a folder: every page, script, stylesheet and slice.

Which pages need not be drawn again is decided in `shelf`.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from dashboards import theme
from dashboards.benchmarks import benchmarks
from dashboards.by_clinic import ByClinic
from dashboards.clinics import Clinics
from dashboards.layout import Page, Release
from dashboards.layout import release as facts
from dashboards.marts import Marts, read
from dashboards.names import names_of
from dashboards.pages import (
    accessibility,
    benchmark,
    calibration,
    case_mix,
    changes,
    checks,
    claims,
    clinic,
    clinics,
    context,
    downloads,
    evidence,
    follow_up,
    improvement,
    methods,
    overview,
    privacy,
    quality,
    receipts,
    rules,
    runs,
    study,
    trends,
    variation,
)
from dashboards.pages import files as delivered
from dashboards.scores import behind_rules
from dashboards.shelf import KEYS, Before, Shelf
from dashboards.slices import script

#: Beside the site, and filled when it is published: the only script that knows the day, so the site stays the same.
PUBLISHED = "published.js"
#: Plotly's smallest build, of the version that the Python package speaks: nothing but lines and points is drawn.
LIBRARY = "plotly-basic.min.js"


def build(marts: Path | Marts, folder: Path, release: str, made_with: str = "", before: Before | None = None) -> Shelf:
    """Writes the site of the release called `release` into `folder`, from the tables in `marts` alone.

    `marts` are the tables, or where they are stored.

    The same rows and the same `release` give the same bytes. A page that the release `before` drew from the same, with
    the same code (`made_with` names it), is taken from there. Returns which pages were drawn and which were taken.
    Raises `MartsError` where a table or column is missing.
    """
    tables = read(marts) if isinstance(marts, Path) else marts
    shelf = Shelf(facts(tables, release), made_with, before)
    stands = shelf.stands
    _write_assets(folder)
    for page in _pages(tables, stands, shelf):
        _write(folder / page.path, page.html)
        for view in page.views:
            body = script(view, release=stands.id, data_to=stands.data_to, disclosure=stands.disclosure)
            _write(folder / "data" / f"{view.id}.js", body)
        for path, content in page.files.items():
            _put(folder / path, content)
    _write(folder.parent / KEYS, shelf.keys())
    return shelf


def _pages(tables: Marts, stands: Release, shelf: Shelf | None = None) -> Iterator[Page]:
    """Every page, one after the other: nobody holds all of them."""
    charts = []
    for page in _most_pages(tables, stands, shelf):
        charts.append(page.charts)
        yield page
    yield accessibility.page(stands, charts)


def _most_pages(tables: Marts, stands: Release, shelf: Shelf | None) -> Iterator[Page]:
    of_clinics = ByClinic(tables)
    found = benchmarks(of_clinics.marts)
    known = Clinics(of_clinics.marts, found)
    yield overview.page(tables, stands, found)
    yield benchmark.page(stands, found, behind_rules(tables, names_of(tables)))
    for split in (variation, improvement, trends, case_mix, follow_up, rules):
        yield from split.pages(tables, stands, shelf)
    for one in (evidence, context, claims, calibration):
        yield one.page(tables, stands)
    yield from study.pages(tables, stands, found, shelf)
    yield delivered.page(tables, stands)
    yield clinics.page(tables, stands, known.listed)
    marks = of_clinics.marks([[one.key for one in found], sorted(one.key for one in known.outcomes.values())])
    yield from clinic.pages(known, stands, shelf, marks)
    yield from receipts.pages(of_clinics, known, stands, shelf, marks)
    for one in (quality, checks, runs, changes, methods, privacy):
        yield one.page(tables, stands)
    yield from downloads.pages(tables, stands, shelf)


def _write_assets(folder: Path) -> None:
    sources = files("dashboards") / "assets"
    style = (sources / "site.css").read_text(encoding="utf-8")
    _write(folder / "assets" / "site.css", theme.stylesheet() + style)
    _write(folder / "assets" / "app.js", (sources / "app.js").read_text(encoding="utf-8"))
    _put(folder / "assets" / "plotly.min.js", (sources / LIBRARY).read_bytes())
    _write(folder.parent / PUBLISHED, 'window.__published("");\n')


def _write(path: Path, text: str) -> None:
    _put(path, text.encode())


def _put(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except FileNotFoundError:  # the first of its folder
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
