"""The evidence registry on the command line: what is published, how sure we are, and what does not add up.

The files are loaded by `schemas.evidence`; what can be inferred from a printed figure is `transforms.published_rates`,
what does not hold `transforms.forensics`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.settings import ConfigurationError
from schemas import evidence, vocabulary
from schemas.study_rows import Result, Study
from schemas.vocabulary import Vocabulary
from transforms.findings import findings
from transforms.forensics.examination import RULES
from transforms.forensics.finding import SEVERITIES
from transforms.published_rates import published_rates

Row = dict[str, Any]


def listed(*, as_json: bool) -> str:
    """A line per study: id, label, kind and how many figures it has; as JSON the published rates."""
    studies = evidence.load(evidence.packaged(), vocabulary.load())
    if as_json:
        return _as_json(published_rates(evidence=studies).to_dicts())
    return "\n".join(
        f"{one.id:<28}{one.label:<32}{one.kind:<11}{len(one.results)} figure(s)" for one in studies.values()
    )


def shown(study: str, *, as_json: bool) -> str:
    """One study: citation, figures with what may carry a verdict, findings; raises where there is no such study."""
    words = vocabulary.load()
    studies = evidence.load(evidence.packaged(), words)
    if study not in studies:
        raise ConfigurationError(f"{study}: no study of that name; known: {', '.join(studies)}")
    one = {study: studies[study]}
    rows, found = published_rates(evidence=one).to_dicts(), _found(studies, words, study)
    return _as_json({"rates": rows, "findings": found}) if as_json else "\n".join(_about(studies[study], rows, found))


def checked(folder: Path | None, *, as_json: bool) -> str:
    """Every finding about the studies of a folder, grouped by study, with counts by rule and by confidence.

    Raises `EvidenceError` at the first file that does not load, `ConfigurationError` where there is no study at all.
    """
    place, words = folder or evidence.packaged(), vocabulary.load()
    studies = evidence.load(place, words)
    if not studies:
        raise ConfigurationError(
            f"{place.name}: no study's file in this folder; expected files such as haake-2007.toml"
        )
    found = _found(studies, words)
    rules = Counter(row["rule"] for row in found)
    if as_json:
        figures = {"all": by_confidence(studies.values()), "founding": by_confidence(studies.values(), founding=True)}
        return _as_json({"studies": len(studies), "figures": figures, "findings": found, "rules": dict(rules)})
    return "\n".join([*_by_study(studies, found), "", *_counted(studies, rules)])


def by_confidence(studies: Iterable[Study], *, founding: bool = False) -> dict[str, int]:
    """How many figures there are of each confidence; an interval from a source of its own is one more.

    With `founding`, only those that came from the list of figures which this project was founded on.
    """
    known: list[tuple[str, str]] = []
    for study in studies:
        known += [(each.confidence, each.source_id) for each in study.baselines]
        known += [(each.confidence, each.source_id) for each in study.results]
        known += [(each.interval_confidence or "", each.interval_source_id) for each in _own_intervals(study)]
    return dict(sorted(Counter(confidence for confidence, source in known if source or not founding).items()))


def _own_intervals(study: Study) -> list[Result]:
    return [each for each in study.results if each.interval_source_id]


def _found(studies: Mapping[str, Study], words: Vocabulary, study: str | None = None) -> list[Row]:
    table = findings(evidence=studies, vocabulary=words)
    return [row for row in table.to_dicts() if study in {None, row["study"]}]


def _about(study: Study, rows: list[Row], found: list[Row]) -> list[str]:
    said = [study.citation, f"doi {study.doi}" if study.doi else "no DOI"]
    for row in rows:
        state = "may carry a verdict" if row["carries_verdict"] else f"no verdict: {row['why_not']}"
        size = f" of {row['n']}" if row["n"] else ""
        said.append(f"  {row['result']}: {row['printed']}%{size} ({row['grim']}); {row['confidence']}; {state}")
    return [*said, *_lines(found)]


def _by_study(studies: Mapping[str, Study], found: list[Row]) -> list[str]:
    said = []
    for study, rows in groupby(found, key=lambda row: str(row["study"])):
        said += [f"{study} ({studies[study].label})", *_lines(rows)]
    return said


def _lines(rows: Iterable[Row]) -> list[str]:
    """A line for each finding, the weightiest first; gaps, which say what nobody has done yet, share one."""
    listed = sorted(rows, key=lambda row: SEVERITIES.index(row["severity"]))
    gaps = [f"{row['rule']}{_place(row)}" for row in listed if row["severity"] == "gap"]
    said = [
        f"  {row['severity']:<14}{row['rule']}{_place(row)}: {row['found']} Expected: {row['expected']}"
        for row in listed
        if row["severity"] != "gap"
    ]
    return said + [f"  {'gap':<14}{', '.join(gaps)}"] * bool(gaps)


def _place(row: Row) -> str:
    where = row["result"] or row["arm"]
    return f" [{where}]" if where else ""


def _counted(studies: Mapping[str, Study], rules: Mapping[str, int]) -> list[str]:
    said = [f"{len(studies)} {'study' if len(studies) == 1 else 'studies'}; every file loads."]
    for name, founding in (("figures", False), ("of them from the list that Verum was founded on", True)):
        tally = by_confidence(studies.values(), founding=founding)
        words = ", ".join(f"{number} {word}" for word, number in tally.items()) or "none"
        said.append(f"  {sum(tally.values()):>4}  {name}: {words}")
    said.append("Findings by rule:")
    said += [f"  {rules.get(rule.id, 0):>4}  {rule.id}: {rule.sentence}" for rule in RULES]
    return said


def _as_json(value: object) -> str:
    return json.dumps(value, default=str, sort_keys=True)
