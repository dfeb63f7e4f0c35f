"""The JSON Schema of a study's file, for editors: from the dataclasses, the vocabulary and `evidence/README.md`.

`python -m schemas.evidence_schema` prints it; `make schema` keeps it in `evidence/schema.json`. It tells an editor
which keys and words there are; the loader in `schemas.evidence` decides, and knows rules that a schema cannot say.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from schemas import evidence, vocabulary
from schemas.study_rows import Study
from schemas.vocabulary import Vocabulary

Rule = dict[str, Any]

#: Keys whose word is an id of the vocabulary, by the vocabulary's part.
IDS = {
    "condition": "conditions", "treatment": "treatments", "population": "populations",
    "instrument": "instruments", "definition": "definitions", "endpoint": "endpoints",
}  # fmt: skip
#: Keys whose text has a form, as the loader's own patterns have it.
FORMS = {
    "printed": evidence.NUMBER, "low": evidence.NUMBER, "high": evidence.NUMBER, "sd": evidence.NUMBER,
    "se": evidence.NUMBER, "doi": evidence.DOI, "second_check": evidence.SECOND_CHECK,
}  # fmt: skip
TYPES: Mapping[type, Rule] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    str: {"type": "string"},
    date: {"type": "string", "format": "date"},
}


def schema() -> Rule:
    """The whole schema, JSON Schema 2020-12."""
    words = vocabulary.load()
    filled = ("id", *(field for field, _ in evidence.PARTS.values()))
    study = _table(Study, words, filled, _described("A study, key by key"))
    for key, (_, kind) in evidence.PARTS.items():
        rows = _table(kind, words, (), _described(f"`[[{key}]]`"))
        study["properties"][key] = {"type": "array", "items": rows}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A published study, one TOML file of the evidence",
        "$comment": "Generated from schemas/ by `make schema`; change it there.",
        **study,
    }


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _table(kind: type, words: Vocabulary, filled: tuple[str, ...], described: Mapping[str, str]) -> Rule:
    """A table of the file: every key that may be written, those without a default required, no other allowed."""
    hints, written = get_type_hints(kind), [field for field in fields(kind) if field.name not in filled]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [one.name for one in written if one.default is MISSING and one.default_factory is MISSING],
        "properties": {one.name: _key(one.name, hints[one.name], words, described) for one in written},
    }


def _key(name: str, hint: Any, words: Vocabulary, described: Mapping[str, str]) -> Rule:
    rule = dict(_typed(hint))
    if name in IDS:
        rule["enum"] = sorted(getattr(words, IDS[name]))
    if name in FORMS and rule == TYPES[str]:
        rule["pattern"] = f"^({FORMS[name].pattern})?$"
    return rule | ({"description": described[name]} if name in described else {})


def _typed(hint: Any) -> Rule:
    if get_origin(hint) in (Union, UnionType):
        hint = next(each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": TYPES[str]}
    return TYPES[hint]


def _described(section: str) -> dict[str, str]:
    """What `evidence/README.md` says of the keys of one section, from the rows of its table."""
    readme = (evidence.packaged() / "README.md").read_text("utf-8")
    part = readme.partition(f"\n## {section}")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for names, meaning in re.findall(r"^\| (`[^|]*`) \| (.+?) \|$", part, flags=re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            found.setdefault(name, meaning.replace("`", ""))
    return found


if __name__ == "__main__":
    sys.stdout.write(text())
