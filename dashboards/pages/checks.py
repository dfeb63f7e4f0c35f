"""The checks page: every rule that is checked, who judges it and where, and what did not pass."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.pages.quality import FAILING, addresses, download, failing_line
from dashboards.plain import clean
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.wording import capital, counted, listed
from schemas.checks import STATUSES
from schemas.quality import CHECK_KINDS

PATH = "checks.html"
LEAD = (
    "A check that blocks stops a release: what can be read here passed all of those. One that warns is for a person to "
    "look at; one that informs is about published evidence, which nobody here can mend."
)
NOTES = (
    (
        "How a check ended in earlier releases: each release holds its own checks, and a table of results "
        "over time would "
        "need the day of each run, which no page holds (see Runs)."
    ),
)
RULES = (
    ("Rule", False), ("Judge", False), ("Where in the code", False), ("A failure", False),
    ("What would be a failure", False), *((capital(status), True) for status in STATUSES),
)  # fmt: skip


def page(marts: Marts, stands: Release) -> Page:
    """Every check of a release."""
    checks = rows(marts.checks)
    judged = addresses(marts)
    idle = sum(row["status"] in ("not applicable", "not run") for row in checks)
    open_ = [row for row in checks if row["status"] in ("failed", "error")]
    told = f"{counted(len(open_), 'check', 'checks')} did not pass." if open_ else "Every check that applied passed."
    away = (
        f"{counted(idle, 'check', 'checks')} did not apply or did not run, for instance of a file that was refused as "
        "a whole; every check, passed or not, is in the CSV of this page."
    )
    sheets = [
        _rules(checks),
        Sheet("open", "Not passed", told, FAILING,
              [failing_line(row, judged.get(row["object"].partition("/")[0], "")) for row in open_], plain=True),
        Sheet("idle", "Not judged", away, (), ()),
    ]  # fmt: skip
    return page_of(PATH, stands, Told(title(checks), LEAD, notes=NOTES), sheets)


def title(checks: Sequence[Row]) -> str:
    """How many rules were applied how often, and how that ended."""
    if not checks:
        return "No check was made."
    ended = Counter(row["status"] for row in checks)
    idle = ended["not applicable"] + ended["not run"]
    parts = [f"{ended['passed']:,} passed", f"{ended['failed'] + ended['error']:,} did not"]
    parts += [f"{idle:,} did not apply"] if idle else []
    rules = counted(len({row["check_id"] for row in checks}), "rule", "rules")
    return f"{rules} made {counted(len(checks), 'check', 'checks')}: {listed(parts)}."


def _rules(checks: Sequence[Row]) -> Sheet:
    by_rule: dict[str, list[Row]] = defaultdict(list)
    for row in checks:
        by_rule[row["check_id"]].append(row)
    lines = []
    for check, found in sorted(by_rule.items()):
        ended = Counter(row["status"] for row in found)
        known = CHECK_KINDS.get(check)
        lines.append(
            line(
                clean(found[0]["sentence"]), clean(found[0]["judge"], 40), known.judged_in if known else "not recorded",
                clean(found[0]["severity"], 20), clean(found[0]["threshold"]), *(ended[status] for status in STATUSES),
            )
        )  # fmt: skip
    told = "Every rule once, with how often it was applied and how that ended."
    return Sheet("rules", "Rules", told, RULES, lines, download(checks), plain=True)
