"""Which patients take no part any more: a person's word on a patient of one clinic, in the private log of decisions.

The log holds the keyed hash and never the code. Readings are made without these patients; how a word is given is
`patient_desk`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from orchestration import journal
from orchestration.decisions import signed
from orchestration.settings import Home


@dataclass(frozen=True)
class PatientDecision:
    """What one person said of one patient of one clinic: `decision` is `withdraw` or `restore`."""

    source: str
    patient: str
    decision: str
    by: str
    why: str
    at: str


def log(home: Home) -> list[PatientDecision]:
    """Every word on a patient, in the order in which they were given."""
    return [PatientDecision(**entry) for entry in journal.entries_of(home.decisions, PatientDecision)]


def withdrawn(home: Home) -> dict[str, tuple[int, ...]]:
    """By clinic the keyed hashes of the patients whose last word is that they take no part, in ascending order."""
    last = {(one.source, int(one.patient, 16)): one.decision for one in log(home)}
    found: dict[str, tuple[int, ...]] = {}
    for source, patient in sorted(key for key, decision in last.items() if decision == "withdraw"):
        found[source] = (*found.get(source, ()), patient)
    return found


def enter(
    home: Home,
    source: str,
    patients: Sequence[int],
    decision: str,
    *,
    by: str,
    why: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[PatientDecision]:
    """Enters one word on each of these patients; raises `ConfigurationError` where nobody signs or gives a reason."""
    said = signed(by, why, clock)
    made = [PatientDecision(source, f"{one:016x}", decision, **said) for one in patients]
    journal.enter(home.decisions, map(asdict, made))
    return made
