"""One page per study: what it was, its arms, every figure with its place in the publication."""

import json
from hashlib import sha256
from typing import Any

from dashboards import findings, registry, sentences
from dashboards.benchmarks import Benchmark
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, names_of, role_words
from dashboards.pages.evidence import in_order, record
from dashboards.plain import clean, slug
from dashboards.shelf import Shelf
from dashboards.wording import listed

NOT_RECORDED = "not recorded"
#: What a study's page says, by the names that its template gives to the parts.
Told = dict[str, Any]
RECORD_WORDS = {
    "checked": "checked",
    "recalled": "recalled: nobody has looked it up",
    "derived": "derived by us",
    "named": "named by a popular text: nobody has looked it up",
}


def pages(marts: Marts, stands: Release, found: list[Benchmark], shelf: Shelf | None = None) -> list[Page]:
    """A page for every study on record, taken from the shelf where it stands there already."""
    names, figures, every = names_of(marts), in_order(marts), rows(marts.published_figures)
    arms, checked, kept = rows(marts.arms), rows(marts.findings), shelf or Shelf(stands)
    told = [
        _told(
            study,
            names=names,
            arms=[row for row in arms if row["study"] == study["study"]],
            figures=[row for row in figures if row["study"] == study["study"]],
            known=[row for row in every if row["study"] == study["study"]],
            found=[each for each in found if each.study == study["study"]],
            checked=checked,
        )
        for study in rows(marts.studies)
    ]
    return [kept.page(each["path"], draw, each) for each in told]


def draw(told: Told, stands: Release) -> Page:
    """The page of one study, made of what is told of it and nothing else."""
    return Page(told["path"], fill("study.html", stands, **told))


def _told(
    study: Row,
    *,
    names: Names,
    arms: list[Row],
    figures: list[Row],
    known: list[Row],
    found: list[Benchmark],
    checked: list[Row],
) -> Told:
    label = names.study(study["study"])
    rates = {row["result"] for row in figures}
    others = [row for row in known if row["result"].removesuffix(".interval") not in rates]
    return {
        "path": f"evidence/{slug(study['study'])}.html",
        "sentence": f"{sentences.study(label, figures, len(others), clean(study['cited_for'], 300))}.",
        "label": label,
        "citation": clean(study["citation"], 1000),
        "doi": clean(study["doi"], 200),
        "pmid": clean(study["pmid"], 40),
        "facts": [*_facts(study, names), ("Fingerprint of this record", _fingerprint(study, arms, known))],
        "arms": [_arm(row) for row in arms],
        "records": [record(row, names) for row in figures],
        "intervals": {f"r-{slug(key)}": said for key, said in registry.printed_intervals(known).items()},
        "places": {f"r-{slug(row['result'])}": registry.where(row) for row in known},
        "others": registry.others(others, arms, names),
        "rules": _rules(figures, arms, names),
        "findings": findings.of_study(checked, study["study"], [f"r-{slug(row['result'])}" for row in known]),
        "views": {f"r-{slug(each.result)}": f"o={each.key}&v=1" for each in found},
    }


def _fingerprint(study: Row, arms: list[Row], known: list[Row]) -> str:
    """The first digits of a SHA-256 of all that is on record of a study: a change of any of it changes them."""
    held = json.dumps([study, arms, known], sort_keys=True, default=str)
    return sha256(held.encode()).hexdigest()[:12]


def _facts(study: Row, names: Names) -> list[tuple[str, str]]:
    population = names.populations.get(study["population"]) or clean(study["population"])
    included = "; ".join(part for part in (population, clean(study["population_note"], 1000)) if part)
    facts = [
        *_cited(study, names),
        ("Design", clean(study["design"], 600) or NOT_RECORDED),
        ("Kind", clean(study["kind"], 60) or NOT_RECORDED),
        ("Condition", clean(study["condition"], 60).replace("-", " ") or NOT_RECORDED),
        ("Treatment", clean(study["treatment"], 60).replace("-", " ") or NOT_RECORDED),
        ("Who was included", included or NOT_RECORDED),
        ("Patients", f"{study['n_randomised']:,}" if study["n_randomised"] is not None else NOT_RECORDED),
        *_if_known(study, ("Patients analysed", "n_analysed"), ("Other counts", "n_other")),
        *_if_known(study, ("Weeks of follow-up", "follow_up"), ("Main outcome", "primary_outcome")),
        *_if_known(study, ("Responder rule", "responder_rule")),
        ("Patients without an outcome", clean(study["missing_rule"], 1000) or NOT_RECORDED),
        ("Events during treatment", clean(study["event_rule"], 1000) or NOT_RECORDED),
        ("Erratum or retraction", clean(study["erratum"], 1000) or "none known"),
        ("State of this record", RECORD_WORDS.get(study["confidence"], clean(study["confidence"], 60))),
        *_if_known(study, ("Read in", "checked_in")),
        ("Second check", clean(study["second_check"], 400) or "none yet"),
        ("Notes", clean(study["note"], 4000) or "none"),
    ]
    treated = study["kind"] in ("trial", "cohort")
    return [(name, said) for name, said in facts if treated or said != NOT_RECORDED]


def _arm(row: Row) -> dict[str, str]:
    return {
        "label": clean(row["label"], 200),
        "role": role_words(row),
        "treatment": clean(row["treatment"], 60).replace("-", " "),
        "patients": f"{row['n']:,} ({clean(row['n_confidence'], 20)})" if row["n"] is not None else "not known",
        "sessions": clean(row["sessions"], 200) or NOT_RECORDED,
        "weeks": clean(row["weeks"], 200) or NOT_RECORDED,
        "note": clean(row["note"], 1000),
    }


def _cited(study: Row, names: Names) -> list[tuple[str, str]]:
    report = names.study(study["report_of"]) if study["report_of"] else ""
    cited = _if_known(study, ("Cited for", "cited_for"), ("Cited in popular texts", "cited_in"))
    return [*cited, *([("Reports on", report)] if report else [])]


def _if_known(study: Row, *facts: tuple[str, str]) -> list[tuple[str, str]]:
    return [(name, clean(study[part], 1000)) for name, part in facts if study[part]]


def _rules(own: list[Row], arms: list[Row], names: Names) -> list[tuple[str, str, list[str]]]:
    """Every responder rule of the study: its name, its sentence, and what is doubtful about it."""
    rules: dict[str, tuple[str, str, list[str]]] = {}
    for row in own:
        known = row["definition"] in names.definitions
        sentence = names.rule_sentence(row) if known else "The study's rule is not one that Verum can compute."
        label = names.rule(row).rstrip(".")
        rules.setdefault(label, (label, sentence, []))[2].extend(_doubts(row, label, names))
    for row in own:
        rules[names.rule(row).rstrip(".")][2].extend(_pooled(row, arms))
    return [(label, sentence, list(dict.fromkeys(doubts))) for label, sentence, doubts in rules.values()]


def _doubts(row: Row, label: str, names: Names) -> list[str]:
    note, known = clean(row["definition_note"], 1000), names.definitions.get(row["definition"] or "")
    said = [note] if note and note.rstrip(".") != label else []
    if known and known["readings"]:
        said.append(
            f"Its readings, the first of which is counted at the cost of a grade: {clean(known['readings'], 1000)}."
        )
    if row["definition_confidence"] != "checked":
        said.append(f"How the study counted is {clean(row['definition_confidence'], 20)}: unverified, no verdict.")
    return said


def _pooled(row: Row, arms: list[Row]) -> list[str]:
    labels = {each["arm"]: clean(each["label"], 120) for each in arms}
    together = next((each["pools"] for each in arms if each["arm"] == row["arm"]), "")
    parts = [labels.get(each, clean(each, 80)).lower() for each in together.split(", ") if each]
    return [f"{labels[row['arm']]}: the authors put together {listed(parts)}."] if parts else []
