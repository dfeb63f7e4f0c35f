"""What a site weighs: pages without a chart, slices, and the whole of it for fifty clinics and ten years."""

from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest

from dashboards import site as sites
from dashboards.marts import Marts
from tests.dashboards.built_site import RELEASE

CLINICS = 50
YEARS = [str(year) for year in range(2016, 2026)]
PERIODS = {"year": YEARS, "quarter": [f"{year}-Q{quarter}" for year in YEARS for quarter in range(1, 5)]}
#: Tables with a row for every period of a clinic's outcome.
BY_PERIOD = ("released_counts", "observed_rates", "trends")
NO_CHART, SLICE, WHOLE = 60_000, 250_000, 15_000_000


@pytest.fixture(scope="module")
def wide(marts: Marts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of fifty clinics: the made-up ones, again and again, each with ten years of quarters."""
    grown = {each.name: multiplied(getattr(marts, each.name)) for each in fields(marts)}
    grown |= {name: stretched(grown[name]) for name in BY_PERIOD}
    network = replace(marts, **grown)
    assert network.cohorts.height == CLINICS
    folder = tmp_path_factory.mktemp("wide")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sites, "read", lambda _: network)
        sites.build(folder, folder / "site", RELEASE)
    return folder / "site"


def multiplied(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of each clinic, for each of fifty."""
    if "source" not in table.columns:
        return table
    names = ["source"] + [name for name in ("cohort",) if name in table.columns]
    sources = sorted(table["source"].unique())
    copies = [
        table.filter(pl.col("source").is_in(sources[: CLINICS - turn * len(sources)])).with_columns(
            (pl.col(name) + (f"-{turn}" if turn else "")).alias(name) for name in names
        )
        for turn in range(-(-CLINICS // len(sources)))
    ]
    return pl.concat(copies)


def stretched(table: pl.DataFrame) -> pl.DataFrame:
    """The last year and the last quarter of each outcome, for every one of ten years."""
    cell = ["source", "cohort", "definition", "endpoint", "population"]
    parts = [table.filter(period_kind="all")] if "period_kind" in table.columns else []
    for kind, periods in PERIODS.items():
        rows = table.filter(period_kind=kind) if "period_kind" in table.columns else table
        if kind == "quarter" or "period_kind" in table.columns:
            last = rows.group_by(cell, maintain_order=True).last().select(table.columns).drop("period")
            parts.append(last.join(pl.DataFrame({"period": periods}), how="cross").select(table.columns))
    return pl.concat(parts)


def test_d_17_the_site_of_fifty_clinics_and_ten_years_is_light_beside_one_drawing_library(wide: Path) -> None:
    library = wide / "assets" / "plotly.min.js"
    assert sum(path.stat().st_size for path in wide.rglob("*") if path.is_file()) - library.stat().st_size <= WHOLE
    assert [path.name for path in wide.rglob("*plotly*")] == [library.name]
    assert len(list((wide / "clinics").iterdir())) == CLINICS


def test_d_17_no_slice_of_it_is_heavy(wide: Path) -> None:
    slices = {path.name: path.stat().st_size for path in (wide / "data").iterdir()}
    assert len(slices) > CLINICS
    assert {name: size for name, size in slices.items() if size > SLICE} == {}


def test_d_17_no_page_without_a_chart_is_heavy(site: Path) -> None:
    light = [path for path in site.rglob("*.html") if "data-library" not in path.read_text("utf-8")]
    assert len(light) > 30
    assert {path.name: path.stat().st_size for path in light if path.stat().st_size >= NO_CHART} == {}
