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
    """Distinct codes with their keyed hashes, as `code` and `patient`; several deliveries also have `delivery`."""

    patients: pl.DataFrame
    courses: pl.DataFrame | None = None


def readings(exports: pl.LazyFrame, *, contract: DeliveryContract, vocabulary: Vocabulary, keys: Keys) -> pl.LazyFrame:
    """Typed records: the columns of `Readings`, and `span`, `included`, and `delivery` where the keys have it.

    One row per score; a `visits` or `wide` record gives one row per measure, all with the record's fate. Scores are in
    instrument units and keep their direction. Duplicates are not judged here but in `settle`, over whole deliveries.
    """
    typing = Typing(contract, vocabulary)
    by = several(keys.patients)
    hashed = exports.join(
        keys.patients.lazy().select(*by, _patient="code", patient="patient"),
        left_on=[*by, "patient"],
        right_on=[*by, "_patient"],
        how="left",
    ).rename({"patient": "_code", "patient_right": "patient"})
    if keys.courses is not None:
        courses = keys.courses.lazy().select(*by, episode="code", course="patient")
        hashed = hashed.join(courses, on=[*by, "episode"], how="left")
    typed = hashed.with_columns(**typing.values()).with_columns(**typing.scores()).with_columns(**typing.units())
    judged = typed.with_columns(included=typing.included()).with_columns(reasons=_mask(typing.faults()))
    # What the contract leaves out is not described by it either, so it cannot be faulty.
    judged = judged.with_columns(reasons=pl.when("included").then("reasons").otherwise(0).cast(pl.UInt32))
    return typing.one_row_per_score(judged, also=by)


#: What keeps two courses apart that a patient had on one day, by the rule that tells courses apart.
_TELLS_APART = {"start": ("start",), "column": ("course",)}


def settle(rows: pl.DataFrame, *, episodes: str) -> pl.DataFrame:
    """`line` and `reasons` of records that repeat an earlier one, or contradict another about one day of a course.

    `rows` are accepted and scored: line, patient, start, date, nominal_day, course, instrument, score; `episodes` is
    the contract's rule for courses. A repetition leaves the first record; contradicting scores set all of their
    records aside (METHODS, section 7.1).
    """
    by = several(rows)
    key = [*by, "patient", "date", "instrument"]
    further = ("nominal_day", *_TELLS_APART.get(episodes, ()))
    key += [name for name in further if rows[name].null_count() < rows.height]
    ends = (pl.len().alias("records"), pl.col("score").min().alias("low"), pl.col("score").max().alias("high"))
    repeated = rows.group_by(key).agg(*ends, first=pl.col("line").min()).filter(pl.col("records") > 1)
    if repeated.is_empty():
        return rows.select(*by, "line", "reasons").clear()
    marked = rows.join(repeated, on=key, nulls_equal=True).with_columns(conflict=pl.col("low") < pl.col("high"))
    conflicting = marked.filter("conflict").select(*by, "line", reasons=pl.lit(BIT["conflicting_scores"], pl.UInt32))
    again = marked.filter(~pl.col("conflict") & (pl.col("line") > pl.col("first"))).group_by(*by, "line").len("repeats")
    scores = rows.join(again, on=[*by, "line"], how="semi").group_by(*by, "line").len("scores")
    wholly = again.join(scores, on=[*by, "line"]).filter(pl.col("repeats") == pl.col("scores"))
    duplicates = wholly.select(*by, "line", reasons=pl.lit(BIT["duplicate"], pl.UInt32))
    return pl.concat([conflicting, duplicates]).group_by(*by, "line").agg(pl.col("reasons").max())


def patient_codes(exports: pl.LazyFrame, contract: DeliveryContract) -> pl.LazyFrame:
    """The distinct patient codes that have the shape their contract declares: `patient`, and `delivery` if there."""
    by = several(exports)
    form = canonical(pl.col("patient"))
    codes = exports.select(*by, "patient").unique().filter(given(pl.col("patient"), contract) & (form != ""))
    if contract.patient_pattern:
        codes = codes.filter(form.str.contains(f"(?i)^(?:{contract.patient_pattern})$"))
    return codes


def several(frame: pl.DataFrame | pl.LazyFrame) -> tuple[str, ...]:
    """The column that tells deliveries apart in a frame that holds several."""
    return ("delivery",) if "delivery" in frame.collect_schema() else ()


def _mask(faults: Mapping[str, pl.Expr]) -> pl.Expr:
    bits = [
        pl.when(fault.fill_null(value=False)).then(BIT[name]).otherwise(0).cast(pl.UInt32)
        for name, fault in faults.items()
    ]
    return pl.sum_horizontal(bits).cast(pl.UInt32) if bits else pl.lit(0, pl.UInt32)
