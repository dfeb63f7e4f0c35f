"""Charts over time: which quarters are charted, how many points a chart needs, and what a signal means."""

from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.trends import Trends
from tests.transforms.networks import cohorts
from tests.transforms.released import exact, released
from transforms.observed_rates import observed_rates
from transforms.trends import FEWEST_FOR_LIMITS, LEAST_MEDIAN_SIZE, trends


def quarters(many: int) -> list[str]:
    return [f"{2020 + place // 4}-Q{place % 4 + 1}" for place in range(many)]


def charted(counts: list[tuple[int, int]], more: dict[str, dict[str, Any]] | None = None) -> pl.DataFrame:
    """The chart of a clinic with x of n in successive quarters; `more` changes a quarter."""
    rows = [
        exact(
            x,
            n - x,
            source="clinic-a",
            cohort="clinic-a",
            period_kind="quarter",
            period=period,
            **(more or {}).get(period, {}),
        )
        for period, (x, n) in zip(quarters(len(counts)), counts, strict=True)
    ]
    cells = released(*rows)
    return trends(cells, observed_rates(cells), cohorts(1))


def of(found: pl.DataFrame, column: str) -> list[Any]:
    return found[column].to_list()


@pytest.mark.parametrize(
    ("points", "chart"),
    [
        (1, "run chart"),
        (FEWEST_FOR_LIMITS - 1, "run chart"),
        (FEWEST_FOR_LIMITS, "trial limits"),
        (11, "trial limits"),
        (12, "limits with a warning"),
        (13, "limits"),
        (40, "limits"),
    ],
)
def test_what_is_drawn_follows_from_the_number_of_points(points: int, chart: str) -> None:
    found = charted([(50, 100), (60, 100)] * (points // 2) + [(50, 100)] * (points % 2))
    assert set(of(found, "chart")) == {chart}
    assert (found["mean"].null_count() == 0) is (chart != "run chart")


def test_eleven_points_name_no_signal_and_twelve_do() -> None:
    eleven, twelve = ([(20, 100), *[(50, 100)] * many] for many in (10, 11))
    assert set(of(charted(eleven), "signal")) == {"not judged"}
    assert of(charted(twelve), "signal")[0] == "below_limit"


@pytest.mark.parametrize(("counts", "chart"), [((9, 18), "trial limits"), ((9, 17), "too few patients")])
def test_quarters_of_few_patients_have_no_limits(counts: tuple[int, int], chart: str) -> None:
    found = charted([counts] * 8)
    assert (set(of(found, "chart")), of(found, "analysed")[0] < LEAST_MEDIAN_SIZE) == ({chart}, chart != "trial limits")


def test_a_quarter_tells_who_is_missing_beside_its_rate() -> None:
    found = charted([(50, 100)] * 6, {"2020-Q2": {"missing": 20}})
    assert of(found, "missing") == [0, 20, 0, 0, 0, 0]


def test_a_quarter_in_which_somebody_is_not_due_is_not_charted() -> None:
    found = charted([(50, 100)] * 7, {"2021-Q3": {"not_due": 40}, "2021-Q2": {"not_due": 3}})
    assert of(found, "closed") == [True] * 5 + [False] * 2
    assert of(found, "charted") == [True] * 5 + [False] * 2
    assert of(found, "quarters") == [5] * 7


def test_a_hidden_quarter_is_left_out_and_keeps_its_row() -> None:
    found = charted([(50, 100)] * 6 + [(3, 100)])
    assert (of(found, "status")[-1], of(found, "charted")[-1], of(found, "quarters")[-1]) == ("suppressed", False, 6)


def test_more_responders_are_an_improvement_and_fewer_a_concern() -> None:
    steady = [(50, 100), (60, 100)] * 10
    better, worse = charted([*steady, (92, 100)]), charted([*steady, (10, 100)])
    assert (of(better, "signal")[-1], of(better, "reading")[-1]) == ("above_limit", "improvement")
    assert (of(worse, "signal")[-1], of(worse, "reading")[-1]) == ("below_limit", "concern")
    assert of(better, "reading")[0] == "common cause"


def test_seven_rising_are_a_signal() -> None:
    rising = [(x, 200) for x in (100, 90, 100, 90, 100, 90, 95, 100, 105, 110, 115, 120, 125)]
    assert of(charted(rising), "signal")[-1] in {"rising", "above_limit"}
    assert "rising" in of(charted(rising), "signal")


def plain_limits(rates: list[float]) -> tuple[float, float]:
    """XmR limits by hand: mean and 2.66 mean moving ranges, those beyond 3.267 of them left out once."""
    moves = [abs(two - one) for one, two in pairwise(rates)]
    first = sum(moves) / len(moves)
    kept = [move for move in moves if move < 3.267 * first] or moves
    mean, spread = sum(rates) / len(rates), sum(kept) / len(kept)
    return max(0.0, mean - 2.66 * spread), min(1.0, mean + 2.66 * spread)


@given(st.lists(st.integers(10, 90), min_size=6, max_size=20))
@settings(deadline=None, max_examples=40)
def test_limits_agree_with_those_made_by_hand_from_released_rates(responders: list[int]) -> None:
    found = charted([(x, 100) for x in responders])
    assert faults(Trends, found) == []
    low, high = plain_limits(of(found, "rate"))
    assert found["lower"][0] == pytest.approx(low)
    assert found["upper"][0] == pytest.approx(high)


def test_where_points_vary_more_than_their_sizes_allow_the_limits_are_scaled() -> None:
    wild, calm = charted([(20, 100), (80, 100)] * 7), charted([(50, 100)] * 14)
    assert (wild["primed"][0], calm["primed"][0]) == (True, False)
    assert wild["size_upper"][0] == 1.0


def test_where_everybody_responds_there_is_no_chart_of_sizes() -> None:
    assert charted([(100, 100)] * 8)["centre"].null_count() == 8


def test_a_clinic_without_dates_has_no_trend() -> None:
    cells = released(exact(50, 50, source="clinic-a", cohort="clinic-a"))
    assert trends(cells, observed_rates(cells), cohorts(1)).is_empty()
