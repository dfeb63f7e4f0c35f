"""The benchmark page: every published figure, the clinics beside it, and those that may not stand there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards import downloads, figures, sentences
from dashboards.benchmarks import Benchmark, Compared, Own
from dashboards.drawing import Chart
from dashboards.groups import fixed_late, fixed_words, margin, other_margins, verdict_words
from dashboards.layout import Page, Release, fill
from dashboards.marts import Row
from dashboards.names import arm_label, is_checked, levels_told, record_address, role_words
from dashboards.panels import times
from dashboards.plain import clean
from dashboards.sheets import MOST_LISTED
from dashboards.slices import View
from dashboards.wording import Rate, about, capital, difference, interval, observed, points, published

PATH = "benchmark.html"
#: The only period for which comparisons are made; the address keeps a key for it.
PERIOD = "all"
POOLED = (
    "Several studies agree in rule, time and role, and are pooled: "
    "the band is where the rate of a new setting is expected."
)
SIDE_BY_SIDE = (
    "Other studies used the same rule at the same time; "
    "they are too few or too different to be pooled and stand side by side."
)


@dataclass(frozen=True)
class Figure:
    """A published figure as the page prints it."""

    label: str
    role: str
    rate: Rate | None
    patients: str
    state: str
    why_not: str
    address: str


@dataclass(frozen=True)
class Entry:
    """One clinic's row, sentence and comparability; `tag` is its grade, or why it has none to show."""

    key: str
    label: str
    grade: str
    tag: str
    rate: Rate | None
    bounds: str
    analysed: str
    missing: str
    reading: str
    difference: Rate | None
    limits: str
    sentence: str
    other_margins: str
    levels: str
    address: str
    receipt: str


#: A responder rule at a time; the name and the address of a page of changes.
Cell = tuple[str, str]
Changes = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """One published figure with everything said about it; `published` says that its rows are drawn."""

    benchmark: Benchmark
    id: str
    title: str
    choice: str
    figure: Figure
    context: list[Figure]
    published: list[Figure]
    mode: str
    margin: str
    fixed: str
    listed: list[Entry]
    beside: list[Entry]
    apart: list[Entry]
    told: bool
    refused: list[tuple[str, list[tuple[str, str, str]]]]
    summaries: dict[str, str]
    subtitles: dict[str, str]
    charts: dict[str, Chart]
    slice: str
    behind: Sequence[Changes]


def page(stands: Release, found: list[Benchmark], behind: Mapping[Cell, Sequence[Changes]] | None = None) -> Page:
    """The benchmark page of a release, with one slice per view.

    `behind` says by definition and endpoint where the changes behind a rule stand, all thresholds of them.
    """
    sections = [_section(benchmark, stands, behind or {}) for benchmark in found]
    html = fill(
        "benchmark.html",
        stands,
        path=PATH,
        sentence=sentences.benchmark_page(found),
        charts=True,
        sections=sections,
        clinics=_choices(found),
        period=PERIOD,
        times=times(benchmark.time for benchmark in found),
        late=fixed_late([clinic.row for benchmark in found for clinic in benchmark.clinics]),
    )
    return Page(PATH, html, [_view(section) for section in sections])


def _section(found: Benchmark, stands: Release, behind: Mapping[Cell, Sequence[Changes]]) -> Section:
    charts = _charts(found, f"{stands.source} Published figure: {found.study_label}.")
    figure = _figure(found, found.figure)
    context = [_figure(found, row) for row in found.context]
    return Section(
        benchmark=found,
        id=f"o={found.key}",
        title=sentences.benchmark(found),
        choice=f"{found.name}: {found.rule}",
        figure=figure,
        context=context,
        published=[figure, *context] if found.drawn else [],
        mode=_mode(found),
        margin=" or ".join(f"±{size}" for size in sorted({margin(clinic.row) for clinic in found.clinics})),
        fixed=fixed_words([clinic.row for clinic in found.clinics]),
        listed=[_entry(found, each, each.own if each.drawn else None) for each in found.listed],
        beside=[_entry(found, each, each.own) for each in found.beside],
        apart=[_entry(found, each, each.own) for each in found.apart],
        told=len(found.beside) + len(found.apart) <= MOST_LISTED,
        refused=_refused(found),
        summaries=_summaries(found, charts),
        subtitles=_subtitles(found, charts),
        charts=charts,
        slice=f"benchmark.{found.key}.{PERIOD}",
        behind=behind.get((found.figure["definition"] or "", found.figure["endpoint"] or ""), ()),
    )


def _refused(found: Benchmark) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Refused clinics by what stands against them, the commonest first; each leads to its own reasons."""
    gathered: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for clinic in found.refused:
        gathered[clinic.words].append((clinic.key, clinic.label, _reasons(found, clinic)))
    return sorted(gathered.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _reasons(found: Benchmark, clinic: Compared) -> str:
    """Where all that can be said of a comparison stands: a place on the clinic's page."""
    return f"clinics/{clinic.key}.html#b-{found.key}"


def _charts(found: Benchmark, source: str) -> dict[str, Chart]:
    drawn = {
        "rates": figures.rates(found, source),
        "differences": figures.differences(found, source),
        "apart": figures.apart(found, source),
    }
    return {name: chart for name, chart in drawn.items() if chart is not None}


def _summaries(found: Benchmark, charts: dict[str, Chart]) -> dict[str, str]:
    said = {"rates": sentences.rates_summary(found), "apart": sentences.apart_summary(found)}
    return said | ({"differences": sentences.differences_summary(found)} if "differences" in charts else {})


def _subtitles(found: Benchmark, charts: dict[str, Chart]) -> dict[str, str]:
    said = {"rates": figures.rates_subtitle(found), "apart": figures.APART_SUBTITLE}
    return said | ({"differences": figures.differences_subtitle(found)} if "differences" in charts else {})


def _figure(found: Benchmark, row: Row) -> Figure:
    return Figure(
        label=capital(arm_label(row, found.study_label)),
        role=role_words(row),
        rate=published(row),
        patients=f"{row['n']:,}" if row["n"] else "not known",
        state="verified" if row["carries_verdict"] else "checked, no verdict" if is_checked(row) else "unverified",
        why_not="" if row["carries_verdict"] else clean(row["why_not"]),
        address=record_address(row),
    )


def _entry(found: Benchmark, clinic: Compared, own: Own | None) -> Entry:
    row = clinic.row
    return Entry(
        key=clinic.key,
        label=clinic.label,
        grade=row["grade"],
        tag=f"grade {row['grade']}: {_reading(clinic)}" if clinic.drawn else clinic.group.heading.lower(),
        rate=observed(own.rate, own.low, own.high) if own else None,
        bounds=_bounds(own) if own else "–",
        analysed=about(own.analysed) if own else "–",
        missing=about(own.missing) if own else "–",
        reading=_reading(clinic),
        difference=difference(row) if clinic.drawn else None,
        limits=_limits(row),
        sentence=clean(row["sentence"], 4000),
        other_margins=other_margins(row),
        levels=levels_told(each["level"] for each in clinic.dimensions),
        address=_reasons(found, clinic),
        receipt=clinic.receipt,
    )


def _reading(clinic: Compared) -> str:
    if not clinic.group.answers:
        return clinic.words
    return capital(verdict_words(clinic.row)) + (" (indicative)" if clinic.row["grade"] == "C" else "")


def _bounds(own: Own) -> str:
    if own.bound_low is None or own.bound_high is None:
        return "not shown"
    return interval(own.bound_low, own.bound_high)


def _limits(row: Row) -> str:
    if row["difference_low90"] is None or row["difference_high90"] is None:
        return "–"
    return f"{points(row['difference_low90'])} to {points(row['difference_high90'])}"


def _mode(found: Benchmark) -> str:
    if found.pool:
        return POOLED
    return SIDE_BY_SIDE if any(clinic.row["mode"] == "side_by_side" for clinic in found.clinics) else ""


def _choices(found: list[Benchmark]) -> list[tuple[str, str]]:
    known = {clinic.key: clinic.label for benchmark in found for clinic in benchmark.clinics}
    return sorted(known.items(), key=lambda pair: (pair[1], pair[0]))


def _view(section: Section) -> View:
    rows = {"rates": downloads.rates, "differences": downloads.differences, "apart": downloads.apart}
    made = {"rates": downloads.rates(section.benchmark)} | {
        name: rows[name](section.benchmark) for name in section.charts
    }
    return View(section.slice, made, section.charts)
