"""Deliveries that are judged in one pass: the rows of all, and of those beside which each is judged, by delivery.

Many small deliveries cost as much as one large one; a single delivery is a group of one. What is asked of the rows is
in `score_figures`, what follows from the answers in `meaning`, `repetition` and `holds`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.holds import Hold
from transforms.score_figures import by_instrument

#: A hold, and the place of the delivery that it is for.
Found = tuple[int, Hold]
#: What judges look at; `delivery` is the place in the group, `before` that among the earlier ones.
JUDGED = (
    "line", "patient", "instrument", "date", "start", "nominal_day", "course", "score", "age_band", "sex", "sessions",
    "duration_weeks",
)  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """The accepted rows of a delivery beside those of the accepted ones before it, the latest last.

    `replaced` is what the delivery would take the place of. All frames have the columns of `Readings`.
    """

    readings: pl.DataFrame
    contract: DeliveryContract
    earlier: Sequence[pl.DataFrame] = ()
    replaced: pl.DataFrame | None = None


class Deliveries:
    """A group of deliveries; every frame has `delivery`, the place of the delivery that a row is about."""

    def __init__(self, asked: Sequence[Beside]) -> None:
        self.asked = asked

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The rows of the deliveries themselves."""
        return _together((at, 0, one.readings) for at, one in enumerate(self.asked)).drop("before")

    @cached_property
    def records(self) -> pl.DataFrame:
        """One row, the first, of each line that names a patient."""
        again = (pl.col("line") == pl.col("line").shift()) & (pl.col("delivery") == pl.col("delivery").shift())
        in_order = (pl.col("line") >= pl.col("line").shift()) | (pl.col("delivery") != pl.col("delivery").shift())
        each = self.rows
        if each.select(in_order.all()).item():
            each = each.filter(~again.fill_null(value=False)) if each.select(again.any()).item() else each
        else:
            each = each.unique(["delivery", "line"], keep="first", maintain_order=True)
        return each.filter(pl.col("patient").is_not_null()) if each["patient"].null_count() else each

    @cached_property
    def scores(self) -> pl.DataFrame:
        """delivery, patient, instrument, day, score: what was measured."""
        return _with_days(self.rows, ["delivery"])

    @cached_property
    def by_instrument(self) -> pl.DataFrame:
        """How many scores of each instrument there are, and the lowest and highest, as `score_figures` gives them."""
        return by_instrument(self.scores)

    @cached_property
    def earlier(self) -> pl.DataFrame:
        """The rows of earlier deliveries, with `before`, the place of each among those of its delivery."""
        return _together(
            (at, before, rows) for at, one in enumerate(self.asked) for before, rows in enumerate(one.earlier)
        )

    @cached_property
    def earlier_scores(self) -> pl.DataFrame:
        """The `scores` of earlier deliveries."""
        return _with_days(self.earlier, ["delivery", "before"])

    @property
    def with_earlier(self) -> list[int]:
        """The places of deliveries that had one before."""
        return [at for at, one in enumerate(self.asked) if one.earlier]


def held(delivery: int, rule: str, explanation: str) -> Found:
    """A reason to hold the delivery at a place of its group."""
    return delivery, Hold(rule, explanation)


def _together(frames: Iterable[tuple[int, int, pl.DataFrame]]) -> pl.DataFrame:
    placed = [
        rows.select(*JUDGED, delivery=pl.lit(at, pl.Int32), before=pl.lit(before, pl.Int8))
        for at, before, rows in frames
    ]
    return pl.concat(placed) if len(placed) > 1 else placed[0]


def _with_days(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The scores with `day`, counted from the start of treatment or, without one, from the patient's first contact."""
    begun = pl.col("start")
    if rows["start"].null_count():
        begun = pl.coalesce("start", pl.col("date").min().over(*by, "patient"))
    since = (pl.col("date") - begun).dt.total_days()
    day = pl.coalesce(pl.col("nominal_day").cast(pl.Int32), since.cast(pl.Int32))
    scores = rows.select("delivery", "patient", "instrument", "score", day=day)
    return scores.filter(pl.col("score").is_not_null()) if scores["score"].null_count() else scores
