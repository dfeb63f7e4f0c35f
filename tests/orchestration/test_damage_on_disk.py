"""Damage on disk: what can be made anew is, what cannot stops the run with a sentence; nothing is lost in silence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from orchestration import cli, handover, journal, landing, ledger, looking, release, results, splitting, withdrawals
from orchestration.cli import verum
from orchestration.exit_codes import ACTIVE, CONFIGURATION, DISK, DONE, NOTHING_NEW, SOME_REFUSED
from orchestration.reading import Reader, stored
from orchestration.settings import Home
from orchestration.warehouse import Warehouse, WarehouseDamaged
from tests.orchestration import terminal
from tests.orchestration.lives import became, drop, lines_of
from tests.orchestration.one_clinic import GOOD, KEY, OTHER, VOCABULARY, a_home, contract, file_of, folder_of, read
from tests.orchestration.small_network import write_small_network


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


# ---- files that only grow ----------------------------------------------------------------------------------


def test_an_entry_that_a_killed_run_left_half_counts_for_nothing(tmp_path: Path) -> None:
    place = tmp_path / "ledger.jsonl"
    place.write_text('{"a": 1}\n{"a": 2, "na', "utf-8")
    journal.enter(place, [{"a": 3}])
    assert [one["a"] for one in journal.entries(place)] == [1, 3]


@pytest.mark.parametrize("damaged", ['["a": 1}', '{"a" 1}', "\x00\x00", '"a"'])
def test_an_entry_that_stood_whole_is_never_left_out_in_silence(tmp_path: Path, damaged: str) -> None:
    place = tmp_path / "ledger.jsonl"
    place.write_text(f'{{"a": 0}}\n{damaged}\n{{"a": 2}}\n', "utf-8")
    with pytest.raises(journal.Damaged, match=r"ledger\.jsonl, line 2: .* Put the file back from a backup"):
        journal.entries(place)


def test_a_ledger_whose_names_changed_stops_the_run(home: Home) -> None:
    drop(home, lines_of(range(9)))
    landing.receive(home)
    home.ledger.write_text(home.ledger.read_text("utf-8").replace('"sha256"', '"sha257"'), "utf-8")
    with pytest.raises(journal.Damaged, match="the ledger: found an entry without the names of one"):
        ledger.received(home)


def test_a_ledger_that_lost_an_entry_stops_the_run_and_says_which(home: Home) -> None:
    for number in range(1, 5):
        drop(home, f"patient,score\nA{number},2\n", f"{number}.csv")
        landing.receive(home)
    lines = home.ledger.read_text("utf-8").splitlines(keepends=True)
    home.ledger.write_text("".join([lines[0], *lines[2:]]), "utf-8")
    with pytest.raises(journal.Damaged, match="no entry with the sequence 2; expected each number from 1 to 4"):
        ledger.received(home)


@pytest.mark.parametrize("left", [0, 1])
def test_a_ledger_from_an_old_backup_stops_the_run_until_a_person_says_that_there_is_no_newer_one(
    home: Home, left: int
) -> None:
    for number in range(1, 4):
        drop(home, f"patient,score\nA{number},2\n", f"{number}.csv")
        landing.receive(home)
    before = ledger.received(home)
    home.ledger.write_text("".join(home.ledger.read_text("utf-8").splitlines(keepends=True)[:left]), "utf-8")
    with pytest.raises(journal.Damaged, match=rf"no entry of {3 - left} delivery\(ies\) that arrivals\.jsonl knows"):
        landing.take(home)
    if left == 0:
        return
    home.arrivals.unlink()
    assert [one.name for one in landing.take(home).new] == ["2.csv", "3.csv"]
    assert [one.sha256 for one in ledger.received(home)] == [one.sha256 for one in before]


def test_lost_marks_of_arrivals_cost_another_look_and_no_delivery(home: Home) -> None:
    drop(home, lines_of(range(9)))
    assert len(landing.receive(home)) == 1
    home.arrivals.write_text(home.arrivals.read_text("utf-8").replace('"mark"', '"murk"'), "utf-8")
    assert landing.receive(home) == []
    assert len(ledger.received(home)) == 1
    assert len(journal.entries(home.arrivals)) == 1


# ---- the vault ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [True, False])
def test_a_delivery_whose_bytes_changed_in_the_vault_is_not_read(home: Home, gone: bool) -> None:
    drop(home, file_of(GOOD, OTHER))
    (one,) = landing.receive(home)
    place = home.vault / one.sha256
    place.chmod(0o600)
    place.unlink() if gone else place.write_text(file_of(GOOD), "utf-8")
    with pytest.raises(splitting.ChangedInVault, match=f"vault/{one.sha256}, delivery {one.id} of hillside"):
        list(Reader(home, VOCABULARY, KEY).read([(one, contract())]))


def test_once_it_is_removed_the_vault_takes_it_anew_from_the_landing_folder(home: Home) -> None:
    drop(home, file_of(GOOD, OTHER))
    (one,) = landing.receive(home)
    (home.vault / one.sha256).unlink()
    landing.receive(home)
    assert [each["state"] for each in became(home)] == ["accepted"]


# ---- what can be made anew ---------------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["", "{", "[]", "{}", '{"rows_sha256": ""}', None])
def test_a_reading_that_is_not_whole_is_made_anew(home: Home, left: str | None) -> None:
    first = read(home, file_of(GOOD, OTHER))
    folder = folder_of(home, first)
    if left is None:
        (folder / "readings.parquet").unlink()
    else:
        (folder / "reading.json").write_text(left, "utf-8")
    assert stored(folder) is None
    (again,) = Reader(home, VOCABULARY, KEY).read([(ledger.received(home)[0], contract())])
    assert again == first == stored(folder)


@pytest.mark.parametrize("left", ["", "{", "[]", "{}", '{"a": 1}'])
def test_what_a_phase_left_or_a_run_had_seen_counts_as_absent_where_it_cannot_be_read(home: Home, left: str) -> None:
    handover.leave(home, "receive", {"seen": {"landing": "x"}})
    (home.root / ".handover" / "receive.json").write_text(left, "utf-8")
    home.last_look.write_text(left, "utf-8")
    assert handover.left(home, "receive") == {}
    assert not looking.nothing_new(home)


def test_what_was_found_of_a_delivery_is_judged_again_where_the_note_is_torn(home: Home) -> None:
    drop(home, lines_of(range(40)), "1.csv")
    drop(home, lines_of(range(40), month=2), "2.csv")
    landing.receive(home)
    before = became(home)
    notes = list(home.readings.glob("*/*/holds.json"))
    for note in notes:
        note.write_text("{", "utf-8")
    assert notes
    assert became(home) == before
    assert all(json.loads(note.read_text("utf-8"))["mark"] is not None for note in notes)


# ---- a release ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["nothing", "emptied", "as large as before"])
def test_a_release_that_lost_its_marts_is_published_again(tmp_path: Path, left: str) -> None:
    home = a_home(tmp_path)
    assert verum_ends("run", home) == DONE
    now = release.current(home)
    assert now is not None
    marts = now.folder / "marts.duckdb"
    size = marts.stat().st_size
    marts.unlink()
    if left != "nothing":
        marts.write_bytes(b"\xff" * (size if left == "as large as before" else 0))
    assert verum_ends("run", home, *(["--force"] if left == "as large as before" else [])) == DONE
    again = release.current(home)
    assert again is not None
    assert release.broken_files(again) == []
    assert (again.folder / "marts.duckdb").stat().st_size > 0


@pytest.mark.parametrize("emptied", [True, False])
def test_a_release_that_lost_its_day_is_listed_and_told_to_be_damaged(tmp_path: Path, emptied: bool) -> None:
    home = a_home(tmp_path)
    assert verum_ends("run", home) == DONE
    now = release.current(home)
    assert now is not None
    (now.folder / "release.json").write_text("" if emptied else "{", "utf-8")
    said = CliRunner().invoke(verum, ["releases", "--home", str(home.root)])
    assert (said.exit_code, now.id in said.stdout, "damaged" in said.stdout) == (DONE, True, emptied)


#: What may have become of a small file: nothing in it, JSON that says nothing, or nothing that is JSON. Further kinds
#: are tried on each reader alone, above.
TORN = [b"", b"{}", b"\xff\xfe\x00"]


@pytest.mark.parametrize("left", TORN)
def test_a_run_makes_every_small_file_anew_that_it_finds_damaged(small: Home, left: bytes) -> None:
    now, counts = release.current(small), _counts(small)
    places = [*small.readings.glob("*/*/*.json"), *small.results.glob("*/*.json"), *small.handover.glob("*.json"),
              *small.results.glob(".batches/*/batch.json"), *small.kept.glob("*.json"), small.arrivals]  # fmt: skip
    for place in places:
        place.write_bytes(left)
    (small.landing / "birch" / "more.csv").write_text("not what was agreed\n", "utf-8")
    assert verum_ends("run", small) == SOME_REFUSED
    assert _counts(small).equals(counts)
    assert now is not None
    assert release.broken_files(now) == []
    assert all(place.read_bytes() != left for place in places if place.exists())


def test_rows_in_a_batch_that_no_longer_says_whose_they_are_are_computed_anew(small: Home) -> None:
    (batch,) = small.results.glob(".batches/*/batch.json")
    whose = {place.parent.name: place.stem for place in small.results.glob("*/*.json")}
    inputs = {name: json.loads((small.results / name / f"{short}.json").read_text("utf-8"))["inputs"]
              for name, short in whose.items()}  # fmt: skip
    assert results.stored_beside(small, (), inputs) == set()
    batch.write_bytes(b"{}")
    assert results.stored_beside(small, (), inputs) == set(whose) == {"alder", "birch"}


def test_a_key_s_fingerprint_that_is_none_is_named(small: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for left in TORN:
        small.key_fingerprint.write_bytes(left)
        assert verum_ends("run", small, "--force") == CONFIGURATION
        assert "key-fingerprint: found no fingerprint; expected the eight hex digits" in capsys.readouterr().err


# ---- what people decided -----------------------------------------------------------------------------------


def test_a_decision_that_is_lost_stops_the_next_run(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert verum_ends("run", home) == DONE
    withdrawals.enter(home, "hillside", [7, 8], "withdraw", by="A. Steward", why="letter")
    assert verum_ends("run", home) in (DONE, NOTHING_NEW)
    whole = home.decisions.read_bytes()
    for left in (b"", whole[:-20], whole.splitlines(keepends=True)[0]):
        home.decisions.write_bytes(left)
        assert verum_ends("run", home, "--force") == DISK
    home.decisions.unlink()
    assert verum_ends("run", home, "--force") == DISK
    home.decisions.write_bytes(whole)
    assert verum_ends("run", home, "--force") in (DONE, NOTHING_NEW)


@pytest.mark.parametrize(("was", "became_"), [(b'"withdraw"', b'"withdrew"'), (b'"patient"', b'"patients"')])
def test_a_decision_that_nobody_here_wrote_stops_the_run(tmp_path: Path, was: bytes, became_: bytes) -> None:
    home = a_home(tmp_path)
    withdrawals.enter(home, "hillside", [7], "withdraw", by="A. Steward", why="letter")
    home.decisions.write_bytes(home.decisions.read_bytes().replace(was, became_))
    assert verum_ends("run", home) == DISK


def test_contracts_that_are_all_gone_publish_no_empty_network(tmp_path: Path) -> None:
    write_small_network(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    assert verum_ends("run", home) == SOME_REFUSED
    now = release.current(home)
    (home.contracts).rename(tmp_path / "contracts")
    assert verum_ends("run", home) == CONFIGURATION
    assert release.current(home) == now
    assert list(home.readings.glob("*/*/readings.parquet"))


def test_a_stray_file_among_readings_hinders_nobody(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    (home.readings / ".DS_Store").touch()
    assert verum_ends("run", home) == DONE


def test_what_a_killed_process_had_under_its_hands_is_cleared_by_the_next_run(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    left = [home.scratch / "tmpabc", home.root / ".examining-old", home.root / ".examining-now"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "utf-8.csv").write_text("a patient's line", "utf-8")
    os.utime(left[1], (0, 0))
    assert verum_ends("run", home) == DONE
    assert [folder.exists() for folder in left] == [False, False, True], "the last may be at work"


# ---- the warehouse -----------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A home of two clinics after its first run."""
    write_small_network(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    assert verum_ends("run", home) == SOME_REFUSED
    return home


@pytest.mark.parametrize("left", [0, 13_000], ids=["emptied", "cut"])
def test_a_warehouse_that_is_no_database_any_more_is_made_anew(small: Home, left: int) -> None:
    home = small
    counts = _counts(home)
    home.warehouse.write_bytes(home.warehouse.read_bytes()[:left])
    (home.landing / "birch" / "more.csv").write_text("not what was agreed\n", "utf-8")
    with pytest.raises(WarehouseDamaged, match="Run `verum run --force`: it is made anew"), Warehouse.reading(home):
        pytest.fail("opened")
    assert verum_ends("run", home) == SOME_REFUSED
    assert counts.height
    assert _counts(home).equals(counts)


#: DuckDB's pages, in each of which damage may lie; the first three are the head.
PAGE = 4096


def test_damage_anywhere_in_the_warehouse_is_called_damage_and_nothing_else(small: Home) -> None:
    whole, counts, found = small.warehouse.read_bytes(), _counts(small), set()
    for at in range(0, len(whole), PAGE):
        _damage(small, whole, at)
        try:
            assert _counts(small).equals(counts)
        except WarehouseDamaged:
            found.add(at)
    assert min(found) < 3 * PAGE < max(found)


def test_a_warehouse_with_a_damaged_page_is_made_anew_and_it_is_said(
    small: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    counts, whole = _counts(small), small.warehouse.read_bytes()
    _damage(small, whole, _a_page_that_a_run_reads(small, whole))
    (small.landing / "birch" / "more.csv").write_text("not what was agreed\n", "utf-8")
    assert verum_ends("run", small) == SOME_REFUSED
    assert "warehouse.duckdb: found damage; expected a whole database" in capsys.readouterr().out
    assert _counts(small).equals(counts)


def test_a_page_that_no_run_reads_is_made_anew_by_the_one_that_makes_everything_anew(small: Home) -> None:
    counts, whole = _counts(small), small.warehouse.read_bytes()
    small.warehouse.write_bytes(whole[: 3 * PAGE] + b"\xff" * (len(whole) - 3 * PAGE))
    with pytest.raises(WarehouseDamaged, match="Run `verum run --force`"):
        _counts(small)
    assert verum_ends("run", small, "--force") == NOTHING_NEW, "the same release stands"
    assert _counts(small).equals(counts)


def _damage(home: Home, whole: bytes, at: int) -> None:
    home.warehouse.write_bytes(whole[:at] + b"\xff" * PAGE + whole[at + PAGE :])


def _a_page_that_a_run_reads(home: Home, whole: bytes) -> int:
    """Where a page begins, past the head, that is read whatever a run is going to write."""
    for at in range(3 * PAGE, len(whole), PAGE):
        _damage(home, whole, at)
        try:
            with Warehouse.writing(home) as warehouse:
                warehouse.connection.execute("CREATE TABLE another (number INTEGER)")
        except WarehouseDamaged:
            return at
    raise AssertionError("no page is read")


def test_a_warehouse_that_was_emptied_is_something_new(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert verum_ends("run", home) == DONE
    home.warehouse.write_bytes(b"")
    assert verum_ends("run", home) == NOTHING_NEW, "the same release stands"
    with Warehouse.reading(home) as warehouse:
        assert warehouse.counts().is_empty()


def test_who_asks_while_a_run_writes_is_told_to_wait(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert verum_ends("run", home) == DONE
    with Warehouse.writing(home):
        asked = [sys.executable, "-m", "orchestration.cli", "hold", "list", "--home", str(home.root)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (said.returncode, "another run is writing to the warehouse" in said.stderr) == (ACTIVE, True)


def _counts(home: Home) -> pl.DataFrame:
    with Warehouse.reading(home) as warehouse:
        return warehouse.counts()


# ---- what ends a run ---------------------------------------------------------------------------------------


def verum_ends(verb: str, home: Home, *more: str) -> int:
    """The code with which a verb on this home leaves."""
    return terminal.verum(verb, "--home", str(home.root), *more)


@pytest.mark.parametrize("words", ["IO Error: Could not write all bytes: No space left on device", "Disk full"])
def test_a_full_disk_is_called_one_whoever_raised(capsys: pytest.CaptureFixture[str], words: str) -> None:
    error = RuntimeError("in the database")
    error.__cause__ = RuntimeError(words)
    assert cli._explain(error) == DISK
    assert "no room is left" in capsys.readouterr().err
