"""Opening a ClinicalTrials.gov record: whether it is one of API v2 with results, and how its parts are reached.

The structure is that of https://clinicaltrials.gov/data-api/about-api/study-data-structure; legacy ones are refused.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

#: Keys of the classic API, which was switched off in 2024; its words begin with capitals and lie in other places.
CLASSIC = ("FullStudiesResponse", "FullStudy", "StudyFieldsResponse", "Study", "ProtocolSection", "clinical_study")

Part = Mapping[str, Any]


class NotImportable(Exception):
    """The file is no record that a study can be drafted from (exit 65): what it is, and what to fetch instead."""


def opened(content: bytes, name: str) -> Part:
    """The record in a file's bytes; raises `NotImportable` for anything but one v2 study record with results."""
    if content.lstrip()[:1] == b"<":
        _refuse(name, "an XML record of the legacy API", _fetch())
    try:
        record = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotImportable(f"{name}: found a file that is not JSON; expected a study record. {_fetch()}") from error
    if not isinstance(record, dict):
        _refuse(name, "a JSON value that is no object", _fetch())
    if legacy := [key for key in CLASSIC if key in record]:
        _refuse(name, f"a record of the legacy (classic) API, with the key {legacy[0]!r}", _fetch())
    if "studies" in record:
        _refuse(name, "a page of several studies", _fetch())
    if not text(record, "protocolSection", "identificationModule", "nctId"):
        _refuse(name, "no protocolSection with an nctId", _fetch())
    if not isinstance(record.get("resultsSection"), dict) or not record["resultsSection"]:
        number = text(record, "protocolSection", "identificationModule", "nctId")
        raise NotImportable(
            f"{name}: {number} has no resultsSection, so the register holds no figures of it; nothing was drafted. "
            "If the trial is published, write the file from the publication: docs/adding-things.md says how."
        )
    return cast(Part, record)


def part(record: Part, *keys: str) -> Part:
    """The object at a path of keys; empty where there is none."""
    here: Any = record
    for key in keys:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def parts(record: Part, *keys: str) -> list[Part]:
    """The objects of the list at a path of keys; empty where there is none."""
    found = part(record, *keys[:-1]).get(keys[-1])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(record: Part, *keys: str) -> str:
    """The text or number at a path of keys as one line of text; empty where there is none."""
    found = part(record, *keys[:-1]).get(keys[-1])
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return ""
    # Half of a surrogate pair is valid in JSON and nowhere else.
    return " ".join(str(found).split()).encode("utf-8", "replace").decode("utf-8")


def texts(record: Part, *keys: str) -> list[str]:
    """The texts of the list at a path of keys; empty where there is none."""
    found = part(record, *keys[:-1]).get(keys[-1])
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def number(written: str) -> str:
    """The digits of a printed number, without thousands separators; empty for `NA` and for what is no plain number."""
    digits = written.replace(",", "").strip()
    bare = digits.removeprefix("-").replace(".", "", 1)
    return digits if bare.isascii() and bare.isdigit() and digits[-1] != "." else ""


def whole(written: str) -> int | None:
    """The whole number that is written; None where none is."""
    digits = number(written)
    return int(digits) if digits.isdigit() else None


def _refuse(name: str, found: str, next_step: str) -> None:
    raise NotImportable(f"{name}: found {found}; expected one study record of ClinicalTrials.gov's API v2. {next_step}")


def _fetch() -> str:
    return "Save the answer of /api/v2/studies/NCT00000000 (your trial's number, format JSON) and import that file."
