"""Scores: within the range, with a possible spread, in the direction of the instrument."""

from decimal import Decimal
from typing import Any

import pytest

from schemas.study_rows import Baseline
from tests.transforms.forensics.examined import figure, real, rules, two_arms


def one(measure: str, printed: str, **more: Any) -> list[str]:
    known: dict[str, Any] = {"instrument": "vas-pain"}
    return rules(two_arms(figure("x", "verum", measure, printed, **known | more)))


@pytest.mark.parametrize(
    ("measure", "printed", "holds"),
    [
        ("mean", "0", True),
        ("mean", "100", True),
        ("mean", "100.4", False),
        ("mean", "100.0", True),
        ("mean", "-1", False),
        ("adjusted-mean", "101", False),
        ("mean-improvement", "100", True),
        ("mean-improvement", "-20", True),  # worse, and possible
        ("mean-improvement", "-101", False),
        ("mean-change", "-30", True),
        ("standardised-difference", "300", True),  # not in points
    ],
)
def test_a_score_is_within_its_range(measure: str, printed: str, holds: bool) -> None:
    assert one(measure, printed) == ([] if holds else ["score-in-range"])


@pytest.mark.parametrize(
    ("sd", "n", "holds"),
    [
        ("50.0", 100, True),
        ("50.2", 100, True),  # the largest of 100 scores half at each end is 50.25
        ("50.4", 100, False),
        ("70.7", None, True),  # two patients could
        ("71.0", None, False),
    ],
)
def test_a_spread_is_possible_within_the_range(sd: str, n: int | None, holds: bool) -> None:
    made = one("mean", "50.0", sd=sd, n=n, n_confidence="checked" if n else None)
    assert made == ([] if holds else ["spread-possible"])


@pytest.mark.parametrize(
    ("better", "broken"),
    [
        ("", []),
        ("lower", []),
        ("higher", ["direction-of-the-instrument"]),
        ("disputed", ["direction-of-the-instrument"]),
    ],
)
def test_the_direction_on_record_is_the_instruments(better: str, broken: list[str]) -> None:
    assert one("mean", "40.0", better=better) == broken


def moved(after: str, *, function: tuple[str, str]) -> list[str]:
    before = (
        Baseline("vas-pain", Decimal("60.0"), "checked", arm="verum"),
        Baseline("ffbh-r", Decimal(function[0]), "checked", arm="verum"),
    )
    return rules(
        two_arms(
            figure("pain", "verum", "mean", after, instrument="vas-pain"),
            figure("function", "verum", "mean", function[1], instrument="ffbh-r"),
            baselines=before,
        )
    )


@pytest.mark.parametrize(
    ("after", "function", "broken"),
    [
        ("30.0", ("36.0", "50.0"), []),  # both better
        ("30.0", ("36.0", "25.8"), ["scores-move-together"]),
        ("30.0", ("36.0", "26.0"), ["scores-move-together"]),  # a tenth of the range, exactly
        ("30.0", ("36.0", "26.1"), []),
        ("50.1", ("36.0", "20.0"), []),  # pain is not clearly better
        ("90.0", ("36.0", "20.0"), []),  # both worse
    ],
)
def test_no_score_gets_clearly_worse_while_another_gets_clearly_better(
    after: str, function: tuple[str, str], broken: list[str]
) -> None:
    assert moved(after, function=function) == broken


def test_the_functional_scores_of_pach_run_against_the_direction_of_their_scale() -> None:
    rules_of_pach = {each.rule.id for each in real().values() if each.study == "pach-2013"}
    assert {"scores-move-together", "direction-of-the-instrument"} <= rules_of_pach
    assert {each.study for each in real().values() if each.rule.id == "scores-move-together"} == {"pach-2013"}
