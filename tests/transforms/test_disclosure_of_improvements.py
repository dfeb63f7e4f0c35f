"""What a reader may know of how far patients changed: means as steps, no small group, no two that differ by a few."""

from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.improvements import THRESHOLDS
from schemas.score_changes import GROUPS, ChangeGroups, ImprovementCurves, ScoreChanges
from tests.transforms.hillside import VOCABULARY
from tests.transforms.improved import Row, improvement, improvements_of
from transforms.disclosure_of_improvements import change_groups, improvement_curves, score_changes
from transforms.statistics.distributions import t_value
from transforms.statistics.proportions import wilson


def changed(*rows: Row) -> list[Row]:
    made = score_changes(improvements_of(*rows), vocabulary=VOCABULARY)
    assert faults(ScoreChanges, made) == []
    return made.to_dicts()


def groups(*rows: Row) -> dict[str, int]:
    listed = improvements_of(*rows)
    made = change_groups(listed, score_changes(listed, vocabulary=VOCABULARY))
    assert faults(ChangeGroups, made) == []
    return dict(made.select("group", "courses").iter_rows())


def curve(*rows: Row) -> list[Row]:
    made = improvement_curves(improvements_of(*rows), vocabulary=VOCABULARY)
    assert faults(ImprovementCurves, made) == []
    return made.to_dicts()


def at(**counts: int) -> Any:
    """The number of those who reach a threshold, written as the thresholds from which on it is another."""
    steps = sorted((int(name[1:]), count) for name, count in counts.items())
    return lambda percent: [count for first, count in steps if first <= percent][-1]


# ---- mean and spread ---------------------------------------------------------------------------------------------


def test_a_mean_leaves_as_a_step_of_the_scale_with_an_interval_made_from_what_is_shown() -> None:
    (row,) = changed(improvement(103, improvement_sum=103 * 21.3, improvement_squares=103 * (21.3**2 + 400)))
    assert (row["status"], row["measured"], row["mean"], row["deviation"]) == ("ok", 105, 22.0, 20.0)
    reach = t_value(0.95, 104) * 20 / sqrt(105)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((22 - reach, 22 + reach))
    assert row["standardised"] == pytest.approx(1.1)
    assert (row["lower_quartile"], row["median"], row["upper_quartile"]) == (6.0, 20.0, 34.0)


@pytest.mark.parametrize(
    ("measured", "status"), [(0, "no_data"), (1, "suppressed"), (9, "suppressed"), (10, "ok"), (11, "ok")]
)
def test_fewer_than_ten_patients_have_no_mean(measured: int, status: str) -> None:
    (row,) = changed(improvement(measured, median=None if measured == 0 else 20.0))
    assert row["status"] == status
    shown = [row[name] is not None for name in ("measured", "mean", "mean_low", "deviation", "median")]
    assert shown == [status == "ok"] * 5


def test_where_all_changed_alike_the_mean_would_speak_of_each_and_is_hidden() -> None:
    (row,) = changed(improvement(100, improvement_sum=2000.0, improvement_squares=40000.0))
    assert (row["status"], row["mean"]) == ("suppressed", None)


def test_a_number_of_missing_from_1_to_7_is_hidden() -> None:
    hidden, shown = (changed(improvement(50, missing))[0]["missing"] for missing in (7, 8))
    assert (hidden, shown) == (None, 10)


# ---- who became better, who worse ------------------------------------------------------------------------------------


def test_groups_are_shown_to_the_nearest_five_with_their_intervals() -> None:
    rows = improvements_of(improvement(100, instrument="rmdq-24", improved=41, deteriorated=12, worse=33))
    made = change_groups(rows, score_changes(rows, vocabulary=VOCABULARY)).to_dicts()
    assert {row["group"]: row["courses"] for row in made} == dict(zip(GROUPS, (40, 45, 10, 35), strict=True))
    interval = wilson(40, 100)
    (better,) = [row for row in made if row["group"] == "improved"]
    assert (better["group_share"], better["group_low"], better["group_high"]) == pytest.approx(
        (0.4, interval.low, interval.high)
    )


@pytest.mark.parametrize(
    ("improved", "deteriorated", "worse", "shown"),
    [
        (40, 8, 30, {"improved", "unchanged", "deteriorated", "worse"}),
        (40, 7, 30, {"improved", "worse"}),
        (7, 20, 30, {"deteriorated", "worse"}),
        (93, 0, 0, set()),
        (60, 35, 35, {"improved", "deteriorated", "worse"}),
        (40, 25, 30, {"improved", "worse"}),
        (40, 22, 30, {"improved", "unchanged", "deteriorated", "worse"}),
    ],
)
def test_a_group_that_is_small_or_leaves_one_or_sets_one_apart_is_not_shown(
    improved: int, deteriorated: int, worse: int, shown: set[str]
) -> None:
    row = improvement(100, instrument="rmdq-24", improved=improved, deteriorated=deteriorated, worse=worse)
    found = groups(row)
    assert set(found) - ({"worse", "deteriorated"} if worse == 0 else set()) == shown


def test_nobody_became_worse_is_said_of_thirty_patients_and_of_no_fewer() -> None:
    assert "worse" in groups(improvement(30))
    assert "worse" not in groups(improvement(29))


def test_of_a_clinic_whose_mean_is_hidden_no_group_is_shown() -> None:
    assert groups(improvement(9, worse=0)) == {}


# ---- curves --------------------------------------------------------------------------------------------------------


def test_a_threshold_with_a_few_patients_below_it_is_left_out() -> None:
    found = {row["threshold"]: row["improved"] for row in curve(improvement(100, reached=at(_0=80, _10=75, _20=60)))}
    assert found[0] == 80
    assert 10 not in found
    assert found[20] == 60


def test_a_threshold_close_to_that_of_a_rule_is_left_out_for_the_rule_is_counted_elsewhere() -> None:
    found = {row["threshold"]: row["improved"] for row in curve(improvement(100, reached=at(_0=80, _25=55, _30=50)))}
    assert 25 not in found
    assert found[30] == 50
    far = {row["threshold"]: row["improved"] for row in curve(improvement(100, reached=at(_0=80, _25=60, _30=50)))}
    assert (far[25], far[30]) == (60, 50)


def test_shares_come_from_released_counts_and_the_missing_count_as_not_improved() -> None:
    (row, *_) = curve(improvement(101, 12, reached=at(_0=52)))
    interval = wilson(50, 100)
    assert (row["improved"], row["measured"]) == (50, 100)
    assert (row["improved_share"], row["improved_low"], row["improved_high"]) == pytest.approx(
        (0.5, interval.low, interval.high)
    )
    assert row["nonresponse_share"] == pytest.approx(50 / 110)


def test_where_the_number_missing_is_hidden_so_is_the_share_of_all_who_were_due() -> None:
    assert {row["nonresponse_share"] for row in curve(improvement(100, 7))} == {None}


falls = st.lists(st.integers(0, 12), min_size=len(THRESHOLDS) + 1, max_size=len(THRESHOLDS) + 1)


@settings(deadline=None)
@given(falls, st.sampled_from(["cpgs-pain", "ffbh-r", "nrs-pain"]))
def test_no_two_groups_that_a_reader_knows_differ_by_a_few(steps: list[int], instrument: str) -> None:
    placed = sum(steps)
    counts = {percent: placed - sum(steps[: place + 1]) for place, percent in enumerate(THRESHOLDS)}
    row = improvement(placed, instrument=instrument, reached=lambda percent: counts[percent])
    shown = [one["threshold"] for one in curve(row)]
    rules = [
        int(one.relative_threshold)
        for one in VOCABULARY.definitions.values()
        if one.relative_threshold in THRESHOLDS and one.instruments == (instrument,)
    ]
    of_rules = {counts[percent] for percent in rules}
    known = [placed, *(counts[percent] for percent in sorted({*shown, *rules})), 0]
    for before, after in pairwise(known):
        assert not 1 <= before - after <= 7 or {before, after} <= of_rules | {placed, 0}
    for percent in shown:
        assert counts[percent] not in range(1, 8)
        assert placed - counts[percent] not in range(1, 8)
        assert 0 < counts[percent] < placed or placed >= 30
