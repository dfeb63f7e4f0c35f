"""Missing outcomes: bounds that hold whatever happened, and how few would turn an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.missing import bounds, delta_rates, tipping_point
from transforms.statistics.proportions import wilson

cohorts = st.tuples(st.integers(0, 60), st.integers(1, 60), st.integers(0, 40)).map(
    lambda drawn: (min(drawn[0], drawn[1]), drawn[1], drawn[2])
)


@given(cohorts)
def test_the_bounds_are_those_of_all_ways_the_missing_could_have_gone(cohort: tuple[int, int, int]) -> None:
    x, n, m = cohort
    rates = [(x + k) / (n + m) for k in range(m + 1)]
    found = bounds(x, n, m)
    assert found is not None
    assert (found.low, found.high) == (min(rates), max(rates))
    assert found.follow_up == n / (n + m)


@given(cohorts)
def test_a_missing_patient_never_narrows_the_bounds(cohort: tuple[int, int, int]) -> None:
    x, n, m = cohort
    before, after = bounds(x, n, m), bounds(x, n, m + 1)
    assert before is not None
    assert after is not None
    assert after.low <= before.low
    assert before.high <= after.high


def test_nobody_due_has_no_bounds() -> None:
    assert bounds(0, 0, 0) is None


def test_nobody_measured_could_be_anything() -> None:
    found = bounds(0, 0, 12)
    assert found is not None
    assert (found.low, found.high, found.completers, found.width) == (0, 1, None, 1)


@given(cohorts, st.floats(0, 1))
def test_the_tipping_point_is_that_of_a_search(cohort: tuple[int, int, int], benchmark: float) -> None:
    x, n, m = cohort

    def clears(k: int) -> bool:
        interval = wilson(x + k, n + m)
        return interval is not None and interval.low > benchmark

    assert tipping_point(x, n, m, benchmark) == next((k for k in range(m + 1) if clears(k)), None)


def test_deltas_go_from_no_difference_to_no_response() -> None:
    found = delta_rates(31, 46, 14)
    assert [round(delta, 2) for delta, _ in found] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.67]
    assert found[0][1] == pytest.approx(31 / 46)
    assert found[-1][1] == pytest.approx(31 / 60)


def test_a_rate_on_a_step_is_not_repeated() -> None:
    assert [round(delta, 2) for delta, _ in delta_rates(3, 10, 5)] == [0.0, 0.1, 0.2, 0.3]
    assert delta_rates(0, 10, 5) == [(0.0, 0.0)]
    assert delta_rates(0, 0, 5) == []


@pytest.mark.parametrize("counts", [(-1, 5, 0), (6, 5, 0), (3, 5, -1)])
def test_what_is_no_count_is_an_error(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="missing outcomes"):
        bounds(*counts)
