"""An archive whose blocks stand again is the one that is packed from nothing, and only equal rows stand again."""

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import packed_blocks
from dashboards.packed_blocks import Blocks, sum_of_both

ROWS = pl.DataFrame(
    {
        "source": [f"clinic-{number // 3:02}" for number in range(90)],
        "rate": [number / 97 for number in range(90)],
        "words": [None if number % 7 == 0 else f"word {number}" for number in range(90)],
    }
)
Edit = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(autouse=True)
def few_clinics_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_blocks, "SOURCES_A_BLOCK", 4)


def text(frame: pl.DataFrame, *, first: bool) -> bytes:
    return frame.write_csv(include_header=first).encode()


def packed(frame: pl.DataFrame, blocks: Blocks, name: str = "rates.csv") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        blocks.put(archive, zipfile.ZipInfo(name), frame, text)
    return held.getvalue()


def after(frame: pl.DataFrame) -> Blocks:
    """What the release after one with these rows knows of its archive."""
    first = Blocks()
    return Blocks(packed(frame, first), first.places)


def edited(row: int, **values: object) -> Edit:
    def edit(frame: pl.DataFrame) -> pl.DataFrame:
        here = pl.int_range(pl.len()) == row
        return frame.with_columns(pl.when(here).then(pl.lit(value)).otherwise(name).alias(name)
                                  for name, value in values.items())  # fmt: skip

    return edit


EDITS: dict[str, Edit] = {
    "nothing": lambda frame: frame,
    "a number": edited(40, rate=0.5),
    "the first row": edited(0, words="another"),
    "the last row": edited(89, words="another"),
    "nothing more of a clinic": lambda frame: frame.filter(pl.col("source") != "clinic-07"),
    "a clinic more in front": lambda frame: pl.concat([frame[:3].with_columns(source=pl.lit("alder")), frame]),
    "a row less": lambda frame: pl.concat([frame[:50], frame[51:]]),
    "two rows changed places": lambda frame: frame[[0, 2, 1, *range(3, 90)]],
    "a name of a column": lambda frame: frame.rename({"words": "text"}),
    "another type": lambda frame: frame.with_columns(pl.col("rate").cast(pl.Float32)),
    "empty for a missing word": lambda frame: frame.with_columns(pl.col("words").fill_null("")),
    "no row": lambda frame: frame.clear(),
    "minus nothing": edited(0, rate=-0.0),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_whatever_changed_the_archive_is_the_one_that_is_packed_from_nothing(edit: Edit) -> None:
    again, anew = after(ROWS), Blocks()
    now = packed(edit(ROWS), again)
    assert now == packed(edit(ROWS), anew)
    assert again.places == anew.places
    with zipfile.ZipFile(io.BytesIO(now)) as archive:
        assert archive.testzip() is None
        assert archive.read("rates.csv") == text(edit(ROWS), first=True)


def test_one_changed_row_has_its_own_block_packed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, made = after(ROWS), []
    monkeypatch.setattr(
        packed_blocks, "_packed", lambda body, pack=packed_blocks._packed: made.append(body) or pack(body)
    )
    packed(EDITS["a number"](ROWS), blocks)
    assert made == [text(EDITS["a number"](ROWS)[36:48], first=False)]


def test_the_same_rows_of_another_table_are_packed_for_it() -> None:
    assert packed(ROWS, after(ROWS), "others.csv") == packed(ROWS, Blocks(), "others.csv")


def test_a_table_that_does_not_go_by_clinic_is_one_block() -> None:
    blocks = Blocks()
    packed(ROWS.select("rate", "source"), blocks)
    assert len(blocks.places) == 1


def test_places_of_an_archive_that_is_not_there_are_no_places() -> None:
    known = after(ROWS)
    assert packed(ROWS, replace(known, before={}, places={})) == packed(ROWS, Blocks())


@given(st.lists(st.binary(max_size=400), max_size=5))
def test_the_sum_of_texts_one_after_the_other_is_that_of_all_of_them(texts: list[bytes]) -> None:
    found = 0
    for one in texts:
        found = sum_of_both(found, zlib.crc32(one), len(one))
    assert found == zlib.crc32(b"".join(texts))
