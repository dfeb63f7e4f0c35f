"""Small REDCap projects written out: a dictionary and the contract that reads it."""

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from schemas.redcap_dictionary import HEADINGS
from tests.transforms.hillside import VOCABULARY

#: Name, form, kind, choices, validation, least, most, identifier: the columns of a dictionary that are read.
Field = Sequence[str]
#: A project in which visits are events: what is said once, one score, and a form of three ticked boxes.
FIELDS: tuple[Field, ...] = (
    ("record_id", "enrolment", "text", "", "", "", "", ""),
    ("begun", "enrolment", "text", "", "date_ymd", "2020-01-01", "today", ""),
    ("sex", "enrolment", "radio", "1, Female | 2, Male, or so", "", "", "", ""),
    ("name", "enrolment", "text", "", "", "", "", "y"),
    ("remarks", "visit", "notes", "", "", "", "", ""),
    ("pain", "visit", "text", "", "number", "0", "10", ""),
    ("weight", "visit", "text", "", "number_comma_decimal", "30", "200,5", ""),
    ("days", "visit", "checkbox", "1, a | 2, b | 3, c", "", "", "", ""),
)
EVENTS: dict[str, Any] = {
    "clinic": "hillside",
    "version": 1,
    "format": "redcap",
    "layout": "visits",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
    "columns": {"patient": "record_id", "start": "begun", "sex": "sex", "visit": "redcap_event_name"},
    "codes": {"visit": {"start_arm_1": 0, "month_3_arm_1": 90}, "sex": {"1": "female", "2": "male"}},
    "measure": [{"instrument": "nrs-pain", "column": "pain"}],
}
#: A project in which visits are instances of a repeated form.
REPEATS: dict[str, Any] = EVENTS | {
    "columns": {"patient": "record_id", "start": "begun", "sex": "sex", "date": "seen"},
    "codes": {"sex": {"1": "female", "2": "male"}},
}


def dictionary(fields: Sequence[Field] = FIELDS, *, heading: int = 0) -> bytes:
    """A data dictionary with these fields, headed as a download (0) or as the API gives it (1)."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(theirs[heading] for theirs in HEADINGS.values())
    writer.writerows(
        [name, form, kind, choices, valid, low, high, flag]
        for name, form, kind, choices, valid, low, high, flag in fields
    )
    return stream.getvalue().encode()


def contract(
    written: dict[str, Any] | None = None, fields: Sequence[Field] | None = FIELDS, **changed: Any
) -> DeliveryContract:
    """The contract of a project with this dictionary, or with none."""
    asked = {key: value for key, value in ((written or EVENTS) | changed).items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        if fields is not None:
            (Path(folder) / "dictionary.csv").write_bytes(dictionary(fields))
            asked["redcap"] = {"dictionary": "dictionary.csv"} | asked.get("redcap", {})
        return contract_from(asked, VOCABULARY, where="hillside.toml", folder=Path(folder))
