"""`verum hold` and `verum receipt` on a home that has run: a shrunk file is held, released, and its lines are told."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import cli, ledger
from orchestration.settings import Home
from orchestration.warehouse import connect
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.small_network import ALDER_FAULTS, alder_lines, write_small_network

BY, WHY = "A. Steward", "half of the records were taken out on purpose"


def verum(*words: str) -> tuple[int, str]:
    """The code with which the command line leaves, and what it prints as its result."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(printed):
        patched.setattr("sys.argv", ["verum", *words])
        try:
            cli.main()
        except SystemExit as left:
            return int(left.code or 0), printed.getvalue()
    return 0, printed.getvalue()


@dataclass(frozen=True)
class History:
    """A home in which a shrunk file was held and then released, with what was printed on the way."""

    home: Home
    ran: tuple[tuple[int, str], ...]
    listed: tuple[str, ...]
    states: tuple[list[tuple[str, str]], ...]


def public(home: Home) -> list[tuple[str, str]]:
    connection = connect(home.current / "marts.duckdb", read_only=True)
    try:
        query = "SELECT state, refusal FROM deliveries WHERE source = 'alder' ORDER BY place"
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    place = tmp_path_factory.mktemp("held")
    write_small_network(place / "home")
    for other in ("cedar/first.csv", "birch/export.csv"):
        (place / "home" / "landing" / other).unlink()
    home, at = Home(place / "home"), ("--home", str(place / "home"))
    with keyed(place / "key", KEY):
        (home.landing / "alder" / "alder-2026-11.csv").write_text(alder_lines(12, 8, 4), "utf-8")
        ran, states = [verum("run", *at)], [public(home)]
        listed = [verum("hold", "list", *at)[1]]
        name = ledger.received(home)[-1].id
        ran.append(verum("hold", "release", name, "--by", BY, "--why", WHY, *at))
        listed.append(verum("hold", "list", *at)[1])
        ran.append(verum("run", *at))
        states.append(public(home))
        listed.append(verum("hold", "list", *at)[1])
        yield History(home, tuple(ran), tuple(listed), tuple(states))


# ---- holding -----------------------------------------------------------------------------------------------


def test_a_run_that_holds_a_file_publishes_and_says_which_and_why(history: History) -> None:
    code, said = history.ran[0]
    assert code == cli.SOME_REFUSED
    assert "Held: alder, delivery" in said
    assert "fewer than 80% of the records" in said
    assert history.states[0] == [("partly", ""), ("held", "shrunk, patients_gone")]


def test_the_page_of_files_says_that_it_is_held_and_what_happens_next(history: History) -> None:
    held = next(folder for folder in history.home.releases.iterdir() if "Held for a word" in _page(folder))
    assert "shrunk, patients_gone" in _page(held)
    assert "goes on speaking" in _page(held)


def _page(folder: Path) -> str:
    page = folder / "site" / "files.html"
    return page.read_text("utf-8") if page.is_file() and not folder.is_symlink() else ""


def test_what_is_held_is_listed_until_a_run_has_acted_on_the_word(history: History) -> None:
    first, decided, done = history.listed
    assert "shrunk, patients_gone" in first
    assert "Released since. Run `verum run` to act on it." in decided
    assert done == "Nothing is held.\n"


def test_a_release_is_acted_on_by_the_next_run_and_told_without_who_and_why(history: History) -> None:
    assert history.ran[1][0] == cli.DONE
    assert history.ran[2][0] == cli.DONE
    assert history.states[1] == [("superseded", ""), ("accepted", "")]
    page = _page(history.home.current.resolve())
    assert "released by a person on" in page
    for folder in history.home.releases.iterdir():
        for path in folder.rglob("*"):
            assert not path.is_file() or (
                BY.encode() not in path.read_bytes() and WHY.encode() not in path.read_bytes()
            )


def test_the_log_says_who_and_why_to_whoever_keeps_the_home(history: History) -> None:
    said = json.loads(verum("hold", "log", "--json", "--home", str(history.home.root))[1])
    assert [(one["by"], one["why"], one["decision"], one["rules"]) for one in said] == [
        (BY, WHY, "release", ["shrunk", "patients_gone"])
    ]


@pytest.mark.parametrize("decision", ["release", "reject"])
@pytest.mark.parametrize("name", ["0000", "abc", "alder/ffff", ""])
def test_a_delivery_that_is_not_there_is_a_fault_that_names_some_that_are(
    history: History, decision: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("hold", decision, name, "--by", BY, "--why", WHY, "--home", str(history.home.root))
    assert verum(*words)[0] == cli.CONFIGURATION
    assert "alder/" in capsys.readouterr().err


def test_only_what_is_held_can_be_released(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    name = ledger.received(history.home)[0].id
    words = ("hold", "release", name, "--by", BY, "--why", WHY, "--home", str(history.home.root))
    assert verum(*words)[0] == cli.CONFIGURATION
    assert "is superseded; expected one that is held" in capsys.readouterr().err


# ---- receipts ----------------------------------------------------------------------------------------------


def test_a_receipt_tells_every_line_set_aside_with_its_column_and_what_to_do(history: History) -> None:
    code, printed = verum("receipt", f"alder/{ledger.received(history.home)[0].id}", "--home", str(history.home.root))
    first = alder_lines().count("\n") + 1
    assert code == cli.DONE
    assert [tuple(one.values()) for one in csv.DictReader(io.StringIO(printed))] == [
        (str(first), "1", "value", "score_out_of_range", "The score is outside the instrument's range.",
         "Check the instrument and its version."),
        (str(first + 1), "1", "date", "date_unreadable", "The date is not one in the declared order.",
         "Write the date as the contract declares it."),
    ]  # fmt: skip


def test_a_receipt_is_written_with_a_head_whose_lines_add_up(history: History, tmp_path: Path) -> None:
    delivery = ledger.received(history.home)[0]
    assert verum("receipt", delivery.id, "--out", str(tmp_path), "--home", str(history.home.root))[0] == cli.DONE
    head = json.loads((tmp_path / f"{delivery.id}.json").read_text("utf-8"))
    lines = list(csv.DictReader(io.StringIO((tmp_path / f"{delivery.id}.csv").read_text("utf-8"))))
    counted = head["lines"]
    assert (head["sha256"], head["state"]) == (delivery.sha256, "superseded")
    assert counted["lines"] == counted["header"] + counted["accepted"] + counted["quarantined"] + counted["blank"]
    assert counted["quarantined"] == sum({one["line"]: int(one["span"]) for one in lines}.values()) == 2
    assert "alder-2026" not in json.dumps(head)


def test_a_receipt_repeats_no_cell(history: History) -> None:
    code, printed = verum("receipt", ledger.received(history.home)[0].id, "--json", "--home", str(history.home.root))
    assert code == cli.DONE
    for cell in (*ALDER_FAULTS.replace("\n", ",").split(","), "A-1"):
        assert not cell or cell in ("pain", "700", "60") or cell not in printed
    assert "700" not in json.dumps(json.loads(printed)["rows"])
