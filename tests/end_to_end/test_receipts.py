"""The sample's site: every number that a page links to a receipt stands there, and its query gives it again."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orchestration.warehouse import connect
from tests.dashboards.built_site import Reader, pages
from tests.end_to_end.sample_home import sample_home

Numbers = set[tuple[str, str, str]]
#: Which of the query's shares is held in which column, as a receipt names it.
GIVEN = {
    "observed_rates.rate": "rate", "observed_rates.nonresponse_rate": "nonresponse_rate",
    "rule_strip.rate": "upper_bound", "follow_up.follow_up": "follow_up", "trends.rate": "rate",
}  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Path:
    return (sample_home().current / "site").resolve()


@pytest.fixture(scope="module")
def read(site: Path) -> dict[Path, Reader]:
    return dict(pages(site))


def stated(page: Reader, within: str) -> Numbers:
    """Every rate with its limits in the part of a page of this id."""
    return {
        (element["data-rate"], element.get("data-lo", ""), element.get("data-hi", ""))
        for element in page.elements
        if "data-rate" in element and any(around.get("id") == within for around in element["around"])
    }


def test_d_05_every_number_of_the_sample_that_has_a_receipt_stands_in_it(site: Path, read: dict[Path, Reader]) -> None:
    held: dict[tuple[Path, str], Numbers] = {}
    told = 0
    for path, page in read.items():
        for element in page.elements:
            if "data-rate" not in element:
                continue
            own = [one for one in element["around"] if one["tag"] == "a"]
            leads = own or [each for each in page.all("a") if element in each["around"]]
            for link in (each["href"] for each in leads if "receipts/" in each["href"]):
                place, _, anchor = link.partition("#")
                receipt = (path.parent / place).resolve(), anchor
                if receipt not in held:
                    held[receipt] = stated(read[site / "receipts" / receipt[0].name], anchor)
                number = element["data-rate"], element["data-lo"], element["data-hi"]
                assert number in held[receipt], f"{path.name}: {element['text'][:80]}, {link}"
                told += 1
    assert told > 500
    assert len(held) > 100


def queries(page: Reader) -> Iterator[tuple[str, list[str], dict[str, tuple[str, str, str]]]]:
    """For each outcome of a page: its anchor, its queries, and its numbers by the column that holds them."""
    for article in page.all("article"):
        inside = [element for element in page.elements if article in element["around"]]
        numbers = {}
        for entry in (
            element for element in inside if element["tag"] == "li" and "from a model" not in element["text"]
        ):
            rate = next(element for element in inside if "data-rate" in element and entry in element["around"])
            column = next(each["text"] for each in inside if each["tag"] == "code" and entry in each["around"])
            numbers[column] = rate["data-rate"], rate["data-lo"], rate["data-hi"]
        lines = [
            element["text"] for element in inside if element["tag"] == "code" and element["text"].startswith("FROM")
        ]
        yield article["id"], lines, numbers


def test_d_05_the_query_printed_on_a_receipt_gives_its_numbers_from_the_public_tables(site: Path) -> None:
    told = 0
    for path in sorted((site / "receipts").iterdir())[::3]:
        page = Reader(path.read_text("utf-8"))
        with closing(connect(site.parent / "marts.duckdb", read_only=True)) as session:
            session.execute(next(element["text"] for element in page.all("code") if element.get("id") == "macros"))
            for anchor, (whole, *quarters), numbers in queries(page):
                (found,) = session.sql(whole).pl().to_dicts()
                latest = {row["period"]: row for query in quarters for row in session.sql(query).pl().to_dicts()}
                for column, number in numbers.items():
                    rows = latest.values() if column == "trends.rate" else [found]
                    given = [
                        tuple(f"{share:.4f}" for share in row[GIVEN[column]].values()) for row in rows if known(row)
                    ]
                    assert number in given, f"{path.name}#{anchor}: {column}"
                    told += 1
    assert told > 100


def known(row: dict[str, object]) -> bool:
    """Whether the counts of a row may be known."""
    return not re.search("None", str(row["rate"]))
