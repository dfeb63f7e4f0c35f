"""Counts that a record gives in words of ours, in two fixed forms: `1802 randomised`, and `47% for 226 of 495`.

What is a figure of its own belongs into a `[[result]]`; these are asides, and are held against the rest all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.study_rows import Study

_SENTENCE = re.compile(r"[^.;]+(?:\.\d[^.;]*)*")
_RANDOMISED = re.compile(r"\b(\d[\d,]*) (?:patients )?(?:were )?randomised\b")
_SHARE = re.compile(r"\b(\d+(?:\.\d+)?)% for (\d[\d,]*) of (\d[\d,]*\d|\d)\b")


@dataclass(frozen=True)
class Aside:
    """A share and the counts that a source prints beside it."""

    printed: str
    count: int
    of: int


def randomised(study: Study) -> Iterator[tuple[int, str]]:
    """How many were randomised by other counts, each with the clause of `n_other` that says whose count it is."""
    for clause in _SENTENCE.findall(study.n_other):
        for number in _RANDOMISED.findall(clause):
            yield _whole(number), clause.strip()


def shares(study: Study) -> Iterator[Aside]:
    """Shares with their counts in the record's notes."""
    for words in (study.note, study.n_other, study.population_note):
        for printed, count, of in _SHARE.findall(words):
            yield Aside(printed, _whole(count), _whole(of))


def _whole(written: str) -> int:
    return int(written.replace(",", ""))
