"""Whether the columns of a delivery hold what its contract declares: too many faults of one kind refuse the whole file.

One faulty record is set aside by itself; here it is asked whether so many are that no other record can be trusted.
Sentences repeat no value and no exact number. What numbers can mean is `meaning`.
"""

from collections.abc import Iterator

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT
from schemas.vocabulary import Vocabulary
from transforms.sources import RefusedDelivery

#: Of a sound export, one record in fifty is faulty; more than one in twenty, and the column changed (RELIABILITY D04).
MOST_UNREADABLE = 0.05
#: A share of few records is chance: so many records, and so many faulty ones among them.
FEWEST_RECORDS, FEWEST_FAULTY = 20, 5

#: Reasons that a column is of another type than declared, and what it should hold.
_COLUMNS = {
    "date_unreadable": "date",
    "start_unreadable": "date",
    "day_unreadable": "whole days, such as 28",
    "visit_unknown": "the visit codes of the contract",
    "score_unreadable": "plain numbers, such as 7 or 7.5",
    "age_unreadable": "ages in whole years, or the declared bands",
    "sex_unknown": "the codes for sex of the contract",
    "duration_unreadable": "plain numbers, such as 52",
    "sessions_unreadable": "whole numbers, such as 10",
}
_EXAMPLES = {"iso": "2026-01-31", "dmy": "31/01/2026", "mdy": "01/31/2026", "excel": "2026-01-31", "none": ""}


def refusals(rows: pl.DataFrame, *, contract: DeliveryContract, vocabulary: Vocabulary) -> dict[int, RefusedDelivery]:
    """Why deliveries are refused, by their place: the rule and a sentence, where one is not what its contract declares.

    `rows` are typed records of deliveries of one contract with `delivery`, `included` and all of their `reasons`.
    """
    found: dict[int, RefusedDelivery] = {}
    reasons = (*_COLUMNS, "other_date_order")
    records = _counted(rows, contract)
    counted = records.group_by("delivery").agg(
        pl.col("records").sum(),
        *(pl.col("records").filter(_has(reason)).sum().alias(reason) for reason in reasons),
    )  # fmt: skip
    for one in counted.sort("delivery").iter_rows(named=True):
        if one["other_date_order"]:
            found[one["delivery"]] = _other_order(contract)
        for reason, wanted in _COLUMNS.items():
            if _too_many(one[reason], one["records"]):
                found.setdefault(one["delivery"], _type_changed(reason, wanted, contract))
    for delivery, name in _not_of_the_scale(records, contract, vocabulary):
        found.setdefault(delivery, _unit_changed(name))
    return found


def _counted(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    """How many `records` that are included have which reasons: by delivery and, where one is one score, instrument."""
    kept = ["delivery", "instrument", "reasons"] if contract.layout == "long" else ["delivery", "line", "reasons"]
    each = rows.lazy().filter("included", ~_has("withdrawn")).select(kept)
    records = each if contract.layout == "long" else each.unique(["delivery", "line"]).drop("line")
    return records.group_by(pl.all()).agg(pl.len().alias("records")).collect(engine="streaming")


def _has(reason: str) -> pl.Expr:
    return (pl.col("reasons") & BIT[reason]) > 0


def _too_many(faulty: int, records: int) -> bool:
    return records >= FEWEST_RECORDS and faulty >= FEWEST_FAULTY and faulty > MOST_UNREADABLE * records


def _not_of_the_scale(
    records: pl.DataFrame, contract: DeliveryContract, vocabulary: Vocabulary
) -> Iterator[tuple[int, str]]:
    """Deliveries with too many scores that an instrument does not have; which one, where a line has only one."""
    by = ["delivery", "instrument"] if contract.layout == "long" else ["delivery"]
    faulty = _has("score_out_of_range") | _has("score_too_precise")
    counted = records.group_by(by).agg(
        pl.col("records").sum(), faulty=pl.col("records").filter(faulty).sum()
    )  # fmt: skip
    names = sorted(vocabulary.instruments)
    for one in counted.sort(by, nulls_last=True).iter_rows(named=True):
        if _too_many(one["faulty"], one["records"]):
            place = one.get("instrument")
            yield one["delivery"], names[place] if place is not None else ", ".join(contract.instruments)


def _other_order(contract: DeliveryContract) -> RefusedDelivery:
    said = _EXAMPLES[contract.file.dates]
    return RefusedDelivery(
        "date_order",
        f"Dates that are none in the declared order ({contract.file.dates}, such as {said}) are dates with day and "
        "month exchanged, so no date of the file can be trusted. Export them all in one order, and declare it.",
    )


def _type_changed(reason: str, wanted: str, contract: DeliveryContract) -> RefusedDelivery:
    expected = f"dates such as {_EXAMPLES[contract.file.dates]}" if wanted == "date" else wanted
    return RefusedDelivery(
        "column_changed",
        f"More than {MOST_UNREADABLE:.0%} of the records are set aside as {reason}: the column is not what it was "
        f"declared to be. Expected {expected}. Export it so, or change the contract and raise its version.",
    )


def _unit_changed(instrument: str) -> RefusedDelivery:
    return RefusedDelivery(
        "unit_changed",
        f"More than {MOST_UNREADABLE:.0%} of the scores of {instrument} are outside its range, or finer than it can "
        "be: another scale, another version, or percent were sent. Ask the clinic which; declare it, and raise the "
        "contract's version.",
    )
