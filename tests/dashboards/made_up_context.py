"""What stands around the published rates of the made-up release: popular claims, contrasts, what is pooled."""

# ruff: noqa: E501 - a literal table reads best with one row on one line

from typing import Any

Row = dict[str, Any]


def claim(identity: str, verdict: str, **other: Any) -> Row:
    known: Row = {
        "document": "leaflet.txt", "text_line": 7, "wording": "Acupuncture works twice as well.", "topic": "twice", "attributed_to": "GERAC 2007",
        "study": "gerac-2007", "results": "gerac-2007.verum-6m", "figure": "47.6% against 27.4%", "reason": "It is 1.7 times.",
        "confidence": "checked", "checked_in": "abstract or open table", "best": None,
    }  # fmt: skip
    return {"claim": identity, "verdict": verdict} | known | other


def claims() -> list[Row]:
    return [
        claim("c01", "overstated", best=2),
        claim(
            "c02",
            "conflated",
            wording="Half of all patients are well.",
            best=1,
            results="gerac-2007.verum-6m,gerac-2007.sham-6m",
        ),
        claim("c03", "supported", wording="It was a large trial.", results=""),
        claim(
            "c04",
            "untraceable",
            wording="Everybody knows.",
            study="",
            results="",
            figure="None.",
            confidence="named",
            checked_in="popular text only",
        ),
        claim("c05", "overstated", wording="Sawazaki saw fewer visits.", study="sawazaki-2008", results=""),
    ]


def contrast(study: str, name: str, **other: Any) -> Row:
    known: Row = {
        "kind": "trial", "against": "sham", "scale": "difference", "pool": "sham.difference.chronic-low-back-pain.pain.6-months",
        "arms": "Acupuncture against sham acupuncture", "condition": "chronic-low-back-pain", "outcome": "50% or more better on VAS pain",
        "construct": "pain", "endpoint": "6-months", "day": 183, "standing": "usable", "why_not": "", "result": "", "printed": "5 percentage points",
        "effect": 0.05, "effect_low": -0.04, "effect_high": 0.14, "se": 0.046, "basis": "the printed 95% interval", "n": 400,
        "confidence": "checked", "locator": "abstract",
    }  # fmt: skip
    return {"study": study, "contrast": name} | known | other


def contrasts() -> list[Row]:
    nothing: Row = {
        "effect": None,
        "effect_low": None,
        "effect_high": None,
        "se": None,
        "basis": "",
        "printed": "",
        "standing": "no number",
    }
    usual: Row = {"against": "usual-care", "arms": "Acupuncture against usual care"}
    bother: Row = usual | {
        "scale": "score",
        "construct": "symptom bother",
        "pool": "usual-care.score.chronic-low-back-pain.symptom-bother.12-months",
        "endpoint": "12-months",
        "day": 365,
    }
    return [
        contrast("gerac-2007", "verum-sham", result="verum-6m", printed="3.4 percentage points (-3.7 to 10.3)", effect=0.034, effect_low=-0.037, effect_high=0.103, se=0.036, n=774),
        contrast("meadow-2015", "acu-sham", result="a-12m"),
        contrast("cherkin-2009", "acu-sham", effect=0.08, effect_low=-0.02, effect_high=0.18, se=0.051),
        contrast("molsberger-2002", "verum-sham", result="verum-3m", standing="unverified", why_not="recalled, not checked", effect=0.47, effect_low=0.27, effect_high=0.63, se=0.09, n=None, confidence="recalled"),
        contrast("sawazaki-2008", "acu-sham", scale="none", pool="sham.none", outcome="", construct="", endpoint=None, day=None, why_not="no figure of this contrast is on record") | nothing,
        contrast("gerac-2007", "verum-guideline-ratio", scale="ratio", pool="usual-care.ratio.chronic-low-back-pain.pain.6-months", effect=1.74, effect_low=1.43, effect_high=2.11, se=0.1) | usual,
        contrast("cherkin-2009", "indiv-usual", effect=0.055, effect_low=-0.004, effect_high=0.114, se=0.03, **bother),
        contrast("cherkin-2009", "stand-usual", why_not="no variance is printed", **bother | nothing),
        contrast("meadow-2015", "review-usual", kind="review", standing="pooling", why_not="it is a pooling of trials itself", effect=0.55, effect_low=0.51, effect_high=0.58, se=0.02, **usual | {"scale": "standardised", "pool": "usual-care.standardised", "endpoint": None, "day": None, "printed": "0.55 SD (0.51 to 0.58)"}),
    ]  # fmt: skip


def pooled_context() -> list[Row]:
    none: Row = dict.fromkeys(("effect", "effect_low", "effect_high", "prediction_low", "prediction_high", "tau2"))
    known: Row = {
        "condition": "chronic-low-back-pain",
        "mode": "single_study",
        "reason": "1 of the 3 studies that pooling needs",
        "studies": 1,
        "listed": 1,
    } | none
    return [
        {"pool": "sham.difference.chronic-low-back-pain.pain.6-months", "against": "sham", "scale": "difference", "construct": "pain", "endpoint": "6-months"}
        | known
        | {"studies": 3, "listed": 4, "mode": "pooled_with_prediction_interval", "reason": "", "effect": 0.05, "effect_low": -0.06, "effect_high": 0.16, "prediction_low": -0.07, "prediction_high": 0.17, "tau2": 0.0},
        {"pool": "usual-care.ratio.chronic-low-back-pain.pain.6-months", "against": "usual-care", "scale": "ratio", "construct": "pain", "endpoint": "6-months"} | known,
        {"pool": "usual-care.score.chronic-low-back-pain.symptom-bother.12-months", "against": "usual-care", "scale": "score", "construct": "symptom bother", "endpoint": "12-months"} | known | {"listed": 2},
    ]  # fmt: skip
