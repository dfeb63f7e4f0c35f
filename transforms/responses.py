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
_KINDS = {"relative": 0, "absolute": 1, "pass": 2}
_NOT_DUE = STATES.index("not due")
_STATUS = {name: place for place, name in enumerate(STATUSES)}
_COURSE = ("source", "episode", "definition", "endpoint")


def responses(outcomes: pl.LazyFrame, episodes: pl.LazyFrame, *, vocabulary: Vocabulary) -> pl.LazyFrame:
    """One row per course, definition and endpoint: the columns of `Responses`, and `source`.

    `outcomes` holds scores in instrument units; `baseline` comes back on the instrument's own scale. A definition is
    judged only at sources that collect all of its instruments. Source: METHODS, sections 6.1, 6.2 and 7.2.
    """
    rules = compiled(vocabulary)
    judged = outcomes.join(rules.lazy(), on="instrument").with_columns(**_room()).with_columns(met=_met())
    event = episodes.select("source", "episode", "disqualified")
    with_event = judged.join(event, on=["source", "episode"], how="left").with_columns(
        struck=(pl.col("event") & pl.col("disqualified")).fill_null(value=False)
    )
    one = with_event.filter(pl.col("components") == 1).select(*_COURSE, status=_status_of_one(), **_companions())
    several = _status_of_several(with_event.filter(pl.col("components") > 1), outcomes)
    return pl.concat([one, several])


def compiled(vocabulary: Vocabulary) -> pl.DataFrame:
    """One row per definition and component, as whole numbers in the units of its instrument."""
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
        "definition": pl.Int16, "component": pl.Int16, "components": pl.Int16, "instrument": pl.Int16, "kind": pl.Int8,
        "threshold": pl.Int64, "low": pl.Int64, "high": pl.Int64, "lower_is_better": pl.Boolean, "scale": pl.Float64,
        "counted": pl.Boolean, "event": pl.Boolean, "either": pl.Boolean,
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
        "kind": _KINDS[rule.kind],
        "threshold": _threshold(rule, instrument),
        "low": instrument.units(instrument.low or 0.0),
        "high": instrument.units(instrument.high or 0.0),
        "lower_is_better": instrument.better == "lower",
        "scale": float(instrument.scale),
        "counted": definition.non_evaluable == "counted",
        "event": definition.disqualifying_event,
        "either": definition.combine == "or",
    }


def _threshold(rule: Rule, instrument: Instrument) -> int:
    exact = rule.threshold * (_PER_PERCENT if rule.kind == "relative" else instrument.scale)
    if exact != exact.to_integral_value():
        raise ValueError(f"{rule.instrument}: the threshold is finer than the instrument's finest decimal")
    return int(Decimal(exact))


def _room() -> dict[str, pl.Expr]:
    """Improvement so far, and whether the baseline leaves room for the rule to be met."""
    baseline, score, threshold = (
        pl.col("baseline").cast(pl.Int64),
        pl.col("score").cast(pl.Int64),
        pl.col("threshold"),
    )
    lower = pl.col("lower_is_better")
    absolute = pl.when(lower).then(baseline - pl.col("low")).otherwise(pl.col("high") - baseline) >= threshold
    already = pl.when(lower).then(baseline <= threshold).otherwise(baseline >= threshold)
    kind = pl.col("kind")
    return {
        "improvement": pl.when(lower).then(baseline - score).otherwise(score - baseline),
        "evaluable": pl.when(kind == _KINDS["relative"])
        .then(baseline > 0)
        .when(kind == _KINDS["absolute"])
        .then(absolute)
        .otherwise(~already),
    }


def _met() -> pl.Expr:
    """Whether the score meets its rule, in whole numbers; null where there is no score or no baseline."""
    improvement, threshold, kind = pl.col("improvement"), pl.col("threshold"), pl.col("kind")
    baseline, score = pl.col("baseline").cast(pl.Int64), pl.col("score").cast(pl.Int64)
    relative = pl.col("evaluable") & (improvement * 100 * _PER_PERCENT >= threshold * baseline)
    passed = pl.when(pl.col("lower_is_better")).then(score <= threshold).otherwise(score >= threshold)
    return (
        pl.when(kind == _KINDS["relative"])
        .then(relative)
        .when(kind == _KINDS["absolute"])
        .then(improvement >= threshold)
        .otherwise(passed)
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


def _status_of_several(parts: pl.LazyFrame, outcomes: pl.LazyFrame) -> pl.LazyFrame:
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
    return _at_sources_that_collect_all(wholes, parts, outcomes).select(
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


def _at_sources_that_collect_all(wholes: pl.LazyFrame, parts: pl.LazyFrame, outcomes: pl.LazyFrame) -> pl.LazyFrame:
    # A component that a source never collects would let only responders be counted (METHODS, section 6.2).
    collected = outcomes.select("source", "instrument").unique()
    complete = (
        parts.select("source", "definition", "instrument", "components").unique()
        .join(collected, on=["source", "instrument"], how="semi")
        .group_by("source", "definition").agg(able=pl.len() == pl.col("components").first())
        .filter("able")
    )  # fmt: skip
    return wholes.join(complete, on=["source", "definition"], how="semi")
