"""The examination of the evidence: every rule, in order, over every study; what comes back are findings."""

from collections.abc import Iterator, Mapping

from schemas.study_rows import Study
from schemas.vocabulary_rows import Instrument
from transforms.forensics import arms, contrasts, identity, intervals, percentages, repetition, scores, standing
from transforms.forensics.finding import SEVERITIES, Finding, Rule

RULES: tuple[Rule, ...] = (
    *percentages.RULES,
    *arms.RULES,
    *intervals.RULES,
    *contrasts.RULES,
    *scores.RULES,
    *repetition.RULES,
    *identity.RULES,
    *standing.RULES,
)


def examine(studies: Mapping[str, Study], instruments: Mapping[str, Instrument]) -> tuple[Finding, ...]:
    """Every finding about these studies: by study, the weightiest first, then by rule and place.

    A finding is a fact about what is printed or recorded; it corrects nothing and refuses nothing.
    """
    found = [each for study in studies.values() for each in _of_one(study, instruments)]
    found += identity.check_together(studies.values())
    found += repetition.check_together(studies)
    order = [rule.id for rule in RULES]
    return tuple(
        sorted(found, key=lambda one: (one.study, SEVERITIES.index(one.severity), order.index(one.rule.id), one.id))
    )


def _of_one(study: Study, instruments: Mapping[str, Instrument]) -> Iterator[Finding]:
    for family in (percentages, arms, intervals, repetition, identity, standing):
        yield from family.check(study)
    yield from contrasts.check(study, instruments)
    yield from scores.check(study, instruments)
