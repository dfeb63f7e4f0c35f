"""Split deliveries judged: typed rows, one fate for every line, and what is told of each delivery.

Deliveries whose contracts type alike are judged together. Storing what comes out is `reading`.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.landing import Delivery
from orchestration.settings import Home
from schemas.delivery_contract import FORMATS_OF_LINES, DataCut, DeliveryContract
from schemas.readings import BIT, REASON_IDS, Readings
from schemas.vocabulary import Vocabulary
from transforms.readings import keyed_records, readings, settle
from transforms.sources import Exports, RefusedDelivery, our_columns, read_all
from transforms.typed_cells import as_date

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


@dataclass(frozen=True)
class Split:
    """A delivery on its way: split into records, or refused; its contract has the data cut of this delivery."""

    delivery: Delivery
    contract: DeliveryContract
    folder: Path
    scratch: Path
    lines: int
    exports: Exports | None = None
    refusal: str = ""
    explanation: str = ""


#: A delivery's fate, its rows, and the folder that they go to.
Judged = tuple[Reading, pl.DataFrame, Path]


def split(home: Home, asked: Sequence[tuple[Delivery, DeliveryContract, Path]]) -> list[Split]:
    """The records of each delivery's copy in the vault, still text, or why it is refused."""
    scratches = [Path(tempfile.mkdtemp(dir=home.scratch)) for _ in asked]
    files = [
        (home.vault / delivery.sha256, contract, scratch)
        for (delivery, contract, _), scratch in zip(asked, scratches, strict=True)
    ]
    found = zip(asked, scratches, read_all(files), strict=True)
    return [_split(home, *one, scratch, exports) for one, scratch, exports in found]


def _split(
    home: Home,
    delivery: Delivery,
    contract: DeliveryContract,
    folder: Path,
    scratch: Path,
    exports: Exports | RefusedDelivery,
) -> Split:
    try:
        if isinstance(exports, RefusedDelivery):
            raise exports
        cut = _data_cut(exports, delivery, contract)
        dated = replace(contract, data_cut=DataCut("date", on=cut)) if cut else contract
        return Split(delivery, dated, folder, scratch, exports.lines, exports)
    except RefusedDelivery as refused:
        return Split(
            delivery,
            contract,
            folder,
            scratch,
            physical_lines(home.vault / delivery.sha256) if contract.format in FORMATS_OF_LINES else 0,
            refusal=refused.rule,
            explanation=refused.explanation,
        )


def judged(group: Sequence[Split], vocabulary: Vocabulary, key: bytes) -> list[Judged]:
    """Rows and fates of deliveries whose contracts type alike, in their order."""
    contract = group[0].contract
    typed = [readings(records, contract=contract, vocabulary=vocabulary) for records in _records(group, key)]
    rows = pl.concat([_settled(pl.concat(typed), contract), *_set_aside(group)], how="diagonal")
    told, latest, rounded = _fates(rows, contract), _latest(rows), _rounded(rows)
    kept = rows.filter(pl.col("included") | (pl.col("reasons") > 0)).sort(
        "delivery", "line", "instrument", "nominal_day"
    )
    parts = kept.select("delivery", *Readings.columns()).partition_by("delivery", as_dict=True, include_key=False)
    nothing = kept.select(list(Readings.columns())).clear()
    return [
        (
            _noted(_tally(one, told.get(at, []), one.contract.data_cut.on or latest.get(at)), one, rounded.get(at, 0)),
            parts.get((at,), nothing),
            one.folder,
        )
        for at, one in enumerate(group)
    ]


def refused(one: Split) -> Judged:
    """The fate of a delivery that was refused as a whole: all of its lines are set aside."""
    reading = Reading(
        one.delivery.id, one.delivery.source, one.contract.version, lines=one.lines, quarantined=one.lines,
        refusal=one.refusal, explanation=one.explanation, folder=one.folder.name,
    )  # fmt: skip
    return reading, Readings.empty(), one.folder


def _records(group: Sequence[Split], key: bytes) -> Iterator[pl.DataFrame]:
    """Records of all deliveries with their place in the group and their keyed hashes, so many at a time."""
    contract, sources = group[0].contract, [one.contract.source for one in group]
    columns = ["line", "span", *our_columns(contract)]  # contracts may name them in any order
    waiting: list[pl.DataFrame] = []
    height = 0
    for at, one in enumerate(group):
        for records in _pieces(one, columns):
            waiting.append(records.with_columns(delivery=pl.lit(at, pl.Int32)))
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


def _settled(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    sound = rows.filter((pl.col("reasons") == 0) & pl.col("included") & pl.col("score").is_not_null())
    marked = settle(sound, episodes=contract.episodes)
    if marked.is_empty():
        return rows
    joined = rows.join(marked, on=["delivery", "line"], how="left", suffix="_settled", maintain_order="left")
    whole = pl.col("reasons") | pl.col("reasons_settled").fill_null(0)
    return joined.with_columns(reasons=whole).drop("reasons_settled")


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
    counted = records.group_by("delivery", "reasons", "included").agg(pl.col("span").sum(), pl.col("line").min())
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


def physical_lines(path: Path) -> int:
    """How many lines a file has; the last one counts whether or not it is ended."""
    ends, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            ends += block.count(b"\n")
            last = block[-1:]
    return ends + (last != b"\n")


def _data_cut(exports: Exports, delivery: Delivery, contract: DeliveryContract) -> date | None:
    """The last day that the delivery speaks for where it says so; None where the latest assessment is it."""
    said = contract.data_cut
    if said.kind == "date":
        return said.on
    if said.kind == "column":
        found = exports.records.select(as_date(pl.col("data_cut"), contract.file.dates).max()).collect().item()
        if found is None:
            raise RefusedDelivery(
                "data_cut", f"No date in column {said.column!r}, which gives the data cut. Fill it in."
            )
        return date.fromisoformat(str(found))
    if said.kind == "name":
        return _date_in(delivery.name, said.name)
    return None


def _date_in(name: str, pattern: str) -> date:
    shape = re.escape(pattern).replace(re.escape("{date}"), r"(\d{4}-\d{2}-\d{2})")
    found = re.fullmatch(shape, name)
    if found is None:
        raise RefusedDelivery(
            "data_cut", f"The file's name is not of the form {pattern!r} that gives the data cut. Rename it."
        )
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        raise RefusedDelivery(
            "data_cut",
            f"The file's name has a day that no calendar has where {pattern!r} gives the data cut. Rename it.",
        ) from None
