"""A second reading of delimited exports, line by line: what each says, and what is wrong with it.

Nothing of `transforms` is used. What is counted of the lines is `second_opinion`.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from schemas.delivery_contract import DeliveryContract
from schemas.vocabulary import Vocabulary

DATE_SHAPES = {"iso": (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), "dmy": (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y")}
BANDS = [(0, 17), (18, 29), *((low, low + 9) for low in range(30, 90, 10)), (90, 200)]


@dataclass
class Record:
    """One line that could be split: what it says, and what is wrong with it."""

    line: int
    patient: str = ""
    start: date | None = None
    on: date | None = None
    course: str | None = None
    band: int | None = None
    weeks: int | None = None
    event: bool | None = None
    #: (instrument, nominal day, score); a score of None was not taken
    scores: list[tuple[str, int | None, Fraction | None]] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)


def read(text: str, contract: DeliveryContract, vocabulary: Vocabulary) -> tuple[list[Record], int]:
    """The records of the lines below the header, and how many lines are blank."""
    header, *body = text.split("\n")[:-1]
    names = header.split(contract.file.delimiter)
    records, blank = [], 0
    for place, line in enumerate(body, start=2):
        if not line.strip() and contract.file.delimiter not in line:
            blank += 1
            continue
        try:
            (cells,) = csv.reader([line], delimiter=contract.file.delimiter, strict=True)
        except csv.Error:
            records.append(Record(place, reasons={"damaged_record"}))
            continue
        if len(cells) != len(names):
            records.append(Record(place, reasons={"wrong_width"}))
            continue
        records.append(typed(place, dict(zip(names, cells, strict=True)), contract, vocabulary))
    return records, blank


def typed(line: int, cells: Mapping[str, str], contract: DeliveryContract, vocabulary: Vocabulary) -> Record:
    """What one line says, with every reason against it."""
    record = Record(line)
    cell = {ours: cells[theirs] for ours, theirs in contract.columns.items()}
    record.patient = code_of(cell["patient"], contract)
    if not record.patient:
        record.reasons.add("patient_missing")
    for name, reason in (("start", "start_unreadable"), ("date", "date_unreadable")):
        if name in cell:
            found = day_of(cell[name], contract.file.dates)
            setattr(record, "start" if name == "start" else "on", found)
            if found is None:
                record.reasons.add(reason)
    record.course = cell.get("episode") or None
    _who(record, cell, contract)
    nominal = _nominal_day(record, cell, contract)
    _when(record, nominal, contract)
    for instrument, day, written in _scores(cell, cells, contract, nominal):
        record.scores.append((instrument, day, _score(record, instrument, written, contract, vocabulary)))
    return record


def code_of(written: str, contract: DeliveryContract) -> str:
    """A patient's code in its one form; empty where there is none."""
    if written in contract.file.missing:
        return ""
    plain = re.sub("[\u200b\u200c\u200d\u2060\ufeff]", "", unicodedata.normalize("NFKC", written))
    return plain.strip().upper()


def day_of(written: str, order: str) -> date | None:
    """A date in the declared order, or None."""
    shape, form = DATE_SHAPES[order]
    if not re.fullmatch(shape, written, re.ASCII):
        return None
    try:
        return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def number(written: str, contract: DeliveryContract) -> Fraction | None:
    """A number that is written out plainly with the declared decimal mark, or None."""
    mark = re.escape(contract.file.decimal)
    if not re.fullmatch(rf"-?\d+({mark}\d+)?", written, re.ASCII):
        return None
    return Fraction(written.replace(contract.file.decimal, "."))


def _who(record: Record, cell: Mapping[str, str], contract: DeliveryContract) -> None:
    blank = {*contract.file.missing, ""}
    age = cell.get("age", "")
    if age not in blank:
        if re.fullmatch(r"\d{1,4}", age, re.ASCII) and int(age) <= 120:
            record.band = next(at for at, (low, high) in enumerate(BANDS) if low <= int(age) <= high)
        else:
            record.reasons.add("age_unreadable")
    weeks = cell.get("duration_weeks", "")
    if weeks not in blank:
        found = number(weeks, contract)
        if found is None or found < 0:
            record.reasons.add("duration_unreadable")
        else:
            record.weeks = int(found)
    event = cell.get("disqualified", "")
    if event not in blank:
        record.event = {"yes": True, "no": False}.get(event)
        if record.event is None:
            record.reasons.add("disqualified_unknown")


def _nominal_day(record: Record, cell: Mapping[str, str], contract: DeliveryContract) -> int | None:
    if "visit" in cell:
        if cell["visit"] not in contract.visits:
            record.reasons.add("visit_unknown")
        return contract.visits.get(cell["visit"])
    if "day" in cell:
        if not re.fullmatch(r"-?\d{1,9}", cell["day"], re.ASCII):
            record.reasons.add("day_unreadable")
            return None
        return int(cell["day"])
    return None


def _when(record: Record, nominal: int | None, contract: DeliveryContract) -> None:
    low, high = contract.plausible_days
    known = nominal
    if "start" in contract.columns:
        known = (record.on - record.start).days if record.on and record.start else None
    if known is not None and not low <= known <= high:
        record.reasons.add("day_implausible")
    cut = contract.data_cut.on
    if cut is not None and record.on is not None and record.on > cut:
        record.reasons.add("after_data_cut")


def _scores(
    cell: Mapping[str, str], cells: Mapping[str, str], contract: DeliveryContract, nominal: int | None
) -> Iterator[tuple[str, int | None, str]]:
    if contract.layout == "long":
        yield contract.codes["instrument"].get(cell["instrument"], ""), nominal, cell["score"]
    for measure in contract.measures:
        yield measure.instrument, nominal if measure.day is None else measure.day, cells[measure.column]


def _score(
    record: Record, name: str, written: str, contract: DeliveryContract, vocabulary: Vocabulary
) -> Fraction | None:
    if name == "":
        record.reasons.add("instrument_unknown")
    if written in contract.file.missing:
        return None
    score = number(written, contract)
    if score is None:
        record.reasons.add("score_unreadable")
        return None
    if name == "":
        return None
    scale = vocabulary.instruments[name]
    if not Fraction(str(scale.low)) <= score <= Fraction(str(scale.high)):
        record.reasons.add("score_out_of_range")
    if (score * 10**scale.decimals).denominator != 1:
        record.reasons.add("score_too_precise")
    return score


def set_aside(record: Record, records: Sequence[Record], rule: str) -> None:
    """Adds that a sound record repeats or contradicts others; each is compared with all the others."""
    itself = {"duplicate", "conflicting_scores"}
    if record.reasons - itself:
        return
    repeats = []
    taken = [score for score in record.scores if score[2] is not None]
    for name, day, value in taken:
        same = [
            (other.line, other_value)
            for other in records
            if not other.reasons - itself
            and (other.patient, other.on) == (record.patient, record.on)
            and (rule != "start" or other.start == record.start)
            and (rule != "column" or other.course == record.course)
            for other_name, other_day, other_value in other.scores
            if (other_name, other_day) == (name, day) and other_value is not None
        ]
        if any(other_value != value for _, other_value in same):
            record.reasons.add("conflicting_scores")
        repeats.append(min(line for line, _ in same) < record.line)
    if taken and all(repeats) and "conflicting_scores" not in record.reasons:
        record.reasons.add("duplicate")
