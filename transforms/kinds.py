"""Strata as dense arrays: every cell with all kinds of patients in one order, and the design that describes a kind.

What is computed from the arrays is `disclosure_of_strata`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.strata import AGES, BASELINES, DURATIONS, SEXES
from transforms.statistics.distributions import Vector

_GROUPS = {"baseline": BASELINES, "age": AGES, "sex": SEXES, "duration": DURATIONS}
CELL = ("source", "cohort", "definition", "endpoint", "population")
NUMBERS = ("followed_up", "missing", "responders")
#: So many cells are held as arrays at once: some 20 megabytes.
CELLS_AT_ONCE = 4_000


@dataclass(frozen=True)
class Kinds:
    """Some cells with the numbers of each kind of patient (cells x kinds)."""

    cells: pl.DataFrame
    followed_up: Vector
    missing: Vector
    responders: Vector


@cache
def design() -> Vector:
    """What describes each kind (kinds x columns): a constant, the baseline's fourth, age, sex and duration.

    The fourths enter as one number; what is not known has a column of its own.
    """
    rows = []
    for baseline, age, sex, duration in product(*(range(len(words)) for words in _GROUPS.values())):
        known = baseline < len(BASELINES) - 1
        rows.append(
            [
                1.0,
                baseline / (len(BASELINES) - 2) if known else 0.0,
                0.0 if known else 1.0,
                *(float(age == place) for place in range(1, len(AGES))),
                *(float(sex == place) for place in range(1, len(SEXES))),
                *(float(duration == place) for place in range(1, len(DURATIONS))),
            ]
        )
    return np.array(rows)


@cache
def of_baseline_alone() -> NDArray[np.bool_]:
    """Which columns of the design are the constant and the baseline's."""
    return np.array([True, True, True] + [False] * (design().shape[1] - 3))


def kinds(strata: pl.DataFrame, wanted: pl.DataFrame, together: Sequence[int] = ()) -> Iterator[Kinds]:
    """The strata of the cells in `wanted` (columns of `CELL`), in its order, some thousands of cells at a time.

    Where it is given, `together` says how many cells come at a time, one number after the other.
    """
    cells = wanted.select(CELL)
    rows = in_cells(strata, cells.with_row_index("cell")).select("cell", *NUMBERS, kind=_place()).sort("cell")
    begin, every = 0, rows["cell"].to_numpy()
    for many in together or _slices(cells.height):
        first, beyond = np.searchsorted(every, (begin, begin + many))
        part = rows[first:beyond]
        place = (part["cell"].to_numpy().astype(np.int64) - begin) * len(design()) + part["kind"].to_numpy()
        yield Kinds(cells[begin : begin + many], *(_dense(part[name], place, many) for name in NUMBERS))
        begin += many


def in_cells(strata: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The strata of these cells in their order, with the number `cell` in place of the columns of `CELL`.

    Strata of one cell stand together, so that a cell is looked up once.
    """
    begins = strata.select(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in CELL)
    ).to_series()
    begins = begins | (pl.int_range(strata.height, eager=True) == 0)
    numbers = (
        strata.select(CELL).filter(begins).join(cells.select(*CELL, "cell"), on=CELL, how="left", maintain_order="left")
    )
    placed = strata.drop(CELL).with_columns(cell=numbers["cell"].gather(begins.cum_sum() - 1))
    return placed.filter(pl.col("cell").is_not_null())


def _slices(cells: int) -> list[int]:
    return [min(CELLS_AT_ONCE, cells - begin) for begin in range(0, cells, CELLS_AT_ONCE)]


def _place() -> pl.Expr:
    """The place of a stratum among all kinds, in the order of `design`."""
    place = pl.lit(0)
    for name, words in _GROUPS.items():
        place = place * len(words) + pl.col(name).cast(pl.Enum(words)).to_physical().cast(pl.Int32)
    return place


def _dense(counts: pl.Series, place: NDArray[np.int64], cells: int) -> Vector:
    kinds_of_patients = len(design())
    found = np.bincount(place, weights=counts.to_numpy(), minlength=cells * kinds_of_patients)
    return found.astype(np.float64, copy=False).reshape(cells, kinds_of_patients)


def levels(measure: str) -> Sequence[str]:
    """The groups of a characteristic, in order."""
    return _GROUPS[measure]
