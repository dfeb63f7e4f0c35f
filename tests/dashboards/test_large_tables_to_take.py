"""A large table is packed in blocks of senders: the archive holds it whole; what did not change is not packed again."""

import io
import random
import zipfile
import zlib
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import packing, tables_to_take
from dashboards.layout import Release
from dashboards.marts import Marts
from dashboards.packing import archive, block, joined, packed
from dashboards.shelf import KEYS, Shelf
from dashboards.tables_to_take import ARCHIVE, FOLDER, files, tables
from tests.dashboards.test_pages_that_stand_again import CODE, FIRST, SECOND, InMemory, drawn, edited

PLACE = f"{FOLDER}/{ARCHIVE}"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table with senders counts as large, and every third sender ends a block."""
    monkeypatch.setattr(tables_to_take, "IN_BLOCKS", 1)
    monkeypatch.setattr(tables_to_take, "SENDERS", 3)


def unpacked(held: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(held)) as read:
        assert read.testzip() is None
        return {name: read.read(name) for name in read.namelist()}


def test_an_archive_in_blocks_holds_what_one_in_whole_members_holds(
    marts: Marts, stands: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files(tables(marts, Shelf(stands)), stands)[PLACE]
    monkeypatch.setattr(tables_to_take, "IN_BLOCKS", 1)
    monkeypatch.setattr(tables_to_take, "SENDERS", 3)
    assert unpacked(files(tables(marts, Shelf(stands)), stands)[PLACE]) == unpacked(whole)


def test_whole_members_are_packed_as_the_standard_library_packs_them() -> None:
    bodies = {"b.csv": b"1,2\r\n" * 500, "a.json": b"", "c.csv": random.Random(1).randbytes(3000)}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        for name in sorted(bodies):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            written.writestr(entry, bodies[name])
    assert archive({name: packed(body) for name, body in bodies.items()}) == held.getvalue()


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_blocks_one_after_another_are_one_member(bodies: list[bytes]) -> None:
    whole = joined([block("", body) for body in bodies])
    assert (whole.size, whole.crc) == (sum(map(len, bodies)), zlib.crc32(b"".join(bodies)))
    assert unpacked(archive({"x": whole})) == {"x": b"".join(bodies)}


def test_an_archive_of_more_than_four_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST", 100)
    with pytest.raises(packing.TooLarge, match="expected at most 100"):
        archive({"x": packed(random.Random(1).randbytes(200))})


@pytest.mark.usefixtures("large")
def test_only_the_block_of_a_corrected_sender_is_packed_again(marts: Marts, monkeypatch: pytest.MonkeyPatch) -> None:
    before = released(marts)
    row = marts.observed_rates.with_row_index().filter(source="riverside")["index"][0]
    corrected = edited(marts, "observed_rates", row, "rate", 0.61)
    anew = drawn(corrected, SECOND)[0]
    made: list[str] = []
    csv = tables_to_take._csv

    def noting(table: Any, rows: pl.DataFrame, **head: bool) -> bytes:
        made.extend([table.NAME] if rows.height and table.KEY[:1] == ("source",) else [])
        return csv(table, rows, **head)

    monkeypatch.setattr(tables_to_take, "_csv", noting)
    again = drawn(corrected, SECOND, before)[0]
    assert made == ["observed_rates"]
    assert again == anew


@pytest.mark.usefixtures("large")
def test_a_sender_that_leaves_changes_its_own_block_only(marts: Marts, monkeypatch: pytest.MonkeyPatch) -> None:
    before = released(marts)
    fewer = {
        name: getattr(marts, name).filter(pl.col("source") != "riverside")
        for name in ("released_counts", "case_mix")
    }  # fmt: skip
    after = replace(marts, **fewer)
    assert drawn(after, SECOND, before)[0] == drawn(after, SECOND)[0]


def test_zero_and_minus_zero_are_told_apart_and_so_are_nothing_and_an_empty_text() -> None:
    rows = pl.DataFrame({"number": [0.0, -0.0, None, 0.0, 0.0], "text": ["", "", "", None, " "]})
    marks = {row.tobytes() for row in tables_to_take._marks(rows)}
    assert len(marks) == rows.height


def released(marts: Marts) -> InMemory:
    held, shelf = drawn(marts, FIRST, code=CODE)
    return InMemory(FIRST, {f"site/{path}": body for path, body in held.items()} | {KEYS: shelf.keys().encode()})
