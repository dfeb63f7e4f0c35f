"""Outcomes become responses: each definition's verdict on each course of treatment, exact in whole units.

A rule is compiled once, to numbers that one set of expressions applies to every instrument. Counting is `counts`.
"""

from decimal import Decimal
from typing import Any

import polars as pl

from schemas.outcomes import STATES
from schemas.responses import STATUSES
from schemas.vocabulary import Definition, Instrument, Rule, Vocabulary

#: Relative thresholds are kept in thousandths of a percent, so that 33.333 is a whole number.
_PER_PERCENT = 1000
_ALL = 100 * _PER_PERCENT
_NOT_DUE = STATES.index("not due")
_STATUS = {name: place for place, name in enumerate(STATUSES)}
_COURSE = ("source", "episode", "definition", "endpoint")


def responses(outcomes: pl.LazyFrame, episodes: pl.LazyFrame, *, vocabulary: Vocabulary) -> pl.LazyFrame:
    """One row per course, definition and endpoint: the columns of `Responses`, and `source`.

    `outcomes` holds scores in instrument units; `baseline` comes back on the instrument's own scale. A definition is
    judged only at sources that collect all of its instruments. Source: METHODS, sections 6.1, 6.2 and 7.2.
    """
    return _of(outcomes, outcomes, episodes, vocabulary)


def first_responses(outcomes: pl.LazyFrame, episodes: pl.LazyFrame, *, vocabulary: Vocabulary) -> pl.LazyFrame:
    """As `responses`, but of patients' first courses alone: nobody counts the others."""
    kept = outcomes.join(episodes.filter("first"), on=["source", "episode"], how="semi")
    return _of(kept, outcomes, episodes, vocabulary)


def _of(judged: pl.LazyFrame, outcomes: pl.LazyFrame, episodes: pl.LazyFrame, vocabulary: Vocabulary) -> pl.LazyFrame:
    rules = compiled(vocabulary)
    single, composite = rules.filter(components=1), rules.filter(pl.col("components") > 1)
    one = _judged(judged, episodes, single).select(*_COURSE, status=_status_of_one(), **_companions())
    return pl.concat([one, _status_of_several(_judged(judged, episodes, composite), composite, outcomes)])


def compiled(vocabulary: Vocabulary) -> pl.DataFrame:
    """One row per definition and component, as whole numbers in the units of its instrument.

    A rule is met where `score * by_score >= baseline * by_baseline + above`, and a baseline leaves room for it to be
    met where `baseline * room_by >= room_from`: so one pair of expressions judges every kind of rule.
    """
    instruments = {name: place for place, name in enumerate(sorted(vocabulary.instruments))}
    rows = [
        _compiled(
            definition,
            place,
            component,
            vocabulary.instruments[definition.rules[component].instrument],
            instruments,
        )
        for place, definition in enumerate(vocabulary.definitions[name] for name in sorted(vocabulary.definitions))
        for component in range(len(definition.rules))
    ]
    schema = {
        "definition": pl.Int16, "component": pl.Int16, "components": pl.Int16, "instrument": pl.Int16,
        "by_score": pl.Int64, "by_baseline": pl.Int64, "above": pl.Int64, "room_by": pl.Int64, "room_from": pl.Int64,
        "needs_room": pl.Boolean, "scale": pl.Float64, "counted": pl.Boolean, "event": pl.Boolean, "either": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _compiled(
    definition: Definition, place: int, component: int, instrument: Instrument, places: dict[str, int]
) -> dict[str, Any]:
    rule = definition.rules[component]
    return {
        "definition": place,
        "component": component,
        "components": len(definition.rules),
        "instrument": places[instrument.id],
        **_numbers(rule, instrument),
        "needs_room": rule.kind == "relative",
        "scale": float(instrument.scale),
        "counted": definition.non_evaluable == "counted",
        "event": definition.disqualifying_event,
        "either": definition.combine == "or",
    }


def _numbers(rule: Rule, instrument: Instrument) -> dict[str, int]:
    threshold = _threshold(rule, instrument)
    better = -1 if instrument.better == "lower" else 1
    #: The best score, seen from the worse side: so much room there is above a baseline seen from there.
    best = -instrument.units(instrument.low or 0.0) if better < 0 else instrument.units(instrument.high or 0.0)
    match rule.kind:
        case "relative":
            met, room = (better * _ALL, better * _ALL + threshold, 0), (1, 1)
        case "absolute":
            met, room = (better, better, threshold), (-better, threshold - best)
        case "pass":
            met, room = (better, 0, better * threshold), (-better, 1 - better * threshold)
    return dict(zip(("by_score", "by_baseline", "above", "room_by", "room_from"), (*met, *room), strict=True))


def _threshold(rule: Rule, instrument: Instrument) -> int:
    exact = rule.threshold * (_PER_PERCENT if rule.kind == "relative" else instrument.scale)
    if exact != exact.to_integral_value():
        raise ValueError(f"{rule.instrument}: the threshold is finer than the instrument's finest decimal")
    return int(Decimal(exact))


def _judged(outcomes: pl.LazyFrame, episodes: pl.LazyFrame, rules: pl.DataFrame) -> pl.LazyFrame:
    """Outcomes with each rule on their instrument: whether there was room, it is met, and an event rules it out.

    `met` is null where there is no score or no baseline.
    """
    baseline, score = pl.col("baseline").cast(pl.Int64), pl.col("score").cast(pl.Int64)
    judged = outcomes.join(rules.lazy(), on="instrument").with_columns(
        evaluable=baseline * pl.col("room_by") >= pl.col("room_from"),
        met=score * pl.col("by_score") >= baseline * pl.col("by_baseline") + pl.col("above"),
    )
    judged = judged.with_columns(met=pl.col("met") & (pl.col("evaluable") | ~pl.col("needs_room")))
    if not rules["event"].any():
        return judged.with_columns(struck=pl.lit(value=False))
    event = episodes.select("source", "episode", "disqualified")
    return judged.join(event, on=["source", "episode"], how="left").with_columns(
        struck=(pl.col("event") & pl.col("disqualified")).fill_null(value=False)
    )


def _status_of_one() -> pl.Expr:
    return (
        pl.when(pl.col("baseline").is_null()).then(_STATUS["no_baseline"])
        .when(~pl.col("evaluable") & ~pl.col("counted")).then(_STATUS["cannot_improve"])
        .when(pl.col("state") == _NOT_DUE).then(_STATUS["not_due"])
        .when("struck").then(_STATUS["non_responder"])
        .when(pl.col("score").is_null()).then(_STATUS["missing"])
        .when("met").then(_STATUS["responder"])
        .otherwise(_STATUS["non_responder"]).cast(pl.Int16)
    )  # fmt: skip


def _companions() -> dict[str, pl.Expr]:
    return {
        "baseline": pl.col("baseline") / pl.col("scale"),
        "day": pl.when(pl.col("state") != _NOT_DUE).then("day"),
    }


def _status_of_several(parts: pl.LazyFrame, rules: pl.DataFrame, outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """Composite definitions: a component without a baseline or a score is unknown, one without room is not met."""
    known = pl.col("baseline").is_not_null()
    room = pl.col("evaluable") | pl.col("counted")
    first = pl.col("component") == 0
    wholes = parts.group_by(*_COURSE).agg(
        either=pl.col("either").first(),
        absent=pl.col("components").first() - known.sum(),
        fixed=(known & ~room).sum(),
        components=pl.col("components").first(),
        not_due=(pl.col("state") == _NOT_DUE).any(),
        struck=pl.col("struck").any(),
        met=(known & room & pl.col("met").fill_null(value=False)).sum(),
        settled=(known & (~room | pl.col("score").is_not_null())).sum(),
        baseline=pl.when(first).then(pl.col("baseline") / pl.col("scale")).max(),
        day=pl.when(pl.col("state") != _NOT_DUE).then("day").max(),
    )
    return _at_sources_that_collect_all(wholes, rules, outcomes).select(
        *_COURSE, status=_status_of_whole(), baseline="baseline", day="day"
    )


def _status_of_whole() -> pl.Expr:
    all_of = pl.col("components")
    unknown = pl.col("settled") < all_of
    failed = pl.col("settled") > pl.col("met")
    either = pl.when(pl.col("met") > 0).then(_STATUS["responder"]).when(unknown).then(_STATUS["missing"])
    both = pl.when(failed).then(_STATUS["non_responder"]).when(unknown).then(_STATUS["missing"])
    return (
        pl.when(pl.col("absent") == all_of).then(_STATUS["no_baseline"])
        .when(pl.col("fixed") == all_of).then(_STATUS["cannot_improve"])
        .when("not_due").then(_STATUS["not_due"])
        .when("struck").then(_STATUS["non_responder"])
        .when("either").then(either.otherwise(_STATUS["non_responder"]))
        .otherwise(both.otherwise(_STATUS["responder"])).cast(pl.Int16)
    )  # fmt: skip


def _at_sources_that_collect_all(wholes: pl.LazyFrame, rules: pl.DataFrame, outcomes: pl.LazyFrame) -> pl.LazyFrame:
    # A component that a source never collects would let only responders be counted (METHODS, section 6.2).
    collected = outcomes.select("source", "instrument").unique()
    complete = (
        collected.join(rules.lazy().select("definition", "instrument", "components"), on="instrument")
        .group_by("source", "definition").agg(able=pl.len() == pl.col("components").first())
        .filter("able")
    )  # fmt: skip
    return wholes.join(complete, on=["source", "definition"], how="semi")
