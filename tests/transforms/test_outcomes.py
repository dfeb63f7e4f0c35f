"""Baseline and follow-up: which score of a window stands for it, and from which day on an outcome is due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.delivery_contract import DeliveryContract
from schemas.outcomes import STATES, Outcomes
from schemas.vocabulary import Vocabulary
from tests.transforms.hillside import (
    COLUMNS,
    ENDPOINT,
    INSTRUMENT,
    VOCABULARY,
    Row,
    accepted,
    contract,
    day,
    due,
    known,
)
from transforms.episodes import courses, episodes
from transforms.outcomes import outcomes

START = day("2025-01-15")
UNDATED = contract(
    columns={"patient": "code", "day": "days", "instrument": "measure", "score": "value"}, data_cut="closed"
)
CLOSED = contract(data_cut="closed")


def seen(
    agreed: DeliveryContract, *rows: Row, data_to: str | None = "2026-10-31", vocabulary: Vocabulary = VOCABULARY
) -> pl.DataFrame:
    """The outcomes of one clinic with the endpoint's name and the state in words."""
    sources, set_up = known(agreed, data_to=data_to)
    linked = courses(accepted(*rows), sources=set_up).collect().lazy()
    begun = episodes(linked, sources=set_up)
    found = outcomes(linked, begun, sources=set_up, schedule=due(sources), vocabulary=vocabulary).collect()
    names, states = sorted(vocabulary.endpoints), list(STATES)
    return found.with_columns(
        at=pl.col("endpoint").map_elements(lambda place: names[place], pl.String),
        word=pl.col("state").map_elements(lambda place: states[place], pl.String),
    )


def scored(*days: int, scores: tuple[int, ...] = (), start: date = START) -> list[Row]:
    """Rows on these days from the start; the score is the day itself unless given."""
    given_scores = scores or tuple(abs(one) for one in days)
    return [
        {"start": start, "date": start + timedelta(one), "score": score}
        for one, score in zip(days, given_scores, strict=True)
    ]


def selected(endpoint: str, *days: int, scores: tuple[int, ...] = (), agreed: DeliveryContract = CLOSED) -> int | None:
    """The day of the score that stands for an endpoint."""
    found = seen(agreed, *scored(0, scores=(90,)), *scored(*days, scores=scores)).filter(at=endpoint)
    chosen: int | None = found["day"].item()
    return chosen


def baseline(*days: int, agreed: DeliveryContract = CLOSED) -> int | None:
    """The score of the baseline, where scores are their days (without sign)."""
    found: int | None = seen(agreed, *scored(*days, 200))["baseline"][0]
    return found


# ---- baseline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "found"), [(-15, None), (-14, 14), (-1, 1), (0, 0), (1, None)])
def test_a_baseline_is_taken_in_the_two_weeks_before_treatment_or_on_its_first_day(on: int, found: int | None) -> None:
    assert baseline(on) == found


def test_the_last_score_of_the_baseline_days_is_the_baseline() -> None:
    assert baseline(-14, -3, -9) == 3


@pytest.mark.parametrize(("on", "found"), [(-29, None), (-28, 28), (3, 3), (4, None)])
def test_a_contract_may_have_its_own_baseline_days(on: int, found: int | None) -> None:
    assert baseline(on, agreed=contract(data_cut="closed", baseline_days=[-28, 3])) == found


def test_each_instrument_has_its_own_baseline() -> None:
    rows = [*scored(0, scores=(70,)), {**scored(-2, scores=(1200,))[0], "instrument": "rmdq-24"}]
    found = seen(CLOSED, *rows).select("instrument", "baseline").unique()
    assert sorted(found.rows()) == sorted([(INSTRUMENT["nrs-pain"], 70), (INSTRUMENT["rmdq-24"], 1200)])


def test_one_course_does_not_lend_its_baseline_to_another() -> None:
    later = START + timedelta(400)
    rows = [*scored(0, scores=(70,)), *scored(183, scores=(20,), start=later)]
    found = seen(CLOSED, *rows).filter(at="6-months").sort("episode")
    assert found.select("baseline", "score").rows() == [(70, None), (None, 20)]


# ---- windows -----------------------------------------------------------------------------------------------

WINDOWS = {
    "4-weeks": (21, 28, 41),
    "8-weeks": (42, 56, 77),
    "3-months": (78, 91, 136),
    "6-months": (137, 183, 228),
    "12-months": (305, 365, 456),
}


def test_the_windows_are_those_of_the_methods() -> None:
    assert {name: (one.low, one.target, one.high) for name, one in VOCABULARY.endpoints.items()} == WINDOWS


@pytest.mark.parametrize(("endpoint", "window"), WINDOWS.items(), ids=list(WINDOWS))
def test_both_ends_of_a_window_are_inside_it(endpoint: str, window: tuple[int, int, int]) -> None:
    low, _, high = window
    assert [selected(endpoint, on) for on in (low - 1, low, high, high + 1)] == [None, low, high, None]


@pytest.mark.parametrize("on", [1, 20, 229, 304, 457])
def test_a_score_outside_every_window_stands_for_nothing(on: int) -> None:
    assert seen(CLOSED, *scored(0, on))["day"].to_list() == [None] * len(WINDOWS)


@pytest.mark.parametrize("on", [21, 41, 42, 77, 78, 136, 137, 228, 305, 456])
def test_a_score_in_a_window_stands_for_one_endpoint_only(on: int) -> None:
    assert seen(CLOSED, *scored(0, on))["day"].drop_nulls().to_list() == [on]


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        ((170, 190), 190),
        ((178, 188), 188),
        ((177, 188), 188),
        ((178, 189), 178),
        ((183, 184), 183),
        ((137, 228), 228),
        ((138, 228), 228),
        ((139, 228), 139),
    ],
)
def test_the_score_nearest_the_target_stands_for_it_and_of_two_as_near_the_later(
    days: tuple[int, ...], chosen: int
) -> None:
    assert selected("6-months", *days) == chosen
    assert selected("6-months", *reversed(days)) == chosen


@given(st.dictionaries(st.integers(100, 260), st.integers(0, 100), max_size=5), st.data())
@settings(deadline=None, max_examples=30)
def test_which_score_is_chosen_never_depends_on_the_scores(scores: dict[int, int], data: st.DataObject) -> None:
    others = {one: data.draw(st.integers(0, 100)) for one in scores}
    chosen = selected("6-months", *scores, scores=tuple(scores.values()))
    assert chosen == selected("6-months", *others, scores=tuple(others.values()))
    inside = sorted((abs(one - 183), -one) for one in scores if 137 <= one <= 228)
    assert chosen == (-inside[0][1] if inside else None)


@given(st.integers(-7, 140), st.integers(137, 228), st.sampled_from(["nrs-pain", "groc", "ffbh-r"]))
@settings(deadline=None, max_examples=30)
def test_a_chosen_score_comes_back_as_it_was_stored(score: int, on: int, name: str) -> None:
    rows = [row | {"instrument": name} for row in scored(0, on, scores=(score, -score))]
    found = seen(CLOSED, *rows).filter(at="6-months").row(0, named=True)
    assert (found["baseline"], found["score"], found["day"]) == (score, -score, on)


def test_an_endpoint_may_ask_for_the_last_score_instead() -> None:
    last = replace(VOCABULARY.endpoints["6-months"], select="last")
    vocabulary = replace(VOCABULARY, endpoints=dict(VOCABULARY.endpoints) | {"6-months": last})
    found = seen(CLOSED, *scored(0, 183, 200, 190), vocabulary=vocabulary).filter(at="6-months")
    assert found["day"].item() == 200


def test_a_row_without_a_score_does_not_stand_for_anything() -> None:
    rows = [*scored(0, 170), {"start": START, "date": START + timedelta(183), "score": None}]
    assert seen(CLOSED, *rows).filter(at="6-months")["day"].item() == 170


def test_days_count_from_the_one_start_of_a_course_whatever_else_a_record_says() -> None:
    agreed = contract(episodes="single", data_cut="closed")
    rows = [*scored(0, scores=(70,)), {"start": START + timedelta(30), "date": START + timedelta(183), "score": 20}]
    assert seen(agreed, *rows).filter(at="6-months")["day"].item() == 183


def test_days_without_dates_are_taken_as_they_are() -> None:
    rows: list[Row] = [{"nominal_day": on, "score": on} for on in (0, 150, 183)]
    assert seen(UNDATED, *rows, data_to=None).filter(at="6-months")["day"].item() == 183


# ---- due or not due ----------------------------------------------------------------------------------------


def states(agreed: DeliveryContract, data_to: str | None, *rows: Row) -> Mapping[str, str]:
    return dict(seen(agreed, *rows, data_to=data_to).select("at", "word").rows())


@pytest.mark.parametrize(
    ("keep", "data_to", "word"),
    [
        ("day", "2025-08-30", "not due"),  # START + 227
        ("day", "2025-08-31", "missing"),  # START + 228
        ("month", "2025-09-15", "not due"),  # 31 January + 227
        ("month", "2025-09-16", "missing"),  # 31 January + 228
    ],
)
def test_an_outcome_is_due_on_the_day_its_window_closes_and_not_one_day_earlier(
    keep: str, data_to: str, word: str
) -> None:
    assert states(contract(keep_dates=keep), data_to, *scored(0))["6-months"] == word


def test_what_is_not_due_is_not_due_even_if_a_score_is_there() -> None:
    found = seen(contract(keep_dates="day"), *scored(0, 183), data_to="2025-08-30").filter(at="6-months")
    assert (found["word"].item(), found["score"].item()) == ("not due", 183)


def test_a_score_that_is_due_is_measured() -> None:
    assert states(contract(keep_dates="day"), "2025-08-31", *scored(0, 183))["6-months"] == "measured"


def test_an_earlier_endpoint_can_be_due_when_a_later_one_is_not() -> None:
    found = states(contract(keep_dates="day"), "2025-06-01", *scored(0, 91))
    assert {name: word for name, word in found.items() if word != "not due"} == {
        "4-weeks": "missing",
        "8-weeks": "missing",
        "3-months": "measured",
    }


def test_everything_is_due_where_collection_is_closed() -> None:
    assert set(states(CLOSED, "2025-01-15", *scored(0)).values()) == {"missing"}


def test_nothing_is_due_where_no_day_is_known_to_which_the_data_speak() -> None:
    assert set(states(contract(), None, *scored(0)).values()) == {"not due"}


def test_each_source_is_judged_against_its_own_data_cut() -> None:
    agreed = contract(keep_dates="day")
    sources, set_up = known(agreed, agreed)
    set_up = set_up.with_columns(cut=pl.Series([day("2025-08-31"), day("2025-08-30")]))
    both = pl.concat([accepted(*scored(0), source=at) for at in (0, 1)])
    linked = courses(both, sources=set_up).collect().lazy()
    found = outcomes(
        linked,
        episodes(linked, sources=set_up),
        sources=set_up,
        schedule=due(sources),
        vocabulary=VOCABULARY,
    ).collect()
    at_six = found.filter(pl.col("endpoint") == ENDPOINT["6-months"]).sort("source")
    assert [STATES[one] for one in at_six["state"]] == ["missing", "not due"]


# ---- what there is a row for -------------------------------------------------------------------------------


def test_there_is_a_row_for_each_course_instrument_and_endpoint_that_the_source_collects() -> None:
    agreed = contract(data_cut="closed", endpoints=["3-months", "6-months"])
    rows = [*scored(0, 183), {**scored(0)[0], "instrument": "rmdq-24"}, {**scored(0)[0], "patient": 2}]
    found = seen(agreed, *rows)
    assert sorted(found.group_by("episode").len()["len"]) == [2, 4]
    assert set(found["at"]) == {"3-months", "6-months"}


def test_a_course_without_a_score_has_no_outcome() -> None:
    assert seen(CLOSED, {"start": START, "date": START, "score": None}).is_empty()


def test_outcomes_keep_the_promise_of_their_table() -> None:
    found = seen(CLOSED, *scored(0, 91, 183)).select(list(Outcomes.columns()))
    assert faults(Outcomes, found) == []


def test_days_count_from_the_first_contact_where_no_start_is_given() -> None:
    agreed = contract(columns={k: v for k, v in COLUMNS.items() if k != "start"}, data_cut="closed")
    rows = [{key: value for key, value in row.items() if key != "start"} for row in scored(0, 183)]
    found = seen(agreed, *rows).filter(at="6-months").row(0, named=True)
    assert (found["baseline"], found["score"]) == (0, 183)
