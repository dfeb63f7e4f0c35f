"""Rules on numbers of patients: arms add up to the randomised, and sources agree on how many were."""

from collections.abc import Iterator

from schemas.study_rows import Study
from transforms.forensics import prose
from transforms.forensics.finding import Finding, Rule

ADD_UP = Rule(
    "arms-add-up",
    "The arms to which patients were randomised add up to the number randomised, and arms put together to their sum.",
    "contradiction",
    "CONSORT 2010, item 13a",
)
SOURCES_AGREE = Rule(
    "sources-agree-on-numbers",
    "Whoever says how many were randomised says the same number.",
    "question",
    "CONSORT 2010, item 13a",
)
RULES = (ADD_UP, SOURCES_AGREE)

#: Roles whose arm is no part of the randomised: pooled from other arms, or never randomised.
NOT_RANDOMISED = ("mixed", "observational")


def check(study: Study) -> Iterator[Finding]:
    """What the study's numbers of patients break."""
    yield from _add_up(study)
    yield from _pools_add_up(study)
    yield from _sources_agree(study)


def _add_up(study: Study) -> Iterator[Finding]:
    arms = [arm for arm in study.arms if arm.role not in NOT_RANDOMISED]
    sizes = [arm.n for arm in arms if arm.n is not None]
    if study.n_randomised is None or not arms or len(sizes) < len(arms) or sum(sizes) == study.n_randomised:
        return
    yield Finding(
        ADD_UP,
        study.id,
        f"The arms have {' + '.join(f'{size:,}' for size in sizes)} = {sum(sizes):,} patients.",
        f"{study.n_randomised:,}, the number randomised.",
        unsure=any(arm.n_confidence != "checked" for arm in arms),
    )


def _pools_add_up(study: Study) -> Iterator[Finding]:
    for arm in study.arms:
        parts = [study.arm(each) for each in arm.pools]
        sizes = [part.n for part in parts if part.n is not None]
        if arm.n is None or not parts or len(sizes) < len(parts) or sum(sizes) == arm.n:
            continue
        yield Finding(
            ADD_UP,
            study.id,
            f"The arms put together have {' + '.join(f'{size:,}' for size in sizes)} = {sum(sizes):,} patients.",
            f"{arm.n:,}, as the joint arm has.",
            arm=arm.id,
            unsure=any(each.n_confidence != "checked" for each in (arm, *parts)),
        )


def _sources_agree(study: Study) -> Iterator[Finding]:
    for place, (number, clause) in enumerate(prose.randomised(study), start=1):
        if study.n_randomised is None or number == study.n_randomised:
            continue
        yield Finding(
            SOURCES_AGREE,
            study.id,
            f"Another count has {number:,} randomised, the study itself {study.n_randomised:,}. On record: {clause}.",
            f"{study.n_randomised:,} in both, or a reason for the difference.",
            part=f"count-{place}",
        )
