"""No corruption of a sound file passes in silence: each is detected or harmless, twenty times each.

The whole table is written to `build/detection-matrix.md` and `.csv`; its summary is `docs/detection.md`.
"""

import csv
import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from orchestration.settings import Home
from schemas.delivery_contract import SEXES, DeliveryContract
from tests.faults.closing import CLOSING, SHAPE, closed
from tests.faults.corruptors import CORRUPTORS
from tests.faults.detection import Case, Outcome, judged, read_all
from tests.faults.sound_files import SHAPES, Sound, agreed, visits
from tests.orchestration.one_clinic import VOCABULARY, a_home
from transforms.holds import holds

SEEDS = range(20)
REPORT = Path(__file__).resolve().parents[2] / "build"
CONTRACTS = {shape: agreed(shape) for shape in SHAPES}
CLOSED_CONTRACTS = {shape: agreed(shape, closing_line=SHAPE) for shape in SHAPES}
Matrix = dict[str, list[tuple[str, Outcome]]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return a_home(tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def history(home: Home) -> dict[str, list[pl.DataFrame]]:
    """Three sound deliveries of each clinic, from before."""
    cases = [Case("before", SHAPES[shape](1000 + at).content, CONTRACTS[shape]) for shape in SHAPES for at in range(3)]
    rows = [found for _, found in read_all(home, cases)]
    return {shape: rows[3 * at : 3 * at + 3] for at, shape in enumerate(SHAPES)}


@pytest.fixture(scope="module")
def matrix(home: Home, history: dict[str, list[pl.DataFrame]]) -> Matrix:
    """For each corruptor, the shape and the outcome of each seed."""
    pairs = [_corrupted(name, seed) for name in CORRUPTORS for seed in SEEDS]
    names = [name for name in CORRUPTORS for _ in SEEDS]
    return _outcomes(
        home, history, names, [(sound, sound.content, bad, CONTRACTS[sound.shape]) for sound, bad in pairs]
    )


@pytest.fixture(scope="module")
def closing(home: Home, history: dict[str, list[pl.DataFrame]]) -> Matrix:
    """The same for what only a closing line can show."""
    cases = []
    for change in CLOSING.values():
        for seed in SEEDS:
            sound = SHAPES[list(SHAPES)[seed % len(SHAPES)]](seed)
            whole, contract = closed(sound), CLOSED_CONTRACTS[sound.shape]
            cases.append((sound, whole, change(whole, sound, random.Random(seed)), contract))
    return _outcomes(home, history, [name for name in CLOSING for _ in SEEDS], cases)


def _corrupted(name: str, seed: int) -> tuple[Sound, bytes]:
    """A sound file of the next shape that has something of the kind, and its bytes after corruption."""
    shapes = list(SHAPES)
    for at in range(len(shapes)):
        sound = SHAPES[shapes[(seed + at) % len(shapes)]](seed)
        content = CORRUPTORS[name](sound, random.Random(f"{name} {seed}"))
        if content is not None:
            return sound, content
    raise AssertionError(f"{name}: no shape has anything of the kind")


def _outcomes(
    home: Home,
    history: dict[str, list[pl.DataFrame]],
    names: list[str],
    cases: list[tuple[Sound, bytes, bytes, DeliveryContract]],
) -> Matrix:
    whole = [Case("sound", content, contract) for _, content, _, contract in cases]
    broken = [Case("corrupted", content, contract) for _, _, content, contract in cases]
    meant, found = read_all(home, whole), read_all(home, broken)
    matrix: Matrix = {}
    for name, (sound, _, _, contract), one, other in zip(names, cases, meant, found, strict=True):
        outcome = judged(one, other, contract, history[sound.shape])
        matrix.setdefault(name, []).append((sound.shape, outcome))
    return matrix


# ---- the sound files are what they were written from ------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_sound_file_gives_the_values_that_it_was_written_from(
    home: Home, history: dict[str, list[pl.DataFrame]], shape: str
) -> None:
    ((found, rows),) = read_all(home, [Case("sound", SHAPES[shape](7).content, CONTRACTS[shape])])
    meant = visits(7)
    assert (found.refusal, found.quarantined, found.balanced) == ("", 0, True)
    assert rows["patient"].n_unique() == len({one.code for one in meant})
    in_points = 100 if shape in ("long-semicolon", "visits-remarked") else 10
    pain = sorted(VOCABULARY.instruments).index("vas-pain" if in_points == 100 else "nrs-pain")
    kept = [one for one in meant if shape != "wide-tab" or (one.day != meant[1].day and not 20 < one.day < 40)]
    expected = sorted(round(one.pain * 10) if in_points == 100 else round(round(one.pain / 10, 1) * 10) for one in kept)
    assert sorted(rows.filter(pl.col("instrument") == pain)["score"].to_list()) == expected
    assert set(rows["sex"]) == {SEXES.index("female"), SEXES.index("male")}
    if shape != "wide-tab":
        assert sorted(rows["date"].unique()) == sorted({one.on for one in meant})
    assert holds(rows, contract=CONTRACTS[shape], vocabulary=VOCABULARY, earlier=history[shape]) == []


# ---- the matrix ------------------------------------------------------------------------------------------


def test_there_are_sixty_corruptors_at_least_and_all_were_tried_twenty_times(matrix: Matrix) -> None:
    assert len(matrix) >= 60
    assert {len(outcomes) for outcomes in matrix.values()} == {20}


@pytest.mark.parametrize("name", CORRUPTORS)
def test_no_corruption_passes_in_silence(matrix: Matrix, name: str) -> None:
    assert [(shape, one.by) for shape, one in matrix[name] if one.verdict == "silent"] == []


@pytest.mark.parametrize("name", CLOSING)
def test_a_closing_line_shows_what_nothing_else_can(closing: Matrix, name: str) -> None:
    assert {one.verdict for _, one in closing[name]} <= {"detected", "harmless"}
    assert sum(one.verdict == "detected" for _, one in closing[name]) >= 18


def test_the_whole_matrix_is_written_down(matrix: Matrix, closing: Matrix) -> None:
    REPORT.mkdir(exist_ok=True)
    rows = [
        (kind, name, at, shape, one.verdict, one.by)
        for kind, part in (("as it is", matrix), ("with a closing line", closing))
        for name, outcomes in part.items()
        for at, (shape, one) in enumerate(outcomes)
    ]
    with (REPORT / "detection-matrix.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("contract", "corruption", "seed", "file", "outcome", "by"), *rows])
    (REPORT / "detection-matrix.md").write_text(_page(matrix, closing), "utf-8")
    written = (REPORT / "detection-matrix.md").read_text("utf-8")
    assert written.count("\n| ") >= len(matrix) + len(closing)
    assert "| 0 |" in written


def _page(matrix: Matrix, closing: Matrix) -> str:
    """The table as Markdown: a line for each corruption, with the numbers of outcomes and by what they came."""
    parts = ["# Detection matrix\n"]
    for title, part in (("Files as they are", matrix), ("Files with a closing line", closing)):
        lines = ["| corruption | detected | harmless | silent | by |", "|---|---:|---:|---:|---|"]
        total: Counter[str] = Counter()
        for name, outcomes in part.items():
            verdicts = Counter(one.verdict for _, one in outcomes)
            total += verdicts
            by = Counter(one.by for _, one in outcomes if one.verdict != "harmless").most_common(3)
            said = "; ".join(f"{what} ({times})" for what, times in by)
            lines.append(f"| {name} | {_numbers(verdicts)} | {said} |")
        parts.append(f"## {title}\n\n" + "\n".join([*lines, f"| **all** | {_numbers(total)} | |"]) + "\n")
    return "\n".join(parts)


def _numbers(verdicts: Counter[str]) -> str:
    return " | ".join(str(verdicts[word]) for word in ("detected", "harmless", "silent"))
