"""Many series at once: each has the chart that it has alone, and quantiles are those of the whole distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.charts import SIGNALS, rate_charts, sigma_z, xmr_charts
from transforms.statistics.distributions import binomial_cumulative, binomial_reached
from transforms.statistics.over_time import laney_chart, p_chart, xmr_chart

LENGTHS = st.integers(2, 24)


@given(LENGTHS, st.integers(0, 2**32))
def test_a_series_has_the_same_xmr_chart_among_others_as_alone(length: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(40, length)).round(1)
    values[0], values[1] = 0.5, np.arange(length)  # one that never moves, one that only rises
    found = xmr_charts(values)
    for at, row in enumerate(values):
        alone = xmr_chart(row.tolist())
        assert (found.mean[at], found.moving_range[at]) == (alone.mean, alone.moving_range)
        assert (found.lower[at], found.upper[at]) == (alone.lower, alone.upper)
        assert tuple(SIGNALS[place] for place in found.signals[at]) == alone.signals


@given(LENGTHS, st.integers(0, 2**32))
def test_a_series_has_the_same_rate_charts_among_others_as_alone(length: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    n = chance.integers(2, 90, size=(20, length)).astype(float)
    events = np.clip(chance.integers(0, 90, size=n.shape), 1, n - 1)
    spread = sigma_z(events, n)
    plain, scaled = rate_charts(events, n, np.ones(len(n))), rate_charts(events, n, spread)
    for at in range(len(n)):
        ours = (events[at].astype(int).tolist(), n[at].astype(int).tolist())
        for found, alone in ((plain, p_chart(*ours)), (scaled, laney_chart(*ours))):
            assert found.centre[at] == alone.centre
            assert (tuple(found.lower[at]), tuple(found.upper[at])) == (alone.lower, alone.upper)
            assert tuple(found.outside[at]) == alone.outside


def test_one_series_without_variation_is_an_error_among_others() -> None:
    with pytest.raises(ValueError, match="the same outcome in every patient"):
        rate_charts(np.array([[1.0, 2.0], [0.0, 0.0]]), np.full((2, 2), 5.0), np.ones(2))


@given(
    st.lists(st.integers(1, 3_000), min_size=1, max_size=30),
    st.floats(0.001, 0.999),
    st.sampled_from([0.001, 0.025, 0.5, 0.975, 0.999]),
)
def test_a_binomial_quantile_is_where_the_cumulative_chance_first_reaches_it(
    sizes: list[int], rate: float, chance: float
) -> None:
    found = binomial_reached(chance, np.array(sizes), rate)
    assert found.tolist() == [int(np.searchsorted(binomial_cumulative(n, rate), chance)) for n in sizes]
