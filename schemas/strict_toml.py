"""Reading TOML that people write: one record at a time, every key known, every value of its declared type.

Lives here: turning a TOML table into a frozen dataclass, and the error that says where it failed. What the
keys mean is the business of the module that owns the dataclass.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import tomli

Record = TypeVar("Record")

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class TomlError(ValueError):
    """A file that people write says something that we do not understand."""

    def __init__(self, file: str, key: str, found: str, expected: str, next_step: str) -> None:
        super().__init__(f"{file}: {key}: found {found}; expected {expected}. {next_step}")
        self.file, self.key, self.found, self.expected, self.next_step = file, key, found, expected, next_step


@dataclass(frozen=True)
class Place:
    """Where in a file we stand, and which error is raised there."""

    file: str
    error: type[TomlError]
    key: str = ""

    def at(self, key: str | int) -> "Place":
        """The place one key further in; an integer is the position in a list, from 1."""
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.key else key
        return Place(self.file, self.error, self.key + step)

    def fail(self, found: str, expected: str, next_step: str) -> NoReturn:
        """Raises this place's error."""
        raise self.error(self.file, self.key or "the file", found, expected, next_step)


def parse(content: bytes, place: Place) -> dict[str, Any]:
    """The tables of a TOML file; decimal numbers come as `Decimal`, so that 0.1 stays 0.1."""
    try:
        return tomli.loads(content.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        place.fail("bytes that are not UTF-8", "UTF-8 text", f"Save it as UTF-8 (byte {error.start}).")
    except tomli.TOMLDecodeError as error:
        place.fail(f"TOML that cannot be read ({error})", "valid TOML, each name once", "Correct that line.")


def bytes_of(path: Path, place: Place) -> bytes:
    """What the file holds; raises the place's error where there is none that can be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        place.fail(f"nothing to read ({error.strerror})", "a file that this account may read", "Mend or remove it.")


def shown(path: Path) -> str:
    """How a message names a file: with its folder, without the machine's path."""
    return f"{path.parent.name}/{path.name}"


def tables(value: object, place: Place) -> list[dict[str, Any]]:
    """The value as a list of tables, such as TOML's `[[arm]]`."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        place.fail(_name_of(value), "a list of tables", f"Write [[{place.key}]] above each one.")
    return value


def record(kind: type[Record], table: object, place: Place, **given: object) -> Record:
    """A dataclass made from one TOML table.

    `given` are the fields that the loader fills in; the file may not. Every other key must be a field of
    `kind`, with a value of the type that the field declares; a field without a default must be there.
    """
    if not isinstance(table, dict):
        place.fail(_name_of(table), "a table", "Write its keys below a [heading].")
    allowed = [field for field in fields(cast(Any, kind)) if field.init and field.name not in given]
    refuse_unknown(table, [field.name for field in allowed], place)
    hints = _hints(cast(Any, kind))
    written = {
        field.name: _typed(hints[field.name], table[field.name], place, field.name)
        for field in allowed
        if _is_written(field, table, place)
    }
    return kind(**written, **given)


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The types that the fields of a dataclass declare, found out once: thousands of records are of a few kinds.

    A field that may be left out holds None then; what is written in it is of the other type.
    """
    return {name: _written_as(hint) for name, hint in get_type_hints(kind).items()}


def _written_as(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not NoneType)
    return hint


def refuse_unknown(table: Mapping[str, object], known: Iterable[str], place: Place) -> None:
    """Raises for the first key that is not known, naming the nearest one that is."""
    names = list(known)
    for key in table:
        if key not in names:
            place.at(key).fail("an unknown key", nearest(key, names), "Rename or remove it.")


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant, as a phrase; all the possibilities where nothing is near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"perhaps {close[0]!r}" if close else f"one of {', '.join(names) or '(none are defined)'}"


def known(word: str, names: Iterable[str], what: str, place: Place) -> str:
    """The word itself, if it is one of the names."""
    listed = list(names)
    if word not in listed:
        place.fail(f"{what} {word!r}, which is not defined", nearest(word, listed), f"Name a known {what}.")
    return word


def slug(word: str, place: Place) -> str:
    """The word itself, if it may be an id: lower-case letters and digits with single hyphens between."""
    if not SLUG.fullmatch(word):
        place.fail(f"the id {word!r}", "lower-case letters, digits and single hyphens", "Rename it.")
    return word


def _is_written(field: "Field[Any]", table: Mapping[str, object], place: Place) -> bool:
    if field.name in table:
        return True
    if field.default is MISSING and field.default_factory is MISSING:
        place.at(field.name).fail("nothing", "this key", "Add it.")
    return False


def _typed(hint: Any, value: object, place: Place, key: str | int) -> object:
    """The value as its field holds it; `key` is where it stands in `place`, which is made only for an error."""
    if hint in _ACCEPTED:
        accepted, phrase = _ACCEPTED[hint]
        if not isinstance(value, accepted) or (isinstance(value, bool | datetime) and hint is not bool):
            place.at(key).fail(_name_of(value), phrase, "Correct the value.")
        return hint(value) if hint in (float, Decimal) else value
    if get_origin(hint) is Literal:
        return _chosen(get_args(hint), value, place.at(key))
    if not isinstance(value, list):
        place.at(key).fail(_name_of(value), "a list of texts", "Put it into [brackets].")
    return tuple(_typed(str, each, place.at(key), n) for n, each in enumerate(value, start=1))


_ACCEPTED: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, Decimal), "a number"),
    Decimal: ((int, Decimal), "a number"),
    str: ((str,), "a text in quotes"),
    date: ((date,), "a date such as 2026-01-31, without quotes"),
}


def _chosen(choices: tuple[object, ...], value: object, place: Place) -> object:
    if value not in choices:
        place.fail(repr(value), nearest(str(value), map(str, choices)), "Choose one of these.")
    return value


def _name_of(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", Decimal: "a decimal number", str: "a text"}
    more = {list: "a list", dict: "a table", date: "a date", datetime: "a date with a time"}
    return (names | more).get(type(value), "a time of day")
