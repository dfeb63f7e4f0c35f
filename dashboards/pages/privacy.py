"""The privacy page: what is hidden, by which rule, and what was refused at the door."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.plain import clean
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.wording import capital, counted
from schemas.released_counts import STATUSES

PATH = "privacy.html"
LEAD = (
    "Rows about patients never leave the machine on which they were read, and no page is made from one. Patient codes "
    "become keyed hashes as a file is read: the rows are pseudonymised, not anonymous, and are treated as health data. "
    "What leaves is counts, through one door."
)
NOTES = (
    "The smallest group in the private tables: it points at patients, so it is not published.",
    (
        "Who opened what, and when: no page holds a time of day, for the same input must give the same pages. Releases "
        "carry a manifest of hashes, which `verum suites` compares with the files."
    ),
    (
        "What several outcomes of the same patients, or a year and its quarters, tell together about a number that is "
        "hidden: it is not searched for before a release, and can leave fewer than five possible values."
    ),
    "A test that no connection is opened runs with the test suite, not with a release, so no release can claim it.",
)
COUNTS = ("responders", "analysed", "missing", "not_due", "ineligible", "left_out")
STATE_WORDS = {
    "ok": "Shown",
    "suppressed": "Hidden: a group of 1 to 7, or all of few alike",
    "no_data": "Nothing to show: no outcome received",
    "not_due": "Nothing to show: nobody is due yet",
    "too_few": "Shown as bounds only: too few followed up",
}
PERIODS = {"all": "All starts together", "year": "By year of start", "quarter": "By quarter of start"}


def page(marts: Marts, stands: Release) -> Page:
    """What a release hides and why."""
    told = Told(title(marts.released_counts), LEAD, [("Policy", stands.disclosure or "not recorded")], NOTES)
    return page_of(PATH, stands, told, [_cells(marts), _rules(marts), _proofs(marts), _masked(marts), _refused(marts)])


def title(released_counts: pl.DataFrame) -> str:
    """How many cells of counts are hidden, and what every number that is shown is a multiple of."""
    if released_counts.is_empty():
        return "No count has been released yet."
    hidden = int((released_counts["status"] == "suppressed").sum())
    shown = released_counts.select(COUNTS)
    exact = shown.select(pl.any_horizontal((pl.all() % 5 != 0).any() | pl.all().is_between(1, 7).any())).item()
    rounded = "some counts shown are exact" if exact else "every count that is shown is a multiple of 5"
    return f"Of {counted(released_counts.height, 'cell', 'cells')} of counts, {hidden:,} are hidden; {rounded}."


def _cells(marts: Marts) -> Sheet:
    tally = Counter(marts.released_counts.select("period_kind", "status").iter_rows())
    lines = [
        line(words, *(tally[kind, status] for status in STATUSES)) for kind, words in PERIODS.items()
        if any(tally[kind, status] for status in STATUSES)
    ]  # fmt: skip
    columns = [("Cells", False), *((STATE_WORDS[status], True) for status in STATUSES)]
    told = "A cell is one clinic, outcome, population and period. Nothing finer than a cell leaves." if lines else (
        "No count has been released yet.")  # fmt: skip
    return Sheet("cells", "What is hidden", told, columns, lines)


def _rules(marts: Marts) -> Sheet:
    found = sorted(rows(marts.method_rules.filter(topic="What is shown")), key=lambda row: row["place"])
    lines = [line(clean(row["sentence"], 1000), clean(row["source"])) for row in found]
    told = "The rules of the door, with the numbers that are applied." if lines else "This release holds no rules."
    return Sheet("rules", "By which rules", told, (("Rule", False), ("Source", False)), lines, plain=True)


def _proofs(marts: Marts) -> Sheet:
    found = rows(marts.checks.filter(check_id="no_small_count"))
    lines = [line(clean(row["object"], 60), clean(row["status"], 20), clean(row["threshold"])) for row in found]
    columns = (("Table", False), ("Ended", False), ("What would have stopped the release", False))
    told = "Every table of counts was searched for a small or exact count." if lines else "No table was searched."
    return Sheet("proofs", "Searched before release", told, columns, lines)


def _masked(marts: Marts) -> Sheet:
    parts = ("lines", "accepted", "quarantined", "blank")
    masked = {name: marts.deliveries[name].null_count() for name in parts}
    masked["by reason"] = marts.rejections["lines"].null_count()
    names = {"lines": "Physical lines", "accepted": "Accepted", "quarantined": "Set aside", "blank": "Blank"}
    lines = [line(names.get(name, capital(name)), count) for name, count in masked.items() if count]
    told = "Numbers of lines that were 1 to 7 and are masked, for a line may be a patient." if lines else (
        "No number of lines had to be masked.")  # fmt: skip
    return Sheet("masked", "Numbers of lines", told, (("Number of lines", False), ("Masked", True)), lines)


def _refused(marts: Marts) -> Sheet:
    refused = rules_of(rows(marts.deliveries))
    lines = [line(clean(rule, 60), count) for rule, count in refused]
    told = "Files refused as a whole: none of their cells was loaded." if lines else "No file was refused."
    return Sheet("refused", "Refused at the door", told, (("Rule", False), ("Files", True)), lines)


def rules_of(deliveries: Sequence[Row]) -> list[tuple[str, int]]:
    """The rules by which files were refused, the one that fired most first."""
    fired = Counter(row["refusal"] for row in deliveries if row["refusal"])
    return sorted(fired.items(), key=lambda pair: (-pair[1], pair[0]))
