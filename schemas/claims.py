"""What popular texts say about acupuncture, each claim held against the study that it comes from: files and table.

One TOML file per popular text, in `evidence/claims/`; `evidence/README.md` explains the keys. Claims are in our words.
A claim's verdict is entered by whoever compared it with the source; nothing is judged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal, get_args

from schemas import strict_toml
from schemas.contract import Column, Table
from schemas.strict_toml import Place, TomlError
from schemas.study_rows import Confidence, Study

FOLDER = "claims"
Verdict = Literal[
    "contradicted", "conflated", "overstated", "superseded", "citation-error", "internally-inconsistent",
    "untraceable", "not-verified", "supported-with-limits", "supported",
]  # fmt: skip
#: What each verdict means, from the worst to the best.
MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        "contradicted": "The source says the opposite.",
        "conflated": "Two different things were made into one.",
        "overstated": "The source says less, or says it with a reservation that was dropped.",
        "superseded": "It was true of a source that has since been replaced.",
        "citation-error": "The reference leads to another paper, or to none.",
        "internally-inconsistent": "The popular text says something else a few lines away.",
        "untraceable": "No source is named, or the one that is named cannot be found.",
        "not-verified": "A source is named and nobody here has read it.",
        "supported-with-limits": "The source says it, with limits that a reader has to know.",
        "supported": "The source says it.",
    }
)
#: How many claims head the Evidence page.
BEST = 10


class ClaimError(TomlError):
    """A file of claims says something that we do not understand."""


@dataclass(frozen=True)
class Claim:
    """One statement of a popular text, in our words, and what became of it when held against its source.

    `document` and `line` say where it stands. `study` is the primary source, where we hold it, and `results` are its
    figures, each as "study.result". `figure` is what that source has. `best` ranks the claims whose misreading does
    most harm, from 1; None for the others. The confidence is that of the verdict.
    """

    id: str
    document: str
    line: int
    claim: str
    topic: str
    attributed_to: str
    figure: str
    verdict: Verdict
    reason: str
    confidence: Confidence
    checked_in: str
    study: str | None = None
    results: tuple[str, ...] = ()
    best: int | None = None


class Claims(Table):
    """One row per claim of a popular text, with its verdict."""

    NAME: ClassVar[str] = "claims"
    KEY: ClassVar[tuple[str, ...]] = ("claim",)
    PUBLIC: ClassVar[bool] = True
    claim = Column("text", "Id of the claim.")
    document = Column("text", "File name of the popular text.")
    text_line = Column("whole", "Line of that text.", least=1)
    wording = Column("text", "The claim in our words.")
    topic = Column("text", "What it is about.")
    attributed_to = Column("text", "Whom the popular text names as its source.")
    study = Column("text", "Id of the study it goes back to; empty where none is known.")
    results = Column("text", "The figures it goes back to, each as study.result, separated by commas.")
    figure = Column("text", "What that source has, in our words.")
    verdict = Column("text", "What became of the claim.", among=get_args(Verdict))
    reason = Column("text", "Why, in one sentence.")
    confidence = Column("text", "How sure we are of the verdict.")
    checked_in = Column("text", "What the claim was checked in.")
    best = Column("whole", "Place among the claims whose misreading does most harm.", empty=True, least=1, most=BEST)


def load(folder: Path, studies: Mapping[str, Study]) -> dict[str, Claim]:
    """Every claim of a folder by its id, in the order of the ids.

    Raises `ClaimError` at the first file that does not hold together, or names a study or figure that is not held.
    """
    found: dict[str, Claim] = {}
    ranks: dict[int, str] = {}
    for path in sorted(folder.glob("*.toml")):
        place = Place(strict_toml.shown(path), ClaimError)
        for n, claim in enumerate(_read(path, place), start=1):
            at = place.at("claim").at(n)
            _check(claim, studies, at)
            if claim.id in found:
                at.at("id").fail(f"the id {claim.id!r} a second time", "each id once", "Rename it.")
            if claim.best is not None and ranks.setdefault(claim.best, claim.id) != claim.id:
                at.at("best").fail(f"{claim.best}, which {ranks[claim.best]} has", "each place once", "Renumber them.")
            found[claim.id] = claim
    return dict(sorted(found.items()))


def _read(path: Path, place: Place) -> list[Claim]:
    strict_toml.slug(path.stem, place)
    table = strict_toml.parse(strict_toml.bytes_of(path, place), place)
    strict_toml.refuse_unknown(table, ["document", "claim"], place)
    document = table.get("document")
    if not isinstance(document, str) or not document:
        place.at("document").fail("nothing", "the popular text's file name", "Add it.")
    listed = strict_toml.tables(table.get("claim", []), place.at("claim"))
    return [
        strict_toml.record(Claim, each, place.at("claim").at(n), document=document)
        for n, each in enumerate(listed, start=1)
    ]


def _check(claim: Claim, studies: Mapping[str, Study], place: Place) -> None:
    strict_toml.slug(claim.id, place.at("id"))
    for key in ("claim", "topic", "attributed_to", "figure", "reason", "checked_in"):
        if not getattr(claim, key).strip():
            place.at(key).fail("an empty text", "a few words", "Write them.")
    if claim.line < 1:
        place.at("line").fail(str(claim.line), "1 or more", "Give the line of the popular text.")
    if claim.best is not None and not 1 <= claim.best <= BEST:
        place.at("best").fail(str(claim.best), f"1 to {BEST}", "Renumber it, or leave it out.")
    if claim.study is not None:
        strict_toml.known(claim.study, studies, "study", place.at("study"))
    for n, named in enumerate(claim.results, start=1):
        _check_result(named, studies, place.at("results").at(n))


def _check_result(named: str, studies: Mapping[str, Study], place: Place) -> None:
    study, _, result = named.partition(".")
    strict_toml.known(study, studies, "study", place)
    strict_toml.known(result, (each.id for each in studies[study].results), "result", place)
