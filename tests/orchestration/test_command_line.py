"""Words on the command line that lead nowhere: each is told what was found, what was expected, and what to do next."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.exit_codes import CONFIGURATION, DONE, SOME_REFUSED, USAGE
from orchestration.settings import Home
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import ALDER, alder_lines, write_small_network
from tests.orchestration.terminal import verum


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code, and what is said of what went wrong."""
    code = verum(*words)
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    "verb",
    [("run",), ("releases",), ("suites",), ("hold", "list"), ("hold", "log"), ("quarantine", "list", "abcd1234"),
     ("receipt", "abcd1234")],
    ids=" ".join,
)  # fmt: skip
def test_a_home_that_is_not_there_is_mistyped_and_nothing_is_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    code, told = said(capsys, *verb, "--home", str(tmp_path / "hoem"))
    assert (code, "hoem: found nothing; expected the folder of a home" in told) == (CONFIGURATION, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["run", "ui", "calibrate"])
def test_a_file_is_no_home(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    (tmp_path / "home").write_text("x", "utf-8")
    code, told = said(capsys, verb, "--home", str(tmp_path / "home"))
    assert (code, "found a file; expected" in told) == (CONFIGURATION, True)


@pytest.mark.parametrize("kind", ["folder", "link to nothing", "closed"])
@pytest.mark.parametrize("name", ["contracts/cedar.toml", "vocabulary/instruments.toml"])
def test_a_contract_or_a_word_that_cannot_be_read_is_named_and_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    write_small_network(tmp_path / "home")
    place = tmp_path / "home" / name
    place.parent.mkdir(exist_ok=True)
    if kind == "folder":
        place.mkdir()
    elif kind == "link to nothing":
        place.symlink_to(tmp_path / "nothing")
    elif os.getuid() == 0:
        place.symlink_to(place)  # root reads whatever is closed, but goes round in no circle
    else:
        place.touch(mode=0o000)
    with keyed(tmp_path / "key", KEY):
        code, told = said(capsys, "run", "--home", str(tmp_path / "home"))
    assert (code, place.name in told, "a file that this account may read" in told.replace("TOML ", "")) == (
        CONFIGURATION, True, True,
    )  # fmt: skip
    assert not Home(tmp_path / "home").current.exists()


def test_no_library_warns_of_anything_while_a_run_is_made(tmp_path: Path) -> None:
    """Some warn from threads of their own, where a warning is printed and can be no error."""
    write_small_network(tmp_path / "home")
    run = [sys.executable, "-W", "always", "-m", "orchestration.cli", "run", "--home", str(tmp_path / "home")]
    with keyed(tmp_path / "key", KEY):
        ended = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ended.returncode == SOME_REFUSED
    assert "Warning" not in ended.stderr


@pytest.mark.parametrize("option", ["--html", "--csv"])
def test_a_report_into_a_folder_that_is_not_there_is_refused_before_the_file_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    (tmp_path / "alder.toml").write_text(ALDER, "utf-8")
    (tmp_path / "export.csv").write_text(alder_lines(), "utf-8")
    check = ("check", str(tmp_path / "export.csv"), "--contract", str(tmp_path / "alder.toml"))
    code, told = said(capsys, *check, option, str(tmp_path / "no" / "report"))
    assert (code, "Make it first" in told) == (USAGE, True)
    assert said(capsys, *check, option, str(tmp_path / "report"))[0] == DONE
    assert (tmp_path / "report").is_file()
