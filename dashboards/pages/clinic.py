"""One clinic's page: its rates, every comparison with its reasons, who is missing, its files and its checks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from dashboards import sentences
from dashboards.benchmarks import Compared, Named
from dashboards.canvas import chart
from dashboards.clinics import Cell, Clinic, Clinics, cell
from dashboards.drawing import PERCENT_AXIS, Chart, Drawing
from dashboards.drawing import Line as Mark
from dashboards.groups import GROUPS, Group, margin, other_margins
from dashboards.layout import Page, Release, fill, templates
from dashboards.marts import Row
from dashboards.names import EVERYONE, LEVEL_WORDS, dimension_name, levels_told
from dashboards.outcomes import Outcome
from dashboards.pages.clinic_losses import lost
from dashboards.pages.files import file_of
from dashboards.plain import clean, in_numbers
from dashboards.sheets import rows_of
from dashboards.shelf import NO_MARKS, Marks, Shelf
from dashboards.slices import Download, View
from dashboards.technical import NOTE, by_other_methods
from dashboards.wording import (
    AGREED_DAYS,
    HIDDEN,
    Rate,
    about,
    counted,
    day,
    hidden,
    interval,
    month,
    observed,
    percent,
    tenths,
)

RATES_SUBTITLE = (
    "Share of patients who responded, one row per outcome. Dot and thick line: observed rate, 95% interval. Thin "
    "capped bar: the rate if none or all of the missing had responded. Outcomes differ in rule and time, "
    "so rows are no ranking."
)
#: Other pages, on which the clinic is marked.
MARKED = (
    ("benchmark.html", "Benchmark"), ("variation.html", "Variation"), ("improvement.html", "Improvement"),
    ("trends.html", "Trends"), ("casemix.html", "Case mix"), ("followup.html", "Follow-up"), ("rules.html", "Rules"),
)  # fmt: skip
#: What is told of a dimension of comparability.
DIMENSION = ("dimension", "ours", "theirs", "level", "reason")
#: Rows of another table by outcome.
Beside = Mapping[Cell, Row]


@dataclass(frozen=True)
class Own:
    """One outcome of the clinic as a row of its table."""

    name: str
    rule: str
    rate: Rate | None
    words: str
    bounds: str
    analysed: str
    missing: str
    followed: Rate | None
    beside: str
    over_time: str
    receipt: str


@dataclass(frozen=True)
class Entry:
    """One comparison: where it is drawn, its whole sentence, its twelve dimensions."""

    id: str
    name: str
    grade: str
    address: str
    sentence: str
    other_margins: str
    rate: Rate | None
    receipt: str
    methods: list[tuple[str, str]]
    levels: str
    dimensions: list[object]


def pages(clinics: Clinics, stands: Release, shelf: Shelf | None = None, marks: Marks = NO_MARKS) -> Iterator[Page]:
    """A page for each clinic, one after the other, taken from the shelf where it stands there already.

    Where the mark of a clinic's source is that of the release before, so is all that its page is drawn from.
    """
    kept = shelf or Shelf(stands)
    for clinic in clinics.listed:
        mark = marks.get(clinic.row["source"])
        yield kept.marked(clinic.address, mark) or kept.page(clinic.address, draw, clinic, mark)


def draw(clinic: Clinic, stands: Release) -> Page:
    """The page of one clinic, made of what it is given and nothing else."""
    outcomes, variation, trends = clinic.by_outcome, _by_cell(clinic.variation), _by_cell(clinic.trends)
    followed = _by_cell(clinic.follow_up)
    ordered = sorted(clinic.rates, key=lambda row: in_numbers(outcomes[cell(row)].name))
    drawn = [row for row in ordered if row["population"] == EVERYONE]
    figure = _chart(clinic, drawn, outcomes, stands) if drawn else None
    name = f"clinic.{clinic.key}"
    html = fill(
        "clinic.html",
        stands,
        path=clinic.address,
        sentence=title(clinic),
        charts=figure is not None,
        clinic=clinic,
        facts=_facts(clinic, stands),
        marked=MARKED,
        groups_told=_groups(clinic),
        methods_note=NOTE,
        rates=[_own(clinic.key, row, outcomes[cell(row)], variation, trends, followed) for row in ordered],
        chart=figure,
        subtitle=RATES_SUBTITLE,
        summary=summary(drawn),
        lost=lost(clinic.follow_up, outcomes),
        files=[file_of(row, clinic.label, clinic.reasons.get(row["delivery"], [])) for row in clinic.files],
        open_checks=[row for row in clinic.checks if row["status"] in ("failed", "error")],
        passed=sum(row["status"] == "passed" for row in clinic.checks),
        slice=name if figure else "",
    )
    views = [View(name, {"rates": _download(ordered, outcomes)}, {"rates": figure})] if figure else []
    return Page(clinic.address, html, views)


def title(clinic: Clinic) -> str:
    """What may be shown of the clinic and how many of its comparisons end in a verdict."""
    rates = counted(len(clinic.rates), "outcome", "outcomes")
    shown = f"a rate is shown for {len(clinic.shown)} of {rates}" if clinic.rates else "it has no outcome yet"
    if not clinic.compared:
        return f"{clinic.label}: {shown}; it is compared with no published figure."
    compared = counted(len(clinic.compared), "comparison", "comparisons")
    verb = "ends" if len(clinic.verdicts) == 1 else "end"
    return f"{clinic.label}: {shown}; {len(clinic.verdicts)} of {compared} with published figures {verb} in a verdict."


def summary(drawn: Sequence[Row]) -> str:
    """What the chart of rates shows: how many of its rows have a mark."""
    rated = sum(row["rate"] is not None for row in drawn)
    bounded = sum(row["rate"] is None and row["bound_low"] is not None for row in drawn)
    also = f"; {bounded} by bounds only, for too few were followed up" if bounded else ""
    rest = " Each other row says why not." if rated + bounded < len(drawn) else ""
    return f"Among all its patients, {rated} of {counted(len(drawn), 'outcome', 'outcomes')} with a rate{also}.{rest}"


def _facts(clinic: Clinic, stands: Release) -> list[tuple[str, str]]:
    row = clinic.row
    return [
        ("Treats", clean(row["condition"], 80).replace("-", " ")),
        ("With", clean(row["treatment"], 80).replace("-", " ")),
        ("Questionnaires", clinic.questionnaires),
        ("Files received", f"{len(clinic.files)}"),
        ("Data to", _until(row["data_to"], stands.data_until)),
    ]


def _until(last: date | None, newest: str) -> str:
    """Up to when a clinic's data speak, and how far that lies behind the newest; in words where it is too far."""
    behind = (date.fromisoformat(newest) - last).days if last and newest else 0
    late = f": late, for new data are agreed every {AGREED_DAYS} days" if behind > AGREED_DAYS else ""
    return f"{day(last)}, {counted(behind, 'day', 'days')} behind the newest{late}" if behind else day(last)


# --- comparisons --------------------------------------------------------------------------------------------


def _groups(clinic: Clinic) -> list[tuple[Group, str, list[Entry]]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for benchmark, compared in clinic.compared:
        again = clinic.again.get((compared.row["study"], compared.row["result"]))
        found[compared.group.id].append(_entry(benchmark, compared, len(clinic.compared), again))
    return [
        (group, counted(len(found[group.id]), "comparison", "comparisons"), found[group.id])
        for group in GROUPS
        if group.id in found
    ]


def _entry(benchmark: Named, compared: Compared, figures: int, again: Row | None) -> Entry:
    own = compared.own if compared.group.answers else None
    return Entry(
        id=f"b-{benchmark.key}",
        name=f"{benchmark.name}: {benchmark.rule}",
        grade=clean(compared.row["grade"], 2),
        address=f"benchmark.html#o={benchmark.key}&c={compared.key}&v=1",
        sentence=clean(compared.row["sentence"], 4000) or sentences.entry(benchmark, compared, figures),
        other_margins=other_margins(compared.row),
        rate=observed(own.rate, own.low, own.high) if own else None,
        receipt=compared.receipt,
        methods=by_other_methods(again, margin(compared.row)),
        levels=levels_told(each["level"] for each in compared.dimensions),
        dimensions=[_dimension(*(each[part] for part in DIMENSION)) for each in compared.dimensions],
    )


@lru_cache(maxsize=16_384)  # most clinics differ from a study in the same way
def _dimension(dimension: str, ours: str, theirs: str, level: str, reason: str) -> object:
    """One dimension as a row of a table, as the template writes it."""
    words = LEVEL_WORDS.get(level, clean(level, 20))
    record: Any = templates().get_template("records.html").module
    return record.dimension(dimension_name(dimension), clean(ours), clean(theirs), words, clean(reason))


# --- outcomes -----------------------------------------------------------------------------------------------


def state(row: Row) -> str:
    """Why a rate has no mark, in words; empty where it has one."""
    if row["rate"] is not None:
        return ""
    if row["status"] == "not_due":
        return f"Not due until {month(row['due_from'])}" if row["due_from"] else "Not due yet"
    if row["status"] == "no_data" and row.get("missing"):
        return f"{HIDDEN['no_data']}: nobody due has an outcome"
    return hidden(row)


def _by_cell(listed: Sequence[Row]) -> dict[Cell, Row]:
    """The rows by outcome, the first where there are several."""
    return {cell(row): row for row in reversed(listed)}


def _own(key: str, row: Row, outcome: Outcome, variation: Beside, trends: Beside, followed: Beside) -> Own:
    bounded = row["bound_low"] is not None and row["bound_high"] is not None
    return Own(
        name=outcome.name,
        rule=outcome.sentence,
        rate=observed(row["rate"], row["rate_low"], row["rate_high"]) if row["rate"] is not None else None,
        words=state(row),
        bounds=interval(row["bound_low"], row["bound_high"]) if bounded else "not shown",
        analysed=about(row["analysed"]),
        missing=about(row["missing"]),
        followed=_followed(followed.get(cell(row))),
        beside=_beside(variation.get(cell(row))),
        over_time=_over_time(trends.get(cell(row))),
        receipt=f"receipts/{key}.html#{outcome.key}",
    )


def _followed(found: Row | None) -> Rate | None:
    """The share followed up with its interval, where both may be shown."""
    if found is None or found["follow_up"] is None or found["follow_up_low"] is None:
        return None
    return observed(found["follow_up"], found["follow_up_low"], found["follow_up_high"])


def _beside(row: Row | None) -> str:
    if row is None or row["zone"] == "not judged":
        return "no funnel"
    flagged = ", flagged when all looks are counted" if row["stands_out"] else ""
    return f"{row['zone']}{', ' + row['side'] if row['side'] else ''}{flagged}"


def _over_time(row: Row | None) -> str:
    if row is None:
        return "no quarter charted"
    last = f"{counted(row['quarters'], 'quarter', 'quarters')} to {clean(row['period'], 20).replace('-', ' ')}"
    if row["reading"] == "not judged":
        return f"{last}, not judged"
    signals = [f"{row[name]} {word}" for name, word in (("improvements", "better"), ("concerns", "worse")) if row[name]]
    return f"{last}, {row['reading']} now" + (f"; signals: {', '.join(signals)}" if signals else "")


def _chart(clinic: Clinic, drawn: Sequence[Row], outcomes: dict[Cell, Outcome], stands: Release) -> Chart:
    marks = [_mark(row, outcomes[cell(row)]) for row in drawn]
    heading = f"{clinic.label}: {summary(drawn)}"
    return chart(Drawing(marks, PERCENT_AXIS, heading, RATES_SUBTITLE, stands.source))


def _mark(row: Row, outcome: Outcome) -> Mark:
    bounded = row["bound_low"] is not None and row["bound_high"] is not None
    rated = row["rate"] is not None
    if not rated and not bounded:
        return Mark(label=outcome.label, kind="words", words=state(row))
    return Mark(
        label=outcome.label,
        kind="observed",
        centre=tenths(row["rate"]),
        low=tenths(row["rate_low"]),
        high=tenths(row["rate_high"]),
        outer_low=tenths(row["bound_low"]) if bounded else None,
        outer_high=tenths(row["bound_high"]) if bounded else None,
        value=f"{percent(row['rate'])} of {about(row['analysed'])}" if rated else "bounds only",
    )


def _download(ordered: Sequence[Row], outcomes: dict[Cell, Outcome]) -> Download:
    columns = {
        "outcome": "Rule, time and population", "status": "What may be shown", "percent": "Rate, percent",
        "percent_low": "Lower 95% limit, percent", "percent_high": "Upper 95% limit, percent",
        "bound_low": "Rate if none of the missing had responded, percent",
        "bound_high": "Rate if all of the missing had responded, percent",
        "patients": "With an outcome, to the nearest 5", "missing": "Due without an outcome, to the nearest 5",
        "words": "Why there is no rate",
    }  # fmt: skip
    parts = ("rate", "rate_low", "rate_high", "bound_low", "bound_high")
    listed = [
        [outcomes[cell(row)].name, row["status"], *(tenths(row[part]) for part in parts), row["analysed"],
         row["missing"], state(row)]
        for row in ordered
    ]  # fmt: skip
    return rows_of("one row per outcome", columns, listed)
