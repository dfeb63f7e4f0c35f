"""The benchmark compares before it times: the peers do the same work, and a difference is seen. Time is not judged."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from benchmarks import agreeing, measuring, report
from benchmarks.agreeing import Findings
from benchmarks.bench import bench
from benchmarks.contestants import CONTESTANTS, VERUM
from benchmarks.environments import CannotBeInstalled, interpreter
from benchmarks.measuring import Measured
from benchmarks.peers import job
from benchmarks.race import Lane
from benchmarks.report import Results
from benchmarks.workload import DATA_CUT, INSTRUMENTS, write_workload
from schemas.contract_reading import read_contract
from schemas.readings import REASON_IDS
from schemas.vocabulary import Vocabulary, load

ROWS = 100_000
PEERS = ("floor", "pipe", "polars_textbook", "duckdb_textbook")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    peers = [one for one in CONTESTANTS if one.name in PEERS]
    return bench(ROWS, 1, peers, tmp_path_factory.mktemp("bench"), only_race=True)


def test_verum_and_its_peers_come_to_the_same_counts(results: Results) -> None:
    assert {lane.name: lane.why_not for lane in results.lanes} == dict.fromkeys([VERUM, *PEERS], "")
    assert results.found.reasons == results.expected
    assert results.found.cells["responders"].sum() > 0
    assert results.identical


def test_everybody_who_agrees_gets_a_time(results: Results) -> None:
    printed = report.markdown(results)
    assert all(f"| {lane.title} | " in printed for lane in results.lanes)
    assert all(lane.typical is not None and lane.typical.peak > 0 for lane in results.lanes)
    assert json.loads(report.as_json(results))["identical"] is True


# ---- the work ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    write_workload(1_000, folder)
    return folder


@pytest.fixture(scope="module")
def words(home: Path) -> Vocabulary:
    return load(home / "vocabulary")


def test_the_peers_judge_by_the_rules_of_the_workloads_vocabulary(words: Vocabulary) -> None:
    ours = {code: name for code, name, _ in INSTRUMENTS}
    rules = {
        (one.id, rule.instrument, rule.kind, rule.threshold, one.non_evaluable == "counted")
        for one in words.definitions_for(tuple(sorted(ours.values())))
        for rule in one.rules
    }
    assert rules == {(r.definition, ours[r.code], r.kind, Decimal(r.threshold), r.counted) for r in job.RULES}


def test_the_peers_know_the_instruments_of_the_workload(words: Vocabulary) -> None:
    for (code, name, high), theirs in zip(INSTRUMENTS, job.INSTRUMENTS, strict=True):
        instrument = words.instruments[name]
        assert (code, high, instrument.scale) == (theirs.code, theirs.high, theirs.scale)
        assert (instrument.low, instrument.high) == (0, theirs.high)
        assert (instrument.better == "higher") == theirs.higher_is_better


def test_the_peers_read_by_the_contracts_of_the_workload(home: Path, words: Vocabulary) -> None:
    contract = read_contract(home / "contracts/c0001.toml", words)
    endpoint = words.endpoints[contract.endpoints[0]]
    assert (endpoint.low, endpoint.high) == job.FOLLOW_UP_DAYS
    assert contract.baseline_days == job.BASELINE_DAYS
    assert contract.plausible_days == job.PLAUSIBLE_DAYS
    assert contract.data_cut.on == DATA_CUT == job.DATA_CUT
    assert contract.patient_pattern == job.PATIENT
    assert set(contract.codes["sex"]) == set(job.SEXES)
    assert set(contract.codes["age_band"]) == set(job.AGE_BANDS)
    assert {*job.REASONS, *job.TOGETHER} <= set(REASON_IDS)


# ---- comparing ---------------------------------------------------------------------------------------------


def _found(responders: int = 3, lines: int = 2) -> Findings:
    cell = ("c0001", "2024-Q1", "odi-relative-30", 0, 9, 8, responders)
    return Findings(
        pl.DataFrame([("c0001", "duplicate", lines)], schema=agreeing.LINES, orient="row"),
        pl.DataFrame([cell], schema=agreeing.CELLS, orient="row"),
    )


def test_the_same_findings_do_not_differ() -> None:
    assert agreeing.difference(_found(), _found()) == ""


@pytest.mark.parametrize(("other", "what"), [(_found(responders=4), "counts"), (_found(lines=1), "lines set aside")])
def test_one_count_too_many_is_a_difference(other: Findings, what: str) -> None:
    assert agreeing.difference(_found(), other).startswith(f"{what}: 1 of 1 rows")


def test_a_peer_that_differs_gets_no_time() -> None:
    cost = Measured(1.0, 2.0, 3_000_000, 0)
    lanes = [Lane(VERUM, "verum run", [cost]), Lane("other", "Other", [cost], "differs in counts")]
    results = Results(10, 1.0, 1, 1, lanes, _found(), {"duplicate": 2})
    assert "| Other | differs in counts | | | | | |" in report.markdown(results)
    assert not results.identical


def test_medians_are_shown() -> None:
    lane = Lane("a", "A", [Measured(wall, wall * 2, int(wall), 0) for wall in (1.0, 9.0, 2.0)])
    assert lane.typical == Measured(2.0, 4.0, 2, 0)


# ---- measuring ---------------------------------------------------------------------------------------------

_BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
_LEAVES_A_CHILD = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {_BUSY!r}])\n"


@pytest.mark.parametrize("code", [_BUSY, _LEAVES_A_CHILD])
def test_the_cpu_of_what_a_command_leaves_behind_is_counted(code: str, tmp_path: Path) -> None:
    cost = measuring.measure([sys.executable, "-c", code], log=tmp_path / "log")
    assert cost.code == 0
    assert cost.cpu >= 0.3


def test_memory_of_a_whole_tree_is_seen(tmp_path: Path) -> None:
    held = (
        "import time\nheld = bytearray(60_000_000)\nfor at in range(0, len(held), 4096): held[at] = 1\ntime.sleep(1)\n"
    )
    begun = f"[subprocess.Popen([sys.executable, '-c', {held!r}]) for _ in range(2)]"
    two = f"import subprocess, sys\nfor one in {begun}: one.wait()\n"
    cost = measuring.measure([sys.executable, "-c", two], log=tmp_path / "log")
    assert cost.peak > 110_000_000


def test_a_command_that_fails_is_known_by_its_code(tmp_path: Path) -> None:
    assert measuring.measure([sys.executable, "-c", "raise SystemExit(7)"], log=tmp_path / "log").code == 7


def test_a_peer_whose_program_is_missing_is_skipped_with_a_word() -> None:
    with pytest.raises(CannotBeInstalled, match="no-such-program"):
        interpreter("spark", "no-such-program")


def test_every_peer_is_a_module_with_its_packages_at_hand() -> None:
    for one in CONTESTANTS:
        assert (measuring.ROOT / f"benchmarks/peers/{one.name}.py").is_file(), one
        assert (
            not one.environment or (measuring.ROOT / f"benchmarks/peers/requirements-{one.environment}.txt").is_file()
        )


def test_a_page_that_a_browser_draws_too_late_misses_its_bar() -> None:
    results = Results(10, 1.0, 1, 1, [], _found(), {"duplicate": 2}, waiting={"first": 1.4, "next": 0.31})
    printed = report.markdown(results)
    assert "to its last chart | 1.4 s | 1.5 |  | passed |" in printed
    assert "of the same visit | 0.31 s | 0.3 |  | missed |" in printed
