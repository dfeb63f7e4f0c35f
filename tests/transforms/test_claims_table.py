"""Popular claims as a table: every one of them, with its verdict and its way back to the source."""

from schemas import claims as loader
from schemas import evidence, vocabulary
from schemas.claims import Claims
from schemas.contract import faults
from transforms.claims import claims

STUDIES = evidence.load(evidence.packaged(), vocabulary.load())
PACKAGED = loader.load(evidence.packaged() / loader.FOLDER, STUDIES)


def test_every_claim_has_its_row_and_the_table_keeps_its_promise() -> None:
    found = claims(popular=PACKAGED)
    assert found["claim"].to_list() == sorted(PACKAGED)
    assert faults(Claims, found) == []


def test_the_words_the_source_and_the_figures_are_those_of_the_file() -> None:
    row = claims(popular=PACKAGED).filter(claim="c16").row(0, named=True)
    claim = PACKAGED["c16"]
    assert (row["wording"], row["study"], row["reason"]) == (claim.claim, "haake-2007", claim.reason)
    assert row["results"].split(",") == list(claim.results)


def test_a_claim_without_a_source_has_none() -> None:
    row = claims(popular=PACKAGED).filter(claim="c15").row(0, named=True)
    assert (row["study"], row["results"], row["best"]) == ("", "", None)
