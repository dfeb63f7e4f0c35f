"""The trends page: is a clinic's rate changing by more than chance? One small chart per clinic and outcome."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import EVERYONE, Labels, Names, clinic_address, cohort_key, names_of
from dashboards.outcomes import CELL, CLINIC, Outcome, by_outcome, largest, left_out
from dashboards.panels import Cell, Line, Listing, Panel, Planned, Section, download, pages_of
from dashboards.planes import Spot
from dashboards.shelf import Shelf
from dashboards.small_charts import Small, small_multiples, years_of
from dashboards.wording import HIDDEN, about, capital, counted, interval, listed, observed, tenths
from schemas.trends import Trends

PATH = "trends.html"
LEAD = (
    "Points are quarters in which treatment began, and only those in which every patient is due. Rules are those "
    "of Making Data Count, on limits of 2.66 mean moving ranges. With fewer than 12 points limits are on trial "
    "and no signal is named; with fewer than 6 there are no limits."
)
SUBTITLE = (
    "Share of patients with an outcome who responded, by quarter of the start of treatment. Solid line: mean. "
    "Dashed: limits of chance; dotted: limits on trial. Grey circle: common cause or not judged. Blue triangle "
    "up: improvement. Orange triangle down: concern."
)
MARKS = {
    "common cause": ("circle", "published"), "not judged": ("circle", "published"),
    "improvement": ("triangle-up", "observed"), "concern": ("triangle-down", "concern"),
}  # fmt: skip
ICONS = {"improvement": "▲", "concern": "▼", "common cause": "○", "not judged": "–"}
SIGNALS = {
    "above_limit": "above the upper limit", "below_limit": "below the lower limit", "rising": "seven rising",
    "falling": "seven falling", "two_in_three_above": "two of three near the upper limit",
    "two_in_three_below": "two of three near the lower limit", "run_above": "seven above the mean",
    "run_below": "seven below the mean",
}  # fmt: skip
WHY_NOT = {
    "run chart": "fewer than 6 quarters", "trial limits": "fewer than 12 quarters: limits on trial",
    "too few patients": "too few patients in a quarter",
}  # fmt: skip
BRIEF = {
    "run chart": "too few quarters for limits",
    "trial limits": "limits on trial, no signal named",
    "too few patients": "too few patients in a quarter",
}
COLUMNS = (
    ("Clinic", False),
    ("Latest closed quarter", False),
    ("Its rate (95% interval)", True),
    ("Patients", True),
    ("Missing", True),
    ("Quarters charted", True),
    ("Limits of chance", False),
    ("Reading", False),
    ("Variation of all quarters", False),
)
DOWNLOADED = (
    "period", "status", "closed", "analysed", "missing", "rate", "rate_low", "rate_high", "chart", "mean", "lower",
    "upper", "signal", "reading",
)  # fmt: skip
#: All columns that a page shows anything of.
SHOWN = (*CELL, *CLINIC, "charted", *DOWNLOADED, "quarters", "sigma_z")


@dataclass(frozen=True)
class Series:
    """One clinic's quarters of one outcome, in order."""

    key: str
    label: str
    quarters: Sequence[Row]
    receipt: str = ""

    @cached_property
    def charted(self) -> list[Row]:
        """The quarters that are points of the chart."""
        return [row for row in self.quarters if row["charted"]]

    @property
    def reading(self) -> str:
        """What the latest point means: improvement, concern, common cause or not judged."""
        return str(self.charted[-1]["reading"]) if self.charted else "not judged"

    @property
    def brief(self) -> str:
        """The reading with its icon, short enough for the head of a small chart."""
        if not self.charted:
            return self.words
        if self.reading == "not judged":
            return f"{ICONS['not judged']} {BRIEF.get(self.charted[-1]['chart'], 'not judged')}"
        return f"{ICONS[self.reading]} {SIGNALS.get(self.charted[-1]['signal'], self.reading)}"

    @property
    def hidden(self) -> str:
        """Why no quarter is charted: the first reason that holds for any of them."""
        states = {row["status"] for row in self.quarters}
        first = next((state for state in ("suppressed", "too_few", "not_due", "no_data") if state in states), "")
        return HIDDEN.get(first, "no quarter is closed yet")

    @property
    def words(self) -> str:
        """The reading with its icon and its reason."""
        if not self.charted:
            return f"{ICONS['not judged']} {self.hidden}"
        last = self.charted[-1]
        if self.reading == "not judged":
            return f"{ICONS['not judged']} not judged: {WHY_NOT.get(last['chart'], 'too few quarters')}"
        why = SIGNALS.get(last["signal"])
        warned = ", 12 quarters only" if last["chart"] == "limits with a warning" else ""
        return f"{ICONS[self.reading]} {self.reading}{f': {why}' if why else ''}{warned}"


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page for every outcome with a closed quarter, those with most clinics first."""
    names = names_of(marts)
    found = by_outcome(marts, names, marts.trends.filter(population=EVERYONE).select(SHOWN))
    drawn = [(outcome, quarters) for outcome, quarters in found if quarters["charted"].any()]
    sections = [_planned(names, outcome, quarters) for outcome, quarters in drawn]
    empty = [outcome.name for outcome, quarters in found if not quarters["charted"].any()]
    others = {"no quarter is closed and shown yet": empty}
    sentence = title([latest(quarters) for _, quarters in drawn])
    return pages_of(Listing(PATH, sentence, LEAD, others=others), stands, sections, shelf)


def title(found: Sequence[Sequence[Series]]) -> str:
    """How many series have enough quarters to be judged, and how many of these show a signal now."""
    series = [each for of_outcome in found for each in of_outcome if each.charted]
    judged = [each for each in series if each.reading != "not judged"]
    if not series:
        return "No clinic has a closed quarter that may be shown yet."
    if not judged:
        return (
            f"No trend can be judged yet: none of {counted(len(series), 'chart', 'charts')} has the 12 closed quarters "
            "that a signal needs."
        )
    better, worse = (sum(each.reading == reading for each in judged) for reading in ("improvement", "concern"))
    return (
        f"{len(judged)} of {counted(len(series), 'chart', 'charts')} have quarters enough to be judged: the latest "
        f"signals improvement in {better}, concern in {worse}, nothing beyond chance in {len(judged) - better - worse}."
    )


def told(series: Sequence[Series]) -> str:
    """What the small charts of one outcome show."""
    parts = [
        f"{sum(each.reading == reading for each in series)} {words}"
        for reading, words in (
            ("improvement", "improving"),
            ("concern", "of concern"),
            ("common cause", "without a signal"),
            ("not judged", "not judged"),
        )
        if any(each.reading == reading for each in series)
    ]
    without = sum(not each.charted for each in series)
    told = f" {counted(without, 'clinic has', 'clinics have')} no chart, and the table says why." if without else ""
    return f"{counted(len(series), 'clinic', 'clinics')}: {listed(parts)}.{told}"


def latest(quarters: pl.DataFrame) -> list[Series]:
    """Every clinic of one outcome with what its latest charted quarter says, if any: they are only counted."""
    last = quarters.group_by(CLINIC, maintain_order=True).agg(
        charted=pl.col("charted").any(), reading=pl.col("reading").filter("charted").last()
    )
    return [Series(cohort_key(row), "", [row]) for row in rows(last)]


@dataclass(frozen=True)
class Charted:
    """All that the page of one outcome is drawn from: its names and every quarter of every clinic."""

    outcome: Outcome
    time: tuple[int, str, str]
    names: Labels
    quarters: pl.DataFrame


def _planned(names: Names, outcome: Outcome, quarters: pl.DataFrame) -> Planned:
    time = names.time(outcome.endpoint)
    return Planned(outcome.key, outcome.name, time, _section, Charted(outcome, time, names.labels(quarters), quarters))


def _series(names: Labels, listed_rows: Sequence[Row]) -> list[Series]:
    gathered: dict[str, list[Row]] = defaultdict(list)
    for row in listed_rows:
        gathered[cohort_key(row)].append(row)
    found = [
        Series(key, names.cohort(of_clinic[0]), of_clinic, names.receipt(of_clinic[0]))
        for key, of_clinic in gathered.items()
    ]
    return sorted(found, key=lambda series: (series.label, series.key))


def _section(charted: Charted, stands: Release) -> Section:
    """The small charts of one outcome, made of what is given and nothing else."""
    outcome, quarters, names = charted.outcome, charted.quarters, charted.names
    summary = told(latest(quarters))
    kept = largest(quarters, pl.col("analysed").filter("charted").sum()).sort("period", maintain_order=True)
    series = _series(names, rows(kept))
    shown = [_small(each) for each in series if each.charted]
    chart = small_multiples(shown, f"{outcome.name}. {summary}", SUBTITLE, stands.source)
    panel = Panel(
        name="trends",
        heading="Rates by quarter",
        subtitle=SUBTITLE,
        summary=summary,
        chart=chart,
        columns=COLUMNS,
        lines=[_line(each) for each in series],
        download=download(Trends, DOWNLOADED, [row for each in series for row in each.quarters], names),
        heavy=True,
    )
    return Section(
        key=outcome.key,
        choice=outcome.name,
        sentence=f"{outcome.name}. {summary}",
        facts=[("Rule", outcome.sentence or outcome.name), ("Quarters", _quarters(quarters)), *_without_chart(series)],
        panels=[panel],
        slice=f"trends.{outcome.key}",
        clinics={each.key: each.label for each in series},
        time=charted.time,
        years=years_of(sorted({row["period"] for each in series for row in each.charted})),
        left_out=left_out(quarters, kept),
    )


def _quarters(quarters: pl.DataFrame) -> str:
    """How many quarters are open or hidden, so that a gap is never taken for nothing."""
    charted = quarters.filter("charted").height
    still = quarters.filter(~pl.col("closed").fill_null(value=False)).height
    hidden = f"{quarters.height - charted - still:,}"
    return f"{charted:,} charted, {still:,} still open, {hidden} closed and not shown (a group under 8, or nobody)."


def _without_chart(series: Sequence[Series]) -> list[tuple[str, str]]:
    """Which clinics have no chart, by the reason: an empty one would only be in the way of the others."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in (each for each in series if not each.charted):
        by_reason[each.hidden].append(each.label)
    said = " ".join(f"{capital(reason)}: {listed(labels)}." for reason, labels in sorted(by_reason.items()))
    return [("Without a chart", said)] if said else []


def _small(series: Series) -> Small:
    points = series.charted
    last = points[-1] if points else None
    mean, lower, upper = (
        tenths(last[part]) if last and last["mean"] is not None else None for part in ("mean", "lower", "upper")
    )
    return Small(
        series.key,
        series.label,
        [row["period"] for row in points],
        [_spot(series, row) for row in points],
        mean,
        lower,
        upper,
        trial=last is not None and last["chart"] == "trial limits",
        words=series.brief,
    )


def _spot(series: Series, row: Row) -> Spot:
    symbol, colour = MARKS[row["reading"]]
    rate = observed(row["rate"], row["rate_low"], row["rate_high"]).words
    said = f"{row['period'].replace('-', ' ')}: {rate} of {about(row['analysed'])}, {about(row['missing'])} missing"
    return Spot(series.key, 0, tenths(row["rate"]) or 0.0, symbol, colour, False, said)


def _line(series: Series) -> Line:
    address = clinic_address(series.quarters[0])
    if not series.charted:
        return Line(
            series.key, series.label, [Cell("none shown"), *[Cell("–")] * 5, Cell(series.words), Cell("–")], address
        )
    last = series.charted[-1]
    limits = "none" if last["lower"] is None else interval(last["lower"], last["upper"])
    varying = "–" if last["sigma_z"] is None else f"{last['sigma_z']:.1f} times what sizes allow"
    return Line(
        series.key,
        series.label,
        [
            Cell(last["period"].replace("-", " ")),
            Cell("", rate=observed(last["rate"], last["rate_low"], last["rate_high"]), address=series.receipt),
            Cell(about(last["analysed"]), str(last["analysed"])),
            Cell(about(last["missing"]), str(last["missing"])),
            Cell(str(last["quarters"]), str(last["quarters"])),
            Cell(limits),
            Cell(series.words),
            Cell(varying),
        ],
        address,
    )
