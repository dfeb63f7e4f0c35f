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
from transforms.sources import Exports, RefusedDelivery, reader
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
class Reader:
    """Reads deliveries of one home with one vocabulary and one key."""

    home: Home
    vocabulary: Vocabulary
    key: bytes

    def read(self, deliveries: Iterable[tuple[Delivery, DeliveryContract]]) -> Iterator[Reading]:
        """The reading of each delivery, read now or found; rows are validated many deliveries at a time.

        Raises `LinesDoNotAddUp` or `BrokenPromise` where we are at fault; a file that cannot be read is a `Reading`
        with a refusal.
        """
        waiting: list[tuple[Reading, pl.DataFrame, Path]] = []
        for delivery, contract in deliveries:
            folder = self.place(delivery, contract)
            if (folder / "reading.json").is_file():
                yield load(folder)
                continue
            reading, rows = self._judge(delivery, contract)
            waiting.append((replace(reading, folder=folder.name), rows, folder))
            if sum(frame.height for _, frame, _ in waiting) >= ROWS_AT_ONCE:
                yield from _store(waiting)
                waiting = []
        yield from _store(waiting)

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

    def _judge(self, delivery: Delivery, contract: DeliveryContract) -> tuple[Reading, pl.DataFrame]:
        self.home.scratch.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.home.scratch) as scratch:
            try:
                exports = reader(contract.format)(self.home.vault / delivery.sha256, contract, Path(scratch))
                cut = _data_cut(exports, delivery, contract)
                return self._rows(delivery, contract, exports, cut, Path(scratch))
            except RefusedDelivery as refused:
                return _refused(delivery, contract, refused, self.home.vault), Readings.empty()

    def _rows(
        self,
        delivery: Delivery,
        contract: DeliveryContract,
        exports: Exports,
        cut: date | None,
        scratch: Path,
    ) -> tuple[Reading, pl.DataFrame]:
        known_cut = replace(contract, data_cut=DataCut("date", on=cut)) if cut else contract
        typed = readings(
            exports.records,
            contract=known_cut,
            vocabulary=self.vocabulary,
            keys=self._keys(exports, contract),
        )
        if exports.lines > ROWS_IN_MEMORY:
            typed.sink_parquet(scratch / "typed.parquet", compression="lz4")
            typed = pl.scan_parquet(scratch / "typed.parquet")
        rows = _settled(typed.collect())
        damaged = exports.damaged.select(
            pl.col("line", "span"),
            reasons=pl.col("reason").replace_strict(BIT, default=0, return_dtype=pl.UInt32),
        )
        rows = pl.concat([rows, damaged.with_columns(included=pl.lit(value=True))], how="diagonal")
        latest = rows.filter(pl.col("reasons") == 0).select(pl.col("date").max()).item() if cut is None else cut
        reading = _tally(delivery, contract, exports, rows, latest)
        kept = rows.filter(pl.col("included") | (pl.col("reasons") > 0)).select(list(Readings.columns()))
        return reading, kept.sort("line", "instrument", "nominal_day")

    def _keys(self, exports: Exports, contract: DeliveryContract) -> Keys:
        codes = patient_codes(exports.records, contract).collect()["patient"]
        patients = pseudonyms.keyed(codes, source=contract.source, key=self.key)
        if "episode" not in contract.columns:
            return Keys(patients)
        courses = exports.records.select("episode").unique().collect()["episode"]
        return Keys(patients, pseudonyms.keyed(courses, source=contract.source, key=self.key, label=pseudonyms.COURSE))


def load(folder: Path) -> Reading:
    """The reading stored in a folder."""
    written = json.loads((folder / "reading.json").read_text("utf-8"))
    data_to = date.fromisoformat(written.pop("data_to")) if written["data_to"] else written.pop("data_to")
    return Reading(**written, data_to=data_to)


def _code() -> str:
    return fingerprints.code_of("schemas", "transforms")


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    sound = rows.filter((pl.col("reasons") == 0) & pl.col("included") & pl.col("score").is_not_null())
    marked = settle(sound)
    if marked.is_empty():
        return rows
    joined = rows.join(marked, on="line", how="left", suffix="_settled")
    return joined.with_columns(reasons=pl.col("reasons") | pl.col("reasons_settled").fill_null(0)).drop(
        "reasons_settled"
    )


def _tally(
    delivery: Delivery, contract: DeliveryContract, exports: Exports, rows: pl.DataFrame, data_to: date | None
) -> Reading:
    records = rows.select("line", "span", "reasons", "included").unique("line") if contract.layout != "long" else rows
    sound = pl.col("reasons") == 0
    accepted, quarantined, left_out = records.select(
        pl.col("span").filter(sound).sum(),
        pl.col("span").filter(~sound).sum().alias("quarantined"),
        pl.col("span").filter(sound & ~pl.col("included")).sum().alias("left_out"),
    ).row(0)
    faulty = records.filter(~sound)
    bits = (
        {reason: faulty.filter((pl.col("reasons") & BIT[reason]) > 0) for reason in REASON_IDS} if faulty.height else {}
    )
    reading = Reading(
        delivery=delivery.id,
        source=delivery.source,
        contract_version=contract.version,
        lines=exports.lines,
        header=exports.header,
        accepted=int(accepted),
        quarantined=int(quarantined),
        blank=exports.blank,
        left_out=int(left_out),
        reasons={reason: int(found["span"].sum()) for reason, found in bits.items() if found.height},
        first_lines={reason: int(found["line"].min()) for reason, found in bits.items() if found.height},  # type: ignore[arg-type]
        data_to=data_to,
    )
    if not reading.balanced:
        raise LinesDoNotAddUp(
            f"{delivery.source}, delivery {delivery.id}: {reading.header} header + {reading.accepted} accepted + "
            f"{reading.quarantined} set aside + {reading.blank} blank are not {reading.lines} lines. "
            "Nothing was published; this is a fault of Verum: please report it."
        )
    return reading


def _refused(delivery: Delivery, contract: DeliveryContract, refused: RefusedDelivery, vault: Path) -> Reading:
    lines = _physical_lines(vault / delivery.sha256)
    return Reading(
        delivery.id, delivery.source, contract.version, lines=lines, quarantined=lines,
        refusal=refused.rule, explanation=refused.explanation,
    )  # fmt: skip


def _physical_lines(path: Path) -> int:
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
            raise RefusedDelivery("data_cut", f"No date in column {said.column!r}, which gives the data cut.")
        return date.fromisoformat(str(found))
    if said.kind == "name":
        return _date_in(delivery.name, said.name)
    return None


def _date_in(name: str, pattern: str) -> date:
    shape = re.escape(pattern).replace(re.escape("{date}"), r"(\d{4}-\d{2}-\d{2})")
    found = re.fullmatch(shape, name)
    if found is None:
        raise RefusedDelivery("data_cut", f"The file's name is not of the form {pattern!r} that gives the data cut.")
    return date.fromisoformat(found[1])


def _store(waiting: Sequence[tuple[Reading, pl.DataFrame, Path]]) -> Iterator[Reading]:
    """Validates the rows of many deliveries at once, then puts each into its place by a rename."""
    filled = [rows for _, rows, _ in waiting if rows.height]
    if filled:
        keep_promise(Readings, pl.concat(filled))
    for reading, rows, folder in waiting:
        yield _put(reading, rows, folder)


def _put(reading: Reading, rows: pl.DataFrame, folder: Path) -> Reading:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    if rows.height:
        rows.write_parquet(building / "readings.parquet", compression="lz4")
        reading = replace(reading, rows_sha256=fingerprints.of_file(building / "readings.parquet"))
    written: dict[str, Any] = asdict(reading)
    (building / "reading.json").write_text(json.dumps(written, default=str, sort_keys=True), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return reading
