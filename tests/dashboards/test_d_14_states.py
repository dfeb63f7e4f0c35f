"""The seven states of a number, on every chart: each is drawn and worded, never blank and never zero."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboards.layout import Release
from dashboards.marts import Marts
from dashboards.pages import rules
from dashboards.pages.rules import DRAWN
from dashboards.wording import DAGGER, DAGGER_NOTE, HIDDEN
from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, built, slices

Element = dict[str, Any]
#: Every chart with a row, a point or a small chart for a clinic: page, slice and name of the chart.
CHARTS = {
    "benchmark": ("benchmark.html", "benchmark.gerac-2007.verum-6m.all", "rates"),
    "variation": ("variation.html", "variation.gerac-response.6-months", "funnel"),
    "trends": ("trends.html", "trends.gerac-response.6-months", "trends"),
    "case mix": ("casemix.html", "casemix.gerac-response.6-months", "scores"),
    "follow-up": ("followup.html", "followup.gerac-response.6-months", "completeness"),
    "clinic": ("clinics/{}.html", "clinic.{}", "rates"),
}
#: The clinic of the made-up release that is in a state, and how each chart words it.
HIDDEN_CLINICS = {"suppressed": "birchwood", "no_data": "quayside", "not_due": "summit"}
OTHER_WORDS = {
    ("benchmark", "no_data"): "No data received: no outcome at 6 months",
    ("benchmark", "not_due"): "Follow-up at 6 months not due until Feb 2027",
    ("clinic", "not_due"): "Not due until Feb 2027",
}
LABELS = made_up_release.COHORTS


def row_of(page: Reader, clinic: str) -> Element:
    """The row of a clinic in the first table of its chart; on its own page, the row of the outcome."""
    rows = [each for each in page.all("tr") if each.get("data-clinic") == clinic]
    return rows[0] if rows else next(each for each in page.all("tr") if "33% or more better" in each["text"])


def said(chart: dict[str, Any]) -> Iterator[str]:
    """Every word that stands in a chart: beside marks, in their place, above small charts."""
    yield from chart["wide"].get("yaxis2", {}).get("ticktext", ())
    for size in ("wide", "narrow"):
        yield from (note["text"] for note in (chart["wide"] | chart[size]).get("annotations", ()))


@pytest.mark.parametrize("state", HIDDEN_CLINICS)
@pytest.mark.parametrize("chart", CHARTS)
def test_d_14_a_hidden_rate_keeps_its_row_says_why_and_has_no_mark(site: Path, chart: str, state: str) -> None:
    clinic = HIDDEN_CLINICS[state]
    path, name, figure = (part.format(clinic) for part in CHARTS[chart])
    words = OTHER_WORDS.get((chart, state), HIDDEN[state])
    page = Reader((site / path).read_text("utf-8"))
    row = row_of(page, clinic)
    assert words in row["text"]
    assert not [each for each in page.elements if "data-rate" in each and row in each["around"]]
    assert not re.search(r"\b0(\.0)?%", row["text"])
    drawn = slices(site)[name]["charts"][figure]
    if chart == "variation":  # a plane has no row for what has no place on it: the summary counts it
        assert clinic not in drawn["points"]
        assert "4 clinics have no mark, and the table says why." in page.all("main")[0]["text"]
    elif chart == "trends":  # an empty chart would be in the way of the others: its name and the reason stand above
        assert not any(LABELS[clinic] in text for text in said(drawn))
        assert any(words in each["text"] and LABELS[clinic] in each["text"] for each in page.all("dd"))
        assert "4 clinics have no chart, and the table says why." in page.all("main")[0]["text"]
    else:
        assert any(words[:30] in text.replace("<br>", " ") for text in said(drawn)), list(said(drawn))
        label = LABELS[clinic]
        assert not [text for trace in drawn["traces"] for text in trace.get("text", ()) if text.startswith(f"{label}:")]


@pytest.mark.parametrize("state", ["suppressed", "not_due", "no_data", "too_few"])
def test_d_14_a_strip_of_rules_says_in_every_row_why_it_has_no_mark(marts: Marts, stands: Release, state: str) -> None:
    hidden = dict.fromkeys(("size", "rate", "rate_low", "rate_high", "flips")) | {"status": state, "reading": ""}
    strip = marts.rule_strip.with_columns(
        pl.when(pl.col("source") == "riverside").then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in hidden.items()
    )
    made = rules.pages(replace(marts, rule_strip=strip.cast(dict(marts.rule_strip.schema))), stands)
    page = next(page for page in made if page.views[0].id == "rules.riverside.gerac-2007.verum-6m")
    rows = [each for each in Reader(page.html).all("tr") if each.get("data-clinic") == "riverside"]
    assert rows
    assert all(HIDDEN[state] in each["text"] for each in rows)
    notes = [note["text"] for note in page.views[0].charts["strip"].wide["annotations"]]
    assert notes.count(HIDDEN[state]) == len(DRAWN) * len(rows) / 5


def test_d_14_what_is_not_comparable_is_hollow_without_a_verdict_and_apart_from_the_published_rate(site: Path) -> None:
    found = slices(site)["benchmark.gerac-2007.verum-6m.all"]["charts"]
    assert any("Not comparable: time of follow-up and share followed up" in text for text in said(found["rates"]))
    assert "faraway" in found["apart"]["places"]
    assert not found["apart"]["wide"]["shapes"]
    page = Reader((site / "clinics" / "wrongform.html").read_text("utf-8"))
    article = next(each for each in page.all("article") if each["id"] == "b-gerac-2007.verum-6m")
    assert "Not comparable with GERAC 2007" in article["text"]
    assert not [each for each in page.elements if "data-rate" in each and article in each["around"]]


def test_d_14_a_clinic_that_has_sent_nothing_lately_is_called_late_on_its_page(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    for row in tables["cohorts"]:
        if row["source"] == "hillcrest":
            row["data_to"] = date(2026, 9, 12)
    site = built(tmp_path, tables)
    late = Reader((site / "clinics" / "hillcrest.html").read_text("utf-8"))
    assert (
        "12 Sep 2026, 49 days behind the newest: late, for new data are agreed every 38 days"
        in late.all("dl")[0]["text"]
    )
    row = next(
        each for each in Reader((site / "clinics.html").read_text("utf-8")).all("tr") if "Hillcrest" in each["text"]
    )
    assert "49" in row["text"]
    current = Reader((site / "clinics" / "riverside.html").read_text("utf-8"))
    assert "late" not in current.all("dl")[0]["text"]


@pytest.mark.parametrize("chart", CHARTS)
def test_d_14_a_clinic_of_which_a_check_failed_is_drawn_with_a_dagger_and_a_note(site: Path, chart: str) -> None:
    path, name, figure = (part.format("millpond") for part in CHARTS[chart])
    page = Reader((site / path).read_text("utf-8"))
    assert DAGGER_NOTE in page.all("footer")[0]["text"]
    assert f"Mill Pond{DAGGER}" in page.all("main")[0]["text"]
    assert "Hillcrest †" not in page.all("main")[0]["text"]
    if chart in ("benchmark", "case mix", "follow-up"):
        assert any("Mill Pond †" in text for text in slices(site)[name]["charts"][figure]["wide"]["yaxis"]["ticktext"])


def test_d_14_a_release_of_which_no_check_failed_has_no_dagger(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    tables["checks"] = [row | {"status": "passed"} for row in tables["checks"]]
    site = built(tmp_path, tables)
    assert not [path for path in site.rglob("*.html") if "†" in path.read_text("utf-8")]


def test_a_file_for_a_program_has_the_name_without_the_dagger(site: Path) -> None:
    for name in ("benchmark.gerac-2007.verum-6m.all", "variation.gerac-response.6-months"):
        for download in slices(site)[name]["downloads"].values():
            assert "†" not in str(download["rows"])


#: A page whose tables hold nothing says so in its first sentence.
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("index.html", "No clinic has been compared with a published rate yet."),
        ("benchmark.html", "No clinic has been compared with a published rate yet."),
        ("variation.html", "No outcome has enough clinics for a funnel yet."),
        ("trends.html", "No clinic has a closed quarter that may be shown yet."),
        ("casemix.html", "0 clinics: no published baseline with a spread is known for any of them."),
        ("followup.html", "No outcome is due and shown yet."),
        ("rules.html", "No clinic has a rate that may be read against a published figure yet."),
        ("clinics.html", "There is no clinic in this release yet."),
        ("context.html", "No published contrast of acupuncture is on record yet."),
        ("claims.html", "No popular claim has been held against its source yet."),
        ("files.html", "No file has been received yet."),
        ("calibration.html", "How often the verdicts are right has not been simulated in this home."),
    ],
)
def test_d_14_a_page_without_rows_says_that_there_are_none(empty: Path, path: str, words: str) -> None:
    page = Reader((empty / path).read_text("utf-8"))
    assert page.all("h1")[0]["text"] == words
    assert not [each for each in page.elements if each.get("role") == "img"]
