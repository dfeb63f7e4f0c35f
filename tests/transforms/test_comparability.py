"""A grade follows from the facts by rule: every threshold on both sides, every dimension, no grade without all."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.comparability import (
    DIMENSIONS,
    Dimension,
    Facts,
    Grade,
    Level,
    chronicity_band,
    coverage_band,
    grade,
)

ALIKE = Facts(
    same_condition=True,
    intervention="same",
    share_meeting_chronicity=0.97,
    baseline_smd=0.1,
    instrument="identical",
    definition="identical",
    median_day=186,
    benchmark_day=183,
    analysis_convention="same",
    followup_rate=0.86,
    coverage=0.9,
    n_analysed=140,
    benchmark_n=387,
    low_risk_of_bias=True,
    grim_ok=True,
)
RANK: dict[Level, int] = {"match": 0, "minor": 1, "major": 2, "refuse": 3}


def facts(**changed: Any) -> Facts:
    return replace(ALIKE, **changed)


def test_all_alike_is_an_a() -> None:
    found = grade(ALIKE)
    assert found.letter == "A"
    assert found.verdict_allowed
    assert found.reasons == {}
    assert tuple(found.levels) == DIMENSIONS


@pytest.mark.parametrize(
    ("dimension", "changed", "level"),
    [
        ("condition", {"same_condition": False}, "refuse"),
        ("intervention", {"intervention": "variant"}, "minor"),
        ("intervention", {"intervention": "different"}, "refuse"),
        ("chronicity", {"share_meeting_chronicity": 0.90}, "match"),
        ("chronicity", {"share_meeting_chronicity": 0.8999}, "minor"),
        ("chronicity", {"share_meeting_chronicity": 0.50}, "minor"),
        ("chronicity", {"share_meeting_chronicity": 0.4999}, "major"),
        ("chronicity", {"share_meeting_chronicity": None}, "minor"),
        ("baseline_severity", {"baseline_smd": 0.25}, "match"),
        ("baseline_severity", {"baseline_smd": -0.25}, "match"),
        ("baseline_severity", {"baseline_smd": 0.2501}, "minor"),
        ("baseline_severity", {"baseline_smd": -0.50}, "minor"),
        ("baseline_severity", {"baseline_smd": -0.5001}, "major"),
        ("baseline_severity", {"baseline_smd": None}, "minor"),
        ("baseline_severity", {"baseline_smd": 0.6, "severity_weighted": True}, "minor"),
        ("baseline_severity", {"baseline_smd": 0.4, "severity_weighted": True}, "match"),
        ("baseline_severity", {"baseline_smd": (7.2 - 7.0) / 0.8}, "match"),  # 0.2500000000000002 in binary
        ("instrument", {"instrument": "rescaled"}, "minor"),
        ("instrument", {"instrument": "same_construct"}, "major"),
        ("instrument", {"instrument": "different"}, "refuse"),
        ("instrument", {"instrument": "unknown"}, "refuse"),
        ("definition", {"definition": "component_missing"}, "minor"),
        ("definition", {"definition": "ambiguous"}, "minor"),
        ("definition", {"definition": "component_missing_and_ambiguous"}, "minor"),
        ("definition", {"definition": "not_collected"}, "refuse"),
        ("definition", {"definition": "different"}, "refuse"),
        ("definition", {"definition": "unknown"}, "refuse"),
        ("time_window", {"median_day": 115, "benchmark_day": 100}, "match"),
        ("time_window", {"median_day": 85, "benchmark_day": 100}, "match"),
        ("time_window", {"median_day": 116, "benchmark_day": 100}, "minor"),
        ("time_window", {"median_day": 244, "benchmark_day": 183}, "minor"),
        ("time_window", {"median_day": 245, "benchmark_day": 183}, "major"),
        ("time_window", {"median_day": 150, "benchmark_day": 100}, "major"),
        ("time_window", {"median_day": 151, "benchmark_day": 100}, "refuse"),
        ("time_window", {"median_day": None}, "refuse"),
        ("time_window", {"benchmark_day": None}, "refuse"),
        ("analysis_convention", {"analysis_convention": "different"}, "minor"),
        ("analysis_convention", {"analysis_convention": "unknown"}, "minor"),
        ("followup", {"followup_rate": 80 / 100}, "match"),
        ("followup", {"followup_rate": 799 / 1000}, "minor"),
        ("followup", {"followup_rate": 60 / 100}, "minor"),
        ("followup", {"followup_rate": 599 / 1000}, "major"),
        ("followup", {"followup_rate": 40 / 100}, "major"),
        ("followup", {"followup_rate": 399 / 1000}, "refuse"),
        ("followup", {"followup_rate": None}, "refuse"),
        ("coverage", {"coverage": 0.80}, "match"),
        ("coverage", {"coverage": 0.7999}, "minor"),
        ("coverage", {"coverage": 0.60}, "minor"),
        ("coverage", {"coverage": 0.5999}, "major"),
        ("coverage", {"coverage": None}, "major"),
        ("cohort_size", {"n_analysed": 100}, "match"),
        ("cohort_size", {"n_analysed": 99}, "minor"),
        ("cohort_size", {"n_analysed": 30}, "minor"),
        ("cohort_size", {"n_analysed": 29}, "refuse"),
        ("benchmark_quality", {"benchmark_n": 100}, "match"),
        ("benchmark_quality", {"benchmark_n": 99}, "minor"),
        ("benchmark_quality", {"benchmark_n": None}, "minor"),
        ("benchmark_quality", {"low_risk_of_bias": False}, "minor"),
        ("benchmark_quality", {"low_risk_of_bias": None}, "minor"),
        ("benchmark_quality", {"grim_ok": False}, "minor"),
    ],
)
def test_a_fact_gives_its_level_and_leaves_the_others_alone(
    dimension: Dimension, changed: dict[str, Any], level: Level
) -> None:
    found = grade(facts(**changed))
    assert found.levels[dimension] == level
    assert all(other == "match" for name, other in found.levels.items() if name != dimension)
    assert (dimension in found.reasons) == (level != "match")


@pytest.mark.parametrize(
    ("changed", "letter"),
    [
        ({"grim_ok": False}, "B"),
        ({"grim_ok": False, "n_analysed": 62, "followup_rate": 0.68}, "B"),
        ({"grim_ok": False, "n_analysed": 62, "followup_rate": 0.68, "baseline_smd": None}, "C"),
        ({"coverage": None}, "C"),
        ({"coverage": None, "followup_rate": 0.5}, "D"),
        ({"coverage": None, "followup_rate": 0.5, "same_condition": False}, "R"),
        ({"n_analysed": 12}, "R"),
    ],
)
def test_levels_make_the_letter(changed: dict[str, Any], letter: str) -> None:
    found = grade(facts(**changed))
    assert found.letter == letter
    assert found.verdict_allowed == (letter in "ABC")


def test_of_outcomes_that_are_withheld_it_is_said_that_they_are_and_never_that_there_are_none() -> None:
    found = grade(facts(withheld=True, n_analysed=0, followup_rate=None, median_day=None))
    words = "too few patients of this clinic for this to be shown"
    assert found.reasons == dict.fromkeys(("time_window", "followup", "cohort_size"), words)
    assert found.letter == "R"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"followup_rate": 0.68}, "follow-up 68%"),
        ({"followup_rate": 0.7999}, "follow-up 79%"),
        ({"n_analysed": 21}, "about 21 patients analysed, 30 needed"),
        (
            {"definition": "component_missing"},
            "the rule of GERAC 2007 has a part that this clinic does not record",
        ),
        ({"median_day": 98}, "measured at day 98, in GERAC 2007 at day 183"),
        ({"baseline_smd": -0.31}, "baseline scores differ by 0.31 standard deviations"),
        (
            {"benchmark_n": 80, "grim_ok": False},
            "a published arm of 80 patients and the printed percentage fits no whole number of patients",
        ),
    ],
)
def test_reasons_are_short_and_name_both_sides(changed: dict[str, Any], reason: str) -> None:
    assert list(grade(facts(**changed), theirs="GERAC 2007").reasons.values()) == [reason]


def test_refusals_are_only_the_reasons_that_refuse() -> None:
    found = grade(facts(same_condition=False, followup_rate=0.68))
    assert found.refusals == ("a different condition",)


def test_a_grade_without_a_dimension_cannot_be_made() -> None:
    whole = grade(ALIKE)
    for dimension in DIMENSIONS:
        levels = {name: level for name, level in whole.levels.items() if name != dimension}
        with pytest.raises(ValueError, match=dimension):
            Grade(levels, {})


def test_a_grade_of_an_unknown_dimension_cannot_be_made() -> None:
    levels: dict[Any, Level] = {**grade(ALIKE).levels, "luck": "match"}
    with pytest.raises(ValueError, match="luck"):
        Grade(levels, {})


def test_a_difference_without_a_reason_cannot_be_graded_nor_a_reason_without_one() -> None:
    levels = dict(grade(ALIKE).levels)
    with pytest.raises(ValueError, match="coverage"):
        Grade({**levels, "coverage": "minor"}, {})
    with pytest.raises(ValueError, match="coverage"):
        Grade(levels, {"coverage": "because"})


shares = st.one_of(st.none(), st.floats(0, 1))


@settings(deadline=None)
@given(shares, shares)
def test_a_band_gives_the_same_grade_as_the_share_it_hides(chronic: float | None, covered: float | None) -> None:
    exact = grade(facts(share_meeting_chronicity=chronic, coverage=covered))
    banded = grade(facts(share_meeting_chronicity=chronicity_band(chronic), coverage=coverage_band(covered)))
    assert exact == banded


any_facts = st.builds(
    Facts,
    same_condition=st.booleans(),
    intervention=st.sampled_from(("same", "variant", "different")),
    share_meeting_chronicity=shares,
    baseline_smd=st.one_of(st.none(), st.floats(-3, 3)),
    instrument=st.sampled_from(("identical", "rescaled", "same_construct", "different", "unknown")),
    definition=st.sampled_from(("identical", "component_missing", "ambiguous", "not_collected", "unknown")),
    median_day=st.one_of(st.none(), st.integers(0, 1000)),
    benchmark_day=st.one_of(st.none(), st.integers(0, 1000)),
    analysis_convention=st.sampled_from(("same", "different", "unknown")),
    followup_rate=shares,
    coverage=shares,
    n_analysed=st.integers(0, 500),
    benchmark_n=st.one_of(st.none(), st.integers(1, 5000)),
    low_risk_of_bias=st.one_of(st.none(), st.booleans()),
    grim_ok=st.booleans(),
)


@settings(deadline=None)
@given(any_facts)
def test_every_set_of_facts_has_one_grade_with_reasons_to_print(given_facts: Facts) -> None:
    found = grade(given_facts)
    assert found.letter in "ABCDR"
    assert (found.letter == "R") == bool(found.refusals)
    assert all("{" not in reason and reason for reason in found.reasons.values())


@settings(deadline=None)
@given(any_facts, st.integers(0, 500), st.integers(0, 500))
def test_more_patients_never_make_a_level_worse(given_facts: Facts, few: int, many: int) -> None:
    few, many = sorted((few, many))
    with_few, with_many = (grade(replace(given_facts, n_analysed=n)).levels["cohort_size"] for n in (few, many))
    assert RANK[with_many] <= RANK[with_few]
