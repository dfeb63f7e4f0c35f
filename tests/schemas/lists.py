"""The source lists that the registry was made from, as rows of text; they lie outside the repository."""

import csv
import re
from pathlib import Path

import pytest

from schemas import evidence, vocabulary

ROOT = Path(__file__).parents[2]
LISTS = ROOT.parent / "shared" / "evidence"
WORDS = vocabulary.load()
STUDIES = evidence.load(evidence.packaged(), WORDS)
BY_SOURCE = {study.source_id: study for study in STUDIES.values() if study.source_id}

needs_the_lists = pytest.mark.skipif(not LISTS.is_dir(), reason="../shared/evidence is not here")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one list; none where the lists are not here."""
    if not LISTS.is_dir():
        return []
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(text: str) -> set[str]:
    """The numbers in a text, without the commas of thousands."""
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text)))


def documents(text: str) -> tuple[str, ...]:
    """The file names in a cell that lists several."""
    return tuple(part.strip() for part in text.split(";") if part.strip())
