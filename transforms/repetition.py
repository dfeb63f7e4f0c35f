"""Deliveries that say too little: the scores of an earlier one under other names, one score only, much more or less.

These are judges of `holds` (RELIABILITY D20, D21): pure functions of accepted rows, which are `Readings`.
"""

from collections.abc import Sequence

import polars as pl

from schemas.holds import FEWEST_JUDGED, MOST_CHANGE, Hold
from schemas.vocabulary import Vocabulary

#: Where fewer than this share of the rows are about the same patient and day, the same scores are another's.
LEAST_SAME_ROWS = 0.50
#: So few different scores come again in the same order by chance.
FEWEST_DIFFERENT = 3
_WHO_AND_WHEN = ("patient", "instrument", "date", "nominal_day")


def one_score_only(readings: pl.DataFrame, *, vocabulary: Vocabulary) -> list[Hold]:
    """A hold where an instrument has many scores in the delivery and all of them are the same."""
    scored = readings.filter(pl.col("score").is_not_null()).group_by("instrument")
    counted = scored.agg(rows=pl.len(), different=pl.col("score").n_unique())
    frozen = counted.filter((pl.col("rows") >= FEWEST_JUDGED) & (pl.col("different") == 1))["instrument"].sort()
    names = sorted(vocabulary.instruments)
    return [
        Hold(
            "one_score_only",
            f"The scores of {names[place]}: all of them are the same. Expected scores that differ from patient to "
            "patient. Look whether the export filled the column in; send it again, or say that it is so.",
        )
        for place in frozen
    ]


def scores_again(readings: pl.DataFrame, *, earlier: Sequence[pl.DataFrame]) -> list[Hold]:
    """A hold where the delivery has the very scores of an earlier one, in their order, for other patients or days."""
    mine = _scores(readings) if earlier else pl.Series()
    if len(mine) < FEWEST_JUDGED or mine.n_unique() < FEWEST_DIFFERENT:
        return []
    for before in earlier:
        if mine.equals(_scores(before)) and _same_rows(readings, before) < LEAST_SAME_ROWS:
            return [
                Hold(
                    "scores_again",
                    "The whole file: the same scores in the same order as in an earlier delivery, for other patients "
                    "or other days. Expected new scores. Look whether old results were copied; send the right ones, "
                    "or say that only codes or dates were corrected.",
                )
            ]
    return []


def _scores(readings: pl.DataFrame) -> pl.Series:
    return readings.sort("line", maintain_order=True)["score"].drop_nulls()


def _same_rows(readings: pl.DataFrame, before: pl.DataFrame) -> float:
    key = list(_WHO_AND_WHEN)
    again = readings.join(before.select(key).unique(), on=key, how="semi", nulls_equal=True).height
    return again / max(readings.height, 1)


def much_more_or_less(readings: pl.DataFrame, *, earlier: Sequence[pl.DataFrame]) -> list[Hold]:
    """A finding where the delivery has half as many records as the one before, or one and a half times as many."""
    if not earlier or earlier[-1]["line"].n_unique() < FEWEST_JUDGED:
        return []
    change = readings["line"].n_unique() / earlier[-1]["line"].n_unique() - 1
    if abs(change) <= MOST_CHANGE:
        return []
    way = "more" if change > 0 else "fewer"
    return [
        Hold(
            "volume_changed",
            f"The whole file: more than {MOST_CHANGE:.0%} {way} records than the delivery before. Expected about as "
            "many. Look whether the export was cut, or holds more than its period; send it again, or say that it is "
            "so.",
        )
    ]
