"""Every published contrast of acupuncture with sham or with what patients have otherwise, usable or not, and why not.

What a contrast amounts to is in `contrast_effects`, which arms make one in `contrast_sides`, pooling in
`pooled_context`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from schemas.context import KINDS, Contrasts
from schemas.study_rows import Result, Study
from schemas.vocabulary import Vocabulary
from transforms.contrast_effects import (
    SCALES,
    Effect,
    NoNumber,
    counts_effect,
    means_effect,
    printed_effect,
)
from transforms.contrast_sides import Sides, side_in_words, sides

RATES = ("responder-percent", "derived-by-us")
#: Means that may be set against each other, the better for a contrast the earlier.
MEANS = ("mean-improvement", "mean-change", "adjusted-mean", "mean")
#: Constructs that are told apart for comparability, but are one family where only the effect is of interest.
FAMILIES = {"back disability": "back function", "pain intensity": "pain"}
STANDING_ORDER = ("usable", "pooling", "unverified", "different", "no number")
#: A unit that is the range of a score, such as 0-100, and says nothing beside the figure.
SPAN = re.compile(r"\d+-\d+")
OTHER_KINDS = {"hazard-ratio": "a ratio of hazards is another kind of contrast"}


@dataclass(frozen=True)
class Found:
    """One way to state a contrast: where it comes from, and its effect or what it lacks."""

    sides: Sides
    scale: str
    source: Result
    partner: Result | None
    effect: Effect | None
    lacks: str
    rank: int


def contrasts(*, evidence: Mapping[str, Study], vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Contrasts`, one row per pair of arms, outcome and time, stated in the best way that is printed.

    A trial that prints nothing of a pair is listed all the same. Source: METHODS, section 3.5.
    """
    rows = [
        row
        for study in evidence.values()
        if study.kind in KINDS
        for row in _rows(study, vocabulary)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=Contrasts.schema()).sort(Contrasts.KEY)


def _rows(study: Study, vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    found = [each for pair in sides(study, vocabulary) for each in (*_of_pair(pair, vocabulary), None) if each]
    found += _in_words(study, vocabulary)
    best: dict[tuple[str, ...], Found] = {}
    for each in sorted(found, key=lambda one: _preference(one, vocabulary)):
        best.setdefault(_key(each), each)
    yield from (_row(each, vocabulary) for each in best.values())
    told = {each.sides.id for each in best.values()}
    yield from (_silent(pair) for pair in sides(study, vocabulary) if pair.id not in told)


def _of_pair(pair: Sides, vocabulary: Vocabulary) -> Iterator[Found]:
    """Every way in which the study states the contrast of one pair of arms."""
    results = pair.study.results
    ours = [each for each in results if pair.arm and each.arm == pair.arm.id]
    theirs = [each for each in results if pair.comparator and each.arm == pair.comparator.id]
    for result in ours:
        if pair.comparator and result.comparator == pair.comparator.id and result.measure in SCALES:
            yield _stated(pair, result, vocabulary)
            yield from _ratio_from_counts(pair, result, ours, theirs)
    for one in ours:
        for other in theirs:
            if one.comparator or other.comparator or one.measure != other.measure or one.day in (None, 0):
                continue
            if one.measure in RATES and _same_rule(one, other) and _alike(one, other, "day", "analysis_set"):
                yield _computed(pair, "difference", (one, other), 1, partial(counts_effect, one, other, "difference"))
            if one.measure in MEANS and _alike(one, other, "instrument", "outcome", "day"):
                instrument = vocabulary.instruments.get(one.instrument or "")
                rank = 2 + MEANS.index(one.measure)
                yield _computed(pair, "score", (one, other), rank, partial(means_effect, one, other, instrument))


def _in_words(study: Study, vocabulary: Vocabulary) -> list[Found]:
    """Contrasts whose comparator is no arm of the study but given in words."""
    return [
        _stated(side_in_words(study, result), result, vocabulary)
        for result in study.results
        if result.against and result.measure in SCALES
    ]


def _stated(pair: Sides, result: Result, vocabulary: Vocabulary) -> Found:
    instrument = vocabulary.instruments.get(result.instrument or "")
    return _computed(pair, SCALES[result.measure], (result, None), 0, partial(printed_effect, result, instrument))


def _ratio_from_counts(pair: Sides, ratio: Result, ours: list[Result], theirs: list[Result]) -> Iterator[Found]:
    """A ratio that is printed without an interval, from the rates of its two arms."""
    if SCALES[ratio.measure] != "ratio" or ratio.low:
        return
    for one in ours:
        for other in theirs:
            rates = one.measure == other.measure == "responder-percent"
            if rates and all(_alike(each, ratio, "definition", "day") for each in (one, other)):
                yield _computed(pair, "ratio", (one, other), 1, partial(counts_effect, one, other, "ratio"))


def _computed(
    pair: Sides, scale: str, results: tuple[Result, Result | None], rank: int, effect: Callable[[], Effect]
) -> Found:
    try:
        return Found(pair, scale, *results, effect(), "", rank)
    except NoNumber as lacks:
        return Found(pair, scale, *results, None, str(lacks), rank)


def _same_rule(one: Result, other: Result) -> bool:
    """Whether two rates count the same thing: one definition of ours, or the same rule in words."""
    return one.definition == other.definition and (one.definition or one.definition_note) == (
        other.definition or other.definition_note
    )


def _alike(one: Result, other: Result, *fields: str) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def _preference(found: Found, vocabulary: Vocabulary) -> tuple[Any, ...]:
    """The best statement first: usable, then as printed; of several days the nearest to the endpoint's own."""
    standing, _ = _standing(found)
    result = found.source
    endpoint = vocabulary.endpoints.get(result.endpoint or "")
    away = abs(result.day - endpoint.target) if endpoint and result.day is not None else 0
    whole = result.analysis_set not in ("itt-nri", "itt")
    return (STANDING_ORDER.index(standing), away, found.rank, whole, -(result.day or 0), result.id)


def _standing(found: Found) -> tuple[str, str]:
    """What may be done with a contrast, and why it is not pooled."""
    pair, result = found.sides, found.source
    review = "it is a pooling of trials itself" if pair.study.kind == "review" else ""
    unverified = _unverified(found)
    parts = (pair.different, OTHER_KINDS.get(result.measure, ""), found.lacks, review or _late(result), unverified)
    why = [each for each in parts if each]
    said = "; ".join(why)
    if found.effect is None:
        return "no number", said
    if unverified:
        return "unverified", said
    if pair.study.kind == "review":
        return "pooling", said
    return ("different" if why else "usable"), said


def _late(result: Result) -> str:
    """Why a figure's time is like no other's; nothing where the day is known."""
    if result.endpoint or result.day is not None:
        return ""
    return f"its time fits no endpoint: {result.time_note}" if result.time_note else "its time is not known"


def _unverified(found: Found) -> str:
    """What of a contrast is recalled or derived: its figure, its interval, or a number of patients that it needs."""
    results = [each for each in (found.source, found.partner) if each]
    states: dict[str, set[str | None]] = {"": {each.confidence for each in results}}
    if found.partner is None and found.source.low:
        states["its interval is "] = {found.source.interval_confidence}
    if found.partner is not None and found.effect is not None:
        states["its number of patients is "] = {each.n_confidence for each in results}
    for what, of_it in states.items():
        if "recalled" in of_it:
            return f"{what}recalled, not checked"
    return "derived by us from the open data" if any("derived" in of_it for of_it in states.values()) else ""


def _row(found: Found, vocabulary: Vocabulary) -> dict[str, Any]:
    pair, result, effect = found.sides, found.source, found.effect
    standing, why_not = _standing(found)
    outcome, construct = _outcome(result, vocabulary)
    sizes = [each.n for each in (result, found.partner) if each]
    arms = [side.n for side in (pair.arm, pair.comparator) if side]
    counted = sizes if all(sizes) else [] if found.partner or not all(arms) else arms
    return {
        "study": pair.study.id,
        "contrast": "-".join(_key(found)),
        "kind": pair.study.kind,
        "against": pair.against,
        "scale": found.scale,
        "pool": _pool(pair, found.scale, construct, _time(result)),
        "arms": pair.words,
        "condition": pair.study.condition,
        "outcome": outcome,
        "construct": construct,
        "endpoint": result.endpoint,
        "day": result.day,
        "standing": standing,
        "why_not": why_not,
        "result": result.id,
        "printed": _printed(found),
        "effect": effect.value if effect else None,
        "effect_low": effect.low if effect else None,
        "effect_high": effect.high if effect else None,
        "se": effect.se if effect else None,
        "basis": effect.basis if effect else "",
        "n": sum(each for each in counted if each) or None,
        "confidence": result.confidence,
        "locator": result.locator,
    }


def _silent(pair: Sides) -> dict[str, Any]:
    """A pair of arms of which no figure is on record."""
    why = "; ".join(each for each in (pair.different, "no figure of this contrast is on record") if each)
    arms = [side.n for side in (pair.arm, pair.comparator) if side]
    empty: dict[str, Any] = dict.fromkeys(Contrasts.columns())
    words = dict.fromkeys(("outcome", "construct", "result", "printed", "basis", "locator"), "")
    return empty | words | {
        "study": pair.study.id,
        "contrast": _slug(pair.id),
        "kind": pair.study.kind,
        "against": pair.against,
        "scale": "none",
        "pool": _pool(pair, "none", "", ""),
        "arms": pair.words,
        "condition": pair.study.condition,
        "standing": "no number",
        "why_not": why,
        "n": sum(each for each in arms if each) if all(arms) else None,
        "confidence": pair.study.confidence,
    }  # fmt: skip


def _key(found: Found) -> tuple[str, ...]:
    result = found.source
    outcome = result.instrument or result.definition or result.outcome or result.definition_note
    parts = (found.sides.id, found.scale, outcome, result.subset, _time(result))
    return tuple(_slug(part) for part in parts if part)


def _time(result: Result) -> str:
    return result.endpoint or (f"day-{result.day}" if result.day is not None else "")


def _outcome(result: Result, vocabulary: Vocabulary) -> tuple[str, str]:
    """What was measured, and what that is about."""
    if result.instrument:
        instrument = vocabulary.instruments[result.instrument]
        return instrument.name, FAMILIES.get(instrument.construct, instrument.construct)
    if result.definition:
        definition = vocabulary.definitions[result.definition]
        constructs = [vocabulary.instruments[each].construct for each in definition.instruments]
        return definition.label, " or ".join(dict.fromkeys(FAMILIES.get(each, each) for each in constructs))
    words = result.outcome or result.definition_note or "an outcome that the source does not name"
    return (f"{words} ({result.subset})" if result.subset else words), words


def _printed(found: Found) -> str:
    def told(result: Result) -> str:
        plain = SPAN.fullmatch(result.unit) or result.unit in ("", result.outcome, "ratio")
        unit = "" if plain else result.unit if result.unit.startswith("%") else f" {result.unit}"
        return f"{result.qualifier} {result.printed}{unit}".strip() if result.printed else ""

    source = told(found.source)
    if found.partner:
        return f"{source} against {told(found.partner)}"
    limits = f" ({found.source.low} to {found.source.high})" if found.source.low else ""
    return f"{source}{limits}"


def _pool(pair: Sides, scale: str, construct: str, time: str) -> str:
    parts = (pair.against, scale, pair.study.condition, _slug(construct), time)
    return ".".join(part for part in parts if part)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
