"""Which records belong to one course of treatment, when it began, and which of a patient's courses counts."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.delivery_contract import DeliveryContract
from schemas.episodes import Episodes
from tests.transforms.hillside import COLUMNS, Row, accepted, contract, day, known
from transforms.episodes import NEW_EPISODE_DAYS, courses, episodes

UNSTARTED = {ours: theirs for ours, theirs in COLUMNS.items() if ours != "start"}
SINGLE = contract(columns=UNSTARTED)
GAP = contract(columns=UNSTARTED, episodes="gap")
CODED = contract(columns=UNSTARTED | {"episode": "course"})


def begun(agreed: DeliveryContract, *rows: Row) -> pl.DataFrame:
    """The courses of one clinic, first things first."""
    _, settings = known(agreed)
    linked = courses(accepted(*rows), sources=settings)
    return episodes(linked, sources=settings).collect().sort("patient", "episode")


def starts(found: pl.DataFrame) -> list[str]:
    return [str(start) for start in found["start"]]


def contacts(*dates: str, **more: Any) -> list[Row]:
    return [{"date": day(on), "score": 70} | more for on in dates]


# ---- what a course is --------------------------------------------------------------------------------------


def test_a_course_is_named_by_the_day_it_began() -> None:
    found = begun(
        contract(),
        {"start": day("2025-01-06"), "date": day("2025-01-06")},
        {"start": day("2025-01-06"), "date": day("2025-07-06")},
        {"start": day("2026-01-06"), "date": day("2026-01-06")},
    )
    assert starts(found) == ["2025-01-06", "2026-01-06"]


def test_a_course_without_a_start_began_with_the_first_contact() -> None:
    assert starts(begun(SINGLE, *contacts("2025-02-10", "2025-01-06", "2025-01-13"))) == ["2025-01-06"]


def test_a_patient_has_one_course_unless_something_tells_them_apart() -> None:
    assert starts(begun(SINGLE, *contacts("2020-01-06", "2026-01-06"))) == ["2020-01-06"]


def test_a_course_code_tells_courses_apart() -> None:
    found = begun(CODED, *contacts("2025-01-06", course=11), *contacts("2024-01-06", "2024-02-06", course=12))
    assert starts(found) == ["2024-01-06", "2025-01-06"]


def test_records_without_a_course_code_are_one_course() -> None:
    found = begun(CODED, *contacts("2025-01-06", course=11), *contacts("2026-01-06", "2026-02-06"))
    assert starts(found) == ["2025-01-06", "2026-01-06"]


@pytest.mark.parametrize(("days", "number"), [(NEW_EPISODE_DAYS - 1, 1), (NEW_EPISODE_DAYS, 2)])
def test_ninety_days_without_a_contact_begin_a_new_course(days: int, number: int) -> None:
    first = day("2025-01-06")
    rows = [{"date": first, "score": 70}, {"date": first + timedelta(days), "score": 60}]
    assert begun(GAP, *rows).height == number


def test_a_new_course_needs_ninety_days_in_the_literature() -> None:
    assert NEW_EPISODE_DAYS == 90


def test_gaps_are_counted_from_contact_to_contact_and_not_from_the_start() -> None:
    found = begun(GAP, *contacts("2025-06-15", "2025-01-06", "2025-03-20", "2025-12-01"))
    assert starts(found) == ["2025-01-06", "2025-12-01"]


def test_a_contact_without_a_score_is_a_contact() -> None:
    rows = [*contacts("2025-01-06", "2025-06-15"), {"date": day("2025-03-20"), "score": None}]
    assert begun(GAP, *rows).height == 1


def test_gaps_of_one_patient_are_not_those_of_another() -> None:
    found = begun(GAP, *contacts("2025-01-06", patient=1), *contacts("2025-06-06", patient=2))
    assert found.height == 2
    assert found["first"].all()


def test_sources_with_different_rules_are_told_apart_in_one_pass() -> None:
    _, settings = known(SINGLE, GAP)
    rows = contacts("2025-01-06", "2025-12-01")
    both = pl.concat([accepted(*rows, source=0), accepted(*rows, source=1)])
    found = episodes(courses(both, sources=settings), sources=settings).collect()
    assert sorted(found.group_by("source").len().rows()) == [(0, 1), (1, 2)]


# ---- which one counts --------------------------------------------------------------------------------------


def test_the_first_course_of_a_patient_counts_and_no_other() -> None:
    found = begun(contract(), *({"start": day(on), "date": day(on)} for on in ("2026-01-06", "2025-01-06")))
    assert found.select("start", "first").rows() == [(day("2025-01-06"), True), (day("2026-01-06"), False)]


def test_every_patient_has_exactly_one_first_course() -> None:
    rows = [row for patient in (1, 2, 3) for row in contacts("2024-01-06", "2025-01-06", "2026-01-06", patient=patient)]
    found = begun(GAP, *rows)
    assert found.group_by("patient").agg(pl.col("first").sum())["first"].to_list() == [1, 1, 1]


@pytest.mark.parametrize("codes", [(11, 12), (12, 11)])
def test_of_two_courses_that_begin_on_one_day_the_one_delivered_first_counts(codes: tuple[int, int]) -> None:
    # Whatever the keyed hash of their codes is: another key must not give other counts.
    rows = [row for code in codes for row in contacts("2025-01-06", course=code)]
    assert begun(CODED, *rows).filter("first")["course"].to_list() == [codes[0]]


@pytest.mark.parametrize("codes", [(11, 12), (12, 11)])
def test_of_courses_without_dates_the_one_delivered_first_counts(codes: tuple[int, int]) -> None:
    columns = {"patient": "code", "day": "days", "episode": "course", "instrument": "measure", "score": "value"}
    undated = contract(columns=columns, data_cut="closed")
    rows: list[Row] = [{"nominal_day": 0, "score": 70, "course": code} for code in codes]
    assert begun(undated, *rows).filter("first")["course"].to_list() == [codes[0]]


def test_episodes_are_numbered_from_zero_in_each_source() -> None:
    _, settings = known(SINGLE, SINGLE)
    both = pl.concat([accepted(*contacts("2025-01-06", patient=p), source=s) for s in (0, 1) for p in (1, 2)])
    found = episodes(courses(both, sources=settings), sources=settings).collect()
    assert sorted(found.select("source", "episode").rows()) == [(0, 0), (0, 1), (1, 0), (1, 1)]


# ---- what is kept of its dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "closes"), [("month", "2024-02-29"), ("day", "2024-02-05")], ids=["by the month", "by the day"]
)
def test_a_course_closes_when_everybody_who_may_have_begun_with_it_has(keep: str, closes: str) -> None:
    agreed = contract(columns=UNSTARTED, keep_dates=keep)
    found = begun(agreed, *contacts("2024-02-05")).row(0, named=True)
    assert (found["start_month"], found["closes"]) == (day("2024-02-01"), day(closes))


def test_the_day_treatment_began_is_not_among_what_is_stored() -> None:
    assert {"start", "date"} & set(Episodes.columns()) == set()


def test_a_course_without_any_date_has_no_month() -> None:
    undated = contract(
        columns={"patient": "code", "day": "days", "instrument": "measure", "score": "value"}, data_cut="closed"
    )
    found = begun(undated, {"nominal_day": 0, "score": 70}).row(0, named=True)
    assert (found["start_month"], found["closes"]) == (None, None)


# ---- what is known of the patient --------------------------------------------------------------------------


def test_what_any_record_of_a_course_says_is_known_of_it() -> None:
    first, *_ = begun(
        SINGLE,
        *contacts("2025-01-06", age_band=3, sex=None, duration_weeks=None, sessions=2, disqualified=None),
        *contacts("2025-02-06", age_band=None, sex=1, duration_weeks=30, sessions=9, disqualified=True),
        *contacts("2025-03-06", age_band=4, sex=None, duration_weeks=34, sessions=None, disqualified=False),
    ).to_dicts()
    known_of = {name: first[name] for name in ("age_band", "sex", "duration_weeks", "sessions", "disqualified")}
    assert known_of == {"age_band": 3, "sex": 1, "duration_weeks": 30, "sessions": 9, "disqualified": True}


@pytest.mark.parametrize(("scores", "measured"), [((None, None), False), ((None, 0), True)])
def test_a_course_is_measured_if_any_score_of_it_is_there(scores: tuple[int | None, ...], measured: bool) -> None:
    rows: list[Row] = [{"date": day("2025-01-06"), "score": score} for score in scores]
    assert begun(SINGLE, *rows)["measured"].item() is measured


def test_the_arm_of_a_course_is_that_of_its_records() -> None:
    assert begun(SINGLE, *contacts("2025-01-06", "2025-02-06", cohort=2))["cohort"].item() == 2


def test_courses_keep_the_promise_of_their_table() -> None:
    found = begun(GAP, *contacts("2025-01-06", "2026-01-06"), *contacts("2025-01-06", patient=2))
    assert faults(Episodes, found.select(list(Episodes.columns()))) == []


def test_no_record_makes_no_course() -> None:
    assert begun(GAP).is_empty()
