"""What clinics drop is hashed into the vault byte for byte and entered once in the ledger, in the order it came."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration import ledger
from orchestration.landing import look, receive
from orchestration.ledger import Delivery
from orchestration.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "home")
    made.prepare()
    return made


def drop(home: Home, source: str, name: str, content: bytes = b"code,value\nA1,7\n") -> str:
    """Drops a file and gives its SHA-256."""
    (home.landing / source).mkdir(exist_ok=True)
    (home.landing / source / name).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


# ---- receiving ---------------------------------------------------------------------------------------------


def test_a_new_file_is_kept_byte_for_byte_under_its_hash(home: Home) -> None:
    content = b"\xef\xbb\xbfcode;value\r\nA1;7,5\r\n\xff"
    sha256 = drop(home, "hillside", "october.csv", content)
    (delivery,) = receive(home)
    assert delivery.sha256 == sha256
    assert delivery.size == len(content)
    assert (home.vault / sha256).read_bytes() == content


def test_what_is_in_the_vault_cannot_be_written_to(home: Home) -> None:
    sha256 = drop(home, "hillside", "october.csv")
    receive(home)
    assert (home.vault / sha256).stat().st_mode & 0o777 == 0o400


def test_the_folders_of_a_home_are_their_owners_alone(home: Home) -> None:
    private = [home.root, home.vault, home.readings, home.results]
    assert {folder.stat().st_mode & 0o077 for folder in private} == {0}


def test_a_delivery_is_called_by_the_first_twelve_digits_of_its_hash(home: Home) -> None:
    sha256 = drop(home, "hillside", "october.csv")
    assert receive(home)[0].id == sha256[:12]


def test_a_file_that_is_there_still_is_not_received_again(home: Home) -> None:
    drop(home, "hillside", "october.csv")
    receive(home)
    assert receive(home) == []
    assert len(ledger.received(home)) == 1


def test_the_same_bytes_under_another_name_are_not_a_new_delivery(home: Home) -> None:
    for name in ("october.csv", "october (1).csv", "corrected.csv"):
        drop(home, "hillside", name)
    assert [one.name for one in receive(home)] == ["corrected.csv"]
    drop(home, "hillside", "again.csv")
    assert receive(home) == []


def test_the_same_bytes_from_two_clinics_are_two_deliveries_and_one_object(home: Home) -> None:
    sha256 = drop(home, "hillside", "a.csv")
    drop(home, "riverside", "a.csv")
    assert [(one.source, one.sha256) for one in receive(home)] == [("hillside", sha256), ("riverside", sha256)]
    assert [path.name for path in home.vault.iterdir()] == [sha256]


def test_other_bytes_under_the_same_name_are_a_new_delivery(home: Home) -> None:
    first = drop(home, "hillside", "october.csv")
    receive(home)
    second = drop(home, "hillside", "october.csv", b"code,value\nA1,6\n")
    assert [one.sha256 for one in receive(home)] == [second]
    assert {path.name for path in home.vault.iterdir()} == {first, second}


def test_a_file_may_be_taken_away_once_it_was_received(home: Home) -> None:
    sha256 = drop(home, "hillside", "october.csv")
    receive(home)
    (home.landing / "hillside" / "october.csv").unlink()
    assert receive(home) == []
    assert (home.vault / sha256).is_file()


def test_files_that_come_together_are_taken_in_the_order_of_their_names(home: Home) -> None:
    for at, name in enumerate(("c.csv", "a.csv", "b.csv")):
        drop(home, "hillside", name, f"file {at}\n".encode())
    assert [(one.name, one.sequence) for one in receive(home)] == [("a.csv", 1), ("b.csv", 2), ("c.csv", 3)]


def test_the_order_of_arrival_is_counted_on_whatever_the_clock_says(home: Home) -> None:
    drop(home, "hillside", "new.csv", b"new\n")
    receive(home, clock=lambda: datetime(2026, 10, 31, 12, tzinfo=UTC))
    drop(home, "hillside", "a-late-one.csv", b"late\n")
    receive(home, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert [(one.name, one.sequence) for one in ledger.received(home)] == [("new.csv", 1), ("a-late-one.csv", 2)]
    assert [one.received_at for one in ledger.received(home)] == [
        "2026-10-31T12:00:00+00:00",
        "2020-01-01T00:00:00+00:00",
    ]


def test_an_empty_file_is_received_like_any_other(home: Home) -> None:
    drop(home, "hillside", "empty.csv", b"")
    assert [one.size for one in receive(home)] == [0]


def test_nothing_is_left_behind_in_scratch(home: Home) -> None:
    drop(home, "hillside", "october.csv")
    drop(home, "hillside", "again.csv")
    receive(home)
    assert list(home.scratch.iterdir()) == []


# ---- what is no delivery -----------------------------------------------------------------------------------


def test_hidden_files_and_folders_within_folders_are_not_deliveries(home: Home) -> None:
    drop(home, "hillside", ".october.csv.part")
    (home.landing / "hillside" / "older").mkdir()
    (home.landing / "stray.csv").write_text("x\n", "utf-8")
    assert look(home) == []


def test_a_link_is_never_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x\n", "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.csv").write_text("x\n", "utf-8")
    (home.landing / "hillside").mkdir()
    (home.landing / "hillside" / "link.csv").symlink_to(tmp_path / "secret")
    (home.landing / "riverside").symlink_to(tmp_path / "folder")
    assert receive(home) == []
    assert list(home.vault.iterdir()) == []


def test_a_pipe_is_not_waited_for(home: Home) -> None:
    (home.landing / "hillside").mkdir()
    os.mkfifo(home.landing / "hillside" / "pipe.csv")
    assert receive(home) == []


def test_a_home_without_a_landing_folder_receives_nothing(tmp_path: Path) -> None:
    assert look(Home.at(tmp_path)) == []


# ---- names and the ledger ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"ex\xffport.csv", "Übersicht Ä.csv".encode(), b"two\nlines.csv", b"a" * 255])
def test_a_file_may_have_any_name(home: Home, name: bytes) -> None:
    (home.landing / "hillside").mkdir()
    place = os.fsencode(home.landing / "hillside") + b"/" + name
    with open(place, "wb") as stream:  # noqa: PTH123 - a name of bytes
        stream.write(b"x\n")
    (received,) = receive(home)
    assert received.name.encode("utf-8") == name.decode("utf-8", "replace").encode()
    assert ledger.received(home) == [received]


def test_a_line_that_a_killed_run_tore_is_no_delivery_and_spoils_no_other(home: Home) -> None:
    drop(home, "hillside", "a.csv", b"a\n")
    receive(home)
    whole = home.ledger.read_bytes()
    home.ledger.write_bytes(whole + b'{"name": "b.csv", "sequ')
    drop(home, "hillside", "b.csv", b"b\n")
    assert [one.name for one in receive(home)] == ["b.csv"]
    assert [one.name for one in ledger.received(home)] == ["a.csv", "b.csv"]
    assert home.ledger.read_bytes().startswith(whole)


def test_what_was_entered_in_the_ledger_is_read_back(home: Home) -> None:
    drop(home, "hillside", "october.csv")
    received = receive(home)
    assert ledger.received(home) == received
    assert isinstance(received[0], Delivery)


def test_a_home_that_received_nothing_has_an_empty_ledger(home: Home) -> None:
    assert ledger.received(home) == []
    assert receive(home) == []
    assert not home.ledger.exists()
