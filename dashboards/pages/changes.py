"""The changes page: what differs from the release before, and why as far as the tables tell."""

from collections import Counter
from collections.abc import Sequence

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, cohort_key, names_of, record_address
from dashboards.outcomes import Outcome, outcomes
from dashboards.pages.files import STATE_WORDS
from dashboards.panels import Cell
from dashboards.plain import clean, slug
from dashboards.sheets import Sheet, Told, line, page_of, rows_of
from dashboards.wording import counted, listed, observed
from schemas.changes import KINDS, Changes

PATH = "changes.html"
Known = dict[tuple[str, str, str], Outcome]
LEAD = (
    "Compared with the last release whose numbers were not the same. A number can move because a file arrived, because "
    "a published record was edited, or because a setting or the program changed; which of them is read "
    "from what else moved."
)
NOTES = (
    "Changes between earlier releases: each release holds its own. Kept releases can be opened beside this one.",
    "Late data apart from new data: a file does not say which of its lines were late.",
)
HEADINGS = {
    "rate": "Rates", "comparison": "Comparisons", "published figure": "Published figures", "file": "Files",
}  # fmt: skip
PLURALS = {
    "rate": ("rate", "rates"), "comparison": ("comparison", "comparisons"),
    "published figure": ("published figure", "published figures"), "file": ("file", "files"),
}  # fmt: skip
COLUMNS = (("What", False), ("Before", False), ("Now", False), ("Why", False))
NOTHING = "No earlier release can be compared with this one: it is the first, or the one before was made otherwise."


def page(marts: Marts, stands: Release) -> Page:
    """What moved since the release before."""
    found = rows(marts.changes)
    names = names_of(marts)
    known = outcomes(marts, names)
    sheets = [_sheet(kind, [row for row in found if row["kind"] == kind], names, known) for kind in KINDS]
    return page_of(PATH, stands, Told(title(found), LEAD, notes=NOTES), sheets if found else [])


def title(changes: Sequence[Row]) -> str:
    """How much differs, by kind, and since which release."""
    if not changes:
        return NOTHING
    totals = Counter(row["kind"] for row in changes)
    parts = [counted(totals[kind], *PLURALS[kind]) for kind in KINDS if totals[kind]]
    verb = "differs" if len(changes) == 1 else "differ"
    return f"{listed(parts)} {verb} from release {clean(changes[0]['since'], 40)}."


def _sheet(kind: str, found: Sequence[Row], names: Names, known: Known) -> Sheet:
    lines = [
        line(
            _what(row, names, known),
            _side(row, "before"),
            _side(row, "after", _source(row, names)),
            clean(row["cause"], 60),
            address=_address(row),
        )
        for row in found
    ]
    causes = Counter(row["cause"] for row in found)
    told = (
        f"{counted(len(found), *PLURALS[kind])}: "
        + listed([f"{count:,} by cause “{clean(cause, 60)}”" for cause, count in sorted(causes.items())])
        + "."
        if found
        else f"No {PLURALS[kind][0]} differs."
    )
    parts = [name for name in Changes.columns() if name != "kind"]
    held = rows_of(
        f"one row per {kind} that differs",
        {name: Changes.columns()[name].description for name in parts},
        [[row[name] for name in parts] for row in found],
    )
    return Sheet(slug(kind), HEADINGS[kind], told, COLUMNS, lines, held if found else None)


def _what(row: Row, names: Names, known: Known) -> str:
    if row["kind"] == "file":
        return f"{names.cohort(row | {'cohort': row['source']})}, file {clean(row['delivery'], 12)}"
    figure = f"{names.study(row['study'])}, {clean(row['result'], 60)}"
    if row["kind"] == "published figure":
        return figure
    if row["kind"] == "comparison":
        return f"{names.cohort(row)} beside {figure}"
    outcome = known.get((row["definition"], row["endpoint"], row["population"]))
    return f"{names.cohort(row)}: {outcome.name if outcome else clean(row['definition'], 60)}"


def _source(row: Row, names: Names) -> str:
    """Where a number of this release has its receipt or its record."""
    if not row["after"] or row["kind"] not in ("rate", "published figure"):
        return ""
    return names.receipt(row) if row["kind"] == "rate" else record_address(row)


def _side(row: Row, side: str, address: str = "") -> Cell:
    rate, low, high = (row[f"{side}_{part}"] for part in ("rate", "low", "high"))
    if row["kind"] == "rate" and None not in (rate, low, high):
        return Cell("", rate=observed(rate, low, high), address=address)
    state = row[side]
    return Cell(
        STATE_WORDS.get(state, clean(state, 120).replace("_", " ")) if state else "was not there", address=address
    )


def _address(row: Row) -> str:
    if row["kind"] == "published figure":
        return record_address(row) if row["after"] else ""
    if row["kind"] == "file" or not row["after"]:
        return ""
    return f"clinics/{cohort_key(row)}.html"
