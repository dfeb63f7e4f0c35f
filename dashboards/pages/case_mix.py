"""The case mix page: are a clinic's patients like those of its network, and like the study's?"""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from dashboards.canvas import chart
from dashboards.drawing import Chart, Drawing, Reference
from dashboards.drawing import Line as Mark
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import EVERYONE, LEVEL_WORDS, Names, clinic_address, cohort_key, names_of
from dashboards.outcomes import MOST_CLINICS, Outcome, by_outcome, largest, left_out, one_per_questionnaire
from dashboards.pages.case_mix_groups import groups
from dashboards.pages.follow_up_baselines import scale_of
from dashboards.panels import Cell, Line, Listing, Panel, Section, download, pages_of
from dashboards.shelf import Shelf
from dashboards.wording import about, counted, hidden
from schemas.case_mix import CaseMix

PATH = "casemix.html"
LEAD = (
    "Of first courses that are eligible and due. How severe patients are before treatment is the strongest known "
    "reason why response rates differ. No study on record prints its results by group, so nothing is standardised"
    " to a study; rates adjusted for the network's case mix stand on the Variation page."
)
SCORE_SUBTITLE = (
    "Mean score before treatment, to a fiftieth of the scale. Dot and line: clinic's mean, 95% interval. Diamond "
    "and grey line: published mean and one standard deviation to either side, hollow where not checked. Dashed "
    "line: the network's mean."
)
COLUMNS = (
    ("Clinic or study", False),
    ("Mean (95% interval)", True),
    ("Standard deviation", True),
    ("Patients", True),
    ("Network's mean", True),
    ("Difference from the study, in its standard deviations", False),
)
SCORES_DOWNLOADED = (
    "study", "arm", "status", "courses", "mean", "sd", "mean_low", "mean_high", "peers", "network_mean",
    "network_sd", "published_mean", "published_sd", "published_confidence", "smd", "smd_band",
)  # fmt: skip
SCORE = "baseline score"
#: What the title is told from.
PAIRED = ("cohort", "study", "arm", "definition", "mean", "smd_band")


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page for every outcome whose patients may be shown, those with most clinics first."""
    names = names_of(marts)
    found = one_per_questionnaire(marts, by_outcome(marts, names, marts.case_mix.filter(population=EVERYONE)))
    sections = [_section(marts, names, outcome, listed, stands) for outcome, listed in found]
    paired = [listed.select(PAIRED).unique(maintain_order=True) for _, listed in found]
    sentence = title([row for listed in paired for row in rows(listed)])
    return pages_of(Listing(PATH, sentence, LEAD), stands, sections, shelf)


def title(listed: Sequence[Row]) -> str:
    """In how many pairs of clinic and published baseline the two are alike, as the grade judges it."""
    pairs = {
        (row["cohort"], row["study"], row["arm"], row["definition"].partition("-relative")[0], row["mean"]): row[
            "smd_band"
        ]
        for row in listed
        if row["study"] and row["smd_band"] != "unknown"
    }
    clinics = len({row["cohort"] for row in listed})
    if not pairs:
        return f"{counted(clinics, 'clinic', 'clinics')}: no published baseline with a spread is known for any of them."
    alike = sum(band == "match" for band in pairs.values())
    far = sum(band == "major" for band in pairs.values())
    return (
        f"{counted(clinics, 'clinic', 'clinics')}, {counted(len(pairs), 'pair', 'pairs')} with a published baseline: "
        f"{alike} within a fourth of a standard deviation, {far} more than half of one apart."
    )


def told(scores: Sequence[Row]) -> str:
    """From which to which mean score the clinics' patients began, and what the studies report."""
    own = [row for row in scores if not row["study"] and row["mean"] is not None]
    if not own:
        return "No mean is of ten patients or more."
    least, most = (choose(row["mean"] for row in own) for choose in (min, max))
    published = sorted({row["published_mean"] for row in scores if row["study"]})
    means = f"from {least:g} to {most:g}" if least != most else f"{least:g}"
    beside = f"; published: {' and '.join(f'{mean:g}' for mean in published)}" if published else ""
    return f"Mean scores before treatment of {counted(len(own), 'clinic', 'clinics')}: {means}{beside}."


def _section(marts: Marts, names: Names, outcome: Outcome, listed: pl.DataFrame, stands: Release) -> Section:
    summary = told(rows(listed.filter(measure=SCORE)))
    kept = largest(listed, pl.col("courses").filter(pl.col("measure") == SCORE).max())
    ordered = sorted(rows(kept), key=lambda row: (names.cohort(row), row["study"]))
    scores = [row for row in ordered if row["measure"] == SCORE]
    hidden_ = _hidden(marts, names, outcome, scores)
    chart_ = _score_chart(marts, names, outcome, (scores, hidden_, summary), stands)
    held = download(CaseMix, SCORES_DOWNLOADED, scores, names)
    panels = [
        Panel(
            "scores",
            "Score before treatment",
            SCORE_SUBTITLE,
            summary,
            chart_,
            COLUMNS,
            [*_score_lines(names, scores), *(_hidden_line(names, row) for row in hidden_)],
            held,
        ),
        *groups(names, ordered),
    ]
    return Section(
        key=outcome.key,
        choice=outcome.name,
        sentence=f"{outcome.name}. {summary}",
        facts=[("Rule", outcome.sentence or outcome.name)],
        panels=panels,
        slice=f"casemix.{outcome.key}",
        clinics={cohort_key(row): names.cohort(row) for row in ordered},
        time=names.time(outcome.endpoint),
        left_out=left_out(listed, kept),
    )


# --- scores ---------------------------------------------------------------------------------------------------


def _score_chart(
    marts: Marts, names: Names, outcome: Outcome, told_of: tuple[Sequence[Row], Sequence[Row], str], stands: Release
) -> Chart | None:
    scores, without, summary = told_of
    scale = scale_of(marts, outcome)
    own = _own(names, scores)
    if scale is None or not own:
        return None
    marks = [*(_published_mark(names, row) for row in _published(scores)), *(_clinic_mark(names, row) for row in own)]
    marks += [Mark(label=names.cohort(row), kind="words", key=cohort_key(row), words=hidden(row)) for row in without]
    networks = sorted({row["network_mean"] for row in own if row["network_mean"] is not None})
    references = [Reference(mean, f"{mean:.1f}", len(marks) - 1, "Network") for mean in networks]
    return chart(Drawing(marks, scale, f"{outcome.name}. {summary}", SCORE_SUBTITLE, stands.source, references))


def _hidden(marts: Marts, names: Names, outcome: Outcome, scores: Sequence[Row]) -> list[Row]:
    """The clinics of an outcome of whose patients nothing may be told, as far as there is room for their rows."""
    told_of = {(row["source"], row["cohort"]) for row in scores}
    same = {"definition": outcome.definition, "endpoint": outcome.endpoint, "population": outcome.population}
    rates = rows(marts.observed_rates.filter(pl.col("rate").is_null(), period_kind="all", **same))
    without = [row for row in rates if (row["source"], row["cohort"]) not in told_of]
    return sorted(without, key=names.cohort)[: max(0, MOST_CLINICS - len(told_of))]


def _hidden_line(names: Names, row: Row) -> Line:
    cells = [Cell(hidden(row)), *[Cell("–")] * (len(COLUMNS) - 2)]
    return Line(cohort_key(row), names.cohort(row), cells, clinic_address(row))


def _own(names: Names, scores: Sequence[Row]) -> list[Row]:
    return sorted((row for row in scores if not row["study"]), key=names.cohort)


def _published(scores: Sequence[Row]) -> list[Row]:
    """Each published baseline once."""
    once = {(row["study"], row["arm"]): row for row in scores if row["study"]}
    return [once[key] for key in sorted(once)]


def _published_mark(names: Names, row: Row) -> Mark:
    mean, sd = row["published_mean"], row["published_sd"]
    return Mark(
        label=_study(names, row),
        kind="published",
        centre=mean,
        low=None if sd is None else mean - sd,
        high=None if sd is None else mean + sd,
        symbol="diamond",
        hollow=row["published_confidence"] != "checked",
        value=f"{mean:g}" + (" (spread not known)" if sd is None else f", SD {sd:g}"),
    )


def _clinic_mark(names: Names, row: Row) -> Mark:
    if row["mean"] is None:
        return Mark(
            label=names.cohort(row),
            kind="words",
            key=cohort_key(row),
            words="Too few for a mean: fewer than 10 patients",
        )
    return Mark(
        label=names.cohort(row),
        kind="observed",
        key=cohort_key(row),
        centre=row["mean"],
        low=row["mean_low"],
        high=row["mean_high"],
        value=f"{row['mean']:g}, SD {row['sd']:g}",
    )


def _study(names: Names, row: Row) -> str:
    return names.study(row["study"]) + (f", {names.arm(row['study'], row['arm'])}" if row["arm"] else "")


def _score_lines(names: Names, scores: Sequence[Row]) -> list[Line]:
    published = [
        Line(
            "",
            f"Published: {_study(names, row)}",
            [
                Cell(
                    f"{row['published_mean']:g} (interval unknown)",
                    str(row["published_mean"]),
                    address=_record(names, row),
                ),
                Cell("not known" if row["published_sd"] is None else f"{row['published_sd']:g}"),
                Cell("–"),
                Cell("–"),
                Cell(row["published_confidence"]),
            ],
            _record(names, row),
        )
        for row in _published(scores)
    ]
    beside: dict[str, list[Row]] = defaultdict(list)
    for row in scores:
        if row["study"]:
            beside[cohort_key(row)].append(row)
    return published + [_score_line(names, row, beside[cohort_key(row)]) for row in _own(names, scores)]


def _record(names: Names, row: Row) -> str:
    return names.baseline(row["study"], row["arm"], row["published_mean"])


def _score_line(names: Names, row: Row, beside: Sequence[Row]) -> Line:
    if row["mean"] is None:
        return Line(
            cohort_key(row), names.cohort(row), [Cell("Too few for a mean"), *[Cell("–")] * 4], clinic_address(row)
        )
    network = "–" if row["network_mean"] is None else f"{row['network_mean']:.1f}"
    apart = [
        f"{_study(names, each)}: {each['smd']:+.2f}, {LEVEL_WORDS[each['smd_band']]}"
        for each in beside
        if each["smd"] is not None
    ]
    return Line(
        cohort_key(row),
        names.cohort(row),
        [
            Cell(_mean_words(row), str(row["mean"]), address=names.receipt(row)),
            Cell(f"{row['sd']:g}", str(row["sd"])),
            Cell(about(row["courses"]), str(row["courses"])),
            Cell(network),
            Cell("; ".join(apart) or "not known"),
        ],
        clinic_address(row),
    )


def _mean_words(row: Row) -> str:
    return f"{row['mean']:g} ({row['mean_low']:.1f} to {row['mean_high']:.1f})"
