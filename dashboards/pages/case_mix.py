"""The case mix page: are a clinic's patients like those of its network, and like the study's?"""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from dashboards.canvas import chart
from dashboards.drawing import Chart, Drawing, Reference
from dashboards.drawing import Line as Mark
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import LEVEL_WORDS, Names, cohort_key
from dashboards.outcomes import EVERYONE, Outcome, by_outcome, largest, left_out, one_per_questionnaire
from dashboards.pages.follow_up import scale_of
from dashboards.panels import Cell, Line, Listing, Panel, Section, download, pages_of
from dashboards.plain import clean
from dashboards.wording import about, counted, percent
from schemas.case_mix import CaseMix
from schemas.strata import AGES, BASELINES, DURATIONS, SEXES

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
GROUP_SUBTITLE = "Share of patients in each group, clinic beside clinic; the network's share stands in the last row."
GROUPS: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("baseline", "Score before treatment, in fourths of the scale", BASELINES),
    ("age", "Age", AGES),
    ("sex", "Sex", SEXES),
    ("duration", "Duration of the complaint", DURATIONS),
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
GROUPS_DOWNLOADED = (
    "measure", "level", "status", "courses", "portion", "followed_up", "missing", "peers", "network_share",
)  # fmt: skip
SCORE = "baseline score"
#: What the title is told from.
PAIRED = ("cohort", "study", "arm", "definition", "mean", "smd_band")
FEW = "hidden: fewer than 8, or beside such a group"


def pages(marts: Marts, stands: Release) -> list[Page]:
    """A page for every outcome whose patients may be shown, those with most clinics first."""
    names = Names(marts)
    found = one_per_questionnaire(marts, by_outcome(marts, names, marts.case_mix.filter(population=EVERYONE)))
    sections = [_section(marts, names, outcome, listed, stands) for outcome, listed in found]
    paired = [listed.select(PAIRED).unique(maintain_order=True) for _, listed in found]
    sentence = title([row for listed in paired for row in rows(listed)])
    return pages_of(Listing(PATH, sentence, LEAD), stands, sections)


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
    beside = f"; published means are {', '.join(f'{mean:g}' for mean in published)}" if published else ""
    return f"Mean scores before treatment of {counted(len(own), 'clinic', 'clinics')}: {means}{beside}."


def _section(marts: Marts, names: Names, outcome: Outcome, listed: pl.DataFrame, stands: Release) -> Section:
    summary = told(rows(listed.filter(measure=SCORE)))
    kept = largest(listed, pl.col("courses").filter(pl.col("measure") == SCORE).max())
    ordered = sorted(rows(kept), key=lambda row: (names.cohort(row), row["study"]))
    scores = [row for row in ordered if row["measure"] == SCORE]
    chart_ = _score_chart(marts, names, outcome, (scores, summary), stands)
    held = download(CaseMix, SCORES_DOWNLOADED, scores, names)
    panels = [
        Panel(
            "scores",
            "Score before treatment",
            SCORE_SUBTITLE,
            summary,
            chart_,
            COLUMNS,
            _score_lines(names, scores),
            held,
        ),
        *(_groups(names, ordered, group) for group in GROUPS),
    ]
    return Section(
        key=outcome.key,
        choice=outcome.name,
        sentence=f"{outcome.name}. {summary}",
        facts=[("Rule", outcome.sentence or outcome.name)],
        panels=panels,
        slice=f"casemix.{outcome.key}",
        clinics={cohort_key(row): names.cohort(row) for row in ordered},
        left_out=left_out(listed, kept),
    )


# --- scores ---------------------------------------------------------------------------------------------------


def _score_chart(
    marts: Marts, names: Names, outcome: Outcome, told_of: tuple[Sequence[Row], str], stands: Release
) -> Chart | None:
    scores, summary = told_of
    scale = scale_of(marts, outcome)
    own = _own(names, scores)
    if scale is None or not own:
        return None
    marks = [*(_published_mark(names, row) for row in _published(scores)), *(_clinic_mark(names, row) for row in own)]
    network = next((row["network_mean"] for row in own if row["network_mean"] is not None), None)
    references = [] if network is None else [Reference(network, f"{network:.1f}", len(marks) - 1, "Network")]
    return chart(Drawing(marks, scale, f"{outcome.name}. {summary}", SCORE_SUBTITLE, stands.source, references))


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
    return names.study(row["study"]) + (f", {clean(row['arm'], 40)}" if row["arm"] else "")


def _score_lines(names: Names, scores: Sequence[Row]) -> list[Line]:
    published = [
        Line(
            "",
            f"Published: {_study(names, row)}",
            [
                Cell(f"{row['published_mean']:g} (interval unknown)", str(row["published_mean"])),
                Cell("not known" if row["published_sd"] is None else f"{row['published_sd']:g}"),
                Cell("–"),
                Cell("–"),
                Cell(row["published_confidence"]),
            ],
        )
        for row in _published(scores)
    ]
    beside: dict[str, list[Row]] = defaultdict(list)
    for row in scores:
        if row["study"]:
            beside[cohort_key(row)].append(row)
    return published + [_score_line(names, row, beside[cohort_key(row)]) for row in _own(names, scores)]


def _score_line(names: Names, row: Row, beside: Sequence[Row]) -> Line:
    if row["mean"] is None:
        return Line(cohort_key(row), names.cohort(row), [Cell("Too few for a mean"), *[Cell("–")] * 4])
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
            Cell(f"{row['mean']:g} ({row['mean_low']:.1f} to {row['mean_high']:.1f})", str(row["mean"])),
            Cell(f"{row['sd']:g}", str(row["sd"])),
            Cell(about(row["courses"]), str(row["courses"])),
            Cell(network),
            Cell("; ".join(apart) or "not known"),
        ],
    )


# --- groups ---------------------------------------------------------------------------------------------------


def _groups(names: Names, ordered: Sequence[Row], group: tuple[str, str, Sequence[str]]) -> Panel:
    """The table of one characteristic: a row per clinic, a column per group, the network in the last row."""
    measure, heading, words = group
    found = [row for row in ordered if row["measure"] == measure]
    by_clinic: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_clinic[cohort_key(row)].append(row)
    lines = [
        Line(cohort_key(of_clinic[0]), names.cohort(of_clinic[0]), [_group(of_clinic, word) for word in words])
        for of_clinic in by_clinic.values()
    ]
    shares = {row["level"]: row["network_share"] for row in found if row["network_share"] is not None}
    if shares:
        whole = [Cell(percent(shares[word]) if word in shares else "–") for word in words]
        lines.append(Line("", "All of the network together", whole))
    hidden = sum(row["status"] == "suppressed" for row in found)
    summary = f"{counted(len(by_clinic), 'clinic', 'clinics')}; {counted(hidden, 'group is', 'groups are')} hidden."
    columns = [("Clinic", False), *((word, True) for word in words)]
    held = download(CaseMix, GROUPS_DOWNLOADED, found, names)
    return Panel(f"groups-{measure}", heading, GROUP_SUBTITLE, summary, None, columns, lines, held)


def _group(of_clinic: Sequence[Row], word: str) -> Cell:
    row = next((each for each in of_clinic if each["level"] == word), None)
    if row is None:
        return Cell("–")
    if row["courses"] is None:
        return Cell(FEW)
    share = "" if row["portion"] is None else f"{percent(row['portion'])}, "
    return Cell(f"{share}{about(row['courses'])}", str(row["courses"]))
