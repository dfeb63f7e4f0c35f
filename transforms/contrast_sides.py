"""Which two sides of a study are a contrast of acupuncture with something, and with what. No figure is read here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.study_rows import Arm, Result, Study
from schemas.vocabulary import Vocabulary

ACUPUNCTURE = "acupuncture"
#: The part of the other arm -> what acupuncture is then compared with.
AGAINST: Mapping[str, str] = {"sham": "sham", "placebo": "sham"}
USUAL_CARE = ("usual-care", "guideline-care")


@dataclass(frozen=True)
class Sides:
    """Acupuncture and what it is compared with; `different` says why the pair is not like the others, if so."""

    study: Study
    arm: Arm | None
    comparator: Arm | None
    against: str
    words: str
    different: str = ""

    @property
    def id(self) -> str:
        """The pair within its study."""
        return "-".join(part.id for part in (self.arm, self.comparator) if part) or self.against


def sides(study: Study, vocabulary: Vocabulary) -> Iterator[Sides]:
    """Every pair of an acupuncture arm and an arm that is no acupuncture, of a trial or a pooling of trials."""
    for arm in study.arms:
        if not _is_acupuncture(arm, vocabulary):
            continue
        for other in study.arms:
            if other.role not in ("active", "observational") and not _overlap(arm, other):
                words = f"{arm.label} against {other.label[:1].lower()}{other.label[1:]}"
                yield Sides(study, arm, other, AGAINST.get(other.role, "usual-care"), words, _different(arm, other))


def side_in_words(study: Study, result: Result) -> Sides:
    """The two sides of a contrast whose comparator is given in words alone."""
    said = result.against.lower()
    against = "sham" if "sham" in said else "usual-care"
    known = "sham" in said or said == "usual care"
    different = "" if known else f"another comparator: {result.against}"
    return Sides(study, None, None, against, f"Acupuncture against {result.against}", different)


def _is_acupuncture(arm: Arm, vocabulary: Vocabulary) -> bool:
    treatment = vocabulary.treatments[arm.treatment]
    given = ACUPUNCTURE in (treatment.id, treatment.variant_of)
    return (given and arm.role == "active") or (arm.role == "mixed" and bool(arm.pools))


def _overlap(arm: Arm, other: Arm) -> bool:
    """Whether one is part of the other: such a pair is no contrast."""
    return other.id == arm.id or other.id in arm.pools or arm.id in other.pools


def _different(arm: Arm, other: Arm) -> str:
    if arm.role == "mixed":
        return "real and simulated acupuncture are taken together"
    if other.role in AGAINST or other.role in USUAL_CARE:
        return ""
    return f"another comparator: {other.label[:1].lower()}{other.label[1:]}"
