"""The registry on the site: every figure on its study's page with its state and place, every record under its kind."""

from pathlib import Path
from typing import Any, get_args

import pytest

from dashboards import registry
from dashboards.registry import as_printed, where
from schemas.study_rows import Kind
from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, built


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


def text(site: Path, page: str) -> str:
    return str(Reader((site / page).read_text("utf-8")).all("main")[0]["text"])


def figure(**more: Any) -> dict[str, Any]:
    known = {
        "printed": "5.1", "unit": "mm", "qualifier": "", "words": "", "sd": "", "se": "", "p": "", "low": "",
        "high": "", "locator": "", "checked_in": "abstract", "state": "checked", "confidence": "checked",
    }  # fmt: skip
    return known | more


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "5.1 mm"),
        ({"unit": "%"}, "5.1%"),
        ({"unit": "0-100"}, "5.1 on 0 to 100"),
        ({"unit": ""}, "5.1"),
        ({"unit": "% of treatments"}, "5.1% of treatments"),
        ({"low": "-3.7", "high": "13.9", "p": ".26"}, "5.1 mm (-3.7 to 13.9; p .26)"),
        ({"sd": "22.5"}, "5.1 mm (SD 22.5)"),
        ({"se": "0.4"}, "5.1 mm (SE 0.4)"),
        ({"qualifier": "more than", "printed": "90", "unit": "%"}, "More than 90%"),
        ({"printed": "", "words": "reduced", "p": "<.01"}, "Reduced (p <.01)"),
        ({"printed": "", "words": "no improvement"}, "No improvement"),
    ],
)
def test_a_figure_is_said_as_it_was_printed(more: dict[str, Any], said: str) -> None:
    assert as_printed(figure(**more)) == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "abstract; page not recorded"),
        ({"locator": "table 2"}, "table 2 (abstract)"),
        ({"locator": "table 2", "checked_in": ""}, "table 2"),
        ({"checked_in": ""}, "not recorded"),
        ({"state": "unverified", "confidence": "recalled", "checked_in": "not checked"}, "not looked up"),
    ],
)
def test_a_figure_says_where_it_stands(more: dict[str, Any], said: str) -> None:
    assert where(figure(**more)) == said


def test_a_study_without_a_response_rate_shows_its_other_figures(site: Path) -> None:
    page = text(site, "evidence/sawazaki-2008.html")
    assert "no response rate, but 2 other figures" in page
    assert "12.1 per month (SD 8.0)" in page
    assert "Reduced (p <.001)" in page
    assert "unverified: recalled" in page


def test_every_figure_of_a_study_has_an_anchor(site: Path) -> None:
    rows = made_up_release.published_figures()
    for row in rows:
        if row["entry"] == "result":
            page = Reader((site / "evidence" / f"{row['study']}.html").read_text("utf-8"))
            assert f"r-{row['result']}" in {element.get("id") for element in page.elements}


def test_a_recalled_interval_is_shown_with_its_state(site: Path) -> None:
    assert "41 to 54 (recalled)" in text(site, "evidence/gerac-2007.html")


def test_both_readings_of_an_ambiguous_rule_stand_under_it(site: Path) -> None:
    page = text(site, "evidence/gerac-2007.html")
    assert "Its readings, the first of which is counted at the cost of a grade:" in page
    assert "12% is 12 points: one rule; 12% is relative: another rule" in page


def test_a_recalled_rule_is_called_unverified(site: Path) -> None:
    assert "How the study counted is recalled: unverified, no verdict." in text(site, "evidence/molsberger-2002.html")


def test_a_citation_record_says_what_it_is_cited_for(site: Path) -> None:
    page = text(site, "evidence/guide-2009.html")
    assert "Cited for" in page
    assert "Ten sessions first." in page
    assert "named by a popular text: nobody has looked it up" in page


def test_the_list_shows_every_record_under_its_kind(site: Path) -> None:
    page = Reader((site / "evidence.html").read_text("utf-8"))
    section = next(each for each in page.all("section") if each.get("aria-labelledby") == "listed")
    for row in made_up_release.studies():
        assert row["label"] in section["text"]
    headings = [each["text"] for each in page.all("h3") if section in each["around"]]
    assert headings == ["Trials", "Cohorts and audits", "Guidelines"]
    assert "Ten sessions first; named by a popular text, not looked up" in section["text"]


def test_every_kind_of_record_has_a_heading() -> None:
    assert set(registry.KIND_HEADINGS) == set(get_args(Kind))
