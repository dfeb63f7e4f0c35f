"""Limits, differences, verdicts, attainability and tipping points agree with those found by trial, for any counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms import second_verdict
from tests.transforms.second_verdict import Z90, Z95
from transforms.statistics.missing import tipping_point
from transforms.statistics.proportions import (
    equivalence_attainable,
    grim,
    minimum_n_for_equivalence,
    newcombe,
    robust_verdict,
    verdict,
    wilson,
)

CLOSE = 1e-9
counts = st.integers(1, 600).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
margins = st.sampled_from((0.05, 0.10, 0.15))


@given(counts)
def test_wilson_s_limits_are_the_rates_just_as_far_off_as_allowed(ours: tuple[int, int]) -> None:
    found = wilson(*ours)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(second_verdict.limits(*ours, Z95), abs=CLOSE)


@given(counts, counts, st.integers(0, 200), margins)
def test_verdicts_of_completers_and_of_all_agree(
    ours: tuple[int, int], published: tuple[int, int], missing: int, margin: float
) -> None:
    x, n = ours
    intervals = [newcombe(x, of, *published, 0.90) for of in (n, n + missing)]
    ends = [second_verdict.apart((x, of), published, Z90) for of in (n, n + missing)]
    for interval, (low, high) in zip(intervals, ends, strict=True):
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx((max(-1, low), min(1, high)), abs=CLOSE)
    if any(abs(abs(end) - margin) < CLOSE for pair in ends for end in pair):
        return  # on the margin to the last digit, the two may round apart
    completers, everybody = intervals
    assert completers is not None
    assert everybody is not None
    assert verdict(completers, margin) == second_verdict.verdict(*ends[0], margin)
    robust = robust_verdict(completers, everybody, margin)
    spanning = (min(low for low, _ in ends), max(high for _, high in ends))
    said = second_verdict.verdict(*spanning, margin)
    assert robust.verdict == said
    assert robust.depends_on_missing == (said == "inconclusive" and verdict(completers, margin) != "inconclusive")


@settings(max_examples=25)
@given(st.integers(1, 120), counts, margins)
def test_equivalence_is_attainable_where_some_count_attains_it(
    n: int, published: tuple[int, int], margin: float
) -> None:
    ends = [second_verdict.apart((x, n), published, Z90) for x in range(n + 1)]
    if any(abs(abs(end) - margin) < CLOSE for pair in ends for end in pair):
        return
    tried = any(second_verdict.verdict(*pair, margin) == "equivalent" for pair in ends)
    assert equivalence_attainable(n, *published, margin) == tried


@pytest.mark.parametrize(("published", "margin", "fewest"), [((184, 387), 0.10, 80), ((46, 100), 0.15, None)])
def test_the_smallest_cohort_is_the_first_that_some_count_attains(
    published: tuple[int, int], margin: float, fewest: int | None
) -> None:
    def attains(n: int) -> bool:
        pairs = (second_verdict.apart((x, n), published, Z90) for x in range(n + 1))
        return any(second_verdict.verdict(*pair, margin) == "equivalent" for pair in pairs)

    first = next(n for n in range(1, 200) if attains(n))
    assert minimum_n_for_equivalence(*published, margin) == first
    assert fewest in (None, first)


@given(counts, st.integers(0, 60), counts)
def test_tipping_points_are_the_first_count_that_tips(
    ours: tuple[int, int], missing: int, published: tuple[int, int]
) -> None:
    x, n = ours
    rate = published[0] / published[1]
    lows = [second_verdict.limits(x + k, n + missing, Z95)[0] for k in range(missing + 1)]
    if any(abs(low - rate) < CLOSE for low in lows):
        return
    assert tipping_point(x, n, missing, rate) == next((k for k, low in enumerate(lows) if low > rate), None)


@given(st.integers(0, 1000), st.integers(1, 400))
def test_counts_inferred_from_print_are_the_nearest(tenths: int, n: int) -> None:
    printed = f"{tenths / 10:.1f}"
    assert grim(printed, n).inferred == second_verdict.inferred(printed, n)
