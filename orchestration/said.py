"""Whether the log of decisions says all that it said: what people decided may not be lost in silence.

What each kind of entry means is `decisions`, `line_decisions`, `withdrawals` and `removals`.
"""

from dataclasses import fields

from orchestration import journal
from orchestration.decisions import Decision
from orchestration.line_decisions import LineDecision
from orchestration.removals import Removal
from orchestration.settings import Home
from orchestration.withdrawals import PatientDecision

#: Each kind of entry, and the words that it may decide by; none where it decides by being there.
KINDS = {
    Decision: ("release", "reject"),
    LineDecision: ("release", "reject", "withdraw"),
    PatientDecision: ("withdraw", "restore"),
    Removal: (),
}
SHAPES = {frozenset(field.name for field in fields(kind)): words for kind, words in KINDS.items()}


def prove(home: Home, before: int) -> None:
    """Raises `journal.Damaged` for an entry that nobody here wrote, and for fewer entries than a run had `before`."""
    entries = journal.entries(home.decisions)
    for number, entry in enumerate(entries, start=1):
        words = SHAPES.get(frozenset(entry))
        if words is None or (words and entry["decision"] not in words):
            raise journal.Damaged(
                f"decisions.jsonl, entry {number}: found none that Verum writes; expected a decision of a person"
            )
    if len(entries) < before:
        raise journal.Damaged(
            f"decisions.jsonl: found {len(entries)} decision(s) of people; expected {before} or more, as "
            "the last run had"
        )
