"""From one row of definitions.toml to its responder definitions: the row's shapes, and what a rule must be.

What a definition is, and the words generated from it, stand in `responder_rules`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from schemas import strict_toml
from schemas.responder_rules import Definition, Reading, Rule
from schemas.strict_toml import Place
from schemas.vocabulary_rows import Instrument


@dataclass(frozen=True)
class _Component:
    kind: Literal["relative", "absolute", "pass"]
    instrument: str
    threshold: Decimal


def expanded(
    family: str, table: dict[str, Any], place: Place, instruments: dict[str, Instrument]
) -> Iterator[Definition]:
    """The definitions of one row of definitions.toml: one per instrument, or one that joins several rules.

    Raises the error of `place` for a rule that its instrument cannot bear: a relative change on a scale
    without a zero, more points than the scale has, a threshold finer than the stored precision.
    """
    shared = {key: value for key, value in table.items() if key not in _SHAPE}
    readings = tuple(_readings(family, table, place, instruments))
    for key, combine, components in _shapes(family, _first(table, place), place):
        rules = tuple(_rule(component, where, instruments) for component, where in components)
        made = {"id": key, "family": family, "combine": combine, "rules": rules}
        yield strict_toml.record(Definition, shared, place, **made, ambiguous=bool(readings), readings=readings)


_SHAPE = ("kind", "threshold", "instruments", "thresholds", "any", "all", "reading")
_Shape = tuple[str, Literal["one", "or", "and"], list[tuple[dict[str, Any], Place]]]


def _readings(
    family: str, table: dict[str, Any], place: Place, instruments: dict[str, Instrument]
) -> Iterator[Reading]:
    """The readings of an ambiguous row, each with rules of its own; none where the row has one meaning."""
    if "reading" not in table:
        return
    given = strict_toml.tables(table["reading"], place.at("reading"))
    if len(given) < 2 or set(_SHAPE[:-1]) & set(table):
        place.at("reading").fail("fewer than two, or a rule beside them", "each reading with its rule", "Write them.")
    for n, one in enumerate(given, start=1):
        where = place.at("reading").at(n)
        shapes = _shapes(family, _ruled(one), where)
        if len(shapes) != 1:
            where.fail("a rule for several instruments", "one rule, or several joined by any or all", "Split the row.")
        _, combine, components = shapes[0]
        rules = tuple(_rule(component, at, instruments) for component, at in components)
        named = {key: value for key, value in one.items() if key not in _SHAPE}
        reading = strict_toml.record(Reading, named, where, combine=combine, rules=rules)
        strict_toml.slug(reading.id, where.at("id"))
        yield reading


def _first(table: dict[str, Any], place: Place) -> dict[str, Any]:
    """The row with the rule of its first reading, if it has readings."""
    if "reading" not in table:
        return table
    return table | _ruled(strict_toml.tables(table["reading"], place.at("reading"))[0])


def _ruled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key in _SHAPE}


def _shapes(family: str, table: dict[str, Any], place: Place) -> list[_Shape]:
    given = [key for key in ("instruments", "thresholds", "any", "all") if key in table]
    if len(given) != 1:
        place.fail(" and ".join(given) or "no instrument", f"one of {', '.join(_SHAPE[2:])}", "Keep exactly one.")
    if given[0] in ("any", "all"):
        joined = strict_toml.tables(table[given[0]], place.at(given[0]))
        parts = [(part, place.at(given[0]).at(n)) for n, part in enumerate(joined, start=1)]
        if len(parts) < 2 or {"kind", "threshold"} & set(table):
            place.at(given[0]).fail("no rules to join", "two or more, each with its own kind", "Write them there.")
        return [(family, "or" if given[0] == "any" else "and", parts)]
    each = _thresholds(table, place)
    rule = {"kind": table["kind"]} if "kind" in table else {}
    return [
        (f"{name}-{family}", "one", [(rule | {"instrument": name, "threshold": points}, place)])
        for name, points in each.items()
    ]


def _thresholds(table: dict[str, Any], place: Place) -> dict[str, Any]:
    if "thresholds" in table:
        if not isinstance(table["thresholds"], dict) or "threshold" in table:
            place.at("thresholds").fail("no table, or a threshold beside it", "{ instrument = points }", "Keep one.")
        return dict(table["thresholds"])
    if not isinstance(table["instruments"], list) or "threshold" not in table:
        place.at("instruments").fail("no list, or no threshold", "instruments = [...] and a threshold", "Add it.")
    return {str(name): table["threshold"] for name in table["instruments"]}


def _rule(table: dict[str, Any], place: Place, instruments: dict[str, Instrument]) -> Rule:
    part = strict_toml.record(_Component, table, place)
    instrument = usable(part.instrument, instruments, place)
    if part.kind == "relative":
        _check_percent(part, instrument, place)
    else:
        _check_points(part, instrument, place)
    return Rule(part.kind, part.instrument, part.threshold, name=instrument.name, better=instrument.better)


def _check_percent(part: _Component, instrument: Instrument, place: Place) -> None:
    if instrument.low != 0:
        place.fail(f"a relative rule on {part.instrument}", "a scale that starts at 0", "Use absolute.")
    if part.threshold <= 0:
        place.fail(f"{part.threshold} percent", "more than 0", "Correct the threshold.")


def _check_points(part: _Component, instrument: Instrument, place: Place) -> None:
    span = Decimal(str(instrument.high)) - Decimal(str(instrument.low))
    if part.kind == "pass":
        on_scale(part.threshold, instrument, place)
    elif not 0 < part.threshold <= span:
        place.fail(f"{part.threshold} points", f"more than 0, at most {span}", "Correct the threshold.")
    if part.threshold * instrument.scale % 1:
        place.fail(f"{part.threshold} points", f"at most {instrument.decimals} decimals", "Round it.")


def usable(name: str, instruments: dict[str, Instrument], place: Place) -> Instrument:
    """The named instrument; an error where it is unknown, or its range or direction is open."""
    instrument = instruments[strict_toml.known(name, instruments, "instrument", place)]
    if not instrument.usable:
        place.fail(
            f"{name}, whose range or direction is open",
            "a usable instrument",
            "Give it both, or leave it out.",
        )
    return instrument


def on_scale(value: Decimal, instrument: Instrument, place: Place) -> None:
    """Raises where the value lies outside the instrument's range."""
    low, high = Decimal(str(instrument.low)), Decimal(str(instrument.high))
    if not low <= value <= high:
        place.fail(f"{value} on {instrument.id}", f"{low} to {high}", "Correct the value.")
