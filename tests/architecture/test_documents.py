"""The documents agree with the code: every key, rule and reason is there, and every example is accepted."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import evidence
from schemas.contract_reading import contract_from
from schemas.delivery_contract import ContractError
from schemas.dictionary import dictionary
from schemas.readings import REASON_IDS
from schemas.tables import TABLES
from schemas.vocabulary import load
from tests.architecture.sources import ROOT, modules

CONTRACTS = ROOT / "docs/contracts.md"

#: Each section of the document, and a contract in which a key that nobody knows stands in that section.
UNKNOWN: dict[str, dict[str, Any]] = {
    "Top level": {"zzzz": 1},
    "`[file]`": {"clinic": "a", "version": 1, "file": {"zzzz": 1}},
    "`[columns]`": {"clinic": "a", "columns": {"zzzz": "x"}},
    "`[codes]`": {"clinic": "a", "codes": {"zzzz": {}}},
    "`[[measure]]`": {"measure": [{"zzzz": 1}]},
    "`[redcap]`": {"clinic": "a", "columns": {}, "redcap": {"zzzz": 1}},
}
WHOLE = {
    "clinic": "a",
    "version": 1,
    "format": "delimited",
    "layout": "visits",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
}


@pytest.mark.parametrize("section", UNKNOWN)
def test_every_key_of_a_contract_is_documented(section: str) -> None:
    with pytest.raises(ContractError) as refused:
        contract_from(WHOLE | UNKNOWN[section], load(), where="test")
    listed = re.search(r"known keys: ([a-z_, ]+)", str(refused.value))
    assert listed, str(refused.value)
    assert set(_first_cells(section)) == set(listed[1].split(", "))


def test_every_reason_for_setting_a_line_aside_is_documented() -> None:
    assert _first_cells("Lines that are set aside") == list(REASON_IDS)


def test_every_rule_that_refuses_a_file_is_documented() -> None:
    calls = [node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    raised = [call.args[0] for call in calls if getattr(call.func, "id", "") == "RefusedDelivery"]
    entered = [word.value for call in calls for word in call.keywords if word.arg == "refusal"]
    rules = {rule.value for rule in raised + entered if isinstance(rule, ast.Constant) and rule.value}
    assert rules
    assert set(_first_cells("Files that are refused")) == rules


def _first_cells(section: str) -> list[str]:
    part = CONTRACTS.read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([a-z_]+)` \|", part, flags=re.MULTILINE)


def _examples() -> Iterator[tuple[str, str]]:
    """Every TOML block of the documents that begins with the name of its file: (name, text)."""
    for document in sorted((ROOT / "docs").glob("*.md")):
        for block in re.findall(r"^```toml\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            name = re.match(r"# (\S+\.toml)\n", block)
            assert name, f"{document.name}: an example that does not begin with the name of its file"
            yield name[1], block


def test_the_examples_of_the_documents_are_accepted(tmp_path: Path) -> None:
    """All examples together, as one home and one evidence folder: one may use the words of another."""
    examples = list(_examples())
    for name, text in examples:
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((place.read_text("utf-8") if place.exists() else "") + text, "utf-8")
    vocabulary = load(tmp_path / "vocabulary")
    for path in sorted((tmp_path / "contracts").glob("*.toml")):
        contract_from(tomllib.loads(path.read_text("utf-8")), vocabulary, where=path.name)
    assert evidence.load(tmp_path / "evidence", vocabulary)
    assert {name.split("/")[0] for name, _ in examples} == {"contracts", "vocabulary", "evidence"}


def test_the_study_that_is_walked_through_is_the_one_in_the_registry() -> None:
    written = "".join(text for name, text in _examples() if name == "evidence/prt-2022.toml")
    held = tomllib.loads((ROOT / "evidence/prt-2022.toml").read_text("utf-8"))
    for key, value in tomllib.loads(written).items():
        records = value if isinstance(value, list) else []
        assert all(record in held[key] for record in records)
        assert records or held[key] == value


def test_the_dictionary_is_the_one_that_the_schemas_give() -> None:
    written = (ROOT / "docs/dictionary.md").read_text("utf-8")
    assert written == dictionary() + "\n", "docs/dictionary.md is out of date: run `make dictionary`"


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_column_is_in_the_dictionary(table: str) -> None:
    section = dictionary().split(f"\n## {table}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == list(TABLES[table].columns())
