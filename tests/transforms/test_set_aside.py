"""How far lines set aside could move each clinic's best-known rate, from released numbers alone."""

from itertools import product
from typing import Any

import polars as pl
import pytest

from schemas.deliveries import Deliveries, Rejections
from schemas.labels import Definitions, Endpoints
from schemas.observed_rates import ObservedRates
from transforms.masking import masked
from transforms.set_aside import CouldMove, could_move, most_set_aside


def delivery(source: str, quarantined: int | None, state: str = "partly") -> dict[str, Any]:
    return {"source": source, "delivery": "d1", "state": state, "quarantined": quarantined}


def rejected(**reasons: int | None) -> list[dict[str, Any]]:
    """The lines of alder's only delivery that were set aside for each of these reasons, as they were masked."""
    return [
        {"source": "alder", "delivery": "d1", "reason": reason, "lines": lines} for reason, lines in reasons.items()
    ]


def rates(*rows: tuple[str, str, int, int], **more: Any) -> pl.DataFrame:
    """Observed rates of clinics: source, endpoint, responders, analysed."""
    written = [
        {"source": source, "cohort": source, "definition": "half", "endpoint": endpoint, "population": "everyone",
         "period_kind": "all", "period": "all", "status": "ok", "responders": x, "analysed": n} | more
        for source, endpoint, x, n in rows
    ]  # fmt: skip
    return pl.DataFrame(written, schema=ObservedRates.schema())


def moved(
    deliveries: list[dict[str, Any]], observed: pl.DataFrame, reasons: list[dict[str, Any]] | None = None
) -> list[CouldMove]:
    known = pl.DataFrame(deliveries, schema=Deliveries.schema())
    told = pl.DataFrame(reasons or [], schema=Rejections.schema())
    return could_move(known, told, observed, Definitions.empty(), Endpoints.empty())


def found(deliveries: list[dict[str, Any]], observed: pl.DataFrame) -> list[tuple[str, int, float, float]]:
    return [(one.source, one.lines, round(one.low, 3), round(one.high, 3)) for one in moved(deliveries, observed)]


def test_the_rate_of_most_patients_is_told_with_its_bounds() -> None:
    observed = rates(("alder", "3-months", 20, 40), ("alder", "6-months", 50, 100), ("birch", "3-months", 10, 20))
    assert found([delivery("alder", 10), delivery("birch", 0)], observed) == [
        ("alder", 12, 0.38, 0.62), ("birch", 0, 0.5, 0.5),
    ]  # fmt: skip


def test_a_hidden_number_of_lines_counts_as_the_most_that_it_can_be_and_unused_files_do_not_count() -> None:
    rows = [delivery("alder", None), delivery("alder", 10, "accepted"), delivery("cedar", 500, "rejected"),
            delivery("cedar", 500, "held"), delivery("cedar", 500, "superseded")]  # fmt: skip
    assert most_set_aside(rows, []) == {"alder": 7 + 12}


@pytest.mark.parametrize(
    "more", [{"status": "suppressed"}, {"period_kind": "year"}, {"population": "chronic"}, {"cohort": "an-arm"}]
)
def test_what_is_not_shown_of_a_whole_clinic_has_no_bounds(more: dict[str, Any]) -> None:
    assert found([delivery("alder", 10)], rates(("alder", "3-months", 20, 40), **more)) == []


def test_the_sentence_says_between_what_and_what_and_what_it_is() -> None:
    (one,) = moved([delivery("alder", 10)], rates(("alder", "6-months", 50, 100)))
    assert one.sentence == (
        "If all of at most 12 lines set aside were admitted, the rate of half, 6-months would lie between 38% and 62%; "
        "it is 50%."
    )
    assert one.furthest == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("aside", "reasons", "most"),
    [
        (20, {"withdrawn": 20}, 0),  # no other reason: every line set aside is of a patient who was withdrawn
        (None, {"withdrawn": None}, 0),
        (20, {"withdrawn": 10, "duplicate": 10}, 12),  # at most 12 others, though 22 - 8 were more
        (30, {"withdrawn": 20, "duplicate": 10, "date_unreadable": 10}, 14),  # at most 32 - 18
        (20, {"withdrawn": None, "duplicate": 20}, 21),  # one was withdrawn at least: how many more is not told
        (None, {"withdrawn": None, "duplicate": None}, 6),
        (20, {"duplicate": 20}, 22),
    ],
)
def test_lines_of_withdrawn_patients_are_not_among_those_that_could_be_admitted(
    aside: int | None, reasons: dict[str, int | None], most: int
) -> None:
    assert most_set_aside([delivery("alder", aside)], rejected(**reasons)).get("alder", 0) == most


def test_the_most_lines_to_admit_are_never_fewer_than_there_are_and_follow_from_what_is_shown() -> None:
    told: dict[tuple[tuple[int | None, ...], bool], set[int]] = {}
    for withdrawn, others in product(range(1, 26), range(26)):
        shown = tuple(masked_number(lines) for lines in (withdrawn + others, withdrawn, others))
        reasons = rejected(withdrawn=shown[1], **({"duplicate": shown[2]} if others else {}))
        most = most_set_aside([delivery("alder", shown[0])], reasons).get("alder", 0)
        assert most >= others
        told.setdefault((shown, bool(others)), set()).add(most)
    assert all(len(found) == 1 for found in told.values())  # one answer for all that a reader cannot tell apart


def masked_number(lines: int) -> int | None:
    return pl.select(masked(pl.lit(lines))).item()  # type: ignore[no-any-return]  # a number or nothing


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ({"withdrawn": 10}, "No line was set aside that could move the rate of half, 6-months."),
        (
            {"withdrawn": 10, "duplicate": None},
            (
                "If all of at most 4 lines set aside were admitted, the rate of half, 6-months would lie between 46% "
                "and 54%; it is 50%."
            ),
        ),
    ],
)
def test_the_words_do_not_count_lines_of_withdrawn_patients(reasons: dict[str, int | None], sentence: str) -> None:
    (one,) = moved([delivery("alder", 10)], rates(("alder", "6-months", 50, 100)), rejected(**reasons))
    assert one.sentence == f"{sentence} Lines of patients who were withdrawn are never admitted."
