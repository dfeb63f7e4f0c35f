"""A small calibration through the whole pipeline: everything prescribed holds, and what is wrong would be seen."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from orchestration import cli, looking, pipeline
from orchestration.calibration import design, findings, homes, measures, running, stored
from orchestration.calibration.design import Clinic, Scale
from orchestration.calibration.drawing import draw
from orchestration.calibration.findings import Expectation, Finding, holds
from orchestration.settings import ConfigurationError, Home
from orchestration.warehouse import connect
from schemas.calibration import BASES, QUESTIONS, RELATIONS, Calibration
from schemas.contract import keep_promise
from schemas.vocabulary import load
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import write_small_network
from transforms.calibration import calibration

SEED = 5
#: The least that asks every question of clinics beside a study.
TINY = Scale("tiny", instruments=6, endpoints=("6-months",), alike=(), steady=0, sizes=(30, 500))
ENDPOINTS = [load().endpoints[name] for name in ("8-weeks", "6-months")]


# ---- the small one, as it is run with every change -----------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> running.Calibrated:
    return running.calibrate(networks=1, seed=SEED, scale=design.SMALL)


def test_everything_that_is_prescribed_holds(small: running.Calibrated) -> None:
    assert [one for one in small.findings if one.holds is False] == []
    assert small.holds


def test_every_question_is_asked_and_answered(small: running.Calibrated) -> None:
    assert {one.question for one in small.findings} == set(QUESTIONS)
    assert {one.basis for one in small.findings} == set(BASES)
    assert all(one.simulations > 0 for one in small.findings)
    assert {one.relation for one in small.findings} == set(RELATIONS)


def test_errors_at_the_margin_are_told_for_cohorts_from_10_to_500(small: running.Calibrated) -> None:
    told = {one.setting for one in small.findings if one.question == "wrongly inside"}
    assert {f"{size} patients" for size in (10, 20, 30, 50, 100, 200, 500)} <= told


def test_exact_bounds_always_hold_the_truth(small: running.Calibrated) -> None:
    bounds = [one for one in small.findings if (one.question, one.basis) == ("bounds", "exact")]
    assert len(bounds) == 4
    assert all(one.found == one.simulations for one in bounds)


def test_it_becomes_the_table_that_a_release_shows(small: running.Calibrated, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    running.report(home, small)
    table = keep_promise(Calibration, calibration(calibrated=stored.read(home)))
    assert table.height == len(small.findings)
    assert table.select("networks", "seed", "same_code").unique().rows() == [(1, SEED, True)]


# ---- what is wrong is seen ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walked() -> homes.Walked:
    with tempfile.TemporaryDirectory() as folder:
        clinics = [clinic for clinic in design.beside_a_study(TINY) if clinic.purpose != "rates"]
        return homes.walk(Path(folder), clinics, TINY, np.random.default_rng(SEED), study=True)


def failing(walked: homes.Walked) -> set[str]:
    """The questions of which at least one finding does not hold."""
    return {one.question for one in findings.judged(measures.beside_a_study(walked)) if one.holds is False}


def with_table(walked: homes.Walked, name: str, **changed: pl.Expr) -> homes.Walked:
    return replace(walked, tables=dict(walked.tables) | {name: walked.tables[name].with_columns(**changed)})


def test_nothing_fails_as_it_stands(walked: homes.Walked) -> None:
    assert failing(walked) == set()


def test_a_verdict_that_is_always_equivalent_is_seen(walked: homes.Walked) -> None:
    assert "wrongly inside" in failing(with_table(walked, "comparisons", robust_verdict=pl.lit("equivalent")))


def test_a_verdict_that_cannot_ever_tell_is_seen(walked: homes.Walked) -> None:
    assert "rightly beyond" in failing(with_table(walked, "comparisons", robust_verdict=pl.lit("inconclusive")))


def test_intervals_of_half_the_width_are_seen(walked: homes.Walked) -> None:
    half = (pl.col("rate_high") - pl.col("rate_low")) / 4
    narrow = {"rate_low": pl.col("rate_low") + half, "rate_high": pl.col("rate_high") - half}
    assert "interval" in failing(with_table(walked, "observed_rates", **narrow))


def test_one_responder_too_many_is_seen(walked: homes.Walked) -> None:
    counts = walked.network.counts.with_columns(pl.col("responders") + 1)
    exact = dict(walked.network.exact) | {"counts": counts}
    assert "counts" in failing(replace(walked, network=replace(walked.network, exact=exact)))


def test_a_duplicate_that_is_counted_is_seen(walked: homes.Walked) -> None:
    assert walked.duplicates > 0
    assert "lines" in failing(replace(walked, duplicates=walked.duplicates + 1))


# ---- bands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "of", "relation", "expected"),
    [
        (100, 100, "exactly", True),
        (99, 100, "exactly", False),
        (50, 1000, "at most", True),
        (68, 1000, "at most", True),  # as far above 5% as chance takes a thousand cases
        (90, 1000, "at most", False),
        (0, 1000, "at most", True),
        (25, 1000, "at least", False),
        (100, 1000, "at least", True),
        (50, 1000, "about", True),
        (20, 1000, "about", False),
        (90, 1000, "about", False),
    ],
)
def test_a_share_holds_unless_chance_would_hardly_give_it(found: int, of: int, relation: str, expected: bool) -> None:
    nominal = 1.0 if relation == "exactly" else 0.05
    assert holds(found, of, Expectation(relation, nominal, 0.0)) is expected


def test_what_is_only_reported_is_not_judged() -> None:
    assert holds(1, 2, Expectation("reported")) is None


def test_years_of_many_clinics_are_watched_together() -> None:
    tally = measures.Tally(alarms=[True, *[False] * 49])
    found = {one.setting: (one.found, one.simulations) for one in findings.judged(tally)}
    assert found == {"any of 10 clinics, a year": (1, 5), "any of 50 clinics, a year": (1, 1)}


# ---- what is drawn ------------------------------------------------------------------------------------------

LARGE = 40_000


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR", "MNAR"])
def test_rates_and_losses_are_those_asked_for(mechanism: design.Mechanism) -> None:
    clinic = Clinic("attrition", "study", LARGE, 0.45, mechanism=mechanism, lost=0.25, slope=0.3)
    truth = draw(clinic, 1, ENDPOINTS, np.random.default_rng(SEED)).truth[0, 1]
    assert truth.due == LARGE
    assert truth.would_respond / LARGE == pytest.approx(0.45, abs=0.01)
    assert truth.missing / LARGE == pytest.approx(0.25, abs=0.01)


def test_losses_by_outcome_flatter_a_clinic_and_losses_by_chance_do_not() -> None:
    seen = {}
    for mechanism in ("MCAR", "MNAR"):
        clinic = Clinic("attrition", "study", LARGE, 0.45, mechanism=mechanism, lost=0.25)  # type: ignore[arg-type]  # two of its words
        truth = draw(clinic, 1, ENDPOINTS, np.random.default_rng(SEED)).truth[0, 0]
        seen[mechanism] = truth.responders / (truth.responders + truth.non_responders)
    assert seen["MCAR"] == pytest.approx(0.45, abs=0.01)
    assert seen["MNAR"] > 0.50


def test_scores_say_of_each_patient_what_was_drawn() -> None:
    drawn = draw(Clinic("margin", "study", 2_000, 0.45), 2, ENDPOINTS, np.random.default_rng(SEED))
    improved = drawn.before[:, None, :] - drawn.after
    responds = 10 * improved >= 3 * drawn.before[:, None, :]
    assert drawn.after.min() >= 0
    assert drawn.after.max() <= 100
    assert {key: int(responds[key].sum()) for key in drawn.truth} == {
        key: truth.would_respond for key, truth in drawn.truth.items()
    }


def test_the_same_seed_draws_the_same_patients() -> None:
    first, again = (draw(Clinic("margin", "study", 50, 0.5), 1, ENDPOINTS, np.random.default_rng(7)) for _ in range(2))
    assert (first.after == again.after).all()
    assert first.truth == again.truth


# ---- the report and the command -----------------------------------------------------------------------------


def a_finding(**changed: object) -> Finding:
    known = Finding("bounds", "nobody lost", "exact", 9, 9, 1.0, 0.66, 1.0, "exactly", 1.0, 0.0, True)
    return replace(known, **changed)  # type: ignore[arg-type]  # fields by name


def test_a_report_of_other_code_says_so(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    running.report(home, running.Calibrated(1, SEED, 9, (a_finding(),)))
    written = json.loads(home.calibration.read_text("utf-8"))
    home.calibration.write_text(json.dumps(written | {"code": "another"}), "utf-8")
    assert [row["same_code"] for row in stored.read(home)] == [False]


def test_the_next_release_shows_the_report_and_a_new_one_calls_for_another_release(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    write_small_network(home.root)
    with keyed(tmp_path / "key", KEY):
        assert pipeline.run(home).published
        assert looking.nothing_new(home)
        running.report(home, running.Calibrated(1, SEED, 9, (a_finding(),)))
        assert not looking.nothing_new(home)
        assert pipeline.run(home).published
    connection = connect(home.current / "marts.duckdb", read_only=True)
    try:
        rows = connection.execute("SELECT question, found, seed, same_code FROM calibration").fetchall()
    finally:
        connection.close()
    assert rows == [("bounds", 9, SEED, True)]
    assert f"seed {SEED}" in (home.current / "site" / "calibration.html").read_text("utf-8")


@pytest.mark.parametrize("content", ["", "[]", '{"networks": 1}', "\xff"])
def test_a_broken_report_is_an_error_of_configuration(tmp_path: Path, content: str) -> None:
    home = Home.at(tmp_path / "home")
    home.prepare()
    home.calibration.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match="expected one of `verum calibrate`"):
        stored.read(home)


@pytest.mark.parametrize(("networks", "seed"), [(0, 1), (1, -1), (1, 2**31)])
def test_nothing_to_simulate_is_an_error_of_configuration(networks: int, seed: int) -> None:
    with pytest.raises(ConfigurationError, match="expected 1 or more"):
        running.calibrate(networks, seed)


@pytest.mark.parametrize(("is_so", "code"), [(True, cli.DONE), (False, cli.BLOCKED)])
def test_the_command_tells_every_finding_and_fails_where_one_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_so: bool, code: int
) -> None:
    made = running.Calibrated(3, SEED, 900, (a_finding(holds=is_so),))
    monkeypatch.setattr(running, "calibrate", lambda *_: made)
    told = CliRunner().invoke(cli.verum, ["calibrate", "--home", str(tmp_path / "home"), "--networks", "3"])
    assert told.exit_code == code
    assert ("DOES NOT HOLD" in told.output) is not is_so
    assert f"seed {SEED}" in told.output
    assert (tmp_path / "home" / "calibration.json").is_file()
