"""What people decided about deliveries and lines that were held: who, why and when, in an append-only private log.

Who and why never leave: a release says that a person decided, and on which day. What is held is `fates`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from orchestration import journal
from orchestration.ledger import Delivery
from orchestration.settings import ConfigurationError, Home

#: The longest name, and the longest reason, that the log takes.
LONGEST = {"by": 80, "why": 500}


@dataclass(frozen=True)
class Decision:
    """What one person said of one delivery: `decision` is `release` or `reject`; `rules` are those signed off."""

    source: str
    sha256: str
    decision: str
    rules: tuple[str, ...]
    by: str
    why: str
    at: str

    @property
    def day(self) -> str:
        """The day of the decision, which may be told."""
        return self.at[:10]


@dataclass(frozen=True)
class Word:
    """The last word on a delivery: rejected, or the rules by which it is no longer held, and since when."""

    rejected: bool = False
    released: frozenset[str] = frozenset()
    day: str = ""


def log(home: Home) -> list[Decision]:
    """Every decision, in the order in which they were made; a torn line does not count."""
    return [
        Decision(**{**entry, "rules": tuple(entry["rules"])}) for entry in journal.entries_of(home.decisions, Decision)
    ]


def words(home: Home) -> dict[tuple[str, str], Word]:
    """The last word on each delivery that anybody decided on, by source and SHA-256."""
    found: dict[tuple[str, str], Word] = {}
    for one in log(home):
        place = one.source, one.sha256
        before = found.get(place, Word())
        if one.decision == "reject":
            found[place] = Word(rejected=True, day=one.day)
        else:
            found[place] = Word(released=before.released | set(one.rules), day=one.day)
    return found


def decide(
    home: Home,
    delivery: Delivery,
    decision: str,
    *,
    rules: Sequence[str],
    by: str,
    why: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Decision:
    """Enters a decision and gives it; raises `ConfigurationError` where nobody signs or no reason is given."""
    made = Decision(delivery.source, delivery.sha256, decision, tuple(rules), **signed(by, why, clock))
    journal.enter(home.decisions, [asdict(made)])
    return made


def signed(by: str, why: str, clock: Callable[[], datetime]) -> Mapping[str, str]:
    """Who decides, why and when (`by`, `why`, `at`); raises `ConfigurationError` where one of them is not said."""
    said = {"by": by.strip(), "why": why.strip()}
    for key, text in said.items():
        if not text or len(text) > LONGEST[key] or not text.isprintable():
            raise ConfigurationError(
                f"--{key}: found {'nothing' if not text else f'{len(text)} characters'}; expected one line of 1 to "
                f"{LONGEST[key]} characters. It is kept in the private log and never published"
            )
    return said | {"at": clock().isoformat(timespec="seconds")}
