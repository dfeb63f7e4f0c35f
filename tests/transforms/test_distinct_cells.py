"""What is found once for each distinct text is what would be found for every cell."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from transforms.distinct_cells import distinct, each_once

TEXTS = st.lists(st.none() | st.text("ab1", max_size=2), max_size=30)
MEANINGS = {
    "number": pl.col("score").cast(pl.Int32, strict=False),
    "blank": pl.col("score").is_null(),
    "known": pl.col("code").is_in(["a", "b1"]),
    "nothing": pl.lit(None, pl.Int16),
}


@given(TEXTS)
def test_places_lead_back_to_every_cell(cells: list[str | None]) -> None:
    texts, places = distinct(pl.Series(cells, dtype=pl.String))
    assert texts.gather(places).to_list() == cells
    assert texts[-1] is None
    assert texts.n_unique() == texts.len() == len({*cells, None})


@given(TEXTS)
def test_meanings_are_those_of_every_cell(cells: list[str | None]) -> None:
    frame = pl.DataFrame({"score": cells, "code": cells[::-1]}, schema={"score": pl.String, "code": pl.String})
    found = {one.name: one for one in each_once(frame, MEANINGS)}
    for name, meaning in MEANINGS.items():
        assert_series_equal(found[name], frame.with_columns(meaning.alias(name))[name])


def test_a_meaning_of_two_columns_is_refused() -> None:
    frame = pl.DataFrame({"score": ["1"], "code": ["a"]})
    with pytest.raises(ValueError, match="both: found a meaning of 2 columns"):
        each_once(frame, {"both": pl.col("score") + pl.col("code")})
