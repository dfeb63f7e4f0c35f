"""Where numbers come from: each leads to its record or its receipt, and none stands without its interval."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.marts import Marts, rows
from dashboards.receipts import macros, query
from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, pages, slices

Element = dict[str, Any]
#: Pages whose rates are no rates of patients: of simulated networks, whose truth is known.
SIMULATED = {"calibration.html"}
#: Columns of limits, bounds and shares of a whole: they are what surrounds a rate, not a rate.
AROUND = {
    "If none or all of the missing had responded", "90% limits that the verdict reads", "Limits of chance", "Should be",
    "Clinic", "Study", "Reason", "Level", "Before", "Now", "95% interval",
    "At the lowest", "At the highest",
}  # fmt: skip
RATE = re.compile(r"\s*(about )?\d+(\.\d+)?%(?! or more)")
SHARES = ("Age", "Sex", "Duration of the complaint", "Score before treatment, in fourths of the scale")


def near(element: Element) -> Element:
    """The row, list entry, article or list of facts that an element stands in."""
    kinds = {"tr", "li", "article", "dl", "dd"}
    return next((one for one in reversed([*element["around"], element]) if one["tag"] in kinds), element)


def unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


def links(page: Reader, inside: Element) -> list[str]:
    return [each["href"] for each in page.all("a") if inside is each or inside in each["around"]]


def sources(page: Reader, element: Element) -> list[str]:
    """The records and receipts that a number leads to: itself, or from within what it is marked on."""
    own = [one["href"] for one in element["around"] if one["tag"] == "a"]
    return [link for link in own or links(page, element) if re.search(r"(evidence|receipts)/[^#]+#|#counted$", link)]


def rated(site: Path) -> Iterator[tuple[Path, Reader, Element]]:
    """Every element of every page that states a rate."""
    for path, page in pages(site):
        for element in page.elements:
            if "data-rate" in element:
                yield path, page, element


def test_d_05_every_observed_number_opens_its_receipt_and_d_04_every_published_one_its_record(site: Path) -> None:
    ids = {path: {element.get("id") for element in page.elements} for path, page in pages(site)}
    told: dict[str, int] = defaultdict(int)
    for path, page, element in rated(site):
        folder = path.relative_to(site).parts[0]
        if folder in SIMULATED | {"evidence", "receipts"} or before(page, element):
            continue
        found = sources(page, element)
        assert found, f"{path}: {element['text'][:60]}"
        for link in found:
            place, _, anchor = link.partition("#")
            assert anchor in ids[(path.parent / place).resolve()], link
            told[anchor if anchor == "counted" else place.split("/")[-2]] += 1
    assert told["receipts"] > 60
    assert told["counted"] > 40
    assert told["evidence"] > 20


def before(page: Reader, element: Element) -> bool:
    """Whether a number is the earlier release's: its receipt is there, and the cell says so."""
    row = near(element)
    cells = [each for each in page.elements if each["tag"] in ("th", "td") and row in each["around"]]
    held = next((place for place, cell in enumerate(cells) if cell is element or cell in element["around"]), 0)
    table = next((one for one in row["around"] if one["tag"] == "table"), None)
    heads = [each["text"] for each in page.all("th") if each.get("scope") == "col" and table in each["around"]]
    return bool(heads) and heads[held] == "Before"


def test_a_receipt_gives_release_cohort_rule_window_people_counts_files_query_and_checks(site: Path) -> None:
    page = Reader((site / "receipts" / "hillcrest.html").read_text("utf-8"))
    text = unspaced(page.all("main")[0]["text"])
    for words in (
        "Release 2026-11-21.1-3fa9c2d1", "Cohort Hillcrest: first courses of acupuncture", "days 137 to 228",
        "About 295 responded, about 600 with an outcome, about 65 missing", "observed_rates.rate", "1a1b2c3d4e5f",
        "Accepted in part", "exports → readings → counts → observed_rates", "CREATE TEMP MACRO receipt",
        "FROM receipt('gerac-response', '6-months', 'everyone', 'all');", "Bounds: 44% to 54%",
    ):  # fmt: skip
        assert unspaced(words) in text, words
    failed = Reader((site / "receipts" / "millpond.html").read_text("utf-8"))
    checks = next(each for each in failed.all("table") if "Check" in each["text"])
    assert "Every line has one fate." in checks["text"]
    assert "failed" in checks["text"]


def test_a_receipt_of_a_hidden_number_says_why_and_shows_none(site: Path) -> None:
    page = Reader((site / "receipts" / "birchwood.html").read_text("utf-8"))
    article = page.all("article")[0]
    assert "Not shown: fewer than 8 patients in a group." in article["text"]
    assert not [element for element in page.elements if "data-rate" in element]


def test_d_05_the_query_of_a_receipt_gives_its_numbers(marts: Marts) -> None:
    told = 0
    columns = {"rate": "rate", "nonresponse_rate": "nonresponse"}
    with duckdb.connect() as session:
        session.register("released_counts", marts.released_counts.to_arrow())
        for cohort in rows(marts.cohorts):
            session.execute(macros(cohort).replace("CREATE TEMP", "CREATE OR REPLACE TEMP"))
            for row in rows(marts.observed_rates.filter(source=cohort["source"], period_kind="all", status="ok")):
                (found,) = session.sql(query(row)).pl().to_dicts()
                for column, name in columns.items():
                    if row[column] is not None:
                        expected = [row[column], row[f"{name}_low"], row[f"{name}_high"]]
                        assert list(found[column].values()) == pytest.approx(expected, abs=1e-12)
                        told += 1
                assert found["period"] == "all"
    assert told > 15


def test_d_06_a_rate_in_the_markup_has_its_interval_or_says_that_it_is_unknown(site: Path) -> None:
    told = 0
    for path, _, element in rated(site):
        told += 1
        if element.get("data-interval") == "unknown":
            assert "data-lo" not in element
        else:
            low, rate, high = (float(element[name]) for name in ("data-lo", "data-rate", "data-hi"))
            assert low <= rate <= high, path
    assert told > 150


def test_d_06_no_rate_is_printed_in_a_table_without_being_marked_as_one(site: Path) -> None:
    for path, page in pages(site):
        if path.parent.name in ("evidence", "tables") or path.name in ("methods.html", "checks.html", "privacy.html"):
            continue  # figures as they were printed, and rules: their numbers are no rates of ours
        marked = [element for element in page.elements if "data-rate" in element]
        for table in page.all("table"):
            caption = next(each["text"] for each in page.all("caption") if table in each["around"])
            if caption.startswith(SHARES):
                continue
            heads = [each["text"] for each in page.all("th") if each.get("scope") == "col" and table in each["around"]]
            for row in (each for each in page.all("tr") if table in each["around"]):
                cells = [each for each in page.elements if each["tag"] in ("th", "td") and row in each["around"]]
                for head, cell in zip(heads, cells, strict=True):
                    if cell["tag"] == "th" or head in AROUND or not RATE.match(cell["text"]):
                        continue
                    inside = [one for one in marked if one is cell or cell in one["around"]]
                    assert inside, f"{path}: {head}: {cell['text']}"


def test_d_06_every_rate_column_of_a_download_has_limits_beside_it(site: Path) -> None:
    for found in slices(site).values():
        for download in found["downloads"].values():
            names = [column["name"] for column in download["columns"]]
            for rate in {"percent", "points", "rate", "follow_up", "shrunk_rate", "effect"} & set(names):
                stem = rate.removesuffix("_rate")
                assert {f"{stem}_low", f"{stem}_high"} <= set(names)
            assert all(len(row) == len(names) for row in download["rows"])


def test_d_04_every_printed_figure_that_is_quoted_stands_beside_a_link_to_its_record(site: Path) -> None:
    printed: dict[str, set[str]] = defaultdict(set)
    for row in made_up_release.published_rates():
        printed[f"{row['printed']}%"].add(f"evidence/{row['study']}.html#r-")
    unresolved = []
    for path, page in pages(site):
        if path.parent.name == "evidence":
            continue  # the records themselves
        for element in page.elements:
            if element["tag"] in ("td", "li", "dd", "p", "h1", "h2"):
                for figure in set(re.findall(r"\d+\.\d%", element["text"])) & set(printed):
                    records = {*printed[figure], "#record"}  # of a claim: what its study has on it
                    if not any(record in link for record in records for link in within(page, element)):
                        unresolved.append((path.name, figure, element["text"][:80]))
    assert unresolved == []


def within(page: Reader, element: Element) -> list[str]:
    """The links of an element, or of the section, figure or view around it."""
    rows_ = [one for one in element["around"] if one["tag"] in ("tr", "article", "section")]
    return [link for one in (element, *rows_) for link in links(page, one)]


def test_d_04_a_record_gives_citation_identifier_place_and_who_checked(site: Path) -> None:
    page = Reader((site / "evidence" / "gerac-2007.html").read_text("utf-8"))
    text = unspaced(page.all("main")[0]["text"])
    for words in (
        "GERAC 2007. A journal 2007;1:1-9", "DOI 10.1001/archinte.167.17.1892", "Second check none yet",
        "Where it stands abstract", "Read in abstract", "Fingerprint",
    ):  # fmt: skip
        assert unspaced(words) in text, words
