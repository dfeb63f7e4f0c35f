"""The life of one clinic's deliveries: each in turn is refused, held, or accepted in the place of one before it.

The lives of all clinics side by side are `fates`; why a delivery is held is `transforms.holds`.
"""

from collections import deque
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from orchestration.decisions import Word
from orchestration.holding import Found, Question
from orchestration.judging import Reading
from orchestration.ledger import Delivery
from orchestration.line_decisions import LineDecision
from orchestration.removals import Removal
from schemas.delivery_contract import DeliveryContract
from schemas.holds import LOOKED_BACK, Hold
from transforms.succession import is_older

#: What is said of a delivery that speaks for nobody although it could be read. No name, no reason: these are private.
OLDER = (
    "An earlier delivery speaks for a later day, or has a later date or version in its name, so this one is older. "
    "Expected the newest one last. Nothing is to be done; if it is the right one after all, reject the other "
    "(`verum hold reject`), or, where its name was the reason, send it with a later version in its name."
)
BY_PERSON = "Rejected by a person on {day}. Send a corrected file."
HELD = "Until a person has released or rejected it (`verum hold`), the delivery before it goes on speaking."
RELEASED = "Held at first ({rules}); released by a person on {day}."
REMOVED = "Its bytes were removed from the vault by a person on {day}."
LINES = "Lines set aside for {reason} were released by a person on {day}."
#: Rules that a file's name can break: under another name the same bytes are looked at once more.
OF_NAMES = ("file_name", "data_cut", "older_delivery")


@dataclass(frozen=True)
class Known:
    """A delivery with its reading, as it came or as what became of it says; it has a state once that is known."""

    delivery: Delivery
    reading: Reading
    state: str = ""


def as_removed(delivery: Delivery, removal: Removal) -> Known:
    """A delivery without bytes: what was on record of it, and that they are gone."""
    day = removal.record["data_to"]
    told = f"{removal.record['explanation']} {REMOVED.format(day=removal.at[:10])}".strip()
    known = {**removal.record, "data_to": date.fromisoformat(day) if day else None, "explanation": told}
    return Known(delivery, Reading(**known), removal.state)


class Life:
    """The deliveries of one source, taken one after the other in the order in which they came."""

    def __init__(
        self,
        contract: DeliveryContract,
        came: Sequence[Known],
        said: Mapping[tuple[str, str], Word],
        of_lines: Sequence[LineDecision],
    ) -> None:
        self.contract, self.came, self.said, self.of_lines = contract, came, said, of_lines
        #: What became of each delivery, by its SHA-256.
        self.became: dict[str, Known] = {}
        #: What stands, by what a later delivery has to have in common with it to take its place.
        self.standing: dict[Hashable, Known] = {}
        self.accepted: deque[Known] = deque(maxlen=LOOKED_BACK)

    @property
    def lines(self) -> int:
        """The lines of all deliveries, set aside or not."""
        return sum(one.reading.lines for one in self.came)

    def question(self, one: Known) -> Question | None:
        """What the next delivery is judged beside; None where it needs no judging to say what became of it."""
        if not self._is_looked_at(one):
            return None
        turned_down = one if one.state else self._turned_down(one)
        if turned_down is not None:
            self._note(turned_down)
            return None
        replaced = self.standing.get(self._place(one))
        earlier = [before.reading for before in self.accepted]
        return Question(self.contract, one.reading, earlier, replaced.reading if replaced else None)

    def _is_looked_at(self, one: Known) -> bool:
        """Whether the bytes are new, or were refused for the name that they had before."""
        before = self.became.get(one.delivery.sha256)
        return before is None or before.reading.refusal in OF_NAMES

    def _note(self, one: Known) -> None:
        """Notes what became of a delivery, as the last that came."""
        self.became.pop(one.delivery.sha256, None)
        self.became[one.delivery.sha256] = one

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
            self._note(_held(one, waiting))
            return
        self.standing.pop(place, None)
        self.standing[place] = one
        self.accepted.append(one)
        signed = [hold.rule for hold in found.holds]
        notes = [*found.notes, *([RELEASED.format(day=word.day, rules=", ".join(signed))] if signed else [])]
        lines = [said for said in self.of_lines if said.sha256 == one.delivery.sha256 and said.decision == "release"]
        notes += [LINES.format(reason=said.reason, day=said.at[:10]) for said in lines]
        self._note(_noted(one, list(dict.fromkeys(notes))))

    def fates(self) -> list[dict[str, Any]]:
        """The fate of every delivery, once all were taken."""
        standing = {one.delivery.sha256 for one in self.standing.values()}
        return [fate_of(one, self.contract, one.state or _state(one, standing)) for one in self.became.values()]

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


def fate_of(one: Known, contract: DeliveryContract | None, state: str) -> dict[str, Any]:
    """What is on record of a delivery in a state: its lines and reasons, its file, and how it was read."""
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
