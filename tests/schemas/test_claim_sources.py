"""Every popular claim of the source list is here with its place and verdict, and no sentence of the list is copied.

The list lies outside the repository; without it these tests are skipped.
"""

import csv
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from schemas import claims, evidence, vocabulary
from tests.schemas.test_evidence_sources import runs, texts_of

ROOT = Path(__file__).parents[2]
LISTS = ROOT.parent / "shared" / "evidence"

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="../shared/evidence is not here")

STUDIES = evidence.load(evidence.packaged(), vocabulary.load())
CLAIMS = claims.load(evidence.packaged() / claims.FOLDER, STUDIES)
#: What the list calls what nobody has looked up.
NAMED = {"seed": "named"}


def rows(name: str) -> list[dict[str, str]]:
    if not LISTS.is_dir():
        return []
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("claims"), ids=lambda row: row["claim_id"])
def test_every_listed_claim_is_here(row: dict[str, str]) -> None:
    claim = CLAIMS[row["claim_id"]]
    assert (claim.document, str(claim.line)) == (row["seed_file"], row["seed_line"])
    assert claim.verdict == row["verdict_code"].replace("_", "-")
    assert claim.confidence == NAMED.get(row["confidence"], row["confidence"])
    primary = STUDIES[claim.study].source_id if claim.study else ""
    assert primary == row["primary_study_id"]


def test_nothing_is_here_that_the_list_does_not_have() -> None:
    assert list(CLAIMS) == [row["claim_id"] for row in rows("claims")]


def test_every_verdict_is_given_as_often_as_in_the_list() -> None:
    listed = Counter(row["verdict_code"].replace("_", "-") for row in rows("claims"))
    assert Counter(claim.verdict for claim in CLAIMS.values()) == listed
    assert sum(listed.values()) == 89


def test_the_figures_that_a_claim_goes_back_to_are_those_of_its_source_or_named_beside_it() -> None:
    for claim in CLAIMS.values():
        for named in claim.results:
            study = named.partition(".")[0]
            assert study == claim.study or STUDIES[study].label in claim.figure, claim.id


def test_no_run_of_eight_words_is_copied_from_any_list() -> None:
    theirs = {
        run
        for name in ("studies", "arms", "outcomes", "claims", "instruments")
        for row in rows(name)
        for key, text in row.items()
        if key != "citation"
        for run in runs(text or "")
    }
    assert len(theirs) > 1000
    for path in sorted((evidence.packaged() / claims.FOLDER).glob("*.toml")):
        for text in texts_of(tomllib.loads(path.read_text(encoding="utf-8"))):
            assert not runs(text) & theirs, f"{path.name}: {text}"
