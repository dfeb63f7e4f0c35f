"""The same bytes under another name: without effect, unless they were refused for the name before (B03, B05, B12)."""

import json
import shutil
from pathlib import Path

import pytest

from orchestration import cli
from orchestration.fates import read_active
from orchestration.landing import receive, take
from orchestration.ledger import namings, received
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.end_to_end.sample_home import keyed
from tests.orchestration.lives import became, drop, lines_of, states
from tests.orchestration.one_clinic import KEY, VOCABULARY, a_home, contract
from tests.orchestration.small_network import write_small_network
from tests.orchestration.terminal import verum

OCTOBER, CORRECTED = lines_of(range(100)), lines_of(range(100), more=1)
DATED = contract(data_cut={"name": "export_{date}.csv"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def renamed(home: Home, before: str, after: str) -> None:
    """What a clinic does when it is told to rename a file: the file itself has another name, and nothing else."""
    folder = home.landing / "hillside"
    (folder / before).rename(folder / after)
    receive(home)


def refusals(home: Home, agreed: DeliveryContract | None = None) -> list[tuple[str, str]]:
    return [(one["state"], one["refusal"]) for one in became(home, agreed)]


def test_a_file_refused_for_signs_that_hide_is_read_once_it_is_renamed(home: Home) -> None:
    drop(home, OCTOBER, "zero\u200bwidth.csv")
    receive(home)
    assert refusals(home) == [("rejected", "file_name")]
    renamed(home, "zero\u200bwidth.csv", "october.csv")
    assert refusals(home) == [("accepted", "")]
    assert became(home)[0]["name"] == "october.csv"


@pytest.mark.parametrize("named", ["october.csv", "export_2026-02-30.csv"])
def test_a_file_whose_name_gives_no_data_cut_is_read_once_its_name_does(home: Home, named: str) -> None:
    drop(home, OCTOBER, named)
    receive(home)
    assert refusals(home, DATED) == [("rejected", "data_cut")]
    renamed(home, named, "export_2026-10-31.csv")
    assert refusals(home, DATED) == [("accepted", "")]
    assert str(became(home, DATED)[0]["data_to"]) == "2026-10-31"


def test_a_second_name_that_is_no_better_leaves_the_file_refused_once(home: Home) -> None:
    drop(home, OCTOBER, "october.csv")
    receive(home)
    renamed(home, "october.csv", "really october.csv")
    assert refusals(home, DATED) == [("rejected", "data_cut")]


def test_an_older_version_takes_its_place_once_its_name_has_a_later_version(home: Home) -> None:
    assert states(home, ("oct_v2.csv", CORRECTED), ("oct_v1.csv", OCTOBER)) == ["accepted", "rejected"]
    renamed(home, "oct_v1.csv", "oct_v3.csv")
    assert refusals(home) == [("superseded", ""), ("accepted", "")]


def test_an_older_day_takes_its_place_once_its_name_gives_a_later_day(home: Home) -> None:
    files = ("export_2026-10-31.csv", CORRECTED), ("export_2026-09-30.csv", OCTOBER)
    assert states(home, *files, agreed=DATED) == ["accepted", "rejected"]
    renamed(home, "export_2026-09-30.csv", "export_2026-11-30.csv")
    assert refusals(home, DATED) == [("superseded", ""), ("accepted", "")]
    assert [str(one["data_to"]) for one in became(home, DATED)] == ["2026-10-31", "2026-11-30"]


def test_a_delivery_that_counted_keeps_its_name_and_its_place(home: Home) -> None:
    files = ("oct_v1.csv", OCTOBER), ("oct_v2.csv", CORRECTED)
    assert states(home, *files) == ["superseded", "accepted"]
    before = became(home)
    renamed(home, "oct_v1.csv", "oct_v3.csv")
    assert became(home) == before


def test_a_file_in_a_folder_without_a_contract_is_told_once_whatever_it_is_called(home: Home) -> None:
    for name in ("zero\u200bwidth.csv", "october.csv"):
        drop(home, OCTOBER, name)
        receive(home)
    _, (fate,) = read_active(Reader(home, VOCABULARY, KEY), {}, namings(home))
    assert (fate["refusal"], fate["name"]) == ("no_contract", "october.csv")


def test_names_are_entered_once_and_numbered_on(home: Home) -> None:
    for name in ("a.csv", "b.csv", "a.csv", "b.csv"):
        drop(home, OCTOBER, name)
        receive(home)
    drop(home, CORRECTED, "c.csv")
    receive(home)
    assert [(one.name, one.sequence) for one in namings(home)] == [("a.csv", 1), ("b.csv", 2), ("c.csv", 3)]
    assert [one.name for one in received(home)] == ["a.csv", "c.csv"]


def test_two_runs_later_nothing_of_it_is_looked_at_again(home: Home) -> None:
    drop(home, OCTOBER, "a.csv")
    receive(home)
    renamed(home, "a.csv", "b.csv")
    taken = take(home)
    assert (taken.new, taken.again) == ((), ())


def test_a_home_that_was_rebuilt_from_its_ledger_reads_the_same(home: Home) -> None:
    drop(home, OCTOBER, "october.csv")
    receive(home)
    renamed(home, "october.csv", "export_2026-10-31.csv")
    _, before = read_active(Reader(home, VOCABULARY, KEY), {"hillside": DATED}, namings(home))
    for folder in (home.readings / "hillside").iterdir():
        (folder / "reading.json").unlink()
    assert became(home, DATED) == before


def test_a_run_tells_that_the_file_came_before_and_its_receipt_is_of_the_name_that_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_network(tmp_path / "home")
    home, at = Home(tmp_path / "home"), ["--home", str(tmp_path / "home")]
    dated = (home.contracts / "birch.toml").read_text("utf-8").replace('"2026-10-31"', '{ name = "birch_{date}.csv" }')
    (home.contracts / "birch.toml").write_text(dated, "utf-8")
    shutil.rmtree(home.landing / "cedar")
    with keyed(tmp_path / "key", KEY):
        assert verum("run", *at) == cli.SOME_REFUSED
        (home.landing / "birch" / "export.csv").rename(home.landing / "birch" / "birch_2026-10-31.csv")
        assert verum("run", *at) == cli.DONE
        assert "Received before: a file of birch. It changes nothing, unless" in capsys.readouterr().out
        birch = next(one for one in received(home) if one.source == "birch")
        assert verum("receipt", birch.id, "--json", *at) == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["refusal"], told["refused_by"], told["rows"]) == ("accepted", "", "", [])


def test_a_folder_that_no_clinic_may_have_is_named_by_no_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, at = a_home(tmp_path), ["--home", str(tmp_path / "home")]
    with keyed(tmp_path / "key", KEY):
        for name in ("1.csv", "2.csv"):
            drop(home, OCTOBER, name, source="John Smith 1961")
            assert verum("run", *at) in (cli.SOME_REFUSED, cli.NOTHING_NEW)
        (home.landing / "John Smith 1961" / "folder").mkdir()
        drop(home, OCTOBER, "3.csv", source="John Smith 1961")
        assert verum("run", *at) in (cli.SOME_REFUSED, cli.NOTHING_NEW)
        assert verum("receipt", "ffffffffffff", *at) == cli.CONFIGURATION
    said = "".join(capsys.readouterr())
    assert "Received before: a file of undeclared." in said
    assert "Not taken from a folder of landing" in said
    assert "Smith" not in said
