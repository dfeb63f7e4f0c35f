"""What waits for a word from a person, and how the word is given: deliveries that the last run held.

The log of what was decided is `decisions`; the next run acts on it.
"""

from dataclasses import dataclass

from orchestration import decisions, ledger, removals
from orchestration.decisions import Decision, Word
from orchestration.ledger import Delivery
from orchestration.settings import ConfigurationError, Home
from orchestration.warehouse import from_ledger

NEXT = "Run `verum run` to act on it."


@dataclass(frozen=True)
class Waiting:
    """A delivery that the last run held: by which rules, why, and what was said of it since."""

    source: str
    delivery: str
    received_at: str
    rules: tuple[str, ...]
    explanation: str
    said_since: str


def waiting(home: Home) -> list[Waiting]:
    """Every delivery that the last run held, in the order of sources and arrival."""
    said = decisions.words(home)
    query = """SELECT source, delivery, sha256, received_at, refusal, explanation FROM ledger
               WHERE state = 'held' ORDER BY source, received_at, delivery"""
    return [
        Waiting(source, delivery, at, tuple(rules.split(", ")), why, _since(said.get((source, sha256)), rules))
        for source, delivery, sha256, at, rules, why in from_ledger(home, query)
    ]


def _since(word: Word | None, rules: str) -> str:
    if word is None:
        return ""
    if word.rejected:
        return "rejected"
    return "released" if set(rules.split(", ")) <= word.released else ""


def release(home: Home, name: str, *, by: str, why: str) -> Decision:
    """Lets a held delivery speak from the next run on, whatever its rules; raises `ConfigurationError` if not held."""
    delivery = ledger.called(home, name)
    state, rules = _state(home, delivery)
    if (delivery.source, delivery.sha256) in removals.removed(home):
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found a delivery whose bytes were removed from the vault; expected one "
            "that can be read. Ask the clinic for the file, with other bytes"
        )
    if state != "held" and not _rejected(home, delivery):
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found a delivery that is {state or 'not run yet'}; expected one that is "
            "held, or was rejected by a person. `verum hold list` shows them"
        )
    signed = rules.split(", ") if state == "held" else []
    return decisions.decide(home, delivery, "release", rules=signed, by=by, why=why)


def reject(home: Home, name: str, *, by: str, why: str) -> Decision:
    """Turns a delivery down from the next run on; raises `ConfigurationError` if the file was refused by itself."""
    delivery = ledger.called(home, name)
    state, rules = _state(home, delivery)
    if state == "rejected" and not _rejected(home, delivery):
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found a delivery that was refused by rule ({rules}); expected one that "
            "was accepted or is held. There is nothing to reject"
        )
    return decisions.decide(home, delivery, "reject", rules=rules.split(", ") if rules else [], by=by, why=why)


def _state(home: Home, delivery: Delivery) -> tuple[str, str]:
    query = "SELECT state, refusal FROM ledger WHERE source = ? AND sha256 = ?"
    found = from_ledger(home, query, delivery.source, delivery.sha256)
    return (found[0][0], found[0][1]) if found else ("", "")


def _rejected(home: Home, delivery: Delivery) -> bool:
    return decisions.words(home).get((delivery.source, delivery.sha256), Word()).rejected


def as_text(found: list[Waiting]) -> str:
    """What waits, for a terminal."""
    if not found:
        return "Nothing is held."
    said = []
    for one in found:
        since = f" {one.said_since.capitalize()} since. {NEXT}" if one.said_since else ""
        said.append(f"{one.source}/{one.delivery}  {', '.join(one.rules)}\n    {one.explanation}{since}")
    return "\n".join(said)
