"""The evidence registry on the command line: what is published, how sure we are, and what does not add up.

The files are loaded by `schemas.evidence`; what can be inferred from a printed figure is `transforms.published_rates`.
"""

import json
from collections.abc import Mapping

from orchestration.settings import ConfigurationError
from schemas import evidence, vocabulary
from schemas.study_rows import Study
from transforms.published_rates import published_rates


def tell(action: str, study: str | None, *, as_json: bool) -> str:
    """The text of `verum evidence list`, `show STUDY` or `check`; raises where a file does not hold together."""
    studies = evidence.load(evidence.packaged(), vocabulary.load())
    if study is not None and study not in studies:
        raise ConfigurationError(f"{study}: no study of that name; known: {', '.join(studies)}")
    if action == "show" and study is None:
        raise ConfigurationError("evidence show: name a study; `verum evidence list` lists them")
    chosen = {study: studies[study]} if study else studies
    rows = published_rates(evidence=chosen).to_dicts()
    if as_json:
        return json.dumps(rows, default=str, sort_keys=True)
    if action == "list":
        return "\n".join(
            f"{one.id:<20}{one.label:<28}{one.kind:<10}{len(one.results)} figure(s)" for one in chosen.values()
        )
    return _checked(chosen, rows) if action == "check" else _shown(chosen, rows)


def _shown(studies: Mapping[str, Study], rows: list[dict[str, object]]) -> str:
    said = [line for one in studies.values() for line in (one.citation, f"doi {one.doi}" if one.doi else "no DOI")]
    for row in rows:
        state = "may carry a verdict" if row["carries_verdict"] else f"no verdict: {row['why_not']}"
        size = f" of {row['n']}" if row["n"] else ""
        said.append(f"  {row['result']}: {row['printed']}%{size} ({row['grim']}); {row['confidence']}; {state}")
    return "\n".join(said)


def _checked(studies: Mapping[str, Study], rows: list[dict[str, object]]) -> str:
    flagged = [row for row in rows if row["grim"] == "not attainable"]
    said = [f"{len(studies)} studies, {len(rows)} percentages; every file holds together."]
    said += [
        f"  {row['study']}/{row['result']}: no whole number of {row['n']} patients gives {row['printed']}% "
        f"(nearest: {row['responders']})"
        for row in flagged
    ]
    return "\n".join(said)
