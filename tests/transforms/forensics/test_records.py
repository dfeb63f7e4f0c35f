"""Records: identifiers, repeated figures, notices and second checks; and what every finding has."""

from datetime import date
from typing import Any

import pytest

from schemas.study_rows import Study
from tests.transforms.forensics.examined import INSTRUMENTS, examine, figure, found, real, rules, two_arms
from tests.transforms.meadow import arm, study
from transforms.forensics.examination import RULES
from transforms.forensics.finding import SEVERITIES


def record(**more: Any) -> Study:
    return two_arms(figure("x", "verum", "mean", "5.0"), **more)


@pytest.mark.parametrize(
    ("key", "written", "holds"),
    [
        ("doi", "10.1001/archinte.167.17.1892", True),
        ("doi", "10.1016/S0304-3959(01)00444-4", True),
        ("doi", "10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E", True),
        ("doi", "doi:10.1001/archinte.167.17.1892", False),
        ("doi", "10.1001/archinte.167.17.1892.", False),  # the full stop of a sentence
        ("doi", "10.1/abc", False),
        ("pmid", "17893311", True),
        ("pmid", "017893311", False),
        ("pmid", "PMC2832641", False),
        ("pmid", "178933110", False),
        ("pmcid", "PMC2832641", True),
        ("pmcid", "2832641", False),
        ("registration", "NCT00065585", True),
        ("registration", "NCT0006558", False),
        ("registration", "ISRCTN80764175", True),
        ("registration", "see the paper", False),
    ],
)
def test_an_identifier_has_the_form_of_its_register(key: str, written: str, holds: bool) -> None:
    assert rules(record(**{key: written})) == ([] if holds else ["identifier-well-formed"])


def gaps(made: Study) -> set[str]:
    return {each.rule.id for each in examine({made.id: made}, INSTRUMENTS) if each.severity == "gap"}


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ({}, {"notices-looked-up", "second-check"}),
        ({"erratum_looked_up": date(2026, 9, 30)}, {"second-check"}),
        ({"erratum_looked_up": date(2026, 9, 30), "second_check": "A. Person, 2026-10-01"}, set()),
        (
            {"doi": "10.1000/abc", "doi_confidence": "recalled"},
            {"identifier-looked-up", "notices-looked-up", "second-check"},
        ),
        ({"doi": "10.1000/abc"}, {"notices-looked-up", "second-check"}),
    ],
)
def test_what_nobody_has_done_yet_is_a_gap(known: dict[str, Any], left: set[str]) -> None:
    assert gaps(record(**known)) == left


def test_a_notice_is_a_question_until_its_text_is_read() -> None:
    (one,) = found(record(erratum="Listed: 2007;167(19):2072."))
    assert (one.rule.id, one.severity) == ("no-notice", "question")
    assert one.found.endswith("Listed: 2007;167(19):2072.")


def test_one_publication_has_one_record() -> None:
    first = record(name="a-2010", doi="10.1000/abc", pmid="1")
    again = record(name="b-2010", doi="10.1000/ABC", pmid="2")
    assert [each.id for each in found(first, again)] == ["b-2010/doi/one-record-per-publication"]
    assert found(first, record(name="c-2010", doi="10.1000/xyz")) == []


@pytest.mark.parametrize(
    ("second", "broken"),
    [
        ({}, []),
        ({"printed": "5.1"}, ["same-figure-same-number"]),
        ({"printed": "5.1", "day": 90}, []),
        ({"printed": "5.1", "arm": "usual"}, []),
        ({"printed": "5.1", "outcome": "leg pain"}, []),
        ({"printed": "5.1", "definition_note": "osteoarthritis only"}, []),
    ],
)
def test_a_figure_that_stands_twice_is_the_same_number(second: dict[str, Any], broken: list[str]) -> None:
    known: dict[str, Any] = {"printed": "5.0", "arm": "verum", "day": 30}
    made = two_arms(figure("x", measure="mean", **known), figure("y", measure="mean", **known | second))
    assert rules(made) == broken


def test_two_records_of_one_trial_agree() -> None:
    trial = record(name="trial-2010", n_randomised=200)
    same = study(figure("x", "verum", "mean", "5.0"), name="same-2011", kind="report", report_of="trial-2010",
                 n_randomised=200, baselines=())  # fmt: skip
    other = study(
        figure("x", "verum", "mean", "6.0"), name="other-2011", kind="report", report_of="trial-2010",
        n_randomised=90, arms=(arm(n=90, n_confidence="checked"),), baselines=(),
    )  # fmt: skip
    assert found(trial, same) == []
    assert sorted(each.id for each in found(trial, other)) == [
        "other-2011/randomised/same-trial-same-numbers",
        "other-2011/verum/same-trial-same-numbers",
        "other-2011/x/reports/same-figure-same-number",
    ]


def test_gerac_has_a_listed_erratum_and_no_record_has_a_second_check_that_nobody_made() -> None:
    assert real()["haake-2007/no-notice"].severity == "question"
    studies = {each.study for each in real().values()}
    assert {each.study for each in real().values() if each.rule.id == "second-check"} == studies


def test_every_real_identifier_is_well_formed_and_no_publication_has_two_records() -> None:
    broken = {"identifier-well-formed", "one-record-per-publication", "same-figure-same-number", "score-in-range"}
    assert not [each.id for each in real().values() if each.rule.id in broken]


def test_a_rule_has_an_id_of_its_own_a_sentence_a_weight_and_a_source() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.sentence.endswith(".") and rule.source and rule.severity in SEVERITIES for rule in RULES)


def test_a_finding_says_what_was_found_and_what_was_expected() -> None:
    assert all(each.found.endswith(".") and each.expected.endswith(".") for each in real().values())
    assert all(each.rule in RULES for each in real().values())


def test_findings_come_by_study_the_weightiest_first() -> None:
    listed = list(real().values())
    weights = [(each.study, SEVERITIES.index(each.severity)) for each in listed]
    assert weights == sorted(weights)
