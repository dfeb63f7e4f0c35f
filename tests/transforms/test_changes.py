"""What differs from the release before: found in every kind of table, with the cause that the tables tell."""

from typing import Any

import polars as pl
import pytest

from schemas.changes import Changes
from schemas.comparisons import Comparisons
from schemas.contract import Table, faults
from schemas.deliveries import Deliveries
from schemas.observed_rates import ObservedRates
from schemas.published_rates import PublishedRates
from transforms.changes import changes

Row = dict[str, Any]
CELL = {"definition": "d", "endpoint": "6-months", "population": "everyone", "period_kind": "all", "period": "all"}


def frame(table: type[Table], *rows: Row) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(table.columns()) | row for row in rows], schema=table.schema())


def rate(rate_: float | None = 0.5, **more: Any) -> Row:
    limits = {"rate_low": None if rate_ is None else rate_ - 0.1, "rate_high": None if rate_ is None else rate_ + 0.1}
    return {"source": "hillside", "cohort": "hillside", "status": "ok", "rate": rate_} | limits | CELL | more


def compared(**more: Any) -> Row:
    known = {"source": "hillside", "cohort": "hillside", "study": "s", "result": "r", "grade": "B"}
    return known | {"outcome_kind": "verdict", "robust_verdict": "equivalent"} | more


def figure(**more: Any) -> Row:
    return {"study": "s", "result": "r", "printed": "47.6", "n": 387, "rate": 0.476, "carries_verdict": True} | more


def file(delivery: str = "0" * 12, **more: Any) -> Row:
    return {"source": "hillside", "delivery": delivery, "state": "accepted"} | more


def tables(**rows: list[Row]) -> dict[str, pl.DataFrame]:
    made = {
        "observed_rates": [rate()],
        "comparisons": [compared()],
        "published_rates": [figure()],
        "deliveries": [file()],
    }
    kinds = {
        "observed_rates": ObservedRates, "comparisons": Comparisons, "published_rates": PublishedRates,
        "deliveries": Deliveries,
    }  # fmt: skip
    return {name: frame(kinds[name], *rows.get(name, known)) for name, known in made.items()}


def found(before: dict[str, pl.DataFrame], now: dict[str, pl.DataFrame]) -> list[Row]:
    previous = before | ({} if "changes" in before else {"changes": Changes.empty()})
    made = changes(**now, previous=previous, previous_release="earlier")
    assert faults(Changes, made) == []
    return made.to_dicts()


def test_a_first_release_differs_from_nothing() -> None:
    assert changes(**tables(), previous={}, previous_release="").is_empty()


def test_a_rate_that_moved_without_a_file_is_a_setting_or_the_code() -> None:
    (row,) = found(tables(), tables(observed_rates=[rate(0.6)]))
    assert (row["kind"], row["before_rate"], row["after_rate"], row["cause"]) == (
        "rate", 0.5, 0.6, "setting or code changed",
    )  # fmt: skip
    assert row["since"] == "earlier"


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        ([file(), file("1" * 12)], "new file"),
        ([file(state="superseded"), file("1" * 12)], "file replaced"),
        ([file(state="partly")], "file read differently"),
        ([], "file no longer counted"),
    ],
)
def test_a_rate_that_moved_with_a_clinics_files_is_told_by_what_became_of_them(files: list[Row], cause: str) -> None:
    rows = found(tables(), tables(observed_rates=[rate(0.6)], deliveries=files))
    assert [row["cause"] for row in rows if row["kind"] == "rate"] == [cause]
    assert all(row["delivery"] for row in rows if row["kind"] == "file")


def test_another_clinics_file_explains_nothing() -> None:
    rows = found(tables(), tables(observed_rates=[rate(0.6)], deliveries=[file(), file("1" * 12, source="riverside")]))
    assert [row["cause"] for row in rows if row["kind"] == "rate"] == ["setting or code changed"]


def test_an_edited_record_explains_a_comparison_before_any_file() -> None:
    now = tables(
        published_rates=[figure(printed="47.5")],
        comparisons=[compared(robust_verdict="inconclusive")],
        deliveries=[file(), file("1" * 12)],
    )
    causes = {row["kind"]: row["cause"] for row in found(tables(), now)}
    assert causes["comparison"] == causes["published figure"] == "published record edited"
    (row,) = (row for row in found(tables(), now) if row["kind"] == "comparison")
    assert (row["before"], row["after"]) == ("equivalent, grade B", "inconclusive, grade B")


def test_what_appears_and_what_goes_is_empty_on_the_other_side() -> None:
    other = rate(endpoint="3-months")
    (gone, new) = sorted(found(tables(), tables(observed_rates=[other])), key=lambda row: row["endpoint"], reverse=True)
    assert (gone["before"], gone["after"], gone["after_rate"]) == ("ok", "", None)
    assert (new["before"], new["before_rate"], new["after"]) == ("", None, "ok")


def test_a_rate_by_quarter_is_not_compared() -> None:
    quarter = rate(0.9, period_kind="quarter", period="2026-Q1")
    assert found(tables(), tables(observed_rates=[rate(), quarter])) == []


def test_a_release_that_differs_in_nothing_keeps_what_the_one_before_told() -> None:
    told = changes(**tables(observed_rates=[rate(0.6)]), previous=tables() | {"changes": Changes.empty()},
                   previous_release="first")  # fmt: skip
    again = found(tables() | {"changes": told}, tables())
    assert again == told.to_dicts()
    assert {row["since"] for row in again} == {"first"}


def test_what_the_one_before_told_stands_in_the_same_order_however_it_was_stored() -> None:
    moved = tables(observed_rates=[rate(0.6), rate(0.7, source="alder", cohort="alder")])
    told = changes(**moved, previous=tables() | {"changes": Changes.empty()}, previous_release="first")
    assert told.height == 2
    assert found(tables() | {"changes": told.reverse()}, tables()) == told.to_dicts()
