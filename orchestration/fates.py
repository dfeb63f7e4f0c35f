"""Which deliveries speak for a source now, and what became of every one that was ever received.

How a file is read is in `orchestration.reading`; why one is held is `transforms.holds`; what readers may know of it is
`transforms.ledger`.
"""

import unicodedata
from collections import deque
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from orchestration import decisions, line_decisions
from orchestration.decisions import Word
from orchestration.groups import in_groups
from orchestration.holding import Found, Holding, Question
from orchestration.judging import ROWS_AT_ONCE, Reading
from orchestration.landing import Delivery
from orchestration.line_decisions import LineDecision
from orchestration.reading import Reader
from orchestration.settings import Home
from orchestration.splitting import physical_lines
from schemas.contract_reading import ALIAS
from schemas.delivery_contract import DeliveryContract
from schemas.holds import LOOKED_BACK, Hold
from transforms.succession import is_older

#: Characters that no honest file name needs: they hide how it reads (RELIABILITY B12).
HIDING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: What is said of a delivery that speaks for nobody although it could be read. No name, no reason: these are private.
OLDER = (
    "An earlier delivery speaks for a later day, or has a later date or version in its name, so this one is older. "
    "Expected the newest one last. Nothing is to be done; if it is the right one after all, send it with a later "
    "version in its name."
)
BY_PERSON = "Rejected by a person on {day}. Send a corrected file."
HELD = "Until a person has released or rejected it (`verum hold`), the delivery before it goes on speaking."
RELEASED = "Held at first ({rules}); released by a person on {day}."
LINES = "Lines set aside for {reason} were released by a person on {day}."
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


@dataclass(frozen=True)
class Known:
    """A delivery with its reading, as it came or as what became of it says."""

    delivery: Delivery
    reading: Reading
    state: str = ""


def read_active(
    reader: Reader, contracts: Mapping[str, DeliveryContract], received: Sequence[Delivery]
) -> tuple[dict[str, list[Reading]], list[dict[str, Any]]]:
    """The readings that speak for each source now, and the fate of every delivery, in the order of their sources."""
    by_source: dict[str, list[Delivery]] = {name: [] for name in contracts}
    for delivery in received:
        by_source.setdefault(delivery.source, []).append(delivery)
    agreed = [
        (delivery, contracts[delivery.source])
        for delivery in received
        if delivery.source in contracts and not _hides(delivery.name)
    ]
    read = {(one.source, one.delivery): one for one in reader.read(agreed)}
    said, of_lines = decisions.words(reader.home), line_decisions.log(reader.home)
    lives = {
        source: _Life(
            contract,
            [Known(one, read.get((source, one.id)) or unread(reader.home, one)) for one in by_source[source]],
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
            fates += [_undeclared(reader.home, one) for one in deliveries]
    return active, _twins_told(fates)


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


def _lead(lives: Sequence["_Life"], holding: Holding) -> None:
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


class _Life:
    """The deliveries of one source, taken one after the other in the order in which they came."""

    def __init__(
        self,
        contract: DeliveryContract,
        came: Sequence[Known],
        said: Mapping[tuple[str, str], Word],
        of_lines: Sequence[LineDecision],
    ) -> None:
        self.contract, self.came, self.said, self.of_lines = contract, came, said, of_lines
        self.became: list[Known] = []
        #: What stands, by what a later delivery has to have in common with it to take its place.
        self.standing: dict[Hashable, Known] = {}
        self.accepted: deque[Known] = deque(maxlen=LOOKED_BACK)

    @property
    def lines(self) -> int:
        """The lines of all deliveries, set aside or not."""
        return sum(one.reading.lines for one in self.came)

    def question(self, one: Known) -> Question | None:
        """What the next delivery is judged beside; None where it needs no judging to say what became of it."""
        turned_down = self._turned_down(one)
        if turned_down is not None:
            self.became.append(turned_down)
            return None
        replaced = self.standing.get(self._place(one))
        earlier = [before.reading for before in self.accepted]
        return Question(self.contract, one.reading, earlier, replaced.reading if replaced else None)

    def _turned_down(self, one: Known) -> Known | None:
        if one.reading.refusal:
            return replace(one, state="rejected")
        word = self._word(one)
        if word.rejected:
            return _turned_down(one, "rejected", refusal="by_person", explanation=BY_PERSON.format(day=word.day))
        replaced = self.standing.get(self._place(one))
        if replaced is not None and is_older(_time(one), _time(replaced), self.contract):
            return _turned_down(one, "rejected", refusal="older_delivery", explanation=OLDER)
        return None

    def judged(self, one: Known, found: Found) -> None:
        """Takes note of what was found of a delivery; an accepted one takes the place of the one that it replaces."""
        word, place = self._word(one), self._place(one)
        waiting = [hold for hold in found.holds if hold.rule not in word.released]
        if waiting:
            self.became.append(_held(one, waiting))
            return
        self.standing.pop(place, None)
        self.standing[place] = one
        self.accepted.append(one)
        signed = [hold.rule for hold in found.holds]
        notes = [*found.notes, *([RELEASED.format(day=word.day, rules=", ".join(signed))] if signed else [])]
        lines = [said for said in self.of_lines if said.sha256 == one.delivery.sha256 and said.decision == "release"]
        notes += [LINES.format(reason=said.reason, day=said.at[:10]) for said in lines]
        self.became.append(_noted(one, list(dict.fromkeys(notes))))

    def fates(self) -> list[dict[str, Any]]:
        """The fate of every delivery, once all were taken."""
        standing = {one.delivery.sha256 for one in self.standing.values()}
        return [_fate(one, self.contract, one.state or _state(one, standing)) for one in self.became]

    def _word(self, one: Known) -> Word:
        return self.said.get((one.delivery.source, one.delivery.sha256), Word())

    def _place(self, one: Known) -> Hashable:
        if self.contract.covers == "everything":
            return "everything"
        if self.contract.covers == "additions":
            return one.delivery.sha256
        day = one.reading.data_to
        return day and (day.year, day.month)


def _time(one: Known) -> tuple[str, date | None]:
    return one.delivery.name, one.reading.data_to


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


def _undeclared(home: Home, delivery: Delivery) -> dict[str, Any]:
    """The fate of a delivery without a contract; a folder's name that no clinic may have is not repeated."""
    fate = _fate(Known(delivery, unread(home, delivery)), None, "rejected")
    return fate if ALIAS.fullmatch(delivery.source) else fate | {"source": f"undeclared-{delivery.id}"}


def _whole(home: Home, delivery: Delivery, *, refusal: str, explanation: str) -> Reading:
    lines = physical_lines(home.vault / delivery.sha256)
    return Reading(
        delivery.id, delivery.source, 0, lines=lines, quarantined=lines, refusal=refusal, explanation=explanation,
    )  # fmt: skip


def _turned_down(one: Known, state: str, *, refusal: str, explanation: str) -> Known:
    """A delivery that could be read and does not speak: all of its lines are set aside as a whole."""
    reading = one.reading
    told = Reading(
        reading.delivery, reading.source, reading.contract_version, lines=reading.lines, quarantined=reading.lines,
        data_to=reading.data_to, folder=reading.folder, refusal=refusal, explanation=explanation,
    )  # fmt: skip
    return Known(one.delivery, told, state)


def _held(one: Known, waiting: Sequence[Hold]) -> Known:
    why = " ".join(dict.fromkeys(hold.explanation for hold in waiting))
    rules = ", ".join(dict.fromkeys(hold.rule for hold in waiting))
    return _turned_down(one, "held", refusal=rules, explanation=f"{why} {HELD}")


def _noted(one: Known, notes: Sequence[str]) -> Known:
    if not notes:
        return one
    said = " ".join([*([one.reading.explanation] if one.reading.explanation else []), *notes])
    return replace(one, reading=replace(one.reading, explanation=said))


def _fate(one: Known, contract: DeliveryContract | None, state: str) -> dict[str, Any]:
    delivery, known = one.delivery, one.reading
    return {
        **{name: getattr(known, name) for name in Reading.__dataclass_fields__},
        "balanced": known.balanced,
        "state": state,
        "format": contract.format if contract else "",
        "covers": contract.covers if contract else "",
        "sha256": delivery.sha256,
        "name": delivery.name,
        "size": delivery.size,
        "received_at": delivery.received_at,
    }


def _state(one: Known, standing: Set[str]) -> str:
    if one.delivery.sha256 not in standing:
        return "superseded"
    return "partly" if one.reading.quarantined else "accepted"
