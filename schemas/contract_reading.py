"""The TOML file of a delivery contract, read key by key: every complaint says the file, the key, and what is expected.

What a contract is stands in `delivery_contract`; whether its keys fit each other in `contract_agreement`.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import tomli

from schemas import strict_toml
from schemas.aliases import ALIAS
from schemas.contract_agreement import agree
from schemas.delivery_contract import (
    AGE_BANDS,
    BASELINE_DAYS,
    COLUMNS,
    COURSES,
    DATE_ORDERS,
    ENCODINGS,
    FORMATS,
    LAYOUTS,
    PACKED,
    PLAUSIBLE_DAYS,
    SEXES,
    Cohorts,
    ContractError,
    DataCut,
    DeliveryContract,
    FileShape,
    Include,
    Measure,
    MissingWhen,
    Redcap,
)
from schemas.item_rules import FORMS
from schemas.redcap_dictionary import DictionaryError, read_dictionary
from schemas.vocabulary import Vocabulary

Record = TypeVar("Record")
#: Days are counted in 16 bits further on, and nobody is followed for half a century.
MOST_DAYS = 18_262
#: No form's answer is worth more.
MOST_ANSWER = 1000
TOP_LEVEL = {each.name for each in fields(DeliveryContract)} | {"clinic", "trial", "cohort", "measure"}
TOP_LEVEL -= {"source", "kind", "cohorts", "measures", "visits", "fingerprint"}
_KINDS: dict[type, str] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


def read_contract(path: Path, vocabulary: Vocabulary) -> DeliveryContract:
    """The contract in the TOML file `path`, checked against the vocabulary; raises `ContractError`."""
    try:
        written = tomli.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ContractError(
            f"{path.name}: not readable ({error.strerror}); expected a TOML file that this account may read"
        ) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise ContractError(f"{path.name}: not readable as TOML ({error}); mend the file and run again") from None
    return contract_from(written, vocabulary, where=path.name, folder=path.parent)


def contract_from(
    written: Mapping[str, Any], vocabulary: Vocabulary, *, where: str, folder: Path | None = None
) -> DeliveryContract:
    """The contract that the parsed TOML `written` describes; `where` names it in errors. Raises `ContractError`.

    `folder` is where files stand that the contract names; without it the contract can name none.
    """
    reading = _Reading(where, vocabulary, folder)
    reading.known(written, TOP_LEVEL, "")
    source, kind = reading.source(written)
    contract = DeliveryContract(
        source=source,
        kind=kind,
        version=reading.whole(written, "version"),
        format=reading.one_of(written, "format", FORMATS),
        layout=reading.one_of(written, "layout", LAYOUTS),
        condition=reading.one_of(written, "condition", tuple(vocabulary.conditions)),
        treatment=reading.one_of(written, "treatment", tuple(vocabulary.treatments)),
        **reading.delivery_keys(written, source),
        **reading.linking_keys(written),
        **reading.table_keys(written),
    )
    inputs = json.dumps([dict(written), sorted(contract.redcap.fields.items())], sort_keys=True, default=repr)
    contract = replace(contract, fingerprint=hashlib.sha256(inputs.encode()).hexdigest())
    agree(contract, vocabulary, reading.complain)
    return contract


def _usual_courses(columns: Mapping[str, str]) -> str:
    return "start" if "start" in columns else "column" if "episode" in columns else "single"


@cache
def _is_understood(pattern: str) -> bool:
    """Whether Python and Polars both read a regular expression; clinics of a network often have the same."""
    try:
        re.compile(pattern)
        pl.Series([""]).str.contains(f"(?i)^(?:{pattern})$")
    except (re.error, RecursionError, OverflowError, pl.exceptions.ComputeError):
        return False
    return True


class _Reading:
    """Reads one contract key by key, so that every complaint can say the file and the key."""

    def __init__(self, where: str, vocabulary: Vocabulary, folder: Path | None) -> None:
        self.where = where
        self.folder = folder
        self.vocabulary = vocabulary

    def complain(self, key: str, found: object, expected: str) -> ContractError:
        return ContractError(f"{self.where}: {key}: found {found!r}; expected {expected}")

    def known(self, written: Any, keys: set[str], section: str) -> None:
        if not isinstance(written, Mapping):
            raise self.complain(section.rstrip("."), written, "a table of keys and values")
        for key in written:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"the nearest known key is {near[0]!r}" if near else f"known keys: {', '.join(sorted(keys))}"
                raise self.complain(f"{section}{key}", key, f"a known key; {hint}")

    def delivery_keys(self, written: Mapping[str, Any], source: str) -> dict[str, Any]:
        """What a delivery is and speaks for."""
        return {
            "label": self.typed(written, "label", str, source.replace("-", " ").capitalize()),
            "covers": self.one_of(written, "covers", ("everything", "period", "additions"), "everything"),
            "volume_changes": self.one_of(written, "volume_changes", ("warn", "hold", "ignore"), "warn"),
            "expected_every_days": self.typed(written, "expected_every_days", int, None),
            "data_cut": self.data_cut(written.get("data_cut")),
            "keep_dates": self.one_of(written, "keep_dates", ("month", "day"), "month"),
            "synthetic": self.typed(written, "synthetic", bool, False),
        }

    def linking_keys(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """How records belong together."""
        columns = self.typed(written, "columns", dict, {})
        return {
            "endpoints": self.endpoints(written.get("endpoints", ())),
            "baseline_days": self.days(written, "baseline_days", BASELINE_DAYS),
            "plausible_days": self.days(written, "plausible_days", PLAUSIBLE_DAYS),
            "episodes": self.one_of(written, "episodes", COURSES, _usual_courses(columns)),
            "patient_pattern": self.pattern(self.typed(written, "patient_pattern", str, "")),
            "started": self.typed(written, "started", int, None),
        }

    def table_keys(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """What the cells of the file are."""
        codes = self.codes(written.get("codes", {}))
        visits = codes.pop("visit", {})
        return {
            "include": self.record(Include, written["include"], "include") if "include" in written else None,
            "sender": self.record(Include, written["sender"], "sender") if "sender" in written else None,
            "file": self.file(written.get("file", {})),
            "columns": self.columns(written.get("columns", {})),
            "codes": codes,
            "visits": {code: self.day(visits, code, "codes.visit.") for code in visits},
            "cohorts": self.cohorts(written["cohort"]) if "cohort" in written else None,
            "measures": tuple(self.measure(row) for row in self.typed(written, "measure", list, [])),
            "redcap": self.redcap(self.typed(written, "redcap", dict, {})),
        }

    def record(self, kind: type[Record], table: object, key: str) -> Record:
        """A small part of the contract, every key known and of its type."""
        try:
            return strict_toml.record(kind, table, strict_toml.Place(self.where, strict_toml.TomlError).at(key))
        except strict_toml.TomlError as error:
            raise ContractError(str(error)) from None

    def typed(self, written: Mapping[str, Any], key: str, kind: type, usual: Any) -> Any:
        """The value of a key if it has the right type, else what is usual."""
        found = written.get(key, usual)
        if key in written and type(found) is not kind:
            raise self.complain(key, found, _KINDS[kind])
        return found

    def cohorts(self, written: Mapping[str, Any]) -> Cohorts:
        self.known(written, {"column", "values"}, "cohort.")
        values = self.typed(written, "values", dict, {})
        if not values or not all(isinstance(arm, str) for arm in values.values()):
            raise self.complain("cohort.values", values, 'the arm that each code means, such as { "1" = "verum" }')
        return Cohorts(self.typed(written, "column", str, ""), values)

    def source(self, written: Mapping[str, Any]) -> tuple[str, str]:
        named = [(key, written[key]) for key in ("clinic", "trial") if key in written]
        if len(named) != 1:
            raise self.complain("clinic", [key for key, _ in named], "exactly one of `clinic` or `trial`")
        kind, source = named[0]
        if not ALIAS.fullmatch(str(source)):
            raise self.complain(kind, source, "lower-case letters, digits and hyphens, at most 40")
        return str(source), kind

    def whole(self, written: Mapping[str, Any], key: str) -> int:
        if type(written.get(key)) is not int or written[key] < 1:
            raise self.complain(key, written.get(key), "a whole number from 1")
        return int(written[key])

    def one_of(self, written: Mapping[str, Any], key: str, words: tuple[str, ...], usual: str | None = None) -> str:
        found = written.get(key, usual)
        if found not in words:
            near = difflib.get_close_matches(str(found), words, n=1)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise self.complain(key, found, f"one of {', '.join(words)}{hint}")
        return str(found)

    def days(self, written: Mapping[str, Any], key: str, usual: tuple[int, int]) -> tuple[int, int]:
        said = written.get(key, usual)
        found = tuple(said) if isinstance(said, list | tuple) else ()
        if len(found) != 2 or not all(type(day) is int for day in found) or found[0] > found[1]:
            raise self.complain(key, list(found), "two whole numbers of days from the start, the earlier first")
        if max(map(abs, found)) > MOST_DAYS:
            raise self.complain(key, list(found), f"days no further than {MOST_DAYS} from the start")
        return (found[0], found[1])

    def day(self, written: Mapping[str, Any], key: str, section: str) -> int | None:
        found = self.typed(written, key, int, None)
        if found is not None and abs(found) > MOST_DAYS:
            raise self.complain(f"{section}{key}", found, f"a day no further than {MOST_DAYS} from the start")
        return None if found is None else int(found)

    def pattern(self, text: str) -> str:
        """A pattern that Polars, which looks for it, understands: it has no look-around and no back references."""
        if not _is_understood(text):
            raise self.complain("patient_pattern", text, "a regular expression without look-around")
        return text

    def endpoints(self, found: Any) -> tuple[str, ...]:
        if not isinstance(found, list | tuple):
            raise self.complain("endpoints", found, "a list of endpoints")
        for endpoint in found:
            self.one_of({"endpoints": endpoint}, "endpoints", tuple(self.vocabulary.endpoints))
        return tuple(found)

    def data_cut(self, found: Any) -> DataCut:
        if found is None:
            return DataCut()
        if found == "closed":
            return DataCut("closed")
        if isinstance(found, Mapping) and set(found) in ({"column"}, {"name"}):
            kind = next(iter(found))
            return DataCut(kind, **{kind: self.typed({f"data_cut.{kind}": found[kind]}, f"data_cut.{kind}", str, "")})
        try:
            return DataCut("date", on=found if isinstance(found, date) else date.fromisoformat(found))
        except (TypeError, ValueError):
            raise self.complain(
                "data_cut", found, 'a date, "closed", { column = "…" } or { name = "…{date}…" }'
            ) from None

    def file(self, written: Mapping[str, Any]) -> FileShape:
        self.known(written, {each.name for each in fields(FileShape)}, "file.")
        shape = self.record(FileShape, written, "file")
        words = {
            "encoding": ENCODINGS,
            "dates": tuple(DATE_ORDERS),
            "decimal": (".", ","),
            "other_columns": ("refuse", "ignore"),
            "final_newline": ("required", "optional"),
            "formulas": ("set_aside", "values"),
            "packed": PACKED,
        }
        for key, known in words.items():
            self.one_of({f"file.{key}": getattr(shape, key)}, f"file.{key}", known)
        if len(shape.delimiter) != 1 or shape.delimiter in '"\r\n':
            raise self.complain("file.delimiter", shape.delimiter, "one character that is not a quote")
        return shape

    def columns(self, written: Mapping[str, Any]) -> dict[str, str]:
        self.known(written, set(COLUMNS), "columns.")
        theirs = [self.typed({f"columns.{ours}": name}, f"columns.{ours}", str, "") for ours, name in written.items()]
        if len(set(theirs)) != len(theirs):
            raise self.complain("columns", sorted(theirs), "each of the clinic's columns named once")
        return {ours: str(column) for ours, column in written.items()}

    def codes(self, written: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        self.known(written, {"instrument", "sex", "visit", "age_band", "disqualified"}, "codes.")
        allowed = {
            "instrument": tuple(self.vocabulary.instruments),
            "sex": SEXES,
            "age_band": AGE_BANDS,
            "disqualified": ("yes", "no"),
        }
        for name in written:
            self.typed(written, name, dict, {})
        for name, words in allowed.items():
            for theirs, ours in written.get(name, {}).items():
                self.one_of({f"codes.{name}.{theirs}": ours}, f"codes.{name}.{theirs}", words)
        return {name: dict(pairs) for name, pairs in written.items()}

    def measure(self, written: Mapping[str, Any]) -> Measure:
        self.known(written, {each.name for each in fields(Measure)}, "measure.")
        instrument = self.one_of(written, "instrument", tuple(self.vocabulary.instruments))
        when = self.typed(written, "missing_when", dict, None)
        if when is not None:
            self.known(when, {"column", "is"}, "measure.missing_when.")
            when = MissingWhen(self.typed(when, "column", str, ""), self.typed(when, "is", str, "missing"))
        return Measure(
            instrument,
            self.typed(written, "column", str, ""),
            self.day(written, "day", "measure."),
            when,
            items=self.items(written.get("items", [])),
            form=self.one_of(written, "form", ("", *FORMS), ""),
            answers=self.answers(self.typed(written, "answers", dict, {})),
        )

    def items(self, found: Any) -> tuple[str, ...]:
        if type(found) is not list or not all(isinstance(item, str) and item for item in found):
            raise self.complain("measure.items", found, "the columns of the items, in the order of the form")
        if len(set(found)) != len(found):
            raise self.complain("measure.items", found, "each column named once")
        return tuple(found)

    def answers(self, written: Mapping[str, Any]) -> dict[str, int]:
        for code, number in written.items():
            if type(number) is not int or abs(number) > MOST_ANSWER:
                raise self.complain(f"measure.answers.{code}", number, "the whole number that this answer stands for")
        return dict(written)

    def redcap(self, written: Mapping[str, Any]) -> Redcap:
        self.known(written, {"dictionary", "statuses"}, "redcap.")
        statuses = self.one_of(written, "statuses", ("any", "complete"), "any")
        name = self.typed(written, "dictionary", str, "")
        if not name:
            return Redcap(statuses=statuses)
        path = Path(name)
        beside = self.folder is not None and path.name == name and path.suffix == ".csv"
        if self.folder is None or not beside or not (self.folder / path).is_file():
            raise self.complain("redcap.dictionary", name, "the name of a .csv file that stands beside the contract")
        try:
            return Redcap(read_dictionary((self.folder / path).read_bytes()), statuses)
        except DictionaryError as error:
            raise self.complain("redcap.dictionary", name, f"a REDCap data dictionary: {error}") from None
