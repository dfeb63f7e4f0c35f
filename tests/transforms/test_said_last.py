"""Of what several deliveries say of one score the last word counts, upwards or downwards."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from transforms.said_last import said_last

DAY = date(2026, 1, 5)
SCHEMA: dict[str, Any] = {
    "source": pl.Int16, "delivery": pl.UInt32, "patient": pl.UInt64, "course": pl.UInt64, "start": pl.Date,
    "date": pl.Date, "nominal_day": pl.Int16, "instrument": pl.Int16, "score": pl.Int32,
}  # fmt: skip


def row(delivery: int, score: int | None, **other: Any) -> dict[str, Any]:
    """A score of one patient on one day."""
    known = {"source": 0, "patient": 1, "course": 7, "start": DAY, "date": DAY, "nominal_day": None, "instrument": 2}
    return {**known, "delivery": delivery, "score": score} | other


def scores(*rows: dict[str, Any], rule: str = "start") -> list[int | None]:
    frame = pl.DataFrame(list(rows), schema=SCHEMA).lazy()
    found: list[int | None] = said_last(frame, rules={0: rule, 1: rule}).collect()["score"].to_list()
    return found


def test_a_later_delivery_corrects_a_score_upwards_and_downwards() -> None:
    assert scores(row(0, 40), row(1, 10)) == [10]
    assert scores(row(0, 10), row(1, 40)) == [40]


def test_scores_of_other_days_patients_instruments_and_clinics_stand() -> None:
    others = [{"date": date(2026, 1, 6)}, {"nominal_day": 9}, {"patient": 2}, {"instrument": 3}, {"source": 1}]
    for other in others:
        assert scores(row(0, 40), row(1, 10, **other)) == [40, 10]


def test_a_row_without_a_score_takes_nothing_back() -> None:
    assert scores(row(0, 40), row(1, None)) == [40, None]


def test_courses_are_told_apart_as_the_contract_says() -> None:
    begun, coded = {"start": date(2025, 12, 1)}, {"course": 8}
    assert scores(row(0, 40), row(1, 10, **begun), rule="start") == [40, 10]
    assert scores(row(0, 40), row(1, 10, **begun), rule="column") == [10]
    assert scores(row(0, 40), row(1, 10, **coded), rule="column") == [40, 10]
    assert scores(row(0, 40), row(1, 10, **coded), rule="start") == [10]
    assert scores(row(0, 40), row(1, 10, **begun, **coded), rule="gap") == [10]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), unique=True), st.data())
def test_each_score_is_the_one_of_its_last_delivery(said: list[tuple[int, int]], data: st.DataObject) -> None:
    told = [row(when, data.draw(st.integers(0, 100)), patient=who) for when, who in sorted(said)]
    last = {one["patient"]: one["score"] for one in told}
    frame = pl.DataFrame(told, schema=SCHEMA).lazy()
    found = said_last(frame, rules={0: "start"}).collect()
    assert dict(found.select("patient", "score").rows()) == last
    assert found.height == len(last)
