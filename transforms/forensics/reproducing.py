"""Intervals worked out again from what is printed beside them: every usual method, none preferred.

Pure numbers in the unit of the print. Whether one of them agrees with the print is judged in `intervals`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import inf, sqrt

from schemas.study_rows import Result, Study
from transforms.forensics.measures import DIFFERENCE_OF, is_percentage_of_responders, pairs
from transforms.forensics.rounding import decimals, digits
from transforms.statistics.distributions import t_value, z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, Interval, clopper_pearson, grim, newcombe, wilson
from transforms.statistics.score_intervals import TwoRates, katz_log, koopman, miettinen_nurminen

Z = z_value(DISPLAY_LEVEL)
#: Several counts may round to one percentage; more than this many are not tried one by one.
MOST_COUNTS = 12


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One interval: its limits, the method, from what, and by how much the rounding of its inputs may move a limit."""

    low: float
    high: float
    method: str
    inputs: str
    slack: float = 0.0


def recomputed(study: Study, result: Result) -> Iterator[Recomputed]:
    """Every interval that can be worked out for a printed figure; none where what it takes is not on record."""
    yield from _of_a_percentage(result)
    yield from _of_two_percentages(study, result)
    yield from _of_a_mean(study, result)
    yield from _of_two_means(study, result)


def _of_a_percentage(result: Result) -> Iterator[Recomputed]:
    if result.n is None or not is_percentage_of_responders(result):
        return
    for count in _counts(result):
        n, share = result.n, count / result.n
        reach = Z * sqrt(share * (1 - share) / n)
        tried = {
            "Wilson": wilson(count, n),
            "Clopper and Pearson": clopper_pearson(count, n),
            "the normal approximation": Interval(share - reach, share + reach),
        }
        yield from _percent(tried, f"{count:,} of {n:,}")


def _of_two_percentages(study: Study, result: Result) -> Iterator[Recomputed]:
    if result.measure not in {"responder-difference", "responder-ratio", "relative-risk"}:
        return
    for one, other in pairs(study, result, ("responder-percent",)):
        if one.n is None or other.n is None:
            continue
        for x1, x2 in product(_counts(one), _counts(other)):
            rates = TwoRates(x1, one.n, x2, other.n)
            inputs = f"{x1:,} of {one.n:,} beside {x2:,} of {other.n:,}"
            if result.measure == "responder-difference":
                yield from _percent(_differences(rates), inputs)
            else:
                yield from _plain({"the logarithm": katz_log(rates), "Koopman": koopman(rates)}, inputs)


def _differences(rates: TwoRates) -> dict[str, Interval | None]:
    gap = rates.p1 - rates.p2
    reach = Z * sqrt(rates.p1 * (1 - rates.p1) / rates.n1 + rates.p2 * (1 - rates.p2) / rates.n2)
    return {
        "Newcombe": newcombe(rates.x1, rates.n1, rates.x2, rates.n2),
        "Miettinen and Nurminen": miettinen_nurminen(rates),
        "the normal approximation": Interval(gap - reach, gap + reach),
    }


def _of_a_mean(study: Study, result: Result) -> Iterator[Recomputed]:
    figure, error = digits(result.printed), _error(study, result)
    if figure is not None and error is not None and result.measure != "standardised-difference":
        yield from _about(float(figure), error, _rounding(result.printed), _said(result))


def _of_two_means(study: Study, result: Result) -> Iterator[Recomputed]:
    figure = digits(result.printed)
    if figure is None or result.se or result.measure != "mean-difference":
        return
    for sides in pairs(study, result, DIFFERENCE_OF["mean-difference"]):
        errors = [_error(study, each) for each in sides]
        if errors[0] is None or errors[1] is None:
            continue
        joint = _Error(
            sqrt(errors[0].size ** 2 + errors[1].size ** 2),
            sqrt(errors[0].slack ** 2 + errors[1].slack ** 2),
            errors[0].freedom + errors[1].freedom,
        )
        yield from _about(float(figure), joint, _rounding(result.printed), " and ".join(map(_said, sides)))


@dataclass(frozen=True, slots=True)
class _Error:
    """A standard error, how far its rounding may move it, and its degrees of freedom (infinite where not known)."""

    size: float
    slack: float
    freedom: float


def _error(study: Study, result: Result) -> _Error | None:
    """The standard error of a figure, printed or from its spread and number of patients."""
    n = result.n or (study.arm(result.arm).n if result.arm and result.comparator is None else None)
    freedom = float(n - 1) if n and n > 1 else inf
    if result.se:
        return _Error(float(result.se), _rounding(result.se), freedom)
    if result.sd and n and result.comparator is None:
        return _Error(float(result.sd) / sqrt(n), _rounding(result.sd) / sqrt(n), freedom)
    return None


def _about(figure: float, error: _Error, rounding: float, inputs: str) -> Iterator[Recomputed]:
    factors = {"the normal distribution": Z}
    if error.freedom != inf:
        factors["Student's t"] = t_value(DISPLAY_LEVEL, error.freedom)
    for method, factor in factors.items():
        reach, slack = factor * error.size, rounding + factor * error.slack
        yield Recomputed(figure - reach, figure + reach, method, inputs, slack)


def _counts(result: Result) -> tuple[int, ...]:
    """The counts that a printed percentage can stand for; the nearest where none gives it."""
    if result.n is None:
        return ()
    if result.responders is not None:
        return (result.responders,)
    found = grim(result.printed, result.n)
    counts = found.consistent or (found.inferred,)
    return counts if len(counts) <= MOST_COUNTS else (counts[0], found.inferred, counts[-1])


def _percent(tried: dict[str, Interval | None], inputs: str) -> Iterator[Recomputed]:
    for each in _plain(tried, inputs):
        yield Recomputed(100 * each.low, 100 * each.high, each.method, each.inputs)


def _plain(tried: dict[str, Interval | None], inputs: str) -> Iterator[Recomputed]:
    for method, interval in tried.items():
        if interval is not None:
            yield Recomputed(interval.low, interval.high, method, inputs)


def _rounding(printed: str) -> float:
    return 0.5 * 10.0 ** -decimals(printed)


def _said(result: Result) -> str:
    spread = f"standard error {result.se}" if result.se else f"SD {result.sd}"
    of = f" of {result.n:,}" if result.n and not result.se else ""
    return f"{result.printed} ({spread}{of})"
