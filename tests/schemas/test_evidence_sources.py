"""Nothing of the source lists is lost or reworded into certainty, and no sentence of theirs is copied.

The lists lie outside the repository; without them these tests are skipped.
"""

import csv
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from schemas import evidence, vocabulary

ROOT = Path(__file__).parents[2]
LISTS = ROOT.parent / "shared" / "evidence"

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="../shared/evidence is not here")

WORDS = vocabulary.load()
STUDIES = evidence.load(evidence.packaged(), WORDS)
BY_SOURCE = {study.source_id: study for study in STUDIES.values() if study.source_id}
MEASURES = {
    "responder_percent": "responder-percent",
    "responder_percent_ci": "responder-percent",
    "responder_percent_min_of_arms": "lowest-of-arms",
    "responder_percent_max_of_arms": "highest-of-arms",
    "responder_percent_illustrative": "illustration",
    "responder_percent_if_missing_nonresponse": "missing-as-non-response",
    "responder_difference": "responder-difference",
    "responder_ratio": "responder-ratio",
    "adjusted_relative_risk": "adjusted-relative-risk",
}


def rows(name: str) -> list[dict[str, str]]:
    if not LISTS.is_dir():
        return []
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def responder_rows() -> list[dict[str, str]]:
    return [row for row in rows("outcomes") if row["measure"] in MEASURES]


def rows_of_our_studies(name: str) -> list[dict[str, str]]:
    return [row for row in rows(name) if row["study_id"] in BY_SOURCE]


def test_every_measure_about_responders_is_accounted_for() -> None:
    named = {row["measure"] for row in rows("outcomes") if "responder" in row["measure"]}
    assert named <= set(MEASURES)


@pytest.mark.parametrize("row", responder_rows(), ids=lambda row: row["outcome_id"])
def test_every_responder_row_is_here(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    as_interval = row["measure"].endswith("_ci")
    key = "interval_source_id" if as_interval else "source_id"
    (result,) = [each for each in study.results if getattr(each, key) == row["outcome_id"]]
    assert study.arm(result.arm).source_id == f"{row['study_id']}/{row['arm_id']}"
    assert result.measure == MEASURES[row["measure"]]
    assert Decimal(result.printed) == Decimal(row["value"])
    if row["ci_low"]:
        assert (result.low, result.high) == (row["ci_low"], row["ci_high"])
    if as_interval:
        assert result.interval_confidence == row["confidence"]
    else:
        assert (result.confidence, result.benchmark_ok) == (row["confidence"], row["benchmark_ok"])
        assert result.checked_in == row["checked_in"]


@pytest.mark.parametrize("row", responder_rows(), ids=lambda row: row["outcome_id"])
def test_every_count_of_a_responder_row_is_here(row: dict[str, str]) -> None:
    ids = {"source_id", "interval_source_id"}
    study = BY_SOURCE[row["study_id"]]
    (result,) = [each for each in study.results if row["outcome_id"] in {getattr(each, key) for key in ids}]
    if row["denominator"]:
        assert result.n == int(row["denominator"])
        assert result.n_confidence == ("recalled" if row["denominator_basis"] == "recalled" else "checked")
    if row["numerator"]:
        assert result.responders == int(row["numerator"])
        assert row["numerator_basis"].startswith(result.responders_basis)
    if row["p_value"]:
        assert row["p_value"] == result.p + (" (recalled)" if result.p_confidence == "recalled" else "")
    if "recalled" in row["definition"]:
        assert result.definition_confidence == "recalled"
    if row["value_basis"].startswith("derived"):
        assert result.value_basis.startswith("derived")


@pytest.mark.parametrize("row", rows_of_our_studies("arms"), ids=lambda row: f"{row['study_id']}/{row['arm_id']}")
def test_every_arm_of_these_studies_is_here(row: dict[str, str]) -> None:
    arms = {arm.source_id: arm for arm in BY_SOURCE[row["study_id"]].arms}
    arm = arms[f"{row['study_id']}/{row['arm_id']}"]
    assert (arm.n, arm.n_confidence) == (
        int(row["n_randomised"]) if row["n_randomised"] else None,
        row["n_randomised_confidence"] or None,
    )
    assert (arm.confidence, arm.checked_in) == (row["confidence"], row["checked_in"])


@pytest.mark.parametrize("row", rows_of_our_studies("studies"), ids=lambda row: row["study_id"])
def test_every_study_that_is_here_is_the_listed_one(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    assert (str(study.year), study.doi, study.pmid, study.pmcid) == (
        row["year"], row["doi"], row["pmid"], row["pmcid"],
    )  # fmt: skip
    assert (study.confidence, study.checked_in) == (row["confidence"], row["checked_in"])
    if study.kind == "trial":
        assert str(study.n_randomised or "") == row["n_randomised"]


BASELINES = [each for study in STUDIES.values() for each in study.baselines if each.source_id]


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda baseline: baseline.source_id)
def test_every_baseline_is_the_listed_one(baseline: evidence.Baseline) -> None:
    (row,) = [row for row in rows("outcomes") if row["outcome_id"] == baseline.source_id]
    assert (baseline.mean, baseline.sd) == (float(row["value"]), float(row["sd"]) if row["sd"] else None)
    assert row["instrument_id"] in WORDS.instruments[baseline.instrument].also_known_as
    assert (baseline.confidence, baseline.checked_in) == (row["confidence"], row["checked_in"])


def test_every_listed_baseline_of_these_studies_is_here() -> None:
    listed = [row for row in rows_of_our_studies("outcomes") if row["measure"] == "baseline_mean"]
    assert {row["outcome_id"] for row in listed} <= {baseline.source_id for baseline in BASELINES}
    assert len(listed) > 8


@pytest.mark.parametrize("row", rows("instruments"), ids=lambda row: row["instrument_id"])
def test_every_instrument_row_is_here(row: dict[str, str]) -> None:
    if row["instrument_id"] == "gerac_composite":
        assert "gerac-response" in WORDS.definitions
        return
    (found,) = [each for each in WORDS.instruments.values() if row["instrument_id"] in each.also_known_as]
    assert found.confidence == row["confidence"]
    assert found.better == ("depends" if row["better_direction"] == "depends on coding" else row["better_direction"])
    for end, key in ((found.low, "range_min"), (found.high, "range_max")):
        assert end == number(row[key])
    assert found.items == number(row["items"])
    if number(row["mic_percent"]) is not None:
        assert found.mic_percent == number(row["mic_percent"])
    if number(row["mic_absolute"]) is not None:
        assert found.mic_absolute == number(row["mic_absolute"])


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            # A citation and an instrument's name are facts and have to be the same words.
            yield from () if key in ("citation", "full_name") else texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[n : n + length]) for n in range(len(words) - length + 1)}


def test_no_run_of_eight_words_is_copied() -> None:
    theirs = {
        run
        for name in ("studies", "arms", "outcomes", "claims", "instruments")
        for row in rows(name)
        for key, text in row.items()
        if key != "citation"
        for run in runs(text or "")
    }
    ours = [*evidence.packaged().glob("*.toml"), *(ROOT / "schemas").glob("*.toml")]
    assert len(theirs) > 1000
    for path in ours:
        for text in texts_of(tomllib.loads(path.read_text(encoding="utf-8"))):
            assert not runs(text) & theirs, f"{path.name}: {text}"
