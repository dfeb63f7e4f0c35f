"""A contract proposed from a file's header and the shapes of its columns, as TOML that a person has to finish.

What only a person can know is left empty under a comment that begins with DECIDE; no cell of the file is repeated.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.vocabulary import Vocabulary
from transforms.column_shapes import ColumnShape

#: What clinics call our columns: any of these words in a name, the first of ours that fits.
CALLED: Mapping[str, tuple[str, ...]] = {
    "patient": ("patient", "patientid", "pat", "code", "id", "nr", "pid", "pseudonym", "record", "recordid", "case",
                "fall", "subject", "participant", "person", "client", "klient"),
    "start": ("start", "started", "begin", "begun", "beginn", "first", "erst", "erste", "firstsession", "startdatum"),
    "date": ("date", "datum", "visit", "visited", "besuch", "day", "assessed", "seen", "on"),
    "instrument": ("measure", "instrument", "scale", "questionnaire", "fragebogen", "test", "skala", "item"),
    "score": ("score", "value", "wert", "total", "summe", "punkte", "points", "result"),
    "age": ("age", "alter", "years"),
    "sex": ("sex", "gender", "geschlecht"),
    "sessions": ("sessions", "sitzungen", "treatments"),
    "duration_weeks": ("weeks", "wochen"),
    "duration_years": ("duration", "dauer", "since", "seit"),
    "day": ("day", "days", "tag"),
    "episode": ("episode", "course", "serie"),
}  # fmt: skip
#: The kinds of cells that a column of ours can have.
KINDS: Mapping[str, tuple[str, ...]] = {
    "patient": ("text", "number", "code"), "start": ("date",), "date": ("date",), "instrument": ("code",),
    "score": ("number",), "age": ("number",), "sex": ("code", "number"), "sessions": ("number",),
    "duration_weeks": ("number",), "duration_years": ("number",), "day": ("number",),
    "episode": ("text", "number", "code"),
}  # fmt: skip
#: Words that a column of names, addresses, births or numbers of people goes by: it must not be sent at all.
IDENTIFYING = (
    "name", "surname", "forename", "firstname", "lastname", "vorname", "nachname", "birth", "dob", "geburt", "phone",
    "telefon", "mobile", "email", "mail", "address", "adresse", "street", "strasse", "postcode", "plz", "zip", "nhs",
    "ssn", "insurance", "versicherung", "remarks", "notes", "comment", "bemerkung",
)  # fmt: skip
#: Words in a name that tell an instrument, beside its id.
MEASURED: Mapping[str, tuple[str, ...]] = {
    "nrs-pain": ("nrs", "pain", "schmerz"), "vas-pain": ("vas",), "rmdq-24": ("rmdq", "rmq", "roland"),
    "odi": ("odi", "oswestry"), "peg": ("peg",), "ffbh-r": ("ffbh",), "cpgs-pain": ("cpgs",), "ndi": ("ndi",),
    "hit-6": ("hit6",),
}  # fmt: skip
#: The end of a column's name that says when a score was taken: the file is one line a patient.
_WHEN = re.compile(
    r"[_ .-](?:(?:t|v|w|wk|week|m|mon|month|d|day|visit)?\d{1,3}(?:[mwd]|wk|mo)?|pre|post|bl|base|baseline|fu)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FileFacts:
    """What was found of a file: format, encoding, delimiter, sheet, and whether days are a workbook's own."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    own_dates: bool = False


def draft(facts: FileFacts, columns: Sequence[ColumnShape], vocabulary: Vocabulary) -> str:
    """The TOML of a contract; it can be parsed as it stands, and loaded once everything to decide is decided."""
    if facts.format == "fhir":
        return "\n".join([*_top(facts, "visits", vocabulary), _FHIR])
    usable = [one for one in columns if one.named and not _goes_by(one, IDENTIFYING)]
    ours = _ours(usable)
    scores = [one for one in usable if one.kind == "number" and one not in ours.values()]
    layout = _layout(ours, scores)
    if layout == "long":
        scores = []
    else:
        scores += [ours.pop("score")] if "score" in ours else []
        ours.pop("instrument", None)
    others = [one for one in columns if one not in ours.values() and one not in scores]
    parts = [
        *_top(facts, layout, vocabulary), *_file(facts, columns), *_columns(ours, layout),
        *_codes(ours, layout), *_measures(scores, layout, vocabulary), *_others(others),
    ]  # fmt: skip
    return "\n".join([*parts, ""])


def _words(name: str) -> set[str]:
    """The words of a column's name, small, and all of them as one."""
    apart = re.sub(r"([a-zäöü])([A-ZÄÖÜ])", r"\1 \2", name)
    words = [word.casefold() for word in re.split(r"[\W_]+", apart) if word]
    return {*words, "".join(words)}


def _goes_by(column: ColumnShape, called: Sequence[str]) -> bool:
    """Whether a word of the column's name is one of these, or begins with one of at least four letters."""
    return any(
        word == one or (len(one) >= 4 and word.startswith(one)) for word in _words(column.name) for one in called
    )


def _ours(columns: Sequence[ColumnShape]) -> dict[str, ColumnShape]:
    found: dict[str, ColumnShape] = {}
    for ours, called in CALLED.items():
        for column in columns:
            free = column not in found.values() and column.kind in KINDS[ours]
            if free and _goes_by(column, called) and not (ours == "score" and _instrument(column)):
                found[ours] = column
                break
    return found


def _instrument(column: ColumnShape, vocabulary: Vocabulary | None = None) -> str:
    """The instrument that a column's name tells; empty if none."""
    whole = max(_words(column.name), key=len)
    for name in sorted(vocabulary.instruments) if vocabulary else ():
        if name.replace("-", "") in whole:
            return name
    return next((name for name, called in MEASURED.items() if _goes_by(column, called)), "")


def _layout(ours: Mapping[str, ColumnShape], scores: Sequence[ColumnShape]) -> str:
    if "instrument" in ours and "score" in ours:
        return "long"
    stems = [_WHEN.sub("", one.name) for one in scores if _WHEN.search(one.name)]
    return "wide" if len(stems) > len(set(stems)) else "visits"


# --- what is written ------------------------------------------------------------------------------------------


def _top(facts: FileFacts, layout: str, vocabulary: Vocabulary) -> list[str]:
    conditions, treatments = ", ".join(sorted(vocabulary.conditions)), ", ".join(sorted(vocabulary.treatments))
    return [
        "# Proposed from the header and the shapes of the cells; nothing was stored. Decide what begins with DECIDE;",
        "# docs/contracts.md explains every key. `verum check FILE --contract THIS` then says what would be accepted.",
        'clinic    = ""  # DECIDE: the name of the landing folder: small letters, digits, hyphens',
        "version   = 1",
        f'format    = "{facts.format}"',
        f'layout    = "{layout}"',
        f'condition = ""  # DECIDE: one of {conditions}',
        f'treatment = ""  # DECIDE: one of {treatments}',
        'covers    = "everything"  # DECIDE: what a new file replaces: everything, its period, or nothing (additions)',
        "# data_cut = 2026-01-31  # DECIDE: the last day that a file speaks for; left out: its latest assessment",
    ]


def _file(facts: FileFacts, columns: Sequence[ColumnShape]) -> list[str]:
    said = ["", "[file]"]
    if facts.format in ("delimited", "redcap"):
        said += [f"encoding  = {json.dumps(facts.encoding)}", f"delimiter = {json.dumps(facts.delimiter)}"]
    if facts.sheet:
        said.append(f"sheet     = {json.dumps(facts.sheet, ensure_ascii=False)}")
    if any(one.commas for one in columns):
        said.append('decimal   = ","')
    said.append(_dates(facts, columns))
    said.append('missing   = [""]  # DECIDE: the codes that stand for missing, such as "NA", "-9" or "999"')
    said.append('other_columns = "refuse"  # DECIDE: "ignore" to never read columns that are not named below')
    return said


def _dates(facts: FileFacts, columns: Sequence[ColumnShape]) -> str:
    dated = [set(one.orders) for one in columns if one.kind == "date"]
    if facts.own_dates:
        return 'dates     = "excel"'
    if not dated:
        return 'dates     = "none"  # DECIDE: no column of dates was found'
    orders = sorted(set.intersection(*dated))
    if len(orders) == 1:
        return f'dates     = "{orders[0]}"'
    why = "day and month can be exchanged in every date" if orders else "columns have dates in different orders"
    return f'dates     = "dmy"  # DECIDE: dmy or mdy; {why}'


def _columns(ours: Mapping[str, ColumnShape], layout: str) -> list[str]:
    said = ["", "[columns]"]
    if "patient" not in ours:
        said.append('patient = ""  # DECIDE: the column of the code that the clinic gave each patient')
    for name, column in ours.items():
        key = "age_band" if name == "age" and column.kind == "code" else name
        said.append(f"{key} = {json.dumps(column.name, ensure_ascii=False)}")
    if layout != "wide" and not {"date", "day"} & ours.keys():
        said.append(
            '# date = ""  # DECIDE: the column of the day on which a score was taken, or day = "", or visit = ""'
        )
    if "start" not in ours:
        said.append('# start = ""  # DECIDE: the day on which treatment began; left out: the first contact')
    return said


def _codes(ours: Mapping[str, ColumnShape], layout: str) -> list[str]:
    said: list[str] = []
    if layout == "long":
        said += [
            "", "[codes.instrument]",
            f"# DECIDE: a line for each of the {ours['instrument'].different} codes in its column (not shown):",
            '# "code in the file" = "nrs-pain"',
        ]  # fmt: skip
    if "sex" in ours:
        said += [
            "", "# DECIDE: unless the file says female, male, other and unknown, take the marks away and fill this in:",
            "# [codes.sex]", '# "code in the file" = "female"',
        ]  # fmt: skip
    return said


def _measures(scores: Sequence[ColumnShape], layout: str, vocabulary: Vocabulary) -> list[str]:
    said: list[str] = []
    for column in scores:
        guessed = _instrument(column, vocabulary)
        lines = [
            "[[measure]]",
            f'instrument = "{guessed}"  # DECIDE: whether it is this one, and this version'
            if guessed else 'instrument = ""  # DECIDE: which instrument, if it is a score',
            f"column     = {json.dumps(column.name, ensure_ascii=False)}",
        ]  # fmt: skip
        lines += ["day        = 0  # DECIDE: days from the start of treatment"] if layout == "wide" else []
        mark = "" if guessed else "# "
        said += ["", *(f"{mark}{line}" for line in lines)]
    return said


def _others(columns: Sequence[ColumnShape]) -> list[str]:
    said = []
    for column in columns:
        revealing = column.named and _goes_by(column, IDENTIFYING)
        advice = (
            "may identify a person: leave it out of the export" if revealing else "not used: leave it out, or name it"
        )
        said.append(f"# DECIDE: column {column.place} {column.shown}, {_KINDS[column.kind]}; {advice}")
    return ["", *said] if said else []


_KINDS = {"empty": "empty", "date": "dates", "number": "numbers", "code": "a few codes", "text": "text"}
_FHIR = """
[file]
other_columns = "refuse"  # DECIDE: "ignore" to leave out observations that are not named below

[columns]
patient = "subject"
date    = "effective"

# DECIDE: a measure for each score, as system|code of an observation, or questionnaire#linkId of an answer:
# [[measure]]
# instrument = "peg"
# column     = "http://loinc.org|91147-9"
"""
