"""What the rules find in literal studies, as ids, and the real evidence examined once; no test."""

from functools import cache
from typing import Any

from schemas import evidence
from schemas.study_rows import Result, Study
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import arm, study
from transforms.forensics.examination import examine
from transforms.forensics.finding import Finding

INSTRUMENTS = VOCABULARY.instruments


def found(*studies: Study) -> list[Finding]:
    """Every finding about these studies but the gaps, which every made-up study has."""
    examined = examine({each.id: each for each in studies}, INSTRUMENTS)
    return [each for each in examined if each.severity != "gap"]


def rules(*studies: Study) -> list[str]:
    """The ids of the rules that do not hold, without the gaps."""
    return [each.rule.id for each in found(*studies)]


def two_arms(*results: Result, **more: Any) -> Study:
    """A study with a verum and a usual care arm of 100 each."""
    sized = {"n": 100, "n_confidence": "checked"}
    arms = (arm("verum", **sized), arm("usual", role="usual-care", treatment="usual-care", **sized))
    return study(*results, **({"arms": arms, "baselines": ()} | more))


def figure(name: str, arm: str | None, measure: str, printed: str, **more: Any) -> Result:
    """A checked figure without rule, endpoint or denominator."""
    known: dict[str, Any] = {"confidence": "checked", "unit": "points"}
    return Result(id=name, arm=arm, measure=measure, printed=printed, **known | more)  # type: ignore[arg-type]  # literal


@cache
def real() -> dict[str, Finding]:
    """Every finding about the evidence that travels with the code, by id."""
    examined = examine(evidence.load(evidence.packaged(), VOCABULARY), INSTRUMENTS)
    assert len({each.id for each in examined}) == len(examined)
    return {each.id: each for each in examined}
