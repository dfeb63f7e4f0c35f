"""Rules on the state of a record: notices about the publication, and whether a second person has compared it."""

from collections.abc import Iterator

from schemas.study_rows import Study
from transforms.forensics.finding import Finding, Rule

NOTICE = Rule(
    "no-notice",
    "No erratum, correction or retraction is listed for the publication.",
    "question",
    "COPE retraction guidelines, 2019; ICMJE recommendations, corrections",
)
NOTICES_LOOKED_UP = Rule(
    "notices-looked-up",
    "Somebody has looked for an erratum or a retraction, and the day is on record.",
    "gap",
    "Cochrane Handbook, section 4.4.6",
)
SECOND_CHECK = Rule(
    "second-check",
    "A second person has compared the record with its source.",
    "gap",
    "Cochrane Handbook, section 5.5.2",
)
RULES = (NOTICE, NOTICES_LOOKED_UP, SECOND_CHECK)


def check(study: Study) -> Iterator[Finding]:
    """What the record's state leaves open."""
    if study.erratum:
        yield Finding(NOTICE, study.id, f"A notice is on record. {study.erratum}", "None, or its text read.")
    if study.erratum_looked_up is None:
        found = "Nobody has looked for an erratum or a retraction, or the day was not written down."
        yield Finding(NOTICES_LOOKED_UP, study.id, found, "The day on which somebody looked.")
    if not study.second_check:
        found = "No second person has compared this record with its source."
        yield Finding(SECOND_CHECK, study.id, found, "A name and a day.")
