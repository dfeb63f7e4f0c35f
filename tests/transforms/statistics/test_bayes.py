"""Probabilities about two rates: complementary, and those of a simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.bayes import Beta, against_published, chance_above, posterior

sides = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=25)
@given(sides, sides)
def test_one_rate_is_above_the_other_or_the_other_above_it(first: tuple[int, int], second: tuple[int, int]) -> None:
    a, b = posterior(*first), posterior(*second)
    assert chance_above(a, b, 0.0) + chance_above(b, a, 0.0) == pytest.approx(1, abs=1e-7)


@settings(max_examples=15)
@given(sides, sides)
def test_the_chances_are_those_of_a_simulation(first: tuple[int, int], second: tuple[int, int]) -> None:
    a, b = posterior(*first), posterior(*second)
    random = np.random.default_rng(20260101)
    gap = random.beta(a.a, a.b, 200_000) - random.beta(b.a, b.b, 200_000)
    found = against_published(a, b, 0.10)
    assert found.p_higher == pytest.approx(float((gap > 0).mean()), abs=0.006)
    assert found.p_at_least_as_good == pytest.approx(float((gap > -0.10).mean()), abs=0.006)
    assert found.p_within_margin == pytest.approx(float((np.abs(gap) < 0.10).mean()), abs=0.006)
    assert found.p_materially_higher == pytest.approx(float((gap > 0.10).mean()), abs=0.006)


def test_a_flat_prior_without_data_says_nothing() -> None:
    assert posterior(0, 0, prior=1.0) == Beta(1, 1)
    assert chance_above(Beta(1, 1), Beta(1, 1), 0.0) == pytest.approx(0.5)
    assert chance_above(Beta(1, 1), Beta(1, 1), 0.5) == pytest.approx(0.125)


def test_what_is_no_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="posterior"):
        posterior(6, 5)
