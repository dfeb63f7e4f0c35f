"""The pages that compare clinics: every sentence is true of its rows, and every state is drawn and worded."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.groups import fixed_late, fixed_words
from dashboards.layout import Page, Release
from dashboards.marts import Marts
from dashboards.names import Names
from dashboards.outcomes import by_outcome
from dashboards.pages import case_mix, follow_up, rules, trends, variation
from dashboards.pages.trends import Series
from dashboards.planes import Spot, _named  # the names that touch nothing
from dashboards.wording import about
from schemas.clinic_variation import ZONES

Row = dict[str, Any]
PAGES = (variation, trends, case_mix, follow_up, rules)


# ---- sentences ---------------------------------------------------------------------------------------------

PLACED = st.fixed_dictionaries(
    {
        "source": st.sampled_from("abcdef"),
        "zone": st.sampled_from(ZONES[:3]),
        "target": st.just(0.5),
        "stands_out": st.booleans(),
    }
).map(lambda row: row | {"cohort": row["source"]})


@given(st.lists(st.lists(PLACED, max_size=6, unique_by=lambda row: row["source"]), max_size=4))
@settings(max_examples=200)
def test_d_07_the_title_of_variation_counts_each_clinic_once(found: list[list[Row]]) -> None:
    every = [row for network in found for row in network]
    said = variation.title(found)
    if not every:
        assert said == "No outcome has enough clinics for a funnel yet."
        return
    clinics = {row["source"] for row in every}
    outside = {row["source"] for row in every if row["zone"] != "usual"}
    flagged = {row["source"] for row in every if row["stands_out"]}
    assert said.startswith(f"{len(outside)} of {len(clinics)} clinic")
    assert f"; {len(flagged)} still" in said


def test_a_funnel_says_who_lies_where(marts: Marts) -> None:
    names = Names(marts)
    ((_, found),) = by_outcome(marts, names, marts.clinic_variation.filter(period_kind="all"))
    rows = list(found.iter_rows(named=True))
    said = variation.told(rows, names)
    judged = [row for row in rows if row["target"] is not None]
    for zone in ("unusual", "worth a look"):
        number = sum(row["zone"] == zone for row in judged)
        assert (f"{number} {zone}" in said) is (number > 0)
    assert f"{sum(row['zone'] == 'usual' for row in judged)} inside the limits" in said


QUARTER = st.fixed_dictionaries(
    {
        "charted": st.booleans(),
        "reading": st.sampled_from(["common cause", "improvement", "concern", "not judged"]),
        "signal": st.just("none"),
        "chart": st.just("limits"),
    }
)


@given(st.lists(st.lists(QUARTER, min_size=1, max_size=5), max_size=6))
@settings(max_examples=200)
def test_d_07_the_title_of_trends_counts_what_the_latest_charted_quarters_say(found: list[list[Row]]) -> None:
    series = [Series(str(place), str(place), quarters) for place, quarters in enumerate(found)]
    latest = [[row["reading"] for row in quarters if row["charted"]][-1:] or ["not judged"] for quarters in found]
    judged = [reading for (reading,) in latest if reading != "not judged"]
    said = trends.title([series])
    if judged:
        charts = sum(any(row["charted"] for row in quarters) for quarters in found)
        assert said.startswith(f"{len(judged)} of {charts} chart")
        assert f"improvement in {judged.count('improvement')}, concern in {judged.count('concern')}" in said
        assert f"nothing beyond chance in {judged.count('common cause')}." in said
    else:
        assert said.startswith("No ")


BANDED = st.fixed_dictionaries(
    {"cohort": st.sampled_from("abc"), "band": st.sampled_from([">=80%", "60-80%", "40-60%", "<40%", "unknown"])}
)


@given(st.lists(BANDED, max_size=9))
def test_d_07_the_title_of_follow_up_counts_good_and_poor(rows: list[Row]) -> None:
    known = [row["band"] for row in rows if row["band"] != "unknown"]
    said = follow_up.title(rows)
    if known:
        assert said.startswith(f"Follow-up reaches 80% in {known.count('>=80%')} of {len(known)} outcome")
        assert said.endswith(f"falls below 60% in {known.count('40-60%') + known.count('<40%')}.")
    else:
        assert said == "No outcome is due and shown yet."


CHOICE = st.fixed_dictionaries({"flips": st.none() | st.booleans(), "own_rule": st.booleans()})


@given(st.lists(st.lists(CHOICE, min_size=1, max_size=6), min_size=1, max_size=5))
def test_d_07_the_title_of_rules_counts_the_strips_that_turn(strips: list[list[Row]]) -> None:
    turned = [strip for strip in strips if any(row["flips"] is True for row in strip)]
    counting = [strip for strip in strips if any(row["flips"] is True and row["own_rule"] for row in strip)]
    said = rules.title(strips)
    assert f", {len(turned)} would read differently" in said
    assert f"in {len(counting)} the counting alone" in said


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6))
def test_a_margin_that_was_not_fixed_before_the_data_is_said_on_the_page(before: list[bool | None]) -> None:
    rows = [{"margin_fixed_on": None, "window_fixed_on": None, "fixed_before_data": each} for each in before]
    late = before.count(False)
    assert fixed_late(rows) is (late > 0)
    assert (f"NOT before the data in {late} of {len(before)}" in fixed_words(rows)) is (late > 0)


# ---- what is drawn -----------------------------------------------------------------------------------------


def pages(marts: Marts, stands: Release) -> list[Page]:
    return [page for module in PAGES for page in module.pages(marts, stands)]


def test_every_page_has_a_section_a_chart_and_a_download(marts: Marts, stands: Release) -> None:
    for page in pages(marts, stands):
        assert page.views
        assert any(view.charts for view in page.views)
        charts, downloads = (
            {name for view in page.views for name in getattr(view, of)} for of in ("charts", "downloads")
        )
        assert charts <= downloads


def test_a_clinic_that_is_not_shown_keeps_its_row_and_says_why(marts: Marts, stands: Release) -> None:
    html = {page.path: page.html for page in pages(marts, stands)}
    for words in ("Not shown: fewer than 8 patients in a group", "Not due yet", "No data received"):
        assert words in html["variation.html"]
        assert words in html["followup.html"]
    assert "Too few followed up: bounds only" in html["variation.html"]


def test_a_trend_with_a_signal_has_an_icon_and_words(marts: Marts, stands: Release) -> None:
    html = trends.pages(marts, stands)[0].html
    assert "▲ improvement: above the upper limit" in html
    assert "fewer than 12 quarters" in html or "fewer than 6 quarters" in html


def test_the_points_of_a_funnel_are_the_released_rates(marts: Marts, stands: Release) -> None:
    ((view,),) = [page.views for page in variation.pages(marts, stands)]
    points = view.charts["funnel"].points
    for row in marts.clinic_variation.filter(period_kind="all").iter_rows(named=True):
        if row["target"] is not None:
            size, percent = points[row["source"]]
            assert size == row["analysed"]
            assert percent == pytest.approx(100 * row["rate"], abs=0.051)


def test_a_funnel_says_of_each_rate_how_many_are_missing(marts: Marts, stands: Release) -> None:
    ((view,),) = [page.views for page in variation.pages(marts, stands)]
    said = [text for trace in view.charts["funnel"].traces for text in trace.get("text", ())]
    rated = marts.clinic_variation.filter(period_kind="all").drop_nulls("target")
    cell = ["source", "cohort", "definition", "endpoint", "population"]
    missing = rated.join(marts.observed_rates.filter(period_kind="all"), on=cell)["missing"].to_list()
    assert sorted(re.findall(r", (none|not shown|about [\d,]+) missing, ", " ".join(said))) == sorted(
        map(about, missing)
    )


def test_a_hidden_quarter_leaves_its_place_in_the_chart_empty(marts: Marts, stands: Release) -> None:
    (page,) = trends.pages(marts, stands)
    view = page.views[0]
    marks = [trace["x"] for trace in view.charts["trends"].traces if trace["mode"] == "markers"]
    assert any(2 not in x and 1 in x and 3 in x for x in marks)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 100)), max_size=12))
def test_names_in_a_funnel_never_touch(places: list[tuple[int, int]]) -> None:
    spots = [
        Spot(str(at), x, y, "circle", "observed", False, "", "A clinic's name") for at, (x, y) in enumerate(places)
    ]
    kept = _named(spots, 1000.0)
    for at, one in enumerate(kept):
        for other in kept[at + 1 :]:
            assert abs(one.x - other.x) > 100 or abs(one.y - other.y) > 5
