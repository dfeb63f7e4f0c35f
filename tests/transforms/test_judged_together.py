"""Many deliveries judged in one pass: each is told what it would be told by itself."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from schemas.holds import Hold
from schemas.readings import Readings
from tests.transforms.hillside import VOCABULARY, contract
from tests.transforms.test_meaning import START, Score, baselines, courses, rows
from transforms.holds import holds, holds_of_each, notes
from transforms.judged_together import Beside, Deliveries


def random_courses(seed: int, worse: float = 0.2) -> pl.DataFrame:
    """Forty patients, each with pain before treatment and after half a year."""
    drawn = random.Random(seed)
    return rows(
        *courses([(50.0 + at % 7, 70.0 if drawn.random() < worse else drawn.uniform(0, 49)) for at in range(40)])
    )


def asked() -> list[Beside]:
    """Deliveries with and without a history, sound and not, of clinics that agreed on different things."""
    sound, turned, low = random_courses(1), random_courses(2, worse=0.9), rows(*baselines([4.0] * 35))
    dmy = replace(contract(), file=replace(contract().file, dates="dmy"))
    early = sound.with_columns(start=pl.lit(START) - timedelta(days=3), date=pl.lit(START) - timedelta(days=4))
    return [
        Beside(sound, contract()),
        Beside(turned, contract(), [sound, random_courses(3)]),
        Beside(Readings.empty(), contract()),
        Beside(low, replace(contract(), volume_changes="hold"), [sound], sound),
        Beside(early, dmy, [turned]),
        Beside(
            sound.with_columns(pl.col("patient") + 1000), replace(contract(), covers="additions"), [low, sound], low
        ),
        Beside(sound.sample(fraction=1.0, shuffle=True, seed=5), contract(), [Readings.empty()]),
    ]


def rules(found: Sequence[Sequence[Hold]]) -> list[list[str]]:
    return [[one.rule for one in of_it] for of_it in found]


def test_deliveries_judged_in_one_pass_are_told_what_each_is_told_by_itself() -> None:
    alone = [
        holds(one.readings, contract=one.contract, vocabulary=VOCABULARY, earlier=one.earlier, replaced=one.replaced)
        for one in asked()
    ]
    assert holds_of_each(asked(), VOCABULARY) == alone
    assert notes(asked()) == [notes([one])[0] for one in asked()]
    assert rules(alone)[0] == rules(alone)[2] == []
    assert "direction_reversed" in rules(alone)[1]
    assert {"one_score_only", "scale_changed", "volume_changed", "shrunk"} <= set(rules(alone)[3])
    assert "scores_again" in rules(alone)[5]


@pytest.mark.parametrize("orderly", [True, False])
def test_a_line_of_several_scores_is_one_record_in_whatever_order_its_rows_stand(orderly: bool) -> None:
    twice = rows(*baselines([1.0, 2.0, 3.0])).with_columns(line=pl.Series([2, 2, 3], dtype=pl.Int32))
    found = Deliveries([Beside(twice if orderly else twice.reverse(), contract())] * 2).records
    assert sorted(found.select("delivery", "line").iter_rows()) == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_of_two_scores_of_the_last_day_that_of_the_later_line_counts() -> None:
    def changed(first: float, second: float) -> list[Score]:
        return [(1, "vas-pain", 0, 50.0), (1, "vas-pain", 183, first), (1, "vas-pain", 183, second)]

    each = [rows(*[(at, *score[1:]) for at in range(40) for score in changed(*pair)]) for pair in ((9, 60), (60, 9))]
    found = holds_of_each([Beside(one, contract()) for one in each], VOCABULARY)
    assert ["direction_reversed" in of_it for of_it in rules(found)] == [True, False]
