"""Charts: rows in, marks out; a state is a row with words, never blank and never zero."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboards import downloads, figures, site, theme
from dashboards.benchmarks import Benchmark, benchmarks
from dashboards.drawing import Chart
from dashboards.layout import release
from dashboards.marts import Marts, MartsError, read
from dashboards.names import Names
from dashboards.pages.evidence import in_order
from tests.dashboards import made_up_release


@pytest.fixture(scope="module")
def gerac(marts: Marts) -> Benchmark:
    return benchmarks(marts)[0]


def charts(marts: Marts) -> list[Chart]:
    """Every chart of the site, whatever draws it."""
    stands = release(marts, "made-up")
    return [chart for page in site._pages(marts, stands) for view in page.views for chart in view.charts.values()]


def test_plotly_knows_every_term_of_every_chart(marts: Marts) -> None:
    drawn = charts(marts)
    assert len(drawn) > 20
    for each in drawn:
        for layout in (each.wide, each.narrow, each.png):
            go.Figure(data=each.traces, layout=layout)  # raises where a trace or a layout has a term that is none


def test_a_term_that_plotly_does_not_know_would_be_noticed(marts: Marts) -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure(data=charts(marts)[0].traces, layout=charts(marts)[0].wide | {"hieght": 1})


def marks(chart: Chart) -> dict[str, dict[str, Any]]:
    """Every mark by its label: position, shape and colours."""
    trace = next(trace for trace in chart.traces if trace.get("hoverinfo") == "text")
    marker = trace["marker"]
    columns = (trace["x"], trace["y"], marker["symbol"], marker["color"], marker["line"]["color"])
    names = ("x", "y", "symbol", "fill", "edge")
    found = [dict(zip(names, mark, strict=True)) for mark in zip(*columns, strict=True)]
    return {text.rsplit(":", 1)[0]: mark for text, mark in zip(trace["text"], found, strict=True)}


def spans(chart: Chart, colour: str, width: float) -> list[tuple[float, float, int]]:
    """Every line of a colour and width as (from, to, row)."""
    line = {"color": theme.LIGHT[colour], "width": width}
    found = [trace for trace in chart.traces if trace["mode"] == "lines" and trace["line"] == line]
    return [(t["x"][at], t["x"][at + 1], t["y"][at]) for t in found for at in range(0, len(t["x"]), 3)]


def words(chart: Chart) -> dict[int, str]:
    """The words that stand in rows without a mark, by row."""
    in_rows = [note for note in chart.wide["annotations"] if {note.get("xref"), note.get("yref")} == {None}]
    return {note["y"]: note["text"] for note in in_rows if note["x"] == 0}


def values(chart: Chart) -> dict[int, str]:
    """What stands on the right of each row that has a value, by row."""
    axis = chart.wide["yaxis2"]
    return dict(zip(axis["tickvals"], axis["ticktext"], strict=True))


def labels(chart: Chart) -> list[str]:
    return [text.replace("<br>", " ") for text in chart.wide["yaxis"]["ticktext"]]


def test_benchmarks_with_most_verdicts_come_first(marts: Marts) -> None:
    assert [found.study for found in benchmarks(marts)] == [
        "gerac-2007",
        "meadow-2015",
        "cherkin-2009",
        "molsberger-2002",
    ]


def test_every_clinic_that_is_not_refused_has_a_row_whatever_its_state(gerac: Benchmark) -> None:
    shown = labels(figures.rates(gerac, "source"))
    assert shown == [
        "Published: verum acupuncture", "Sham: superficial needling", "Guideline care",
        "Riverside", "Old Town Centre for Integrated Pain Medicine", "Lakeside", "Hillcrest", "Mill Pond †",
        "Northgate", "Tinybridge", "Summit", "Birchwood", "Quayside", "Faraway",
    ]  # fmt: skip


def test_a_row_without_a_mark_says_why(gerac: Benchmark) -> None:
    assert words(figures.rates(gerac, "source")) == {
        9: "Too few: about 20 patients with an outcome, at least 30 needed",
        10: "Follow-up at 6 months not due until Feb 2027",
        11: "Not shown: fewer than 8 patients in a group",
        12: "No data received: no outcome at 6 months",
        13: "Not comparable: time of follow-up and share followed up",
    }


def test_no_mark_is_drawn_in_a_row_that_says_why(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    rows = {mark["y"] for mark in marks(chart).values()}
    assert rows == set(range(9))
    assert not rows & set(words(chart))


def test_the_observed_dot_carries_its_interval_and_its_bounds(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    dot = marks(chart)["Riverside"]
    assert (dot["x"], dot["symbol"], dot["fill"]) == (68.0, "circle", theme.LIGHT["observed"])
    assert (63.5, 72.2, dot["y"]) in spans(chart, "observed", 4)
    assert (68.0, 77.0, dot["y"]) in spans(chart, "observed", 1.5)


def test_every_drawn_rate_has_an_interval(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    with_interval = {
        row for colour, width in (("observed", 4), ("published", 2)) for *_, row in spans(chart, colour, width)
    }
    assert {mark["y"] for mark in marks(chart).values()} == with_interval


def test_published_arms_differ_in_shape_and_stand_on_top(gerac: Benchmark) -> None:
    found = marks(figures.rates(gerac, "source"))
    shapes = {label: (mark["symbol"], mark["y"]) for label, mark in found.items() if mark["y"] < 3}
    assert shapes == {
        "Published: verum acupuncture": ("diamond", 0),
        "Sham: superficial needling": ("triangle-down", 1),
        "Guideline care": ("square", 2),
    }


def test_the_published_rate_is_a_dashed_line_with_a_band_over_the_drawn_rows_only(gerac: Benchmark) -> None:
    shapes = figures.rates(gerac, "source").wide["shapes"]
    band = next(shape for shape in shapes if shape["type"] == "rect")
    dashed = next(shape for shape in shapes if shape.get("line", {}).get("dash") == "dash")
    assert (band["x0"], band["x1"], dashed["x0"]) == (42.7, 52.5, 47.5)
    assert {shape["y1"] for shape in shapes} == {8.5}


def test_a_verified_figure_is_filled_and_an_unverified_one_is_hollow(marts: Marts) -> None:
    by_study = {found.study: found for found in benchmarks(marts)}
    filled = marks(figures.rates(by_study["gerac-2007"], ""))["Published: verum acupuncture"]
    hollow = marks(figures.rates(by_study["molsberger-2002"], ""))["Published: acupuncture"]
    assert (filled["fill"], hollow["fill"]) == (theme.LIGHT["published"], theme.LIGHT["background"])
    assert hollow["edge"] == theme.LIGHT["published"]


def test_a_figure_of_unknown_patients_has_no_interval_and_says_so(marts: Marts) -> None:
    molsberger = next(found for found in benchmarks(marts) if found.study == "molsberger-2002")
    chart = figures.rates(molsberger, "")
    assert spans(chart, "published", 2) == []
    assert any("n unknown, unverified" in value for value in values(chart).values())
    assert not any(shape["type"] == "rect" for shape in chart.wide["shapes"])


def test_a_pool_shows_its_prediction_interval_and_the_single_study_its_own(marts: Marts) -> None:
    meadow = next(found for found in benchmarks(marts) if found.study == "meadow-2015")
    chart = figures.rates(meadow, "")
    assert labels(chart)[:2] == ["Expected from the pooled studies", "Published: acupuncture"]
    assert spans(chart, "published", 2) == [(42.0, 66.0, 0), (48.1, 61.7, 1)]
    assert "prediction interval" in figures.rates_subtitle(meadow)


def test_differences_show_the_margin_and_both_intervals(gerac: Benchmark) -> None:
    chart = figures.differences(gerac, "source")
    assert chart is not None
    assert sorted(shape["x0"] for shape in chart.wide["shapes"]) == [-10, 0, 10]
    drawn = [
        "Riverside",
        "Old Town Centre for Integrated Pain Medicine",
        "Lakeside",
        "Hillcrest",
        "Mill Pond †",
        "Northgate",
    ]
    assert labels(chart) == drawn

    assert marks(chart)["Riverside"]["x"] == 20.4
    assert chart.wide["xaxis"]["range"] == [-30.6, 30.6]
    assert {"fewer responded", "more responded"} <= {note["text"] for note in chart.wide["annotations"]}


def test_no_difference_is_drawn_from_an_unverified_figure(marts: Marts) -> None:
    unverified = [found for found in benchmarks(marts) if not found.verified]
    assert len(unverified) == 2
    assert [figures.differences(found, "") for found in unverified] == [None, None]


def test_clinics_apart_are_hollow_and_no_published_rate_is_near(gerac: Benchmark) -> None:
    chart = figures.apart(gerac, "source")
    assert chart is not None
    assert labels(chart) == ["Tinybridge", "Faraway"]
    assert {mark["fill"] for mark in marks(chart).values()} == {theme.LIGHT["background"]}
    assert not chart.wide["shapes"]
    assert marks(chart)["Faraway"]["x"] == 49.2


def test_a_refused_comparison_shows_no_rate_in_the_panel_with_the_published_one(gerac: Benchmark) -> None:
    refused = [clinic.label for clinic in gerac.clinics if clinic.refused]
    assert refused == ["Wrongform"]
    assert not set(refused) & set(marks(figures.rates(gerac, "")))


def test_the_three_layouts_show_the_same_rows(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    narrow = " ".join(note["text"] for note in chart.narrow["annotations"])
    assert all(label[:20] in narrow for label in labels(chart))
    assert chart.png["width"] == 800
    picture = " ".join(note["text"] for note in chart.png["annotations"])
    assert "GERAC 2007, verum acupuncture" in picture
    assert "source" in picture


def test_two_rows_of_a_phone_s_chart_are_never_cut_to_the_same_words(gerac: Benchmark) -> None:
    begins = "Riverside Practice for Back Pain, "
    rows = [begins + end for end in ("morning clinic", "evening clinic")]
    clinics = tuple(replace(clinic, label=label) for clinic, label in zip(gerac.drawn, rows, strict=False))
    chart = figures.rates(replace(gerac, clinics=clinics, context=()), "source")
    noted = [note["text"] for note in chart.narrow["annotations"]]
    assert [text for text in noted if text.startswith("<b>Riverside")] == [
        "<b>Riverside Pract…morning clinic</b>",
        "<b>Riverside Pract…evening clinic</b>",
    ]


def test_values_stand_on_an_axis_that_lies_over_the_rows_and_hides_no_mark(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    assert values(chart)[labels(chart).index("Riverside")].startswith("68%")
    assert {layout["yaxis2"]["overlaying"] for layout in (chart.wide, chart.narrow, chart.png)} == {"y"}
    assert chart.wide["yaxis2"]["range"] == chart.wide["yaxis"]["range"]
    assert chart.narrow["yaxis2"]["visible"] is False


def test_in_the_file_of_figures_only_a_benchmark_carries_a_verdict_and_every_other_says_why(marts: Marts) -> None:
    rows = [
        made_up_release.figure("gerac-2007", "sham", "sham-6m", role="sham"),
        made_up_release.figure("gerac-2007", "verum", "verum-6m"),
        made_up_release.figure("gerac-2007", "verum", "r-6m", carries_verdict=False, why_not="The number is recalled."),
    ]
    found = downloads.arms(rows, Names(marts), {})
    at = [column.name for column in downloads.ARMS].index("carries_verdict")
    assert [row[at : at + 2] for row in found.rows] == [
        ["no", "it stands beside the study's treatment as context, and no clinic is judged by it"],
        ["yes", ""],
        ["no", "The number is recalled."],
    ]


def test_no_figure_can_be_zoomed(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    for layout in (chart.wide, chart.narrow, chart.png):
        assert layout["xaxis"]["fixedrange"] is True
        assert layout["yaxis"]["fixedrange"] is True
        assert layout["dragmode"] is False
        assert layout["xaxis"]["ticktext"] == ["0%", "25%", "50%", "75%", "100%"]


def test_every_colour_of_a_figure_has_a_dark_counterpart(gerac: Benchmark) -> None:
    chart = figures.rates(gerac, "source")
    used = {value for part in (chart.traces, chart.wide, chart.narrow, chart.png) for value in colours(part)}
    assert used
    assert used <= set(theme.dark_by_light())


def colours(part: Any, key: str = "") -> list[str]:
    if isinstance(part, dict):
        return [colour for name, each in part.items() for colour in colours(each, name)]
    if isinstance(part, list):
        return [colour for each in part for colour in colours(each, key)]
    return [part] if isinstance(part, str) and key.endswith("color") else []


def test_the_chart_of_arms_holds_every_published_figure(marts: Marts) -> None:
    listed = in_order(marts)
    chart = figures.arms(listed, Names(marts), "title", "source")
    assert len(marks(chart)) == len(listed) == len(made_up_release.published_rates())
    assert labels(chart)[0] == "<b>Molsberger 2002</b>"


def test_two_figures_of_one_arm_and_time_are_told_apart(marts: Marts) -> None:
    twins = [
        made_up_release.figure("gerac-2007", "verum", each, label="GERAC 2007, verum", analysis_set=each)
        for each in ("itt-nri", "completers")
    ]
    chart = figures.arms(twins, Names(marts), "title", "source")
    assert labels(chart)[1:] == ["6 months: verum, missing as non-response", "6 months: verum, completers"]


def test_a_comparison_with_a_figure_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    tables = made_up_release.tables() | {"published_rates": []}
    marts = read(made_up_release.write(tmp_path / "marts.duckdb", tables))
    with pytest.raises(MartsError, match="published_rates lacks"):
        benchmarks(marts)


def test_every_pair_of_data_colours_differs_and_stands_out() -> None:
    for palette in (theme.LIGHT, theme.DARK):
        for role in ("text", "muted", "observed", "published", "concern"):
            assert contrast(palette[role], palette["background"]) >= 4.5
    assert set(theme.LIGHT) == set(theme.DARK)
    assert len(set(theme.LIGHT.values())) == len(theme.LIGHT)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two hex colours."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
