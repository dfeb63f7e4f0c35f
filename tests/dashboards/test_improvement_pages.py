"""The improvement pages: curves at every threshold, the change as a quantity, and who became worse."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboards.layout import Release
from dashboards.marts import Marts, rows
from dashboards.names import names_of
from dashboards.pages import improvement
from dashboards.scores import behind_rules, by_score, counted_again
from tests.dashboards.built_site import Reader


def pages_of(marts: Marts, stands: Release) -> dict[str, Reader]:
    return {page.path: Reader(page.html) for page in improvement.pages(marts, stands)}


def cells(page: Reader, caption: str) -> dict[str, list[str]]:
    """The rows of the table whose caption begins so: cells by the clinic at their head."""
    (table,) = [each for each in page.all("table") if any(
        one["text"].startswith(caption) and each in one["around"] for one in page.all("caption"))]  # fmt: skip
    found = {}
    for row in (each for each in page.all("tr") if table in each["around"]):
        inside = [each for each in page.elements if each["tag"] in ("th", "td") and row in each["around"]]
        found[inside[0]["text"].strip()] = [" ".join(each["text"].split()) for each in inside[1:]]
    return found


def test_each_questionnaire_and_time_has_a_page_and_the_first_lists_them(marts: Marts, stands: Release) -> None:
    found = pages_of(marts, stands)
    assert list(found) == ["improvement.html", "improvement/rmdq-24.12-months.html"]
    assert "CPGS pain, 6 months" in found["improvement.html"].all("main")[0]["text"]


def test_a_clinic_that_may_not_be_shown_stands_with_the_reason_and_without_a_number(
    marts: Marts, stands: Release
) -> None:
    found = cells(pages_of(marts, stands)["improvement.html"], "The change as a quantity")
    hidden = {name: row for name, row in found.items() if row[0].startswith(("Not shown", "No data"))}
    assert hidden
    for row in hidden.values():
        assert row[2:] == ["–"] * 4


def test_the_change_stands_in_points_with_its_interval(marts: Marts, stands: Release) -> None:
    (row, *_) = rows(marts.score_changes.filter(instrument="rmdq-24"))
    page = pages_of(marts, stands)["improvement/rmdq-24.12-months.html"]
    shown = cells(page, "The change as a quantity").values()
    said = f"{row['mean']:.1f} ({row['mean_low']:.1f} to {row['mean_high']:.1f})"
    assert any(said in each for each in shown)


def test_deterioration_is_shown_for_every_clinic_that_may_be_shown(marts: Marts, stands: Release) -> None:
    pain = cells(pages_of(marts, stands)["improvement.html"], "Who became better")
    told = [row[4] for name, row in pain.items() if name != "Clinic"]
    assert told
    assert all("%" in each or each == "not shown" for each in told)
    assert all(row[1:4] == ["no limit on record"] * 3 for name, row in pain.items() if name != "Clinic")


def test_every_point_of_a_curve_is_a_row_of_the_table(marts: Marts, stands: Release) -> None:
    (first, *_) = improvement.pages(marts, stands)
    (view, heavy) = first.views
    drawn = [trace for trace in view.charts["curves"].traces if trace["mode"] == "markers"]
    listed = marts.improvement_curves.filter(instrument="cpgs-pain")
    assert sum(len(trace["x"]) for trace in drawn) == listed.height == len(heavy.downloads["curves"].rows)


def test_the_plane_between_both_ways_to_count_the_missing_is_shaded(marts: Marts, stands: Release) -> None:
    (first, *_) = improvement.pages(marts, stands)
    lines = [trace for trace in first.views[0].charts["curves"].traces if trace["mode"] == "lines"]
    known = marts.improvement_curves.filter(pl.col("nonresponse_share").is_not_null(), instrument="cpgs-pain")
    assert sum("fill" in trace for trace in lines) == known["cohort"].n_unique()


def with_relative_rule(marts: Marts) -> Marts:
    """The release with a rule at 30% of the pain's baseline, by which a figure is published that a clinic may meet."""
    rule = marts.definitions.head(1).with_columns(
        definition=pl.lit("gerac-response"), instruments=pl.lit("cpgs-pain"), relative_threshold=pl.lit(30.0)
    )
    return replace(marts, definitions=rule)


def test_a_published_rate_is_marked_at_its_own_threshold_where_the_two_may_be_compared(
    marts: Marts, stands: Release
) -> None:
    ours = with_relative_rule(marts)
    compared = ours.comparisons.filter(pl.col("grade") != "R", definition="gerac-response")
    (first, *_) = improvement.pages(ours, stands)
    marked = [
        (x, y)
        for trace in first.views[0].charts["curves"].traces
        if trace["mode"] == "markers" and trace["marker"]["symbol"] == "diamond"
        for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    assert {x for x, _ in marked} == {30.0}
    assert len(marked) <= compared.height
    assert marked
    refused = replace(ours, comparisons=ours.comparisons.with_columns(grade=pl.lit("R")))
    (first, *_) = improvement.pages(refused, stands)
    assert not any(
        trace.get("marker", {}).get("symbol") == "diamond" for trace in first.views[0].charts["curves"].traces
    )


def test_the_queries_of_a_page_give_its_shares(marts: Marts) -> None:
    told = 0
    with duckdb.connect() as session:
        for name in ("improvement_curves", "change_groups"):
            session.register(name, getattr(marts, name).to_arrow())
        for score, _ in by_score(marts, names_of(marts)):
            macros, *queries = counted_again(score)
            session.execute(macros.replace("CREATE TEMP", "CREATE OR REPLACE TEMP"))
            kept = (("improvement_curves", "threshold", "improved"), ("change_groups", "group", "group"))
            for query, (table, key, of_) in zip(queries, kept, strict=True):
                expected = {
                    (row["cohort"], row[key]): [row[f"{of_}_{part}"] for part in ("share", "low", "high")]
                    for row in rows(score.of(getattr(marts, table)))
                }
                found = {
                    (row["cohort"], row[key]): list(row["share"].values()) for row in session.sql(query).pl().to_dicts()
                }
                assert found.keys() == expected.keys()
                for place, numbers in found.items():
                    assert numbers == pytest.approx(expected[place], abs=1e-12)
                    told += 1
    assert told > 40


def test_the_benchmark_page_leads_from_a_rule_to_the_changes_behind_it(marts: Marts, site: Path) -> None:
    behind = behind_rules(marts, names_of(marts))
    assert behind["gerac-response", "6-months"] == [("CPGS pain, 6 months", "improvement.html")]
    assert 'href="improvement.html">CPGS pain, 6 months</a>' in (site / "benchmark.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([(1.0, 2.0), (0.5, 1.0), (-1.0, 1.0), (-2.0, -1.0)], ("In 2 of 4 sets", "in 1 below it, in 1 neither.")),
        ([(0.0, 1.0)], ("In 0 of 1 set of scores", "in 0 below it, in 1 neither.")),
    ],
)
def test_d_07_the_first_sentence_counts_means_beyond_no_change(
    limits: Sequence[tuple[float, float]], said: tuple[str, str]
) -> None:
    shown = [{"status": "ok", "mean_low": low, "mean_high": high} for low, high in limits]
    sentence = improvement.title([*shown, {"status": "suppressed"}])
    assert (sentence.startswith(said[0]), sentence.endswith(said[1])) == (True, True)
    assert improvement.title([{"status": "suppressed"}]) == "No clinic's change may be shown yet."


def test_a_release_in_which_nothing_may_be_shown_says_so_and_names_what_is_hidden(
    marts: Marts, stands: Release
) -> None:
    hidden = marts.score_changes.with_columns(status=pl.lit("suppressed"))
    (page,) = improvement.pages(replace(marts, score_changes=hidden), stands)
    assert "No clinic&#39;s change may be shown yet." in page.html
    assert "CPGS pain, 6 months" in page.html
