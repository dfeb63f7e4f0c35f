"""How the bytes of a delivery are removed from the vault: only of one that counts for nothing, with who and why.

What is on record of it stays (`removals`), so the next run shows its lines as before and says that the bytes are gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from orchestration import fingerprints, handover, journal, landing, ledger, removals
from orchestration.decisions import signed
from orchestration.judging import Reading
from orchestration.ledger import Delivery
from orchestration.removals import Removal
from orchestration.settings import ConfigurationError, Home

#: States of a delivery on which no number rests.
CAN_BE_REMOVED = ("superseded", "rejected")


def remove(
    home: Home, name: str, *, by: str, why: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Removal:
    """Removes the bytes of a delivery and gives what stays on record; once more, it finishes what was interrupted.

    Raises `ConfigurationError` where numbers rest on it, where no run has looked at it yet, and where the same bytes
    still lie in the landing folder.
    """
    delivery = ledger.called(home, name)
    gone = removals.removed(home)
    made = gone.get((delivery.source, delivery.sha256))
    if made is None:
        said = signed(by, why, clock)
        record = _record(home, delivery)
        _prove_nowhere_in_landing(home, delivery)
        known = {name: record[name] for name in Reading.__dataclass_fields__}
        made = Removal(delivery.source, delivery.sha256, record["state"], known, **said)
        journal.enter(home.decisions, [asdict(made)])
        gone[delivery.source, delivery.sha256] = made
    removals.take_away(home, delivery.sha256, ledger.received(home), gone)
    return made


def _record(home: Home, delivery: Delivery) -> dict[str, Any]:
    """What the last run had on record of a delivery; raises `ConfigurationError` unless nothing rests on it."""
    received = handover.left(home, "sources").get("received", [])
    found = [one for one in received if (one["source"], one["sha256"]) == (delivery.alias, delivery.sha256)]
    state = found[0]["state"] if found else "not run yet"
    if state not in CAN_BE_REMOVED:
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found a delivery that is {state}; expected one that is "
            f"{' or '.join(CAN_BE_REMOVED)}. Receive a file that takes its place, or reject it (`verum hold reject`), "
            "and run first. Nothing was removed"
        )
    return dict(found[0])


def _prove_nowhere_in_landing(home: Home, delivery: Delivery) -> None:
    there = [one for one in landing.look(home) if (one[0], one[2]) == (delivery.source, delivery.size)]
    same = [one for one in there if fingerprints.of_file(home.landing / one[0] / one[1]) == delivery.sha256]
    if same:
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found {len(same)} file(s) with the same bytes in "
            f"landing/{delivery.source}; expected none. Remove them there first. Nothing was removed"
        )


def as_text(found: Sequence[Removal]) -> str:
    """What was removed, for a terminal."""
    if not found:
        return "Nothing was removed."
    return "\n".join(f"{one.at[:10]}  {one.source}/{one.sha256[:12]}  {one.state}" for one in found)
