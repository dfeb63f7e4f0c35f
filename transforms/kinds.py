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


def kinds(strata: pl.DataFrame, wanted: pl.DataFrame) -> Iterator[Kinds]:
    """The strata of the cells in `wanted` (columns of `CELL`), some thousands of cells at a time, in its order."""
    numbered = strata.with_columns(kind=_place())
    for part in wanted.select(CELL).iter_slices(CELLS_AT_ONCE):
        at = numbered.join(part.with_row_index("cell"), on=CELL, how="inner")
        cell, kind = at["cell"].to_numpy(), at["kind"].to_numpy()
        yield Kinds(
            part, *(_dense(at, name, cell, kind, part.height) for name in ("followed_up", "missing", "responders"))
        )


def _place() -> pl.Expr:
    """The place of a stratum among all kinds, in the order of `design`."""
    place = pl.lit(0)
    for name, words in _GROUPS.items():
        place = place * len(words) + pl.col(name).replace_strict(list(words), range(len(words)), return_dtype=pl.Int32)
    return place


def _dense(at: pl.DataFrame, name: str, cell: NDArray[np.int64], kind: NDArray[np.int64], cells: int) -> Vector:
    found = np.zeros((cells, len(design())))
    np.add.at(found, (cell, kind), at[name].to_numpy())
    return found


def levels(measure: str) -> Sequence[str]:
    """The groups of a characteristic, in order."""
    return _GROUPS[measure]
