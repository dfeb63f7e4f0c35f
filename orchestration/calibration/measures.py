"""How often what the pipeline said of a simulated network was right: tallies of cases found among cases looked at.

Each tally names its question, its setting, and whether exact counts or released ones were judged. What is to be
expected of them, and how they are told, is `findings`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from orchestration.calibration.design import MARGIN, PUBLISHED_RATE, PUBLISHED_SIZE, QUARTERS_A_YEAR
from orchestration.calibration.homes import Walked
from transforms.statistics.clusters import clustered_wilson
from transforms.statistics.proportions import (
    DECISION_LEVEL,
    Interval,
    newcombe,
    robust_verdict,
    wilson,
)

#: Question, setting, and whose counts: `exact`, or `released` as a reader gets them.
Key = tuple[str, str, str]
_OUTCOME = ("source", "definition", "endpoint")
#: Verdicts that claim that the difference is below the margin, or above its opposite.
BELOW = ("equivalent", "not_better", "materially_lower")
ABOVE = ("equivalent", "at_least_as_good", "materially_higher")


@dataclass
class Tally:
    """Cases found and looked at, by question; and every clinic-year on a chart, for networks of them."""

    counts: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    alarms: list[bool] = field(default_factory=list)

    def note(self, question: str, setting: str, basis: str, found: bool) -> None:
        """One more case."""
        tally = self.counts[question, setting, basis]
        tally[0] += bool(found)
        tally[1] += 1

    def add(self, other: "Tally") -> None:
        """The cases of another network."""
        for key, (found, looked_at) in other.counts.items():
            self.counts[key][0] += found
            self.counts[key][1] += looked_at
        self.alarms += other.alarms


# --- clinics beside a study ---


def beside_a_study(walked: Walked) -> Tally:
    """Counts, bounds, intervals, verdicts and power of clinics with a known difference from a study's true rate."""
    tally = Tally()
    for row in _judged(walked).iter_rows(named=True):
        _note_counts(tally, row)
        _note_bounds(tally, row)
        _note_intervals(tally, row)
        if row["purpose"] in ("margin", "attrition"):
            _note_verdicts(tally, row)
    tally.note("lines", "lines that stand twice are set aside", "exact", walked.report.quarantined == walked.duplicates)
    return tally


def _judged(walked: Walked) -> pl.DataFrame:
    """Truth, exact counts, released and weighted rates and the comparison of each clinic and outcome, side by side."""
    compared = walked.tables["comparisons"].select(
        "source", "outcome_kind", "robust_verdict", "difference_low", "difference_high",
        "endpoint", "result", definition="observed_definition",
    )  # fmt: skip
    printed = walked.tables["published_rates"].select("result", published="responders")
    joined = (
        _with_rates(walked, walked.truth).join(compared, on=_OUTCOME, how="left").join(printed, on="result", how="left")
    )
    weighted = walked.tables["weighted_rates"].filter(pl.col("status") == "ok")
    return joined.join(
        weighted.select(*_OUTCOME, weighted_low="rate_low", weighted_high="rate_high"), on=_OUTCOME, how="left"
    )


def _with_rates(walked: Walked, truth: pl.DataFrame) -> pl.DataFrame:
    exact = _whole(walked.network.counts).select(
        *_OUTCOME, x="responders", others="non_responders", m="missing", waiting="not_due"
    )
    shown = _whole(walked.tables["observed_rates"]).select(
        *_OUTCOME, "status", "rate_low", "rate_high", "bound_low", "bound_high"
    )
    return truth.join(exact, on=_OUTCOME, how="left").join(shown, on=_OUTCOME, how="left")


def _whole(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(population="everyone", period_kind="all")


Row = Mapping[str, Any]


def _note_counts(tally: Tally, row: Row) -> None:
    found = tuple(row[name] for name in ("x", "others", "m", "waiting"))
    true = tuple(row[name] for name in ("responders", "non_responders", "missing", "not_due"))
    tally.note("counts", WAYS[row["purpose"]], "exact", found == true)


#: What went wrong at the clinics of each purpose.
WAYS = {
    "margin": "complete files",
    "rates": "complete files",
    "attrition": "patients lost",
    "untidy": "lines twice, visits late, a second file, patients not due",
}


def _note_bounds(tally: Tally, row: Row) -> None:
    due, setting = row["due"], LOSSES[row["mechanism"]]
    if not due:
        return
    share = row["would_respond"] / due
    tally.note("bounds", setting, "exact", row["x"] / due <= share <= (row["x"] + row["m"]) / due)
    if row["bound_low"] is not None:
        tally.note("bounds", setting, "released", row["bound_low"] - 1e-12 <= share <= row["bound_high"] + 1e-12)


LOSSES = {
    "none": "nobody lost",
    "MCAR": "lost by chance",
    "MAR": "lost by severity",
    "MNAR": "lost by outcome",
}


def _note_intervals(tally: Tally, row: Row) -> None:
    """Whether intervals hold the rate at which patients truly respond."""
    x, n, rate = row["x"], row["x"] + row["others"], row["rate"]
    interval = wilson(x, n)
    if interval is None or row["purpose"] == "untidy":
        return
    setting = _setting(row)
    tally.note("interval", setting, "exact", _holds(interval, rate))
    if row["rate_low"] is not None:
        tally.note("interval", setting, "released", row["rate_low"] <= rate <= row["rate_high"])
    if row["weighted_low"] is not None and row["purpose"] == "attrition":
        tally.note("weighted interval", setting, "released", row["weighted_low"] <= rate <= row["weighted_high"])
    if row["purpose"] == "margin":
        apart = newcombe(x, n, row["published"], PUBLISHED_SIZE)
        tally.note("difference", setting, "exact", apart is not None and _holds(apart, row["difference"]))
        if row["difference_low"] is not None:
            holds = row["difference_low"] <= row["difference"] <= row["difference_high"]
            tally.note("difference", setting, "released", holds)


def _setting(row: Row) -> str:
    size = f"{row['size']} patients"
    return size if row["mechanism"] == "none" else f"{LOSSES[row['mechanism']]}, {size}"


def _holds(interval: Interval, value: float) -> bool:
    return interval.low <= value <= interval.high


def _note_verdicts(tally: Tally, row: Row) -> None:
    """Whether a verdict claims what is not so where the truth lies on the margin, and what is so where it does not."""
    setting = _setting(row)
    shown = row["robust_verdict"] if row["outcome_kind"] in ("verdict", "cannot_tell") else "inconclusive"
    for basis, said in (("exact", _exact_verdict(row)), ("released", shown)):
        apart = row["difference"]
        if abs(abs(apart) - MARGIN) < 1e-9:
            towards, away = (BELOW, "materially_higher") if apart > 0 else (ABOVE, "materially_lower")
            tally.note("wrongly inside", setting, basis, said in towards)
            tally.note("wrongly beyond", setting, basis, said == away)
        elif apart == 0:
            tally.note("rightly equivalent", setting, basis, said == "equivalent")
        else:
            beyond = "materially_higher" if apart > 0 else "materially_lower"
            tally.note("rightly beyond", setting, basis, said == beyond)


def _exact_verdict(row: Row) -> str:
    """The robust verdict on exact counts, whatever the cohort's size: what the rule says before any gate."""
    x, n, other = row["x"], row["x"] + row["others"], (row["published"], PUBLISHED_SIZE)
    completers = newcombe(x, n, *other, DECISION_LEVEL)
    everybody = newcombe(x, n + row["m"], *other, DECISION_LEVEL)
    if completers is None or everybody is None:
        return "inconclusive"
    return robust_verdict(completers, everybody, MARGIN).verdict


# --- clinics beside each other ---


def beside_each_other(walked: Walked) -> Tally:
    """Flags of funnels, shrunk rates, networks' rates and signals of charts, where it is known who differs."""
    tally = Tally()
    known = walked.truth.select(*_OUTCOME, "purpose", "network", "size", true_rate="rate", apart="difference")
    places = _whole(walked.tables["clinic_variation"]).join(known, on=_OUTCOME, how="inner")
    for (purpose, network, *_), clinics in places.group_by("purpose", "network", "definition", "endpoint"):
        setting = f"{NETWORKS[str(purpose)]} of {str(network).split('-')[-1]} clinics" if purpose in NETWORKS else ""
        if purpose == "alike":
            _note_false_flags(tally, setting, clinics)
        elif purpose == "spread":
            _note_spread(tally, setting, clinics)
        elif purpose == "one apart":
            for row in clinics.filter(pl.col("apart") != 0).iter_rows(named=True):
                tally.note("flagged", setting, "released", row["zone"] in ("worth a look", "unusual"))
    _note_signals(tally, walked, known)
    return tally


NETWORKS = {"alike": "a network", "spread": "a varied network", "one apart": "a network"}


def _note_false_flags(tally: Tally, setting: str, clinics: pl.DataFrame) -> None:
    placed = clinics.filter(pl.col("zone") != "not judged")
    if placed.is_empty():
        return
    for zone in placed["zone"]:
        tally.note("outside 95%", setting, "released", zone != "usual")
        tally.note("outside 99.8%", setting, "released", zone == "unusual")
    tally.note("any outside 99.8%", setting, "released", bool((placed["zone"] == "unusual").any()))
    tally.note("any stands out", setting, "released", bool(placed["stands_out"].any()))


def _note_spread(tally: Tally, setting: str, clinics: pl.DataFrame) -> None:
    """Where clinics truly differ: whether each one's interval holds its rate, and the network's the mean of all."""
    for row in clinics.filter(pl.col("shrunk_low").is_not_null()).iter_rows(named=True):
        tally.note("shrunk interval", setting, "released", row["shrunk_low"] <= row["true_rate"] <= row["shrunk_high"])
    placed = clinics.filter(pl.col("zone") != "not judged")
    for zone in placed["zone"]:
        tally.note("flagged where all differ", setting, "released", zone != "usual")
    x, n = clinics["responders"].drop_nulls().to_list(), clinics["analysed"].drop_nulls().to_list()
    clustered, plain = clustered_wilson(x, n), wilson(sum(x), sum(n))
    if clustered is not None and clustered.interval is not None and plain is not None:
        tally.note("network interval", setting, "released", _holds(clustered.interval, PUBLISHED_RATE))
        tally.note("network interval without clustering", setting, "released", _holds(plain, PUBLISHED_RATE))


def _note_signals(tally: Tally, walked: Walked, known: pl.DataFrame) -> None:
    """Which clinics' charts signal in the last year, steady ones and those that fell then."""
    points = walked.tables["trends"].filter(pl.col("charted") & (pl.col("population") == "everyone"))
    for purpose, signals, outside in _last_years(points.join(known, on=_OUTCOME, how="inner")):
        if purpose == "shifted":
            tally.note("fall noticed", "one clinic, a year", "released", any(one in CONCERNS for one in signals))
            continue
        told = [one for one in signals if one != "none"]
        tally.note("chart signals", "one clinic, a year", "released", bool(told))
        tally.note("point outside XmR limits", "one clinic, a year", "released", any("limit" in one for one in told))
        tally.note("point outside p chart", "one clinic, a year", "released", any(outside))
        tally.alarms.append(bool(told))


CONCERNS = ("below_limit", "falling", "two_in_three_below", "run_below")


def _last_years(points: pl.DataFrame) -> Iterator[tuple[str, list[str], list[bool]]]:
    """Purpose, signals, and points outside the p chart's limits, of each charted clinic's last year."""
    charted = points.filter(pl.col("chart").str.starts_with("limits")).sort(*_OUTCOME, "period")
    series = charted.group_by(*_OUTCOME, "purpose", maintain_order=True).agg(
        pl.col("signal", "outside").tail(QUARTERS_A_YEAR)
    )
    for row in series.filter(pl.col("purpose").is_in(["steady", "shifted"])).iter_rows(named=True):
        yield row["purpose"], row["signal"], [bool(one) for one in row["outside"]]
