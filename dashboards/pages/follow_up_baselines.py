"""Baselines of those followed up beside those of the missing, for the follow-up page; and the scale of both."""

import polars as pl

from dashboards.canvas import chart
from dashboards.drawing import Axis, Drawing
from dashboards.drawing import Line as Mark
from dashboards.layout import Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, clinic_address, cohort_key
from dashboards.outcomes import CLINIC, Outcome
from dashboards.panels import Cell, Line, Panel, download
from dashboards.wording import counted
from schemas.case_mix import STEPS_OF_A_SCALE, CaseMix

APART_SUBTITLE = (
    "Mean score before treatment, to a fiftieth of the scale, of those with an outcome (dot) and of those without one "
    "(hollow diamond), on the"
    " questionnaire's scale. Shown where both are ten patients or more."
)


def apart(marts: Marts, names: Names, outcome: Outcome, clinics: pl.DataFrame, stands: Release) -> list[Panel]:
    """Baselines of the followed up beside those of the missing, where any clinic has both."""
    same = {"definition": outcome.definition, "endpoint": outcome.endpoint, "population": outcome.population}
    scores = marts.case_mix.filter(measure="baseline score", study="", **same)
    both = scores.drop_nulls(["mean_followed_up", "mean_missing"]).join(clinics, on=CLINIC, how="semi")
    found = sorted(rows(both), key=names.cohort)
    scale = scale_of(marts, outcome)
    if not found or scale is None:
        return []
    marks = [mark for row in found for mark in _pair(names, row)]
    most = max(abs(row["mean_missing"] - row["mean_followed_up"]) for row in found)
    summary = (
        f"{counted(len(found), 'clinic has', 'clinics have')} ten patients or more on both sides; their mean baselines "
        f"are at most {most:g} points apart, each mean to the nearest {(scale.high - scale.low) / STEPS_OF_A_SCALE:g}."
    )
    drawn = chart(Drawing(marks, scale, f"{outcome.name}. {summary}", APART_SUBTITLE, stands.source))
    columns = (("Clinic", False), ("Mean of those with an outcome", True), ("Mean of the missing", True))
    lines = [
        Line(
            cohort_key(row),
            names.cohort(row),
            [_score(row["mean_followed_up"]), _score(row["mean_missing"])],
            clinic_address(row),
        )
        for row in found
    ]
    held = download(CaseMix, ("measure", "mean_followed_up", "mean_missing"), found, names)
    return [Panel("apart", "Baseline of followed up and missing", APART_SUBTITLE, summary, drawn, columns, lines, held)]


def _score(value: float) -> Cell:
    return Cell(f"{value:g}", str(value))


def _pair(names: Names, row: Row) -> list[Mark]:
    label, key = names.cohort(row), cohort_key(row)
    seen, gone = row["mean_followed_up"], row["mean_missing"]
    return [
        Mark(label=label, kind="observed", key=key, centre=seen, value=f"{seen:g} with an outcome"),
        Mark(label="", kind="observed", centre=gone, symbol="diamond", hollow=True, value=f"{gone:g} missing"),
    ]


def scale_of(marts: Marts, outcome: Outcome) -> Axis | None:
    """The whole scale of an outcome's first questionnaire, in fourths; None where its ends are not known."""
    rules = {row["definition"]: row["instruments"] for row in rows(marts.definitions)}
    first = rules.get(outcome.definition, "").split(",")[0].strip()
    known = next((row for row in rows(marts.instruments) if row["instrument"] == first), None)
    if known is None:
        return None
    low, high = known["low"], known["high"]
    ticks = tuple((low + (high - low) * part / 4, f"{low + (high - low) * part / 4:g}") for part in range(5))
    ends = ("better", "worse") if known["better"] == "lower" else ("worse", "better")
    return Axis(low, high, ticks, left=ends[0], right=ends[1])
