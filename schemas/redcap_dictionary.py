"""A REDCap project's data dictionary: what each field is, and what its cells may hold; labels are not kept.

Both the file that REDCap's designer downloads and the one that its API gives are understood.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Our name, the heading of a downloaded dictionary, and that of the API.
HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"),
    "least": ("Text Validation Min", "text_validation_min"),
    "most": ("Text Validation Max", "text_validation_max"),
    "identifier": ("Identifier?", "identifier"),
}
#: Fields of these kinds, or validated as these, hold what people write or what points at them.
REVEALING = ("notes", "file", "signature", "email", "phone")
CHOSEN = ("radio", "dropdown")
#: What REDCap offers and stores for a field that has a choice without listing it.
OFFERED = {"yesno": ("0", "1"), "truefalse": ("0", "1")}


class DictionaryError(ValueError):
    """A data dictionary cannot be read: says what was found and what was expected, never a cell."""


@dataclass(frozen=True)
class RedcapField:
    """One field of a project: its form, and what its cells may hold. `choices` is empty where any text may stand."""

    form: str
    kind: str
    choices: tuple[str, ...] = ()
    validation: str = ""
    least: str = ""
    most: str = ""
    identifier: bool = False

    @property
    def revealing(self) -> bool:
        """Whether the field is flagged as an identifier, or of a kind that holds free text or a way to a person."""
        return self.identifier or self.kind in REVEALING or self.validation in REVEALING

    @property
    def decimal_comma(self) -> bool:
        """Whether the project writes this field's numbers with a decimal comma."""
        return self.validation.endswith("comma_decimal")


def read_dictionary(written: bytes) -> dict[str, RedcapField]:
    """Every field of a data dictionary by its name; raises `DictionaryError`."""
    try:
        rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise DictionaryError("not delimited text in UTF-8; download the data dictionary again") from None
    known = rows[0] if rows else {}
    heading = {ours: next((name for name in theirs if name in known), "") for ours, theirs in HEADINGS.items()}
    absent = [HEADINGS[ours][0] for ours, found in heading.items() if not found]
    if absent:
        raise DictionaryError(f"no column {', '.join(map(repr, absent))}; download the data dictionary again")
    cells = [{ours: (row[theirs] or "").strip() for ours, theirs in heading.items()} for row in rows]
    return {row["name"]: _field(row) for row in cells if row["name"]}


def _field(row: Mapping[str, str]) -> RedcapField:
    return RedcapField(
        form=row["form"],
        kind=row["kind"],
        choices=_choices(row["kind"], row["choices"]),
        validation=row["validation"],
        least=row["least"],
        most=row["most"],
        identifier=row["identifier"].casefold() == "y",
    )


def _choices(kind: str, written: str) -> tuple[str, ...]:
    """The codes of `1, Yes | 0, No`."""
    if kind not in CHOSEN:
        return OFFERED.get(kind, ())
    return tuple(re.split(r",", choice, maxsplit=1)[0].strip() for choice in written.split("|") if choice.strip())
