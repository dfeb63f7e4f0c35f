"""Reasons that a person has taken off lines: which may be, and from which lines they are taken.

Only a reason that leaves a record usable can be signed off: what cannot be read stays set aside. Who decided, and why,
is no business of this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.readings import BIT

#: A date that is odd but readable, a total that its items do not give, and what is only said about a patient.
RELEASABLE = (
    "after_data_cut", "day_implausible", "total_disagrees", "age_unreadable", "sex_unknown", "duration_unreadable",
    "sessions_unreadable",
)  # fmt: skip


@dataclass(frozen=True)
class LineWord:
    """What a person said of lines of one delivery that have one reason; no lines means all of them."""

    reason: str
    released: bool
    lines: tuple[int, ...] = ()


def signed_off(words: Sequence[LineWord]) -> pl.Expr:
    """The reasons that are taken off each record, as bits; of several words on a line the last one counts."""
    masks = []
    for reason in sorted({word.reason for word in words}):
        taken = pl.lit(value=False)
        for word in words:
            if word.reason == reason:
                meant = pl.col("line").is_in(word.lines) if word.lines else pl.lit(value=True)
                taken = pl.when(meant).then(pl.lit(value=word.released)).otherwise(taken)
        masks.append(taken.cast(pl.UInt32) * BIT[reason])
    return pl.sum_horizontal(masks).cast(pl.UInt32) if masks else pl.lit(0, pl.UInt32)
