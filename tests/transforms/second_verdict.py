"""From exact counts to verdicts a second time: limits found by trial, verdicts read off the table of METHODS 2.4.

Written from METHODS (2.1, 2.3 to 2.5, 8, 12.4) without any code of `transforms`, so that the two can disagree.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

#: The points of the normal distribution that leave 2.5% and 5% above them.
Z95, Z90 = 1.959963984540054, 1.6448536269514722
#: The margins that are shown beside the fixed one, and decide nothing.
OTHERS = (0.05, 0.15)
HIDDEN, STEP, FEWEST, LARGEST_HIDDEN = range(1, 8), 5, 30, 7


def limits(x: int, n: int, z: float) -> tuple[float, float]:
    """The two rates at which x of n is just z standard errors off, found by halving."""
    share = x / n

    def far(rate: float) -> bool:
        return abs(share - rate) > z * sqrt(rate * (1 - rate) / n)

    return (0.0 if x == 0 else _edge(0.0, share, far)), (1.0 if x == n else _edge(1.0, share, far))


def _edge(outside: float, inside: float, far: object) -> float:
    for _ in range(200):
        middle = (outside + inside) / 2
        if far(middle):  # type: ignore[operator]  # a local function of one rate
            outside = middle
        else:
            inside = middle
    return inside


def apart(ours: tuple[int, int], theirs: tuple[int, int], z: float) -> tuple[float, float]:
    """The interval of the difference, from the two intervals."""
    (x1, n1), (x2, n2) = ours, theirs
    (low1, high1), (low2, high2) = limits(x1, n1, z), limits(x2, n2, z)
    p1, p2 = x1 / n1, x2 / n2
    below = sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    above = sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return p1 - p2 - below, p1 - p2 + above


def verdict(low: float, high: float, margin: float) -> str:
    """The first row of the table that fits."""
    if low >= margin:
        return "materially_higher"
    if high <= -margin:
        return "materially_lower"
    if low > -margin:
        return "equivalent" if high < margin else "at_least_as_good"
    return "not_better" if high < margin else "inconclusive"


@dataclass
class Second:
    """What may be said of exact counts beside a published figure; None where a number is not shown."""

    shown: bool
    analysed: int = 0
    missing: int | None = None
    first: tuple[int, int] = (0, 0)
    observed: tuple[float, float, float] = (0.0, 0.0, 0.0)
    difference: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spanning: tuple[float, float] = (0.0, 0.0)
    verdict: str = ""
    robust: str = ""
    others: tuple[str, ...] = ()
    depends: bool = False
    attainable: bool = False
    tipping: int | None = None


def second(
    responders: int, others: int, missing: int, published: tuple[int, int], margin: float, *, first_all: bool
) -> Second:
    """The comparison; `first_all` where the study counted its missing as not responding."""
    n = responders + others
    small = any(count in HIDDEN for count in (responders, others, n))
    if n == 0 or small or (0 in (responders, others) and n < FEWEST):
        return Second(shown=False)
    x, size, gone = _rounded(responders), _rounded(n), None if missing in HIDDEN else _rounded(missing)
    everybody = size + (LARGEST_HIDDEN if gone is None else gone)
    first = (x, everybody if first_all and gone is not None else size)
    sets = [apart((x, of), published, Z90) for of in (size, everybody)]
    spanning = (min(low for low, _ in sets), max(high for _, high in sets))
    completers, robust = verdict(*sets[0], margin), verdict(*spanning, margin)
    rate = first[0] / first[1] - published[0] / published[1]
    return Second(
        shown=True, analysed=size, missing=gone, first=first,
        observed=(first[0] / first[1], *limits(*first, Z95)), difference=(rate, *apart(first, published, Z95)),
        spanning=spanning, verdict=completers, robust=robust, others=tuple(verdict(*spanning, one) for one in OTHERS),
        depends=robust == "inconclusive" and completers != "inconclusive",
        attainable=any(verdict(*apart((k, size), published, Z90), margin) == "equivalent" for k in range(size + 1)),
        tipping=_tipping(x, everybody - size, everybody, published),
    )  # fmt: skip


def _tipping(x: int, missing: int, everybody: int, published: tuple[int, int]) -> int | None:
    rate = published[0] / published[1]
    return next((k for k in range(missing + 1) if limits(x + k, everybody, Z95)[0] > rate), None)


def _rounded(count: int) -> int:
    """To the nearest 5; two and a half is never met."""
    below = count // STEP * STEP
    return below + STEP if count - below > STEP / 2 else below


def inferred(printed: str, n: int) -> int:
    """The count whose percentage lies nearest to the printed one; of two as near, the smaller."""
    wanted = Fraction(printed)
    return min(range(n + 1), key=lambda x: (abs(Fraction(100 * x, n) - wanted), x))
