"""Clustered patients: how much less they tell, and what is done where that cannot be measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.clusters import (
    clustered_wilson,
    design_effect,
    effective_size,
    icc_anova,
    icc_fleiss_cuzick,
    linearised,
)
from transforms.statistics.proportions import wilson

cluster = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
networks = st.lists(cluster, min_size=5, max_size=20)


def columns(clusters: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [x for x, _ in clusters], [n for _, n in clusters]


@given(networks)
def test_clustering_never_makes_an_interval_narrower(clusters: list[tuple[int, int]]) -> None:
    x, n = columns(clusters)
    found, plain = clustered_wilson(x, n), wilson(sum(x), sum(n))
    assert found is not None
    assert plain is not None
    assert found.icc is not None
    assert found.icc >= 0
    assert found.deff is not None
    assert found.deff >= 1
    assert found.n_effective <= sum(n)
    assert found.interval.low <= plain.low + 1e-12
    assert plain.high <= found.interval.high + 1e-12
    assert 0 <= found.interval.low <= found.rate <= found.interval.high <= 1


@pytest.mark.parametrize("k", [1, 2, 4])
def test_with_fewer_than_five_clusters_nothing_is_estimated_but_a_sensitivity_line_is_given(k: int) -> None:
    found = clustered_wilson([12] * k, [20] * k)
    assert found is not None
    assert (found.icc, found.deff, found.flag) == (None, None, "too_few_clusters")
    assert found.interval == wilson(12 * k, 20 * k)
    assert found.sensitivity is not None
    assert found.sensitivity.width > found.interval.width


def test_five_clusters_are_enough() -> None:
    found = clustered_wilson([12] * 5, [20] * 5)
    assert found is not None
    assert found.flag is None


def test_empty_clusters_do_not_count() -> None:
    with_empty = clustered_wilson([3, 0, 5, 2, 6, 4], [10, 0, 10, 10, 10, 10])
    assert with_empty == clustered_wilson([3, 5, 2, 6, 4], [10, 10, 10, 10, 10])
    assert clustered_wilson([0, 0], [0, 0]) is None


def test_clusters_that_differ_wholly_have_full_correlation() -> None:
    assert icc_anova([10, 0, 10, 0, 10, 0], [10] * 6) == pytest.approx(1)


def test_clusters_alike_correlate_below_0_and_are_clamped() -> None:
    assert icc_anova([5] * 6, [10] * 6) < 0
    found = clustered_wilson([5] * 6, [10] * 6)
    assert found is not None
    assert (found.icc, found.deff) == (0, 1)


@pytest.mark.parametrize(("x", "n"), [([0] * 6, [10] * 6), ([10] * 6, [10] * 6), ([1, 0, 1], [1, 1, 1]), ([4], [9])])
def test_where_nothing_varies_the_correlation_is_0(x: list[int], n: list[int]) -> None:
    assert icc_anova(x, n) == 0
    if len(n) != 1:
        assert icc_fleiss_cuzick(x, n) == 0


def test_equal_weights_are_worth_themselves() -> None:
    assert effective_size([2.0] * 7) == pytest.approx(7)
    assert design_effect([1, 1, 1], 0.5) == 1


def test_an_edge_rate_or_a_single_cluster_has_no_linearised_error() -> None:
    assert linearised([0, 0, 0], [5, 5, 5]) is None
    assert linearised([3], [5]) is None


def test_counts_above_their_size_are_an_error() -> None:
    with pytest.raises(ValueError, match="clusters"):
        clustered_wilson([3, 9], [5, 5])
