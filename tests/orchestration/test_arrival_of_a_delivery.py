"""How files arrive: still being written, cut, twice, all at once, oddly named, or not readable (faults B01 to B17)."""

import os
import socket
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration import arrivals, cli, handover, landing, pipeline
from orchestration.arrivals import NOT_TAKEN, Left, told
from orchestration.landing import Taken, Unreadable, receive, take
from orchestration.ledger import received
from orchestration.reading import Reader
from orchestration.report import Report
from orchestration.settings import Home
from tests.orchestration.lives import became, drop
from tests.orchestration.one_clinic import (
    GOOD,
    HEADER,
    KEY,
    LATER,
    OTHER,
    VOCABULARY,
    a_home,
    contract,
    file_of,
    rows,
)

SOUND = file_of(GOOD, OTHER)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def names(taken: Taken) -> list[str]:
    return [one.name for one in taken.new]


def reasons(taken: Taken) -> list[str]:
    return [one.why for one in taken.left]


# ---- B01: still being written ------------------------------------------------------------------------------


def test_b_01_a_file_that_somebody_writes_to_waits_and_is_taken_once_it_is_closed(home: Home) -> None:
    drop(home, "", "growing.csv")
    drop(home, file_of(OTHER), "whole.csv")
    with (home.landing / "hillside" / "growing.csv").open("a", encoding="utf-8") as writer:
        for line in (HEADER, GOOD, LATER):
            writer.write(line + "\n")
            writer.flush()
            taken = take(home)
            assert "growing.csv" not in names(taken)
            assert reasons(taken) == ["unfinished"]
            assert taken.look_again
    taken = take(home)
    assert names(taken) == ["growing.csv"]
    assert not taken.look_again
    assert became(home)[-1]["lines"] == 3


@pytest.mark.parametrize("ending", arrivals.UNFINISHED)
def test_b_01_a_file_with_the_name_of_an_unfinished_copy_waits_until_it_is_renamed(home: Home, ending: str) -> None:
    drop(home, SOUND, f"october.csv{ending}")
    assert reasons(take(home)) == ["unfinished"]
    folder = home.landing / "hillside"
    (folder / f"october.csv{ending}").rename(folder / "october.csv")
    assert names(take(home)) == ["october.csv"]


@pytest.mark.parametrize(("age", "waits"), [(0, True), (59, True), (60, False), (-3600, False)])
def test_b_01_where_a_home_says_so_nobody_may_have_written_for_a_while(home: Home, age: int, waits: bool) -> None:
    drop(home, SOUND)
    at = datetime(2026, 10, 31, 12, tzinfo=UTC).timestamp()
    os.utime(home.landing / "hillside" / "file.csv", (at - age, at - age))
    taken = take(home, clock=lambda: datetime.fromtimestamp(at, UTC), settled_seconds=60)
    assert (names(taken), reasons(taken)) == (([], ["unfinished"]) if waits else (["file.csv"], []))


# ---- B02: cut ------------------------------------------------------------------------------------------------


def test_b_02_a_file_cut_at_any_byte_gives_no_wrong_value(home: Home) -> None:
    whole = file_of(GOOD, LATER, "B2,2025-02-15,2025-02-15,pain,10").encode()
    for at in range(1, len(whole)):
        drop(home, whole[:at], f"{at:03}.csv")
    received = receive(home)
    assert len(received) == len(whole) - 1
    accepted = 0
    for found in Reader(home, VOCABULARY, KEY).read([(one, contract()) for one in received]):
        assert found.balanced
        if found.accepted:
            accepted += 1
            got = set(rows(home, found).filter(reasons=0).select("line", "score").iter_rows())
            assert got <= {(2, 70), (3, 20), (4, 100)}
    assert accepted > 50


# ---- B03, B04: the same bytes again ---------------------------------------------------------------------------


def test_b_03_the_same_bytes_again_are_told_and_have_no_effect(home: Home) -> None:
    drop(home, SOUND, "october.csv")
    receive(home)
    before = became(home)
    for name in ("october.csv", "october (1).csv", "corrected.csv"):
        drop(home, SOUND, name)
        taken = take(home)
        assert (taken.new, taken.again) == ((), ("hillside",))
    assert take(home).again == (), "a file that lies there still is not delivered again"
    assert became(home) == before


def test_b_03_other_rights_on_a_file_that_lies_there_are_no_delivery(home: Home) -> None:
    drop(home, SOUND)
    receive(home)
    (home.landing / "hillside" / "file.csv").chmod(0o640)
    assert take(home).again == ()


def test_b_04_the_same_file_at_the_same_moment_is_one_delivery(tmp_path: Path) -> None:
    for turn in range(30):
        (tmp_path / str(turn)).mkdir()
        home = a_home(tmp_path / str(turn))
        drop(home, SOUND, "one.csv")
        drop(home, SOUND, "other.csv")
        together = threading.Barrier(2)

        def run(home: Home = home, together: threading.Barrier = together) -> None:
            together.wait()
            receive(home)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(received(home)) == 1
        assert len(list(home.vault.iterdir())) == 1
        assert list(home.scratch.iterdir()) == []


# ---- B12: names and links -------------------------------------------------------------------------------------


def test_b_12_whatever_is_no_file_of_its_own_is_told_and_never_followed(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SOUND, "utf-8")
    folder = home.landing / "hillside"
    folder.mkdir()
    (folder / "link.csv").symlink_to(secret)
    os.link(secret, folder / "hard.csv")
    os.mkfifo(folder / "pipe.csv")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "s"))
    (folder / "older").mkdir()
    (home.landing / "stray.csv").write_text("x\n", "utf-8")
    (home.landing / "elsewhere").symlink_to(tmp_path)
    taken = take(home)
    listening.close()
    assert taken.new == ()
    assert list(home.vault.iterdir()) == []
    assert sorted((one.source, one.why) for one in taken.left) == [
        ("", "link"), ("", "stray"), ("hillside", "folder"), ("hillside", "hard_link"), ("hillside", "link"),
        ("hillside", "special"), ("hillside", "special"),
    ]  # fmt: skip


def test_b_12_a_link_that_takes_the_place_of_a_file_after_it_was_looked_at_is_not_followed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(SOUND, "utf-8")
    drop(home, file_of(OTHER))
    place, opened = home.landing / "hillside" / "file.csv", arrivals.opened

    def swapped(path: Path) -> int:
        place.unlink()
        place.symlink_to(tmp_path / "secret")
        return opened(path)

    monkeypatch.setattr(landing, "opened", swapped)
    taken = take(home)
    assert (names(taken), reasons(taken)) == ([], ["unreadable"])
    assert list(home.vault.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["two\nlines.csv", "bell\a.csv", "\u202egnp.csv", "zero\u200bwidth.csv", b"ex\xffport.csv"]
)
def test_b_12_a_name_that_hides_how_it_reads_refuses_the_file(home: Home, name: str | bytes) -> None:
    drop(home, SOUND, name if isinstance(name, str) else os.fsdecode(name))
    receive(home)
    (fate,) = became(home)
    assert (fate["state"], fate["refusal"]) == ("rejected", "file_name")
    assert "Rename it" in fate["explanation"]
    assert not home.readings.joinpath("hillside").exists()


@pytest.mark.parametrize(
    "name", ["..csv", "... .csv", "a" * 255, "Übersicht Ä.csv", "-rf.csv", "a\\b.csv", "%2e%2e.csv"]
)
def test_b_12_a_name_is_never_a_place(home: Home, name: str) -> None:
    drop(home, SOUND, name)
    receive(home)
    kept = [path for path in home.root.rglob("*") if path.is_file() and home.landing not in path.parents]
    known = {one.sha256 for one in received(home)}
    assert {path.name for path in kept} <= {*known, "ledger.jsonl", "arrivals.jsonl"}
    assert [one["state"] for one in became(home)] in (["accepted"], [])


def test_b_12_names_that_differ_in_case_alone_are_two_files(home: Home) -> None:
    drop(home, file_of(GOOD), "Export.csv")
    drop(home, file_of(OTHER), "export.csv")
    assert names(take(home)) == ["Export.csv", "export.csv"]


# ---- B15: very many ---------------------------------------------------------------------------------------------


def test_b_15_thousands_of_files_are_taken_in_batches_and_the_work_grows_with_their_number(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home.landing / "hillside"
    folder.mkdir()
    monkeypatch.setattr(landing, "FILES_AT_ONCE", 500)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the disk is not what is looked at here
    for at in range(1200):
        (folder / f"{at:05}.csv").write_bytes(b"%d\n" % at)
    entered: list[int] = []
    enter = landing.journal.enter

    def counted(place: Path, new: Any) -> None:
        kept = list(new)
        entered.append(len(kept))
        enter(place, kept)

    monkeypatch.setattr(landing.journal, "enter", counted)
    assert len(take(home).new) == 1200
    assert entered == [500, 500, 500, 500, 200, 200]
    monkeypatch.setattr(landing, "keep", lambda *_: pytest.fail("read again"))
    assert take(home).new == ()


# ---- B16: changed while it is read --------------------------------------------------------------------------------


def test_b_16_a_file_that_is_replaced_while_it_is_read_is_read_once_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, file_of(GOOD))
    copy, turns = landing._copy, iter((True, False))

    def replaced(theirs: int, ours: int) -> tuple[str, int]:
        if next(turns):
            drop(home, SOUND)
        return copy(theirs, ours)

    monkeypatch.setattr(landing, "_copy", replaced)
    taken = take(home)
    assert [one.size for one in taken.new] == [len(SOUND)]
    assert [path.read_text("utf-8") for path in home.vault.iterdir()] == [SOUND]


@pytest.mark.parametrize("how", ["grows", "goes"])
def test_b_16_a_file_that_does_not_come_to_rest_waits_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    drop(home, SOUND)
    place, copy = home.landing / "hillside" / "file.csv", landing._copy

    def disturbed(theirs: int, ours: int) -> tuple[str, int]:
        found = copy(theirs, ours)
        if how == "goes":
            place.unlink()
        else:
            place.write_text(place.read_text("utf-8") + LATER + "\n", "utf-8")
        return found

    monkeypatch.setattr(landing, "_copy", disturbed)
    taken = take(home)
    assert (names(taken), reasons(taken)) == ([], ["unfinished"])
    assert list(home.vault.iterdir()) == list(home.scratch.iterdir()) == []


# ---- B17: one that cannot be read -----------------------------------------------------------------------------------


def test_b_17_a_file_that_may_not_be_read_keeps_no_other_from_being_taken(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        drop(home, file_of(GOOD.replace("7", str("abc".index(name[0])))), name)
    opened = arrivals.opened

    def forbidden(path: Path) -> int:
        if path.name == "b.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(landing, "opened", forbidden)
    taken = take(home)
    assert (names(taken), reasons(taken)) == (["a.csv", "c.csv"], ["unreadable"])
    assert taken.unreadable
    assert taken.look_again
    monkeypatch.setattr(landing, "opened", opened)
    assert names(take(home)) == ["b.csv"]


def test_b_17_a_disk_that_cannot_give_a_file_keeps_no_other_from_being_taken(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, file_of(GOOD), "a.csv")
    drop(home, file_of(OTHER), "b.csv")
    copy, turns = landing._copy, iter((True, False))

    def failing(theirs: int, ours: int) -> tuple[str, int]:
        if next(turns):
            os.close(ours)
            raise Unreadable
        return copy(theirs, ours)

    monkeypatch.setattr(landing, "_copy", failing)
    taken = take(home)
    assert (names(taken), reasons(taken)) == (["b.csv"], ["unreadable"])
    assert list(home.scratch.iterdir()) == []


def test_b_17_a_folder_that_may_be_listed_and_not_entered_keeps_no_other_from_being_taken(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, SOUND, "a.csv", source="closed")
    drop(home, SOUND, "b.csv")
    entered = arrivals._not_taken

    def closed(entry: "os.DirEntry[str]") -> str:
        if "closed" in entry.path.split("/"):
            raise PermissionError(13, "Permission denied", entry.path)
        return entered(entry)

    monkeypatch.setattr(arrivals, "_not_taken", closed)
    taken = take(home)
    assert (names(taken), reasons(taken)) == (["b.csv"], ["unreadable"])


def test_what_is_not_taken_is_told_by_folder_and_kind_with_what_to_do() -> None:
    said = told([Left("hillside", "link"), Left("hillside", "link"), Left("bad\nname", "folder")])
    assert said == [
        "Not taken from a folder of landing: a folder within a clinic's folder (1). Put the files one level up.",
        "Not taken from landing/hillside: a symbolic link, which is never followed (2). Put the file itself there.",
    ]
    assert all(mend.endswith(".") for _, _, mend in NOT_TAKEN.values())


def test_what_was_kept_is_a_plain_file_that_nobody_can_write_to(home: Home) -> None:
    drop(home, SOUND)
    receive(home)
    (kept,) = home.vault.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400


# ---- what a run makes of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("became", "code"),
    [
        ({"published": True}, cli.DONE),
        ({"published": False}, cli.NOTHING_NEW),
        ({"published": True, "unreadable": True}, cli.SOME_REFUSED),
        ({"published": False, "unreadable": True}, cli.SOME_REFUSED),
        ({"published": True, "held": [("hillside", "0123456789ab", "why")]}, cli.SOME_REFUSED),
        ({"published": True, "again": ["hillside"], "left": ["Not taken: ..."]}, cli.DONE),
    ],
)
def test_b_17_a_run_ends_in_part_where_a_file_could_not_be_read_or_is_held(became: dict[str, Any], code: int) -> None:
    assert cli._code_of(Report(**became)) == code


def test_b_01_a_run_that_left_a_file_waiting_makes_the_next_one_look_again(home: Home) -> None:
    drop(home, SOUND)
    with (home.landing / "hillside" / "file.csv").open("a", encoding="utf-8"):
        assert pipeline.receive(home).look_again
        assert handover.left(home, "receive") == {"seen": {}}
    assert names(pipeline.receive(home)) == ["file.csv"]
    assert handover.left(home, "receive")["seen"].keys() >= {"landing", "decisions"}
