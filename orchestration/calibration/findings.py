"""What tallies should come to, whether they do, and the lines that say so on a terminal.

What is prescribed stands in METHODS (2.1, 2.3 to 2.5, 11, 12); what is allowed beyond chance is said with each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from orchestration.calibration.measures import Key, Tally
from transforms.statistics.proportions import clopper_pearson

#: A finding is judged wrong only where chance would give it less often than once in a thousand.
CERTAIN = 0.998
#: Sizes of networks whose charts are watched together.
WATCHED = (10, 50, 500)


@dataclass(frozen=True)
class Expectation:
    """How a share should stand to the nominal one; `allowance` is what is allowed beyond chance."""

    relation: str
    nominal: float | None = None
    allowance: float | None = None


@dataclass(frozen=True)
class Finding:
    """One line of the report: the columns of `Calibration` but for those of the whole report."""

    question: str
    setting: str
    basis: str
    found: int
    simulations: int
    rate: float
    rate_low: float
    rate_high: float
    relation: str
    nominal: float | None
    allowance: float | None
    holds: bool | None


REPORTED = Expectation("reported")
#: Exact counts: whole numbers alone move an error by a point. Released ones: rounding to 5 moves it by up to five, most
#: at 30 to 100 patients (`docs/decisions.md`, 28).
WHOLE_COUNTS, ROUNDED_COUNTS = 0.01, 0.05
_ERRORS = {
    "exact": Expectation("at most", 0.05, WHOLE_COUNTS),
    "released": Expectation("at most", 0.05, ROUNDED_COUNTS),
}
_COVERAGE = {"exact": Expectation("about", 0.95, 0.015), "released": Expectation("at least", 0.95, ROUNDED_COUNTS)}
#: Whatever the setting and the counts.
EVERYWHERE: dict[str, Expectation] = {
    "counts": Expectation("exactly", 1.0, 0.0),
    "lines": Expectation("exactly", 1.0, 0.0),
    "outside 95%": Expectation("at most", 0.05, ROUNDED_COUNTS),
    "outside 99.8%": Expectation("at most", 0.002, 0.005),
    "any stands out": Expectation("at most", 0.05, 0.05),
    "shrunk interval": Expectation("at least", 0.95, 0.04),
    "network interval": Expectation("at least", 0.95, 0.05),
    "flagged": Expectation("at least", 0.5, 0.0),
    "point outside p chart": Expectation("at most", 0.0108, ROUNDED_COUNTS),
    "fall noticed": Expectation("at least", 0.3, 0.0),
}
#: Losses that depend on the outcome, or on what decides it, bias every rate: how much is reported.
BIASED = ("lost by severity", "lost by outcome")
#: Below this size so many rates are withheld that those shown are no sample of all.
MOSTLY_SHOWN_FROM = 100


def expected(key: Key) -> Expectation:
    """What a tally should come to."""
    question, setting, basis = key
    if question == "bounds":
        return Expectation("exactly", 1.0, 0.0) if basis == "exact" else REPORTED
    if question in ("rightly equivalent", "rightly beyond"):
        return Expectation("at least", 0.6, 0.0) if setting == "500 patients" else REPORTED
    if setting.startswith(BIASED):
        return REPORTED
    if question in ("wrongly inside", "wrongly beyond"):
        return _ERRORS[basis]
    if question in ("interval", "difference"):
        return REPORTED if basis == "released" and _mostly_withheld(setting) else _COVERAGE[basis]
    return EVERYWHERE.get(question, REPORTED)


def _mostly_withheld(setting: str) -> bool:
    return int(setting.removesuffix(" patients").split(" ")[-1]) < MOSTLY_SHOWN_FROM


def judged(tally: Tally) -> list[Finding]:
    """Every tally as a finding, in the order of questions and settings, with networks of charts among them."""
    counts = {key: tuple(value) for key, value in tally.counts.items()} | dict(_watched(tally.alarms))
    return [_finding(key, *counts[key]) for key in sorted(counts)]


def _watched(alarms: Sequence[bool]) -> Iterator[tuple[Key, tuple[int, int]]]:
    """How often a year brings a signal in any of so many steady clinics."""
    for size in WATCHED:
        networks = [alarms[at : at + size] for at in range(0, len(alarms) - size + 1, size)]
        if networks:
            found = sum(any(network) for network in networks)
            yield ("chart signals", f"any of {size} clinics, a year", "released"), (found, len(networks))


def _finding(key: Key, found: int, simulations: int) -> Finding:
    wanted, interval = expected(key), clopper_pearson(found, simulations)
    assert interval is not None  # only what was looked at is tallied
    return Finding(
        *key, found, simulations, found / simulations, interval.low, interval.high,
        wanted.relation, wanted.nominal, wanted.allowance, holds(found, simulations, wanted),
    )  # fmt: skip


def holds(found: int, simulations: int, wanted: Expectation) -> bool | None:
    """Whether a share is as it should be, as far as chance lets one see; None where nothing is prescribed.

    Clopper-Pearson limits at `CERTAIN` stand for chance, widened by the allowance.
    """
    if wanted.nominal is None or wanted.allowance is None:
        return None
    if wanted.relation == "exactly":
        return found == wanted.nominal * simulations
    interval = clopper_pearson(found, simulations, CERTAIN)
    assert interval is not None
    not_above = interval.low <= wanted.nominal + wanted.allowance
    not_below = interval.high >= wanted.nominal - wanted.allowance
    return {"at most": not_above, "at least": not_below, "about": not_above and not_below}[wanted.relation]


# --- for a terminal ---


def as_text(findings: Sequence[Finding]) -> str:
    """The report as a table for a terminal; what does not hold is marked."""
    said = [f"{'question':<36}{'setting':<58}{'counts':<10}{'found':>14}{'rate':>8}   should be"]
    for one in findings:
        rate = f"{one.rate:.1%}" if one.nominal is None or one.nominal >= 0.01 else f"{one.rate:.2%}"
        cases = f"{one.found}/{one.simulations}"
        said.append(f"{one.question:<36}{one.setting:<58}{one.basis:<10}{cases:>14}{rate:>8}   {_should(one)}")
    return "\n".join(said)


def _should(one: Finding) -> str:
    if one.nominal is None:
        return ""
    verdict = "" if one.holds else "  DOES NOT HOLD"
    beyond = f" (+ {ceil(1000 * (one.allowance or 0)) / 10:g} points)" if one.allowance else ""
    return f"{one.relation} {one.nominal:.1%}{beyond}{verdict}"
