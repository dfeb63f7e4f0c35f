"""Groups of a registry record as arms: matched by title, never by position, as a placebo group often comes first."""

from dataclasses import dataclass, field
from typing import Any

from schemas.vocabulary import Vocabulary
from transforms.registries.record import Part, part, parts, text, texts, whole
from transforms.registries.words import FILL_IN, named, plain, slug

ROLES = {
    "EXPERIMENTAL": "active",
    "ACTIVE_COMPARATOR": "other-treatment",
    "PLACEBO_COMPARATOR": "placebo",
    "SHAM_COMPARATOR": "sham",
    "NO_INTERVENTION": "usual-care",
}
#: Words of a title that say what a group is, where the protocol does not; the first that occurs decides.
ROLES_BY_WORD = {
    "sham": "sham", "simulated": "sham", "placebo": "placebo", "usual care": "usual-care",
    "standard care": "usual-care", "waiting list": "waiting-list", "wait list": "waiting-list",
    "waitlist": "waiting-list",
}  # fmt: skip
UNTITLED = "a group without a title"
#: Titles of groups that are every participant, not an arm.
EVERYONE = {"total", "all participants", "overall", "all subjects", "all patients"}
KIND_BEFORE_TITLE = ("experimental", "active comparator", "placebo comparator", "sham comparator", "no intervention")


@dataclass
class Arms:
    """The arms of a draft as they are met: tables for the file, and which title is which arm."""

    protocol: list[Part]
    vocabulary: Vocabulary
    tables: list[dict[str, Any]] = field(default_factory=list)
    _by_title: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def of(self, title: str) -> str | None:
        """The id of the arm with this title, made where it is new; None for everyone together."""
        known = _bare(title)
        if known in EVERYONE:
            return None
        if known not in self._by_title:
            self._by_title[known] = self._new(title)
        return self._by_title[known]

    def _new(self, title: str) -> str:
        group = self._in_protocol(title)
        kind = text(group, "type")
        role = ROLES.get(kind) or _role_by_word(title)
        words = " ".join([title, *texts(group, "interventionNames")])
        arm = {
            "id": slug(title or UNTITLED, self._taken),
            "label": title or UNTITLED,
            "role": role or FILL_IN,
            "treatment": self._treatment(words, role),
            "confidence": "recalled",
            "note": f"The register calls this group {kind.replace('_', ' ').lower()}." if kind else "",
        }
        self.tables.append({key: value for key, value in arm.items() if value})
        return str(arm["id"])

    def _in_protocol(self, title: str) -> Part:
        """The protocol's arm of that title; where none is alike, the only one whose title holds it or is held by it."""
        sought = _bare(title)
        titles = {_bare(text(group, "label")): group for group in self.protocol}
        near = [group for label, group in titles.items() if label and (label in sought or sought in label)]
        return titles.get(sought) or (near[0] if len(near) == 1 else {})

    def _treatment(self, words: str, role: str | None) -> str:
        found = named(words, self.vocabulary.treatments)
        if role == "sham" and found and f"sham-{found}" in self.vocabulary.treatments:
            return f"sham-{found}"
        if role in {"usual-care", "placebo", "waiting-list"} and role in self.vocabulary.treatments:
            return role
        return found or FILL_IN


def arms_of(record: Part, vocabulary: Vocabulary) -> Arms:
    """The arms of a record with how many started, from its participant flow; others join as outcomes name them."""
    arms = Arms(parts(record, "protocolSection", "armsInterventionsModule", "armGroups"), vocabulary)
    flow = part(record, "resultsSection", "participantFlowModule")
    started = _started(flow)
    for group in parts(flow, "groups"):
        arm = arms.of(text(group, "title"))
        size = started.get(text(group, "id"))
        if arm is not None and size is not None:
            table = next(each for each in arms.tables if each["id"] == arm)
            table |= {"n": size, "n_confidence": "recalled"}
    return arms


def _started(flow: Part) -> dict[str, int]:
    """How many started the first period, by group."""
    first = parts(flow, "periods")[:1]
    milestones = [each for period in first for each in parts(period, "milestones") if text(each, "type") == "STARTED"]
    counted = [each for milestone in milestones for each in parts(milestone, "achievements")]
    sizes = {text(each, "groupId"): whole(text(each, "numSubjects")) for each in counted}
    return {group: size for group, size in sizes.items() if size is not None}


def _bare(title: str) -> str:
    words = plain(title)
    for kind in KIND_BEFORE_TITLE:
        words = words.removeprefix(f"{kind} ")
    return words


def _role_by_word(title: str) -> str | None:
    words = f" {plain(title)} "
    return next((role for word, role in ROLES_BY_WORD.items() if f" {word} " in words), None)
