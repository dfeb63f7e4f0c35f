"""Numbers of patients: arms add up to the randomised, and sources agree; on literal studies and on the real ones."""

from typing import Any

import pytest

from schemas.study_rows import Arm
from tests.transforms.forensics.examined import found, real, rules
from tests.transforms.meadow import arm, result, study

NO_BASELINE: dict[str, Any] = {"baselines": ()}


def of(*sizes: int | None, **more: Any) -> tuple[Arm, ...]:
    return tuple(
        arm(f"arm-{n}", n=size, n_confidence="checked" if size else None, **more) for n, size in enumerate(sizes)
    )


@pytest.mark.parametrize(
    ("arms", "randomised", "holds"),
    [
        (of(100, 100), 200, True),
        (of(100, 101), 200, False),
        (of(100, None), 200, True),  # not testable
        (of(100, 100), None, True),
        ((*of(100, 100), *of(200, role="mixed")), 200, True),  # pooled from the others
        ((*of(100, 100), arm("cohort", n=5, n_confidence="checked", role="observational")), 200, True),
    ],
)
def test_arms_add_up_to_the_randomised(arms: tuple[Arm, ...], randomised: int | None, holds: bool) -> None:
    named = tuple(arm(f"a{n}", n=each.n, n_confidence=each.n_confidence, role=each.role) for n, each in enumerate(arms))
    made = study(result(arm="a0", n=None, n_confidence=None), arms=named, n_randomised=randomised, **NO_BASELINE)
    assert rules(made) == ([] if holds else ["arms-add-up"])


@pytest.mark.parametrize(("joint", "holds"), [(200, True), (201, False)])
def test_arms_that_were_put_together_add_up(joint: int, holds: bool) -> None:
    pooled = arm("both", role="mixed", n=joint, n_confidence="checked", pools=("verum", "sham"))
    arms = (arm(n=100, n_confidence="checked"), arm("sham", role="sham", n=100, n_confidence="checked"), pooled)
    broken = found(study(result(n=None, n_confidence=None), arms=arms, n_randomised=200, **NO_BASELINE))
    assert [each.id for each in broken] == ([] if holds else ["meadow-2010/both/arms-add-up"])


def test_arms_of_recalled_size_that_do_not_add_up_are_a_question() -> None:
    arms = (arm(n=90, n_confidence="recalled"), arm("usual", n=100, n_confidence="checked", role="usual-care"))
    (one,) = found(study(result(n=None, n_confidence=None), arms=arms, n_randomised=200, **NO_BASELINE))
    assert (one.rule.id, one.severity) == ("arms-add-up", "question")
    assert one.found == "The arms have 90 + 100 = 190 patients."


@pytest.mark.parametrize(
    ("n_other", "others"),
    [
        ("", []),
        ("A review has 150 analysed of 200 randomised.", []),
        ("A review has 150 analysed of 203 randomised.", ["203"]),
        (
            "A review has 203 randomised; the abstract 200 randomised. Recalled: 1,802 were randomised.",
            ["203", "1,802"],
        ),
        ("203 were screened, 5 given it without randomisation.", []),
    ],
)
def test_sources_agree_on_how_many_were_randomised(n_other: str, others: list[str]) -> None:
    broken = found(study(result(n=None, n_confidence=None), n_randomised=200, n_other=n_other, **NO_BASELINE))
    assert [each.rule.id for each in broken] == ["sources-agree-on-numbers"] * len(others)
    assert all(
        f"Another count has {number} randomised" in each.found for number, each in zip(others, broken, strict=True)
    )
    assert all("200" in each.found for each in broken)


def test_a_count_is_said_with_whose_it_is() -> None:
    said = "A review has 150 analysed of 203 randomised; the abstract has 200."
    (one,) = found(study(result(n=None, n_confidence=None), n_randomised=200, n_other=said, **NO_BASELINE))
    assert one.found.endswith("On record: A review has 150 analysed of 203 randomised.")


@pytest.mark.parametrize(
    ("study_id", "theirs", "own"),
    [("haake-2007", "1,802", "1,162"), ("cherkin-2009", "641", "638"), ("brinkhaus-2006", "301", "298")],
)
def test_cochrane_has_other_numbers_randomised_than_the_abstracts(study_id: str, theirs: str, own: str) -> None:
    (one,) = [each for each in real().values() if (each.study, each.rule.id) == (study_id, "sources-agree-on-numbers")]
    assert theirs in one.found
    assert own in one.found


def test_the_arms_of_every_real_trial_add_up() -> None:
    assert not [each.id for each in real().values() if each.rule.id == "arms-add-up"]
