"""What pages of outcomes are made of: each outcome is a page, on it figures, each with its table and its downloads.

The first outcome stands on the page that lists them all, every other one in the folder of that page's name.
How one is printed is in the template `outcomes.html`; what it says is in `pages`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from dashboards.drawing import Chart
from dashboards.layout import Page, Release, fill
from dashboards.marts import Row
from dashboards.names import Labels, Names
from dashboards.shelf import Shelf
from dashboards.slices import Cell as Value
from dashboards.slices import Column, Download, View, text
from dashboards.wording import DAGGER, Rate
from schemas.contract import Table

#: Decimals of a share or a score in a download: a tenth of a percent, as in the charts.
DECIMALS = 3
#: So near to a half of the last decimal, or so large, a value is rounded by itself: a product may fall beside it.
CLOSE, LARGE = 1e-6, 1e9
#: Fewer values are rounded one by one, which is quicker for them.
FEW_VALUES = 800
#: Choices that every page lists; more stand on the first page only, and the others lead back to it.
MOST_CHOICES = 60


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
    """One figure: heading, what the marks mean, what it shows, its chart if one can be drawn, its table.

    Where the rows behind it are `heavy`, they are a slice of their own, loaded when they are asked for.
    """

    name: str
    heading: str
    subtitle: str
    summary: str
    chart: Chart | None
    columns: Sequence[tuple[str, bool]]
    lines: Sequence[Line]
    download: Download
    heavy: bool = False


@dataclass(frozen=True)
class Section:
    """One outcome: its name in the list, the sentence above it, facts, figures, and what else must be said.

    `clinics` are keys and names of those on the page; `left_out` says which are not. `time` is the endpoint as
    `Names.time` gives it, `years` those from which on a chart over time may be shown. `counted` says how its
    numbers are counted, where no receipt does: the name of the place, words, queries.
    """

    key: str
    choice: str
    sentence: str
    facts: Sequence[tuple[str, str | Cell]]
    panels: Sequence[Panel]
    slice: str
    clinics: Mapping[str, str]
    time: tuple[int, str, str]
    years: Sequence[str] = field(default_factory=tuple)
    left_out: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    counted: tuple[str, str, Sequence[str]] | None = None

    @property
    def rows(self) -> str:
        """The slice of rows that wait until they are asked for."""
        return f"{self.slice}.rows"


@dataclass(frozen=True)
class Planned:
    """One outcome before its page is drawn: its name in the list, and what makes its section of what.

    `make` is a function of a module: it is given all that it may show, and is called only if the page does not stand.
    """

    key: str
    choice: str
    time: tuple[int, str, str]
    make: Callable[[Any, Release], Section]
    of: object


@dataclass(frozen=True)
class Choice:
    """One outcome in a list of them: key, name, the address of its page from the root, its endpoint."""

    key: str
    name: str
    address: str
    time: tuple[int, str, str]


@dataclass(frozen=True)
class Listing:
    """What holds for all pages of one kind: address of the first, its sentence, lead, what one is, what has no page.

    `others` lists, by reason, what has no page.
    """

    path: str
    sentence: str
    lead: str
    choice: str = "Outcome"
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Where all pages but the first stand."""
        return self.path.removesuffix(".html")


@dataclass(frozen=True)
class Printed:
    """All that one page of outcomes is printed from; `offered` are the choices that it lists of so `many`."""

    listing: Listing
    section: Section | Planned | None
    offered: Sequence[Choice]
    many: int
    path: str


def pages_of(
    listing: Listing, stands: Release, sections: Sequence[Section | Planned], shelf: Shelf | None = None
) -> list[Page]:
    """The finished pages: the first with the whole list, then one for each other section.

    A page that stands on the shelf already is taken from there, and a section that was only planned is not made for it.
    """
    choices = [
        Choice(
            section.key, section.choice, f"{listing.folder}/{section.key}.html" if place else listing.path, section.time
        )
        for place, section in enumerate(sections)
    ]
    kept = shelf or Shelf(stands)
    addresses = [choice.address for choice in choices] or [listing.path]
    shown: Sequence[Section | Planned | None] = sections or [None]
    further = replace(listing, sentence="", others={})
    printed = [
        Printed(further if place else listing, section, _offered(listing, choices, path), len(choices), path)
        for place, (section, path) in enumerate(zip(shown, addresses, strict=True))
    ]
    return [kept.page(one.path, draw, one) for one in printed]


def _offered(listing: Listing, choices: Sequence[Choice], path: str) -> Sequence[Choice]:
    everything = path == listing.path or len(choices) <= MOST_CHOICES
    return choices if everything else [one for one in choices if one.address == path]


def draw(printed: Printed, stands: Release) -> Page:
    """One page of outcomes, made of what it is printed from and nothing else."""
    listing, section, path = printed.listing, printed.section, printed.path
    section = section.make(section.of, stands) if isinstance(section, Planned) else section
    first = path == listing.path
    html = fill(
        "outcomes.html",
        stands,
        path=path,
        sentence=listing.sentence if first or section is None else section.sentence,
        charts=True,
        lead=listing.lead,
        section=section,
        first=first,
        clinics=sorted(section.clinics.items(), key=lambda pair: (pair[1], pair[0])) if section else [],
        choice=listing.choice,
        folder=listing.folder,
        many=printed.many,
        choices=printed.offered,
        times=times(choice.time for choice in printed.offered),
        others=[(why, sorted(listed)) for why, listed in listing.others.items() if listed and first],
    )
    return Page(path, html, _views(section) if section else [])


def times(found: Iterable[tuple[int, str, str]]) -> list[tuple[str, str]]:
    """The endpoints that a list can be narrowed to, the earliest first; none where there is no choice."""
    every = sorted({time for time in found if time[1]})
    return [(name, label) for _, name, label in every] if len(every) > 1 else []


def _views(section: Section) -> list[View]:
    charts = {panel.name: panel.chart for panel in section.panels if panel.chart is not None}
    light = View(section.slice, {panel.name: panel.download for panel in section.panels if not panel.heavy}, charts)
    heavy = View(section.rows, {panel.name: panel.download for panel in section.panels if panel.heavy}, {})
    return [light, heavy] if heavy.downloads else [light]


def download(table: type[Table], columns: Sequence[str], listed: Sequence[Row], names: Names | Labels) -> Download:
    """Columns of a public table, rounded to what is drawn, with the clinic's name in front."""
    kinds = table.columns()
    headed = [Column("clinic", "text", "Clinic")] + [
        Column(name, "text" if kinds[name].kind in ("text", "flag", "date") else "number", kinds[name].description)
        for name in columns
    ]
    held = [_values(kinds[name].kind, [row[name] for row in listed]) for name in columns]
    return Download(
        table.grain(), headed, list(zip([names.cohort(row).removesuffix(DAGGER) for row in listed], *held, strict=True))
    )


def _values(kind: str, values: Sequence[Any]) -> Sequence[Value]:
    """One column as it is handed out; a null stays one."""
    if kind in ("text", "date"):
        return [None if value is None else text(str(value)) for value in values]
    if kind == "flag":
        return [None if value is None else "yes" if value else "no" for value in values]
    return _rounded(values) if any(isinstance(value, float) for value in values) else values


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    """`rounded` of every value, null for null; many at once, where that is quicker than one by one."""
    if len(values) < FEW_VALUES:
        return [None if value is None else rounded(value) for value in values]
    shares = pl.Series(values, dtype=pl.Float64)
    parts = shares * 10**DECIMALS
    near_half = (parts - parts.floor() - 0.5).abs() < CLOSE
    # Python divides: Polars would multiply by the inverse, which is not the same number
    found = [None if part is None else part / 10**DECIMALS for part in parts.round().to_list()]
    for place in (near_half | (parts.abs() < 1) | (parts.abs() > LARGE)).arg_true():
        value = values[place]
        found[place] = None if value is None else rounded(value)
    return found


def rounded(value: float) -> float:
    """A share or a score to three decimals; a smaller one keeps its first digit, so that it is never nothing."""
    return round(value, DECIMALS) if abs(value) >= 10**-DECIMALS else float(f"{value:.1g}")
