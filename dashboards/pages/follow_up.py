"""The follow-up page: who is missing on the way from those who began to those who have an outcome?"""

from collections.abc import Sequence

import polars as pl

from dashboards.canvas import chart
from dashboards.drawing import PERCENT_AXIS, Axis, Chart, Drawing, Reference
from dashboards.drawing import Line as Mark
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import EVERYONE, Names, clinic_address, cohort_key, names_of
from dashboards.outcomes import Outcome, by_outcome, largest, left_out, one_per_questionnaire
from dashboards.pages.follow_up_baselines import apart
from dashboards.panels import Cell, Line, Listing, Panel, Section, download, pages_of
from dashboards.shelf import Shelf
from dashboards.wording import about, counted, hidden, observed, percent, tenths
from schemas.follow_up import FollowUp

PATH = "followup.html"
LEAD = (
    "A rate is of those who have an outcome; how many are missing decides what it can mean. Steps are sums of "
    "released counts, so they are about right and never exact. More than 20% lost threatens what a study can say;"
    " below 40% followed up only the bounds are shown."
)
STEPS_SUBTITLE = (
    "First courses of treatment of the clinics that show them, put together, to the nearest 5 in each clinic; a hidden "
    "number counts as 1. The line's length is the number left at each step."
)
SHARE_SUBTITLE = (
    "Share of those eligible and due who have an outcome. Dot and line: share, 95% interval. Hollow dot: the "
    "least that it can be, where a number is hidden. Dashed lines: 60% and 80%, the limits of the grade."
)
COLUMNS = (
    ("Clinic", False),
    ("Began", True),
    ("Outside the population", True),
    ("No usable baseline", True),
    ("Not due yet", True),
    ("Eligible and due", True),
    ("Missing", True),
    ("With an outcome", True),
    ("Responded", True),
    ("Followed up (95% interval)", True),
    ("Beside other clinics", False),
)
DOWNLOADED = (
    "status", "began_least", "began_most", "left_out", "ineligible", "not_due", "due_least", "due_most", "missing",
    "analysed", "responders", "follow_up", "follow_up_low", "follow_up_high", "follow_up_least", "band", "peers",
    "network_follow_up", "zone", "side", "adjusted_tail", "stands_out",
)  # fmt: skip
STEPS = (
    ("Began treatment", "began_least"), ("Eligible and due", "due_least"), ("With an outcome", "analysed"),
    ("Responded", "responders"),
)  # fmt: skip
LIMITS = (0.6, 0.8)
#: Distances between the ticks of an axis of numbers.
TICKS = tuple(lead * 10**zeros for zeros in range(1, 9) for lead in (1, 2, 5))


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page for every outcome, those with most clinics first."""
    names = names_of(marts)
    found = by_outcome(marts, names, marts.follow_up.filter(period_kind="all", population=EVERYONE))
    shows = [(outcome, clinics) for outcome, clinics in found if not clinics["follow_up_least"].is_null().all()]
    drawn = one_per_questionnaire(marts, shows)
    sections = [_section(marts, names, outcome, clinics, stands) for outcome, clinics in drawn]
    shown = {outcome.key for outcome, _ in shows}
    others = {"nobody is due, or nothing may be shown": [one.name for one, _ in found if one.key not in shown]}
    sentence = title([row for _, listed in drawn for row in rows(listed.select("cohort", "band"))])
    return pages_of(Listing(PATH, sentence, LEAD, others=others), stands, sections, shelf)


def title(listed: Sequence[Row]) -> str:
    """In how many outcomes of clinics follow-up reaches 80%, and in how many it falls below 60%."""
    known = [row for row in listed if row["band"] != "unknown"]
    if not known:
        return "No outcome is due and shown yet."
    good = sum(row["band"] == ">=80%" for row in known)
    poor = sum(row["band"] in ("40-60%", "<40%") for row in known)
    return (
        f"Follow-up reaches 80% in {good} of {counted(len(known), 'outcome', 'outcomes')} of "
        f"{counted(len({row['cohort'] for row in known}), 'clinic', 'clinics')}, and falls below 60% in {poor}."
    )


def told(clinics: Sequence[Row]) -> str:
    """From which to which share the clinics of one outcome followed their patients up."""
    known = [row for row in clinics if row["follow_up_least"] is not None]
    shares = sorted(row["follow_up_least"] for row in known)
    lost = sum(row["stands_out"] is True and row["side"] == "below" for row in known)
    signal = f"; {lost} lost more than the others allow" if lost else ""
    if len(known) == 1:
        return f"1 clinic followed up {percent(shares[0])} of those due{signal}."
    return f"{len(known)} clinics followed up {percent(shares[0])} to {percent(shares[-1])} of those due{signal}."


def steps(clinics: Sequence[Row]) -> list[tuple[str, int]]:
    """How many are left at each step, those clinics together that show it."""
    shown = [row for row in clinics if row["began_least"] is not None]
    return [(name, round(sum(row[column] or 0 for row in shown) / 5) * 5) for name, column in STEPS]


def _section(marts: Marts, names: Names, outcome: Outcome, every: pl.DataFrame, stands: Release) -> Section:
    clinics, kept = rows(every), largest(every, pl.col("began_least").max())
    summary = told(clinics)
    ordered = sorted(rows(kept), key=lambda row: (-(row["follow_up_least"] or -1.0), names.cohort(row)))
    lines = [_line(names, row) for row in ordered]
    whole = download(FollowUp, DOWNLOADED, ordered, names)
    panels = [
        Panel(
            "steps",
            "From those who began to those who responded",
            STEPS_SUBTITLE,
            _steps_words(clinics),
            _steps_chart(outcome, clinics, stands),
            COLUMNS,
            lines,
            whole,
        ),
        Panel(
            "completeness",
            "Share followed up, clinic by clinic",
            SHARE_SUBTITLE,
            summary,
            _share_chart(names, outcome, ordered, summary, stands),
            COLUMNS[:1] + COLUMNS[9:],
            [_short(line) for line in lines],
            whole,
        ),
        *apart(marts, names, outcome, kept, stands),
    ]
    return Section(
        key=outcome.key,
        choice=outcome.name,
        sentence=f"{outcome.name}. {summary}",
        facts=[("Rule", outcome.sentence or outcome.name)],
        panels=panels,
        slice=f"followup.{outcome.key}",
        clinics={cohort_key(row): names.cohort(row) for row in ordered},
        time=names.time(outcome.endpoint),
        left_out=left_out(every, kept, "the tables and in charts of single clinics"),
    )


def _steps_words(clinics: Sequence[Row]) -> str:
    found = dict(steps(clinics))
    began, due, seen, responded = (found[name] for name, _ in STEPS)
    whose = _of_clinics(sum(row["began_least"] is not None for row in clinics), len(clinics))
    return (
        f"Of about {began:,} courses of {whose}, about {due:,} were eligible and due, about {seen:,} have an outcome "
        f"and about {responded:,} responded."
    )


def _of_clinics(shown: int, every: int) -> str:
    return counted(every, "clinic", "clinics") if shown == every else f"{shown} of {every} clinics"


def _steps_chart(outcome: Outcome, clinics: Sequence[Row], stands: Release) -> Chart:
    found = steps(clinics)
    most = max(count for _, count in found) or 1
    before = [most, *(count for _, count in found)]
    marks = [
        Mark(label=name, kind="observed", centre=count, low=0, high=count, value=_left(count, last))
        for (name, count), last in zip(found, before, strict=False)
    ]
    step = next(size for size in TICKS if size * 5 >= most)
    ticks = tuple((float(tick), f"{tick:,}") for tick in range(0, most + 1, step))
    axis = Axis(0, most, ticks)
    return chart(Drawing(marks, axis, f"{outcome.name}. {_steps_words(clinics)}", STEPS_SUBTITLE, stands.source))


def _left(count: int, last: int) -> str:
    return f"{count:,}" if count >= last else f"{count:,}, {last - count:,} fewer"


def _share_chart(names: Names, outcome: Outcome, ordered: Sequence[Row], summary: str, stands: Release) -> Chart:
    marks = [_share_mark(names, row) for row in ordered]
    references = [Reference(tenths(limit) or 0.0, percent(limit), len(marks) - 1) for limit in LIMITS]
    title_ = f"{outcome.name}. {summary}"
    return chart(Drawing(marks, PERCENT_AXIS, title_, SHARE_SUBTITLE, stands.source, references))


def _share_mark(names: Names, row: Row) -> Mark:
    label, key = names.cohort(row), cohort_key(row)
    if row["follow_up"] is not None:
        return Mark(
            label=label,
            kind="observed",
            key=key,
            centre=tenths(row["follow_up"]),
            low=tenths(row["follow_up_low"]),
            high=tenths(row["follow_up_high"]),
            value=f"{percent(row['follow_up'])} of {about(row['due_most'])}",
        )
    if row["follow_up_least"] is not None:
        least = row["follow_up_least"]
        return Mark(
            label=label, kind="observed", key=key, centre=tenths(least), hollow=True, value=f"{percent(least)} or more"
        )
    return Mark(label=label, kind="words", key=key, words=_why(row))


def _why(row: Row) -> str:
    return hidden(row) if row["status"] in ("suppressed", "no_data", "not_due") else "Not shown"


def _line(names: Names, row: Row) -> Line:
    if row["began_least"] is None:
        return Line(cohort_key(row), names.cohort(row), [Cell(_why(row)), *[Cell("–")] * 9], clinic_address(row))
    counts = [_count(row[name]) for name in ("left_out", "ineligible", "not_due")]
    later = [_count(row[name]) for name in ("missing", "analysed", "responders")]
    return Line(
        cohort_key(row),
        names.cohort(row),
        [
            _range(row, "began"),
            *counts,
            _range(row, "due"),
            *later,
            _share(row, names.receipt(row)),
            Cell(_beside(row)),
        ],
        clinic_address(row),
    )


def _short(line: Line) -> Line:
    """The share followed up alone, or why there is none."""
    shown = line.cells[8:] if line.cells[8].rate or line.cells[8].value else (line.cells[0], line.cells[9])
    return Line(line.key, line.head, shown, line.address)


def _count(count: int | None) -> Cell:
    return Cell("1 to 7") if count is None else Cell(about(count), str(count))


def _range(row: Row, step: str) -> Cell:
    least, most = row[f"{step}_least"], row[f"{step}_most"]
    return Cell(about(least) if least == most else f"about {least:,} to {most:,}", str(least))


def _share(row: Row, receipt: str) -> Cell:
    if row["follow_up"] is None:
        return Cell(f"{percent(row['follow_up_least'])} or more", str(row["follow_up_least"]), address=receipt)
    return Cell("", rate=observed(row["follow_up"], row["follow_up_low"], row["follow_up_high"]), address=receipt)


def _beside(row: Row) -> str:
    if row["zone"] == "not judged":
        return "no funnel"
    side = f", {row['side']}" if row["side"] else ""
    return f"{row['zone']}{side}{', still flagged when all looks are counted' if row['stands_out'] else ''}"
