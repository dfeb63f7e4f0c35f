"""The evidence list: every published rate as printed, whether it adds up, why it may carry no verdict."""

from collections import Counter
from dataclasses import dataclass

from dashboards import downloads, figures, findings, registry, sentences
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import (
    ROLE_WORDS,
    Names,
    arm_label,
    is_benchmark,
    is_checked,
    names_of,
    role_words,
    why_no_verdict,
)
from dashboards.pages import claims
from dashboards.plain import clean, slug
from dashboards.slices import View
from dashboards.wording import Rate, counted, interval, printed, published

PATH = "evidence.html"
SLICE = "evidence"
ANALYSIS_SETS = {
    "itt-nri": "everyone, with missing patients counted as non-responders",
    "itt": "everyone; how missing patients were counted is not known",
    "completers": "patients with an outcome",
    "unknown": "not known",
}


@dataclass(frozen=True)
class Record:
    """One published figure as a row of a table."""

    id: str
    study: str
    address: str
    arm: str
    role: str
    rule: str
    time: str
    printed: str
    rate: Rate | None
    interval: str
    patients: str
    arithmetic: str
    testable: bool
    state: str
    carries: bool
    why_not: str
    analysis_set: str
    locator: str
    measure: str
    note: str


def page(marts: Marts, stands: Release) -> Page:
    """The list of published response rates."""
    names = names_of(marts)
    listed = in_order(marts)
    dois = {row["study"]: row["doi"] for row in rows(marts.studies)}
    title = sentences.evidence(listed)
    chart = figures.arms(listed, names, title, stands.registry)
    html = fill(
        "evidence.html",
        stands,
        path=PATH,
        sentence=title,
        charts=True,
        records=[record(row, names) for row in listed],
        listed=_by_kind(marts),
        misread=claims.best(marts),
        findings=findings.summary(rows(marts.findings)),
        subtitle=figures.ARMS_SUBTITLE,
        slice=SLICE,
        chart=chart,
    )
    return Page(PATH, html, [View(SLICE, {"arms": downloads.arms(listed, names, dois)}, {"arms": chart})])


def in_order(marts: Marts) -> list[Row]:
    """Published figures by year and study, then by time, then treatment before its context arms."""
    years = {row["study"]: row["year"] for row in rows(marts.studies)}
    roles = {role: place for place, role in enumerate(ROLE_WORDS)}

    def place(row: Row) -> tuple[int, str, int, int, str]:
        day = 10**6 if row["day"] is None else row["day"]
        return (
            years.get(row["study"], 0),
            row["study"],
            day,
            roles.get(row["role"], len(roles)),
            row["result"],
        )

    return sorted(rows(marts.published_rates), key=place)


def record(row: Row, names: Names) -> Record:
    """One published figure in words."""
    label = names.study(row["study"])
    return Record(
        id=f"r-{slug(row['result'])}",
        study=label,
        address=f"evidence/{slug(row['study'])}.html",
        arm=arm_label(row, label),
        role=role_words(row),
        rule=names.rule(row),
        time=_time(row, names),
        printed=printed(row),
        rate=published(row),
        interval=_interval(row),
        patients=f"{row['n']:,}" if row["n"] else "not known",
        arithmetic=arithmetic(row),
        testable=row["grim"] != "not testable",
        state="checked" if is_checked(row) else "unverified",
        carries=is_benchmark(row),
        why_not=why_no_verdict(row),
        analysis_set=ANALYSIS_SETS.get(row["analysis_set"], clean(row["analysis_set"], 80)),
        locator=clean(row["locator"], 400),
        measure=clean(row["measure"], 60).replace("-", " "),
        note=clean(row["note"], 2000),
    )


def arithmetic(row: Row) -> str:
    """Whether a whole number of patients gives the printed percentage (METHODS 1.3), in words."""
    if row["grim"] == "attainable" and row["responders"] is not None and row["n"]:
        return f"{row['responders']:,} of {row['n']:,} patients gives {printed(row)}"
    if row["grim"] == "not attainable" and row["n"]:
        nearest = f"; the nearest is {row['responders']:,}" if row["responders"] is not None else ""
        return f"no whole number of {row['n']:,} patients gives {printed(row)}{nearest}"
    return "cannot be tested: the number of patients is not known"


def _interval(row: Row) -> str:
    if row["rate_low"] is None or row["rate_high"] is None:
        return "unknown: number of patients not known"
    return interval(row["rate_low"], row["rate_high"])


def _time(row: Row, names: Names) -> str:
    named = names.endpoint(row["endpoint"])
    day = f"day {row['day']}" if row["day"] is not None else ""
    return f"{named} ({day})" if named and day else named or day or "not known"


def _by_kind(marts: Marts) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Every study on record under its kind: name, address, and what there is of it."""
    rates = Counter(marts.published_rates["study"].to_list())
    figures = Counter(row["study"] for row in rows(marts.published_figures) if row["entry"] != "interval")
    groups: dict[str, list[tuple[str, str, str]]] = {heading: [] for heading in registry.KIND_HEADINGS.values()}
    for row in sorted(rows(marts.studies), key=lambda row: (row["year"] or 10**4, row["label"])):
        heading = registry.KIND_HEADINGS.get(row["kind"], "Other records")
        said = _holds(row, rates[row["study"]], figures[row["study"]])
        groups.setdefault(heading, []).append((clean(row["label"], 80), f"evidence/{slug(row['study'])}.html", said))
    return [(heading, entries) for heading, entries in groups.items() if entries]


def _holds(study: Row, rates: int, figures: int) -> str:
    parts = [counted(rates, "response rate", "response rates")] if rates else []
    others = figures - rates
    if others > 0:
        parts.append(
            counted(others, "other figure", "other figures") if rates else counted(others, "figure", "figures")
        )
    elif not parts:
        parts = [part for part in (clean(study["cited_for"] or study["note"], 300).rstrip("."),) if part]
    state = "" if study["confidence"] == "checked" else registry.unlooked(study["confidence"])
    return "; ".join([*parts, *([state] if state else [])])
