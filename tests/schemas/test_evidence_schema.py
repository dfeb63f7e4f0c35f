"""The JSON Schema of a study's file: as generated, valid itself, and in agreement with the loader."""

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas import evidence, vocabulary
from schemas.evidence_schema import schema, text
from schemas.study_rows import Result, Study

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which judges schemas, is not installed")

FILES = sorted(evidence.packaged().glob("*.toml"))
WORDS = vocabulary.load()


def as_json(value: Any) -> Any:
    """A TOML table as JSON has it: a date is a text."""
    return json.loads(json.dumps(value, default=date.isoformat))


def complaints(table: dict[str, Any]) -> list[str]:
    return [each.message for each in jsonschema.Draft202012Validator(schema()).iter_errors(as_json(table))]


def study(**more: Any) -> dict[str, Any]:
    known = {
        "label": "Nobody 2020", "citation": "Made up", "year": 2020, "kind": "trial", "confidence": "recalled",
        "condition": "chronic-low-back-pain", "treatment": "acupuncture", "population": "everyone",
    }  # fmt: skip
    return known | more


def test_the_schema_is_the_one_that_the_code_gives() -> None:
    written = (evidence.packaged() / "schema.json").read_text("utf-8")
    assert written == text(), "evidence/schema.json is out of date: run `make schema`"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_study_is_valid(path: Path) -> None:
    assert complaints(tomllib.loads(path.read_text("utf-8"))) == []


def test_every_key_of_a_study_is_in_the_schema_but_those_that_the_loader_fills_in() -> None:
    filled = {"id", *(field for field, _ in evidence.PARTS.values())}
    assert set(schema()["properties"]) == set(Study.__dataclass_fields__) - filled | set(evidence.PARTS)
    results = schema()["properties"]["result"]["items"]
    assert set(results["properties"]) == set(Result.__dataclass_fields__)
    assert set(results["required"]) >= {"id", "measure", "confidence"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (study(), ""),
        (study(lable="x"), "lable"),
        (study(kind="trail"), "trail"),
        (study(condition="back-ache"), "back-ache"),
        (study(year="2020"), "2020"),
        (study(doi="doi:10.1000/x"), "doi:10.1000/x"),
        ({"label": "x"}, "citation"),
        (study(result=[{"id": "a", "measure": "mean", "confidence": "checked", "printed": "47.6%"}]), "47.6%"),
        (study(result=[{"id": "a", "measure": "mean", "confidence": "checked", "endpoint": "6-weeks"}]), "6-weeks"),
    ],
)
def test_an_editor_complains_of_what_the_loader_would_refuse(table: dict[str, Any], said: str) -> None:
    found = complaints(table)
    assert any(said in each for each in found) if said else found == []


def test_an_editor_can_say_what_a_key_means() -> None:
    properties = schema()["properties"]
    assert properties["event_rule"]["description"]
    assert properties["result"]["items"]["properties"]["locator"]["description"]
