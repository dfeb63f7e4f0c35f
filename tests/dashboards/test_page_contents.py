"""What pages of the made-up release say: refusals with their reasons, every clinic, every doubt, every sum."""

import re
from pathlib import Path

from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, built


def test_a_refused_comparison_has_its_reasons_and_no_published_rate_near_it(site: Path) -> None:
    page = Reader((site / "benchmark.html").read_text("utf-8"))
    refused = [element for element in page.elements if element.get("class") == "refused"]
    assert len(refused) == 2
    for section in refused:
        assert "Not comparable: " in section["text"]
        assert "questionnaire" in section["text"]
        reasons = [element["href"] for element in page.all("a") if section in element["around"]]
        assert reasons
        assert all(re.fullmatch(r"clinics/[a-z0-9.-]+\.html#b-[a-z0-9.-]+", address) for address in reasons)
        inside = [element for element in page.elements if section in element["around"]]
        assert not [element for element in inside if "data-rate" in element]
        assert not re.search(r"47\.6|77%|60%", section["text"])


def test_every_comparison_shows_its_twelve_dimensions(site: Path) -> None:
    told = 0
    for path in sorted((site / "clinics").iterdir()):
        page = Reader(path.read_text("utf-8"))
        for article in (element for element in page.all("article") if element["id"].startswith("b-")):
            rows = [element for element in page.all("tr") if article in element["around"]]
            assert len(rows) == 1 + len(made_up_release.DIMENSIONS)
            told += 1
    assert told == len(made_up_release.comparisons())


def test_every_clinic_has_a_sentence_on_the_overview(site: Path) -> None:
    page = Reader((site / "index.html").read_text("utf-8"))
    for label in made_up_release.COHORTS.values():
        shown = "Mill Pond †" if label == "Mill Pond" else label
        assert sum(item["text"].strip().startswith(f"{shown}.") for item in page.all("li")) == 1, label
    assert page.all("h1")[0]["text"] == (
        "12 clinics beside published rates, margin 10 points: "
        "1 above, 1 within, 1 below, 1 not below, 2 cannot tell and 6 without a verdict."
    )


def test_a_clinic_that_was_never_compared_is_listed(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    tables["comparisons"] = [row for row in tables["comparisons"] if row["source"] != "faraway"]
    page = Reader((built(tmp_path, tables) / "index.html").read_text("utf-8"))
    section = next(element for element in page.all("section") if element.get("aria-labelledby") == "g-uncompared")
    assert "Faraway" in section["text"]


def test_unattainable_figures_are_shown_as_printed_with_the_reason(site: Path) -> None:
    text = Reader((site / "evidence.html").read_text("utf-8")).all("main")[0]["text"]
    assert "no whole number of 387 patients gives 47.6%" in text
    assert "no whole number of 388 patients gives 27.4%" in text
    assert "171 of 387 patients gives 44.2%" in text
    assert "55.0%" in text


def test_a_study_page_says_what_is_not_known(site: Path) -> None:
    text = Reader((site / "evidence" / "molsberger-2002.html").read_text("utf-8")).all("main")[0]["text"]
    assert "none yet" in text
    assert "cannot be tested: the number of patients is not known" in text
    assert "no: The responder rule is recalled" in text


def test_the_files_page_shows_the_arithmetic_and_the_reasons(site: Path) -> None:
    text = Reader((site / "files.html").read_text("utf-8")).all("main")[0]["text"]
    assert "2,011 lines = 1 header + 1,990 accepted + 20 set aside + 0 blank: adds up" in text
    assert "1 to 7 lines: The date is not one." in text
    assert "does not add up" in text
    assert "Refused by rule undeclared_column" in text
    assert "1 of the files does not add up" in text
