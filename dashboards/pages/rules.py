"""The rules page: what would a clinic's rate be under another rule, or with the missing counted in another way?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from dashboards.canvas import chart
from dashboards.drawing import PERCENT_AXIS, Chart, Drawing, Reference
from dashboards.drawing import Line as Mark
from dashboards.groups import BY_ID, VERDICTS, fixed_words, group
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, benchmark_key, clinic_address, cohort_key, names_of, record_address
from dashboards.outcomes import CLINIC
from dashboards.panels import Cell, Line, Listing, Panel, Section, download, pages_of
from dashboards.plain import clean, slug
from dashboards.sentences import TALLIED
from dashboards.shelf import Shelf
from dashboards.wording import about, counted, hidden, observed, percent, printed, published, tenths, whole
from schemas.rule_strip import COUNTED, RuleStrip

PATH = "rules.html"
LEAD = (
    "Only the study's own rule, counted as the study counted, is comparable, and the Benchmark page says what "
    "holds. The strip shows how far that answer hangs on two choices: which rule calls a patient a responder, and"
    " how patients without an outcome are counted. A reading is what the same numbers would say; it is not a "
    "verdict."
)
SUBTITLE = (
    "Dot and line: rate, 95% interval. Filled: the study's own rule and counting. Orange diamond: another reading"
    " than that one. Thin capped bar: the rate if none or all of the missing had responded. Dashed lines: the "
    "published rate, and the margin to either side."
)
WORDS = {
    "completers": "those with an outcome",
    "missing as non-response": "missing as non-responders",
    "weighted": "weighted for who is missing",
    "lower bound": "no missing responded",
    "upper bound": "all missing responded",
}
COLUMNS = (
    ("Rule and counting", False),
    ("Rate (95% interval)", True),
    ("Of", True),
    ("Would read", False),
    ("Turns", False),
)
DOWNLOADED = (
    "study", "result", "definition", "population", "endpoint", "counted", "own_rule", "own_counting", "status",
    "size", "rate", "rate_low", "rate_high", "published_rate", "margin", "reading", "flips",
)  # fmt: skip
DRAWN = ("completers", "missing as non-response", "weighted")


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page per clinic and published figure that it may be read against; the first lists the clinics without one."""
    names = names_of(marts)
    gathered: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    beside = marts.rule_strip.filter(pl.col("study") != "")
    for row in rows(beside):
        gathered[tuple(row[name] for name in ("study", "result", "endpoint", "source", "cohort"))].append(row)
    key = ("source", "cohort", "study", "result")
    compared = {tuple(row[name] for name in key): row for row in rows(marts.comparisons)}
    figures = {(row["study"], row["result"]): row for row in rows(marts.published_rates)}
    sections = [
        _section(names, strip, compared, figures.get((strip[0]["study"], strip[0]["result"])), stands)
        for _, strip in sorted(gathered.items(), key=lambda item: _order(names, item[1]))
    ]
    without = [names.cohort(row) for row in rows(_clinics(marts.rule_strip).join(beside, on=CLINIC, how="anti"))]
    others = {"no published figure that the clinic's rates may be read against": without}
    listing = Listing(PATH, title(list(gathered.values())), LEAD, "Clinic and published figure", others)
    return pages_of(listing, stands, sections, shelf)


def _clinics(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(CLINIC).unique(maintain_order=True)


def _order(names: Names, strip: Sequence[Row]) -> tuple[str, str, str]:
    return names.cohort(strip[0]), strip[0]["study"], strip[0]["result"]


def title(strips: Sequence[Sequence[Row]]) -> str:
    """In how many strips the reading turns under another rule, and in how many by counting alone."""
    if not strips:
        return "No clinic has a rate that may be read against a published figure yet."
    turned = sum(any(row["flips"] for row in strip) for strip in strips)
    counting = sum(any(row["flips"] and row["own_rule"] for row in strip) for strip in strips)
    return (
        f"Of {counted(len(strips), 'comparison', 'comparisons')}, {turned} would read differently under another rule "
        f"or another way to count the missing; in {counting} the counting alone is enough."
    )


def told(strip: Sequence[Row], verdict: str = "") -> str:
    """How far the rate moves over the strip, in how many places the reading turns, and what the comparison found."""
    shown = [row["rate"] for row in strip if row["rate"] is not None]
    rates = [row["rate"] for row in strip if row["rate"] is not None and row["counted"] in DRAWN]
    read = [row for row in strip if row["flips"] is not None]
    if not rates:
        return "No rate may be shown."
    over = counted(len({row["definition"] for row in strip}), "rule", "rules")
    moves = f"The rate runs from {percent(min(rates))} to {percent(max(rates))} over {over}"
    if min(shown) < min(rates) or max(shown) > max(rates):
        bounds = f"from {percent(min(shown))} to {percent(max(shown))}"
        moves += f", and {bounds} if none or all of the missing had responded"
    anchor = next((row for row in strip if row["own_counting"] and row["reading"]), None)
    if anchor is None:
        return f"{moves}; nothing can be read."
    turns = sum(bool(row["flips"]) for row in read)
    return (
        f"{moves}. Counted as the study did it reads “{reading_words(anchor)}”; {turns} of {len(read)} readings differ."
        + (f" The comparison itself, which asks of the missing too, ended in “{verdict}”." if verdict else "")
    )


def reading_words(row: Row) -> str:
    """A reading in the words of the verdict list; empty where nothing could be read."""
    return BY_ID[VERDICTS[row["reading"]]].heading.lower() if row["reading"] else ""


def _section(
    names: Names, strip: Sequence[Row], compared: Mapping[tuple[str, ...], Row], figure: Row | None, stands: Release
) -> Section:
    first = strip[0]
    label, study = names.cohort(first), names.study(first["study"])
    name = f"{label} beside {study}, {names.endpoint(first['endpoint'])}"
    own = compared.get((first["source"], first["cohort"], first["study"], first["result"]))
    summary = told(strip, group(own).heading.lower() if own else "")
    ordered = sorted(
        strip,
        key=lambda row: (not row["own_rule"], row["definition"], row["population"], COUNTED.index(row["counted"])),
    )
    panel = Panel(
        name="strip",
        heading="Rule by way of counting",
        subtitle=SUBTITLE,
        summary=summary,
        chart=_chart(names, ordered, printed(figure) if figure else "", f"{name}. {summary}", stands),
        columns=COLUMNS,
        lines=[_line(names, row) for row in ordered],
        download=download(RuleStrip, DOWNLOADED, ordered, names),
    )
    fixed = f"; {fixed_words([own])}" if own else ""
    margin = "–" if first["margin"] is None else f"±{whole(first['margin'])} percentage points"
    key = slug(f"{cohort_key(first)}.{first['study']}.{first['result']}")
    return Section(
        key=key,
        choice=name,
        sentence=f"{name}. {summary}",
        facts=[
            ("Published", _published(figure)),
            ("Margin", f"{margin}{fixed}"),
            *([("The comparison itself", _verdict(own))] if own else []),
        ],
        panels=[panel],
        slice=f"rules.{key}",
        clinics={cohort_key(first): label},
        time=names.time(first["endpoint"]),
    )


def _verdict(comparison: Row) -> Cell:
    """What the comparison with the published figure ended in, leading to it."""
    place = f"benchmark.html#o={benchmark_key(comparison)}&c={cohort_key(comparison)}&v=1"
    return Cell(group(comparison).heading, address=place)


def _published(figure: Row | None) -> Cell | str:
    """The published figure as printed with its interval, leading to its record."""
    rate = published(figure) if figure else None
    return "no rate" if figure is None or rate is None else Cell("", rate=rate, address=record_address(figure))


def _rule(names: Names, row: Row) -> str:
    known = names.definitions.get(row["definition"])
    rule = clean(known["label"], 120) if known else clean(row["definition"], 60)
    return f"{rule} (the study's own)" if row["own_rule"] else f"{rule}, all patients"


def _short(names: Names, row: Row, own: str) -> str:
    """A rule's name that fits beside its marks; the study's own is in the facts in full."""
    if row["definition"] != own:
        return _rule(names, row)
    return "The study's own rule" if row["own_rule"] else "The study's rule, all patients"


def _chart(names: Names, ordered: Sequence[Row], figure: str, title_: str, stands: Release) -> Chart:
    marks: list[Mark] = []
    own = next((row["definition"] for row in ordered if row["own_rule"]), "")
    for place, row in enumerate(ordered):
        before = ordered[place - 1] if place else None
        if before is None or (before["definition"], before["population"]) != (row["definition"], row["population"]):
            of_rule = [
                each
                for each in ordered
                if (each["definition"], each["population"]) == (row["definition"], row["population"])
            ]
            marks.append(Mark(label=_short(names, row, own), kind="heading"))
            marks += _marks(of_rule)
    rate, margin = ordered[0]["published_rate"], ordered[0]["margin"]
    references = []
    if rate is not None:
        last = len(marks) - 1
        references = [
            Reference(tenths(rate) or 0.0, figure or percent(rate), last, "Published"),
            *(
                Reference(tenths(min(1.0, max(0.0, rate + side))) or 0.0, "", last, dash="dot")
                for side in (-margin, margin)
            ),
        ]
    return chart(Drawing(marks, PERCENT_AXIS, title_, SUBTITLE, stands.source, references))


def _marks(of_rule: Sequence[Row]) -> list[Mark]:
    ways = {row["counted"]: row for row in of_rule}
    low, high = ways["lower bound"]["rate"], ways["upper bound"]["rate"]
    return [_mark(ways[way], low, high) for way in DRAWN]


def _mark(row: Row, low: float | None, high: float | None) -> Mark:
    label = WORDS[row["counted"]]
    if row["rate"] is None:
        return Mark(label=label, kind="words", words=_why(row))
    bounded = row["counted"] == "completers" and low is not None and high is not None
    return Mark(
        label=label,
        kind="concern" if row["flips"] else "observed",
        centre=tenths(row["rate"]),
        low=tenths(row["rate_low"]),
        high=tenths(row["rate_high"]),
        outer_low=tenths(low) if bounded else None,
        outer_high=tenths(high) if bounded else None,
        symbol="diamond" if row["flips"] else "circle",
        hollow=not row["own_counting"],
        value=_value(row),
    )


def _value(row: Row) -> str:
    read = f", {TALLIED[VERDICTS[row['reading']]]}" if row["reading"] else ""
    return f"{percent(row['rate'])}{read}"


def _why(row: Row) -> str:
    if row["status"] != "ok":
        return hidden(row)
    return "No weighted rate: too few missing" if row["counted"] == "weighted" else "Not shown: 1 to 7 are missing"


def _line(names: Names, row: Row) -> Line:
    head = f"{_rule(names, row)}: {WORDS[row['counted']]}"
    if row["rate"] is None:
        return Line(cohort_key(row), head, [Cell(_why(row)), *[Cell("–")] * 3], clinic_address(row))
    size = about(round(row["size"]))
    return Line(
        cohort_key(row),
        head,
        [
            Cell("", rate=observed(row["rate"], row["rate_low"], row["rate_high"]), address=names.receipt(row)),
            Cell(size, str(row["size"])),
            Cell(reading_words(row) or "–"),
            Cell("–" if row["flips"] is None else "yes" if row["flips"] else "no"),
        ],
        clinic_address(row),
    )
