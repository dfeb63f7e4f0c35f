"""How far lines set aside could move each clinic's best-known rate, from released numbers alone."""

from typing import Any

import polars as pl
import pytest

from schemas.labels import Definitions, Endpoints
from schemas.observed_rates import ObservedRates
from transforms.set_aside import could_move, most_set_aside


def delivery(source: str, quarantined: int | None, state: str = "partly") -> dict[str, Any]:
    return {"source": source, "state": state, "quarantined": quarantined}


def rates(*rows: tuple[str, str, int, int], **more: Any) -> pl.DataFrame:
    """Observed rates of clinics: source, endpoint, responders, analysed."""
    written = [
        {"source": source, "cohort": source, "definition": "half", "endpoint": endpoint, "population": "everyone",
         "period_kind": "all", "period": "all", "status": "ok", "responders": x, "analysed": n} | more
        for source, endpoint, x, n in rows
    ]  # fmt: skip
    return pl.DataFrame(written, schema=ObservedRates.schema())


def found(deliveries: list[dict[str, Any]], observed: pl.DataFrame) -> list[tuple[str, int, float, float]]:
    known = pl.DataFrame(deliveries, schema={"source": pl.String, "state": pl.String, "quarantined": pl.Int32})
    moved = could_move(known, observed, Definitions.empty(), Endpoints.empty())
    return [(one.source, one.lines, round(one.low, 3), round(one.high, 3)) for one in moved]


def test_the_rate_of_most_patients_is_told_with_its_bounds() -> None:
    observed = rates(("alder", "3-months", 20, 40), ("alder", "6-months", 50, 100), ("birch", "3-months", 10, 20))
    assert found([delivery("alder", 10), delivery("birch", 0)], observed) == [
        ("alder", 12, 0.38, 0.62), ("birch", 0, 0.5, 0.5),
    ]  # fmt: skip


def test_a_hidden_number_of_lines_counts_as_the_most_that_it_can_be_and_unused_files_do_not_count() -> None:
    rows = [delivery("alder", None), delivery("alder", 10, "accepted"), delivery("cedar", 500, "rejected"),
            delivery("cedar", 500, "held"), delivery("cedar", 500, "superseded")]  # fmt: skip
    assert most_set_aside(rows) == {"alder": 7 + 12}


@pytest.mark.parametrize(
    "more", [{"status": "suppressed"}, {"period_kind": "year"}, {"population": "chronic"}, {"cohort": "an-arm"}]
)
def test_what_is_not_shown_of_a_whole_clinic_has_no_bounds(more: dict[str, Any]) -> None:
    assert found([delivery("alder", 10)], rates(("alder", "3-months", 20, 40), **more)) == []


def test_the_sentence_says_between_what_and_what_and_what_it_is() -> None:
    known = pl.DataFrame(
        [delivery("alder", 10)], schema={"source": pl.String, "state": pl.String, "quarantined": pl.Int32}
    )
    (one,) = could_move(known, rates(("alder", "6-months", 50, 100)), Definitions.empty(), Endpoints.empty())
    assert one.sentence == (
        "If all of at most 12 lines set aside were admitted, the rate of half, 6-months would lie between 38% and 62%; "
        "it is 50%."
    )
    assert one.furthest == pytest.approx(0.12)
