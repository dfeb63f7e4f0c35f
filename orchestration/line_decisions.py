"""What people decided about lines that were set aside: released, rejected, or withdrawn by the clinic; who, why, when.

Who and why stay in the same private log as decisions about whole deliveries (`decisions`). How one is made is
`quarantine_desk`.
"""

from dataclasses import dataclass

from orchestration import journal
from orchestration.settings import Home
from transforms.sign_offs import LineWord


@dataclass(frozen=True)
class LineDecision:
    """What one person said of the lines of a delivery that have one reason; no lines means all of them.

    `decision` is `release`, or `reject` or `withdraw`: these leave the lines where they are, and nobody looks again.
    """

    source: str
    sha256: str
    decision: str
    reason: str
    lines: tuple[int, ...]
    by: str
    why: str
    at: str


def log(home: Home) -> list[LineDecision]:
    """Every decision about lines, in the order in which they were made; a torn line of the log does not count."""
    return [
        LineDecision(**{**entry, "lines": tuple(entry["lines"])})
        for entry in journal.entries_of(home.decisions, LineDecision)
    ]


def words(home: Home) -> dict[tuple[str, str], tuple[LineWord, ...]]:
    """What was said of lines, by source and SHA-256 of the delivery, in the order in which it was said."""
    found: dict[tuple[str, str], tuple[LineWord, ...]] = {}
    for one in log(home):
        place = one.source, one.sha256
        found[place] = (*found.get(place, ()), LineWord(one.reason, one.decision == "release", one.lines))
    return found
