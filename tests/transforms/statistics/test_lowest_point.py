"""The lowest place of a function of two numbers: found, within bounds, and where a library's optimiser finds it."""

from math import cos, exp, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from transforms.statistics import shrinkage
from transforms.statistics.lowest_point import Pair, Point, lowest

WIDE = ((-50.0, 50.0), (-50.0, 50.0))


def _bowl(x: float, y: float) -> Point:
    """Lowest at (1, -2), where it is 3."""
    u, v = x - 1, y + 2
    return Point(3 + 2 * u * u + u * v + v * v, (4 * u + v, u + 2 * v), (4.0, 1.0, 2.0))


def _banana(x: float, y: float) -> Point:
    """Rosenbrock's valley, lowest at (1, 1), where it is 0."""
    bent = y - x * x
    slope = (-2 * (1 - x) - 400 * x * bent, 200 * bent)
    return Point((1 - x) ** 2 + 100 * bent * bent, slope, (2 - 400 * (y - 3 * x * x), -400 * x, 200.0))


def _waves(x: float, y: float) -> Point:
    """Hollow nowhere near the tops from which a search may start."""
    return Point(sin(x) + sin(y), (cos(x), cos(y)), (-sin(x), 0.0, -sin(y)))


def _flat(x: float, y: float) -> Point:
    return Point(1.0, (0.0, 0.0), (0.0, 0.0, 0.0))


def _downhill(x: float, y: float) -> Point:
    """Lower and lower to the right, and hollow in y."""
    return Point(exp(-x) + y * y, (-exp(-x), 2 * y), (exp(-x), 0.0, 2.0))


@pytest.mark.parametrize("start", [(0.0, 0.0), (40.0, -40.0), (1.0, -2.0)])
def test_the_bottom_of_a_bowl_is_found_from_anywhere(start: Pair) -> None:
    place, value = lowest(_bowl, start, WIDE)
    assert place == pytest.approx((1, -2), abs=1e-9)
    assert value == pytest.approx(3)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (5.0, 5.0), (0.0, -3.0)])
def test_a_bent_valley_is_followed_to_its_end(start: Pair) -> None:
    place, value = lowest(_banana, start, WIDE)
    assert place == pytest.approx((1, 1), abs=1e-6)
    assert value == pytest.approx(0, abs=1e-12)


def test_a_search_that_starts_near_a_top_goes_down() -> None:
    _, value = lowest(_waves, (1.5, 1.6), WIDE)
    assert value == pytest.approx(-2)


def test_a_bound_is_kept_and_the_other_number_still_found() -> None:
    place, _ = lowest(_bowl, (-5.0, -5.0), ((-6.0, 0.0), (-6.0, 6.0)))
    assert place == pytest.approx((0.0, -1.5), abs=1e-9)


def test_where_it_falls_for_ever_the_bound_is_the_end() -> None:
    place, _ = lowest(_downhill, (0.0, 1.0), ((-5.0, 20.0), (-5.0, 5.0)))
    assert place == pytest.approx((20.0, 0.0), abs=1e-9)


def test_a_flat_function_ends_where_it_began() -> None:
    assert lowest(_flat, (2.0, 3.0), WIDE) == ((2.0, 3.0), 1.0)


clinic = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=50, deadline=None)
@given(st.lists(clinic, min_size=2, max_size=30))
def test_shrinkage_fits_no_worse_than_a_librarys_optimiser(clinics: list[tuple[int, int]]) -> None:
    x, n = (np.array(column, dtype=np.float64) for column in zip(*clinics, strict=True))
    if x.sum() in (0, n.sum()):
        return
    likelihood, centre = shrinkage._BetaBinomial.of(x, n), float(np.log(x.sum() / (n - x).sum()))
    within = ((-20.0, 20.0), shrinkage.LOG_ODDS_OF_RHO)

    def loss(place: np.ndarray) -> tuple[float, np.ndarray]:
        found = likelihood.loss(float(place[0]), float(place[1]))
        return found.value, np.array(found.slope)

    for start in (-1.0, -3.0, -6.0):
        _, ours = lowest(likelihood.loss, (centre, start), within)
        theirs = minimize(loss, np.array([centre, start]), jac=True, bounds=within, method="L-BFGS-B")
        assert ours <= float(theirs.fun) + 1e-6


@settings(max_examples=50, deadline=None)
@given(st.lists(clinic, min_size=2, max_size=8), st.floats(-4, 4), st.floats(-6, 3))
def test_slope_and_curvature_are_those_of_the_likelihood(clinics: list[tuple[int, int]], u: float, v: float) -> None:
    x, n = (np.array(column, dtype=np.float64) for column in zip(*clinics, strict=True))
    loss, h = shrinkage._BetaBinomial.of(x, n).loss, 1e-5
    here, scale = loss(u, v), 1 + n.sum()
    right, left, above, below = loss(u + h, v), loss(u - h, v), loss(u, v + h), loss(u, v - h)
    slope = ((right.value - left.value) / (2 * h), (above.value - below.value) / (2 * h))
    assert here.slope == pytest.approx(slope, abs=1e-6 * scale)
    across = [
        (one.slope[0] - other.slope[0], one.slope[1] - other.slope[1]) for one, other in ((right, left), (above, below))
    ]
    curvature = (across[0][0] / (2 * h), across[0][1] / (2 * h), across[1][1] / (2 * h))
    assert here.curvature == pytest.approx(curvature, abs=1e-5 * scale)
