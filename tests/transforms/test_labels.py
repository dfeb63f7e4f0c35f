"""Names for ids: cohorts, definitions, endpoints, instruments, populations, and what holds for a whole release."""

from typing import Any

import polars as pl
import pytest

from schemas import labels as tables
from schemas.checks import Checks
from schemas.contract import Table, faults
from schemas.sources import Source
from tests.transforms.hillside import VOCABULARY, contract, day
from transforms import labels

TRIAL = {
    "clinic": None,
    "trial": "meadow",
    "label": "Meadow",
    "cohort": {"column": "arm", "values": {"0": "usual-care", "1": "verum", "2": "verum"}},
}


def source(**changed: Any) -> Source:
    return Source(contract(**changed), day("2026-10-31"))


def notes(*sources: Source, checks: pl.DataFrame | None = None, margin: float = 0.10) -> dict[str, str]:
    found = labels.release_notes(
        Checks.empty() if checks is None else checks,
        labels.cohorts(sources=sources),
        margin=margin,
        verum_version="0.1.0",
    )
    return dict(found.rows())


# ---- cohorts -----------------------------------------------------------------------------------------------


def test_a_clinic_is_one_cohort_under_its_own_name() -> None:
    found = labels.cohorts(sources=[source(label="Hillside Practice", synthetic=True)]).row(0, named=True)
    assert found == {
        "source": "hillside", "cohort": "hillside", "label": "Hillside Practice", "kind": "clinic",
        "condition": "chronic-low-back-pain", "treatment": "acupuncture",
        "instruments": "cpgs-pain, ffbh-r, nrs-pain, rmdq-24", "data_to": day("2026-10-31"), "synthetic": True,
    }  # fmt: skip


def test_a_trial_is_as_many_cohorts_as_it_has_arms_and_no_clinic() -> None:
    found = labels.cohorts(sources=[source(**TRIAL)])
    assert found.select("cohort", "label", "kind").rows() == [
        ("usual-care", "Meadow, usual-care", "arm"),
        ("verum", "Meadow, verum", "arm"),
    ]


# ---- the vocabulary ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "table", "ids"),
    [
        (labels.definitions(vocabulary=VOCABULARY), tables.Definitions, VOCABULARY.definitions),
        (labels.endpoints(vocabulary=VOCABULARY), tables.Endpoints, VOCABULARY.endpoints),
        (labels.populations(vocabulary=VOCABULARY), tables.Populations, VOCABULARY.populations),
    ],
    ids=["definitions", "endpoints", "populations"],
)
def test_every_id_of_the_vocabulary_has_its_row(made: pl.DataFrame, table: type[Table], ids: dict[str, Any]) -> None:
    assert set(made[:, 0]) == set(ids)
    assert faults(table, made) == []


def test_instruments_with_an_open_range_are_not_listed() -> None:
    found = labels.instruments(vocabulary=VOCABULARY)
    assert set(found["instrument"]) == {name for name, one in VOCABULARY.instruments.items() if one.usable}
    assert faults(tables.Instruments, found) == []


def test_endpoints_stand_in_the_order_of_time() -> None:
    assert labels.endpoints(vocabulary=VOCABULARY)["endpoint"].to_list() == [
        "4-weeks", "8-weeks", "3-months", "6-months", "12-months",
    ]  # fmt: skip


def test_the_words_of_a_definition_are_made_from_its_rule() -> None:
    found = labels.definitions(vocabulary=VOCABULARY).filter(definition="gerac-response").row(0, named=True)
    rule = VOCABULARY.definitions["gerac-response"]
    assert (found["label"], found["sentence"]) == (rule.label, rule.sentence)
    assert found["instruments"] == "cpgs-pain, ffbh-r"
    assert found["ambiguous"] is True


# ---- the whole release -------------------------------------------------------------------------------------


def test_the_margin_that_was_fixed_is_noted() -> None:
    assert notes(source(), margin=0.15)["margin"] == "0.1500"


@pytest.mark.parametrize(
    ("made_up", "word"), [((False, False), "false"), ((False, True), "true"), ((True, True), "true")]
)
def test_a_release_with_any_patient_who_is_made_up_says_so(made_up: tuple[bool, bool], word: str) -> None:
    sources = [source(clinic=f"clinic-{at}", synthetic=one) for at, one in enumerate(made_up)]
    assert notes(*sources)["synthetic"] == word


def test_the_newest_day_that_any_source_speaks_for_is_noted() -> None:
    older = Source(contract(clinic="riverside"), day("2026-09-30"))
    assert notes(source(), older)["data_to"] == "2026-10-31"
    assert notes(Source(contract(), None))["data_to"] == ""


def test_the_rule_of_disclosure_is_noted_with_its_numbers() -> None:
    said = notes(source())["disclosure"]
    assert "from 1 to 7" in said
    assert "nearest 5" in said


def test_failed_checks_are_counted() -> None:
    row = {"judge": "reader", "severity": "warns", "rows": 10, "threshold": "x", "sentence": "x"}
    ended = ("failed", "passed", "failed", "not applicable")
    rows = [{"check_id": str(at), "object": "x", "status": one} | row for at, one in enumerate(ended)]
    assert notes(source(), checks=pl.DataFrame(rows, schema=Checks.schema()))["checks_failed"] == "2"


def test_no_clock_is_among_the_notes() -> None:
    assert set(notes(source())) == {
        "margin", "margin_fixed_on", "synthetic", "disclosure", "data_to", "checks_failed", "verum_version",
    }  # fmt: skip


def test_notes_keep_the_promise_of_their_table() -> None:
    found = labels.release_notes(Checks.empty(), labels.cohorts(sources=[source()]), margin=0.1, verum_version="0.1.0")
    assert faults(tables.ReleaseNotes, found) == []
