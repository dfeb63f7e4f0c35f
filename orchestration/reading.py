"""Deliveries become readings on disk: each is read once, judged line by line, and stored under the name of its inputs.

How a file is split is in `transforms.sources`, how records are judged in `transforms.readings`. DuckDB is not opened.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import fingerprints
from orchestration.landing import Delivery
from orchestration.settings import Home
from schemas.contract import ROWS_AT_ONCE, keep_promise
from schemas.delivery_contract import DataCut, DeliveryContract
from schemas.readings import BIT, REASON_IDS, Readings
from schemas.vocabulary import Vocabulary
from transforms import pseudonyms
from transforms.readings import Keys, patient_codes, readings, settle
from transforms.sources import Exports, RefusedDelivery, our_columns, reader
from transforms.typed_cells import as_date

#: Typed rows of a file with more lines than this are held on disk, not in memory.
ROWS_IN_MEMORY = 1_000_000


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


@dataclass(frozen=True)
class Reader:
    """Reads deliveries of one home with one vocabulary and one key."""

    home: Home
    vocabulary: Vocabulary
    key: bytes

    def place(self, delivery: Delivery, contract: DeliveryContract) -> Path:
        """The folder of a delivery's readings, named by all that they were made from."""
        inputs = [
            delivery.sha256,
            contract.fingerprint,
            self.vocabulary.fingerprint,
            pseudonyms.fingerprint(self.key),
            _code(),
        ]
        return self.home.readings / delivery.source / f"{delivery.id}-{fingerprints.of_values(inputs)[:12]}"

    def read(self, deliveries: Iterable[tuple[Delivery, DeliveryContract]]) -> Iterator[Reading]:
        """The reading of each delivery, read now or found; many small deliveries are judged and validated at a time.

        Raises `LinesDoNotAddUp` or `BrokenPromise` where we are at fault; a file that cannot be read is a `Reading`
        with a refusal.
        """
        waiting: list[Split] = []
        for delivery, contract in deliveries:
            folder = self.place(delivery, contract)
            if (folder / "reading.json").is_file():
                yield load(folder)
                continue
            self.home.scratch.mkdir(mode=0o700, exist_ok=True)
            waiting.append(split(self.home, delivery, contract, folder))
            if sum(one.lines for one in waiting) >= ROWS_AT_ONCE:
                yield from self._finish(waiting)
                waiting = []
        yield from self._finish(waiting)

    def _finish(self, waiting: Sequence[Split]) -> Iterator[Reading]:
        """Judges what has the same shape together, and stores all of it once it is validated."""
        groups: dict[str, list[Split]] = {}
        for one in waiting:
            groups.setdefault(one.contract.shape if one.exports else "refused", []).append(one)
        judged = [
            part
            for shape, group in groups.items()
            for part in ([_refused(one) for one in group] if shape == "refused" else self._judge(group))
        ]
        filled = [rows for _, rows, _ in judged if rows.height]
        if filled:
            keep_promise(Readings, pl.concat(filled))
        for one in waiting:
            shutil.rmtree(one.scratch, ignore_errors=True)
        for reading, rows, folder in judged:
            yield _put(reading, rows, folder)

    def _judge(self, group: Sequence[Split]) -> list[Judged]:
        """Typed rows and fates of deliveries whose contracts type alike."""
        contract = group[0].contract
        columns = ["line", "span", *our_columns(contract)]  # contracts may name them in any order
        records = pl.concat(
            [
                one.exports.records.select(*columns, delivery=pl.lit(at, pl.Int32))
                for at, one in enumerate(group)
                if one.exports
            ]
        )
        keys = self._keys(records, group)
        typed = readings(records, contract=contract, vocabulary=self.vocabulary, keys=keys)
        if sum(one.lines for one in group) > ROWS_IN_MEMORY:
            typed.sink_parquet(group[0].scratch / "typed.parquet", compression="lz4")
            typed = pl.scan_parquet(group[0].scratch / "typed.parquet")
        rows = pl.concat([_settled(typed.collect()), *_set_aside(group)], how="diagonal")
        parts = rows.partition_by("delivery", as_dict=True, include_key=False)
        nothing = rows.drop("delivery").clear()
        return [_told(one, parts.get((at,), nothing)) for at, one in enumerate(group)]

    def _keys(self, records: pl.LazyFrame, group: Sequence[Split]) -> Keys:
        # The distinct codes are collected first, or their shape would be tested row by row.
        distinct = records.select("delivery", "patient").unique().collect()
        patients = patient_codes(distinct.lazy(), group[0].contract).collect()
        if "episode" not in group[0].contract.columns:
            return Keys(self._keyed(patients, "patient", group, pseudonyms.PATIENT))
        courses = records.select("delivery", "episode").unique().collect()
        return Keys(
            self._keyed(patients, "patient", group, pseudonyms.PATIENT),
            self._keyed(courses, "episode", group, pseudonyms.COURSE),
        )

    def _keyed(self, codes: pl.DataFrame, column: str, group: Sequence[Split], label: bytes) -> pl.DataFrame:
        """Keyed hashes of distinct codes, delivery by delivery: the source's name is a part of what is hashed."""
        parts = codes.partition_by("delivery", as_dict=True)
        return pl.concat(
            [
                pseudonyms.keyed(
                    parts[at,][column] if (at,) in parts else codes[column].clear(),
                    source=one.contract.source,
                    key=self.key,
                    label=label,
                ).with_columns(delivery=pl.lit(at, pl.Int32))
                for at, one in enumerate(group)
            ]
        )


def load(folder: Path) -> Reading:
    """The reading stored in a folder."""
    written = json.loads((folder / "reading.json").read_text("utf-8"))
    data_to = date.fromisoformat(written.pop("data_to")) if written["data_to"] else written.pop("data_to")
    return Reading(**written, data_to=data_to)


def _code() -> str:
    return fingerprints.code_of("schemas", "transforms")


def split(home: Home, delivery: Delivery, contract: DeliveryContract, folder: Path) -> Split:
    """The records of a delivery's copy in the vault, still text; or why it is refused as a whole."""
    scratch = Path(tempfile.mkdtemp(dir=home.scratch))
    kept = home.vault / delivery.sha256
    try:
        exports = reader(contract.format)(kept, contract, scratch)
        cut = _data_cut(exports, delivery, contract)
        dated = replace(contract, data_cut=DataCut("date", on=cut)) if cut else contract
        return Split(delivery, dated, folder, scratch, exports.lines, exports)
    except RefusedDelivery as refused:
        return Split(
            delivery,
            contract,
            folder,
            scratch,
            physical_lines(kept),
            refusal=refused.rule,
            explanation=refused.explanation,
        )


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    sound = rows.filter((pl.col("reasons") == 0) & pl.col("included") & pl.col("score").is_not_null())
    marked = settle(sound)
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


def _told(one: Split, rows: pl.DataFrame) -> Judged:
    """A delivery's fate and the rows that are kept of it: all but what the contract leaves out."""
    cut = one.contract.data_cut.on
    latest = cut or rows.filter(pl.col("reasons") == 0)["date"].max()
    reading = _tally(one, rows, latest)  # type: ignore[arg-type]  # the maximum of dates is a date
    kept = rows.filter(pl.col("included") | (pl.col("reasons") > 0)).select(list(Readings.columns()))
    return reading, kept.sort("line", "instrument", "nominal_day"), one.folder


def _tally(one: Split, rows: pl.DataFrame, data_to: date | None) -> Reading:
    exports, contract = one.exports, one.contract
    if exports is None:
        raise LinesDoNotAddUp(f"{contract.source}: a refused delivery has no records to count")
    records = rows.select("line", "span", "reasons", "included").unique("line") if contract.layout != "long" else rows
    fates = records.group_by("reasons", "included").agg(pl.col("span").sum(), pl.col("line").min()).to_dicts()
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


def _refused(one: Split) -> Judged:
    reading = Reading(
        one.delivery.id, one.delivery.source, one.contract.version, lines=one.lines, quarantined=one.lines,
        refusal=one.refusal, explanation=one.explanation, folder=one.folder.name,
    )  # fmt: skip
    return reading, Readings.empty(), one.folder


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


def _put(reading: Reading, rows: pl.DataFrame, folder: Path) -> Reading:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    if rows.height:
        rows.write_parquet(building / "readings.parquet", compression="lz4", statistics=False)
        reading = replace(reading, rows_sha256=fingerprints.of_file(building / "readings.parquet"))
    written: dict[str, Any] = asdict(reading)
    (building / "reading.json").write_text(json.dumps(written, default=str, sort_keys=True), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return reading
