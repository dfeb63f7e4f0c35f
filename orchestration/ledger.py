"""The ledger: every delivery ever received, and every name that its bytes came under; append-only.

How a file gets into it is `landing`; what became of a delivery is in the warehouse, and why is `fates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from orchestration import journal
from orchestration.settings import ConfigurationError, Home
from schemas.aliases import ALIAS, told

#: A delivery is called by at least so many digits of its hash.
SHORTEST_NAME = 4


@dataclass(frozen=True)
class Delivery:
    """A received file: its hash, who sent it, and its place in the order of arrival."""

    sha256: str
    source: str
    name: str
    size: int
    received_at: str
    sequence: int

    @property
    def id(self) -> str:
        """The first twelve digits of the hash: how the delivery is called outside the vault."""
        return self.sha256[:12]

    @property
    def alias(self) -> str:
        """Who sent it, as readers may know it: not the folder's name, if that is none that a clinic may have."""
        return self.source if ALIAS.fullmatch(self.source) else f"undeclared-{self.id}"


def received(home: Home) -> list[Delivery]:
    """Every delivery ever received, in the order of arrival, under the name that it had first.

    The same bytes of one source count once, even if two runs had entered them at the same moment.
    """
    first: dict[tuple[str, str], Delivery] = {}
    for one in namings(home):
        first.setdefault((one.source, one.sha256), one)
    return list(first.values())


def namings(home: Home) -> list[Delivery]:
    """Every name under which a delivery's bytes came, in the order of arrival; a torn line does not count.

    Raises `journal.Damaged` where an entry is none, or where numbers show that one is gone.
    """
    found: dict[tuple[str, str, str], Delivery] = {}
    for entry in journal.entries(home.ledger):
        one = _delivery(entry)
        found.setdefault((one.source, one.sha256, one.name), one)
    _prove_unbroken(list(found.values()))
    return list(found.values())


def _delivery(entry: dict[str, Any]) -> Delivery:
    try:
        return Delivery(**entry)
    except TypeError:
        names = ", ".join(field.name for field in fields(Delivery))
        raise journal.Damaged(f"the ledger: found an entry without the names of one; expected {names}") from None


def _prove_unbroken(entered: Sequence[Delivery]) -> None:
    """Raises `journal.Damaged` for the first number that no entry has although a later one does."""
    there = {one.sequence for one in entered}
    if len(there) != max(there, default=0):
        missing = next(number for number in range(1, max(there)) if number not in there)
        raise journal.Damaged(
            f"the ledger: found no entry with the sequence {missing}; expected each number from 1 to {max(there)}"
        )


def called(home: Home, name: str) -> Delivery:
    """The one delivery whose SHA-256 begins with `name`, or with what follows the source in `source/name`.

    Raises `ConfigurationError` where there is none, or more than one.
    """
    source, _, digits = name.strip().lower().rpartition("/")
    known = received(home)
    from_there = [one for one in known if source in ("", one.source.lower())]
    found = [one for one in from_there if len(digits) >= SHORTEST_NAME and one.sha256.startswith(digits)]
    if len(found) == 1:
        return found[0]
    some = ", ".join(f"{told(one.source)}/{one.id}" for one in (found or known)[-5:]) or "none was received yet"
    raise ConfigurationError(
        f"found {len(found)} deliveries of that name; expected one, called by the first {SHORTEST_NAME} or more digits "
        f"of its SHA-256, or as source/digits. The Files page lists them. Here: {some}"
    )
