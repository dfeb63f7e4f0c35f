"""Exact counts: who is in a cell, who is left out of it, by population and period, and how many had a baseline."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.counts import Counts
from schemas.delivery_contract import AGE_BANDS, DeliveryContract
from schemas.responses import STATUSES
from schemas.vocabulary import Population, Vocabulary
from tests.transforms.hillside import COLUMNS, ENDPOINT, INSTRUMENT, VOCABULARY, contract, day, due, known
from transforms.counts import counts
from transforms.populations import bands_inside, outside_of, with_baselines

RULE = "nrs-pain-relative-30"
CLINIC = contract()
NOBODY = dict.fromkeys(STATUSES, 0)

EPISODES = {
    "source": pl.Int16, "episode": pl.Int32, "patient": pl.UInt64, "cohort": pl.Int16, "first": pl.Boolean,
    "start_month": pl.Date, "closes": pl.Date, "age_band": pl.Int16, "duration_weeks": pl.Int16,
    "disqualified": pl.Boolean, "measured": pl.Boolean,
}  # fmt: skip
RESPONSES = {
    "source": pl.Int16, "episode": pl.Int32, "definition": pl.Int16, "endpoint": pl.Int16, "status": pl.Int16,
    "baseline": pl.Float64, "day": pl.Int16,
}  # fmt: skip
OUTCOMES = {"source": pl.Int16, "episode": pl.Int32, "instrument": pl.Int16, "baseline": pl.Int32}

Person = dict[str, Any]


def person(status: str | None = "responder", start: str = "2025-02-01", **more: Any) -> Person:
    """A first course with one response; a status of None is a course that nothing was ever scored of."""
    return {"status": status, "start": day(start), "source": 0, "first": True} | more


def counted(
    *people: Person,
    agreed: Sequence[DeliveryContract] = (CLINIC,),
    plan: Sequence[tuple[str, str, str]] = (),
    vocabulary: Vocabulary = VOCABULARY,
) -> pl.DataFrame:
    sources, _ = known(*agreed)
    at = [one | {"episode": place, "patient": place} for place, one in enumerate(people)]
    begun = [
        one
        | {
            "start_month": one["start"],
            "closes": one.get("closes", one["start"]),
            "measured": one["status"] is not None,
        }
        for one in at
    ]
    scored = [one for one in at if one["status"] is not None]
    judged = [
        one
        | {
            "definition": sorted(vocabulary.definitions).index(one.get("rule", RULE)),
            "endpoint": ENDPOINT["6-months"],
            "status": STATUSES.index(one["status"]),
        }
        for one in scored
    ]
    seen = [
        {**one, "instrument": INSTRUMENT[name], "baseline": round(before * vocabulary.instruments[name].scale)}
        for one in scored
        for name, before in one.get("baselines", {}).items()
    ]
    return counts(
        pl.DataFrame([_only(one, RESPONSES) for one in judged], schema=RESPONSES).lazy(),
        pl.DataFrame([_only(one, EPISODES) for one in begun], schema=EPISODES).lazy(),
        pl.DataFrame([_only(one, OUTCOMES) for one in seen], schema=OUTCOMES).lazy(),
        sources=sources,
        schedule=due(sources),
        plan=pl.DataFrame(plan, schema=["definition", "endpoint", "population"], orient="row")
        if plan
        else pl.DataFrame(schema=dict.fromkeys(("definition", "endpoint", "population"), pl.String)),
        vocabulary=vocabulary,
    )


def _only(one: Person, schema: dict[str, Any]) -> Person:
    return {name: one.get(name) for name in schema}


def cell(found: pl.DataFrame, **key: str) -> dict[str, Any]:
    wanted = {"population": "everyone", "period_kind": "all"} | key
    return found.filter(**wanted).row(0, named=True)


NUMBERS = ("started", "no_baseline", "cannot_improve", "not_due", "missing", "responders", "non_responders", "left_out")


def numbers(found: pl.DataFrame, **key: str) -> dict[str, int]:
    """The counts of a cell that are not zero."""
    return {name: cell(found, **key)[name] for name in NUMBERS if cell(found, **key)[name]}


# ---- everybody is somewhere --------------------------------------------------------------------------------


def test_each_first_course_is_counted_once() -> None:
    words = ["responder"] * 4 + ["non_responder"] * 3 + ["missing"] * 2 + ["not_due", "cannot_improve", "no_baseline"]
    assert numbers(counted(*map(person, words))) == {
        "started": 12, "no_baseline": 1, "cannot_improve": 1, "not_due": 1, "missing": 2, "responders": 4,
        "non_responders": 3,
    }  # fmt: skip


def test_a_later_course_is_not_counted() -> None:
    found = counted(person("responder"), person("missing", first=False))
    assert numbers(found) == {"started": 1, "responders": 1}


def test_a_course_of_which_nothing_was_scored_is_one_without_a_baseline() -> None:
    found = counted(person("responder"), person(None), person(None))
    assert numbers(found) == {"started": 3, "responders": 1, "no_baseline": 2}


def test_a_course_that_never_filled_in_this_questionnaire_is_one_without_a_baseline() -> None:
    found = counted(person("responder"), person("missing", rule="rmdq-24-relative-30"))
    assert numbers(found, definition=RULE) == {"started": 2, "responders": 1, "no_baseline": 1}


def test_every_cell_adds_up_to_the_courses_that_were_begun() -> None:
    found = counted(*map(person, STATUSES * 3), person(None))
    total = sum(pl.col(name) for name in NUMBERS[1:-1])
    assert found.filter(total != pl.col("started")).is_empty()


def test_without_responses_there_is_no_count() -> None:
    assert counted(person(None)).is_empty()


# ---- sources and arms --------------------------------------------------------------------------------------


def test_a_clinic_is_its_own_cohort() -> None:
    found = cell(counted(person()))
    assert (found["source"], found["cohort"]) == ("hillside", "hillside")


def test_the_arms_of_a_trial_are_counted_apart() -> None:
    trial = contract(clinic=None, trial="meadow", cohort={"column": "arm", "values": {"0": "usual-care", "1": "verum"}})
    found = counted(person("missing", cohort=0), person("responder", cohort=1), person(cohort=1), agreed=(trial,))
    assert numbers(found, cohort="usual-care") == {"started": 1, "missing": 1}
    assert numbers(found, cohort="verum") == {"started": 2, "responders": 2}


def test_two_sources_are_counted_apart() -> None:
    found = counted(person(), person("missing", source=1), agreed=(CLINIC, contract(clinic="riverside")))
    assert numbers(found, source="hillside") == {"started": 1, "responders": 1}
    assert numbers(found, source="riverside") == {"started": 1, "missing": 1}


@pytest.mark.parametrize(("columns", "recorded"), [({}, False), ({"disqualified": "event"}, True)])
def test_it_is_said_whether_disqualifying_events_are_recorded(columns: dict[str, str], recorded: bool) -> None:
    agreed = contract(columns=COLUMNS | columns)
    assert cell(counted(person(), agreed=(agreed,)))["event_recorded"] is recorded


# ---- periods -----------------------------------------------------------------------------------------------


def test_courses_are_grouped_by_when_they_began() -> None:
    found = counted(
        person("responder", "2024-12-01"),
        person("missing", "2025-01-01"),
        person("responder", "2025-03-01"),
        person("not_due", "2025-04-01"),
    )
    assert numbers(found, period_kind="year", period="2024") == {"started": 1, "responders": 1}
    assert numbers(found, period_kind="year", period="2025") == {
        "started": 3,
        "not_due": 1,
        "missing": 1,
        "responders": 1,
    }
    assert numbers(found, period_kind="quarter", period="2025-Q1") == {"started": 2, "missing": 1, "responders": 1}
    assert numbers(found, period_kind="quarter", period="2025-Q2") == {"started": 1, "not_due": 1}


@pytest.mark.parametrize(
    ("month", "quarter"),
    [("03", "Q1"), ("04", "Q2"), ("06", "Q2"), ("07", "Q3"), ("09", "Q3"), ("10", "Q4"), ("12", "Q4"), ("01", "Q1")],
)
def test_a_quarter_is_three_months_of_a_year(month: str, quarter: str) -> None:
    found = counted(person(start=f"2025-{month}-01"))
    assert found.filter(period_kind="quarter")["period"].to_list() == [f"2025-{quarter}"]


def test_quarters_add_up_to_years_and_years_to_all() -> None:
    months = [f"202{year}-{month:02d}-01" for year in (4, 5) for month in (1, 2, 5, 8, 11)]
    words = ["responder", "non_responder", "missing", "not_due"]
    found = counted(*(person(word, month) for month in months for word in words), person(None, "2025-05-01"))
    sums = found.group_by("period_kind").agg(pl.col(NUMBERS).sum()).sort("period_kind")
    assert sums.select(NUMBERS).n_unique() == 1


def test_a_period_in_which_nobody_was_scored_is_there_with_those_who_began() -> None:
    found = counted(person("responder", "2025-01-01"), person(None, "2025-05-01"))
    assert numbers(found, period_kind="quarter", period="2025-Q2") == {"started": 1, "no_baseline": 1}


def test_courses_without_dates_have_one_period() -> None:
    undated = person() | {"start": None, "closes": None}
    assert counted(undated)["period_kind"].to_list() == ["all"]


# ---- companions --------------------------------------------------------------------------------------------


def test_the_mean_baseline_is_that_of_courses_that_are_due() -> None:
    found = cell(
        counted(
            person("responder", baseline=6.0),
            person("missing", baseline=8.0),
            person("not_due", baseline=1.0),
            person("cannot_improve", baseline=0.0),
        )
    )
    assert (found["baselines"], found["baseline_mean"]) == (2, 7.0)


def test_the_median_day_is_that_of_scores_that_were_judged() -> None:
    found = cell(
        counted(
            person("responder", day=170),
            person("non_responder", day=190),
            person("responder", day=200),
            person("missing", day=None),
        )
    )
    assert found["median_day"] == 190


def test_a_median_day_is_given_for_the_whole_period_only() -> None:
    found = counted(person("responder", day=170))
    assert found.filter(pl.col("period_kind") != "all")["median_day"].null_count() == 2


def test_the_first_day_on_which_something_falls_due_is_that_of_the_earliest_course() -> None:
    found = cell(
        counted(
            person("not_due", "2026-05-01", closes=day("2026-05-31")),
            person("not_due", "2026-04-01", closes=day("2026-04-30")),
            person("missing", "2025-01-01", closes=day("2025-01-31")),
        )
    )
    assert found["first_due"] == date(2026, 12, 14)  # 30 April and 228 days
    assert cell(counted(person("missing")))["first_due"] is None


@pytest.mark.parametrize(
    ("people", "started", "coverage"),
    [
        ([person()] * 8 + [person(None)] * 2, None, 0.8),
        ([person()] * 10, None, None),  # nobody unscored is listed: nobody knows who is not
        ([person()] * 8, 10, 0.8),
        ([person()] * 8 + [person("no_baseline")] * 2, 20, 0.4),
        ([person()] * 10, 8, 1.0),
    ],
)
def test_coverage_is_the_share_of_courses_begun_that_have_a_baseline(
    people: list[Person], started: int | None, coverage: float | None
) -> None:
    assert cell(counted(*people, agreed=(contract(started=started),)))["coverage"] == coverage


def test_a_stated_number_of_courses_says_nothing_of_a_single_period() -> None:
    listed = [person("no_baseline")] * 2  # known by name, which would be a coverage of its own
    found = counted(*[person()] * 8, *listed, agreed=(contract(started=20),))
    assert found.filter(pl.col("period_kind") != "all")["coverage"].null_count() == 2


# ---- populations -------------------------------------------------------------------------------------------


def population(**limits: Any) -> Vocabulary:
    named = Population(id="some", **limits)
    return replace(VOCABULARY, populations=dict(VOCABULARY.populations) | {"some": named})


def inside(person_: Person, **limits: Any) -> bool:
    vocabulary = population(**limits)
    found = counted(person(), person("missing") | person_, plan=[(RULE, "6-months", "some")], vocabulary=vocabulary)
    some = numbers(found, population="some")
    assert some["started"] + some.get("left_out", 0) == 2
    return "missing" in some


@pytest.mark.parametrize(("weeks", "belongs"), [(11, False), (12, True), (None, True)])
def test_a_minimum_duration_is_met_by_exactly_that_many_weeks(weeks: int | None, belongs: bool) -> None:
    assert inside({"duration_weeks": weeks}, min_duration_weeks=12) is belongs


@pytest.mark.parametrize(
    ("band", "belongs"), [("0-17", False), ("18-29", True), ("90+", True), (None, True)], ids=str
)  # fmt: skip
def test_a_lower_age_limit_keeps_the_bands_that_lie_wholly_above_it(band: str | None, belongs: bool) -> None:
    assert inside({"age_band": AGE_BANDS.index(band) if band else None}, age_from=18) is belongs


@pytest.mark.parametrize(
    ("age_from", "age_to", "bands"),
    [
        (None, None, AGE_BANDS),
        (18, None, AGE_BANDS[1:]),
        (19, None, AGE_BANDS[2:]),
        (65, None, ("70-79", "80-89", "90+")),
        (70, None, ("70-79", "80-89", "90+")),
        (90, None, ("90+",)),
        (None, 17, ("0-17",)),
        (None, 29, ("0-17", "18-29")),
        (None, 28, ("0-17",)),
        (18, 65, ("18-29", "30-39", "40-49", "50-59")),
        (18, 89, AGE_BANDS[1:-1]),
    ],
)
def test_an_age_limit_that_cuts_a_band_leaves_it_out(
    age_from: int | None, age_to: int | None, bands: tuple[str, ...]
) -> None:
    assert bands_inside(age_from, age_to) == [AGE_BANDS.index(band) for band in bands]


@pytest.mark.parametrize(("before", "belongs"), [(69.99, True), (70, False), (None, True)])
def test_an_upper_limit_of_the_baseline_is_not_part_of_the_population(before: float | None, belongs: bool) -> None:
    known_of = {} if before is None else {"baselines": {"ffbh-r": before}}
    assert inside(known_of, baseline_instrument="ffbh-r", baseline_below=70) is belongs


@pytest.mark.parametrize(("before", "belongs"), [(49.9, False), (50, True), (None, True)])
def test_a_lower_limit_of_the_baseline_is(before: float | None, belongs: bool) -> None:
    known_of = {} if before is None else {"baselines": {"vas-pain": before}}
    assert inside(known_of, baseline_instrument="vas-pain", baseline_at_least=50) is belongs


def test_a_course_is_left_out_once_however_many_limits_it_misses() -> None:
    known_of = {"duration_weeks": 3, "age_band": 0}
    assert inside(known_of, min_duration_weeks=12, age_from=18) is False


def test_everyone_is_counted_beside_every_population() -> None:
    vocabulary = population(min_duration_weeks=12)
    found = counted(
        person(duration_weeks=52),
        person("missing", duration_weeks=4),
        person("not_due", duration_weeks=None),
        plan=[(RULE, "6-months", "some")],
        vocabulary=vocabulary,
    )
    assert numbers(found) == {"started": 3, "not_due": 1, "missing": 1, "responders": 1}
    assert numbers(found, population="some") == {"started": 2, "not_due": 1, "responders": 1, "left_out": 1}
    assert cell(found, population="some")["duration_met"] == 1


def test_a_population_is_counted_only_for_the_definitions_that_a_study_asks_for() -> None:
    plan = [("rmdq-24-relative-30", "6-months", "some"), (RULE, "3-months", "some")]
    found = counted(person(), plan=plan, vocabulary=population(min_duration_weeks=12))
    assert set(found["population"]) == {"everyone"}


def test_coverage_is_that_of_the_cohort_whichever_population_is_counted() -> None:
    vocabulary = population(min_duration_weeks=12)
    people = [person(duration_weeks=52)] * 8 + [person(duration_weeks=4)] * 8 + [person(None)] * 4
    found = counted(*people, plan=[(RULE, "6-months", "some")], vocabulary=vocabulary)
    assert found.filter(period_kind="all").select("population", "coverage").rows() == [("everyone", 0.8), ("some", 0.8)]


def test_what_is_not_known_of_a_course_never_leaves_it_out() -> None:
    limits = Population(id="some", min_duration_weeks=12, age_from=18, baseline_instrument="ffbh-r", baseline_below=70)
    schema = {"duration_weeks": pl.Int16, "age_band": pl.Int16, "baseline ffbh-r": pl.Float64}
    unknown = pl.DataFrame({"duration_weeks": [None], "age_band": [None], "baseline ffbh-r": [None]}, schema=schema)
    assert unknown.select(outside_of(limits)).item() is False


def test_counts_keep_the_promise_of_their_table() -> None:
    found = counted(*map(person, STATUSES), plan=[(RULE, "6-months", "chronic-low-back-pain-3-months")])
    assert faults(Counts, found) == []


def test_the_mean_baseline_is_the_same_to_the_last_bit_in_whatever_order_courses_come() -> None:
    people = [person(baseline=tenth / 10) for tenth in range(1, 98)]
    means = {cell(counted(*order))["baseline_mean"] for order in (people, people[::-1], people[1::2] + people[::2])}
    assert means == {4.9}


def test_baselines_that_limit_a_population_come_back_in_the_order_of_the_courses() -> None:
    many = 5_000
    begun = pl.DataFrame({"source": [0] * many, "episode": range(many)}, schema_overrides=EPISODES)
    outcomes = pl.DataFrame(
        {
            "source": [0] * many,
            "episode": [many - 1 - place for place in range(many)],
            "instrument": [INSTRUMENT["nrs-pain"]] * many,
            "baseline": [many - 1 - place for place in range(many)],
        },
        schema_overrides=OUTCOMES,
    )
    limited = Population("some", baseline_instrument="nrs-pain", baseline_at_least=1.0)
    words = replace(VOCABULARY, populations=dict(VOCABULARY.populations) | {"some": limited})
    found = with_baselines(begun.lazy(), outcomes.lazy(), ["some"], words).collect()
    scale = words.instruments["nrs-pain"].scale
    assert found["episode"].to_list() == list(range(many))
    assert (found["baseline nrs-pain"] * scale).round().to_list() == list(range(many))
