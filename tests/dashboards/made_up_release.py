"""A small made-up release: literal rows for every public table and every state that a page must show."""

# ruff: noqa: E501 - a literal table reads best with one row on one line

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from schemas.changes import Changes
from schemas.comparisons import Comparisons
from schemas.contract import keep_promise
from schemas.published_figures import PublishedFigures
from schemas.published_rates import PublishedRates
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_network
from tests.dashboards.made_up_context import claims, contrasts, pooled_context
from transforms import lineage
from transforms.method_rules import method_rules
from transforms.technical_panel import technical_panel

Row = dict[str, Any]

DIMENSIONS = (
    "condition", "intervention", "chronicity", "baseline_severity", "instrument", "definition",
    "time_window", "analysis_convention", "followup", "coverage", "cohort_size", "benchmark_quality",
)  # fmt: skip

COHORTS = {
    "riverside": "Riverside", "hillcrest": "Hillcrest", "northgate": "Northgate", "lakeside": "Lakeside",
    "oldtown": "Old Town Centre for Integrated Pain Medicine", "millpond": "Mill Pond", "birchwood": "Birchwood",
    "quayside": "Quayside", "summit": "Summit", "tinybridge": "Tinybridge", "wrongform": "Wrongform",
    "faraway": "Faraway",
}  # fmt: skip


def cohorts() -> list[Row]:
    return [
        {
            "source": source, "cohort": source, "label": label, "kind": "clinic", "condition": "chronic-low-back-pain",
            "treatment": "acupuncture", "instruments": "cpgs-pain,ffbh-r", "data_to": date(2026, 10, 31), "synthetic": True,
        }
        for source, label in COHORTS.items()
    ]  # fmt: skip


def figure(study: str, arm: str, result: str, **other: Any) -> Row:
    known: Row = {
        "label": f"{study}, {arm}", "role": "active", "measure": "responder-percent", "definition": "gerac-response",
        "definition_note": "", "endpoint": "6-months", "population": "everyone", "day": 182, "analysis_set": "itt-nri",
        "printed": "50", "percent": 50.0, "n": 100, "responders": 50, "grim": "attainable", "rate": 0.5,
        "rate_low": 0.404, "rate_high": 0.596, "confidence": "checked", "definition_confidence": "checked",
        "n_confidence": "checked", "carries_verdict": True, "why_not": "", "locator": "abstract", "note": "",
    }  # fmt: skip
    return {"study": study, "arm": arm, "result": result} | known | other


def published_rates() -> list[Row]:
    gerac = {"study": "gerac-2007", "grim": "not attainable"}
    molsberger = {
        "study": "molsberger-2002", "definition": "vas-pain-relative-50", "endpoint": "3-months", "day": 119,
        "n": None, "responders": None, "grim": "not testable", "rate_low": None, "rate_high": None,
        "definition_confidence": "recalled", "n_confidence": "", "carries_verdict": False,
        "why_not": "The responder rule is recalled and the number of patients is not known.",
    }  # fmt: skip
    return [
        figure("", "verum", "verum-6m", label="GERAC 2007, verum acupuncture", printed="47.6", percent=47.6, n=387, responders=184, rate=184 / 387, rate_low=0.427, rate_high=0.525) | gerac,
        figure("", "sham", "sham-6m", label="GERAC 2007, superficial needling", role="sham", printed="44.2", percent=44.2, n=387, responders=171, rate=171 / 387, rate_low=0.393, rate_high=0.492, why_not="") | gerac | {"grim": "attainable"},
        figure("", "guideline", "guideline-6m", label="GERAC 2007, guideline care", role="guideline-care", printed="27.4", percent=27.4, n=388, responders=106, rate=106 / 388, rate_low=0.231, rate_high=0.32, why_not="") | gerac,
        figure("", "verum", "verum-3m", label="Molsberger 2002, acupuncture", printed="77", percent=77.0, rate=0.77) | molsberger,
        figure("", "sham", "sham-3m", label="Molsberger 2002, sham acupuncture", role="sham", printed="29", percent=29.0, rate=0.29) | molsberger,
        figure("cherkin-2009", "any", "any-8w", label="Cherkin 2009, real or simulated acupuncture", role="mixed", definition="rmdq-23-absolute-3", endpoint="8-weeks", day=56, analysis_set="itt", printed="60", percent=60.0, n=477, responders=286, rate=286 / 477, rate_low=0.555, rate_high=0.643, definition_confidence="recalled", carries_verdict=False, why_not="The threshold of 3 points is recalled, not checked."),
        figure("meadow-2015", "acupuncture", "a-12m", label="Meadow 2015, acupuncture", definition="rmdq-24-relative-30", endpoint="12-months", day=365, printed="55.0", percent=55.0, n=200, responders=110, rate=0.55, rate_low=0.481, rate_high=0.617),
    ]  # fmt: skip


def comparison(source: str, study: str, arm: str, result: str, **other: Any) -> Row:
    known: Row = {
        "source": source, "cohort": source, "study": study, "arm": arm, "result": result, "definition": "gerac-response",
        "observed_definition": "gerac-response", "endpoint": "6-months", "population": "everyone", "grade": "B",
        "outcome_kind": "verdict", "mode": "single_study", "margin": 0.1,
        "margin_fixed_on": date(2026, 9, 30), "window_fixed_on": date(2026, 9, 30), "fixed_before_data": True, "first_set": "missing as non-response",
        "observed_rate": None, "observed_low": None, "observed_high": None, "bound_low": None, "bound_high": None,
        "analysed": None, "missing": None, "published_rate": None, "published_low": None, "published_high": None,
        "difference": None, "difference_low": None, "difference_high": None, "difference_low90": None,
        "difference_high90": None, "verdict": "", "robust_verdict": "", "robust_verdict_at_5": "",
        "robust_verdict_at_15": "", "depends_on_missing": False, "equivalence_attainable": None, "equivalence_needs": None,
        "tipping_point": None, "left_out": None, "sentence": "",
    }  # fmt: skip
    return known | other


def against_gerac(source: str, **other: Any) -> Row:
    return comparison(source, "gerac-2007", "verum", "verum-6m", **other)


def rated(rate: float, low: float, high: float, bounds: tuple[float, float], counts: tuple[int, int]) -> Row:
    return {
        "observed_rate": rate, "observed_low": low, "observed_high": high, "bound_low": bounds[0], "bound_high": bounds[1],
        "analysed": counts[0], "missing": counts[1],
    }  # fmt: skip


GERAC = {"published_rate": 184 / 387, "published_low": 0.427, "published_high": 0.525}


def apart_by(points: float, spread: float) -> Row:
    return {
        "difference": points, "difference_low": points - spread, "difference_high": points + spread,
        "difference_low90": points - spread, "difference_high90": points + spread,
    }  # fmt: skip


def said(verdict: str, sentence: str, others: tuple[str, str] = ("", "")) -> Row:
    """What a comparison says; `others` are its verdicts with margins of 5 and 15 points."""
    return {"verdict": verdict, "robust_verdict": verdict, "sentence": sentence} | at(*others)


def at(five: str, fifteen: str) -> Row:
    return {"robust_verdict_at_5": five, "robust_verdict_at_15": fifteen}


def comparisons() -> list[Row]:
    common = "This is **not a controlled comparison**: people improve for many reasons. Comparability: **Grade B**."
    return [
        against_gerac("riverside", **rated(0.68, 0.635, 0.722, (0.68, 0.77), (400, 45)), **GERAC, **apart_by(0.204, 0.062), **said("materially_higher", f"Of about 400 patients, 68% met the rule. The observed rate is **more than 10 percentage points above** the published one. {common}", ("materially_higher", "at_least_as_good"))),
        against_gerac("hillcrest", **rated(0.49, 0.45, 0.53, (0.44, 0.54), (600, 65)), **GERAC, **apart_by(0.014, 0.06), **said("equivalent", f"The observed rate is **within 10 percentage points** of the published one. {common}", ("at_least_as_good", "equivalent"))),
        against_gerac("northgate", **rated(0.26, 0.21, 0.31, (0.23, 0.34), (300, 35)), **GERAC, **apart_by(-0.216, 0.07), **said("materially_lower", f"The observed rate is **more than 10 percentage points below** the published one. {common}", ("materially_lower", "not_better")), grade="C"),
        against_gerac("lakeside", **rated(0.53, 0.44, 0.62, (0.42, 0.63), (115, 30)), **GERAC, **apart_by(0.054, 0.104), **said("at_least_as_good", f"The observed rate is **not more than 10 percentage points below** the published one. {common}", ("inconclusive", "at_least_as_good"))),
        against_gerac("oldtown", **rated(0.55, 0.48, 0.62, (0.35, 0.71), (195, 110)), **GERAC, **apart_by(0.074, 0.085), verdict="at_least_as_good", robust_verdict="inconclusive", **at("inconclusive", "inconclusive"), depends_on_missing=True, outcome_kind="cannot_tell", sentence=f"The answer **depends on the 110 patients** without an outcome. {common}"),
        against_gerac("millpond", **rated(0.45, 0.33, 0.58, (0.38, 0.53), (60, 10)), **GERAC, **apart_by(-0.026, 0.133), **said("inconclusive", f"These data **cannot tell** whether the rates differ by more than 10 points. {common}", ("inconclusive", "not_better")), outcome_kind="cannot_tell"),
        against_gerac("birchwood", outcome_kind="suppressed", sentence="Not shown: fewer than 8 patients in a group."),
        against_gerac("quayside", outcome_kind="no_data", sentence="No data received."),
        against_gerac("summit", outcome_kind="not_due", sentence="Follow-up is not due until Feb 2027."),
        against_gerac("tinybridge", **rated(0.4, 0.234, 0.593, (0.4, 0.6), (20, 5)), **GERAC, outcome_kind="too_few", grade="R", sentence="**Not comparable** with GERAC 2007: 20 patients with an outcome are too few."),
        against_gerac("wrongform", outcome_kind="not_comparable", observed_definition="", grade="R", sentence="**Not comparable** with GERAC 2007: another questionnaire."),
        against_gerac("faraway", outcome_kind="not_comparable", grade="D", sentence="**Not comparable** with GERAC 2007: two major differences."),
        comparison("riverside", "molsberger-2002", "verum", "verum-3m", **rated(0.6, 0.5, 0.69, (0.5, 0.67), (100, 20)), published_rate=0.77, definition="vas-pain-relative-50", observed_definition="vas-pain-relative-50", endpoint="3-months", outcome_kind="unverified", sentence="The published figure is unverified."),
        comparison("wrongform", "molsberger-2002", "verum", "verum-3m", definition="vas-pain-relative-50", observed_definition="", endpoint="3-months", outcome_kind="not_comparable", grade="R", sentence="**Not comparable** with Molsberger 2002: another questionnaire."),
        comparison("wrongform", "cherkin-2009", "any", "any-8w", **rated(0.58, 0.48, 0.67, (0.5, 0.64), (95, 15)), published_rate=286 / 477, published_low=0.555, published_high=0.643, definition="rmdq-23-absolute-3", observed_definition="rmdq-23-absolute-3", endpoint="8-weeks", outcome_kind="unverified", first_set="completers", sentence="The published figure is unverified."),
        comparison("hillcrest", "meadow-2015", "acupuncture", "a-12m", **rated(0.57, 0.5, 0.64, (0.47, 0.65), (180, 40)), published_rate=0.54, published_low=0.42, published_high=0.66, definition="rmdq-24-relative-30", observed_definition="rmdq-24-relative-30", endpoint="12-months", mode="pooled_with_prediction_interval", grade="A", **said("within_expected_range", "The observed rate is within the range expected from 3 studies.")),
    ]  # fmt: skip


def comparability() -> list[Row]:
    return [
        {
            "source": row["source"], "cohort": row["cohort"], "study": row["study"], "result": row["result"],
            "dimension": dimension, "level": level(row, dimension), "ours": f"ours: {dimension}", "theirs": f"theirs: {dimension}",
            "reason": "" if level(row, dimension) == "match" else f"{dimension} is not the same",
        }
        for row in comparisons()
        for dimension in DIMENSIONS
    ]  # fmt: skip


def level(row: Row, dimension: str) -> str:
    if dimension == "instrument" and row["observed_definition"] == "":
        return "refuse"
    if row["grade"] == "D" and dimension in {"followup", "time_window"}:
        return "major"
    return "minor" if dimension == "benchmark_quality" else "match"


def published_figures() -> list[Row]:
    """The published rates again, with one recalled interval, one mean and one finding in words."""
    names = PublishedFigures.columns()
    empty: Row = {name: "" if column.kind == "text" else None for name, column in names.items()}
    shared = {"entry": "result", "state": "checked", "unit": "%", "carries_verdict": False, "confidence": "checked"}
    rates = [
        empty | shared | {name: value for name, value in row.items() if name in names and value is not None}
        for row in published_rates()
    ]
    one = rates[0]["result"]
    other = empty | shared | {"study": "sawazaki-2008", "measure": "mean", "why_not": "it is no rate"}
    return [
        *rates,
        empty | shared | {"study": rates[0]["study"], "result": f"{one}.interval", "entry": "interval", "measure": "responder-percent",
                          "printed": rates[0]["printed"], "low": "41", "high": "54", "confidence": "recalled", "state": "unverified"},
        other | {"result": "visits-before", "outcome": "visits to hospital", "printed": "12.1", "unit": "per month", "sd": "8.0", "day": 0,
                 "time": "before treatment", "checked_in": "abstract", "n": 72},
        other | {"result": "mood", "measure": "words", "outcome": "mood", "words": "reduced", "p": "<.001", "unit": "", "confidence": "recalled", "state": "unverified"},
    ]  # fmt: skip


def study(study_id: str, label: str, year: int, **other: Any) -> Row:
    known: Row = {
        "citation": f"{label}. A journal {year};1:1-9", "doi": "10.1001/archinte.167.17.1892", "pmid": "17893311", "kind": "trial",
        "design": "three parallel groups", "condition": "chronic-low-back-pain", "treatment": "acupuncture",
        "population": "everyone", "population_note": "at least six months of pain", "n_randomised": 1162, "confidence": "checked",
        "missing_rule": "counted as non-responders", "event_rule": "other treatment counted as non-response", "erratum": "",
        "second_check": "", "note": "", "report_of": "", "cited_for": "", "cited_in": "", "n_analysed": "", "n_other": "",
        "follow_up": "26", "primary_outcome": "response", "responder_rule": "", "checked_in": "abstract",
    }  # fmt: skip
    return {"study": study_id, "label": label, "year": year} | known | other


def studies() -> list[Row]:
    return [
        study("gerac-2007", "GERAC 2007", 2007, erratum="Arch Intern Med 2007;167(19):2072"),
        study("molsberger-2002", "Molsberger 2002", 2002, doi="", pmid=""),
        study("cherkin-2009", "Cherkin 2009", 2009),
        study("meadow-2015", "Meadow 2015", 2015),
        study("sawazaki-2008", "Sawazaki 2008", 2008, kind="cohort", note="Reports no response rate."),
        study("guide-2009", "Guide 2009", 2009, kind="guideline", cited_for="Ten sessions first.", confidence="named", n_randomised=None),
    ]  # fmt: skip


def arms() -> list[Row]:
    given = {"n": 387, "n_confidence": "checked", "pools": "", "sessions": "10", "weeks": "5", "note": ""}
    return [
        {"study": "gerac-2007", "arm": "verum", "label": "Verum acupuncture", "role": "active", "treatment": "acupuncture"} | given,
        {"study": "gerac-2007", "arm": "sham", "label": "Superficial needling", "role": "sham", "treatment": "sham-acupuncture"} | given,
        {"study": "gerac-2007", "arm": "guideline", "label": "Guideline care", "role": "guideline-care", "treatment": "guideline-care"} | given | {"n": 388},
    ]  # fmt: skip


def delivery(source: str, digits: str, state: str, counts: Sequence[int | None], **other: Any) -> Row:
    names = ("lines", "header", "accepted", "quarantined", "blank")
    known: Row = {"place": 1, "contract_version": 1, "format": "delimited", "covers": "everything", "balanced": True, "refusal": "", "explanation": "", "data_to": date(2026, 10, 31)}  # fmt: skip
    return (
        {"source": source, "delivery": digits, "state": state} | dict(zip(names, counts, strict=True)) | known | other
    )


def deliveries() -> list[Row]:
    return [
        delivery("riverside", "0a1b2c3d4e5f", "accepted", (1201, 1, 1200, 0, 0)),
        delivery("hillcrest", "1a1b2c3d4e5f", "partly", (2011, 1, 1990, 20, 0)),
        delivery("hillcrest", "2a1b2c3d4e5f", "superseded", (1500, 1, 1499, None, 0), place=2),
        delivery("northgate", "3a1b2c3d4e5f", "duplicate", (900, 1, 899, 0, 0)),
        delivery("wrongform", "4a1b2c3d4e5f", "rejected", (800, 1, 0, 799, 0), refusal="undeclared_column", explanation="Line 1 has a column that the contract does not name. Declare it or leave it out.", data_to=None),
        delivery("millpond", "5a1b2c3d4e5f", "accepted", (310, 1, 300, 0, 5), balanced=False),
    ]  # fmt: skip


def rejections() -> list[Row]:
    return [
        {"source": "hillcrest", "delivery": "1a1b2c3d4e5f", "reason": "score_out_of_range", "sentence": "The score lies outside the questionnaire's range.", "lines": 15},
        {"source": "hillcrest", "delivery": "1a1b2c3d4e5f", "reason": "date_unreadable", "sentence": "The date is not one.", "lines": None},
    ]  # fmt: skip


def checks() -> list[Row]:
    known: Row = {"judge": "ledger", "severity": "blocks", "rows": 0, "threshold": "0 rows"}
    return [
        {"check_id": "lines_add_up", "object": "riverside", "status": "passed", "sentence": "Every line has one fate."} | known,
        {"check_id": "lines_add_up", "object": "millpond", "status": "failed", "sentence": "Every line has one fate."} | known | {"rows": 5},
        {"check_id": "arms_add_up", "object": "gerac-2007", "status": "not applicable", "sentence": "Arms add up."} | known,
    ]  # fmt: skip


def changes() -> list[Row]:
    empty = dict.fromkeys(Changes.columns()) | dict.fromkeys(Changes.KEY, "") | {"since": "release-before"}
    cell = {"definition": "gerac-response", "endpoint": "6-months", "population": "everyone"}
    shares = {
        "before_rate": 0.6,
        "before_low": 0.55,
        "before_high": 0.65,
        "after_rate": 0.7,
        "after_low": 0.65,
        "after_high": 0.74,
    }
    return [
        empty | cell | shares | {"kind": "rate", "source": "riverside", "cohort": "riverside", "before": "ok", "after": "ok", "cause": "file replaced"},
        empty | cell | {"kind": "rate", "source": "birchwood", "cohort": "birchwood", "before": "", "after": "suppressed", "cause": "new file"},
        empty | {"kind": "comparison", "source": "riverside", "cohort": "riverside", "study": "gerac-2007", "result": "verum-6m", "before": "equivalent, grade B", "after": "materially_higher, grade B", "cause": "file replaced"},
        empty | {"kind": "published figure", "study": "gerac-2007", "result": "verum-6m", "before": "47.5% of 387, no verdict", "after": "47.6% of 387, may carry a verdict", "before_rate": 0.475, "after_rate": 0.476, "cause": "published record edited"},
        empty | {"kind": "file", "source": "riverside", "delivery": "0a1b2c3d4e5f", "before": "", "after": "accepted", "cause": "new file"},
    ]  # fmt: skip


def steps() -> list[Row]:
    flow = [
        {"name": "readings", "scope": "delivery", "tables": ("exports",), "inputs": ("contract",)},
        {"name": "counts", "scope": "source", "tables": ("readings",), "inputs": ()},
        {"name": "observed_rates", "scope": "network", "tables": ("counts",), "inputs": ()},
    ]
    return lineage.steps(flow=flow).to_dicts()


def findings() -> list[Row]:
    known = {"arm": "", "result": "", "requires": "Some whole number gives it.", "source": "a paper"}
    return [
        known | {"study": "gerac-2007", "finding": "gerac-2007/verum-6m/whole-patients", "rule": "whole-patients", "severity": "contradiction", "arm": "verum", "result": "verum-6m", "found": "No whole number of 387 gives 47.6%.", "expected": "The nearest is 184 of 387, which is 47.55%."},
        known | {"study": "gerac-2007", "finding": "gerac-2007/second-check", "rule": "second-check", "severity": "gap", "found": "No second person has compared this record.", "expected": "A name and a day."},
        known | {"study": "molsberger-2002", "finding": "molsberger-2002/second-check", "rule": "second-check", "severity": "gap", "found": "No second person has compared this record.", "expected": "A name and a day."},
    ]  # fmt: skip


def definitions() -> list[Row]:
    known = {"instruments": "cpgs-pain,ffbh-r", "ambiguous": False, "readings": "", "source": "the study"}
    return [
        {"definition": "gerac-response", "label": "33% or more better on CPGS pain or 12 points on FFbH-R", "sentence": "A patient responds who is at least 33% better on CPGS pain or at least 12 points better on FFbH-R."} | known | {"ambiguous": True, "readings": "12% is 12 points: one rule; 12% is relative: another rule"},
        {"definition": "vas-pain-relative-50", "label": "50% or more better on VAS pain", "sentence": "A patient responds who is at least 50% better on VAS pain."} | known,
        {"definition": "rmdq-23-absolute-3", "label": "3 points or more better on RMDQ-23", "sentence": "A patient responds who is at least 3 points better on RMDQ-23."} | known,
        {"definition": "rmdq-24-relative-30", "label": "30% or more better on RMDQ-24", "sentence": "A patient responds who is at least 30% better on RMDQ-24."} | known,
    ]  # fmt: skip


def endpoints() -> list[Row]:
    named = {
        "8-weeks": (56, 42, 77),
        "3-months": (91, 78, 136),
        "6-months": (183, 137, 228),
        "12-months": (365, 305, 456),
    }
    return [
        {
            "endpoint": each,
            "label": each.replace("-", " "),
            "target": days[0],
            "low": days[1],
            "high": days[2],
        }
        for each, days in named.items()
    ]


def release_notes() -> list[Row]:
    notes = {
        "margin": "0.1", "synthetic": "true", "data_to": "2026-10-31", "verum_version": "0.1.0",
        "disclosure": "Counts are rounded to the nearest 5; counts from 1 to 7 are not shown.",
    }  # fmt: skip
    return [{"key": key, "value": value} for key, value in notes.items()]


def calibration() -> list[Row]:
    whole = {"networks": 8, "seed": 7, "same_code": True}
    found = [
        ("bounds", "lost by chance", "exact", 480, 480, "exactly", 1.0, 0.0, True),
        ("wrongly inside", "30 patients", "exact", 19, 384, "at most", 0.05, 0.01, True),
        ("wrongly inside", "200 patients", "released", 60, 384, "at most", 0.05, 0.03, False),
        ("rightly beyond", "30 patients", "exact", 96, 384, "reported", None, None, None),
    ]
    names = ("question", "setting", "basis", "found", "simulations", "relation", "nominal", "allowance", "holds")
    rows = [dict(zip(names, one, strict=True)) | whole for one in found]
    return [row | {"rate": row["found"] / row["simulations"], "rate_low": 0.01, "rate_high": 1.0} for row in rows]


def tables() -> dict[str, list[Row]]:
    """Every public table of the made-up release."""
    return {
        **made_up_network.tables(list(COHORTS)),
        "arms": arms(),
        "calibration": calibration(),
        "changes": changes(),
        "checks": checks(),
        "claims": claims(),
        "cohorts": cohorts(),
        "comparability": comparability(),
        "comparisons": comparisons(),
        "contrasts": contrasts(),
        "definitions": definitions(),
        "deliveries": deliveries(),
        "endpoints": endpoints(),
        "findings": findings(),
        "method_rules": method_rules(margin=0.10).to_dicts(),
        "instruments": [{"instrument": "cpgs-pain", "name": "CPGS pain", "low": 0.0, "high": 100.0, "better": "lower"}],
        "pooled_context": pooled_context(),
        "populations": [{"population": "everyone", "label": "everyone"}],
        "published_figures": published_figures(),
        "published_rates": published_rates(),
        "rejections": rejections(),
        "release_notes": release_notes(),
        "steps": steps(),
        "studies": studies(),
        "technical_panel": _technical_panel(),
    }


def _technical_panel() -> list[Row]:
    made = pl.DataFrame(comparisons(), schema=Comparisons.schema())
    return technical_panel(made, pl.DataFrame(published_rates(), schema=PublishedRates.schema())).to_dicts()


def write(path: Path, rows: Mapping[str, Sequence[Row]]) -> Path:
    """A marts.duckdb at `path` with `rows`, each table proved to keep the promises of its schema."""
    with duckdb.connect(str(path)) as release:
        for name, table in PUBLIC_TABLES.items():
            frame = keep_promise(table, pl.DataFrame(list(rows[name]), schema=table.schema()))
            release.register("incoming", frame.to_arrow())
            release.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
            release.unregister("incoming")
    return path
