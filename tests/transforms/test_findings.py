"""The table of findings: a row for each, by the promise of its schema."""

from schemas import evidence
from schemas.contract import faults
from schemas.findings import SEVERITIES, Findings
from tests.transforms.forensics.examined import real
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import result, study
from transforms.findings import findings
from transforms.forensics import finding


def test_a_row_holds_a_finding_with_its_rule() -> None:
    made = study(result(printed="47.6", n=387))
    table = findings(evidence={made.id: made}, vocabulary=VOCABULARY)
    (row,) = table.filter(rule="whole-patients").to_dicts()
    assert row["finding"] == "meadow-2010/verum-6-months/whole-patients"
    assert (row["study"], row["arm"], row["result"]) == ("meadow-2010", "verum", "verum-6-months")
    assert (row["severity"], row["found"]) == ("contradiction", "No whole number of 387 gives 47.6%.")
    assert row["requires"].startswith("Some whole number")
    assert "Brown" in row["source"]


def test_the_table_keeps_its_promise_on_the_evidence_that_travels_with_the_code() -> None:
    table = findings(evidence=evidence.load(evidence.packaged(), VOCABULARY), vocabulary=VOCABULARY)
    assert faults(Findings, table) == []
    assert set(table["finding"]) == set(real())


def test_the_words_for_weights_are_those_of_the_rules() -> None:
    assert SEVERITIES == finding.SEVERITIES
