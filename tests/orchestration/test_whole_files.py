"""Small private files are there whole or not at all."""

from pathlib import Path

import pytest

from orchestration.whole_files import write_whole


@pytest.mark.parametrize("content", ["Gelenkschmerz, männlich\n", b"\x00\xff\r\n"])
def test_what_was_written_replaces_what_was_there_byte_for_byte(tmp_path: Path, content: str | bytes) -> None:
    place = tmp_path / "seen.json"
    place.write_text("before, and longer than what comes after", "utf-8")

    write_whole(place, content)

    assert place.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert [one.name for one in tmp_path.iterdir()] == ["seen.json"]


def test_a_writer_that_fails_leaves_what_was_there_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "seen.json"
    write_whole(place, "before")

    def torn(path: Path, content: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(content[:2])
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "write_bytes", torn)
    with pytest.raises(OSError, match="the disk is full"):
        write_whole(place, "after")

    assert place.read_text("utf-8") == "before"


def test_what_a_killed_writer_left_does_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / ".seen.json.writing").write_text("half of a", "utf-8")

    write_whole(tmp_path / "seen.json", "whole")

    assert [(one.name, one.read_text("utf-8")) for one in tmp_path.iterdir()] == [("seen.json", "whole")]
