"""A clinic's receipts: for each outcome the counts, the files, the query and the checks behind every number of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

import polars as pl

from dashboards.by_clinic import ByClinic
from dashboards.clinics import Cell, Clinic, Clinics, cell
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, names_of
from dashboards.outcomes import CELL_OF_CLINIC, Outcome, place_of
from dashboards.pages.clinic import state
from dashboards.pages.files import file_of
from dashboards.plain import clean
from dashboards.receipt_parts import COUNTS, Common, common, part, rule_anchor
from dashboards.receipts import JUDGED, Numbers, macros
from dashboards.sentences import line_range
from dashboards.sheets import MOST_LISTED
from dashboards.shelf import NO_MARKS, Marks, Shelf
from dashboards.wording import counted, day, listed

#: A file in one of these states was counted; any other was not.
COUNTED = ("accepted", "partly")
#: The table that an outcome's counts become, and from there every other number.
RATES = "observed_rates"
#: What is told of a check.
CHECK = ("check_id", "object", "status", "sentence")
#: A clinic without what its receipts say outcome by outcome, or not at all.
WITHOUT_OUTCOMES: Mapping[str, Any] = {
    "rates": (), "outcomes": (), "compared": (), "again": {}, "variation": (), "trends": (), "follow_up": (),
    "reasons": {},
}  # fmt: skip
#: Objects of a check that are named; more are counted.
MOST_NAMED = 3


@dataclass(frozen=True)
class Checked:
    """One check and one way in which it ended: on what, and how often."""

    sentence: str
    status: str
    objects: str


@dataclass(frozen=True)
class Account:
    """All that one clinic's receipts are drawn from but the outcomes: `clinic` holds nothing of them.

    `sentence` heads the page, `rules` are the responder rules of its outcomes by anchor.
    """

    clinic: Clinic
    sentence: str
    rules: Sequence[tuple[str, str]]
    cohort: str
    steps: Sequence[str]
    tables: Sequence[Row]


def pages(
    tables: ByClinic, clinics: Clinics, stands: Release, shelf: Shelf | None = None, marks: Marks = NO_MARKS
) -> Iterator[Page]:
    """Receipts, a page for each clinic with an outcome, one after the other; what is around them where it stands.

    Where the mark of a clinic's source is that of the release before, so is all that its page is drawn from.
    """
    kept, shown = shelf or Shelf(stands), [clinic for clinic in clinics.listed if clinic.rates]
    anew = {one.row["source"] for one in shown if not kept.knows(_address(one), marks.get(one.row["source"]))}
    drawing = _Drawing(tables.of(anew), names_of(tables.marts))
    for clinic in shown:
        source = clinic.row["source"]
        page = kept.marked(_address(clinic), marks.get(source))
        if page is None:
            of = drawing if source in anew else _Drawing(tables.of([source]), names_of(tables.marts))
            page = kept.page_around(_address(clinic), draw, *of.of(clinic), marks.get(source))
        yield page


class _Drawing:
    """What the receipts of some clinics are drawn from: their tables, read once."""

    def __init__(self, marts: Marts, names: Names) -> None:
        self._names = names
        self._receipt, self._steps = _receipt_of(marts, names), _steps(rows(marts.steps))
        self._tables = rows(marts.checks.filter(pl.col("object").is_in(JUDGED)).select(CHECK))

    def of(self, clinic: Clinic) -> tuple[Account, str]:
        """What a clinic's page is drawn from but its receipts, and the receipts."""
        outcomes = clinic.by_outcome
        ordered = sorted(clinic.rates, key=lambda row: outcomes[cell(row)].name)
        parts = "".join(self._receipt(row, outcomes[cell(row)]) for row in ordered)
        around, cohort = replace(clinic, **WITHOUT_OUTCOMES), self._names.cohort(clinic.row)
        rules = _rules(ordered, outcomes)
        return Account(around, title(clinic), rules, cohort, self._steps, self._tables), parts


def _receipt_of(marts: Marts, names: Names) -> Callable[[Row, Outcome], str]:
    """What draws the receipt of a rate of a clinic, from tables that are read once."""
    numbers, endpoints = Numbers(marts, names), {row["endpoint"]: row for row in rows(marts.endpoints)}
    columns = (*CELL_OF_CLINIC, *(column for column, _ in COUNTS))
    released = rows(marts.released_counts.filter(period_kind="all").select(columns))
    counts = {place_of(row): row for row in released}
    known: dict[Cell, Common] = {}

    def drawn(row: Row, outcome: Outcome) -> str:
        its = cell(row)
        if its not in known:
            people = names.populations.get(row["population"]) or clean(row["population"], 80)
            known[its] = common(row, outcome, endpoints.get(row["endpoint"]), people)
        place = place_of(row)
        return part(known[its], row, counts.get(place), numbers.of(row), state(row))

    return drawn


def _address(clinic: Clinic) -> str:
    return f"receipts/{clinic.key}.html"


def draw(account: Account, stands: Release) -> Page:
    """The receipts of one clinic, with a place for those of its outcomes, made of what is given and nothing else."""
    clinic = account.clinic
    files = [file_of(row, clinic.label, []) for row in clinic.files]
    used = [row for row in clinic.files if row["state"] in COUNTED]
    html = fill(
        "receipts.html",
        stands,
        path=_address(clinic),
        sentence=account.sentence,
        clinic=clinic,
        cohort=account.cohort,
        rules=account.rules,
        files=files[:MOST_LISTED],
        more=files[MOST_LISTED:],
        used=_used(used),
        data_to=day(clinic.row["data_to"]),
        steps=account.steps,
        checks=_checked([*clinic.checks, *account.tables], clinic.row["source"]),
        macros=macros(clinic.row),
    )
    return Page(_address(clinic), html)


def title(clinic: Clinic) -> str:
    """Of how many outcomes a rate is shown, and how many files it was counted from."""
    used = sum(row["state"] in COUNTED for row in clinic.files)
    rates = counted(len(clinic.rates), "outcome", "outcomes")
    files = counted(len(clinic.files), "file", "files")
    return f"{clinic.label}: {len(clinic.shown)} of {rates} with a rate, counted from {used} of {files} received."


def _used(used: Sequence[Row]) -> str:
    """The lines of the files that were counted, in words."""
    if not used:
        return "No file was counted."
    totals = [f"{line_range(used, part)} {word}" for part, word in (
        ("lines", "received"), ("accepted", "accepted"), ("quarantined", "set aside"))]  # fmt: skip
    return f"Lines of {counted(len(used), 'file', 'files')} that were counted: {listed(totals)}."


def _rules(ordered: Sequence[Row], outcomes: dict[Cell, Outcome]) -> list[tuple[str, str]]:
    """Every responder rule of the page once: its anchor and its sentence."""
    found = {row["definition"]: outcomes[cell(row)].sentence or outcomes[cell(row)].name for row in ordered}
    return [(rule_anchor(definition), sentence) for definition, sentence in found.items()]


def _steps(steps: Sequence[Row]) -> list[str]:
    """The tables between the files and the rates, in the order in which they are made."""
    made_from = {row["step"]: [each for each in row["made_from"].split(", ") if each] for row in steps}
    if RATES not in made_from:
        return []
    wanted, waiting = {RATES}, [RATES]
    while waiting:
        further = [each for each in made_from.get(waiting.pop(), ()) if each not in wanted]
        wanted.update(further)
        waiting += further
    ordered = TopologicalSorter({step: made_from.get(step, ()) for step in sorted(wanted)}).static_order()
    return [clean(step, 60) for step in ordered]


def _checked(judged: Sequence[Row], source: str) -> list[Checked]:
    """Every check that looked at the files or the tables, by how it ended; what failed comes first."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in judged:
        about_ = clean(row["object"].removeprefix(f"{source}/"), 60)
        found[clean(row["sentence"]), clean(row["status"], 20), row["check_id"]].append(about_)
    ends = Counter({"failed": -2, "error": -1})
    ordered = sorted(found.items(), key=lambda item: (ends[item[0][1]], item[0][2], item[0][1]))
    return [Checked(sentence, status, _objects(objects)) for (sentence, status, _), objects in ordered]


def _objects(objects: Sequence[str]) -> str:
    return listed(sorted(objects)) if len(objects) <= MOST_NAMED else f"{len(objects)} files or tables"
