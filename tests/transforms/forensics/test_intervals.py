"""Intervals: around the figure, centred on it, reproducible; with the rounding boundary on both sides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.forensics.examined import figure, found, real, rules, two_arms
from tests.transforms.meadow import result


def interval(measure: str, printed: str, low: str, high: str, **more: Any) -> list[str]:
    known: dict[str, Any] = {"low": low, "high": high, "interval_confidence": "checked", "comparator": "usual"}
    return rules(two_arms(figure("x", "verum", measure, printed, **known | more)))


@pytest.mark.parametrize(
    ("printed", "low", "high", "holds"),
    [
        ("5.0", "4.0", "6.0", True),
        ("5.0", "5.1", "6.0", True),  # both may stand for 5.05
        ("5.0", "5.2", "6.0", False),
        ("5.0", "4.0", "4.8", False),
        ("5", "5.4", "5.5", True),  # 5 may stand for 5.4
        ("5", "5.6", "5.7", False),
        ("-1.0", "-0.5", "-1.5", False),  # ends in the wrong order
    ],
)
def test_an_interval_holds_its_figure(printed: str, low: str, high: str, holds: bool) -> None:
    broken = interval("qaly-difference", printed, low, high)
    assert ("interval-holds-the-figure" not in broken) == holds


@pytest.mark.parametrize(
    ("measure", "printed", "low", "high", "holds"),
    [
        ("adjusted-difference", "21.7", "13.9", "30.0", False),  # Brinkhaus: the middle is 21.95
        ("adjusted-difference", "21.9", "13.9", "30.0", True),
        ("adjusted-difference", "22.0", "13.9", "30.0", True),
        ("adjusted-difference", "21.8", "13.9", "30.0", False),  # 21.85 at most, the middle 21.9 at least
        ("adjusted-difference", "0.55", "0.51", "0.58", True),  # 0.545 is printed as 0.55
        ("hazard-ratio", "1.37", "0.95", "1.96", True),
        ("hazard-ratio", "1.45", "0.95", "1.96", False),  # in the middle of the plain scale, not of the logarithm
        ("relative-risk", "2.00", "1.00", "4.00", True),
        ("relative-risk", "2.50", "1.00", "4.00", False),
        ("responder-difference", "20.2", "13.4", "26.7", True),  # score intervals are not centred
    ],
)
def test_a_figure_is_in_the_middle_of_its_interval(
    measure: str, printed: str, low: str, high: str, holds: bool
) -> None:
    assert ("interval-centred" not in interval(measure, printed, low, high)) == holds


@given(st.integers(-500, 500), st.integers(0, 300), st.integers(0, 2))
def test_an_interval_that_was_rounded_honestly_is_never_found(middle: int, reach: int, places: int) -> None:
    centre, half = middle / 7, reach / 7
    printed, low, high = (f"{each:.{places}f}" for each in (centre, centre - half, centre + half))
    assert interval("adjusted-difference", printed, low, high) == []


def share(printed: str, n: int | None, low: str, high: str) -> list[str]:
    known: dict[str, Any] = {"n_confidence": "checked" if n else None, "interval_confidence": "checked"}
    made = result(printed=printed, n=n, low=low, high=high, analysis_set="completers", **known)
    return rules(two_arms(made))


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [
        ("40", "60", True),
        ("40.4", "59.6", True),  # Wilson, 50 of 100
        ("39.8", "60.2", True),  # Clopper and Pearson
        ("40.2", "59.8", True),  # the normal approximation
        ("41.0", "59.0", False),
        ("40.4", "60.2", False),  # half of one and half of another
    ],
)
def test_the_interval_of_a_percentage_follows_from_its_patients(low: str, high: str, holds: bool) -> None:
    assert share("50", 100, low, high) == ([] if holds else ["interval-reproducible"])


def test_an_interval_of_unknown_patients_is_not_worked_out() -> None:
    assert share("50", None, "49.9", "50.1") == []


@pytest.mark.parametrize(
    ("low", "high", "holds"), [("8.3", "10.5", True), ("7.9", "10.5", False), ("8.3", "10.9", False)]
)
def test_a_difference_of_means_follows_from_standard_errors(low: str, high: str, holds: bool) -> None:
    made = two_arms(
        figure("a", "verum", "mean", "74.5", se="0.4"),
        figure("b", "usual", "mean", "65.1", se="0.4"),
        figure(
            "c",
            "verum",
            "mean-difference",
            "9.4",
            comparator="usual",
            low=low,
            high=high,
            interval_confidence="checked",
        ),
    )
    assert ("interval-reproducible" not in rules(made)) == holds


@pytest.mark.parametrize(("low", "high", "holds"), [("8.0", "12.0", True), ("7.0", "13.0", False)])
def test_the_interval_of_a_mean_follows_from_its_spread_and_its_patients(low: str, high: str, holds: bool) -> None:
    known: dict[str, Any] = {
        "n": 100,
        "n_confidence": "checked",
        "low": low,
        "high": high,
        "interval_confidence": "checked",
    }
    made = two_arms(figure("a", "verum", "mean", "10.0", sd="10.0", **known))
    assert rules(made) == ([] if holds else ["interval-reproducible"])


@pytest.mark.parametrize(
    ("measure", "printed", "low", "high", "holds"),
    [
        ("responder-difference", "20", "6.1", "32.8", True),  # Newcombe, 60 and 40 of 100
        ("responder-difference", "20", "6.4", "33.6", True),  # the normal approximation
        ("responder-difference", "20", "2.0", "38.0", False),
        ("responder-ratio", "1.50", "1.12", "2.00", True),  # the logarithm
        ("responder-ratio", "1.50", "1.30", "1.73", False),
    ],
)
def test_a_contrast_of_responders_follows_from_the_arms(
    measure: str, printed: str, low: str, high: str, holds: bool
) -> None:
    sides = [
        result("a", printed="60", n=100, analysis_set="itt"),
        result("b", arm="usual", printed="40", n=100, analysis_set="itt"),
    ]
    contrast = result(
        "c", measure=measure, comparator="usual", printed=printed, unit="points", n=None, n_confidence=None, low=low,
        high=high, interval_confidence="checked", analysis_set="itt",
    )  # fmt: skip
    assert rules(two_arms(*sides, contrast)) == ([] if holds else ["interval-reproducible"])


def test_brinkhaus_has_an_interval_that_is_not_centred() -> None:
    (one,) = [each for each in real().values() if (each.study, each.rule.id) == ("brinkhaus-2006", "interval-centred")]
    assert one.found == "21.7 is not in the middle of 13.9 to 30.0."
    assert "21.95" in one.expected


def test_the_other_interval_of_brinkhaus_is_centred_and_no_real_interval_misses_its_figure() -> None:
    found_rules = {(each.study, each.rule.id) for each in real().values()}
    assert not [each for each in found_rules if each[1] == "interval-holds-the-figure"]
    assert {each for each, rule in found_rules if rule == "interval-centred"} == {"brinkhaus-2006", "prady-2007"}


def test_a_finding_about_a_recalled_interval_is_no_contradiction() -> None:
    made = figure("x", "verum", "mean", "9.0", low="1.0", high="2.0", interval_confidence="recalled")
    assert {each.severity for each in found(two_arms(made))} == {"question"}
