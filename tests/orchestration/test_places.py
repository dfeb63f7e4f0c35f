"""One thing in the place of another, and errors of the disk: told in words that say where, what, and what to do."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from orchestration import cli, release
from orchestration.exit_codes import CONFIGURATION, DISK, SOME_REFUSED
from orchestration.settings import Home
from tests.orchestration.one_clinic import a_home
from tests.orchestration.small_network import write_small_network
from tests.orchestration.terminal import verum


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A home of two clinics after its first run."""
    write_small_network(tmp_path / "home")
    assert verum("run", "--home", str(tmp_path / "home")) == SOME_REFUSED
    return Home.at(tmp_path / "home")


PLACES = ["ledger", "arrivals", "decisions", "warehouse", "key_fingerprint", "last_look", "lock", "calibration",
          "settings"]  # fmt: skip


@pytest.mark.parametrize("verb", [["run"], ["hold", "list"]], ids=["run", "hold"])
@pytest.mark.parametrize("name", PLACES)
def test_a_folder_in_the_place_of_a_file_is_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, verb: list[str]
) -> None:
    place: Path = getattr(a_home(tmp_path), name)
    place.mkdir()
    assert verum(*verb, "--home", str(place.parent)) == CONFIGURATION
    said = capsys.readouterr().err
    assert f"{place}: found a folder; expected a file" in said
    assert "Move the folder away" in said
    assert list(place.parent.glob("releases/*")) == []


@pytest.mark.parametrize("name", ["vault", "readings", "results", "releases", "handover", "kept", "vocabulary"])
def test_a_file_in_the_place_of_a_folder_is_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    home = a_home(tmp_path)
    place: Path = getattr(home, name)
    if place.exists():
        place.rmdir()
    place.write_text("x", "utf-8")
    assert verum("run", "--home", str(home.root)) == CONFIGURATION
    assert f"{place}: found a file; expected a folder. Move the file away" in capsys.readouterr().err


def test_a_release_that_was_copied_to_where_the_link_was_is_not_written_over(
    small: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    now = release.current(small)
    assert now is not None
    small.current.unlink()
    shutil.copytree(now.folder, small.current)
    assert verum("run", "--home", str(small.root)) == CONFIGURATION
    assert f"{small.current}: found a folder; expected a link to one of the releases" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["readings/*/*/reading.json", "results/*/*.json", ".handover/sources.json"])
def test_a_folder_further_down_is_named_as_well(small: Home, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    now, place = release.current(small), next(small.root.glob(kind))
    place.unlink()
    place.mkdir()
    assert verum("run", "--home", str(small.root), "--force") == CONFIGURATION
    assert f"{place}: found a folder; expected a file" in capsys.readouterr().err
    assert release.current(small) == now


@pytest.mark.parametrize(
    ("number", "found", "code"),
    [
        (errno.EACCES, "no right to use it", DISK),
        (errno.ENOSPC, "no room left on its disk", DISK),
        (errno.EIO, "a disk that cannot give or take it", DISK),
        (errno.ELOOP, "what the disk cannot give or take", DISK),
        (errno.EISDIR, "a folder", CONFIGURATION),
        (errno.ENOTDIR, "a file in the place of one of the folders above it", CONFIGURATION),
    ],
)
def test_an_error_of_the_disk_is_told_in_words(
    capsys: pytest.CaptureFixture[str], number: int, found: str, code: int
) -> None:
    assert cli._explain(OSError(number, os.strerror(number), "/homes/one/results")) == code
    said = capsys.readouterr().err
    assert f"/homes/one/results: found {found}; expected " in said
    assert "Errno" not in said


def test_the_name_of_a_file_that_a_clinic_sent_is_not_in_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli._explain(OSError(errno.EIO, "x", "/homes/one/landing/birch/Ms Canary.csv")) == DISK
    said = capsys.readouterr().err
    assert ("/homes/one/landing: found" in said, "Canary" in said) == (True, False)
