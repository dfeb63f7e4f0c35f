"""How far patients changed a second time: pairs of scores by plain loops over courses, as in `second_opinion`."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.improvements import THRESHOLDS
from schemas.vocabulary import Vocabulary
from tests.transforms.second_opinion import Course, belongs, first_courses
from tests.transforms.second_reading import Record
from transforms.statistics.change import cumulative_curve, mean_change

Pair = tuple[float, float | None]


def changes(
    records: list[Record], contract: DeliveryContract, words: Vocabulary, population: str
) -> Iterator[tuple[tuple[str, str], list[Pair]]]:
    """(instrument, endpoint) with baseline and score of every first course that is due and has a baseline."""
    courses, _ = first_courses(records, contract)
    cut = contract.data_cut.on or max((record.on for record in records if record.on), default=None)
    inside = [course for course in courses if belongs(course, words.populations[population])]
    for instrument in words.instruments.values():
        for endpoint in words.endpoints.values():
            asked = not contract.endpoints or endpoint.id in contract.endpoints
            due = [course for course in inside if asked and course.due(endpoint, cut)]
            pairs = [_pair(course, instrument.id, course.follow_up(instrument.id, endpoint)) for course in due]
            known = [pair for pair in pairs if pair is not None]
            if known and instrument.usable:
                yield (instrument.id, endpoint.id), known


def _pair(course: Course, instrument: str, after: tuple[int, Any] | None) -> Pair | None:
    before = course.baseline(instrument)
    return None if before is None else (float(before), None if after is None else float(after[1]))


def expected(pairs: list[Pair], instrument: str, words: Vocabulary) -> dict[str, Any]:
    """What the private table must say of these pairs, by the formulas of METHODS 6.4 and 6.5."""
    better, important = words.instruments[instrument].better, words.instruments[instrument].mic_absolute
    way = "higher" if better == "higher" else "lower"
    gains = [before - after if way == "lower" else after - before for before, after in pairs if after is not None]
    curve, moments = cumulative_curve(pairs, better=way), mean_change(pairs, better=way)
    met = curve.completers if curve else [0.0] * len(THRESHOLDS)
    placed = curve.n_evaluable if curve else 0
    return {
        "measured": len(gains),
        "missing": len(pairs) - len(gains),
        "placed": placed,
        "worse": sum(gain < -1e-9 for gain in gains),
        "improved": None if important is None else sum(gain >= important - 1e-9 for gain in gains),
        "deteriorated": None if important is None else sum(gain <= -important + 1e-9 for gain in gains),
        "median": moments.median if moments else None,
        "improvement_sum": sum(gains),
        **{f"at_least_{percent}": round(share * placed) for percent, share in zip(THRESHOLDS, met, strict=True)},
    }


def listed(improvements: pl.DataFrame, population: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of the private table of one population, by instrument and endpoint."""
    rows = improvements.filter(population=population).iter_rows(named=True)
    return {(row["instrument"], row["endpoint"]): row for row in rows}
