"""Which deliveries speak for each source now, and what became of every one that was ever received.

How a file is read is `reading`, the turns that one clinic's deliveries take `life`; what readers may know of it is
`transforms.ledger`.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration import decisions, line_decisions, removals
from orchestration.groups import in_groups
from orchestration.holding import Holding
from orchestration.judging import ROWS_AT_ONCE, Reading
from orchestration.ledger import Delivery
from orchestration.life import Known, Life, as_removed, fate_of
from orchestration.reading import Reader
from orchestration.removals import Removal
from orchestration.settings import Home
from orchestration.splitting import physical_lines
from schemas.aliases import ALIAS
from schemas.delivery_contract import DeliveryContract

#: Characters that no honest file name needs: they hide how it reads (RELIABILITY B12).
HIDING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
FILE_NAME = (
    "The file's name has characters that cannot be seen, that turn the writing round, or that are no text. "
    "Expected letters, digits, spaces and signs. Rename it and send it again."
)
NO_ALIAS = (
    "No contract, and the folder's name is not one that a clinic may have, so it is not shown here. Expected at most "
    "40 lower-case letters, digits and hyphens. Rename the folder, add a contract of the same name, and run again."
)
TWIN = (
    "Another clinic sent a file of the very same bytes, and both count. Expected each patient at one clinic. If one of "
    "them came to the wrong folder, have that clinic send its own file."
)
#: States in which lines of a delivery count.
SPEAKS = ("accepted", "partly")


def read_active(
    reader: Reader, contracts: Mapping[str, DeliveryContract], received: Sequence[Delivery]
) -> tuple[dict[str, list[Reading]], list[dict[str, Any]]]:
    """The readings that speak for each source now, and the fate of every delivery, in the order of their sources.

    `received` has the names of deliveries in the order in which they came. A name after the first counts, at its own
    place in that order, where the delivery was refused for the name before (RELIABILITY B03, B05, B12).
    """
    by_source: dict[str, list[Delivery]] = {name: [] for name in contracts}
    for delivery in received:
        by_source.setdefault(delivery.source, []).append(delivery)
    gone = removals.removed(reader.home)
    read = _read(reader, contracts, [one for one in received if (one.source, one.sha256) not in gone])
    said, of_lines = decisions.words(reader.home), line_decisions.log(reader.home)
    lives = {
        source: Life(
            contract,
            [_known(reader.home, one, read, gone) for one in by_source[source]],
            said,
            [one for one in of_lines if one.source == source],
        )
        for source, contract in sorted(contracts.items())
    }
    for group in in_groups(lives.values(), lambda life: life.lines, ROWS_AT_ONCE):
        _lead(group, Holding(reader.home, reader.vocabulary))
    active = {
        source: [one.reading for one in life.standing.values()] for source, life in lives.items() if life.standing
    }
    fates: list[dict[str, Any]] = []
    for source, deliveries in sorted(by_source.items()):
        if source in lives:
            fates += lives[source].fates()
        else:
            last = {one.sha256: one for one in deliveries}.values()
            fates += [_undeclared(_known(reader.home, one, read, gone)) for one in last]
    return active, _twins_told(fates)


def _read(
    reader: Reader, contracts: Mapping[str, DeliveryContract], received: Sequence[Delivery]
) -> dict[Delivery, Reading]:
    """The reading of each delivery that has a contract and a name that hides nothing; those of two names are one."""
    agreed = [one for one in received if one.source in contracts and not _hides(one.name)]
    places = {one: reader.place(one, contracts[one.source]) for one in agreed}
    first = {place: one for one, place in reversed(places.items())}
    read = reader.read([(one, contracts[one.source]) for one in reversed(first.values())])
    found = {(one.source, one.folder): one for one in read}
    return {one: found[one.source, place.name] for one, place in places.items()}


def _known(
    home: Home,
    delivery: Delivery,
    read: Mapping[Delivery, Reading],
    gone: Mapping[tuple[str, str], Removal],
) -> Known:
    """A delivery with its reading, or with what is on record of it where its bytes were removed."""
    removal = gone.get((delivery.source, delivery.sha256))
    if removal is not None:
        return as_removed(delivery, removal)
    return Known(delivery, read.get(delivery) or unread(home, delivery))


def _twins_told(fates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fates; where the same bytes speak for several clinics, each says so and names none of the others."""
    speaking: dict[str, set[str]] = {}
    for one in fates:
        if one["state"] in SPEAKS:
            speaking.setdefault(one["sha256"], set()).add(one["source"])
    return [
        one | {"explanation": " ".join(part for part in (one["explanation"], TWIN) if part)}
        if one["state"] in SPEAKS and len(speaking[one["sha256"]]) > 1
        else one
        for one in fates
    ]


def _lead(lives: Sequence[Life], holding: Holding) -> None:
    """Leads lives side by side: the first delivery of each, then the second, and so on."""
    for at in range(max((len(life.came) for life in lives), default=0)):
        turns = [(life, life.came[at]) for life in lives if at < len(life.came)]
        asked = [(life, one, question) for life, one in turns if (question := life.question(one))]
        found = holding.judged([question for _, _, question in asked])
        for (life, one, _), of_it in zip(asked, found, strict=True):
            life.judged(one, of_it)


def told(became: Sequence[Mapping[str, Any]], state: str) -> list[tuple[str, str, str]]:
    """Source, delivery and explanation of every delivery in a state, but for those that a person has rejected."""
    found = [one for one in became if one["state"] == state and one["refusal"] != "by_person"]
    return [(one["source"], one["delivery"], one["explanation"]) for one in found]


def _hides(name: str) -> bool:
    """Whether a file's name has characters that cannot be seen, turn the writing round, or are no text."""
    return "\ufffd" in name or any(unicodedata.category(sign) in HIDING for sign in name)


def unread(home: Home, delivery: Delivery) -> Reading:
    """A delivery that is not read at all: none of its lines are used, all of them are accounted for."""
    if _hides(delivery.name):
        return _whole(home, delivery, refusal="file_name", explanation=FILE_NAME)
    how = f"No contract for {delivery.source!r}. Add contracts/{delivery.source}.toml and run again."
    if not ALIAS.fullmatch(delivery.source):
        how = NO_ALIAS
    return _whole(home, delivery, refusal="no_contract", explanation=how)


def _undeclared(one: Known) -> dict[str, Any]:
    """The fate of a delivery without a contract; a folder's name that no clinic may have is not repeated."""
    return fate_of(one, None, "rejected") | {"source": one.delivery.alias}


def _whole(home: Home, delivery: Delivery, *, refusal: str, explanation: str) -> Reading:
    lines = physical_lines(home.vault / delivery.sha256)
    return Reading(
        delivery.id, delivery.source, 0, lines=lines, quarantined=lines, refusal=refusal, explanation=explanation,
    )  # fmt: skip
