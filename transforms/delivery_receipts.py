"""A clinic's receipt: every line that was set aside, by its number and column, with each reason and what to do.

No cell is repeated: a reason, a place, a column's declared name. Reading again is `orchestration.examining`.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT, REASONS
from schemas.vocabulary import Vocabulary
from transforms.readings import readings

#: One row for each line that was set aside and each of its reasons.
RECEIPT = {
    "line": pl.Int64, "span": pl.Int64, "column": pl.String, "reason": pl.String, "meaning": pl.String,
    "what_to_do": pl.String,
}  # fmt: skip

#: Reasons that a score, or the items of one, give: where a line has several measures, each is looked at by itself.
OF_A_MEASURE = (
    "score_unreadable", "score_out_of_range", "score_too_precise", "item_impossible", "total_disagrees",
)  # fmt: skip
#: Reasons that a column of ours gives, wherever the contract names it; the first that it names.
OF_A_COLUMN = {
    "patient_missing": ("patient",), "patient_pattern": ("patient",), "date_unreadable": ("date",),
    "start_unreadable": ("start",), "day_unreadable": ("day",), "visit_unknown": ("visit",),
    "instrument_unknown": ("instrument",), "age_unreadable": ("age", "age_band"), "sex_unknown": ("sex",),
    "duration_unreadable": ("duration_weeks", "duration_years"), "sessions_unreadable": ("sessions",),
    "disqualified_unknown": ("disqualified",), "after_data_cut": ("date",), "day_implausible": ("date", "day", "visit"),
}  # fmt: skip
_MEANINGS = {
    reason.id: (f"{reason.sentence[0].upper()}{reason.sentence[1:]}.", f"{reason.mend[0].upper()}{reason.mend[1:]}.")
    for reason in REASONS
}


def meaning(reason: str) -> tuple[str, str]:
    """What a reason means and what to do about it, each as a sentence."""
    return _MEANINGS[reason]


def receipt(
    faulty: pl.DataFrame, records: pl.DataFrame, *, contract: DeliveryContract, vocabulary: Vocabulary
) -> pl.DataFrame:
    """The columns of `RECEIPT`, in the order of lines and reasons; `column` is empty where no single one is to blame.

    `faulty` has `line`, `span` and `reasons` of every record set aside, each once; `records` the text of those that
    could be split, as `Exports` gives it.
    """
    blamed = _blamed(records, contract, vocabulary)
    rows = [
        (line, span, blamed.get((line, reason)) or _column(reason, contract), reason, *_MEANINGS[reason])
        for line, span, reasons in faulty.select("line", "span", "reasons").sort("line").iter_rows()
        for reason, bit in BIT.items()
        if reasons & bit
    ]
    return pl.DataFrame(rows, schema=RECEIPT, orient="row")


def _column(reason: str, contract: DeliveryContract) -> str:
    if reason in OF_A_MEASURE and contract.layout == "long":
        return contract.columns.get("score", "")
    return next((contract.columns[ours] for ours in OF_A_COLUMN.get(reason, ()) if ours in contract.columns), "")


def _blamed(records: pl.DataFrame, contract: DeliveryContract, vocabulary: Vocabulary) -> dict[tuple[int, str], str]:
    """For each line and reason of a measure: the columns of the measures that show it by themselves."""
    found: dict[tuple[int, str], list[str]] = {}
    if contract.layout == "long" or records.is_empty():
        return {}
    for alone, theirs in _each_measure(records, contract):
        (measure,) = alone.measures
        named = measure.column or " + ".join(measure.items)
        judged = readings(theirs, contract=alone, vocabulary=vocabulary).select("line", "reasons")
        for line, reasons in judged.iter_rows():
            for reason in OF_A_MEASURE:
                if reasons & BIT[reason]:
                    found.setdefault((line, reason), []).append(named)
    return {place: "; ".join(names) for place, names in found.items()}


def _each_measure(records: pl.DataFrame, contract: DeliveryContract) -> Iterator[tuple[DeliveryContract, pl.DataFrame]]:
    """Each measure as the only one of its contract, with the records under the names that it has there."""
    keyless = records.with_columns(patient_key=pl.lit(None, pl.UInt64), course_key=pl.lit(None, pl.UInt64))
    shared = [name for name in keyless.columns if not name.startswith(("measure_", "item_", "missing_"))]
    for place, measure in enumerate(contract.measures):
        own = {
            name: name.replace(f"_{place}", "_0", 1)
            for name in keyless.columns
            if name in (f"measure_{place}", f"missing_{place}") or name.startswith(f"item_{place}_")
        }
        yield replace(contract, measures=(measure,)), keyless.select(*shared, *own).rename(own)
