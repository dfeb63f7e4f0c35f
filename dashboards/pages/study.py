"""One page per study: what it was, its arms, every figure with its place in the publication."""

from dashboards import sentences
from dashboards.benchmarks import Benchmark
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, role_words
from dashboards.pages.evidence import in_order, record
from dashboards.plain import clean, slug

NOT_RECORDED = "not recorded"


def pages(marts: Marts, stands: Release, found: list[Benchmark]) -> list[Page]:
    """A page for every study on record."""
    names, figures = Names(marts), in_order(marts)
    return [
        _page(
            study,
            stands,
            names=names,
            arms=[row for row in rows(marts.arms) if row["study"] == study["study"]],
            figures=[row for row in figures if row["study"] == study["study"]],
            found=[each for each in found if each.study == study["study"]],
        )
        for study in rows(marts.studies)
    ]


def _page(
    study: Row,
    stands: Release,
    *,
    names: Names,
    arms: list[Row],
    figures: list[Row],
    found: list[Benchmark],
) -> Page:
    label = names.study(study["study"])
    path = f"evidence/{slug(study['study'])}.html"
    html = fill(
        "study.html",
        stands,
        path=path,
        sentence=f"{sentences.study(label, figures)}.",
        label=label,
        citation=clean(study["citation"], 1000),
        doi=clean(study["doi"], 200),
        pmid=clean(study["pmid"], 40),
        facts=_facts(study, names),
        arms=[_arm(row) for row in arms],
        records=[record(row, names) for row in figures],
        rules=_rules(figures, names),
        views={f"r-{slug(each.result)}": f"o={each.key}&v=1" for each in found},
    )
    return Page(path, html)


def _facts(study: Row, names: Names) -> list[tuple[str, str]]:
    population = names.populations.get(study["population"]) or clean(study["population"])
    included = "; ".join(part for part in (population, clean(study["population_note"], 1000)) if part)
    return [
        ("Design", clean(study["design"], 600) or NOT_RECORDED),
        ("Kind", clean(study["kind"], 60) or NOT_RECORDED),
        ("Condition", clean(study["condition"], 60).replace("-", " ") or NOT_RECORDED),
        ("Treatment", clean(study["treatment"], 60).replace("-", " ") or NOT_RECORDED),
        ("Who was included", included or NOT_RECORDED),
        ("Patients", f"{study['n_randomised']:,}" if study["n_randomised"] is not None else NOT_RECORDED),
        ("Patients without an outcome", clean(study["missing_rule"], 1000) or NOT_RECORDED),
        ("Events during treatment", clean(study["event_rule"], 1000) or NOT_RECORDED),
        ("Erratum or retraction", clean(study["erratum"], 1000) or "none known"),
        ("State of this record", clean(study["confidence"], 60) or NOT_RECORDED),
        ("Second check", clean(study["second_check"], 400) or "none yet"),
        ("Notes", clean(study["note"], 4000) or "none"),
    ]


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


def _rules(own: list[Row], names: Names) -> list[tuple[str, str, str]]:
    rules: dict[str, tuple[str, str, str]] = {}
    for row in own:
        label, note = names.rule(row), clean(row["definition_note"], 1000)
        known = row["definition"] in names.definitions
        sentence = names.rule_sentence(row) if known else "The study's rule is not one that Verum can compute."
        rules.setdefault(label, (label, sentence, note if note != label else ""))
    return list(rules.values())
