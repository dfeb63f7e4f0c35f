"""The quality page: which kinds of fault were looked for and found, in the checks and in the lines set aside."""

from collections import Counter
from collections.abc import Sequence

from dashboards import admitted
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import clinic_addresses
from dashboards.panels import Line
from dashboards.plain import clean, slug
from dashboards.sentences import line_range
from dashboards.sheets import Sheet, Told, line, page_of, rows_of
from dashboards.slices import Download
from dashboards.wording import capital, counted, listed
from dashboards.wording import lines as lines_told
from schemas.checks import SEVERITIES, STATUSES
from schemas.quality import CATEGORIES, CHECK_KINDS, CONTEXTS, REASON_CATEGORIES

PATH = "quality.html"
LEAD = (
    "Data can fail in three ways: they lack the promised form, they are not all there, or they cannot be true. A check "
    "that did not apply has not passed."
)
NOTES = (
    (
        "Results of earlier releases: a release holds its own checks only. What moved since the one before stands on "
        "Changes."
    ),
    (
        "Checks against another record of the same patients, such as a registry: none is loaded, so nothing can be "
        "validated from outside."
    ),
)


def page(marts: Marts, stands: Release) -> Page:
    """What was looked for and found in a release."""
    checks, rejections = rows(marts.checks), rows(marts.rejections)
    told = Told(title(checks, rejections), LEAD, notes=NOTES)
    return page_of(
        PATH, stands, told, [_matrix(checks), _failing(checks, marts), _reasons(rejections), admitted.sheet(marts)]
    )


def title(checks: Sequence[Row], rejections: Sequence[Row]) -> str:
    """How the checks ended, and how many reasons lines were set aside for."""
    if not checks:
        return "No check was made."
    ended = Counter(row["status"] for row in checks)
    parts = [f"{ended[status]:,} {_words(status)}" for status in STATUSES if ended[status]]
    kinds = len({row["reason"] for row in rejections})
    aside = counted(kinds, "reason", "different reasons")
    also = f"; lines were set aside for {aside}" if kinds else ""
    return f"Of {counted(len(checks), 'check', 'checks')}, {listed(parts)}{also}."


def _words(status: str) -> str:
    return {"not applicable": "did not apply", "not run": "did not run", "error": "ended in an error"}.get(
        status, status
    )


def _matrix(checks: Sequence[Row]) -> Sheet:
    ended = Counter((*_kind(row), row["status"]) for row in checks)
    lines = [
        line(
            f"{capital(category)}: {asks}", *(ended[category, "verification", status] for status in STATUSES),
            _share(ended, category, "verification"), _share(ended, category, "validation"),
        )
        for category, asks in CATEGORIES.items()
    ]  # fmt: skip
    columns = [("What is asked", False), *((capital(status), True) for status in STATUSES)]
    columns += [(f"{capital(context)}: {by}", False) for context, by in CONTEXTS.items()]
    told = "Every check under what it asks, and whether the data themselves or something outside judge it (Kahn, 2016)."
    return Sheet("matrix", "Kinds of check", told, columns, lines)


def _share(ended: Counter[tuple[str, str, str]], category: str, context: str) -> str:
    """How many passed of those that applied; a check that could not apply has not passed."""
    found = [ended[category, context, status] for status in STATUSES]
    applied = sum(found[:3])
    if applied:
        return f"{found[0]:,} of {applied:,} passed"
    return "none applied" if sum(found) else "no check of this kind"


def _kind(row: Row) -> tuple[str, str]:
    known = CHECK_KINDS.get(row["check_id"])
    return (known.category, known.context) if known else ("plausibility", "verification")


def _failing(checks: Sequence[Row], marts: Marts) -> Sheet:
    failed = [row for row in checks if row["status"] in ("failed", "error")]
    ordered = sorted(
        failed, key=lambda row: (SEVERITIES.index(row["severity"]), -(row["rows"] or 0), row["check_id"], row["object"])
    )
    judged = addresses(marts)
    lines = [failing_line(row, judged.get(row["object"].partition("/")[0], "")) for row in ordered]
    told = (
        f"{counted(len(failed), 'check', 'checks')} did not pass, those that stop a release first."
        if failed
        else "No check failed."
    )
    return Sheet("failing", "Checks that did not pass", told, FAILING, lines, download(ordered), plain=True)


def addresses(marts: Marts) -> dict[str, str]:
    """The page of each clinic and each study, by id: whatever a check judges is one of theirs, or a table."""
    studies = {row["study"]: f"evidence/{slug(row['study'])}.html" for row in rows(marts.studies)}
    return studies | clinic_addresses(marts)


FAILING = (
    ("Check", False), ("Judged", False), ("A failure", False), ("Ended", False), ("Rows or lines", True),
    ("What would have been a failure", False),
)  # fmt: skip


def failing_line(row: Row, address: str = "") -> Line:
    """One check with what it judged; `address` is the page of the clinic that it judged."""
    return line(
        clean(row["sentence"]), clean(row["object"], 120), clean(row["severity"], 20), clean(row["status"], 20),
        lines_told(row["rows"]), clean(row["threshold"]), address=address,
    )  # fmt: skip


def download(checks: Sequence[Row]) -> Download:
    """Checks as they stand in their table."""
    names = {
        "check": "Id of the check", "judge": "Who judges", "object": "What was judged",
        "severity": "What a failure does",
        "status": "How it ended", "rows": "Rows that break the rule; empty: 1 to 7", "threshold": "What would fail",
        "sentence": "The check in words",
    }  # fmt: skip
    parts = ("check_id", "judge", "object", "severity", "status", "rows", "threshold", "sentence")
    return rows_of("one row per check and what it judged", names, [[row[part] for part in parts] for row in checks])


def _reasons(rejections: Sequence[Row]) -> Sheet:
    by_reason: dict[str, list[Row]] = {}
    for row in rejections:
        by_reason.setdefault(row["reason"], []).append(row)
    gathered = sorted(by_reason.items(), key=lambda pair: (-_known(pair[1]), pair[0]))
    lines = [
        line(
            clean(found[0]["sentence"], 1000) or clean(reason, 60),
            capital(REASON_CATEGORIES.get(reason, "conformance")),
            len({(row["source"], row["delivery"]) for row in found}),
            line_range(found, "lines"),
        )
        for reason, found in gathered
    ]
    columns = (("Reason, and what to do", False), ("Kind", False), ("Files", True), ("Lines", True))
    told = (
        "Lines set aside by reason, all files together; a line with two reasons counts in both. Where a count of 1 to "
        "7 is masked, the sum is a range."
        if lines
        else "No line was set aside."
    )
    held = rows_of(
        "one row per file and reason",
        {"clinic": "Alias", "file": "First 12 digits of the SHA-256", "reason": "Reason", "lines": "Empty: 1 to 7"},
        [[row["source"], row["delivery"], row["reason"], row["lines"]] for row in rejections],
    )
    return Sheet("reasons", "Why lines were set aside", told, columns, lines, held, plain=True)


def _known(found: Sequence[Row]) -> int:
    return sum(row["lines"] or 0 for row in found)
