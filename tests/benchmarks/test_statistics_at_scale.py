"""The benchmark of the statistics walks the pipeline's own steps on a network that is what it says."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks import budgets, many_clinics
from orchestration.steps import STEPS
from schemas import evidence, vocabulary
from schemas.contract import keep_promise
from schemas.counts import Counts
from transforms.matching import plan

CLINICS = 30
WORDS = vocabulary.load(None)


@pytest.fixture(scope="module")
def counted() -> pl.DataFrame:
    return many_clinics.counts_of(CLINICS, plan(evidence.load(evidence.packaged(), WORDS), WORDS))


def test_the_network_has_eight_outcomes_and_forty_quarters_for_each_clinic(counted: pl.DataFrame) -> None:
    quarters = counted.filter(period_kind="quarter")
    assert quarters.height == CLINICS * 8 * 40
    assert quarters.select("definition", "endpoint").n_unique() == 8
    assert quarters["period"].n_unique() == 40


def test_the_counts_keep_the_promise_of_their_table(counted: pl.DataFrame) -> None:
    keep_promise(Counts, counted)


def test_quarters_add_up_to_years_and_years_to_all(counted: pl.DataFrame) -> None:
    everyone = counted.filter(population="everyone")
    sums = {kind: part["responders"].sum() for (kind,), part in everyone.group_by("period_kind")}
    assert len(set(sums.values())) == 1
    assert sums["all"] > CLINICS * 8 * 40


def test_every_step_that_is_walked_is_one_of_the_pipelines() -> None:
    assert set(many_clinics.WALKED) <= {step.name for step in STEPS}


def test_the_row_says_how_the_cost_is_shared_out(tmp_path: Path) -> None:
    side = budgets.statistics(tmp_path, CLINICS)
    assert side.what == "30 clinics x 8 outcomes x 40 periods, counts to comparisons"
    assert side.cost is not None
    assert side.cost.cpu > 0
    assert side.word.startswith("of it comparisons ")
    assert side.word.endswith("180 comparisons, 2,730 clinic variation rows")


def test_a_walk_that_breaks_shows_no_time(tmp_path: Path) -> None:
    side = budgets.statistics(tmp_path, -1)
    assert side.cost is None
    assert "many-clinics.log" in side.word
