"""The words of a responder definition are generated from its rules."""

from decimal import Decimal

import pytest

from schemas.responder_rules import Definition, Rule

PAIN = Rule("relative", "cpgs-pain", Decimal(33), name="CPGS pain", better="lower")
FUNCTION = Rule("absolute", "ffbh-r", Decimal(12), name="FFbH-R", better="higher")


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        (
            Rule("relative", "rmdq-24", Decimal(30), name="RMDQ-24", better="lower"),
            "30% or more better on RMDQ-24",
        ),
        (Rule("relative", "x", Decimal("33.5")), "33.5% or more better on x"),
        (Rule("absolute", "x", Decimal(5)), "5 points or more better on x"),
        (Rule("absolute", "x", Decimal(1)), "1 point or more better on x"),
        (Rule("absolute", "x", Decimal("1.50")), "1.5 points or more better on x"),
        (Rule("absolute", "x", Decimal(100)), "100 points or more better on x"),
        (Rule("pass", "x", Decimal(1), name="NRS pain", better="lower"), "1 or lower on NRS pain"),
        (Rule("pass", "x", Decimal(80), name="FFbH-R", better="higher"), "80 or higher on FFbH-R"),
        (Rule("pass", "x", Decimal(0)), "0 or better on x"),
    ],
)
def test_a_rule_says_its_amount_and_its_instrument(rule: Rule, label: str) -> None:
    assert rule.label == label


def test_a_definition_of_one_rule_bears_its_label() -> None:
    assert Definition("x", "x", "one", (PAIN,)).label == "33% or more better on CPGS pain"


def test_a_composite_definition_names_every_part() -> None:
    either = Definition("x", "x", "or", (PAIN, FUNCTION), disqualifying_event=True)
    assert either.label == (
        "33% or more better on CPGS pain, or 12 points or more better on FFbH-R, without a disqualifying event"
    )
    assert Definition("x", "x", "and", (PAIN, FUNCTION)).label == (
        "33% or more better on CPGS pain, and 12 points or more better on FFbH-R"
    )


def test_the_sentence_says_everything_that_decides() -> None:
    gerac = Definition("x", "x", "or", (PAIN, FUNCTION), disqualifying_event=True, ambiguous=True)
    assert gerac.sentence == (
        "A responder is a patient whose CPGS pain (lower is better) improved by 33% of its baseline or more, "
        "or whose FFbH-R (higher is better) improved by 12 points or more. "
        "A patient with a disqualifying event is a non-responder whatever the scores say. "
        "Patients with a baseline of zero on CPGS pain and less than 12 points left to improve on FFbH-R "
        "are left out and counted apart. "
        "The published wording can be read in more than one way; this is one reading."
    )


def test_with_and_one_part_that_cannot_be_judged_is_enough() -> None:
    both = Definition("x", "x", "and", (PAIN, FUNCTION))
    assert "zero on CPGS pain or less than 12 points" in both.sentence


def test_a_definition_that_counts_everyone_says_so() -> None:
    rule = Rule("pass", "nrs-pain", Decimal(1), name="NRS pain", better="lower")
    counted = Definition("x", "x", "one", (rule,), non_evaluable="counted")
    assert counted.sentence == (
        "A responder is a patient whose NRS pain (lower is better) ended at 1 or better. "
        "Patients with a baseline already at 1 or better on NRS pain are counted like everyone else."
    )


def test_instruments_are_listed_once_in_the_order_of_the_rules() -> None:
    twice = Definition("x", "x", "and", (FUNCTION, PAIN, Rule("pass", "ffbh-r", Decimal(80))))
    assert twice.instruments == ("ffbh-r", "cpgs-pain")


def test_definitions_can_be_keys_and_names_do_not_make_them_differ() -> None:
    unnamed = Rule("relative", "cpgs-pain", Decimal(33))
    assert {Definition("x", "x", "one", (PAIN,)): 1}[Definition("x", "x", "one", (unnamed,))] == 1
