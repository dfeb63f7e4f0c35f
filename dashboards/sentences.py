"""Sentences that head a page, a chart or a list entry: pure functions of rows, and true of them."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from dashboards.benchmarks import Benchmark, Compared, Named, Own
from dashboards.groups import BY_ID, ORDER, margin, pooled, verdict_words
from dashboards.marts import Row
from dashboards.names import is_benchmark
from dashboards.wording import about, capital, counted, day, listed, observed, printed

#: Headings that a tally names; every other clinic in it is without a verdict.
TALLIED = {
    "above": "above",
    "within": "within",
    "below": "below",
    "not-below": "not below",
    "not-above": "not above",
    "cannot-tell": "cannot tell",
}
B = TypeVar("B", Benchmark, Named)
_KIND_ORDER = {group: place for place, group in enumerate(ORDER)}
_ANSWERS = frozenset(group for group, heading in BY_ID.items() if heading.answers)


def headline(clinic: Sequence[tuple[B, Compared]]) -> tuple[B, Compared]:
    """The one comparison that stands for a clinic: a verdict before none, then the best grade."""
    return min(clinic, key=lambda pair: _closeness(*pair))


def overview(shown: Sequence[Compared]) -> str:
    """How the clinics sit beside the published rates, every clinic counted once."""
    if not shown:
        return "No clinic has been compared with a published rate yet."
    return f"{_clinics(len(shown))} beside published rates{_margins(shown)}: {_tally(shown)}."


def entry(benchmark: Benchmark | Named, clinic: Compared, figures: int) -> str:
    """One clinic beside one of `figures` published figures, in one sentence; the one is its headline."""
    if clinic.group.answers and clinic.own:
        rate = observed(clinic.own.rate, clinic.own.low, clinic.own.high)
        indicative = " (indicative only, grade C)" if clinic.row["grade"] == "C" else ""
        return f"The observed rate, {rate.words}{_of_whom(clinic.own)}, is {_found(benchmark, clinic)}{indicative}."
    if clinic.group.id == "not-comparable":
        differs = clinic.words.partition(": ")[2]
        several = "any of the" if figures > 1 else "the"
        compared = counted(figures, "published figure", "published figures")
        return f"Not comparable with {several} {compared}; the nearest is {benchmark.name}, but: {differs}."
    return f"{clinic.words} ({benchmark.name})."


def _found(benchmark: Benchmark | Named, clinic: Compared) -> str:
    """What a comparison found, with the published figure and its name."""
    words, figure = verdict_words(clinic.row), "the published one"
    if not words.endswith(figure):  # beside several studies
        return f"{words} ({benchmark.name})"
    return f"{words.removesuffix(figure)}the published {benchmark.printed} of {benchmark.name}"


def _of_whom(own: Own) -> str:
    """How many patients a rate is of, and how many are missing; nothing where that is not shown."""
    if own.denominator is None or own.missing is None:
        return ""
    if own.completers:
        return f" of {about(own.denominator)} with an outcome, {about(own.missing)} missing"
    return f" of {about(own.denominator)}, {about(own.missing)} of them missing"


def benchmark_page(found: Sequence[Benchmark]) -> str:
    """What the benchmark page holds: how many comparisons there are and how many end in a verdict."""
    compared = [clinic for benchmark in found for clinic in benchmark.clinics]
    if not compared:
        return "No clinic has been compared with a published rate yet."
    clinics = len({(clinic.row["source"], clinic.row["cohort"]) for clinic in compared})
    verdicts = sum(clinic.group.answers for clinic in compared)
    ends = "ends" if verdicts == 1 else "end"
    return (
        f"{_clinics(clinics)} beside {counted(len(found), 'published rate', 'published rates')}: "
        f"{verdicts} of {counted(len(compared), 'comparison', 'comparisons')} {ends} in a verdict."
    )


def benchmark(found: Benchmark) -> str:
    """How the clinics sit beside one published figure."""
    beside = f"{_clinics(len(found.clinics))} beside it{_margins(found.clinics)}"
    return f"{capital(found.name)}. {beside}: {_tally(found.clinics)}"


def rates_summary(found: Benchmark) -> str:
    """What the chart of rates shows: the published figure where it is drawn, the range of the observed."""
    drawn = [clinic.own for clinic in found.drawn if clinic.own]
    if not drawn:
        return "No clinic's rate may be drawn beside the published one; each row says why."
    ends = (choose(drawn, key=lambda own: own.rate) for choose in (min, max))
    least, most = (observed(own.rate, own.low, own.high).words for own in ends)
    spread = f"The observed rate is {least}" if len(drawn) == 1 else f"Observed rates run from {least} to {most}"
    without = len(found.listed) - len(drawn)
    rest = f"; {counted(without, 'clinic has', 'clinics have')} no mark, and the row says why" if without else ""
    return f"The published figure is {_figure(found)}. {spread}{rest}."


def differences_summary(found: Benchmark) -> str:
    """What the chart of differences shows, in counts of clinics whose 95% interval excludes no difference."""
    shown = [clinic.row for clinic in found.subtracted]
    above = sum(row["difference_low"] > 0 for row in shown)
    below = sum(row["difference_high"] < 0 for row in shown)
    return (
        f"Observed minus published for {_clinics(len(shown))}: "
        f"the whole 95% interval lies above zero for {above}, below zero for {below}, "
        f"and includes zero for {len(shown) - above - below}."
    )


def apart_summary(found: Benchmark) -> str:
    """What the panel without the published figure holds."""
    rated = sum(clinic.own is not None for clinic in found.apart)
    apart = _clinics(len(found.apart))
    return f"{apart} that may not stand beside the published figure; {rated} with a rate of their own."


def evidence(figures: Sequence[Row]) -> str:
    """How many response rates are on record and how far they can be trusted."""
    studies = len({row["study"] for row in figures})
    carrying = sum(is_benchmark(row) for row in figures)
    broken = sum(row["grim"] == "not attainable" for row in figures)
    unattained = (
        f"; {broken} printed {'figure fits' if broken == 1 else 'figures fit'} no whole number of patients"
        if broken
        else ""
    )
    reports = "reports" if studies == 1 else "report"
    return (
        f"{counted(studies, 'study', 'studies')} {reports} {_response_rates(len(figures))}; "
        f"{carrying} may carry a verdict{unattained}."
    )


def study(label: str, figures: Sequence[Row], others: int = 0, cited_for: str = "") -> str:
    """What one study reports and how much of it may carry a verdict; of a record without figures, what it is for."""
    if not figures and not others and cited_for:
        return f"{label} is on record for what it is cited for, without a figure of its own"
    if not figures and others:
        return f"{label} reports no response rate, but {counted(others, 'other figure', 'other figures')}"
    if not figures:
        return f"{label} reports no response rate that could be recorded"
    carrying = sum(is_benchmark(row) for row in figures)
    return f"{label} reports {_response_rates(len(figures))}, of which {carrying} may carry a verdict"


def files(deliveries: Sequence[Row]) -> str:
    """What became of the files that were received."""
    if not deliveries:
        return "No file has been received yet."
    words = {
        "accepted": "accepted whole",
        "partly": "accepted in part",
        "held": "held for a word from a person",
        "rejected": "refused",
        "duplicate": "received before",
        "superseded": "replaced by a later file",
    }
    totals = Counter(row["state"] for row in deliveries)
    parts = [f"{totals[state]} {word}" for state, word in words.items() if totals[state]]
    return f"Of {counted(len(deliveries), 'file', 'files')} received, {listed(parts)}."


def trust(deliveries: Sequence[Row], checks: Sequence[Row], data_to: str) -> str:
    """Whether this release can be trusted: files, lines, checks, newest data."""
    if not deliveries:
        return "No file has been received yet."
    totals = Counter(row["status"] for row in checks)
    failed, applied = (
        totals["failed"] + totals["error"],
        totals["passed"] + totals["failed"] + totals["error"],
    )
    return (
        f"{counted(len(deliveries), 'file', 'files')} received: "
        f"{line_range(deliveries, 'accepted')} lines accepted, "
        f"{line_range(deliveries, 'quarantined')} set aside with a reason. "
        f"{failed} of {counted(applied, 'check', 'checks')} failed. Newest data: {data_to}."
    )


def line_range(deliveries: Sequence[Row], column: str) -> str:
    """The lines of all files together: a number, or a range where some counts of 1 to 7 are masked."""
    known = sum(row[column] for row in deliveries if row[column] is not None)
    masked = sum(row[column] is None for row in deliveries)
    return f"{known:,}" if not masked else f"{known + masked:,} to {known + 7 * masked:,}"


def newest(sources: Sequence[Row]) -> str:
    """The last day that any of the sources speaks for."""
    days = [row["data_to"] for row in sources if row["data_to"] is not None]
    return day(max(days, default=None))


def _tally(clinics: Sequence[Compared]) -> str:
    totals = Counter(clinic.group.id for clinic in clinics)
    told = {group: words for group, words in TALLIED.items() if totals[group]}
    rest = len(clinics) - sum(totals[group] for group in told)
    parts = [f"{totals[group]} {words}" for group, words in told.items()]
    return listed([*parts, f"{rest} without a verdict"] if rest else parts)


def _margins(clinics: Sequence[Compared]) -> str:
    sizes = sorted({margin(clinic.row) for clinic in clinics if not pooled(clinic.row)})
    return f", margin {' or '.join(map(str, sizes))} points" if sizes else ""


def _clinics(count: int) -> str:
    return counted(count, "clinic", "clinics")


def _response_rates(count: int) -> str:
    return counted(count, "response rate", "response rates")


def _closeness(found: Benchmark | Named, clinic: Compared) -> tuple[bool, bool, int, str, int, str]:
    answered = clinic.group.id in _ANSWERS
    told = clinic.group.id == "cannot-tell"
    refused = sum(each["level"] == "refuse" for each in clinic.dimensions)
    return (not answered, not told, _rank(clinic), clinic.row["grade"], refused, found.key)


def _rank(clinic: Compared) -> int:
    return 0 if clinic.group.answers else _KIND_ORDER[clinic.group.id]


def _figure(found: Benchmark) -> str:
    row = found.figure
    of = f" of {row['n']:,}" if row["n"] else " (number of patients not known)"
    state = "" if found.verified else ", not verified"
    return f"{printed(row)}{of}{state}"
