"""A run publishes a whole new release, or leaves the last one as it was; readers and other runs see no half."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import site
from orchestration import cli, pipeline, release
from orchestration.lock import AnotherRunIsActive
from orchestration.settings import ConfigurationError, Home
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import alder_lines, write_small_network


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a release, run once; every test changes a copy of its own."""
    place = tmp_path_factory.mktemp("ran")
    write_small_network(place / "home")
    with keyed(place / "key", KEY):
        pipeline.run(Home(place / "home"))
    return Home(place / "home")


@pytest.fixture
def home(ran: Home, tmp_path: Path) -> Iterator[Home]:
    shutil.copytree(ran.root, tmp_path / "home", symlinks=True)
    with keyed(tmp_path / "key", KEY):
        yield Home(tmp_path / "home")


def bytes_of(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def correct_alder(home: Home) -> None:
    (home.landing / "alder" / "alder-2026-11.csv").write_text(alder_lines(better=30), "utf-8")


def test_d_19_a_run_that_fails_while_the_site_is_drawn_leaves_the_last_release_byte_identical(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("the pen broke")

    before, last = bytes_of(home.current.resolve()), home.current.resolve()
    correct_alder(home)
    with monkeypatch.context() as patched:
        patched.setattr(site, "build", breaks)
        with pytest.raises(RuntimeError, match="the pen broke"):
            pipeline.run(home)

    assert home.current.resolve() == last
    assert bytes_of(last) == before
    assert pipeline.run(home).published


def test_a_corrected_file_makes_a_new_release_and_keeps_the_old_one(home: Home) -> None:
    last = home.current.resolve()
    before = bytes_of(last)
    correct_alder(home)

    assert pipeline.run(home).published
    assert home.current.resolve() != last
    assert bytes_of(last) == before


def test_a_flipped_byte_in_a_release_is_named(home: Home) -> None:
    now = release.current(home)
    assert now is not None
    assert release.broken_files(now) == []

    index = now.folder / "site" / "index.html"
    written = bytearray(index.read_bytes())
    written[100] ^= 1
    index.write_bytes(bytes(written))

    assert release.broken_files(now) == ["site/index.html"]


def test_a_reader_of_the_warehouse_does_not_stop_a_run_and_keeps_what_it_reads(home: Home) -> None:
    reader = f"""
import duckdb, sys
connection = duckdb.connect({str(home.warehouse)!r}, read_only=True)
print(connection.execute("SELECT count(*) FROM ledger").fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute("SELECT count(*) FROM ledger").fetchone()[0], flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", reader], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    first = process.stdout.readline()
    correct_alder(home)
    report = pipeline.run(home)
    second, _ = process.communicate("\n", timeout=60)

    assert report.published
    assert (first.strip(), second.strip()) == ("3", "3")


def test_a_second_run_at_the_same_time_leaves_with_75_and_names_the_first(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    correct_alder(home)
    with home.lock.open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AnotherRunIsActive, match="another run is active: process"):
            pipeline.run(home)
        monkeypatch.setattr("sys.argv", ["verum", "run", "--home", str(home.root)])
        with pytest.raises(SystemExit) as left:
            cli.main()

    assert left.value.code == cli.ACTIVE
    assert "another run is active" in capsys.readouterr().err


def test_the_same_bytes_under_another_name_change_nothing(home: Home) -> None:
    delivered = home.landing / "alder" / "alder-2026-10.csv"
    (home.landing / "alder" / "again.csv").write_bytes(delivered.read_bytes())

    report = pipeline.run(home)

    assert report.received == 0
    assert not report.published


def test_a_wrong_key_stops_a_run_before_anything_is_written(home: Home, tmp_path: Path) -> None:
    correct_alder(home)
    before = bytes_of(home.root)
    with keyed(tmp_path / "other-key", bytes(32 * [9])), pytest.raises(ConfigurationError, match="fingerprint differs"):
        pipeline.run(home)

    changed = {name for name, seal in bytes_of(home.root).items() if before.get(name) != seal}
    received = ("vault/", "ledger.jsonl", "arrivals.jsonl", ".lock", ".handover/")
    assert all(name.startswith(received) for name in changed), changed


def test_a_key_that_others_can_read_is_refused(home: Home, tmp_path: Path) -> None:
    correct_alder(home)
    (tmp_path / "key").chmod(0o644)

    with pytest.raises(ConfigurationError, match="can be read by others; run: chmod 600"):
        pipeline.run(home)
