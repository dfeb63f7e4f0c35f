"""Rules on identifiers: well formed, looked up, and one record per publication. Nothing is resolved: nothing calls out.

Forms: doi from the Crossref and DOI handbooks; pmid, pmcid from the NLM; registrations from their registers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.study_rows import Study
from transforms.forensics.finding import Finding, Rule

WELL_FORMED = Rule(
    "identifier-well-formed",
    "DOI, PMID, PMCID and registration have the form that their registers give.",
    "contradiction",
    "DOI Handbook, section 2.2; National Library of Medicine; the registers of trials",
)
LOOKED_UP = Rule(
    "identifier-looked-up",
    "The DOI was seen on a page of its publication, not remembered.",
    "gap",
    "A reader must find the source",
)
ONE_RECORD = Rule(
    "one-record-per-publication",
    "A publication has one record here.",
    "question",
    "A reader must find the source",
)
RULES = (WELL_FORMED, LOOKED_UP, ONE_RECORD)

FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "doi": (re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9<>\[\]+]*[-_;()/:A-Za-z0-9<>\[\]+]"), "10.1000/abc"),
    "pmid": (re.compile(r"[1-9]\d{0,7}"), "up to 8 digits"),
    "pmcid": (re.compile(r"PMC[1-9]\d{0,8}"), "PMC and digits"),
    "registration": (
        re.compile(
            r"NCT\d{8}|ISRCTN\d{8}|ACTRN126\d{11}|DRKS\d{8}|ChiCTR[-\w]+|KCT\d{7}|UMIN\d{9}|jRCTs?\d{9,10}|NTR\d+"
            r"|NL\d+|IRCT\d+N\d+|CTRI/\d{4}/\d+/\d+|PACTR\d{15}|RBR-\w+|\d{4}-\d{6}-\d{2}(-\d{2})?"
        ),
        "a register's number, such as NCT00065585",
    ),
}


def check(study: Study) -> Iterator[Finding]:
    """What the study's identifiers break."""
    for name, (form, expected) in FORMS.items():
        written = getattr(study, name)
        if written and not form.fullmatch(written):
            yield Finding(WELL_FORMED, study.id, f"The {name} is written {written!r}.", f"{expected}.", part=name)
    if study.doi and study.doi_confidence != "checked":
        yield Finding(LOOKED_UP, study.id, f"The DOI {study.doi} is {study.doi_confidence}.", "A DOI that was seen.")


def check_together(studies: Iterable[Study]) -> Iterator[Finding]:
    """Publications that have more than one record, by DOI, PMID or PMCID."""
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for study in studies:
        for name in ("doi", "pmid", "pmcid"):
            if written := getattr(study, name).casefold():
                holders[name, written].append(study.id)
    for (name, written), ids in holders.items():
        for one in ids[1:]:
            found = f"The {name} {written} is that of {ids[0]} too."
            yield Finding(ONE_RECORD, one, found, "One record, or two publications.", part=name)
