"""Two frames have one fingerprint where columns, types and rows are the same, whatever their layout in memory."""

from datetime import date

import polars as pl
import pytest

from orchestration.fingerprints import of_frame

ROWS = pl.DataFrame(
    {
        "words": ["ab", "c", None, ""],
        "whole": pl.Series([1, 0, None, 3], dtype=pl.Int32),
        "number": [0.5, None, 0.0, -1.0],
        "flag": [True, None, False, True],
        "day": [date(2026, 1, 1), None, date(2026, 1, 2), date(1970, 1, 1)],
        "key": pl.Series([1, 2**64 - 1, 3, 4], dtype=pl.UInt64),
    }
)


def test_the_same_rows_have_the_same_fingerprint_in_any_layout() -> None:
    parts = pl.concat([ROWS.head(1), ROWS.slice(1, 2), ROWS.tail(1)], rechunk=False)
    shuffled = ROWS[[2, 0, 3, 1]][[1, 3, 0, 2]]
    assert of_frame(ROWS) == of_frame(parts) == of_frame(shuffled)


@pytest.mark.parametrize(
    "other",
    [
        ROWS.reverse(),
        ROWS.head(3),
        ROWS.rename({"words": "word"}),
        ROWS.select(*ROWS.columns[::-1]),
        ROWS.cast({"whole": pl.Int64}),
        ROWS.with_columns(words=pl.Series(["a", "bc", None, ""])),
        ROWS.with_columns(words=pl.Series(["ab", "c", "", None])),
        ROWS.with_columns(words=pl.Series(["ab", "c", "", ""])),
        ROWS.with_columns(pl.col("whole").fill_null(0)),
        ROWS.with_columns(pl.col("number").fill_null(0)),
        ROWS.with_columns(pl.col("flag").fill_null(value=False)),
        ROWS.with_columns(pl.col("day").fill_null(date(1970, 1, 1))),
    ],
)
def test_whatever_differs_has_another(other: pl.DataFrame) -> None:
    assert of_frame(other) != of_frame(ROWS)


def test_a_frame_without_rows_has_one_as_well() -> None:
    assert of_frame(ROWS.clear()) == of_frame(ROWS.clear())
    assert of_frame(ROWS.clear()) != of_frame(ROWS.clear().drop("day"))
