"""Percentages: whole patients, counts beside them, denominators; on literal studies and on what is really printed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.study_rows import Study
from tests.transforms.forensics.examined import INSTRUMENTS, examine, found, real, rules, two_arms
from tests.transforms.meadow import arm, result, study


def percentage(printed: str, n: int | None, **more: Any) -> Study:
    known: dict[str, Any] = {"n_confidence": "checked" if n else None, "analysis_set": "completers"}
    return study(result(printed=printed, n=n, **known | more), baselines=())


@pytest.mark.parametrize(
    ("printed", "n", "holds"),
    [
        ("47.5", 387, True),
        ("47.6", 387, False),
        ("12.5", 8, True),
        ("13", 8, True),  # 12.5 rounded half up
        ("12", 8, True),  # 12.5 rounded half to even
        ("14", 8, False),
        ("0.0", 8, True),
        ("100", 8, True),
        ("79", 51, False),
        ("78", 51, True),
    ],
)
def test_a_percentage_is_that_of_a_whole_number_of_patients(printed: str, n: int, holds: bool) -> None:
    assert rules(percentage(printed, n)) == ([] if holds else ["whole-patients"])


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.integers(0, 3))
def test_a_percentage_worked_out_from_a_count_is_never_held_against_a_study(
    counts: tuple[int, int], places: int
) -> None:
    n, count = counts
    assert rules(percentage(f"{100 * count / n:.{places}f}", n, responders=count, responders_basis="printed")) == []


def test_a_percentage_that_we_worked_out_or_that_is_no_observation_is_not_asked_for_whole_patients() -> None:
    assert rules(percentage("47.6", 387, value_basis="derived: by us")) == []
    assert rules(percentage("47.6", 387, measure="illustration")) == []
    assert rules(percentage("47.6", 387, qualifier="about")) == []


def test_what_rests_on_a_number_that_nobody_checked_is_a_question_only() -> None:
    (sure,) = found(percentage("47.6", 387))
    (unsure,) = found(percentage("47.6", 387, n_confidence="recalled"))
    assert (sure.severity, unsure.severity) == ("contradiction", "question")
    assert sure.id == unsure.id == "meadow-2010/verum-6-months/whole-patients"


@pytest.mark.parametrize(("printed", "broken"), [("45.7", []), ("46", []), ("45", ["percentage-of-its-count"])])
def test_a_percentage_is_that_of_the_count_printed_beside_it(printed: str, broken: list[str]) -> None:
    referred = percentage(printed, 495, responders=226, responders_basis="printed")
    assert [each for each in rules(referred) if each != "whole-patients"] == broken


def test_a_count_beside_a_percentage_is_said_with_both_figures() -> None:
    (one,) = found(percentage("47", 495, responders=226, responders_basis="printed"))
    assert (one.found, one.expected) == ("47% stands beside 226 of 495.", "226 of 495 is 45.7%.")


def test_a_count_from_memory_is_a_question_about_the_memory() -> None:
    (one,) = found(percentage("47", 495, responders=226, responders_basis="recalled"))
    assert one.severity == "question"
    assert one.found == "47% stands beside 226 of 495, a count that is recalled."


@pytest.mark.parametrize(
    ("note", "broken"),
    [
        ("The abstract prints 47% for 226 of 495.", True),
        ("The abstract prints 46% for 226 of 495.", False),
        ("The abstract prints 45.7% for 226 of 495, and 10% for 1,000 of 10,000.", False),
        ("The abstract prints 11% for 1,000 of 10,000.", True),
        ("226 of 495 would be 47%.", False),  # ours, not the print's
    ],
)
def test_a_percentage_in_a_note_is_that_of_the_count_beside_it(note: str, broken: bool) -> None:
    made = study(result(printed="50", n=10), note=note, baselines=())
    assert rules(made) == ["percentage-of-its-count"] * broken


def test_a_percentage_without_a_denominator_is_a_gap() -> None:
    made = percentage("50", None)
    gaps = [each.rule.id for each in examine({made.id: made}, INSTRUMENTS)]
    assert "denominator-known" in gaps
    assert "denominator-known" not in [each.rule.id for each in examine({"x": percentage("50", 10)}, INSTRUMENTS)]


@pytest.mark.parametrize(
    ("n", "analysis_set", "holds"),
    [
        (100, "itt", True),
        (80, "completers", True),
        (80, "unknown", True),
        (80, "itt", False),
        (80, "itt-nri", False),
        (120, "completers", False),
        (120, "unknown", False),
    ],
)
def test_a_denominator_fits_its_arm(n: int, analysis_set: str, holds: bool) -> None:
    made = two_arms(result(printed="50", n=n, analysis_set=analysis_set))
    assert rules(made) == ([] if holds else ["denominator-fits-the-arm"])


def test_an_arm_of_unknown_size_is_not_held_against_a_denominator() -> None:
    assert rules(study(result(printed="50", n=80, analysis_set="itt"), arms=(arm(),), baselines=())) == []


@pytest.mark.parametrize(
    ("finding", "figures"),
    [
        ("haake-2007/verum-6-months/whole-patients", ("47.6", "387", "184")),
        ("haake-2007/conv-6-months/whole-patients", ("27.4", "388", "106")),
        ("ukaudit-2024/mymop2/whole-patients", ("79", "51", "40")),
        ("ukaudit-2024/pgic/whole-patients", ("93", "50")),
        ("mcculloch-2015/moderate-bleeding/whole-patients", ("0.003", "3,974")),
        ("mcculloch-2015/moderate-bleeding/percentage-of-its-count", ("0.003", "1 of 3,974", "0.025")),
    ],
)
def test_what_is_known_to_be_wrong_in_print_is_found(finding: str, figures: tuple[str, ...]) -> None:
    one = real()[finding]
    assert one.severity == "contradiction"
    assert all(figure in f"{one.found} {one.expected}" for figure in figures)


def test_mckee_prints_47_percent_for_226_of_495() -> None:
    (one,) = [
        each for each in real().values() if (each.study, each.rule.id) == ("mckee-2013", "percentage-of-its-count")
    ]
    assert (one.found, one.expected) == ("47% stands beside 226 of 495.", "226 of 495 is 45.7%.")
    assert one.severity == "contradiction"


def test_figures_that_add_up_are_not_found() -> None:
    whole = [each for each in real().values() if each.rule.id == "whole-patients"]
    assert {each.study for each in whole} == {"haake-2007", "mcculloch-2015", "ukaudit-2024"}
