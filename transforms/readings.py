"""Exports become readings: text is typed without strictness, and every record gets one fate and all its reasons.

Nothing is repaired: a value that does not fit sets its record aside. Splitting is `sources`, linking `episodes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT
from schemas.vocabulary import Vocabulary
from transforms.pseudonyms import canonical
from transforms.typed_cells import Typing, given


@dataclass(frozen=True)
class Keys:
    """Distinct codes of a delivery with their keyed hashes; `patterned` says which codes have the declared shape."""

    patients: pl.DataFrame
    courses: pl.DataFrame | None = None


def readings(exports: pl.LazyFrame, *, contract: DeliveryContract, vocabulary: Vocabulary, keys: Keys) -> pl.LazyFrame:
    """Typed records of one delivery: the columns of `Readings` and `span`, `included`; scores in instrument units.

    One row per score; a `visits` or `wide` record gives one row per measure, all with the record's fate. Scores keep
    the direction of their instrument. Duplicates are not judged here but in `settle`, over the whole delivery.
    """
    typing = Typing(contract, vocabulary)
    hashed = exports.join(
        keys.patients.lazy().select(_patient="code", patient="patient"),
        left_on="patient",
        right_on="_patient",
        how="left",
    ).rename({"patient": "_code", "patient_right": "patient"})
    if keys.courses is not None:
        courses = keys.courses.lazy().select(episode="code", course="patient")
        hashed = hashed.join(courses, on="episode", how="left")
    typed = hashed.with_columns(**typing.values()).with_columns(**typing.scores())
    judged = typed.with_columns(included=typing.included()).with_columns(reasons=_mask(typing.faults()))
    # What the contract leaves out is not described by it either, so it cannot be faulty.
    judged = judged.with_columns(reasons=pl.when("included").then("reasons").otherwise(0).cast(pl.UInt32))
    return typing.one_row_per_score(judged)


def settle(rows: pl.DataFrame) -> pl.DataFrame:
    """`line` and `reasons` of records that repeat an earlier one, or contradict another about one day.

    `rows` are accepted scored rows (line, patient, date, nominal_day, course, instrument, score). An exact repetition
    leaves the first record; contradicting scores set all of their records aside (METHODS, section 7.1).
    """
    key = ["patient", "start", "date", "nominal_day", "instrument"]
    key += ["course"] if rows["course"].null_count() < rows.height else []
    repeated = rows.filter(pl.struct(key).is_duplicated())
    if repeated.is_empty():
        return pl.DataFrame(schema={"line": pl.Int32, "reasons": pl.UInt32})
    conflict = pl.col("score").n_unique().over(key) > 1
    again = (pl.col("line") > pl.col("line").min().over(key)) & ~conflict
    marked = repeated.with_columns(conflict=conflict, again=again)
    conflicting = marked.filter("conflict").select("line", reasons=pl.lit(BIT["conflicting_scores"], pl.UInt32))
    by_line = rows.group_by("line").len("scores")
    wholly = (
        marked.filter("again")
        .group_by("line")
        .len("repeats")
        .join(by_line, on="line")
        .filter(pl.col("repeats") == pl.col("scores"))
    )
    duplicates = wholly.select("line", reasons=pl.lit(BIT["duplicate"], pl.UInt32))
    return pl.concat([conflicting, duplicates]).group_by("line").agg(pl.col("reasons").max())


def patient_codes(exports: pl.LazyFrame, contract: DeliveryContract) -> pl.LazyFrame:
    """The distinct patient codes of a delivery that have the shape its contract declares, as one column `patient`."""
    codes = exports.select(pl.col("patient")).unique().filter(given(pl.col("patient"), contract))
    if contract.patient_pattern:
        shaped = canonical(pl.col("patient")).str.contains(f"(?i)^(?:{contract.patient_pattern})$")
        codes = codes.filter(shaped)
    return codes


def _mask(faults: Mapping[str, pl.Expr]) -> pl.Expr:
    bits = [
        pl.when(fault.fill_null(value=False)).then(BIT[name]).otherwise(0).cast(pl.UInt32)
        for name, fault in faults.items()
    ]
    return pl.sum_horizontal(bits).cast(pl.UInt32) if bits else pl.lit(0, pl.UInt32)
