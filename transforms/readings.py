"""Exports become readings: text is typed without strictness, and every record gets one fate and all its reasons.

Nothing is repaired: a value that does not fit sets its record aside. Splitting is `sources`, linking `episodes`.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT
from schemas.vocabulary import Vocabulary
from transforms import pseudonyms
from transforms.distinct_cells import each_once
from transforms.typed_cells import Typing


def readings(exports: pl.DataFrame, *, contract: DeliveryContract, vocabulary: Vocabulary) -> pl.DataFrame:
    """Typed records: the columns of `Readings`, and `span`, `included`, and `delivery` where the exports have it.

    `exports` has the text columns, and the keyed hashes `patient_key` and `course_key`. One row per score; a `visits`
    or `wide` record gives one row per measure, all with the record's fate. Scores are in instrument units and keep
    their direction; where the contract names items, `rounded` says whether a total is their score, but rounded.
    Reasons in `released`, a mask that the exports may have, count for nothing: a person has signed them off.
    Duplicates are not judged here but in `settle`, over whole deliveries.
    """
    typing, by = Typing(contract, vocabulary), several(exports)
    known = exports.select(*by, "line", "span", patient="patient_key", course="course_key")
    typed = known.hstack(each_once(exports, typing.meanings())).with_columns(**typing.units())
    judged = typed.with_columns(included=typing.included(), reasons=_mask(typing.faults()))
    if "released" in exports.columns:
        judged = judged.with_columns(reasons=pl.col("reasons") & ~exports["released"])
    # What the contract leaves out is not described by it either, so it cannot be faulty.
    judged = judged.with_columns(reasons=pl.when("included").then("reasons").otherwise(0).cast(pl.UInt32))
    if not typing.items:
        return typing.one_row_per_score(judged, also=(*by, "disguise"))
    return typing.one_row_per_score(judged.with_columns(rounded=typing.rounded()), also=(*by, "disguise", "rounded"))


def keyed_records(
    exports: pl.DataFrame, *, contract: DeliveryContract, sources: Sequence[str], key: bytes
) -> pl.DataFrame:
    """`exports` with `patient_key` and `course_key`, keyed hashes of the clinics' codes.

    `sources` gives the source of each place in the column `delivery`. A patient's code has a hash only if it is of the
    shape that the contract declares.
    """
    names = sorted(set(sources))
    owner = pl.Series([names.index(one) for one in sources], dtype=pl.Int32)
    keyed = partial(pseudonyms.keyed_together, owners=owner.gather(exports["delivery"]), sources=names, key=key)
    patients = keyed(exports["patient"], shape=contract.patient_pattern or "", blank=contract.file.missing)
    coded = "episode" in contract.columns
    courses = keyed(exports["episode"], label=pseudonyms.COURSE) if coded else pl.lit(None, pl.UInt64)
    return exports.with_columns(patient_key=patients, course_key=courses)


#: What keeps two courses apart that a patient had on one day, by the rule that tells courses apart.
TELLS_APART = {"start": "start", "column": "course"}


def settle(rows: pl.DataFrame, *, episodes: str) -> pl.DataFrame:
    """`line` and `reasons` of records that repeat an earlier one, or contradict another about one day of a course.

    `rows` are typed records, of which those that are accepted and have a score count; `episodes` is the contract's rule
    for courses. A repetition leaves the first record; contradicting scores set all of their records aside (METHODS,
    section 7.1).
    """
    accepted = (pl.col("reasons") == 0) & pl.col("score").is_not_null()
    accepted &= pl.col("included") if "included" in rows.columns else pl.lit(value=True)
    by = several(rows)
    key = [*by, "patient", "date", "instrument"]
    further = ("nominal_day", *([TELLS_APART[episodes]] if episodes in TELLS_APART else []))
    key += [name for name in further if rows[name].null_count() < rows.height]
    # Rows whose keys hash apart are apart; only the few others are looked at closely.
    suspects = rows.filter(accepted & _alike(rows.select(key).hash_rows()))
    ends = (pl.len().alias("records"), pl.col("score").min().alias("low"), pl.col("score").max().alias("high"))
    repeated = suspects.group_by(key).agg(*ends, first=pl.col("line").min()).filter(pl.col("records") > 1)
    if repeated.is_empty():
        return rows.select(*by, "line", "reasons").clear()
    marked = suspects.join(repeated, on=key, nulls_equal=True).with_columns(conflict=pl.col("low") < pl.col("high"))
    conflicting = marked.filter("conflict").select(*by, "line", reasons=pl.lit(BIT["conflicting_scores"], pl.UInt32))
    again = marked.filter(~pl.col("conflict") & (pl.col("line") > pl.col("first"))).group_by(*by, "line").len("repeats")
    lines = rows.join(again, on=[*by, "line"], how="semi")
    scores = lines.filter(accepted).group_by(*by, "line").len("scores")
    wholly = again.join(scores, on=[*by, "line"]).filter(pl.col("repeats") == pl.col("scores"))
    duplicates = wholly.select(*by, "line", reasons=pl.lit(BIT["duplicate"], pl.UInt32))
    return pl.concat([conflicting, duplicates]).group_by(*by, "line").agg(pl.col("reasons").max())


def _alike(hashes: pl.Series) -> pl.Series:
    """Which hashes are there more than once; sorted numbers need less room than groups of them."""
    in_order = hashes.sort()
    return hashes.is_in(in_order.filter(in_order == in_order.shift()).unique().implode())


def several(frame: pl.DataFrame | pl.LazyFrame) -> tuple[str, ...]:
    """The column that tells deliveries apart in a frame that holds several."""
    return ("delivery",) if "delivery" in frame.collect_schema() else ()


def _mask(faults: Mapping[str, pl.Expr]) -> pl.Expr:
    bits = [fault.fill_null(value=False).cast(pl.UInt32) * BIT[name] for name, fault in faults.items()]
    return pl.sum_horizontal(bits).cast(pl.UInt32) if bits else pl.lit(0, pl.UInt32)
