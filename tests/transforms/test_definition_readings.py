"""A definition that can be read in several ways: each reading is a rule that can be computed, and a grade is lost."""

from dataclasses import replace

import pytest

from schemas.evidence import load, packaged
from schemas.responder_rules import Definition
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import cohort, compared, result, study
from tests.transforms.released import exact
from tests.transforms.test_comparability import ALIKE
from tests.transforms.test_responses import GERAC, status
from transforms.comparability import grade
from transforms.matching import match

AMBIGUOUS = [one for one in VOCABULARY.definitions.values() if one.ambiguous]
POINTS, RELATIVE = (VOCABULARY.definitions[GERAC].read_as(reading) for reading in ("points", "relative"))


def test_gerac_s_twelve_percent_is_held_in_both_readings() -> None:
    assert [one.id for one in AMBIGUOUS] == [GERAC]
    points, relative = VOCABULARY.definitions[GERAC].readings
    assert "100 points" in points.means
    assert "before treatment" in relative.means
    assert points.label == "33% or more better on CPGS pain, or 12 points or more better on FFbH-R"
    assert relative.label == "33% or more better on CPGS pain, or 12% or more better on FFbH-R"


def test_the_first_reading_is_the_one_that_is_counted() -> None:
    for definition in AMBIGUOUS:
        assert definition.rules == definition.readings[0].rules
        assert definition.read_as(definition.readings[0].id).rules == definition.rules


@pytest.mark.parametrize("reading", [POINTS, RELATIVE], ids=lambda reading: reading.id)
def test_a_reading_keeps_everything_else_of_its_definition(reading: Definition) -> None:
    whole = VOCABULARY.definitions[GERAC]
    assert (reading.ambiguous, reading.readings) == (False, ())
    assert (reading.disqualifying_event, reading.source, reading.family) == (True, whole.source, whole.family)
    assert "more than one way" not in reading.sentence


def test_a_reading_that_is_not_there_is_none() -> None:
    with pytest.raises(KeyError):
        VOCABULARY.definitions[GERAC].read_as("logarithmic")


@pytest.mark.parametrize(
    ("before", "after", "points", "relative"),
    [
        (40.0, 46.0, "non_responder", "responder"),  # 6 points are 15% of 40
        (80.0, 91.0, "non_responder", "responder"),  # 11 points are 13.75% of 80
        (50.0, 62.0, "responder", "responder"),
        (25.0, 27.5, "non_responder", "non_responder"),  # 2.5 points are 10% of 25
        (50.0, 56.0, "non_responder", "responder"),  # exactly 12%
    ],
)
def test_the_two_readings_judge_some_patients_differently(
    before: float, after: float, points: str, relative: str
) -> None:
    words = replace(VOCABULARY, definitions={each.id: each for each in (POINTS, RELATIVE)})
    scores = (("cpgs-pain", 60.0, 60.0), ("ffbh-r", before, after))
    found = [status(each.id, *scores, event=False, vocabulary=words) for each in (POINTS, RELATIVE)]
    assert found == [points, relative]


@pytest.mark.parametrize(("definition", "letter"), [("identical", "A"), ("ambiguous", "B")])
def test_ambiguity_costs_a_grade(definition: str, letter: str) -> None:
    graded = grade(replace(ALIKE, definition=definition), theirs="GERAC 2007")  # type: ignore[arg-type]  # both are words of the type
    assert graded.letter == letter
    assert graded.reasons.get("definition", "") == (
        "" if letter == "A" else "the rule of GERAC 2007 can be read in two ways"
    )


def test_no_comparison_with_gerac_is_ever_better_than_b() -> None:
    gerac = load(packaged(), VOCABULARY)["haake-2007"]
    rates = [one for one in gerac.results if one.measure == "responder-percent"]
    for one in rates:
        found = match(one, {"cpgs-pain", "ffbh-r"}, True, VOCABULARY)
        assert grade(replace(ALIKE, definition=found.definition)).letter == "B"
    assert len(rates) == 3


def test_an_ambiguous_rule_is_named_among_the_reasons_of_a_comparison() -> None:
    beside = study(result(definition=GERAC))
    clinic = [cohort(instruments="cpgs-pain, ffbh-r")]
    _, graded = compared([exact(120, 100, definition=GERAC, event_recorded=True)], beside, cohorts=clinic)
    row = graded.filter(dimension="definition").row(0, named=True)
    assert (row["level"], row["reason"]) == ("minor", "the rule of Meadow 2010 can be read in two ways")
