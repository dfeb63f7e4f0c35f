"""Table of readings: what each physical record of a delivery says, and why it was set aside if it was.

Which reasons exist, and what a clinic should do about each, is decided here; they are found in `transforms`.
"""

from dataclasses import dataclass
from typing import ClassVar

from schemas.contract import Column, Table
from schemas.delivery_contract import AGE_BANDS, SEXES


@dataclass(frozen=True)
class Reason:
    """Why a record can be set aside: an id, what is wrong, and what the clinic can do about it."""

    id: str
    sentence: str
    mend: str


REASONS = (
    Reason("damaged_record", "a quoted cell is not closed as quoting rules ask",
           "export again with standard quoting"),
    Reason("wrong_width", "the record, or a piece of it on the next line, has more or fewer cells than the header",
           "look for a stray delimiter or line end"),
    Reason("cut_short", "the file ends without a line end, so its last record may be cut",
           "send the whole file again"),
    Reason("patient_missing", "there is no patient code",
           "fill in the code that the clinic gave this patient"),
    Reason("patient_pattern", "the patient code is not of the shape that the contract declares",
           "use the clinic's own codes"),
    Reason("date_unreadable", "the date is not one in the declared order",
           "write the date as the contract declares it"),
    Reason("start_unreadable", "the start of treatment is not a date",
           "write the date as the contract declares it"),
    Reason("day_unreadable", "the day is not a whole number",
           "write whole days since the start of treatment"),
    Reason("visit_unknown", "the visit code is not in the contract",
           "add the code to [codes.visit] or correct it"),
    Reason("instrument_unknown", "the measure's code is not in the contract",
           "add it to [codes.instrument] or correct it"),
    Reason("score_unreadable", "the score is not a plain number",
           "write the number alone; declare codes for missing"),
    Reason("score_out_of_range", "the score is outside the instrument's range",
           "check the instrument and its version"),
    Reason("score_too_precise", "the score has more decimals than the instrument can have",
           "send the score, not an average"),
    Reason("age_unreadable", "the age is not a whole number of years from 0 to 120, or not a declared band",
           "correct the age"),
    Reason("sex_unknown", "the code for sex is not in the contract",
           "add it to [codes.sex] or correct it"),
    Reason("duration_unreadable", "the duration of complaints is not a plain number",
           "write the number alone"),
    Reason("sessions_unreadable", "the number of sessions is not a whole number",
           "write the number alone"),
    Reason("disqualified_unknown", "the code for a disqualifying event is not in the contract",
           "declare it in [codes.disqualified]"),
    Reason("after_data_cut", "the date lies after the day that the delivery speaks for, or after the day it came",
           "correct the date or the data cut"),
    Reason("day_implausible", "the date is too far from the start of treatment to be a visit",
           "check both dates"),
    Reason("duplicate", "an earlier record says the same",
           "there is nothing to do, the first one counts"),
    Reason("conflicting_scores", "two records give different scores for one day",
           "send the right one"),
    Reason("cell_not_plain", "a cell is a formula, an error, merged with another, or a date where none belongs",
           "paste the values, each in a cell of its own"),
    Reason("against_dictionary", "a cell is not one that the project's data dictionary allows",
           "correct it, or send the dictionary of this export"),
    Reason("item_impossible", "an item has an answer that its form does not have",
           "correct it; declare codes for missing"),
    Reason("total_disagrees", "the total is not what its items give",
           "check both; send the right ones"),
    Reason("reference_missing", "it refers to something that is not in the delivery",
           "send what belongs together in one delivery"),
    Reason("not_final", "it is not marked as final, or an extension changes what it means",
           "send it once it is final"),
    Reason("code_unclear",
           "the patient code is damaged text, a word such as total, or another's but for characters that nobody sees",
           "send the clinic's own codes, as plain text"),
    Reason("other_date_order", "the date has day and month in the other order than declared",
           "write every date as the contract declares it"),
    Reason("withdrawn", "the patient takes no part any more",
           "there is nothing to do, the record counts nowhere"),
)  # fmt: skip
REASON_IDS = tuple(reason.id for reason in REASONS)
BIT = {reason: 1 << place for place, reason in enumerate(REASON_IDS)}

#: Codes of readings are places in these lists: small numbers instead of words, row after row.


class Readings(Table):
    """One row per score of a physical record of a delivery; one row for a record that was set aside."""

    NAME: ClassVar[str] = "readings"
    line = Column("whole", "Line of the delivered file, counted from 1, header included.", least=1)
    patient = Column("key", "First 64 bits of the patient's pseudonym; never the clinic's code.", empty=True)
    cohort = Column("small", "Place of the arm in the contract's list; empty in a clinic's file.", empty=True, least=0)
    instrument = Column("small", "Place of the instrument in the vocabulary's sorted list.", empty=True, least=0)
    date = Column("date", "Day of the assessment; empty where days are nominal.", empty=True)
    start = Column("date", "Day treatment began, where the delivery says so.", empty=True)
    nominal_day = Column("small", "Days from the start where the delivery gives no dates.", empty=True)
    course = Column("key", "First 64 bits of the keyed hash of the clinic's course code, where it has one.", empty=True)
    score = Column("whole", "Score in units of the instrument's finest decimal; empty means not measured.", empty=True)
    age_band = Column("small", "Place in the list of ten-year age bands.", empty=True, least=0, most=len(AGE_BANDS) - 1)
    sex = Column("small", "Place in the list of words for sex.", empty=True, least=0, most=len(SEXES) - 1)
    duration_weeks = Column("small", "Weeks of complaints before treatment.", empty=True, least=0)
    sessions = Column("small", "Sessions of treatment so far.", empty=True, least=0)
    disqualified = Column("flag", "Whether an event makes this patient a non-responder by a trial's rule.", empty=True)
    reasons = Column("mask", "One bit for each reason the record was set aside; 0 means accepted.")
