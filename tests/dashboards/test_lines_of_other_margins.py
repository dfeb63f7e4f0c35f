"""What other margins would say is one line beside the verdict, in its words, and nowhere else."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import downloads
from dashboards.benchmarks import benchmarks
from dashboards.groups import FAR, other_margins
from dashboards.marts import Marts
from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, built
from tests.dashboards.made_up_release import at, comparison

CODES = ("materially_higher", "materially_lower", "equivalent", "at_least_as_good", "not_better", "inconclusive")
#: Clinics of the made-up release that are judged against a margin, and what stands beside their verdicts.
TOLD = {
    "riverside": "With a margin of 5 points: more than 5 percentage points above. "
    "With 15 points: not more than 15 percentage points below.",
    "hillcrest": "With a margin of 5 points: not more than 5 percentage points below. "
    "With 15 points: within 15 percentage points.",
    "northgate": "With a margin of 5 points: more than 5 percentage points below (indicative). "
    "With 15 points: not more than 15 percentage points above (indicative).",
    "lakeside": "With a margin of 5 points: cannot tell. With 15 points: not more than 15 percentage points below.",
    "oldtown": "With a margin of 5 points: cannot tell. With 15 points: cannot tell.",
    "millpond": "With a margin of 5 points: cannot tell. With 15 points: not more than 15 percentage points above.",
}


def line(five: str, fifteen: str, margin: float = 0.10, grade: str = "B") -> str:
    return other_margins(comparison("a", "s", "a", "r", **at(five, fifteen), margin=margin, grade=grade))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("materially_higher", "more than 15 percentage points above"),
        ("materially_lower", "more than 15 percentage points below"),
        ("equivalent", "within 15 percentage points"),
        ("at_least_as_good", "not more than 15 percentage points below"),
        ("not_better", "not more than 15 percentage points above"),
        ("inconclusive", "cannot tell"),
    ],
)
def test_every_verdict_is_told_in_the_words_of_the_verdict(code: str, words: str) -> None:
    assert line("inconclusive", code) == f"With a margin of 5 points: cannot tell. With 15 points: {words}."


@pytest.mark.parametrize(
    ("margin", "told"),
    [
        (0.05, "With a margin of 15 points: within 15 percentage points."),
        (0.054, "With a margin of 15 points: within 15 percentage points."),  # pages write it as 5
        (0.15, "With a margin of 5 points: cannot tell."),
        (0.20, "With a margin of 5 points: cannot tell. With 15 points: within 15 percentage points."),
    ],
)
def test_the_margin_that_was_fixed_is_not_told_twice(margin: float, told: str) -> None:
    assert line("inconclusive", "equivalent", margin) == told


def test_where_there_is_no_verdict_there_is_no_line() -> None:
    assert line("", "") == ""


@given(st.sampled_from(CODES), st.sampled_from(CODES), st.sampled_from("ABC"))
def test_a_line_claims_nothing_that_a_verdict_may_not_and_marks_what_is_indicative(
    five: str, fifteen: str, grade: str
) -> None:
    said = line(five, fifteen, grade=grade)
    assert not re.search(r"significant|proves|because of|beats", said)
    answers = [code for code in (five, fifteen) if code != "inconclusive"]
    assert said.count("(indicative)") == (len(answers) if grade == "C" else 0)
    assert len(said) <= 160  # four lines of a phone
    assert sum(words.partition("{}")[0] in said for words in FAR.values())


# ---- on pages ----------------------------------------------------------------------------------------------


def _lines(path: Path) -> dict[str, list[str]]:
    """By id or clinic of an article, the lines beside its sentence that are about other margins."""
    page = Reader(path.read_text("utf-8"))
    told: dict[str, list[str]] = {}
    for article in page.all("article"):
        inside = [element for element in page.all("p") if article in element["around"]]
        texts = [" ".join(element["text"].split()) for element in inside if element.get("class") == "others"]
        told[article.get("id") or article["data-clinic"]] = [text for text in texts if "margin of" in text]
    return told


def test_each_verdict_of_the_benchmark_page_has_its_line_and_nothing_else_has(site: Path) -> None:
    page = Reader((site / "benchmark.html").read_text("utf-8"))
    found = [" ".join(one["text"].split()) for one in page.all("p") if one.get("class") == "others"]
    assert sorted(text for text in found if "margin of" in text) == sorted(TOLD.values())


def test_a_clinics_page_has_the_line_at_its_comparison_with_a_verdict_and_at_no_other(site: Path) -> None:
    for source in made_up_release.COHORTS:
        told = _lines(site / "clinics" / f"{source}.html")
        at_gerac = [TOLD[source]] if source in TOLD else []
        assert {place: lines for place, lines in told.items() if lines} == (
            {"b-gerac-2007.verum-6m": at_gerac} if at_gerac else {}
        ), source


def test_a_release_with_a_margin_of_15_tells_of_5_points_only(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    for row in tables["comparisons"]:
        row["margin"] = 0.15
        row["robust_verdict"] = row["robust_verdict_at_15"] or row["robust_verdict"]
    told = _lines(built(tmp_path, tables) / "clinics" / "riverside.html")
    assert told["b-gerac-2007.verum-6m"] == ["With a margin of 5 points: more than 5 percentage points above."]


def test_the_file_behind_the_differences_has_both_margins_beside_the_verdict(marts: Marts) -> None:
    found = next(one for one in benchmarks(marts) if one.key == "gerac-2007.verum-6m")
    table = downloads.differences(found)
    names = [column.name for column in table.columns]
    assert names[-3:] == ["verdict", "robust_verdict_at_5", "robust_verdict_at_15"]
    riverside = next(row for row in table.rows if row[0] == "Riverside")
    assert riverside[-3:] == ["Above", "Above", "Not below by more than the margin"]
