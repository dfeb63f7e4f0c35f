"""How far lines that were set aside could move a rate: nothing that they can do leads outside the bounds."""

import itertools

import pytest

from transforms.statistics.set_aside import bounds_if_admitted


@pytest.mark.parametrize(
    ("responders", "analysed", "lines", "expected"),
    [(40, 100, 0, (0.40, 0.40)), (40, 100, 14, (0.26, 0.54)), (5, 100, 14, (0.0, 0.19)), (95, 100, 14, (0.81, 1.0))],
)
def test_the_bounds_are_as_far_as_patients_turned_over(
    responders: int, analysed: int, lines: int, expected: tuple[float, float]
) -> None:
    assert bounds_if_admitted(responders, analysed, lines) == pytest.approx(expected)


#: What one admitted line can do: (responders, patients) added.
DEEDS = {"nothing": (0, 0), "a responder": (1, 1), "another": (0, 1), "up": (1, 0), "down": (-1, 0),
         "a responder less": (-1, -1), "another less": (0, -1)}  # fmt: skip


@pytest.mark.parametrize(("responders", "analysed"), [(0, 4), (1, 4), (2, 4), (4, 4), (3, 7)])
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_whatever_lines_do_the_rate_stays_within(responders: int, analysed: int, lines: int) -> None:
    low, high = bounds_if_admitted(responders, analysed, lines)
    for deeds in itertools.product(DEEDS.values(), repeat=lines):
        x, n = responders + sum(one for one, _ in deeds), analysed + sum(more for _, more in deeds)
        if 0 <= x <= n and n > 0 and _possible(deeds, responders, analysed):
            assert low <= x / n <= high


def _possible(deeds: tuple[tuple[int, int], ...], responders: int, analysed: int) -> bool:
    """Whether there are so many responders, and others, to turn over or to take out."""
    taken = sum(one == -1 for one, _ in deeds)
    others = deeds.count((1, 0)) + deeds.count((0, -1))
    return taken <= responders and others <= analysed - responders


@pytest.mark.parametrize(("responders", "analysed", "lines"), [(0, 0, 1), (2, 1, 1), (1, 2, -1)])
def test_no_patients_have_no_rate(responders: int, analysed: int, lines: int) -> None:
    with pytest.raises(ValueError, match="at least one patient"):
        bounds_if_admitted(responders, analysed, lines)
