"""Statistical analyses of a registry record as contrasts of two arms, the treatment before what it is compared with."""

from collections.abc import Iterator
from typing import Any

from transforms.registries.groups import Arms
from transforms.registries.outcomes import Outcome
from transforms.registries.record import Part, number, parts, text, texts
from transforms.registries.words import day_of, endpoint_of, named, plain, slug

#: Words of the register's parameter for an estimate, and the measure that they mean; the first that occurs decides.
ESTIMATES = {
    "risk difference": "responder-difference", "mean difference": "mean-difference", "odds ratio": "odds-ratio",
    "hazard ratio": "hazard-ratio", "risk ratio": "relative-risk", "relative risk": "relative-risk",
}  # fmt: skip
ADJUSTED = ("ls mean", "least squares", "adjusted", "ancova", "mixed", "regression", "gee", "mmrm")
#: Roles in the order in which they stand first in a contrast: the treatment before what it is compared with.
FIRST = ("active", "other-treatment", "sham", "placebo", "guideline-care", "usual-care", "waiting-list")


def contrasts_of(outcome: Outcome, arms: Arms, taken: set[str], left_out: list[str]) -> Iterator[dict[str, Any]]:
    """A table for every analysis of two groups with an estimate; the others are added to `left_out`."""
    titles = {text(group, "id"): text(group, "title") for group in parts(outcome.measure, "groups")}
    for place, analysis in enumerate(parts(outcome.measure, "analyses"), start=1):
        ids = [arms.of(titles.get(each, each)) for each in texts(analysis, "groupIds")]
        measure, printed = _measure(analysis), number(text(analysis, "paramValue"))
        if len(ids) != 2 or len(set(ids)) != 2 or None in ids or measure is None or not printed:
            left_out.append(f"{outcome.title}, analysis {place}: no estimate of two groups that has a word here")
            continue
        first, second = sorted((str(each) for each in ids), key=lambda arm: _rank(arm, arms))
        yield {"id": slug(f"{first} minus {second} {outcome.title}", taken)} | _contrast(
            outcome, analysis, (measure, printed), (first, second)
        )


def _contrast(outcome: Outcome, analysis: Part, value: tuple[str, str], sides: tuple[str, str]) -> dict[str, Any]:
    measure, printed = value
    day = day_of(outcome.time_frame)
    table = {
        "arm": sides[0],
        "comparator": sides[1],
        "measure": measure,
        "printed": printed,
        "unit": _unit(measure, outcome),
        "instrument": named(outcome.title, outcome.vocabulary.instruments),
        "outcome": outcome.title,
        "confidence": "recalled",
        **_interval(analysis),
        **_error(analysis),
        **_chance(text(analysis, "pValue")),
        "endpoint": endpoint_of(day, outcome.vocabulary),
        "day": day,
        "locator": f"outcome measure: {outcome.title}",
        "note": "The register does not say which group comes first in the contrast: hold it against the arms.",
    }
    return {key: each for key, each in table.items() if each is not None and each != ""}


def _measure(analysis: Part) -> str | None:
    words = f" {plain(text(analysis, 'paramType'))} "
    found = next((measure for said, measure in ESTIMATES.items() if f" {said} " in words), None)
    method = plain(f"{text(analysis, 'paramType')} {text(analysis, 'statisticalMethod')}")
    return "adjusted-difference" if found == "mean-difference" and any(each in method for each in ADJUSTED) else found


def _unit(measure: str, outcome: Outcome) -> str:
    if measure == "responder-difference":
        return "percentage points"
    if measure in {"mean-difference", "adjusted-difference"}:
        return outcome.unit if outcome.unit and not outcome.unit.startswith("%") else "points"
    return "ratio"


def _interval(analysis: Part) -> dict[str, Any]:
    low, high = number(text(analysis, "ciLowerLimit")), number(text(analysis, "ciUpperLimit"))
    of_95 = number(text(analysis, "ciPctValue")) in {"95", "95.0"}
    return {"low": low, "high": high, "interval_confidence": "recalled"} if low and high and of_95 else {}


def _error(analysis: Part) -> dict[str, Any]:
    spread = number(text(analysis, "dispersionValue"))
    is_error = plain(text(analysis, "dispersionType")).startswith("standard error")
    return {"se": spread} if spread and is_error else {}


def _chance(written: str) -> dict[str, Any]:
    return {"p": written.replace(" ", ""), "p_confidence": "recalled"} if written else {}


def _rank(arm: str, arms: Arms) -> tuple[int, str]:
    role = next(each.get("role") for each in arms.tables if each["id"] == arm)
    return (FIRST.index(role) if role in FIRST else len(FIRST), arm)
