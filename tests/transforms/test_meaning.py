"""What numbers can mean: every rule holds on one side of its limit, and not on the other (D05 to D08, D11)."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from schemas.delivery_contract import DeliveryContract
from schemas.readings import Readings
from tests.transforms.hillside import INSTRUMENT, VOCABULARY, contract
from transforms.meaning import (
    FAR_AWAY,
    FEWEST_CONTRADICTED,
    FEWEST_FOR_MEDIAN,
    FEWEST_SCORES,
    LEAST_CORRELATION,
    holds,
)

START = date(2025, 1, 13)
Score = tuple[int, str, int, float]


def rows(*scores: Score, **further: Sequence[Any]) -> pl.DataFrame:
    """Accepted readings from (patient, instrument, day, points); `further` gives whole columns."""
    scale = {name: VOCABULARY.instruments[name].scale for name in INSTRUMENT}
    written: list[dict[str, Any]] = [
        {
            "line": at,
            "patient": patient,
            "instrument": INSTRUMENT[name],
            "start": START,
            "date": START + timedelta(days=day),
            "score": round(points * scale[name]),
            "reasons": 0,
        }
        for at, (patient, name, day, points) in enumerate(scores, start=2)
    ]
    frame = pl.DataFrame(written, schema=Readings.schema(), orient="row")
    return frame.with_columns(pl.Series(name, values, frame.schema[name]) for name, values in further.items())


def rules(found: pl.DataFrame, *earlier: pl.DataFrame, agreed: DeliveryContract | None = None) -> set[str]:
    held = holds(found, contract=agreed or contract(), vocabulary=VOCABULARY, earlier=earlier)
    assert all(len(one.explanation) > 40 for one in held)
    return {one.rule for one in held}


def baselines(points: Sequence[float], name: str = "vas-pain") -> list[Score]:
    return [(at, name, 0, value) for at, value in enumerate(points)]


def courses(pairs: Sequence[tuple[float, float]], name: str = "vas-pain") -> list[Score]:
    """A baseline and a score after half a year of each patient."""
    return [(at, name, day, pair[n]) for at, pair in enumerate(pairs) for n, day in ((0, 0), (1, 183))]


# ---- D05 and D08: scales -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("highest", "held"), [(10.0, True), (10.1, False)])
@pytest.mark.parametrize(("scores", "enough"), [(FEWEST_SCORES, True), (FEWEST_SCORES - 1, False)])
def test_d_05_a_scale_to_100_of_which_nobody_passes_a_tenth_is_held(
    highest: float, held: bool, scores: int, enough: bool
) -> None:
    points = [highest, *(float(at % 10) for at in range(scores - 1))]
    assert ("scale_changed" in rules(rows(*baselines(points)))) is (held and enough)


@pytest.mark.parametrize(("name", "highest"), [("nrs-pain", 1.0), ("rmdq-24", 2.0), ("ffbh-r", 10.0)])
def test_d_08_fractions_and_single_items_leave_a_scale_in_its_lowest_tenth(name: str, highest: float) -> None:
    points = [highest, *([0.0, highest / 2] * FEWEST_SCORES)]
    assert "scale_changed" in rules(rows(*baselines(points, name)))
    assert "scale_changed" not in rules(rows(*baselines([*points, highest * 2], name)))


def test_d_05_a_clinic_whose_patients_have_little_pain_is_not_held() -> None:
    chance = random.Random(7)
    for _ in range(200):
        before = [min(100.0, chance.expovariate(1 / 17)) for _ in range(40)]
        pairs = [(round(one, 1), round(one * chance.uniform(0.3, 1.1), 1)) for one in before]
        assert rules(rows(*courses([(min(100, a), min(100, b)) for a, b in pairs]))) == set()


@pytest.mark.parametrize(("median", "held"), [(19.9, True), (20.0, False), (80.0, False), (80.1, True)])
@pytest.mark.parametrize("day", [0, 183])
def test_d_05_a_median_below_half_or_above_twice_that_of_earlier_files_is_held(
    median: float, held: bool, day: int
) -> None:
    def all_around(middle: float) -> pl.DataFrame:
        points = [middle - 0.1, middle, middle + 0.1] * FEWEST_FOR_MEDIAN
        return rows(*((at, "vas-pain", day, value) for at, value in enumerate(points)))

    assert ("median_shifted" in rules(all_around(median), all_around(40.0), all_around(40.0))) is held


def test_d_05_few_scores_have_no_median_worth_comparing() -> None:
    few = rows(*baselines([10.0] * (FEWEST_FOR_MEDIAN - 1)))
    assert "median_shifted" not in rules(few, rows(*baselines([50.0] * 60)))
    assert "median_shifted" in rules(rows(*baselines([10.0] * FEWEST_FOR_MEDIAN)), rows(*baselines([50.0] * 60)))


def test_baselines_are_compared_with_baselines_and_follow_ups_with_follow_ups() -> None:
    only_follow_ups = [(at, "vas-pain", 183, 20.0 + at / 10) for at in range(40)]
    before = rows(*courses([(60.0 + at / 10, 20.0 + at / 10) for at in range(40)]))
    assert "median_shifted" not in rules(rows(*only_follow_ups), before)


@pytest.mark.parametrize(
    ("column", "then", "now"), [("sessions", 6, 45), ("age_band", 3, 0), ("duration_weeks", 52, 12)]
)
def test_d_03_ages_and_sessions_that_were_exchanged_are_held(column: str, then: int, now: int) -> None:
    points = baselines([float(at) for at in range(40)])
    before = rows(*points, **{column: [then] * 40})
    assert "median_shifted" in rules(rows(*points, **{column: [now] * 40}), before)
    assert "median_shifted" not in rules(before, before)


@pytest.mark.parametrize(("odd", "held"), [(12, False), (13, True)])
def test_d_08_odi_points_instead_of_percent_are_held(odd: int, held: bool) -> None:
    points = [21.0] * odd + [20.0, 30.0, 40.0] * 6  # of 30 or 31 scores, at most two in five are off the grid
    assert ("not_totals" in rules(rows(*baselines(points, "odi")))) is held
    assert "not_totals" not in rules(rows(*baselines([*points, 52.0], "odi")))  # more than the 50 points there are


# ---- D07: directions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("worse", "held"), [(30, False), (31, True)])
def test_d_07_a_file_in_which_three_of_four_get_worse_is_held(worse: int, held: bool) -> None:
    pairs = [(40.0, 60.0)] * worse + [(60.0, 40.0 + at) for at in range(40 - worse)]
    assert ("direction_reversed" in rules(rows(*courses(pairs)))) is held


def test_d_07_where_high_is_good_getting_worse_is_going_down() -> None:
    down, up = [(70.0, 30.0)] * 40, [(30.0, 70.0)] * 40
    assert "direction_reversed" in rules(rows(*courses(down, "ffbh-r")))
    assert "direction_reversed" not in rules(rows(*courses(up, "ffbh-r")))


def test_d_07_few_changes_show_no_direction() -> None:
    worse = [(40.0, 60.0 + at / 10) for at in range(FEWEST_SCORES)]
    assert "direction_reversed" not in rules(rows(*courses(worse[1:])))
    assert "direction_reversed" in rules(rows(*courses(worse)))


@pytest.mark.parametrize(("turned", "held"), [(True, True), (False, False)])
def test_d_07_pain_that_falls_where_disability_rises_is_held(turned: bool, held: bool) -> None:
    pairs = [(at, float(2 * at), at * 0.5) for at in range(40)]
    scores = [(at, "vas-pain", 0, 100 - pain if turned else pain) for at, pain, _ in pairs]
    scores += [(at, "rmdq-24", 0, float(round(disability))) for at, _, disability in pairs]
    assert ("directions_disagree" in rules(rows(*scores))) is held


def test_d_07_a_weak_disagreement_of_few_patients_may_be_chance() -> None:
    few = [(at, name, 0, score) for at, score in enumerate(range(30)) for name in ("vas-pain",)]
    turned = [24, 2, 17, 9, 21, 5, 12, 19, 0, 23, 7, 14, 3, 20, 10, 1, 16, 6, 22, 11, 4, 18, 8, 13, 15, 2, 9, 5, 1, 0]
    others = [(at, "rmdq-24", 0, score) for at, score in enumerate(turned)]
    r = pl.DataFrame({"a": range(30), "b": turned}).select(pl.corr("a", "b", method="spearman")).item()
    assert -0.42 < r < LEAST_CORRELATION
    assert "directions_disagree" not in rules(rows(*few, *others))
    assert "directions_disagree" in rules(rows(*few, *[(at, name, 0, 24 - at * 0.8) for at, name, _, _ in others]))


def test_instruments_that_have_nothing_to_do_with_each_other_are_not_held() -> None:
    chance = random.Random(3)
    scores = [(at, name, 0, chance.randint(0, 24)) for at in range(80) for name in ("vas-pain", "rmdq-24")]
    assert LEAST_CORRELATION < 0
    assert "directions_disagree" not in rules(rows(*scores))


# ---- D11: orders of dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "held"), [("dmy", True), ("mdy", True), ("iso", False)])
def test_d_11_a_file_in_which_both_orders_fit_everywhere_is_held(order: str, held: bool) -> None:
    days = [date(2025, month, of_month) for month in range(1, 4) for of_month in (4, 8, 12)]
    found = rows(*baselines([float(at) for at in range(9)]), start=days, date=days)
    agreed = contract(file={"dates": order})
    assert ("date_order_unclear" in rules(found, agreed=agreed)) is held
    later = [*days[:-1], date(2025, 3, 13)]
    assert "date_order_unclear" not in rules(found.with_columns(date=pl.Series(later)), agreed=agreed)


def test_d_11_dates_that_are_the_same_in_both_orders_need_no_word() -> None:
    same = [date(2025, month, month) for month in range(1, 10)]
    found = rows(*baselines([float(at) for at in range(9)]), start=same, date=same)
    assert "date_order_unclear" not in rules(found, agreed=contract(file={"dates": "dmy"}))


# ---- columns that moved without the others ----------------------------------------------------------------


@pytest.mark.parametrize(("torn", "held"), [(FEWEST_CONTRADICTED - 1, False), (FEWEST_CONTRADICTED, True)])
def test_courses_whose_lines_are_of_two_sexes_are_held(torn: int, held: bool) -> None:
    pairs = [(60.0, 20.0 + at / 10) for at in range(60)]
    sexes = [0, 1] * torn + [0, 0] * (60 - torn)
    assert ("records_torn" in rules(rows(*courses(pairs), sex=sexes))) is held


@pytest.mark.parametrize(("apart", "held"), [(1, False), (2, True)])
def test_a_birthday_is_no_contradiction_and_a_decade_is_one(apart: int, held: bool) -> None:
    ages = [3, 3 + apart] * 30
    found = rows(*courses([(60.0, 20.0 + at / 10) for at in range(30)]), age_band=ages)
    assert ("records_torn" in rules(found)) is held


@pytest.mark.parametrize(("scattered", "held"), [(30, False), (31, True)])
def test_patients_who_start_anew_whenever_they_come_are_held(scattered: int, held: bool) -> None:
    found = rows(*courses([(60.0, 20.0 + at / 10) for at in range(40)]))
    anew = pl.when(pl.col("patient") < scattered).then("date").otherwise("start")
    assert ("records_torn" in rules(found.with_columns(start=anew))) is held


@pytest.mark.parametrize(("early", "held"), [(30, False), (31, True)])
def test_d_14_a_file_most_of_which_lies_before_the_start_is_held(early: int, held: bool) -> None:
    scores = [(at, "vas-pain", -15 if at < early else 28, 20.0 + at) for at in range(60)]
    assert ("before_start" in rules(rows(*scores))) is held
    inside = [(at, "vas-pain", -14 if at < early else 28, 20.0 + at) for at in range(60)]
    assert "before_start" not in rules(rows(*inside))


@pytest.mark.parametrize(("day", "held"), [(FAR_AWAY, False), (FAR_AWAY + 1, True)])
def test_d_12_a_file_most_of_which_lies_years_after_the_start_is_held(day: int, held: bool) -> None:
    scores = [(at, "vas-pain", day, 20.0 + at) for at in range(FEWEST_SCORES)]
    assert ("far_from_start" in rules(rows(*scores))) is held


@pytest.mark.parametrize(("last", "held"), [(60.0, True), (60.1, False)])
def test_d_20_one_score_for_every_baseline_is_held(last: float, held: bool) -> None:
    pairs = [(60.0, 20.0 + at) for at in range(FEWEST_SCORES - 1)] + [(last, 50.0)]
    assert ("filled_down" in rules(rows(*courses(pairs)))) is held


def test_no_sentence_repeats_a_number_of_the_file() -> None:
    found = holds(
        rows(*courses([(3.7, 7.3 + at / 1000) for at in range(31)])),
        contract=contract(),
        vocabulary=VOCABULARY,
        earlier=(),
    )
    assert found
    assert not [one for one in found for value in ("3.7", "7.3", "31") if value in one.explanation]
