"""FHIR R4: observations and questionnaire responses of a Bundle, or of one resource a line, as records of text.

A line is an entry of the bundle, or a line of the file. A record is an Observation, its components and members with it,
or a QuestionnaireResponse, with a cell for each code that the contract names. Every other resource holds no score and
counts as blank: patients too, of whom only the year of birth and the sex are looked up, and only if the contract asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import DAMAGED, Exports, RefusedDelivery, our_columns
from transforms.sources.fhir_json import Entry, Resource, entries, parts, text_at

#: What the clinic may have done with a resource that it still stands by.
FINAL = {"Observation": ("final", "amended", "corrected"), "QuestionnaireResponse": ("completed", "amended")}


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:  # noqa: ARG001 - nothing is rewritten
    """The records of the delivery at `path`; references are followed within it.

    Raises `RefusedDelivery` as `fhir_json` does, and for an observation whose code the contract does not name, unless
    it ignores those.
    """
    delivery = _Delivery(contract)
    for entry in entries(path):
        delivery.take(entry)
    return delivery.exports()


@dataclass(frozen=True)
class _Score:
    """A resource that holds a score, or items of one: its cells by code, and what it refers to."""

    line: int
    reference: str
    subject: str | None
    day: str | None
    encounter: str | None
    final: bool
    cells: Mapping[str, str]
    members: tuple[str, ...] = ()


@dataclass
class _Delivery:
    """The resources of a delivery as they are taken up, and the records that they make."""

    contract: DeliveryContract
    lines: int = 0
    damaged: list[tuple[int, int, str]] = field(default_factory=list)
    scores: list[_Score] = field(default_factory=list)
    #: (year of birth, sex) of each patient; None where two patients of one name contradict each other.
    patients: dict[str, tuple[str | None, str | None] | None] = field(default_factory=dict)
    #: What a full address or `Type/id` stands for.
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        measures = self.contract.measures
        self.codes = {code for one in measures for code in (one.column, *one.items) if code}
        self.items = {code for one in measures for code in one.items}

    def take(self, entry: Entry) -> None:
        """Takes up a line: what it holds, or why it is damaged."""
        self.lines = entry.line
        if entry.reason:
            self.damaged.append((entry.line, 1, entry.reason))
        if entry.resource is None:
            return
        kind, known = text_at(entry.resource, "resourceType"), text_at(entry.resource, "id")
        name = f"{kind}/{known}" if known else entry.address or f"line {entry.line}"
        self.names[name] = name
        if entry.address:
            self.names[entry.address] = name
        if kind == "Patient":
            said = ((text_at(entry.resource, "birthDate") or "")[:4] or None, text_at(entry.resource, "gender"))
            self.patients[name] = said if self.patients.get(name, said) == said else None
        elif kind in FINAL:
            self._take_score(entry.line, name, kind, entry.resource)

    def _take_score(self, line: int, name: str, kind: str, resource: Resource) -> None:
        cells = dict(_observed(resource) if kind == "Observation" else _answered(resource))
        named = {code: text for code, text in cells.items() if code in self.codes}
        if named:
            status, changed = text_at(resource, "status"), "modifierExtension" in resource
            one = _Score(
                line,
                name,
                text_at(resource, "subject", "reference"),
                self._day(kind, resource),
                text_at(resource, "encounter", "reference"),
                final=status in FINAL[kind] and not changed,
                cells=named,
                members=tuple(
                    member for member in parts(resource, "hasMember", "reference") if isinstance(member, str)
                ),
            )
            self.scores.append(one)
        elif self.contract.file.other_columns == "refuse":
            raise RefusedDelivery(
                "undeclared_column",
                f"Resource {line}: an {kind} whose code the contract does not declare. Nothing was read. Leave it out "
                'of the export, declare its code, or set [file] other_columns = "ignore".',
            )

    def _day(self, kind: str, resource: Resource) -> str | None:
        if kind == "QuestionnaireResponse":
            said = text_at(resource, "authored")
        elif self.contract.columns["date"] == "issued":
            said = text_at(resource, "issued")
        else:
            several = [("effectiveDateTime",), ("effectiveInstant",), ("effectivePeriod", "start")]
            said = next((found for one in several if (found := text_at(resource, *one))), None)
        # The day as it is written: the clinic's own, whatever the zone.
        return said.partition("T")[0] if said else None

    # --- records ---------------------------------------------------------------

    def exports(self) -> Exports:
        """The records, after every line was taken up."""
        by_name = {one.reference: one for one in self.scores}
        used = {self._name(member) for one in self.scores for member in one.members}
        records: list[dict[str, str | int | None]] = []
        damaged = list(self.damaged)
        for one in self.scores:
            if one.reference in used and set(one.cells) <= self.items:
                continue
            whole = self._with_members(one, by_name)
            reason = self._reason(whole)
            if reason:
                damaged.append((one.line, 1, reason))
            else:
                records.append(self._record(whole))
        schema = {"line": pl.Int32, "span": pl.Int32} | dict.fromkeys(our_columns(self.contract), pl.String)
        frame = pl.DataFrame(records, schema=schema, orient="row")
        set_aside = pl.DataFrame(damaged, schema=DAMAGED, orient="row")
        return Exports(frame.lazy(), self.lines, 0, self.lines - len(records) - len(damaged), set_aside)

    def _name(self, reference: str) -> str:
        """What a reference stands for: by its address, or by the last two parts of it, without a version."""
        bare = reference.partition("/_history/")[0]
        return self.names.get(bare, "/".join(bare.split("/")[-2:]))

    def _with_members(self, one: _Score, by_name: Mapping[str, _Score]) -> _Score:
        """The record with the items of its members; `final` only if all of them are there and final."""
        cells = dict(one.cells)
        final = one.final
        for member in one.members:
            found = by_name.get(self._name(member))
            if found is not None:
                cells |= {code: text for code, text in found.cells.items() if code in self.items}
                final = final and found.final
        return replace(one, cells=cells, final=final)

    def _reason(self, one: _Score) -> str:
        if not one.final:
            return "not_final"
        followed = [*one.members]
        if one.subject and {"age", "sex"} & set(self.contract.columns):
            followed.append(one.subject)
        absent = [reference for reference in followed if self._name(reference) not in self.names]
        contradicted = one.subject is not None and self.patients.get(self._name(one.subject), ("", "")) is None
        return "reference_missing" if absent or contradicted else ""

    def _record(self, one: _Score) -> dict[str, str | int | None]:
        name = self._name(one.subject) if one.subject else ""
        born, sex = self.patients.get(name) or (None, None)
        said: dict[str, str | None] = {
            "patient": name.removeprefix("Patient/") if _is_patient(name) else None,
            "date": one.day,
            "age": _age(born, one.day),
            "sex": sex,
            "episode": self._name(one.encounter) if one.encounter else None,
        }
        cells = {
            ours: said[ours] if ours in said else one.cells.get(theirs) or None
            for ours, theirs in our_columns(self.contract).items()
        }
        return {"line": one.line, "span": 1} | cells


def _is_patient(name: str) -> bool:
    """Whether a subject is a patient, here or elsewhere; one inside the resource itself has no lasting name."""
    return name.startswith(("Patient/", "urn:")) and name != "Patient/"


def _age(born: str | None, day: str | None) -> str | None:
    """Full years at the end of that year: only the year of birth is used."""
    if born is None or day is None or not (born.isdecimal() and day[:4].isdecimal()):
        return None
    return str(int(day[:4]) - int(born))


# --- values -----------------------------------------------------------------------------------------------


def _observed(observation: Resource) -> Iterator[tuple[str, str]]:
    """Each code of an observation and its components with the text of its value."""
    found: dict[str, list[str]] = {}
    for part in (observation, *parts(observation, "component")):
        for code in dict.fromkeys(map(_code, parts(part, "code", "coding"))):
            found.setdefault(code, []).append(_value(part))
    for code, texts in found.items():
        yield code, "; ".join(text for text in texts if text)


def _answered(response: Resource) -> Iterator[tuple[str, str]]:
    """Each item of a questionnaire response with the text of its answer, by the questionnaire with and without version.

    An item with several answers has all of them as its text, which no score reads as.
    """
    questionnaire = text_at(response, "questionnaire") or ""
    found: dict[str, list[str]] = {}
    waiting = parts(response, "item")
    while waiting:
        item = waiting.pop()
        answers = parts(item, "answer")
        found.setdefault(text_at(item, "linkId") or "", []).extend(_value(answer) for answer in answers)
        waiting += [*parts(item, "item"), *parts(item, "answer", "item")]
    for link, texts in found.items():
        for name in {questionnaire, questionnaire.partition("|")[0]}:
            yield f"{name}#{link}", "; ".join(text for text in texts if text)


def _code(coding: object) -> str:
    return f"{text_at(coding, 'system') or ''}|{text_at(coding, 'code') or ''}"


def _value(part: object) -> str:
    """The text of the value that an observation, a component or an answer has; empty where it has none."""
    kinds = [key for key in part if key.startswith("value")] if isinstance(part, dict) else []
    if not isinstance(part, dict) or len(kinds) != 1:
        return " ".join(kinds)  # two values are none that can be read
    kind, value = kinds[0], part[kinds[0]]
    match kind:
        case "valueQuantity":
            said: object = f"{text_at(value, 'comparator') or ''}{text_at(value, 'value') or ''}"
        case "valueCodeableConcept":
            said = _one_code(value)
        case "valueCoding":
            said = text_at(value, "code") or ""
        case "valueBoolean":
            said = str(value).lower()
        case _:
            said = value
    return said if isinstance(said, str) else kind


def _one_code(concept: object) -> str:
    codes = sorted({code for code in parts(concept, "coding", "code") if isinstance(code, str)})
    return codes[0] if len(codes) == 1 else " ".join(codes)
