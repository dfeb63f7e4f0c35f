"""Bytes that a person removed from the vault: of deliveries that count for nothing, whose lines stay on record."""

import json
from pathlib import Path

import pytest

from orchestration import handover, hold_desk, journal, landing, ledger, pipeline, receipts, removals, vault_desk
from orchestration.exit_codes import CONFIGURATION, DONE, SOME_REFUSED
from orchestration.settings import ConfigurationError, Home
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.lives import became, drop, lines_of
from tests.orchestration.one_clinic import a_home, bytes_below, file_of
from tests.orchestration.small_network import alder_lines, write_small_network
from tests.orchestration.terminal import verum

BY, WHY = "A. Steward", "asked for by the clinic"
FIRST, SECOND = lines_of(range(40)), lines_of(range(40), more=1)


def told(home: Home) -> None:
    """Leaves what a run would leave of every delivery."""
    became_now = [{**one, "data_to": one["data_to"] and one["data_to"].isoformat()} for one in became(home)]
    handover.leave(home, "sources", {**dict.fromkeys(handover.LEFT["sources"], ""), "received": became_now})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A clinic that sent a file and a corrected one, and has cleared its folder since."""
    made = a_home(tmp_path)
    for name, content in (("v1.csv", FIRST), ("v2.csv", SECOND)):
        drop(made, content, name)
        landing.receive(made)
        (made.landing / "hillside" / name).unlink()
    told(made)
    return made


def remove(home: Home, place: int = 0) -> removals.Removal:
    one = ledger.received(home)[place]
    return vault_desk.remove(home, f"{one.source}/{one.id}", by=BY, why=WHY)


def test_of_a_removed_delivery_the_lines_stay_on_record(home: Home) -> None:
    before = became(home)
    made = remove(home)
    after = became(home)
    assert not (home.vault / made.sha256).exists()
    assert after[0].pop("explanation") == f"Its bytes were removed from the vault by a person on {made.at[:10]}."
    assert before[0].pop("explanation") == ""
    assert after == before
    assert (after[0]["state"], after[0]["balanced"]) == ("superseded", True)


def test_the_other_words_of_a_removed_delivery_stay(home: Home) -> None:
    drop(home, "x,y\n1,2\n", "v3.csv")
    landing.receive(home)
    (home.landing / "hillside" / "v3.csv").unlink()
    told(home)
    (refused,) = [one for one in became(home) if one["state"] == "rejected"]
    remove(home, 2)
    (after,) = [one for one in became(home) if one["state"] == "rejected"]
    assert (after["refusal"], after["lines"]) == (refused["refusal"], refused["lines"])
    assert after["explanation"].startswith(refused["explanation"])


def test_a_file_in_a_folder_without_a_contract_can_be_removed_too(home: Home) -> None:
    drop(home, file_of("x"), "some.csv", source="Müller Anna")
    landing.receive(home)
    (home.landing / "Müller Anna" / "some.csv").unlink()
    told(home)
    made = remove(home, 2)
    (after,) = [one for one in became(home) if one["sha256"] == made.sha256]
    assert after["source"] == f"undeclared-{made.sha256[:12]}"
    assert after["explanation"].endswith(f"by a person on {made.at[:10]}.")


def test_bytes_on_which_numbers_rest_are_not_removed(home: Home) -> None:
    with pytest.raises(ConfigurationError, match=r"is accepted; expected one that is superseded or rejected"):
        remove(home, 1)
    assert len(list(home.vault.iterdir())) == 2


def test_a_delivery_that_no_run_has_looked_at_is_not_removed(home: Home) -> None:
    handover.leave(home, "sources", {})
    with pytest.raises(ConfigurationError, match=r"is not run yet; expected .* and run first"):
        remove(home)


def test_the_same_bytes_in_the_landing_folder_have_to_go_first(home: Home) -> None:
    drop(home, FIRST, "again.csv")
    with pytest.raises(ConfigurationError, match=r"found 1 file\(s\) with the same bytes in landing/hillside"):
        remove(home)
    assert removals.removed(home) == {}


def test_bytes_that_come_once_more_are_not_kept_again(home: Home) -> None:
    made = remove(home)
    drop(home, FIRST, "again.csv")
    for _ in range(2):
        taken = landing.take(home)
        assert [(one.source, one.why) for one in taken.left] == [("hillside", "removed")]
        assert not (home.vault / made.sha256).exists()
        assert taken.new == ()


def test_bytes_that_another_clinic_sent_too_stay_for_that_clinic(home: Home) -> None:
    drop(home, FIRST, "twin.csv", source="valley")
    landing.receive(home)
    made = remove(home)
    assert (home.vault / made.sha256).is_file()


def test_a_removal_that_was_interrupted_is_finished_by_the_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(removals, "take_away", killed)
        with pytest.raises(KeyboardInterrupt):
            remove(home)
    (entered,) = removals.removed(home).values()
    assert (home.vault / entered.sha256).is_file()
    assert remove(home) == entered
    assert not (home.vault / entered.sha256).exists()
    assert len(journal.entries(home.decisions)) == 1


def test_what_cannot_be_read_any_more_cannot_be_released(home: Home) -> None:
    made = remove(home)
    with pytest.raises(ConfigurationError, match="whose bytes were removed from the vault"):
        hold_desk.release(home, made.sha256[:12], by=BY, why=WHY)


def test_a_receipt_of_a_removed_delivery_has_its_lines_by_fate_and_none_of_them(home: Home) -> None:
    made = remove(home)
    found = receipts.told(receipts.receipt_of(home.root, made.sha256[:12]))
    assert (found["lines"]["lines"], found["adds_up"], found["rows"]) == (41, True, [])


def test_after_a_removal_a_changed_contract_reads_everything_else_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_network(tmp_path / "home")
    home, at = Home(tmp_path / "home"), ("--home", str(tmp_path / "home"))

    with keyed(tmp_path / "key", KEY):
        pipeline.run(home)
        before = ledger.received(home)[0]
        removing = ("vault", "remove", before.id, "--by", BY, "--why", WHY, *at)
        (home.landing / "alder" / "alder-2026-11.csv").write_text(alder_lines(26, 16, 8), "utf-8")
        assert verum("run", *at) == SOME_REFUSED
        assert verum(*removing) == CONFIGURATION, "it still lies in the landing folder"
        for file in (home.landing / "alder").iterdir():
            file.unlink()
        assert verum(*removing) == DONE
        contract = home.contracts / "alder.toml"
        contract.write_text(contract.read_text("utf-8").replace("version = 1", "version = 2"), "utf-8")
        assert verum("run", *at) == SOME_REFUSED, "cedar has no contract"
        capsys.readouterr()
        assert verum("vault", "list", "--json", *at) == DONE
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["sha256"], listed["state"], listed["by"]) == (before.sha256, "superseded", BY)
    page = (home.current / "site" / "files.html").read_text("utf-8")
    assert "Its bytes were removed from the vault by a person on" in page
    assert BY not in page
    assert [name for name, held in bytes_below(home.root).items() if b"A-900" in held] == [], "in the first file alone"
