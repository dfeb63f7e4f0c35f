"""Hillside's contract and rows in formats that are not delimited text, and what reading them gives."""

import importlib
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.delivery_contract import DeliveryContract
from transforms.sources import Exports, RefusedDelivery


def exported(content: bytes, agreed: DeliveryContract) -> Exports:
    """The exports of a file with this content, by the reader of the contract's format."""
    with tempfile.TemporaryDirectory() as folder:
        path, scratch = Path(folder) / "file", Path(folder) / "scratch"
        path.write_bytes(content)
        scratch.mkdir()
        found = importlib.import_module(f"transforms.sources.{agreed.format}").read(path, agreed, scratch)
        assert isinstance(found, Exports)
        return replace(found, records=found.records.collect(engine="in-memory").clone().lazy())


def refusal(content: bytes, agreed: DeliveryContract) -> tuple[str, str]:
    """The rule and the explanation of a file that is refused."""
    with pytest.raises(RefusedDelivery) as refused:
        exported(content, agreed)
    return refused.value.rule, refused.value.explanation


def adds_up(found: Exports) -> bool:
    """Whether header, records, damaged and blank lines are all the lines there are, each counted once."""
    spans = sum(found.records.select("span").collect()["span"].to_list() + found.damaged["span"].to_list())
    lines = [*found.records.select("line").collect()["line"], *found.damaged["line"]]
    return bool(found.header + spans + found.blank == found.lines and len(set(lines)) == len(lines))
