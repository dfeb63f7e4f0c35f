"""Split deliveries judged: typed rows, one fate for every line, and what is told of each delivery.

Deliveries whose contracts type alike are judged together. How they are split is in `splitting`, storing what comes out
in `reading`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.splitting import Split
from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT, REASON_IDS, Readings
from schemas.vocabulary import Vocabulary
from transforms.declared_columns import refusals
from transforms.patient_codes import mistaken
from transforms.readings import keyed_records, readings, settle
from transforms.sign_offs import signed_off
from transforms.sources import RefusedDelivery, our_columns

#: So many lines are judged at once: enough to share the fixed cost of a pass, few enough to keep memory flat.
ROWS_AT_ONCE = 250_000
#: What is said of a delivery with such totals. How many there are is not: few lines can be few patients.
ROUNDED = "Some totals are their items' scores, but rounded; they were used as they were delivered."


@dataclass(frozen=True)
class Reading:
    """What became of a delivery: its lines by fate, reasons, the day it speaks for, and where its rows are."""

    delivery: str
    source: str
    contract_version: int
    lines: int = 0
    header: int = 0
    accepted: int = 0
    quarantined: int = 0
    blank: int = 0
    left_out: int = 0
    rounded: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, int] = field(default_factory=dict)
    data_to: date | None = None
    refusal: str = ""
    explanation: str = ""
    rows_sha256: str = ""
    folder: str = ""

    @property
    def balanced(self) -> bool:
        """Whether every physical line has exactly one fate."""
        return self.header + self.accepted + self.quarantined + self.blank == self.lines


class LinesDoNotAddUp(Exception):
    """A delivery's lines do not add up: our fault, and the run stops (exit 70)."""


#: A delivery's fate, its rows, and the folder that they go to.
Judged = tuple[Reading, pl.DataFrame, Path]


def judged(group: Sequence[Split], vocabulary: Vocabulary, key: bytes) -> list[Judged]:
    """Rows and fates of deliveries whose contracts type alike, in their order."""
    contract = group[0].contract
    typed = [readings(records, contract=contract, vocabulary=vocabulary) for records in _records(group, key)]
    settled = _without_withdrawn(_settled(_unmistaken(pl.concat(typed)), contract), group)
    rows = pl.concat([settled, *_set_aside(group)], how="diagonal")
    told, latest, rounded = _fates(rows, contract), _latest(rows), _rounded(rows)
    turned_down = refusals(rows, contract=contract, vocabulary=vocabulary)
    parts = _by_delivery(_in_order(_kept(rows)))
    nothing, found = Readings.empty(), list[Judged]()
    for at, one in enumerate(group):
        reading = _noted(_tally(one, told.get(at, []), _speaks_to(one, latest.get(at))), one, rounded.get(at, 0))
        if at in turned_down:
            found.append((_turned_down(reading, turned_down[at]), nothing, one.folder))
        else:
            found.append((reading, parts.get(at, nothing), one.folder))
    return found


def _kept(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows but for those that the contract leaves out."""
    kept = rows["included"] | (rows["reasons"] > 0)
    return rows if kept.all(ignore_nulls=False) else rows.filter(kept)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by delivery, line, and measure of a line."""
    place = pl.col("delivery").cast(pl.Int64) * 2**32 + pl.col("line")
    if rows.select((place.diff() > 0).all()).item():  # one row a line, as files are read
        return rows
    return rows.sort("delivery", "line", "instrument", "nominal_day")


def _by_delivery(rows: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """The columns of `Readings` of each delivery that has a row; `rows` are sorted by delivery."""
    kept, runs = rows.select(list(Readings.columns())), rows["delivery"].rle().struct.unnest()
    ends = runs["len"].cum_sum()
    return {at: kept.slice(end - count, count) for count, at, end in zip(runs["len"], runs["value"], ends, strict=True)}


def refused(one: Split) -> Judged:
    """The fate of a delivery that was refused as a whole: all of its lines are set aside."""
    reading = Reading(
        one.delivery.id, one.delivery.source, one.contract.version, lines=one.lines, quarantined=one.lines,
        refusal=one.refusal, explanation=one.explanation, folder=one.folder.name,
    )  # fmt: skip
    return reading, Readings.empty(), one.folder


def _turned_down(reading: Reading, why: RefusedDelivery) -> Reading:
    """The fate of a delivery of which no line is used, because too many show that it is not what was declared."""
    return replace(
        reading, header=0, accepted=0, blank=0, left_out=0, rounded=0, quarantined=reading.lines, data_to=None,
        refusal=why.rule, explanation=why.explanation,
    )  # fmt: skip


def _records(group: Sequence[Split], key: bytes) -> Iterator[pl.DataFrame]:
    """Records of all deliveries with their place in the group and their keyed hashes, so many at a time."""
    contract, sources = group[0].contract, [one.contract.source for one in group]
    columns = ["line", "span", *our_columns(contract)]  # contracts may name them in any order
    signed = any(one.said for one in group)
    waiting: list[pl.DataFrame] = []
    height = 0
    for at, one in enumerate(group):
        for records in _pieces(one, columns):
            placed = records.with_columns(delivery=pl.lit(at, pl.Int32))
            waiting.append(placed.with_columns(released=signed_off(one.said)) if signed else placed)
            height += records.height
            if height >= ROWS_AT_ONCE:
                yield keyed_records(pl.concat(waiting), contract=contract, sources=sources, key=key)
                waiting, height = [], 0
    if waiting:
        yield keyed_records(pl.concat(waiting), contract=contract, sources=sources, key=key)


def _pieces(one: Split, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    if one.exports is None:
        return
    records = one.exports.records.select(columns)
    if one.lines <= ROWS_AT_ONCE:
        yield records.collect(engine="in-memory")
    else:
        yield from records.collect_batches(chunk_size=ROWS_AT_ONCE)


def _unmistaken(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows; those of patients whose code is written in two ways that look alike are set aside."""
    twice = mistaken(rows)
    if twice.is_empty():
        return rows
    marked = rows.join(twice.with_columns(twice=BIT["code_unclear"]), on=["delivery", "patient"], how="left")
    unclear = pl.when("included").then(pl.col("twice").fill_null(0)).otherwise(0).cast(pl.UInt32)
    both = marked.group_by("delivery", "line").agg(twice=unclear.max())
    joined = rows.join(both, on=["delivery", "line"], how="left", maintain_order="left")
    return joined.with_columns(reasons=pl.col("reasons") | pl.col("twice")).drop("twice")


def _settled(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    marked = settle(rows, episodes=contract.episodes)
    if marked.is_empty():
        return rows
    again = rows.select("delivery", "line").join(marked, on=["delivery", "line"], how="left", maintain_order="left")
    return rows.with_columns(reasons=pl.col("reasons") | again["reasons"].fill_null(0))


def _without_withdrawn(rows: pl.DataFrame, group: Sequence[Split]) -> pl.DataFrame:
    """The rows; of patients who were withdrawn nothing else is said, whatever is wrong with them."""
    gone = [(at, patient) for at, one in enumerate(group) for patient in one.withdrawn]
    if not gone:
        return rows
    named = pl.DataFrame(gone, schema={"delivery": pl.Int32, "patient": pl.UInt64}, orient="row")
    marked = rows.join(named.with_columns(gone=True), on=named.columns, how="left", maintain_order="left")
    set_aside = marked["gone"].fill_null(value=False) & marked["included"]
    alone = pl.when(set_aside).then(pl.lit(BIT["withdrawn"], pl.UInt32)).otherwise("reasons")
    return rows.with_columns(reasons=alone)


def _set_aside(group: Sequence[Split]) -> list[pl.DataFrame]:
    """Records that could not be split, as rows with nothing but a line and a reason."""
    reasons = pl.col("reason").replace_strict(BIT, default=0, return_dtype=pl.UInt32)
    return [
        one.exports.damaged.select(
            "line", "span", reasons=reasons, included=pl.lit(value=True), delivery=pl.lit(at, pl.Int32)
        )
        for at, one in enumerate(group)
        if one.exports and one.exports.damaged.height
    ]


def _fates(rows: pl.DataFrame, contract: DeliveryContract) -> dict[int, list[dict[str, Any]]]:
    """For each delivery: how many lines, from which on, had which reasons, and were included or not."""
    each = ("delivery", "line", "span", "reasons", "included")
    records = rows if contract.layout == "long" else rows.select(each).unique(["delivery", "line"])
    fates = records.lazy().group_by("delivery", "reasons", "included").agg(pl.col("span").sum(), pl.col("line").min())
    counted = fates.collect(engine="streaming")  # few groups of many rows
    found: dict[int, list[dict[str, Any]]] = {}
    for fate in counted.iter_rows(named=True):
        found.setdefault(fate["delivery"], []).append(fate)
    return found


def _latest(rows: pl.DataFrame) -> dict[int, date]:
    """The latest assessment of each delivery, among what was accepted."""
    dated = rows.filter((pl.col("reasons") == 0) & pl.col("date").is_not_null())
    return dict(dated.group_by("delivery").agg(pl.col("date").max()).iter_rows())


def _rounded(rows: pl.DataFrame) -> dict[int, int]:
    """How many records of each delivery have a total that is its items' score, but rounded, among what was accepted."""
    if "rounded" not in rows.columns:
        return {}
    found = rows.filter((pl.col("reasons") == 0) & pl.col("rounded") & pl.col("included"))
    return dict(found.group_by("delivery").agg(pl.col("line").n_unique()).iter_rows())


def _noted(reading: Reading, one: Split, rounded: int) -> Reading:
    """The reading with what is to be said of the file as a whole, though it was not refused."""
    notes = [*(one.exports.notes if one.exports else ()), *([ROUNDED] if rounded else [])]
    return replace(reading, rounded=rounded, explanation=" ".join(notes))


def _tally(one: Split, fates: Sequence[Mapping[str, Any]], data_to: date | None) -> Reading:
    exports, contract = one.exports, one.contract
    if exports is None:
        raise LinesDoNotAddUp(f"{contract.source}: a refused delivery has no records to count")
    faulty = {reason: [fate for fate in fates if fate["reasons"] & BIT[reason]] for reason in REASON_IDS}
    reading = Reading(
        delivery=one.delivery.id,
        source=one.delivery.source,
        contract_version=contract.version,
        lines=exports.lines,
        header=exports.header,
        accepted=sum(fate["span"] for fate in fates if fate["reasons"] == 0),
        quarantined=sum(fate["span"] for fate in fates if fate["reasons"]),
        blank=exports.blank,
        left_out=sum(fate["span"] for fate in fates if fate["reasons"] == 0 and not fate["included"]),
        reasons={reason: sum(fate["span"] for fate in found) for reason, found in faulty.items() if found},
        first_lines={reason: min(fate["line"] for fate in found) for reason, found in faulty.items() if found},
        data_to=data_to,
        folder=one.folder.name,
    )
    if not reading.balanced:
        raise LinesDoNotAddUp(
            f"{reading.source}, delivery {reading.delivery}: {reading.header} header + {reading.accepted} accepted + "
            f"{reading.quarantined} set aside + {reading.blank} blank are not {reading.lines} lines. "
            "Nothing was published; this is a fault of Verum: please report it."
        )
    return reading


def _speaks_to(one: Split, latest: date | None) -> date | None:
    """The last day that a delivery speaks for."""
    return one.contract.data_cut.on if one.contract.data_cut.kind == "date" else latest
