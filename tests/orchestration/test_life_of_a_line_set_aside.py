"""The life of a line that was set aside: replayed, released with a name and a reason, rejected, or withdrawn."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from orchestration import cli, handover, landing, ledger, line_decisions, quarantine_desk
from orchestration.fates import read_active
from orchestration.judging import Reading
from orchestration.quarantine_desk import decide
from orchestration.reading import Reader
from orchestration.receipts import receipt_of
from orchestration.settings import ConfigurationError, Home
from schemas.contract import faults
from schemas.readings import BIT, REASON_IDS, Readings
from tests.orchestration.lives import became, drop
from tests.orchestration.one_clinic import GOOD, HEADER, KEY, OTHER, VOCABULARY, a_home, contract, folder_of
from transforms.sign_offs import RELEASABLE, LineWord, signed_off

BY, WHY = "A. Steward", "seen in the clinic's own record"
#: Two visits after the data cut, one visit eleven years after the start, a score that no scale has.
LINES = "\n".join(
    [HEADER, GOOD, OTHER, "C1,2025-01-15,2025-04-01,pain,3", "C2,2025-01-15,2025-04-02,pain,4",
     "C3,2014-01-15,2025-01-16,pain,5", "C4,2025-01-15,2025-01-15,pain,70", ""]
)  # fmt: skip
AGREED = contract(data_cut="2025-03-01")
TOML = """\
clinic = "hillside"
version = 1
format = "delimited"
layout = "long"
condition = "chronic-low-back-pain"
treatment = "acupuncture"
data_cut = "2025-03-01"
[columns]
patient = "code"
start = "begun"
date = "visit"
instrument = "measure"
score = "value"
[codes.instrument]
pain = "nrs-pain"
rmdq = "rmdq-24"
function = "ffbh-r"
cpg = "cpgs-pain"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = a_home(tmp_path)
    (made.contracts / "hillside.toml").write_text(TOML, "utf-8")
    drop(made, LINES)
    landing.receive(made)
    return made


def reading(home: Home) -> Reading:
    active, _ = read_active(Reader(home, VOCABULARY, KEY), {"hillside": AGREED}, ledger.received(home))
    (found,) = active["hillside"]
    return found


def accepted(home: Home) -> list[int]:
    rows = pl.read_parquet(folder_of(home, reading(home)) / "readings.parquet")
    assert faults(Readings, rows) == []
    return sorted(rows.filter((pl.col("reasons") == 0) & pl.col("score").is_not_null())["line"].to_list())


def say(home: Home, decision: str, reason: str, *lines: int) -> None:
    decide(home, ledger.received(home)[0].id, decision, reason=reason, lines=lines, by=BY, why=WHY)


def test_lines_are_released_by_reason_and_count_from_then_on(home: Home) -> None:
    assert accepted(home) == [2, 3]
    say(home, "release", "after_data_cut")
    assert accepted(home) == [2, 3, 4, 5]
    assert reading(home).reasons == {"score_out_of_range": 1, "day_implausible": 1}
    assert reading(home).balanced


def test_single_lines_are_released_and_the_others_stay_where_they_are(home: Home) -> None:
    say(home, "release", "after_data_cut", 5)
    assert accepted(home) == [2, 3, 5]
    assert reading(home).first_lines["after_data_cut"] == 4


def test_acting_on_a_word_twice_changes_nothing(home: Home) -> None:
    say(home, "release", "day_implausible")
    once, rows = became(home, AGREED), accepted(home)
    say(home, "release", "day_implausible")
    again = became(home, AGREED)
    assert accepted(home) == rows
    assert [{**one, "folder": ""} for one in again] == [{**one, "folder": ""} for one in once]


@pytest.mark.parametrize("last", ["reject", "withdraw"])
def test_the_last_word_on_a_line_counts(home: Home, last: str) -> None:
    say(home, "release", "after_data_cut")
    say(home, last, "after_data_cut", 4)
    assert accepted(home) == [2, 3, 5]
    say(home, "release", "after_data_cut", 4)
    assert accepted(home) == [2, 3, 4, 5]


@pytest.mark.parametrize("last", ["reject", "withdraw"])
def test_lines_that_are_rejected_or_taken_back_stay_set_aside(home: Home, last: str) -> None:
    say(home, last, "score_out_of_range")
    assert accepted(home) == [2, 3]
    assert [one.decision for one in line_decisions.log(home)] == [last]


def test_the_page_says_that_a_person_released_lines_and_not_who_or_why(home: Home) -> None:
    say(home, "release", "after_data_cut")
    (fate,) = became(home, AGREED)
    day = line_decisions.log(home)[0].at[:10]
    assert fate["explanation"] == f"Lines set aside for after_data_cut were released by a person on {day}."
    assert BY not in str(fate)
    assert WHY not in str(fate)


@pytest.mark.parametrize("reason", sorted(set(REASON_IDS) - set(RELEASABLE)))
def test_a_line_that_would_not_be_usable_cannot_be_released(home: Home, reason: str) -> None:
    with pytest.raises(ConfigurationError):
        say(home, "release", reason)
    assert line_decisions.log(home) == []


@pytest.mark.parametrize("lines", [(2,), (4, 99)])
def test_only_lines_that_are_set_aside_for_a_reason_can_be_spoken_of(home: Home, lines: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match=r"found no line set aside for 'after_data_cut'.*quarantine list"):
        say(home, "release", "after_data_cut", *lines)


def test_a_receipt_no_longer_has_lines_that_were_released(home: Home) -> None:
    name = ledger.received(home)[0].id
    before = set(receipt_of(home.root, name).lines["line"])
    say(home, "release", "after_data_cut")
    assert before - set(receipt_of(home.root, name).lines["line"]) == {4, 5}


def test_what_was_said_of_one_delivery_is_not_said_of_the_next(home: Home) -> None:
    say(home, "release", "after_data_cut")
    drop(home, LINES.replace(",3\n", ",2\n"), "next.csv")
    landing.receive(home)
    assert accepted(home) == [2, 3]


def test_the_lists_tell_what_waits_and_what_was_said(home: Home) -> None:
    told = [{**one, "data_to": ""} for one in became(home, AGREED)]
    handover.leave(home, "sources", {**dict.fromkeys(handover.LEFT["sources"], ""), "received": told})
    say(home, "release", "after_data_cut", 4)
    name = ledger.received(home)[0].id
    found = {one["reason"]: one for one in quarantine_desk.listed(home, name)}
    assert {reason: (one["lines"], one["can_be_released"]) for reason, one in found.items()} == {
        "score_out_of_range": (1, False), "after_data_cut": (2, True), "day_implausible": (1, True),
    }  # fmt: skip
    text = quarantine_desk.as_text(list(found.values()))
    assert f"release on {line_decisions.log(home)[0].at[:10]}: lines 4" in text
    assert BY not in text


def test_the_command_enters_the_word_and_leaves_well(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, at = ledger.received(home)[0].id, ("--home", str(home.root))
    words = ("release", name, "--reason", "after_data_cut", "--line", "4", "--line", "5", "--by", BY, "--why", WHY)
    monkeypatch.setattr("sys.argv", ["verum", "quarantine", *words, "--json", *at])
    cli.main()
    said = json.loads(capsys.readouterr().out)
    assert (said["decision"], said["reason"], said["lines"], said["by"]) == ("release", "after_data_cut", [4, 5], BY)
    assert accepted(home) == [2, 3, 4, 5]


ALL, ONE = LineWord("age_unreadable", released=True), LineWord("age_unreadable", released=True, lines=(3,))
NOT_ALL, NOT_ONE = replace(ALL, released=False), replace(ONE, released=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], [0, 0, 0]), ([ALL], [1, 1, 1]), ([ONE], [0, 1, 0]), ([ALL, NOT_ONE], [1, 0, 1]), ([ONE, NOT_ALL], [0, 0, 0])],
)
def test_of_several_words_on_a_line_the_last_counts(words: list[LineWord], expected: list[int]) -> None:
    lines = pl.DataFrame({"line": [2, 3, 4]})
    assert lines.with_columns(mask=signed_off(words))["mask"].to_list() == [
        one * BIT["age_unreadable"] for one in expected
    ]
