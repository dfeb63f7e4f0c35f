"""Claims and contrasts on the site: every one is there, with its reason and the way back to its source."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.context_figures import SCALES, Group, effect_words, forest, points, signed
from dashboards.pages import claims, context
from schemas import claims as loader
from schemas import evidence, vocabulary
from schemas.claims import MEANINGS
from tests.dashboards import hostile, made_up_release
from tests.dashboards.built_site import Reader, built, slices
from tests.dashboards.made_up_context import claim, contrast
from transforms.claims import claims as claims_table

Row = dict[str, Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


def page(site: Path, name: str) -> Reader:
    return Reader((site / name).read_text("utf-8"))


# ---- claims ------------------------------------------------------------------------------------------------


def test_every_claim_stands_below_its_verdict_with_its_reason(site: Path) -> None:
    found = page(site, "claims.html")
    for row in made_up_release.tables()["claims"]:
        (entry,) = [element for element in found.all("article") if element["id"] == row["claim"]]
        assert [around["data-kind"] for around in entry["around"] if "data-kind" in around] == [row["verdict"]]
        for part in ("wording", "reason", "figure", "attributed_to"):
            assert row[part] in entry["text"]
        assert f"{row['document'].removesuffix('.txt')}, line {row['text_line']}" in entry["text"]
        assert f"{row['verdict'].capitalize()}. {row['reason']}" in entry["text"]


def test_every_verdict_that_occurs_can_be_chosen_and_no_other(site: Path) -> None:
    options = [option["value"] for option in page(site, "claims.html").all("option")]
    occurring = {row["verdict"] for row in made_up_release.tables()["claims"]}
    assert options == ["", *(verdict for verdict in MEANINGS if verdict in occurring)]


def test_a_claim_leads_to_its_study_and_its_figures(site: Path) -> None:
    (entry,) = [element for element in page(site, "claims.html").all("article") if element["id"] == "c02"]
    inside = [
        link["href"]
        for link in page(site, "claims.html").all("a")
        if entry["id"] in {a.get("id") for a in link["around"]}
    ]
    study = "evidence/gerac-2007.html"
    assert inside == [study, f"{study}#r-verum-6m", f"{study}#r-sham-6m"]


def test_the_worst_misread_claims_head_the_evidence_page(site: Path) -> None:
    found = page(site, "evidence.html")
    (listed,) = [element for element in found.all("ol") if element["class"] == "misread"]
    ranked = sorted((row for row in made_up_release.tables()["claims"] if row["best"]), key=lambda row: row["best"])
    assert re.findall(r"Half of all patients are well|works twice as well", listed["text"])[0].startswith("Half")
    assert [link["href"] for link in found.all("a") if "claims.html#" in link["href"]] == [
        f"claims.html#{row['claim']}" for row in ranked
    ]
    chart = next(place for place, element in enumerate(found.elements) if element.get("data-chart"))
    assert found.elements.index(listed) < chart


claims_made = st.lists(
    st.builds(lambda n, verdict: claim(f"c{n}", verdict), st.integers(0, 99), st.sampled_from(list(MEANINGS)))
)


@given(claims_made)
def test_d_07_the_title_of_the_claims_page_counts_every_claim_once(rows: list[Row]) -> None:
    numbers = [int(number) for number in re.findall(r"\d+", claims.title(rows))]
    assert not rows or numbers[0] == len(rows) == sum(numbers[1:])


def test_the_page_of_every_packaged_claim_stays_light(tmp_path: Path) -> None:
    studies = evidence.load(evidence.packaged(), vocabulary.load())
    packaged = claims_table(popular=loader.load(evidence.packaged() / loader.FOLDER, studies)).to_dicts()
    site = built(tmp_path, made_up_release.tables() | {"claims": packaged})
    assert len(page(site, "claims.html").all("article")) == len(packaged) > 80
    assert (site / "claims.html").stat().st_size <= 60 * 1024
    assert (site / "data" / "claims.js").stat().st_size < 250_000


def test_without_claims_the_page_says_so() -> None:
    assert claims.title([]) == "No popular claim has been held against its source yet."


# ---- contrasts ---------------------------------------------------------------------------------------------


def test_every_contrast_is_on_the_page_with_its_number_or_its_reason(site: Path) -> None:
    found = page(site, "context.html")
    tables = {element["text"]: element for element in found.all("tr")}
    silent = [element["text"] for element in found.all("li")]
    for row in made_up_release.tables()["contrasts"]:
        if row["scale"] == "none":
            assert any(row["why_not"] in text for text in silent)
            continue
        words = effect_words(SCALES[row["scale"]], row) or "none"
        assert [text for text in tables if row["arms"] in text and words in text and row["why_not"] in text], row


def test_a_chart_draws_what_its_table_says_and_the_download_has_the_same_rows(site: Path) -> None:
    made = slices(site)["context"]
    assert set(made["charts"]) == set(made["downloads"]) == {
        "sham-difference", "usual-care-ratio", "usual-care-score", "usual-care-standardised",
    }  # fmt: skip
    tables = made_up_release.tables()["contrasts"]
    for name, download in made["downloads"].items():
        own = [row for row in tables if f"{row['against']}-{row['scale']}" == name]
        assert len(download["rows"]) == len(own)


def test_a_pooled_effect_stands_below_its_group_with_its_prediction_interval(site: Path) -> None:
    text = page(site, "context.html").all("main")[0]["text"]
    assert "Pain, 6 months: +5.0 (−6.0 to +16.0) from 3 studies; a new trial is expected between −7.0 and +17.0" in text
    marks = slices(site)["context"]["charts"]["sham-difference"]["traces"][-1]
    assert marks["text"][-2:] == ["Pooled: +5.0 (−6.0 to +16.0)", "Expected in a new trial: +5.0 (−7.0 to +17.0)"]
    assert marks["marker"]["symbol"][-2:] == ["hexagon", "hexagon"]


def test_what_is_not_pooled_says_why(site: Path) -> None:
    text = page(site, "context.html").all("main")[0]["text"]
    assert "Symptom bother, 12 months: not pooled: 1 of the 3 studies that pooling needs" in text


def test_unverified_contrasts_are_hollow_and_labelled() -> None:
    sure = contrast("gerac-2007", "a")
    doubtful = contrast("gerac-2007", "b", standing="unverified", why_not="recalled, not checked")
    drawn = forest(SCALES["difference"], [Group("Pain", [("One", sure), ("Other", doubtful)])], "title", "source")
    marks = drawn.traces[-1]
    colours = marks["marker"]["color"]
    assert colours[0] != colours[1]
    assert marks["text"][1].endswith(", unverified")


def test_a_row_without_a_number_gives_its_first_reason_in_few_words() -> None:
    nothing = {"effect": None, "effect_low": None, "effect_high": None, "standing": "no number"}
    why = "another comparator: a course of massage; no variance is printed"
    drawn = forest(
        SCALES["score"], [Group("Pain", [("One", contrast("gerac-2007", "a", why_not=why) | nothing)])], "t", "s"
    )
    assert "Another comparator" in [note["text"] for note in drawn.narrow["annotations"]]


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda scale: scale.id)
def test_no_effect_lies_on_the_side_that_it_does_not_favour(scale: Any) -> None:
    better = {"effect": 1.5, "effect_low": 1.2, "effect_high": 1.9} if scale.id == "ratio" else {}
    row = contrast("gerac-2007", "a") | {"effect": 0.1, "effect_low": 0.05, "effect_high": 0.15} | better
    drawn = forest(scale, [Group("Pain", [("One", row)])], "title", "source")
    zero = drawn.wide["shapes"][-1]["x0"]
    assert drawn.traces[-1]["x"][0] > zero
    low, high = drawn.wide["xaxis"]["range"]
    assert low < zero < high
    assert low < drawn.traces[-1]["x"][0] < high


@given(st.floats(-1, 1, allow_nan=False))
def test_points_carry_their_sign(effect: float) -> None:
    told = points(effect)
    assert float(told.replace("−", "-")) == pytest.approx(100 * effect, abs=0.05001)
    assert told[0] in "+−" or float(told) == 0
    assert not told.startswith("−0.0")


def test_a_minus_is_a_minus() -> None:
    assert (signed(-0.55, 2), signed(0.55, 2), signed(0.001, 1)) == ("−0.55", "+0.55", "0.0")


standings = st.sampled_from(["usable", "unverified", "different"])


@given(st.lists(st.builds(lambda n, standing: contrast(f"s{n}", "a", standing=standing), st.integers(0, 9), standings)))
def test_d_07_the_title_of_the_context_page_counts_what_could_be_pooled(rows: list[Row]) -> None:
    title = context.title(rows, [])
    if rows:
        numbers = [int(number) for number in re.findall(r"\d+", title)]
        assert numbers == [len(rows), sum(row["standing"] == "usable" for row in rows)]
        assert "no three studies are alike" in title
    else:
        assert title == "No published contrast of acupuncture is on record yet."


def test_without_contrasts_and_claims_the_pages_are_still_built(tmp_path: Path) -> None:
    tables = made_up_release.tables() | {"claims": [], "contrasts": [], "pooled_context": []}
    site = built(tmp_path, tables)
    assert "No published contrast" in page(site, "context.html").all("h1")[0]["text"]
    assert "No popular claim" in page(site, "claims.html").all("h1")[0]["text"]


def test_a_hostile_release_keeps_every_claim_in_its_place(tmp_path: Path) -> None:
    found = page(built(tmp_path, hostile.tables()), "claims.html")
    assert len(found.all("article")) == len(made_up_release.claims())
    assert not [element for element in found.all("script") if element["text"]]
