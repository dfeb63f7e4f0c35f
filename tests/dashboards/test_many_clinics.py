"""Pages of many clinics stay light: the largest are drawn, the others are counted; every outcome has a page."""

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.drawing import Chart
from dashboards.layout import Page, Release
from dashboards.marts import Marts
from dashboards.outcomes import MOST_CLINICS, largest, left_out
from dashboards.pages import case_mix, follow_up, rules, trends, variation
from dashboards.panels import MOST_CHOICES, Listing, Section, pages_of, rounded, times
from dashboards.slices import View, differing, script
from dashboards.wording import tenths, whole

PAGES = (variation, trends, case_mix, follow_up)
QUARTERS = [f"{year}-Q{quarter}" for year in range(2016, 2026) for quarter in range(1, 5)]
LIMIT = 250_000


def network_of(marts: Marts, clinics: int) -> Marts:
    """A network of so many clinics, each with the rows of the first, the second five patients more than the first …"""
    names = pl.DataFrame({"place": range(clinics), "name": [f"clinic-{place:03}" for place in range(clinics)]})

    def many(table: pl.DataFrame, *sizes: str) -> pl.DataFrame:
        rows = table.filter(pl.col("source") == "riverside").join(names, how="cross")
        grown = [pl.col(size) + 5 * pl.col("place").cast(table.schema[size]) for size in sizes]
        return rows.with_columns(source="name", cohort="name").with_columns(grown).select(table.columns)

    return replace(
        marts,
        cohorts=many(marts.cohorts).with_columns(label=pl.col("source") + " in a town with a long name"),
        clinic_variation=many(marts.clinic_variation, "analysed"),
        trends=many(marts.trends, "analysed"),
        follow_up=many(marts.follow_up, "began_least", "began_most"),
        case_mix=many(marts.case_mix, "courses"),
    )


def ten_years(trends_: pl.DataFrame) -> pl.DataFrame:
    """The quarter of each clinic with the longest words, forty times."""
    one = trends_.filter("charted").group_by("source", maintain_order=True).last().drop("period")
    return one.join(pl.DataFrame({"period": QUARTERS}), how="cross").select(trends_.columns)


def pages(marts: Marts, stands: Release) -> list[Page]:
    return [page for module in PAGES for page in module.pages(marts, stands)]


def listed(page: Page) -> set[str]:
    return set(re.findall(r'<tr data-clinic="([^"]+)"', page.html))


# --- which clinics are drawn --------------------------------------------------------------------------------------


def test_forty_clinics_are_all_drawn_and_nothing_is_said_of_others(marts: Marts, stands: Release) -> None:
    for page in pages(network_of(marts, MOST_CLINICS), stands):
        assert len(listed(page)) == MOST_CLINICS
        assert "data-left-out" not in page.html


def test_of_forty_one_clinics_the_smallest_is_left_out_and_the_page_says_where_it_is(
    marts: Marts, stands: Release
) -> None:
    for page in pages(network_of(marts, MOST_CLINICS + 1), stands):
        assert listed(page) == {f"clinic-{place:03}" for place in range(1, MOST_CLINICS + 1)}, page.path
        said = re.search(r"<p data-left-out>(.*)</p>", page.html)
        assert said, page.path
        assert f"Of {MOST_CLINICS + 1} clinics, the {MOST_CLINICS} with the largest released number" in said[1]
        assert "; the other one has its own page" in said[1]
        assert 'href="clinics.html"' in said[1]
        assert 'href="downloads.html"' in said[1]


def test_the_funnel_draws_every_clinic(marts: Marts, stands: Release) -> None:
    ((view,),) = [page.views for page in variation.pages(network_of(marts, 60), stands)]
    assert len(view.charts["funnel"].points) == 60
    assert len(view.downloads["funnel"].rows) == 60


def test_titles_count_the_clinics_that_are_not_drawn_too(marts: Marts, stands: Release) -> None:
    wide = network_of(marts, 60)
    assert " of 60 clinics " in variation.pages(wide, stands)[0].html
    assert " of 60 charts " in trends.pages(wide, stands)[0].html
    assert " of 60 outcomes of 60 clinics" in follow_up.pages(wide, stands)[0].html
    assert "60 clinics, " in case_mix.pages(wide, stands)[0].html


@given(st.lists(st.none() | st.integers(0, 50).map(lambda tens: 5 * tens), min_size=1, max_size=90))
def test_no_clinic_that_is_left_out_has_more_patients_than_one_that_is_drawn(sizes: list[int | None]) -> None:
    names = [f"c{place}" for place in range(len(sizes))]
    table = pl.DataFrame({"source": names, "cohort": names, "size": sizes}, schema_overrides={"size": pl.Int64})
    kept = largest(table, pl.col("size").max())
    assert kept.height == min(len(sizes), MOST_CLINICS)
    assert kept["source"].to_list() == [name for name in names if name in set(kept["source"])]
    out = table.join(kept, on="source", how="anti")
    assert max((size or 0 for size in out["size"]), default=0) <= min(size or 0 for size in kept["size"])
    assert (left_out(table, kept) == "") is (len(sizes) <= MOST_CLINICS)


# --- a page for every outcome -------------------------------------------------------------------------------------


def section(place: int) -> Section:
    return Section(
        f"key-{place:03}", f"Outcome {place}", f"Outcome {place}. So it is.", [], [], f"s.{place}", {"c": "C"},
        (91, "3-months", "3 months") if place % 2 else (183, "6-months", "6 months"),
    )  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, MOST_CHOICES, MOST_CHOICES + 1])
def test_every_outcome_has_a_page_that_the_first_leads_to_and_that_leads_back(number: int, stands: Release) -> None:
    made = pages_of(Listing("trends.html", "A title.", "A lead."), stands, [section(place) for place in range(number)])
    assert [page.path for page in made] == ["trends.html", *(f"trends/key-{at:03}.html" for at in range(1, number))]
    first = made[0].html
    assert "<h1>A title.</h1>" in first
    assert all(f'href="{page.path}"' in first for page in made)
    for place, page in enumerate(made[1:], 1):
        assert f"<h1>Outcome {place}. So it is.</h1>" in page.html
        assert 'href="../trends.html"' in page.html
        assert page.html.count("data-view=") == 1
        options = re.findall(r'<option value="key-(\d+)" data-time="[^"]*"( selected)?>', page.html)
        assert ("selected" in {int(at): on.strip() for at, on in options}[place]) is True
        assert len(options) == (number if number <= MOST_CHOICES else 1)


def test_a_kind_of_page_without_an_outcome_says_so_on_one_page(stands: Release) -> None:
    (page,) = pages_of(Listing("trends.html", "None yet.", "A lead."), stands, [])
    assert "None yet." in page.html
    assert page.views == []


# --- weight -------------------------------------------------------------------------------------------------------


def test_pages_and_slices_of_two_hundred_clinics_and_ten_years_stay_light(marts: Marts, stands: Release) -> None:
    wide = network_of(marts, 200)
    wide = replace(wide, trends=ten_years(wide.trends))
    for page in pages(wide, stands):
        assert len(page.html.encode()) < LIMIT, page.path
        for view in page.views:
            written = script(view, release="made-up", data_to="2026", disclosure="Rounded to 5.")
            assert len(written.encode()) < LIMIT, view.id


def test_a_page_of_the_made_up_network_is_under_a_hundred_kilobytes(marts: Marts, stands: Release) -> None:
    made = [*pages(marts, stands), *rules.pages(marts, stands)]
    assert max(len(page.html.encode()) for page in made) < 100_000


def views(marts: Marts, stands: Release) -> list[View]:
    return [view for page in [*pages(marts, stands), *rules.pages(marts, stands)] for view in page.views]


def test_what_a_slice_leaves_out_of_a_layout_is_as_in_the_wide_one(marts: Marts, stands: Release) -> None:
    charts: list[Chart] = [chart for view in views(marts, stands) for chart in view.charts.values()]
    assert len(charts) > 5
    for chart in charts:
        for layout in (chart.narrow, chart.png):
            assert {**chart.wide, **differing(layout, chart.wide)} == layout


@given(st.floats(-1, 1, allow_nan=False) | st.integers(-2000, 2000).map(lambda parts: parts / 2000))
def test_a_number_is_rounded_as_decimal_arithmetic_rounds_it(share: float) -> None:
    exact = Decimal(repr(share)) * 100
    assert whole(share) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert tenths(share) == float(exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


@given(st.floats(1e-9, 1000))
def test_a_download_is_rounded_to_what_is_drawn_and_never_to_nothing(value: float) -> None:
    assert rounded(value) > 0
    assert rounded(value) == pytest.approx(value, abs=0.0005)


def test_the_list_can_be_narrowed_to_a_time_only_where_there_are_several() -> None:
    early, late, unknown = (91, "3-months", "3 months"), (183, "6-months", "6 months"), (0, "", "")
    assert times([late, early, late, unknown]) == [("3-months", "3 months"), ("6-months", "6 months")]
    assert times([late, unknown, late]) == []
