"""Popular claims: what their files may say, what the loader refuses, and that the packaged ones hold together."""

import re
from pathlib import Path
from typing import get_args

import pytest

from schemas import claims, evidence, vocabulary
from schemas.claims import BEST, MEANINGS, Claim, ClaimError, Verdict

STUDIES = evidence.load(evidence.packaged(), vocabulary.load())
PACKAGED = claims.load(evidence.packaged() / claims.FOLDER, STUDIES)
FILE = """
document = "leaflet.txt"

[[claim]]
id = "c01"
line = 7
claim = "It works twice as well."
topic = "twice"
attributed_to = "nobody"
study = "haake-2007"
results = ["haake-2007.verum-6-months"]
figure = "47.6% against 27.4%."
verdict = "overstated"
reason = "It is 1.7 times."
confidence = "checked"
checked_in = "abstract or open table"
best = 1
"""


def read(folder: Path, text: str = FILE) -> dict[str, Claim]:
    (folder / "leaflet.toml").write_text(text, encoding="utf-8")
    return claims.load(folder, STUDIES)


def test_a_claim_keeps_everything_that_its_file_says(tmp_path: Path) -> None:
    found = read(tmp_path)["c01"]
    assert (found.document, found.line, found.verdict, found.best) == ("leaflet.txt", 7, "overstated", 1)
    assert (found.study, found.results) == ("haake-2007", ("haake-2007.verum-6-months",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('study = "haake-2007"', 'study = "haake-2008"', "study 'haake-2008', which is not defined; expected perhaps"),
        ("verum-6-months", "verum-7-months", "claim[1].results[1]: found result 'verum-7-months'"),
        ('"overstated"', '"exaggerated"', "claim[1].verdict"),
        ('"checked"\n', '"sure"\n', "claim[1].confidence"),
        ("line = 7", "line = 0", "claim[1].line: found 0; expected 1 or more"),
        ("best = 1", "best = 11", "claim[1].best: found 11; expected 1 to 10"),
        ('reason = "It is 1.7 times."', 'reason = " "', "claim[1].reason: found an empty text"),
        ('topic = "twice"', "", "claim[1].topic: found nothing"),
        ('topic = "twice"', 'topic = "twice"\ntopik = 1', "claim[1].topik: found an unknown key"),
        ('document = "leaflet.txt"', "", "document: found nothing"),
        ('id = "c01"', 'id = "C 1"', "the id 'C 1'"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in FILE
    with pytest.raises(ClaimError, match=re.escape(said)):
        read(tmp_path, FILE.replace(old, new))


def test_neither_an_id_nor_a_place_among_the_best_is_given_twice(tmp_path: Path) -> None:
    second = FILE.split("\n\n", 1)[1]
    with pytest.raises(ClaimError, match="the id 'c01' a second time"):
        read(tmp_path, FILE + second)
    with pytest.raises(ClaimError, match="found 1, which c01 has"):
        read(tmp_path, FILE + second.replace("c01", "c02"))


def test_every_verdict_is_explained() -> None:
    assert set(MEANINGS) == set(get_args(Verdict))


def test_the_best_claims_are_ranked_from_one_to_ten() -> None:
    assert sorted(claim.best for claim in PACKAGED.values() if claim.best is not None) == list(range(1, BEST + 1))


@pytest.mark.parametrize("claim", PACKAGED.values(), ids=PACKAGED)
def test_a_reason_is_one_sentence(claim: Claim) -> None:
    assert re.fullmatch(r"[A-Z0-9].*[^.]\.", claim.reason)
    assert not re.search(r"[a-z]\. [A-Z]", claim.reason)


@pytest.mark.parametrize("claim", PACKAGED.values(), ids=PACKAGED)
def test_a_verdict_that_rests_on_a_source_names_it(claim: Claim) -> None:
    if claim.verdict in ("supported", "contradicted", "superseded", "citation-error"):
        assert claim.study
    if claim.confidence == "named":
        assert claim.verdict in ("untraceable", "not-verified", "internally-inconsistent")
