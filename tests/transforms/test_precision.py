"""What is estimated from a whole network is stated to a tenth of a point, and nothing is judged by what is stated."""

import polars as pl
import pytest

from tests.transforms.test_clinic_variation import EVEN, placed
from transforms import clinic_variation as step
from transforms import precision
from transforms.networks import network_funnel
from transforms.precision import ESTIMATE_DECIMALS, stated
from transforms.statistics.shrinkage import shrunk_rates

WILD = [(x, 1000) for x in (200, 205, 300, 700, 250, 750, 350, 650, 400, 600)]


def test_an_estimate_is_stated_to_the_nearest_tenth_of_a_percentage_point_and_what_is_empty_stays_empty() -> None:
    given = pl.DataFrame({"share": [0.12349, 0.12351, 0.9996, 0.0004, None]})
    assert given.select(stated("share"))["share"].to_list() == [0.123, 0.124, 1.0, 0.0, None]


@pytest.mark.parametrize("counts", [EVEN, WILD], ids=["alike", "apart"])
def test_rates_drawn_towards_the_network_are_stated_with_their_limits(
    counts: list[tuple[int, int]],
) -> None:
    found, drawn = placed(counts).sort("source"), shrunk_rates(counts, ranked=False)
    assert found["shrunk_rate"].to_list() == [round(rate, ESTIMATE_DECIMALS) for rate in drawn.rates]
    assert found["shrunk_low"].to_list() == [round(interval.low, ESTIMATE_DECIMALS) for interval in drawn.intervals]
    assert found["shrunk_high"].to_list() == [round(interval.high, ESTIMATE_DECIMALS) for interval in drawn.intervals]


def test_the_function_that_draws_rates_towards_a_network_does_not_round() -> None:
    rates = shrunk_rates(WILD, ranked=False).rates
    assert all(rate != round(rate, ESTIMATE_DECIMALS) for rate in rates)


def test_a_clinic_is_judged_by_unrounded_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = placed(WILD)
    monkeypatch.setattr(precision, "ESTIMATE_DECIMALS", 0)
    coarse = placed(WILD)
    assert coarse.drop(step.SHRUNK).equals(exact.drop(step.SHRUNK))
    assert not coarse.equals(exact)
    funnel = network_funnel(WILD)
    assert funnel is not None
    assert set(exact["target"]) == {funnel.target}


def test_a_count_that_one_clinic_corrects_in_a_large_network_moves_no_other_clinics_stated_rate() -> None:
    counts = [(500, 1000)] * 400
    before, after = (placed([(first, 1000), *counts]).sort("source") for first in (500, 505))
    assert before["shrunk_rate"][1:].equals(after["shrunk_rate"][1:])
    assert not before["target"].equals(after["target"])
