"""Kinds of patients, counted exactly: who is in a stratum, who is not, and that strata add up to the counts."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.delivery_contract import AGE_BANDS, SEXES
from schemas.responses import STATUSES
from schemas.strata import Strata
from tests.transforms.hillside import DEFINITION, ENDPOINT, VOCABULARY, contract, due, known
from transforms.counts import counts
from transforms.strata import strata

RULE = "nrs-pain-relative-30"
EPISODES = {
    "source": pl.Int16, "episode": pl.Int32, "patient": pl.UInt64, "cohort": pl.Int16, "first": pl.Boolean,
    "start_month": pl.Date, "closes": pl.Date, "age_band": pl.Int16, "sex": pl.Int16, "duration_weeks": pl.Int16,
    "disqualified": pl.Boolean, "measured": pl.Boolean,
}  # fmt: skip
RESPONSES = {
    "source": pl.Int16, "episode": pl.Int32, "definition": pl.Int16, "endpoint": pl.Int16, "status": pl.Int16,
    "baseline": pl.Float64, "day": pl.Int16,
}  # fmt: skip
OUTCOMES = {"source": pl.Int16, "episode": pl.Int32, "instrument": pl.Int16, "baseline": pl.Int32}

Person = dict[str, Any]


def person(status: str = "responder", **more: Any) -> Person:
    return {
        "status": status, "first": True, "age_band": AGE_BANDS.index("40-49"), "sex": SEXES.index("female"),
        "duration_weeks": 60, "baseline": 6.0,
    } | more  # fmt: skip


def frames(people: Sequence[Person]) -> tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]:
    at = [{"source": 0, "episode": place, "patient": place, "measured": True} | one for place, one in enumerate(people)]
    judged = [
        one
        | {
            "definition": DEFINITION[str(one.get("rule", RULE))],
            "endpoint": ENDPOINT["6-months"],
            "status": STATUSES.index(str(one["status"])),
        }
        for one in at
    ]
    made = [
        pl.DataFrame([{name: one.get(name) for name in schema} for one in rows], schema=schema).lazy()
        for rows, schema in ((judged, RESPONSES), (at, EPISODES), ([], OUTCOMES))
    ]
    return made[0], made[1], made[2]


def found(*people: Person, plan: Sequence[tuple[str, str, str]] = ()) -> pl.DataFrame:
    sources, _ = known(contract())
    asked = pl.DataFrame(plan, schema=["definition", "endpoint", "population"], orient="row")
    return strata(*frames(people), sources=sources, plan=asked, vocabulary=VOCABULARY)


def only(*people: Person) -> dict[str, Any]:
    return found(*people).row(0, named=True)


# ---- which kind --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("band", "age"),
    [
        ("30-39", "under 40"),
        ("40-49", "40 to 59"),
        ("50-59", "40 to 59"),
        ("60-69", "60 and over"),
        (None, "not known"),
    ],
)
def test_ages_are_three_groups_of_bands(band: str | None, age: str) -> None:
    assert only(person(age_band=None if band is None else AGE_BANDS.index(band)))["age"] == age


@pytest.mark.parametrize(("weeks", "duration"), [(51, "under 1 year"), (52, "1 year or more"), (None, "not known")])
def test_a_year_of_complaints_divides_durations(weeks: int | None, duration: str) -> None:
    assert only(person(duration_weeks=weeks))["duration"] == duration


@pytest.mark.parametrize(
    ("baseline", "fourth"),
    [(0.0, "first fourth"), (2.4, "first fourth"), (2.5, "second fourth"), (7.5, "last fourth"), (10.0, "last fourth"),
     (None, "not known")],
)  # fmt: skip
def test_baselines_are_fourths_of_the_scale(baseline: float | None, fourth: str) -> None:
    assert only(person(baseline=baseline))["baseline"] == fourth


def test_a_scale_that_does_not_begin_at_zero_is_divided_from_its_own_lowest_score() -> None:
    instrument = VOCABULARY.instruments[VOCABULARY.definitions["ffbh-r-absolute-12"].rules[0].instrument]
    assert (instrument.low, instrument.high) == (0, 100)
    assert only(person(rule="ffbh-r-absolute-12", baseline=74.0))["baseline"] == "third fourth"


# ---- who is counted ----------------------------------------------------------------------------------------


def test_the_missing_stand_beside_the_followed_up_and_others_are_not_there() -> None:
    row = only(person(), person("non_responder"), person("missing"), person("not_due"), person("cannot_improve"))
    assert (row["followed_up"], row["missing"], row["responders"]) == (2, 1, 1)
    assert (row["baseline_sum"], row["missing_sum"], row["missing_squares"]) == (12.0, 6.0, 36.0)


def test_a_second_course_is_not_counted() -> None:
    assert only(person(), person(first=False))["followed_up"] == 1


def test_a_population_is_counted_where_a_study_asks_for_it() -> None:
    limited = "chronic-low-back-pain-3-months"
    both = found(person(), person(duration_weeks=4), plan=[(RULE, "6-months", limited)])
    sums = both.group_by("population").agg(pl.col("followed_up").sum()).sort("population")
    assert sums.rows() == [(limited, 1), ("everyone", 2)]


def test_nobody_due_makes_no_stratum() -> None:
    assert found(person("not_due")).is_empty()


KIND = st.fixed_dictionaries(
    {
        "status": st.sampled_from(STATUSES),
        "age_band": st.none() | st.integers(0, len(AGE_BANDS) - 1),
        "sex": st.none() | st.integers(0, len(SEXES) - 1),
        "duration_weeks": st.none() | st.integers(0, 400),
        "baseline": st.integers(0, 10).map(float),
    }
)


@given(st.lists(KIND, min_size=1, max_size=25))
@settings(deadline=None, max_examples=40)
def test_strata_add_up_to_the_exact_counts(kinds: list[Person]) -> None:
    people = [person(**kind) for kind in kinds]
    sources, _ = known(contract())
    nothing = pl.DataFrame(schema=dict.fromkeys(("definition", "endpoint", "population"), pl.String))
    made = found(*people)
    assert faults(Strata, made) == []
    counted = counts(*frames(people), sources=sources, schedule=due(sources), plan=nothing, vocabulary=VOCABULARY)
    row = counted.filter(period_kind="all").row(0, named=True)
    assert made["missing"].sum() == row["missing"]
    assert made["responders"].sum() == row["responders"]
    assert made["followed_up"].sum() == row["responders"] + row["non_responders"]
