"""The auditor's suites: the sample's release keeps them all, and each is broken by its own fault and by no other.

Every fault is committed on a copy of the marts, and every table is judged whose verdict it can change: those that its
SQL names, and those with an expectation that reads one of them. A fault that goes unnoticed fails here.
"""

import json
import logging
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from orchestration import release
from orchestration.audit import IDENTIFIERS, expected
from orchestration.cli import BLOCKED, DONE, verum
from orchestration.expectations import Expected
from orchestration.release import Release
from orchestration.settings import ConfigurationError, Home
from schemas.tables import PUBLIC_TABLES
from tests.end_to_end.sample_home import sample_home

if TYPE_CHECKING:
    from orchestration.suites import Verdict

Shadow = Callable[[str], Release]

#: One value that stands for a patient's, as a text and as a number.
CANARY, CANARY_NUMBER = "CANARY-943-476-5919", 943476591

#: Faults with the same sentence are one test: they break the same thing in several tables or columns.
FAULTS = [list(same) for _, same in groupby(expected(), key=lambda one: one.sentence)]


@pytest.fixture(scope="module", autouse=True)
def suites() -> ModuleType:
    """Great Expectations takes seconds to import: every process collects these tests, and one of them runs them.

    It is there before any of them, for the command imports it too.
    """
    with warnings.catch_warnings():
        # It imports two modules of Python's own that Python has given up; not ours to mend.
        warnings.filterwarnings("ignore", "module 'sre_(constants|parse)' is deprecated", DeprecationWarning)
        return import_module("orchestration.suites")


@pytest.fixture(scope="module")
def home() -> Home:
    """The sample network, run once for all tests that only look."""
    return sample_home()


@pytest.fixture(scope="module")
def published(home: Home) -> Release:
    found = release.current(home)
    assert found is not None
    return found


@pytest.fixture
def shadow(published: Release, tmp_path: Path) -> Shadow:
    """Makes a copy of the release's marts on which SQL was run."""

    def broken_by(fault: str) -> Release:
        shutil.copy(published.folder / "marts.duckdb", tmp_path / "marts.duckdb")
        with duckdb.connect(str(tmp_path / "marts.duckdb")) as marts:
            for statement in fault.split(";"):
                marts.execute(statement).fetchall()
        return Release("shadow", tmp_path)

    return broken_by


@pytest.fixture(scope="module")
def ended(home: Home) -> subprocess.CompletedProcess[str]:
    """The command, run as people run it on the sample's release: every suite is asked, once."""
    command = [sys.executable, "-m", "orchestration.cli", "suites", "--json", "--home", str(home.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def judged(suites: ModuleType, ended: subprocess.CompletedProcess[str]) -> list["Verdict"]:
    """What every suite says of the sample's release."""
    return [suites.Verdict(**one) for one in json.loads(ended.stdout)]


def _not_passed(suites: ModuleType, judged: Release, *, fault: str = "") -> dict[tuple[str, str], str]:
    tables = _concerned(fault) if fault else tuple(PUBLIC_TABLES)
    return {(one.id, one.table): one.status for one in suites.judge(judged, tables) if one.status != "passed"}


def _concerned(fault: str) -> list[str]:
    """The tables whose verdicts a fault's SQL can change: no other table's rows are touched or read."""
    touched = {table for table in PUBLIC_TABLES if re.search(rf"\b{table}\b", fault)}
    words = re.compile(rf"\b({'|'.join(touched)})\b")
    return sorted(touched | {one.table for one in expected() if words.search(str(one.asked))})


# --- the suites -----------------------------------------------------------------------------------------------


def test_the_sample_release_keeps_every_expectation_and_stays_as_it_was(
    published: Release, judged: list["Verdict"]
) -> None:
    asked = [(one.id, one.table) for one in expected()]
    assert [(one.id, one.table) for one in judged] == [*asked, ("files_as_published", "the release")]
    assert [one for one in judged if one.status != "passed" or one.rows] == []
    assert release.broken_files(published) == []


#: Tables without a row in the first release of a home that was never calibrated.
EMPTY = {"calibration", "changes"}


@pytest.mark.parametrize("same", FAULTS, ids=lambda same: same[0].id)
def test_a_fault_makes_its_own_expectation_fail_and_no_other(
    suites: ModuleType, same: list[Expected], shadow: Shadow
) -> None:
    fault = ";".join(one.fault for one in same)
    verdicts = {(one.id, one.table): one for one in suites.judge(shadow(fault), _concerned(fault))}
    noticed = {key for key, one in verdicts.items() if one.status != "passed"}
    own = {(one.id, one.table) for one in same}
    # A fault in a row cannot be put into a table that the sample leaves empty.
    assert {(name, table) for name, table in own if table not in EMPTY} <= noticed <= own
    assert all(verdicts[key].status == "failed" and verdicts[key].rows > 0 for key in noticed)


def test_every_expectation_has_an_id_of_its_own_a_sentence_and_a_fault() -> None:
    assert len({(one.id, one.table) for one in expected()}) == len(expected())
    assert all(one.sentence.endswith(".") and one.fault for one in expected())
    assert {one.table for one in expected()} == set(PUBLIC_TABLES)


def test_an_auditor_reads_the_sentence_and_the_id_in_the_suite_itself(suites: ModuleType) -> None:
    for table in PUBLIC_TABLES:
        written = suites.suite(table).to_json_dict()["expectations"]
        asked = [(one.id, one.sentence) for one in expected() if one.table == table]
        assert [(one["meta"]["id"], one["notes"]) for one in written] == asked


def test_the_rows_that_break_an_expectation_are_counted(suites: ModuleType, shadow: Shadow) -> None:
    rows = "SELECT rowid FROM released_counts ORDER BY rowid LIMIT 1 OFFSET"
    values = {0: "0", 1: "1", 2: "5", 3: "7", 4: "9", 5: "10", 6: "12", 7: "15", 8: "NULL"}
    fault = ";".join(
        f"UPDATE released_counts SET left_out = {n} WHERE rowid = ({rows} {at})" for at, n in values.items()
    )
    found = {(one.id, one.table): one for one in suites.judge(shadow(fault), _concerned(fault))}
    assert found["no_small_count", "released_counts"].rows == 5  # 1, 5, 7, 9 and 12
    assert sum(one.status != "passed" for one in found.values()) == 1


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "dob", "birth_year", "name", "last_name", "nhs", "e_mail"])
def test_a_column_named_like_an_identifier_is_recognised(name: str) -> None:
    assert duckdb.execute("SELECT regexp_matches(lower(?), ?)", [name, IDENTIFIERS]).fetchall() == [(True,)]


@pytest.mark.parametrize("name", ["period", "printed", "pmid", "population", "renamed", "zipped", "description"])
def test_a_column_named_otherwise_is_not(name: str) -> None:
    assert duckdb.execute("SELECT regexp_matches(lower(?), ?)", [name, IDENTIFIERS]).fetchall() == [(False,)]


# --- what cannot be judged ------------------------------------------------------------------------------------


def test_a_table_that_is_not_there_is_an_error_and_never_a_pass(suites: ModuleType, shadow: Shadow) -> None:
    fault = "DROP TABLE rejections"
    judged = _not_passed(suites, shadow(fault), fault=fault)
    assert judged == {(one.id, one.table): "error" for one in expected() if one.table == "rejections"}


def test_an_expectation_that_cannot_be_asked_is_an_error_and_never_a_pass(suites: ModuleType, shadow: Shadow) -> None:
    fault = "ALTER TABLE deliveries DROP COLUMN balanced"
    judged = _not_passed(suites, shadow(fault), fault=fault)
    assert judged == {("lines_balance", "deliveries"): "error"}


def test_marts_that_are_not_there_are_errors(suites: ModuleType, tmp_path: Path) -> None:
    assert set(_not_passed(suites, Release("none", tmp_path)).values()) == {"error"}


# --- values ---------------------------------------------------------------------------------------------------

PLANTED = (
    f"UPDATE rejections SET delivery = '{CANARY}', source = '{CANARY}', reason = '{CANARY}'",
    f"UPDATE cohorts SET source = '{CANARY}', cohort = '{CANARY}'",
    f"UPDATE released_counts SET left_out = {CANARY_NUMBER}",
    f"UPDATE observed_rates SET rate_high = {CANARY_NUMBER} WHERE rate IS NOT NULL",
    f"UPDATE release_notes SET key = '{CANARY}'",
    f"UPDATE published_rates SET study = '{CANARY}', result = '{CANARY}', confidence = '{CANARY}'",
)
#: A text where a number is expected: the database's own error quotes it.
QUOTED = f"ALTER TABLE comparisons ALTER analysed TYPE VARCHAR; UPDATE comparisons SET analysed = '{CANARY}'"


def test_no_value_is_in_any_result_of_great_expectations(suites: ModuleType, shadow: Shadow) -> None:
    with suites.reading(shadow(";".join(PLANTED)).folder / "marts.duckdb") as marts:
        results = [suites.validated(marts, table) for table in _concerned(";".join(PLANTED))]
    said = json.dumps([one.to_json_dict() for one in results], default=str)
    assert said.count('"success": false') > len(PLANTED)
    assert CANARY not in said
    assert str(CANARY_NUMBER) not in said


def test_the_canary_would_be_seen_in_the_format_that_is_usual(
    suites: ModuleType, shadow: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "COUNTS_ONLY", {"result_format": "SUMMARY"})
    with suites.reading(shadow(";".join(PLANTED)).folder / "marts.duckdb") as marts:
        assert CANARY in json.dumps(suites.validated(marts, "cohorts").to_json_dict(), default=str)


def test_no_value_is_in_a_verdict_a_message_or_a_log(
    suites: ModuleType, shadow: Shadow, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault = ";".join((*PLANTED, QUOTED))
    verdicts = suites.judge(shadow(fault), _concerned(fault))
    assert {one.status for one in verdicts} == {"passed", "failed", "error"}
    shown = capfd.readouterr()
    for said in (repr(verdicts), suites.as_text(verdicts), shown.out, shown.err, caplog.text):
        assert CANARY not in said
        assert str(CANARY_NUMBER) not in said


# --- reading --------------------------------------------------------------------------------------------------


def test_rows_are_still_there_when_the_connection_was_handed_back(published: Release) -> None:
    engine = create_engine(f"verum_marts:///{published.folder / 'marts.duckdb'}")
    with engine.connect() as connection:
        result = connection.execute(
            text("SELECT key FROM release_notes WHERE key IN ('margin', 'synthetic') ORDER BY 1")
        )
    assert result.fetchall() == [("margin",), ("synthetic",)]
    engine.dispose()


@pytest.mark.parametrize(
    "forbidden",
    ["DELETE FROM cohorts", "SELECT * FROM read_text('{}')", "COPY cohorts TO '{}'", "ATTACH '{}' AS other"],
)
def test_nothing_can_be_written_and_no_other_file_be_read(forbidden: str, published: Release, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x", "utf-8")
    engine = create_engine(f"verum_marts:///{published.folder / 'marts.duckdb'}")
    with engine.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.execute(text(forbidden.format(tmp_path / "other")))
    engine.dispose()


# --- the command ----------------------------------------------------------------------------------------------


def _home_of(judged: Release, root: Path) -> Home:
    home = Home.at(root)
    folder = home.releases / "broken"
    folder.mkdir(parents=True)
    shutil.copy(judged.folder / "marts.duckdb", folder / "marts.duckdb")
    (folder / "release.json").write_text("{}", "utf-8")
    release._seal(folder)
    release.point_to(home, folder)
    return home


def _suites(home: Home) -> tuple[int, str]:
    found = CliRunner().invoke(verum, ["suites", "--home", str(home.root)])
    return found.exit_code, found.stdout


def test_the_command_ends_well_where_all_hold_and_prints_nothing_on_the_error_stream(
    ended: subprocess.CompletedProcess[str],
) -> None:
    assert (ended.returncode, ended.stderr) == (DONE, "")


def test_for_people_the_command_counts_what_holds(
    suites: ModuleType, home: Home, published: Release, judged: list["Verdict"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "judge", {published: judged[:-1]}.__getitem__)
    code, said = _suites(home)
    assert code == DONE
    held = len(expected()) + 1  # and the files
    assert f"{held} of {held} expectations hold" in said


def test_a_page_that_was_changed_after_it_was_published_is_noticed(
    suites: ModuleType, published: Release, tmp_path: Path
) -> None:
    assert suites.seal(published).status == "passed"
    changed = Release(published.id, shutil.copytree(published.folder, tmp_path / published.id))
    changed.index.write_text(changed.index.read_text("utf-8") + "<!-- changed -->", "utf-8")
    found = suites.seal(changed)
    assert (found.status, found.rows, found.blocks) == ("failed", 1, True)


@pytest.fixture
def commanded(
    suites: ModuleType, shadow: Shadow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], tuple[int, str]]:
    """How the command ends on the sample's release with a fault, and what it says.

    It judges the tables that the fault concerns; that it asks for every table is seen where it runs alone.
    """
    judge = suites.judge

    def command(fault: str) -> tuple[int, str]:
        monkeypatch.setattr(suites, "judge", lambda release: judge(release, _concerned(fault)))
        return _suites(_home_of(shadow(fault), tmp_path / "home"))

    return command


def test_the_command_ends_with_4_and_says_which_where_one_that_blocks_fails(
    commanded: Callable[[str], tuple[int, str]],
) -> None:
    code, said = commanded("UPDATE deliveries SET balanced = false")
    assert code == BLOCKED
    assert "deliveries: lines_balance, 19 row(s)" in said


def test_one_that_only_warns_is_told_and_does_not_stop(commanded: Callable[[str], tuple[int, str]]) -> None:
    code, said = commanded("UPDATE published_rates SET locator = '' WHERE carries_verdict")
    assert code == DONE
    assert "published_rates: figure_has_its_place" in said


def test_a_home_without_a_release_is_told_to_run_first(tmp_path: Path) -> None:
    found = CliRunner().invoke(verum, ["suites", "--home", str(tmp_path)])
    assert isinstance(found.exception, ConfigurationError)
