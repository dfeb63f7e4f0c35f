"""Every reference case, from papers, R packages and closed forms: one test each, named by its id."""

import csv
import json
import math
import os
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from tests.published import clinics, models, patients, rates

METHODS = rates.METHODS | models.METHODS | clinics.METHODS | patients.METHODS

ROOT = Path(__file__).resolve().parents[2]
VECTORS = Path(os.environ.get("VERUM_VECTORS", ROOT.parent / "shared" / "vectors"))

RELATIVE_ABOVE_ONE = 5e-6  # the index states absolute tolerances; larger figures are compared relatively

# Topics that are rules of the pipeline rather than functions of numbers, and the tests that hold those rules.
ELSEWHERE = {
    "disclosure_control": "tests/transforms/test_disclosure.py",
    "episodes": "tests/transforms/test_episodes.py",
    "real_data_vickers2004": "tests/orchestration/test_replication.py",
    "responder_definition": "tests/transforms/test_responses.py",
    "visit_window": "tests/transforms/test_outcomes.py",
}
# Methods that are owed, and the issue that owes them.
LATER = {"pipeline": "issue 5: the whole path by a second implementation, on the end_to_end files"}


def _cases() -> list[dict[str, Any]]:
    topics = [json.loads(path.read_text("utf-8")) for path in sorted(VECTORS.glob("*.json"))]
    return [{"topic": topic["topic"], **case} for topic in topics for case in topic["cases"]]


CASES = _cases()
ASKED = [case for case in CASES if case["topic"] not in ELSEWHERE and case["method"] not in LATER]

needs_vectors = pytest.mark.skipif(
    not CASES and "VERUM_VECTORS" not in os.environ, reason=f"no reference vectors at {VECTORS}"
)


@pytest.mark.parametrize("case", ASKED, ids=[case["id"] for case in ASKED])
def test_a_reference_case_is_reproduced(case: dict[str, Any]) -> None:
    found = METHODS[case["method"]](case["inputs"])
    assert differences(case["expected"], found, case["abs_tol"]) == []


@needs_vectors
def test_every_case_of_the_index_is_covered_once() -> None:
    with (VECTORS / "INDEX.csv").open(encoding="utf-8", newline="") as lines:
        indexed = [(row["topic"], row["id"]) for row in csv.DictReader(lines)]
    elsewhere = [case for case in CASES if case["topic"] in ELSEWHERE]
    later = [case for case in CASES if case["topic"] not in ELSEWHERE and case["method"] in LATER]
    covered = [(case["topic"], case["id"]) for case in [*ASKED, *elsewhere, *later]]
    assert sorted(covered) == sorted(indexed)
    assert not set(METHODS) & set(LATER)


def test_the_tests_that_hold_the_other_topics_exist() -> None:
    assert [place for place in ELSEWHERE.values() if not (ROOT / place).is_file()] == []


def differences(expected: object, found: object, abs_tol: float, at: str = "") -> list[str]:
    """Where `found` departs from `expected`, as lines to read; keys that were not expected are let be."""
    match expected:
        case {"must_contain": list(wanted), "must_not_contain": list(unwanted)}:
            return _wording(wanted, unwanted, str(found).lower())
        case dict():
            assert isinstance(found, dict), f"{at}: {found!r}"
            pairs = [(f".{key}", value, found.get(key, "nothing")) for key, value in expected.items()]
        case list():
            assert isinstance(found, list | tuple), f"{at}: {found!r}"
            both = zip_longest(expected, found, fillvalue="nothing")
            pairs = [(f"[{place}]", *pair) for place, pair in enumerate(both)]
        case _:
            return [] if _same(expected, found, abs_tol) else [f"{at}: {found!r}, expected {expected!r}"]
    return [line for key, e, f in pairs for line in differences(e, f, abs_tol, at + key)]


def _wording(wanted: list[str], unwanted: list[str], text: str) -> list[str]:
    lacking = [f"lacks {words!r}" for words in wanted if words.lower() not in text]
    return lacking + [f"has {words!r}" for words in unwanted if words.lower() in text]


def _same(expected: object, found: object, abs_tol: float) -> bool:
    if isinstance(expected, bool) or expected is None:
        return found is expected
    if expected == "inf":
        return found == math.inf
    if isinstance(expected, int | float):
        return _close(float(expected), found, abs_tol)
    return found == expected


def _close(expected: float, found: object, abs_tol: float) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    allowed = max(abs_tol, RELATIVE_ABOVE_ONE * abs(expected) if abs(expected) > 1 else 0.0)
    return abs(found - expected) <= allowed


@pytest.mark.parametrize(
    ("expected", "found", "abs_tol", "count"),
    [
        ({"a": 2.0}, {"a": 2.0 + 5e-6, "b": 3}, 1e-7, 0),
        ({"a": 0.5}, {"a": 0.5 + 2e-7}, 1e-7, 1),
        ({"a": 0.5}, {}, 1.0, 1),
        ({"a": [1, 2]}, {"a": [1]}, 0, 1),
        ({"a": "inf"}, {"a": math.inf}, 0, 0),
        ({"a": "inf"}, {"a": 1e300}, 0, 1),
        ({"a": None}, {"a": 0}, 1.0, 1),
        ({"a": True}, {"a": 1}, 1.0, 1),
        ({"a": 1}, {"a": True}, 1.0, 1),
        ("responder", "responder", 0, 0),
    ],
)
def test_the_comparison_itself_can_fail(expected: object, found: object, abs_tol: float, count: int) -> None:
    assert len(differences(expected, found, abs_tol)) == count
