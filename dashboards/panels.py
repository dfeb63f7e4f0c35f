"""What a page of outcomes is made of: a section for each outcome, in it figures, each with its table and its downloads.

How a section is printed is in the template `outcomes.html`; what it says is in `pages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.drawing import Chart
from dashboards.layout import Page, Release, fill
from dashboards.marts import Row
from dashboards.slices import Cell as Value
from dashboards.slices import Column, Download, View, text
from dashboards.wording import Rate
from schemas.contract import Table

#: Decimals of a share or a score in a download.
DECIMALS = 4


@dataclass(frozen=True)
class Cell:
    """One cell: words, the value that it is sorted by, and the rate that it states, if it states one."""

    words: str
    value: str = ""
    rate: Rate | None = None
    address: str = ""


@dataclass(frozen=True)
class Line:
    """One row of a table; `key` is the clinic's, for highlighting; `address` leads from its head."""

    key: str
    head: str
    cells: Sequence[Cell]
    address: str = ""


@dataclass(frozen=True)
class Panel:
    """One figure: heading, what the marks mean, what it shows, its chart if one can be drawn, its table."""

    name: str
    heading: str
    subtitle: str
    summary: str
    chart: Chart | None
    columns: Sequence[tuple[str, bool]]
    lines: Sequence[Line]
    download: Download


@dataclass(frozen=True)
class Section:
    """One outcome: its name in the list, the sentence above it, facts, figures, and what else must be said."""

    key: str
    choice: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    panels: Sequence[Panel]
    slice: str
    notes: Sequence[str] = field(default_factory=tuple)


def page_of(
    path: str,
    stands: Release,
    *,
    sentence: str,
    lead: str,
    sections: Sequence[Section],
    clinics: Mapping[str, str],
    choice: str = "Outcome",
    others: Mapping[str, Sequence[str]] | None = None,
) -> Page:
    """The finished page; `clinics` are keys and names, `others` lists, by reason, what has no section."""
    html = fill(
        "outcomes.html",
        stands,
        path=path,
        sentence=sentence,
        charts=True,
        lead=lead,
        sections=sections,
        clinics=sorted(clinics.items(), key=lambda pair: (pair[1], pair[0])),
        choice=choice,
        others=[(why, sorted(listed)) for why, listed in (others or {}).items() if listed],
    )
    return Page(path, html, [_view(section) for section in sections])


def _view(section: Section) -> View:
    charts = {panel.name: panel.chart for panel in section.panels if panel.chart is not None}
    return View(section.slice, {panel.name: panel.download for panel in section.panels}, charts)


def download(table: type[Table], names: Sequence[str], listed: Sequence[Row], label: Mapping[str, str]) -> Download:
    """Columns of a public table as they stand, with the clinic's name in front; `label` gives it by cohort."""
    kinds = table.columns()
    columns = [Column("clinic", "text", "Clinic")] + [
        Column(name, "text" if kinds[name].kind in ("text", "flag", "date") else "number", kinds[name].description)
        for name in names
    ]
    return Download(
        table.grain(), columns, [[label[row["cohort"]], *(_value(row[name]) for name in names)] for row in listed]
    )


def _value(value: object) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return round(value, DECIMALS)
    if value is None or isinstance(value, int):
        return value
    return text(str(value))
