"""Whatever bytes come, the reader and the loader of contracts end in a result or in their own words, never otherwise.

So many seconds each, by VERUM_FUZZ_SECONDS (10; half an hour in `make nightly`); each prints how many inputs it tried.
"""

import contextlib
import os
import random
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from orchestration.settings import Home
from schemas.contract_reading import contract_from, read_contract
from schemas.delivery_contract import ContractError
from tests.faults.closing import SHAPE
from tests.faults.detection import Case, read_all
from tests.faults.sound_files import COMMON, SHAPES, WRITTEN, agreed
from tests.orchestration.one_clinic import VOCABULARY, a_home

SECONDS = float(os.environ.get("VERUM_FUZZ_SECONDS", "10"))
#: Files that are read in one pass, and inputs of one round of hypothesis.
FILES_AT_ONCE, EXAMPLES = 25, 20
CONTRACTS = [agreed(shape) for shape in SHAPES] + [agreed("long-comma", closing_line=SHAPE)]
CONTRACTS += [agreed("wide-tab", encoding=name) for name in ("utf-16", "windows-1252", "mac-roman")]
SOUND = {shape: make(1).content[:2500] for shape, make in SHAPES.items()}
#: What a mutation puts in: signs that mean something to a reader, and any bytes.
SIGNS = [
    b"\n",
    b"\r",
    b"\r\n",
    b'"',
    b",",
    b";",
    b"\t",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1f",
    b"\xc3",
    b"END 3 ",
    b"",
]

Mutation = tuple[float, int, bytes]
MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(SIGNS) | st.binary(max_size=6)), max_size=8
)
FILE = st.tuples(
    st.sampled_from(range(len(CONTRACTS))),
    st.sampled_from(list(SOUND)) | st.binary(max_size=400),
    MUTATIONS,
)


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    """The bytes with pieces cut out and others put in."""
    for where, length, sign in mutations:
        at = int(where * len(content))
        content = content[:at] + sign + content[at + length :]
    return content


def for_a_while(check: Callable[[int], int]) -> int:
    """Runs rounds of a check until the time is over; how many inputs were tried."""
    until, tried, rounds = time.monotonic() + SECONDS, 0, random.SystemRandom().randrange(2**32)
    while time.monotonic() < until:
        tried += check(rounds)
        rounds += 1
    return tried


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def test_any_bytes_are_refused_or_every_line_has_one_fate(
    home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def a_round(number: int) -> int:
        tried = 0

        @seed(number)
        @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck), derandomize=False)
        @given(st.lists(FILE, min_size=FILES_AT_ONCE, max_size=FILES_AT_ONCE))
        def all_lines_add_up(files: list[tuple[int, str | bytes, list[Mutation]]]) -> None:
            nonlocal tried
            cases = [
                Case("file.csv", mutated(SOUND[one] if isinstance(one, str) else one, changes), CONTRACTS[contract])
                for contract, one, changes in files
            ]
            tried += len(cases)
            for found, rows in read_all(home, cases):
                assert found.header + found.accepted + found.quarantined + found.blank == found.lines
                assert min(found.header, found.accepted, found.quarantined, found.blank) >= 0
                assert rows["line"].n_unique() <= found.accepted
                assert bool(found.refusal) <= bool(found.explanation)
                assert not (found.refusal and rows.height)

        all_lines_add_up()
        return tried

    tried = for_a_while(a_round)
    with capsys.disabled():
        print(f"\nreader: {tried} files of any bytes in {SECONDS:g} s")  # noqa: T201 - what was tried is to be seen
    assert tried > 0


# ---- contracts ---------------------------------------------------------------------------------------------

KEYS = st.sampled_from([
    "clinic", "trial", "version", "format", "layout", "condition", "treatment", "label", "covers", "data_cut", "column",
    "expected_every_days", "keep_dates", "synthetic", "endpoints", "baseline_days", "plausible_days", "episodes",
    "patient_pattern", "started", "include", "file", "columns", "codes", "cohort", "measure", "redcap", "instrument",
    "encoding", "delimiter", "missing", "patient", "date", "visit", "items", "answers", "day", "form", "missing_when",
])  # fmt: skip
VALUES = st.recursive(
    st.booleans() | st.integers(-5, 400) | st.floats(allow_nan=True) | st.text(max_size=8)
    | st.sampled_from(["long", "closed", "utf-8", "nrs-pain", "(", "patient", "code"]) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | KEYS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
TOML = ["[", "]", "=", '"', "#", "\n", "{", "}", "'", "1", "nan", "2026-01-01", "\x00", "[[measure]]\n", "é", "..", "-"]


def written(shape: str) -> dict[str, Any]:
    return COMMON | WRITTEN[shape] | {"clinic": "fuzz"}


def test_a_contract_of_any_content_is_read_or_refused_in_its_own_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    examples = [path.read_text("utf-8") for path in sorted(Path("samples").glob("*.toml"))]
    examples += [block.split("```")[0] for block in Path("docs/contracts.md").read_text("utf-8").split("```toml\n")[1:]]
    assert tomllib.loads(examples[-1])

    def a_round(number: int) -> int:
        tried = 0

        @seed(number)
        @settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck), derandomize=False)
        @given(st.sampled_from(list(WRITTEN)), st.lists(KEYS, min_size=1, max_size=3), VALUES)
        def parsed(shape: str, keys: list[str], value: Any) -> None:
            nonlocal tried
            tried += 1
            table: dict[str, Any] = {
                key: dict(one) if isinstance(one, dict) else one for key, one in written(shape).items()
            }
            inside = table
            for key in keys[:-1]:
                inside = inside[key] if isinstance(inside.get(key), dict) else inside
            inside[keys[-1]] = value
            complained(lambda: contract_from(table, VOCABULARY, where="fuzz.toml", folder=tmp_path))

        @seed(number)
        @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck), derandomize=False)
        @given(
            st.sampled_from(examples), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.sampled_from(TOML)))
        )
        def as_text(text: str, changes: list[tuple[float, int, str]]) -> None:
            nonlocal tried
            tried += 1
            for where, length, sign in changes:
                at = int(where * len(text))
                text = text[:at] + sign + text[at + length :]
            with tempfile.NamedTemporaryFile(dir=tmp_path, suffix=".toml") as file:
                Path(file.name).write_text(text, "utf-8")
                complained(lambda: read_contract(Path(file.name), VOCABULARY))

        parsed()
        as_text()
        return tried

    tried = for_a_while(a_round)
    with capsys.disabled():
        print(f"\ncontracts: {tried} of any content in {SECONDS:g} s")  # noqa: T201 - what was tried is to be seen
    assert tried > 0


def complained(load: Callable[[], object]) -> None:
    """Loads, or is refused in words; anything else is a fault of ours."""
    with contextlib.suppress(ContractError):
        load()
