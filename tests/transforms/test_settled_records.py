"""Records among each other: what repeats another is set aside, what contradicts another sets both aside."""

from typing import Any

import polars as pl
import pytest

from schemas.readings import Readings
from tests.transforms.hillside import accepted, day, reasons
from transforms.readings import settle


def settled(
    *rows: tuple[int, int, str, str, int], episodes: str = "start", **further: list[Any]
) -> dict[int, set[str]]:
    """The reasons by line; `rows` are (line, patient, date, instrument, score)."""
    frame = accepted(
        *(
            {"line": line, "patient": who, "date": day(on), "instrument": what, "score": units}
            for line, who, on, what, units in rows
        )
    ).with_columns(pl.Series(name, values, Readings.schema()[name]) for name, values in further.items())
    found = settle(frame.collect(), episodes=episodes)
    return {line: reasons(mask) for line, mask in found.select("line", "reasons").rows()}


def test_records_that_say_different_things_are_left_alone() -> None:
    assert (
        settled(
            (2, 1, "2026-01-05", "nrs-pain", 70),
            (3, 1, "2026-01-06", "nrs-pain", 60),
            (4, 1, "2026-01-05", "rmdq-24", 70),
            (5, 2, "2026-01-05", "nrs-pain", 60),
        )
        == {}
    )


def test_of_records_that_say_the_same_the_first_counts() -> None:
    again = [(line, 1, "2026-01-05", "nrs-pain", 70) for line in (4, 2, 9)]
    assert settled(*again) == {4: {"duplicate"}, 9: {"duplicate"}}


def test_records_that_contradict_each_other_are_all_set_aside() -> None:
    found = settled(
        (2, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "nrs-pain", 60),
        (4, 1, "2026-01-05", "nrs-pain", 70),
    )
    assert found == {key: {"conflicting_scores"} for key in (2, 3, 4)}


@pytest.mark.parametrize("why", [{"reasons": [4, 0]}, {"score": [None, 70]}])
def test_a_record_that_does_not_count_is_neither_repeated_nor_contradicted(why: dict[str, list[Any]]) -> None:
    assert settled((2, 1, "2026-01-05", "nrs-pain", 60), (3, 1, "2026-01-05", "nrs-pain", 70), **why) == {}


def test_a_record_that_is_left_out_is_neither_repeated_nor_contradicted() -> None:
    twice = accepted(*({"line": line, "date": day("2026-01-05"), "score": 10 * line} for line in (2, 3))).collect()
    assert settle(twice.with_columns(included=pl.Series([False, True])), episodes="single").is_empty()
    assert settle(twice.with_columns(included=pl.lit(value=True)), episodes="single").height == 2


def test_a_visit_repeats_another_only_if_all_of_its_scores_do() -> None:
    found = settled(
        (2, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "nrs-pain", 70),
        (3, 1, "2026-01-05", "rmdq-24", 1200),
        (4, 1, "2026-01-05", "nrs-pain", 70),
    )
    assert found == {4: {"duplicate"}}


@pytest.mark.parametrize(("rule", "apart"), [("start", True), ("single", False), ("gap", False), ("column", False)])
def test_one_day_in_two_courses_is_two_records(rule: str, apart: bool) -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    found = settled(*twice, episodes=rule, start=[day("2025-01-05"), day("2026-01-05")])
    assert found == ({} if apart else {line: {"conflicting_scores"} for line in (2, 3)})


def test_courses_that_have_codes_are_told_apart_by_them() -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    assert settled(*twice, episodes="column", course=[8, 9]) == {}
    assert settled(*twice, episodes="column", course=[8, 8]) == {key: {"conflicting_scores"} for key in (2, 3)}


def test_nominal_days_are_told_apart_like_dates() -> None:
    twice = [(line, 1, "2026-01-05", "nrs-pain", score) for line, score in ((2, 70), (3, 60))]
    assert settled(*twice, nominal_day=[0, 183]) == {}
    assert settled(*twice, nominal_day=[0, 0]) == {key: {"conflicting_scores"} for key in (2, 3)}


def test_nothing_to_settle_is_nothing() -> None:
    assert settled((2, 1, "2026-01-05", "nrs-pain", 70)) == {}
