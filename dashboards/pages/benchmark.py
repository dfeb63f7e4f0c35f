"""The benchmark page: every published figure, the clinics beside it, and those that may not stand there."""

from dataclasses import dataclass

from dashboards import downloads, figures, sentences
from dashboards.benchmarks import (
    DIMENSIONS,
    LEVEL_WORDS,
    ROLE_WORDS,
    Benchmark,
    Compared,
    arm_label,
    is_checked,
)
from dashboards.drawing import Chart
from dashboards.groups import margin, pooled, verdict_words
from dashboards.layout import Page, Release, fill
from dashboards.marts import Row
from dashboards.plain import clean, slug
from dashboards.slices import View
from dashboards.wording import (
    Rate,
    about,
    capital,
    difference,
    interval,
    observed,
    points,
    published,
)

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

    @property
    def role_words(self) -> str:
        """The role at the beginning of a line."""
        return capital(self.role)


@dataclass(frozen=True)
class Entry:
    """One clinic's row, sentence and comparability."""

    key: str
    label: str
    grade: str
    rate: Rate | None
    rate_order: str
    bounds: str
    analysed: str
    missing: str
    reading: str
    difference: Rate | None
    limits: str
    sentence: str
    levels: str
    dimensions: list[tuple[str, str, str, str, str]]


@dataclass(frozen=True)
class Section:
    """One published figure with everything said about it."""

    benchmark: Benchmark
    id: str
    title: str
    choice: str
    figure: Figure | None
    context: list[Figure]
    mode: str
    margin: str
    compared: list[Entry]
    beside: list[Entry]
    apart: list[Entry]
    summaries: dict[str, str]
    subtitles: dict[str, str]
    charts: dict[str, Chart]
    slice: str


def page(stands: Release, found: list[Benchmark]) -> Page:
    """The benchmark page of a release, with one slice per view."""
    sections = [_section(benchmark, stands) for benchmark in found]
    html = fill(
        "benchmark.html",
        stands,
        path=PATH,
        sentence=sentences.benchmark_page(found),
        charts=True,
        sections=sections,
        clinics=_choices(found),
        period=PERIOD,
    )
    return Page(PATH, html, [_view(section) for section in sections])


def _section(found: Benchmark, stands: Release) -> Section:
    source = f"{stands.source} Published figure: {found.study_label}."
    charts = {
        "rates": figures.rates(found, source),
        "differences": figures.differences(found, source),
        "apart": figures.apart(found, source),
    }
    apart = {id(clinic) for clinic in found.apart}
    sizes = {margin(clinic.row) for clinic in found.clinics}
    return Section(
        benchmark=found,
        id=f"o={found.key}",
        title=sentences.benchmark(found),
        choice=", ".join(part for part in (found.study_label, found.arm, found.endpoint, found.rule) if part),
        figure=_figure(found, found.figure, hollow=not found.verified) if found.figure else None,
        context=[_figure(found, row, hollow=not is_checked(row)) for row in found.context],
        mode=_mode(found),
        margin=" or ".join(f"±{size}" for size in sorted(sizes)),
        compared=[_entry(clinic) for clinic in found.clinics],
        beside=[_entry(clinic) for clinic in found.clinics if id(clinic) not in apart],
        apart=[_entry(clinic, apart=True) for clinic in found.apart],
        summaries=_summaries(found, with_differences=charts["differences"] is not None),
        subtitles=_subtitles(found, with_differences=charts["differences"] is not None),
        charts={name: chart for name, chart in charts.items() if chart is not None},
        slice=f"benchmark.{found.key}.{PERIOD}",
    )


def _summaries(found: Benchmark, *, with_differences: bool) -> dict[str, str]:
    said = {"rates": sentences.rates_summary(found), "apart": sentences.apart_summary(found)}
    return said | ({"differences": sentences.differences_summary(found)} if with_differences else {})


def _subtitles(found: Benchmark, *, with_differences: bool) -> dict[str, str]:
    said = {"rates": figures.rates_subtitle(found), "apart": figures.APART_SUBTITLE}
    return said | ({"differences": figures.differences_subtitle(found)} if with_differences else {})


def _figure(found: Benchmark, row: Row, *, hollow: bool) -> Figure:
    return Figure(
        label=capital(arm_label(row, found.study_label)),
        role=ROLE_WORDS.get(row["role"], clean(row["role"], 40)),
        rate=published(row),
        patients=f"{row['n']:,}" if row["n"] else "not known",
        state="unverified" if hollow else "verified",
        why_not=clean(row["why_not"]) if hollow else "",
        address=f"evidence/{slug(row['study'])}.html#r-{slug(row['result'])}",
    )


def _entry(clinic: Compared, *, apart: bool = False) -> Entry:
    row = clinic.row
    shown = row["observed_rate"] is not None and (apart or clinic.drawn)
    levels = [LEVEL_WORDS.get(each["level"], each["level"]) for each in clinic.dimensions]
    return Entry(
        key=clinic.key,
        label=clinic.label,
        grade=row["grade"],
        rate=observed(row["observed_rate"], row["observed_low"], row["observed_high"]) if shown else None,
        rate_order=f"{row['observed_rate']:.4f}" if shown else "",
        bounds=_bounds(row) if shown else "–",
        analysed=about(row["analysed"]) if shown else "–",
        missing=about(row["missing"]) if shown else "–",
        reading=_reading(clinic),
        difference=difference(row) if clinic.drawn else None,
        limits=_limits(row),
        sentence=clean(row["sentence"], 4000),
        levels=", ".join(f"{levels.count(word)} {word}" for word in LEVEL_WORDS.values() if word in levels),
        dimensions=[_dimension(each) for each in clinic.dimensions],
    )


def _reading(clinic: Compared) -> str:
    if not clinic.group.answers:
        return clinic.words
    return capital(verdict_words(clinic.row)) + (" (indicative)" if clinic.row["grade"] == "C" else "")


def _bounds(row: Row) -> str:
    if row["bound_low"] is None or row["bound_high"] is None:
        return "not shown"
    return interval(row["bound_low"], row["bound_high"])


def _limits(row: Row) -> str:
    if row["difference_low90"] is None or row["difference_high90"] is None:
        return "–"
    return f"{points(row['difference_low90'])} to {points(row['difference_high90'])}"


def _dimension(row: Row) -> tuple[str, str, str, str, str]:
    name = DIMENSIONS.get(row["dimension"], clean(row["dimension"], 60))
    level = LEVEL_WORDS.get(row["level"], clean(row["level"], 20))
    return name, clean(row["ours"]), clean(row["theirs"]), level, clean(row["reason"])


def _mode(found: Benchmark) -> str:
    modes = {clinic.row["mode"] for clinic in found.clinics}
    if any(pooled(clinic.row) for clinic in found.clinics):
        return POOLED
    if "side_by_side" in modes:
        return SIDE_BY_SIDE
    return ""


def _choices(found: list[Benchmark]) -> list[tuple[str, str]]:
    known = {clinic.key: clinic.label for benchmark in found for clinic in benchmark.clinics}
    return sorted(known.items(), key=lambda pair: (pair[1], pair[0]))


def _view(section: Section) -> View:
    made = {"rates": downloads.rates(section.benchmark), "apart": downloads.apart(section.benchmark)}
    if "differences" in section.charts:
        made["differences"] = downloads.differences(section.benchmark)
    return View(section.slice, made, section.charts)
