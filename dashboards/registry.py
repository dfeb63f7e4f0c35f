"""Published figures of any measure in words, for the page of their study; response rates have a page of their own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.marts import Row
from dashboards.names import Names
from dashboards.plain import clean, slug
from dashboards.wording import capital, counted
from schemas.measures import MEASURE_WORDS

#: What a record is called in a heading, one word per kind, in the order of the list of studies.
KIND_HEADINGS = {
    "trial": "Trials",
    "cohort": "Cohorts and audits",
    "review": "Reviews and meta-analyses",
    "report": "Further reports of a trial",
    "economic": "Costs",
    "safety": "Safety",
    "guideline": "Guidelines",
    "mechanism": "Mechanisms",
    "methods": "Methods",
    "context": "Context",
}


@dataclass(frozen=True)
class Figure:
    """One published figure as a row of a plain table."""

    id: str
    what: str
    arm: str
    measure: str
    printed: str
    time: str
    patients: str
    state: str
    where: str
    note: str


def others(figures: Sequence[Row], arms: Sequence[Row], names: Names) -> list[Figure]:
    """A study's figures that are no response rate, baselines first, then by time and arm."""
    labels = {row["arm"]: clean(row["label"], 120) for row in arms}
    return [_figure(row, labels, names) for row in sorted(figures, key=_place)]


def printed_intervals(figures: Sequence[Row]) -> dict[str, str]:
    """The printed interval of each response rate that has one, with how it is known: "62 to 88 (recalled)"."""
    found = {}
    for row in figures:
        if row["low"]:
            source = "" if row["confidence"] == "checked" else f" ({clean(row['confidence'], 20)})"
            limits = f"{clean(row['low'], 20)} to {clean(row['high'], 20)}"
            found[row["result"].removesuffix(".interval")] = limits + source
    return found


def where(row: Row) -> str:
    """Where a figure stands: its place if it is on record, and the kind of text that it was read in."""
    place, text = clean(row["locator"], 400), clean(row["checked_in"], 80)
    if row["state"] == "unverified" and row["confidence"] == "recalled":
        return place or "not looked up"
    if place:
        return f"{place} ({text})" if text else place
    return f"{text}; page not recorded" if text else "not recorded"


def unlooked(confidence: str) -> str:
    """Why a record is not checked, in words."""
    words = {"recalled": "recalled, not looked up", "named": "named by a popular text, not looked up"}
    return words.get(confidence, clean(confidence, 40))


def _place(row: Row) -> tuple[bool, int, str, str]:
    return (row["entry"] != "baseline", 10**6 if row["day"] is None else row["day"], row["arm"], row["result"])


def _figure(row: Row, labels: Mapping[str, str], names: Names) -> Figure:
    what = capital(clean(row["outcome"], 120) or "response")
    subset = clean(row["subset"], 200)
    return Figure(
        id=f"r-{slug(row['result'])}",
        what=f"{what}, {subset}" if subset else what,
        arm=_sides(row, labels),
        measure=MEASURE_WORDS.get(row["measure"], clean(row["measure"], 60).replace("-", " ")),
        printed=as_printed(row),
        time=clean(row["time"], 200) or names.endpoint(row["endpoint"]) or "not known",
        patients=_patients(row),
        state=_state(row),
        where=where(row),
        note=_note(row),
    )


def as_printed(row: Row) -> str:
    """The figure exactly as printed with its unit and spread, or the finding in words: "5.1 mm (−3.7 to 13.9)"."""
    if not row["printed"]:
        return capital(clean(row["words"], 200)) + (f" (p {clean(row['p'], 40)})" if row["p"] else "")
    qualifier, value = clean(row["qualifier"], 20), _with_unit(clean(row["printed"], 40), clean(row["unit"], 60))
    named = (("sd", "SD"), ("se", "SE"), ("p", "p"))
    spread = [f"{name} {clean(row[part], 40)}" for part, name in named if row[part]]
    if row["low"]:
        spread.insert(0, f"{clean(row['low'], 40)} to {clean(row['high'], 40)}")
    said = f"{capital(qualifier)} {value}".strip()
    return f"{said} ({'; '.join(spread)})" if spread else said


def _with_unit(digits: str, unit: str) -> str:
    scale = re.fullmatch(r"(-?\d+)-(\d+)", unit)
    if scale:
        return f"{digits} on {scale[1]} to {scale[2]}"
    return f"{digits}{unit}" if unit.startswith("%") else f"{digits} {unit}".strip()


def _sides(row: Row, labels: Mapping[str, str]) -> str:
    arm = labels.get(row["arm"], clean(row["arm"], 80)) or "all patients"
    if not row["against"]:
        return arm
    other = labels.get(row["against"], clean(row["against"], 120))
    return f"{arm} against {other}" if row["arm"] else f"against {other}"


def _patients(row: Row) -> str:
    trials = counted(row["trials"], "trial", "trials") if row["trials"] else ""
    patients = f"{row['n']:,}" if row["n"] is not None else ""
    return " in ".join(part for part in (patients, trials) if part) or "not known"


def _state(row: Row) -> str:
    if row["state"] == "checked":
        derived = "" if row["value_basis"] in ("", "printed") else "; derived, not printed"
        return f"checked{derived}"
    firmly = {"low": ", vaguely", "medium": "", "high": ", firmly"}.get(row["recall"], "")
    return f"unverified: {clean(row['confidence'], 20)}{firmly}"


def _note(row: Row) -> str:
    disputed = "Which way is better is disputed." if row["better"] == "disputed" else ""
    basis = "" if row["value_basis"] in ("", "printed") else f"{capital(clean(row['value_basis'], 200))}."
    return " ".join(part for part in (clean(row["note"], 1000), basis, disputed) if part)
