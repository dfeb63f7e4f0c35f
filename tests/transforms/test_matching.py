"""Which of a clinic's definitions answers to a published one, and what is therefore counted for whom."""

from typing import Any

import pytest

from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import RULE, arm, result, study
from transforms.matching import Match, is_benchmark, match, plan, rescaled


def asked(*collected: str, event: bool = False, **more: Any) -> Match:
    return match(result(**more), set(collected), event, VOCABULARY)


# ---- what is a benchmark -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "is_one"),
    [
        ("active", True),
        ("observational", True),
        ("mixed", True),
        ("sham", False),
        ("placebo", False),
        ("usual-care", False),
        ("guideline-care", False),
        ("waiting-list", False),
    ],
)
def test_a_clinic_is_put_beside_treated_arms_only(role: str, is_one: bool) -> None:
    made = study(arms=(arm(role=role),))
    assert is_benchmark(made, made.results[0]) is is_one


@pytest.mark.parametrize(
    ("more", "is_one"),
    [
        ({"benchmark_ok": "limited"}, True),
        ({"benchmark_ok": "no"}, False),
        ({"benchmark_ok": ""}, False),
        ({"endpoint": None}, False),
        ({"measure": "illustration"}, False),
        ({"confidence": "recalled"}, True),  # shown, and labelled
    ],
)
def test_a_benchmark_is_a_cleared_rate_at_a_known_time(more: dict[str, Any], is_one: bool) -> None:
    made = study(result(**more))
    assert is_benchmark(made, made.results[0]) is is_one


# ---- which definition answers ------------------------------------------------------------------------------


def test_the_same_instrument_answers_with_the_same_rule() -> None:
    assert asked("nrs-pain", "rmdq-24") == Match(RULE, "identical", "identical")


@pytest.mark.parametrize(
    ("published", "collected", "answer"),
    [
        ("nrs-pain-relative-30", "vas-pain", "vas-pain-relative-30"),
        ("vas-pain-relative-30", "nrs-pain", "nrs-pain-relative-30"),
        ("rmdq-23-relative-30", "rmdq-24", "rmdq-24-relative-30"),
    ],
)
def test_a_linear_rescale_of_one_instrument_answers_with_the_same_relative_rule(
    published: str, collected: str, answer: str
) -> None:
    assert asked(collected, definition=published) == Match(answer, "rescaled", "identical")


@pytest.mark.parametrize(
    ("published", "collected", "instrument"),
    [
        ("rmdq-23-absolute-3", "rmdq-24", "rescaled"),  # three points of 23 are not three points of 24
        ("nrs-pain-pass-1", "vas-pain", "rescaled"),
        ("nrs-pain-relative-30", "cpgs-pain", "same_construct"),
        ("nrs-pain-relative-30", "rmdq-24", "different"),
    ],
)
def test_any_other_rule_is_another_question(published: str, collected: str, instrument: str) -> None:
    assert asked(collected, definition=published) == Match("", instrument, "different")


def test_half_of_a_composite_answers_nothing() -> None:
    assert asked("cpgs-pain", definition="gerac-response") == Match("", "identical", "not_collected")


@pytest.mark.parametrize(("event", "found"), [(True, "ambiguous"), (False, "component_missing_and_ambiguous")])
def test_an_event_that_is_not_recorded_is_a_part_that_is_missing(event: bool, found: str) -> None:
    assert asked("cpgs-pain", "ffbh-r", event=event, definition="gerac-response").definition == found


@pytest.mark.parametrize(
    ("instrument", "collected", "found"),
    [(None, "nrs-pain", "unknown"), ("nrs-pain", "nrs-pain", "identical"), ("odi", "nrs-pain", "different")],
)
def test_where_the_rule_is_not_known_nothing_answers(instrument: str | None, collected: str, found: str) -> None:
    unknown = {"definition": None, "definition_confidence": None, "instrument": instrument}
    assert asked(collected, **unknown) == Match("", found, "unknown")


def test_a_clinic_that_collects_nothing_answers_nothing() -> None:
    assert asked() == Match("", "different", "different")


# ---- what is counted for whom ------------------------------------------------------------------------------


def test_a_study_has_its_own_rule_and_its_rescales_counted_for_its_population() -> None:
    made = study(population="chronic-low-back-pain-3-months")
    expected = {(rule, "6-months", made.population) for rule in (RULE, "vas-pain-relative-30")}
    assert set(plan({made.id: made}, VOCABULARY).rows()) == expected


def test_two_studies_that_ask_the_same_are_counted_once() -> None:
    made = [study(name=name) for name in ("one", "two")]
    found = plan({one.id: one for one in made}, VOCABULARY)
    assert not found.is_duplicated().any()


def test_figures_that_nobody_is_put_beside_are_not_counted_for() -> None:
    made = study(result(benchmark_ok="no"))
    assert plan({made.id: made}, VOCABULARY).is_empty()


def test_a_rule_is_no_rescale_of_itself() -> None:
    assert rescaled(VOCABULARY.definitions[RULE], VOCABULARY) == ["vas-pain-relative-30"]


@pytest.mark.parametrize("definition", ["gerac-response", "rmdq-24-minimal-important-change", "nrs-pain-pass-1"])
def test_only_a_single_relative_rule_is_rescaled(definition: str) -> None:
    assert rescaled(VOCABULARY.definitions[definition], VOCABULARY) == []
