"""How the cases about one course of treatment are asked of the pipeline's steps: response, window, display."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import polars as pl

from schemas.outcomes import STATES
from schemas.responder_rules import Rule
from schemas.vocabulary import Definition, Vocabulary
from tests.published.registry import Inputs, Methods, Result
from tests.transforms import released
from tests.transforms.hillside import ENDPOINT, INSTRUMENT, VOCABULARY, accepted, contract, due, known
from tests.transforms.test_responses import OUTCOMES, judged
from transforms import episodes as courses_of
from transforms import masking
from transforms.masking import hidden, masked
from transforms.outcomes import outcomes
from transforms.statistics import disclosure_audit

METHODS = Methods()

# --- who is a responder ---

WORDS = {
    "responder": "responder",
    "non_responder": "nonresponder",
    "cannot_improve": "not_evaluable_baseline",
    "missing": "missing",
}
#: A scale of ours takes the ends, the direction and the rule that a case describes.
SCALE, DECIMALS = "nrs-pain", 4


def ruled(definition: str, kind: str, threshold: float, vocabulary: Vocabulary = VOCABULARY) -> Vocabulary:
    """The vocabulary with another rule for a definition of one rule; a relative threshold is a share."""
    (rule,) = vocabulary.definitions[definition].rules
    wanted = Decimal(str(threshold)) * (100 if kind == "relative" else 1)
    changed = Rule(kind, rule.instrument, wanted)  # type: ignore[arg-type]  # the cases use our three words
    return with_definition(replace(vocabulary.definitions[definition], rules=(changed,)), vocabulary)


def with_definition(definition: Definition, vocabulary: Vocabulary) -> Vocabulary:
    return replace(vocabulary, definitions=vocabulary.definitions | {definition.id: definition})


@METHODS.answers("responder")
def _responder(given: Inputs) -> Result:
    scale = replace(
        VOCABULARY.instruments[SCALE],
        low=float(given["scale_min"]),
        high=float(given["scale_max"]),
        better=given["direction"].removesuffix("_better"),
        decimals=DECIMALS,
    )
    words = replace(VOCABULARY, instruments=VOCABULARY.instruments | {SCALE: scale})
    definition = f"{SCALE}-relative-30"
    words = ruled(definition, given["rule"], given["threshold"], words)
    return _status(definition, words, (SCALE, given["baseline"], given["followup"]))


@METHODS.answers("gerac_composite")
def _composite(given: Inputs) -> Result:
    reading = {"percentage_points": "points"}.get(given["ffbh_reading"], "relative")
    definition = replace(VOCABULARY.definitions["gerac-response"].read_as(reading), id="gerac-response")
    event = given["unblinded"] or given["other_therapy"]
    return _status(
        "gerac-response",
        with_definition(definition, VOCABULARY),
        ("cpgs-pain", given["cpi_baseline"], given["cpi_followup"]),
        ("ffbh-r", given["ffbh_baseline"], given["ffbh_followup"]),
        event=event,
    )


def _status(
    definition: str, words: Vocabulary, *scores: tuple[str, float | None, float | None], event: bool | None = None
) -> str:
    rows = [_outcome(words, *score) for score in scores]
    found = judged(*rows, events={0: event}, vocabulary=words).filter(rule=definition)
    return WORDS[found["word"].item()]


def _outcome(words: Vocabulary, instrument: str, before: float | None, after: float | None) -> dict[str, Any]:
    units = words.instruments[instrument].units
    state = "missing" if after is None else "measured"
    return dict.fromkeys(OUTCOMES, 0) | {
        "instrument": INSTRUMENT[instrument],
        "endpoint": ENDPOINT["6-months"],
        "baseline": None if before is None else units(before),
        "score": None if after is None else units(after),
        "day": None if after is None else VOCABULARY.endpoints["6-months"].target,
        "state": STATES.index(state),
    }


# --- windows and courses ---


@METHODS.answers("nearest_in_window")
def _in_window(given: Inputs) -> Result:
    start, cut = date.fromisoformat(given["start"]), given["data_cut"]
    window = {name: given[name] for name in ("target", "low", "high")}
    endpoint = replace(VOCABULARY.endpoints["6-months"], **window)
    words = replace(VOCABULARY, endpoints=VOCABULARY.endpoints | {"6-months": endpoint})
    rows = [{"start": start, "date": start, "score": 0}]
    rows += [
        {"start": start, "date": date.fromisoformat(on), "score": _tenths(score)} for on, score in given["records"]
    ]
    sources, settings = known(contract(keep_dates="day"), data_to=cut)
    linked = courses_of.courses(accepted(*rows), sources=settings).collect().lazy()
    begun = courses_of.episodes(linked, sources=settings)
    found = outcomes(linked, begun, sources=settings, schedule=due(sources), vocabulary=words).collect()
    return _seen(found.filter(pl.col("endpoint") == ENDPOINT["6-months"]).row(0, named=True), given["target"])


def _tenths(score: float | None) -> int | None:
    return None if score is None else round(score * 10)


def _seen(row: Mapping[str, Any], target: int) -> Result:
    state = {"measured": "observed", "missing": "missing", "not due": "not_due"}[STATES[row["state"]]]
    if state != "observed":
        return {"status": state}
    distance = abs(row["day"] - target)
    return {"status": state, "value": row["score"] / 10, "day": row["day"], "distance": distance}


@METHODS.answers("episode_of_care")
def _episodes(given: Inputs) -> Result:
    columns = {ours: theirs for ours, theirs in contract().columns.items() if ours != "start"}
    _, settings = known(contract(columns=columns, episodes="gap"))
    rows = [{"date": date.fromisoformat(on), "score": 70} for on in given["contacts"]]
    with patch.object(courses_of, "NEW_EPISODE_DAYS", given["gap_days"]):
        linked = courses_of.courses(accepted(*rows), sources=settings)
        found = courses_of.episodes(linked, sources=settings).collect().sort("episode")
    return {"n_episodes": found.height, "starts": [str(start) for start in found["start"]]}


# --- what may be shown ---


def _policy(hidden_to: int, base: int, hidden_from: int = 1) -> Any:
    """Our steps under the numbers of a case, which are our own unless it says otherwise."""
    return patch.multiple(masking, HIDDEN_FROM=hidden_from, HIDDEN_TO=hidden_to, ROUNDED_TO=base)


@METHODS.answers("hes_round")
def _shown_count(given: Inputs) -> Result:
    with _policy(given["suppress_high"], given["base"], given["suppress_low"]):
        shown = pl.select(masked(pl.lit(given["count"]))).item()
    return {"display": "*" if shown is None else shown}


@METHODS.answers("public_rate")
def _shown_rate(given: Inputs) -> Result:
    x, n, missing = given["responders"], given["n"], given["missing"]
    counts = {"responders": x, "non_responders": n - x, "n": n}
    with _policy(given["threshold"], given["base"]):
        found = released.row(released.exact(x, n - x, missing))
        small = pl.select(**{name: hidden(pl.lit(count)) for name, count in counts.items()}).row(0, named=True)
    ok = found["status"] == "ok"
    told = {
        "rate_displayable": ok,
        "missing_displayable": found["missing"] is not None,
        "blocked_by": [name for name, is_small in small.items() if is_small],
    }
    public = {"public_x": found["responders"], "public_n": found["analysed"]} if ok else {}
    return told | public | ({"public_rate": found["responders"] / found["analysed"]} if ok else {})


@METHODS.answers("midpoint_6")
def _midpoint(given: Inputs) -> Result:
    return {"display": disclosure_audit.midpoint_6(given["count"])}


@METHODS.answers("complementary_suppression")
def _complementary(given: Inputs) -> Result:
    table, small = given["table"], disclosure_audit.primary(given["table"], given["threshold"])
    alone = disclosure_audit.feasible(table, small)
    found = disclosure_audit.suppression(table, given["threshold"], given["min_interval_width"])
    return {
        "primary": [list(cell) for cell in small],
        "primary_only_intervals": [
            {"cell": list(cell), "low": low, "high": high} for cell, (low, high) in alone.items()
        ],
        "min_extra_cells": None if found is None else len(found.complementary),
    }


@METHODS.answers("differencing")
def _differencing(given: Inputs) -> Result:
    larger, smaller = sorted(given["published"], key=lambda group: -group["n"])
    found = disclosure_audit.difference(larger, smaller, given["threshold"])
    return {"allowed": found.allowed, "reason": found.reason or None}


@METHODS.answers("ci_recovers_counts")
def _recovered(given: Inputs) -> Result:
    figures = [given[f"{name}_pct_1dp"] for name in ("rate", "lower", "upper")]
    return {"consistent_counts": [list(pair) for pair in disclosure_audit.consistent_counts(*figures, decimals=1)]}
