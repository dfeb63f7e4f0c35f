"""Deliveries that say too little: the scores of an earlier one under other names, one score only, much more or less.

These are judges of `holds` (RELIABILITY D20, D21): pure functions of accepted rows, which are `Readings`.
"""

from collections.abc import Iterator

import polars as pl

from schemas.holds import FEWEST_JUDGED, MOST_CHANGE
from schemas.vocabulary import Vocabulary
from transforms.judged_together import Beside, Deliveries, Found, held

#: Where fewer than this share of the rows are about the same patient and day, the same scores are another's.
LEAST_SAME_ROWS = 0.50
#: So few different scores come again in the same order by chance.
FEWEST_DIFFERENT = 3
_WHO_AND_WHEN = ("patient", "instrument", "date", "nominal_day")


def one_score_only(group: Deliveries, *, vocabulary: Vocabulary) -> Iterator[Found]:
    """A hold where an instrument has many scores in the delivery and all of them are the same."""
    names = sorted(vocabulary.instruments)
    frozen = (pl.col("count") >= FEWEST_JUDGED) & (pl.col("low") == pl.col("high"))
    for at, place in group.by_instrument.filter(frozen).select("delivery", "instrument").iter_rows():
        yield held(
            at,
            "one_score_only",
            f"The scores of {names[place]}: all of them are the same. Expected scores that differ from patient to "
            "patient. Look whether the export filled the column in; send it again, or say that it is so.",
        )


def scores_again(group: Deliveries) -> Iterator[Found]:
    """A hold where the delivery has the very scores of an earlier one, in their order, for other patients or days."""
    for at, one in enumerate(group.asked):
        if _came_before(one):
            yield held(
                at,
                "scores_again",
                "The whole file: the same scores in the same order as in an earlier delivery, for other patients or "
                "other days. Expected new scores. Look whether old results were copied; send the right ones, or say "
                "that only codes or dates were corrected.",
            )


def _came_before(one: Beside) -> bool:
    suspects = [before for before in one.earlier if _total(before) == _total(one.readings)]
    mine = _scores(one.readings) if suspects else pl.Series()
    if len(mine) < FEWEST_JUDGED or mine.n_unique() < FEWEST_DIFFERENT:
        return False
    return any(
        mine.equals(_scores(before)) and _same_rows(one.readings, before) < LEAST_SAME_ROWS for before in suspects
    )


def _total(readings: pl.DataFrame) -> tuple[int, int]:
    """How many scores there are, and their sum: where these differ, the scores do."""
    return readings["score"].count(), int(readings["score"].sum())


def _scores(readings: pl.DataFrame) -> pl.Series:
    return readings.sort("line", maintain_order=True)["score"].drop_nulls()


def _same_rows(readings: pl.DataFrame, before: pl.DataFrame) -> float:
    key = list(_WHO_AND_WHEN)
    again = readings.join(before.select(key).unique(), on=key, how="semi", nulls_equal=True).height
    return again / max(readings.height, 1)


def much_more_or_less(group: Deliveries) -> Iterator[Found]:
    """A finding where the delivery has half as many records as the one before, or one and a half times as many."""
    for at, one in enumerate(group.asked):
        before = one.earlier[-1]["line"].n_unique() if one.earlier else 0
        change = one.readings["line"].n_unique() / before - 1 if before >= FEWEST_JUDGED else 0
        if abs(change) > MOST_CHANGE:
            yield held(
                at,
                "volume_changed",
                f"The whole file: more than {MOST_CHANGE:.0%} {'more' if change > 0 else 'fewer'} records than the "
                "delivery before. Expected about as many. Look whether the export was cut, or holds more than its "
                "period; send it again, or say that it is so.",
            )
