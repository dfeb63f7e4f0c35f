"""Published figures: as printed, with what the print allows to infer, and nothing corrected."""

from typing import Any

import pytest

from schemas.contract import faults
from schemas.evidence import load, packaged
from schemas.published_rates import PublishedRates
from schemas.studies import Arms, Studies
from schemas.study_rows import Study
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import arm, result, study
from transforms.published_rates import arms, published_rates, studies
from transforms.statistics.proportions import wilson


@pytest.fixture(scope="module")
def evidence() -> dict[str, Study]:
    return load(packaged(), VOCABULARY)


def rate(**more: Any) -> dict[str, Any]:
    made = study(result(**more))
    return published_rates(evidence={made.id: made}).row(0, named=True)


def test_an_attainable_figure_gives_its_count_and_a_wilson_interval() -> None:
    found, interval = rate(), wilson(120, 240)
    assert interval is not None
    assert (found["printed"], found["percent"], found["grim"]) == ("50.0", 50.0, "attainable")
    assert (found["responders"], found["rate"]) == (120, 0.5)
    assert (found["rate_low"], found["rate_high"]) == (interval.low, interval.high)


def test_an_unattainable_figure_is_shown_as_printed_and_flagged() -> None:
    found = rate(printed="47.6", n=387)
    assert (found["printed"], found["grim"], found["responders"]) == ("47.6", "not attainable", 184)
    assert found["rate"] == 184 / 387


def test_a_figure_of_an_unknown_number_of_patients_has_no_interval() -> None:
    found = rate(n=None, n_confidence=None)
    assert (found["grim"], found["rate"]) == ("not testable", 0.5)
    assert [found[name] for name in ("responders", "rate_low", "rate_high")] == [None] * 3
    assert found["n_confidence"] == "not known"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"confidence": "recalled"}, "the figure is not checked"),
        ({"definition_confidence": "recalled"}, "its definition is not checked"),
        ({"n_confidence": "recalled"}, "its denominator is not checked"),
        ({"benchmark_ok": "limited"}, "it is not cleared as a benchmark"),
        ({"day": None}, "its time is not known"),
        ({"locator": ""}, "its place in the source is not on record"),
    ],
)
def test_a_figure_carries_a_verdict_only_if_nothing_stands_in_the_way(more: dict[str, Any], why: str) -> None:
    found = rate(**more)
    assert (found["carries_verdict"], found["why_not"]) == (not why, why)


def test_a_difference_is_no_rate() -> None:
    made = study(result(), result("verum-minus-sham", measure="responder-difference", comparator="sham", printed="3.4"))
    assert published_rates(evidence={made.id: made})["result"].to_list() == ["verum-6-months"]


def test_the_arm_says_its_role_and_its_name() -> None:
    made = study(result(arm="sham"), arms=(arm(), arm("sham", role="sham", label="Superficial needling")))
    found = published_rates(evidence={made.id: made}).row(0, named=True)
    assert (found["role"], found["label"]) == ("sham", "Meadow 2010, Superficial needling")


# ---- the figures that we hold ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "printed", "n", "grim", "responders"),
    [
        ("verum-6-months", "47.6", 387, "not attainable", 184),
        ("sham-6-months", "44.2", 387, "attainable", 171),
        ("conv-6-months", "27.4", 388, "not attainable", 106),
    ],
)
def test_gerac_is_shown_as_printed(
    evidence: dict[str, Study], figure: str, printed: str, n: int, grim: str, responders: int
) -> None:
    found = published_rates(evidence=evidence).filter(study="haake-2007", result=figure).row(0, named=True)
    assert (found["printed"], found["n"], found["grim"]) == (printed, n, grim)
    assert found["responders"] == responders


def test_only_what_is_checked_carries_a_verdict(evidence: dict[str, Study]) -> None:
    found = published_rates(evidence=evidence).filter("carries_verdict")
    assert set(found["study"]) == {"haake-2007", "prt-2022"}
    assert set(found["confidence"]) == {"checked"}


def test_the_tables_of_what_we_hold_keep_their_promises(evidence: dict[str, Study]) -> None:
    assert faults(PublishedRates, published_rates(evidence=evidence)) == []
    assert faults(Studies, studies(evidence=evidence)) == []
    assert faults(Arms, arms(evidence=evidence)) == []


def test_every_study_and_every_arm_has_its_row(evidence: dict[str, Study]) -> None:
    assert set(studies(evidence=evidence)["study"]) == set(evidence)
    assert arms(evidence=evidence).height == sum(len(one.arms) for one in evidence.values())


def test_no_second_reader_is_invented(evidence: dict[str, Study]) -> None:
    assert set(studies(evidence=evidence)["second_check"]) == {""}
