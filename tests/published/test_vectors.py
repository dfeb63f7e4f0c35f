"""Every reference case, from papers, R packages, closed forms and whole files: one test each, named by its id.

`VERUM_VECTORS` names another folder of the same shape: `VERUM_VECTORS=DIR make test-vectors`.
"""

import csv
import math
import os
from itertools import zip_longest
from typing import Any

import pytest

from tests.published import clinics, courses, models, patients, rates, whole_files
from tests.published.places import VECTORS, cases

METHODS = rates.METHODS | models.METHODS | clinics.METHODS | patients.METHODS | courses.METHODS | whole_files.METHODS

RELATIVE_ABOVE_ONE = 5e-6  # the index states absolute tolerances; larger figures are compared relatively

CASES = cases()

needs_vectors = pytest.mark.skipif(
    not CASES and "VERUM_VECTORS" not in os.environ, reason=f"no reference vectors at {VECTORS}"
)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_reference_case_is_reproduced(case: dict[str, Any]) -> None:
    assert case["method"] in METHODS, f"{case['topic']}: no adapter answers {case['method']!r}"
    found = METHODS[case["method"]](case["inputs"])
    assert differences(case["expected"], found, case["abs_tol"]) == []


@needs_vectors
def test_the_cases_that_are_run_are_those_of_the_index_each_once() -> None:
    with (VECTORS / "INDEX.csv").open(encoding="utf-8", newline="") as lines:
        indexed = [(row["topic"], row["id"], row["method"]) for row in csv.DictReader(lines)]
    assert indexed
    assert sorted((case["topic"], case["id"], case["method"]) for case in CASES) == sorted(indexed)


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
