"""Strata find the cells that they belong to, in whichever order they stand."""

import polars as pl
from polars.testing import assert_frame_equal

from transforms.kinds import CELL, in_cells


def rows(*sources: str) -> pl.DataFrame:
    words = dict.fromkeys(CELL[1:], "same")
    return pl.DataFrame([{"source": source, **words, "followed_up": at} for at, source in enumerate(sources)])


def test_every_stratum_has_the_number_of_its_cell_and_no_other_is_left() -> None:
    strata = rows("alder", "alder", "birch", "cedar", "alder", "cedar")
    cells = rows("cedar", "alder").select(CELL).with_columns(cell=pl.Series([7, 9], dtype=pl.UInt32))
    found = in_cells(strata, cells)
    assert found.columns == ["followed_up", "cell"]
    assert found.rows() == [(0, 9), (1, 9), (3, 7), (4, 9), (5, 7)]
    joined = strata.join(cells, on=CELL, how="inner", maintain_order="left").drop(CELL)
    assert_frame_equal(found, joined)


def test_without_strata_or_without_cells_there_are_none() -> None:
    cells = rows("alder").select(CELL).with_columns(cell=pl.Series([0], dtype=pl.UInt32))
    assert in_cells(rows("alder").clear(), cells).is_empty()
    assert in_cells(rows("alder"), cells.clear()).is_empty()
