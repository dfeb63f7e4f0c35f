"""`verum evidence`: what it lists, shows and checks, as text and as JSON, and how it ends."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from orchestration import cli, registry
from orchestration.cli import verum
from orchestration.settings import ConfigurationError
from schemas import evidence, vocabulary
from schemas.evidence import EvidenceError
from transforms.forensics.examination import RULES

STUDIES = evidence.load(evidence.packaged(), vocabulary.load())


def told(*words: str) -> Result:
    return CliRunner().invoke(verum, ["evidence", *words])


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The code with which the command line leaves, errors explained."""
    monkeypatch.setattr("sys.argv", ["verum", "evidence", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def test_check_ends_well_and_groups_what_it_found_by_study() -> None:
    done = told("check")
    assert done.exit_code == 0
    of_gerac = done.output.partition("\nhaake-2007 (GERAC 2007)\n")[2].partition("\nhenschke-2014")[0].splitlines()
    assert "  contradiction whole-patients [verum-6-months]: No whole number of 387 gives 47.6%." in "\n".join(of_gerac)
    assert of_gerac[-1].startswith("  gap           ")
    assert "second-check" in of_gerac[-1]


def test_check_counts_studies_figures_and_findings_by_rule() -> None:
    output = told("check").output
    assert f"{len(STUDIES)} studies; every file loads." in output
    lines = re.findall(r"^ +(\d+)  ([a-z-]+): ", output, flags=re.MULTILINE)
    counted = {rule: int(number) for number, rule in lines}
    assert {rule.id for rule in RULES} <= set(counted)
    assert counted["second-check"] == len(STUDIES)


def test_the_founding_figures_are_counted_by_confidence() -> None:
    tally = registry.by_confidence(STUDIES.values(), founding=True)
    assert tally == {"checked": 156, "recalled": 27}
    assert "183  of them from the list that Verum was founded on: 156 checked, 27 recalled" in told("check").output


def test_check_prints_json_with_every_finding() -> None:
    said: dict[str, Any] = json.loads(told("check", "--json").output)
    assert said["studies"] == len(STUDIES)
    assert sum(said["rules"].values()) == len(said["findings"])
    (one,) = [each for each in said["findings"] if each["finding"] == "haake-2007/conv-6-months/whole-patients"]
    assert (one["severity"], one["arm"]) == ("contradiction", "conv")
    assert said["figures"]["founding"] == {"checked": 156, "recalled": 27}


def test_a_folder_of_ones_own_is_checked(tmp_path: Path) -> None:
    shutil.copy(evidence.packaged() / "ukaudit-2024.toml", tmp_path)
    done = told("check", str(tmp_path))
    assert done.exit_code == 0
    assert "1 study; every file loads." in done.output
    assert "haake" not in done.output
    assert "No whole number of 51 gives 79%." in done.output


def test_a_file_that_does_not_load_is_an_error_of_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (evidence.packaged() / "ukaudit-2024.toml").read_text("utf-8")
    (tmp_path / "ukaudit-2024.toml").write_text(text.replace("pmid ", "pimd "), "utf-8")
    with pytest.raises(EvidenceError):
        registry.checked(tmp_path, as_json=False)
    assert exit_code(monkeypatch, "check", str(tmp_path)) == cli.CONFIGURATION
    assert "perhaps 'pmid'" in capsys.readouterr().err


def test_a_folder_without_a_study_is_an_error_of_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="no study's file"):
        registry.checked(tmp_path, as_json=False)
    assert exit_code(monkeypatch, "check", str(tmp_path)) == cli.CONFIGURATION


def test_a_folder_that_is_not_there_is_a_mistake_of_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code(monkeypatch, "check", "nowhere") == cli.USAGE


def test_a_record_that_cannot_be_imported_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.xml").write_text("<clinical_study/>", "utf-8")
    assert exit_code(monkeypatch, "import", str(tmp_path / "old.xml"), "--to", str(tmp_path)) == cli.BAD_INPUT
    assert "old.xml: found an XML record of the legacy API" in capsys.readouterr().err


def test_show_has_figures_and_findings_of_one_study() -> None:
    done = told("show", "haake-2007")
    assert done.exit_code == 0
    assert "  verum-6-months: 47.6% of 387 (not attainable); checked; may carry a verdict" in done.output
    assert "contradiction whole-patients" in done.output
    assert {row["study"] for row in json.loads(told("show", "haake-2007", "--json").output)["findings"]} == {
        "haake-2007"
    }


def test_show_names_the_studies_where_there_is_no_such_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="haake-2007"):
        registry.shown("haake-2008", as_json=False)
    assert exit_code(monkeypatch, "show", "haake-2008") == cli.CONFIGURATION


def test_without_a_word_the_studies_are_listed() -> None:
    assert told().output == told("list").output
    assert len(told("list").output.splitlines()) == len(STUDIES)
    assert len(json.loads(told("--json").output)) > 20


def test_every_word_of_the_command_takes_json() -> None:
    group = verum.commands["evidence"]
    assert isinstance(group, click.Group)
    assert set(group.commands) == {"list", "show", "check", "import"}
    assert all("--json" in {each for one in command.params for each in one.opts} for command in group.commands.values())
