"""A clinic's mark is that of all that its pages show: whatever of it is edited, its pages are drawn, and no others."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
import pytest

from dashboards.benchmarks import benchmarks
from dashboards.by_clinic import ALWAYS, OVER_ALL, SHARED, WHOLE, ByClinic
from dashboards.clinics import Clinics
from dashboards.layout import release
from dashboards.marts import Marts, MartsError
from dashboards.pages import clinic, receipts
from dashboards.receipts import JUDGED
from dashboards.shelf import KEYS, NO_MARKS, Marks, Shelf
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release
from tests.dashboards.test_pages_that_stand_again import CODE, FIRST, SECOND, InMemory, another, edited

OF_CLINICS = (*WHOLE, *OVER_ALL, *ALWAYS, "rule_strip")
ORDER = [["a figure"], ["an outcome"]]
#: Something to put where the made-up release has no value.
VALUES = {
    pl.String(): "some",
    pl.Float64(): 0.5,
    pl.Int32(): 5,
    pl.Int64(): 5,
    pl.Boolean(): True,
    pl.Date(): date(2026, 1, 2),
}


def marks(marts: Marts) -> Mapping[str, str]:
    return ByClinic(marts).marks(ORDER)


def pages(marts: Marts, shelf: Shelf, known: Marks = NO_MARKS) -> dict[str, str]:
    """The pages of clinics and their receipts, and the keys of all of them."""
    tables = ByClinic(marts)
    clinics = Clinics(tables.marts, benchmarks(tables.marts))
    made = [*clinic.pages(clinics, shelf.stands, shelf, known)]
    made += receipts.pages(tables, clinics, shelf.stands, shelf, known)
    return {page.path: page.html for page in made}


@cache
def shown() -> list[tuple[str, str]]:
    """Every column of a table of clinics that their pages may show, but those by which rows are told apart."""
    found = []
    for name in OF_CLINICS:
        columns = {"rule_strip": ALWAYS["standardised_rates"]} | OVER_ALL | ALWAYS
        wanted = set(columns.get(name, PUBLIC_TABLES[name].columns())) - {"charted"}  # it says which rows are shown
        found += [(name, one) for one in PUBLIC_TABLES[name].columns() if one in wanted - set(PUBLIC_TABLES[name].KEY)]
    return found


def edit_of(marts: Marts, table: str, column: str) -> tuple[Marts, str]:
    """The release with another value in a row that is shown, and whose row it is; where none has a value, with one."""
    shown = getattr(marts, table).with_row_index("row")
    shown = shown.filter(period_kind="all") if table in OVER_ALL else shown
    shown = shown.filter("charted") if table == "trends" else shown
    row = shown.sort(pl.col(column).is_null(), maintain_order=True).row(0, named=True)
    value = row[column] if row[column] is not None else VALUES[shown.schema[column]]
    return edited(marts, table, row["row"], column, another(value, random.Random(3))), row["source"]


@pytest.mark.parametrize(("table", "column"), shown())
def test_a_clinic_of_which_anything_is_edited_has_another_mark_and_no_other_clinic_has(
    marts: Marts, table: str, column: str
) -> None:
    after, source = edit_of(marts, table, column)
    marks_before, marks_after = marks(marts), marks(after)
    assert {one for one in marks_before if marks_before[one] != marks_after[one]} == {source}


@pytest.mark.parametrize("table", SHARED)
def test_what_explains_all_clinics_is_in_every_mark(marts: Marts, table: str) -> None:
    fewer = marks(replace(marts, **{table: getattr(marts, table)[1:]}))
    assert not [source for source, mark in marks(marts).items() if fewer[source] == mark]


def test_a_check_is_in_the_mark_of_what_it_judges_and_that_of_a_table_in_every_mark(marts: Marts) -> None:
    own = marts.checks.with_row_index("row").filter(pl.col("object").str.starts_with("riverside"))["row"][0]
    before, after = marks(marts), marks(edited(marts, "checks", own, "status", "failed"))
    assert {source for source in before if before[source] != after[source]} == {"riverside"}
    judged = pl.concat([marts.checks, marts.checks[:1].with_columns(object=pl.lit(JUDGED[0]))])
    of_table = marks(replace(marts, checks=judged))
    assert not [source for source in before if before[source] == of_table[source]]


def test_what_no_page_of_a_clinic_shows_is_in_no_mark(marts: Marts) -> None:
    moved = marts.clinic_variation.with_columns(pl.col("tail") / 2, pl.col("target") * 0.99)
    quarters = marts.observed_rates.filter(pl.col("period_kind") != "quarter")
    fewer = replace(marts, clinic_variation=moved, observed_rates=quarters, findings=marts.findings.clear())
    assert marks(fewer) == marks(marts)


def test_the_order_of_figures_and_the_list_of_outcomes_are_in_every_mark(marts: Marts) -> None:
    before, after = marks(marts), ByClinic(marts).marks([["another"], ["an outcome"]])
    assert not [source for source in before if before[source] == after[source]]


def test_nothing_and_minus_nothing_have_two_marks(marts: Marts) -> None:
    row = marts.comparisons.with_row_index("row").filter(pl.col("difference").is_not_null()).row(0, named=True)
    one, other = (edited(marts, "comparisons", row["row"], "difference", value) for value in (0.0, -0.0))
    assert marks(one)[row["source"]] != marks(other)[row["source"]]


@pytest.mark.parametrize("table", OF_CLINICS)
def test_pages_that_stand_by_their_mark_are_those_that_are_drawn_from_nothing(marts: Marts, table: str) -> None:
    first = Shelf(release(marts, FIRST), CODE)
    files = {f"site/{path}": html.encode() for path, html in pages(marts, first, marks(marts)).items()}
    entries = json.loads(first.keys())["pages"].values()
    files |= {f"site/{name}": b"a slice" for entry in entries for name in entry["files"]}
    last = InMemory(FIRST, files | {KEYS: first.keys().encode()})
    for after, _ in (edit_of(marts, name, column) for name, column in shown() if name == table):
        try:
            anew = pages(after, Shelf(release(after, SECOND)))
        except (KeyError, MartsError) as elsewhere:
            with pytest.raises(type(elsewhere)):
                pages(after, Shelf(release(after, SECOND), CODE, last), marks(after))
            continue
        again = Shelf(release(after, SECOND), CODE, last)
        assert pages(after, again, marks(after)) == anew


def test_tables_that_no_page_of_a_clinic_is_drawn_from_are_empty(marts: Marts) -> None:
    cut = ByClinic(marts).marts
    used = {*SHARED, *OF_CLINICS, "checks"}
    assert {name for name in made_up_release.tables() if name not in used and getattr(cut, name).height} == set()


def test_one_clinics_tables_hold_no_row_of_another(marts: Marts) -> None:
    few = ByClinic(marts).of(["riverside"])
    assert {source for name in OF_CLINICS for source in getattr(few, name)["source"]} == {"riverside"}
