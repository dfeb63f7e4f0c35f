"""The words that studies and clinics share: instruments, definitions, endpoints, populations and so on.

Lives here: loading the packaged TOML files, adding a home's own rows, refusing what does not hold together.
What a row is stands in `vocabulary_rows` and `responder_rules`.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from schemas import strict_toml
from schemas.definition_rows import expanded, on_scale, usable
from schemas.responder_rules import Definition, Rule
from schemas.strict_toml import Place, TomlError
from schemas.vocabulary_rows import Condition, Endpoint, Instrument, Population, Treatment

__all__ = ["Condition", "Definition", "Endpoint", "Instrument", "Population", "Rule", "Treatment"]
__all__ += ["Vocabulary", "VocabularyError", "load"]

KINDS = ("instruments", "conditions", "treatments", "endpoints", "populations", "definitions")
LARGEST_STORED = 2**31 - 1  # scores are stored as 32-bit whole numbers of their finest unit

Row = TypeVar("Row")


class VocabularyError(TomlError):
    """A vocabulary file says something that we do not understand."""


@dataclass(frozen=True)
class Vocabulary:
    """Every word by its id; `fingerprint` is the SHA-256 of all the bytes that it was read from."""

    instruments: dict[str, Instrument]
    definitions: dict[str, Definition]
    endpoints: dict[str, Endpoint]
    populations: dict[str, Population]
    conditions: dict[str, Condition]
    treatments: dict[str, Treatment]
    fingerprint: str

    def definitions_for(self, collected: Collection[str]) -> list[Definition]:
        """The definitions whose instruments are all collected, in the order of their ids.

        METHODS section 6.2: a component that is never collected would let only responders be counted.
        """
        able = (each for each in self.definitions.values() if set(each.instruments) <= set(collected))
        return sorted(able, key=lambda definition: definition.id)


@dataclass(frozen=True)
class Source:
    """One TOML file of one kind, as it was read."""

    kind: str
    file: str
    content: bytes


def load(own: Path | None = None) -> Vocabulary:
    """The packaged vocabulary, with the rows of the folder `own` added where that folder exists.

    Files of `own` bear the packaged names. A row may not redefine an id; a definition row may give a packaged
    rule to further instruments. Raises `VocabularyError`, which names file, key and next step.
    """
    sources = [*_packaged(), *_added(own)]
    instruments = _rows(sources, "instruments", _instrument)
    conditions = _rows(sources, "conditions", _plain(Condition))
    treatments = _rows(sources, "treatments", _plain(Treatment))
    _check_variants(treatments, sources)
    return Vocabulary(
        instruments=instruments,
        definitions=_definitions(sources, instruments),
        endpoints=_rows(sources, "endpoints", _endpoint),
        populations=_rows(sources, "populations", _population(instruments, conditions)),
        conditions=conditions,
        treatments=treatments,
        fingerprint=_fingerprint(sources),
    )


def _packaged() -> Iterator[Source]:
    for kind in KINDS:
        content = files("schemas").joinpath(f"{kind}.toml").read_bytes()
        yield Source(kind, f"schemas/{kind}.toml", content)


def _added(own: Path | None) -> Iterator[Source]:
    if own is None or not own.is_dir():
        return
    for path in sorted(own.glob("*.toml")):
        place = Place(strict_toml.shown(path), VocabularyError)
        strict_toml.known(path.stem, KINDS, "vocabulary file", place)
        yield Source(path.stem, strict_toml.shown(path), strict_toml.bytes_of(path, place))


def _fingerprint(sources: list[Source]) -> str:
    # Length-prefixed, so that moving a byte from one file's end to the next one's start changes the sum.
    seal = hashlib.sha256()
    for source in sources:
        seal.update(f"{source.kind} {len(source.content)}\n".encode())
        seal.update(source.content)
    return seal.hexdigest()


def _entries(sources: list[Source], kind: str) -> Iterator[tuple[str, dict[str, Any], Place]]:
    for source in sources:
        if source.kind == kind:
            place = Place(source.file, VocabularyError)
            for key, table in strict_toml.parse(source.content, place).items():
                if not isinstance(table, dict):
                    place.at(key).fail("a value outside any row", "rows only", "Put it under its row's [heading].")
                yield strict_toml.slug(key, place.at(key)), table, place.at(key)


def _rows(sources: list[Source], kind: str, make: Callable[[str, dict[str, Any], Place], Row]) -> dict[str, Row]:
    made: dict[str, Row] = {}
    for key, table, place in _entries(sources, kind):
        _refuse_twice(key, made, place)
        made[key] = make(key, table, place)
    return made


def _refuse_twice(key: str, made: Mapping[str, object], place: Place) -> None:
    if key in made:
        place.fail(f"the id {key!r} a second time", "each id once", "Give the new row a name of its own.")


def _plain(kind: type[Row]) -> Callable[[str, dict[str, Any], Place], Row]:
    return lambda key, table, place: strict_toml.record(kind, table, place, id=key)


def _instrument(key: str, table: dict[str, Any], place: Place) -> Instrument:
    row = strict_toml.record(Instrument, _without_fraction(table, place), place, id=key)
    row = replace(row, family=row.family or key)
    if row.low is not None and row.high is not None and not row.low < row.high:
        place.at("high").fail("an upper end that is not above the lower one", "low < high", "Correct one of them.")
    largest = max(abs(end) for end in (row.low or 0, row.high or 0)) * row.scale
    if row.decimals < 0 or largest > LARGEST_STORED:
        place.at("decimals").fail(str(row.decimals), f"0 or more, high x 10^decimals <= {LARGEST_STORED}", "Lower it.")
    if not row.to_reference > 0:
        place.at("to_reference").fail("a factor that is not positive", "a positive factor", "Correct it.")
    return row


def _without_fraction(table: dict[str, Any], place: Place) -> dict[str, Any]:
    # "24/23" says where the factor comes from; 1.0434782608695652 does not.
    written = table.get("to_reference")
    if not isinstance(written, str):
        return table
    try:
        return table | {"to_reference": Decimal(float(Fraction(written)))}
    except (ValueError, ZeroDivisionError):
        place.at("to_reference").fail("a text that is no fraction", "a number or '24/23'", "Correct it.")


def _endpoint(key: str, table: dict[str, Any], place: Place) -> Endpoint:
    row = strict_toml.record(Endpoint, table, place, id=key)
    if not 0 < row.low <= row.target <= row.high:
        place.fail(f"{row.low}, {row.target}, {row.high}", "0 < low <= target <= high (days)", "Correct the days.")
    return row


def _check_variants(treatments: dict[str, Treatment], sources: list[Source]) -> None:
    for key, _, place in _entries(sources, "treatments"):
        parent = treatments[key].variant_of
        if parent is not None:
            strict_toml.known(parent, treatments.keys() - {key}, "treatment", place.at("variant_of"))


def _population(
    instruments: dict[str, Instrument], conditions: dict[str, Condition]
) -> Callable[[str, dict[str, Any], Place], Population]:
    def make(key: str, table: dict[str, Any], place: Place) -> Population:
        row = strict_toml.record(Population, table, place, id=key, condition_name="", instrument_name="")
        if row.condition is not None:
            strict_toml.known(row.condition, conditions, "condition", place.at("condition"))
            row = replace(row, condition_name=conditions[row.condition].name)
        if row.age_from is not None and row.age_to is not None and row.age_from > row.age_to:
            place.at("age_to").fail("an age below age_from", "age_from <= age_to", "Correct one of them.")
        return _with_baseline(row, instruments, place)

    return make


def _with_baseline(row: Population, instruments: dict[str, Instrument], place: Place) -> Population:
    limits = [limit for limit in (row.baseline_at_least, row.baseline_below) if limit is not None]
    if (row.baseline_instrument is None) != (not limits):
        place.fail("half of a baseline limit", "baseline_instrument with a limit, or neither", "Add or remove one.")
    if row.baseline_instrument is None:
        return row
    instrument = usable(row.baseline_instrument, instruments, place.at("baseline_instrument"))
    for limit in limits:
        on_scale(Decimal(str(limit)), instrument, place)
    return replace(row, instrument_name=instrument.name)


def _definitions(sources: list[Source], instruments: dict[str, Instrument]) -> dict[str, Definition]:
    made: dict[str, Definition] = {}
    families: dict[str, tuple[str, object]] = {}
    for family, table, place in _entries(sources, "definitions"):
        shape = (str(table.get("kind", "composite")), table.get("threshold"))
        if families.setdefault(family, shape) != shape:
            place.fail("another rule under a name that is taken", "the same kind and threshold", "Rename the row.")
        for definition in expanded(family, table, place, instruments):
            _refuse_twice(definition.id, made, place)
            made[definition.id] = definition
    return made
