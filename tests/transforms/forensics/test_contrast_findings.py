"""Contrasts: the difference is that of the arms, the ratio too, with the sign that the direction gives."""

from typing import Any

import pytest

from tests.transforms.forensics.examined import figure, found, real, rules, two_arms
from tests.transforms.meadow import result


def responders(printed: tuple[str, str], measure: str, contrast: str, **more: Any) -> list[str]:
    known: dict[str, Any] = {"n": None, "n_confidence": None, "analysis_set": "itt"}
    return rules(
        two_arms(
            result("a", printed=printed[0], **known),
            result("b", arm="usual", printed=printed[1], **known),
            result("c", measure=measure, comparator="usual", printed=contrast, unit="points", **known | more),
        )
    )


@pytest.mark.parametrize(
    ("printed", "contrast", "broken"),
    [
        (("47.6", "27.4"), "20.2", []),
        (("47.6", "27.4"), "20.3", []),  # 47.64 and 27.35 are 20.29 apart
        (("47.6", "27.4"), "20.4", ["difference-of-the-arms"]),
        (("47.6", "27.4"), "20.0", ["difference-of-the-arms"]),
        (("48", "27"), "20", []),  # whole percent are rounded more
        (("48", "27"), "19", ["difference-of-the-arms"]),
        (("27.4", "47.6"), "20.2", ["difference-has-its-sign"]),
    ],
)
def test_a_difference_is_that_of_the_arms(printed: tuple[str, str], contrast: str, broken: list[str]) -> None:
    assert responders(printed, "responder-difference", contrast) == broken


@pytest.mark.parametrize(
    ("contrast", "holds"), [("1.74", True), ("1.73", True), ("1.75", False), ("1.7", True), ("2", True), ("1.9", False)]
)
def test_a_ratio_is_that_of_the_arms(contrast: str, holds: bool) -> None:
    assert responders(("47.6", "27.4"), "responder-ratio", contrast) == ([] if holds else ["ratio-of-the-arms"])


def test_a_ratio_to_nobody_is_not_worked_out() -> None:
    assert responders(("47.6", "0"), "responder-ratio", "9.9") == []


def test_an_adjusted_contrast_and_another_time_or_set_of_patients_are_left_alone() -> None:
    assert responders(("47.6", "27.4"), "adjusted-relative-risk", "3.0") == []
    assert responders(("47.6", "27.4"), "responder-difference", "9.9", day=90, endpoint="3-months") == []
    assert responders(("47.6", "27.4"), "responder-difference", "9.9", analysis_set="completers") == []


def pain(measure: str, first: str, second: str, contrast: str, **more: Any) -> list[str]:
    known: dict[str, Any] = {"instrument": "vas-pain"}
    return rules(
        two_arms(
            figure("a", "verum", measure, first, **known),
            figure("b", "usual", measure, second, **known),
            figure("c", "verum", "mean-difference", contrast, comparator="usual", **known | more),
        )
    )


@pytest.mark.parametrize(
    ("measure", "contrast", "better", "broken"),
    [
        ("mean", "-10.0", "", []),  # less pain in the first arm
        ("mean", "10.0", "", ["difference-has-its-sign"]),
        ("mean", "10.0", "higher", []),  # counted towards better
        ("mean", "-10.0", "higher", ["difference-has-its-sign"]),
        ("mean", "-11.0", "", ["difference-of-the-arms"]),
    ],
)
def test_a_difference_has_the_sign_that_the_score_gives_it(
    measure: str, contrast: str, better: str, broken: list[str]
) -> None:
    assert pain(measure, "30.0", "40.0", contrast, better=better) == broken


def test_a_difference_of_improvements_counts_towards_better() -> None:
    assert pain("mean-improvement", "28.7", "6.9", "21.7", better="higher") == []
    assert pain("mean-improvement", "28.7", "6.9", "21.7", better="lower") == ["difference-has-its-sign"]


def test_one_measure_of_the_arms_that_fits_is_enough() -> None:
    known: dict[str, Any] = {"instrument": "vas-pain"}
    made = two_arms(
        figure("a", "verum", "mean", "34.5", **known),
        figure("b", "usual", "mean", "43.7", **known),
        figure("c", "verum", "mean-improvement", "28.7", **known),
        figure("d", "usual", "mean-improvement", "23.6", **known),
        figure("e", "verum", "mean-difference", "5.1", comparator="usual", better="higher", **known),
    )
    assert rules(made) == []


def test_what_was_found_is_said_with_the_figures() -> None:
    known: dict[str, Any] = {"n": None, "n_confidence": None, "analysis_set": "itt"}
    made = two_arms(
        result("a", printed="48.0", **known),
        result("b", arm="usual", printed="27.0", **known),
        result("c", measure="responder-difference", comparator="usual", printed="25.0", unit="points", **known),
    )
    (one,) = found(made)
    assert one.id == "meadow-2010/c/difference-of-the-arms"
    assert one.found == "The difference is printed as 25.0; the arms have 48.0 and 27.0."
    assert one.expected == "21, give or take the rounding."


def test_every_real_contrast_follows_from_its_arms() -> None:
    broken = {"difference-of-the-arms", "difference-has-its-sign", "ratio-of-the-arms"}
    assert not [each.id for each in real().values() if each.rule.id in broken]
