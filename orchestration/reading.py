"""Deliveries become readings on disk: each is read once, judged line by line, and stored under the name of its inputs.

How a file is split is in `transforms.sources`, how it is judged in `judging`. DuckDB is not opened.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from orchestration import fingerprints, line_decisions, withdrawals
from orchestration.judging import Reading, judged, refused
from orchestration.ledger import Delivery
from orchestration.settings import Home
from orchestration.splitting import Split, split
from orchestration.whole_files import read_whole
from schemas.contract import keep_promise
from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT, Readings
from schemas.vocabulary import Vocabulary
from transforms import pseudonyms
from transforms.sign_offs import LineWord

#: Files of so many bytes are read at once: enough to share the fixed cost of a pass, few enough to keep memory flat.
BYTES_AT_ONCE = 20 * 2**20

OF_A_READING = frozenset(field.name for field in fields(Reading))

#: So many times a packed export grows, about.
TEXT_PACKS = 10


@dataclass(frozen=True)
class Reader:
    """Reads deliveries of one home with one vocabulary and one key."""

    home: Home
    vocabulary: Vocabulary
    key: bytes

    @cached_property
    def said(self) -> Mapping[tuple[str, str], Sequence[LineWord]]:
        """What people said of lines that were set aside, by source and SHA-256, when it was first asked for."""
        return line_decisions.words(self.home)

    @cached_property
    def withdrawn(self) -> Mapping[str, Sequence[int]]:
        """Patients who take no part any more, by clinic, when it was first asked for."""
        return withdrawals.withdrawn(self.home)

    def place(self, delivery: Delivery, contract: DeliveryContract) -> Path:
        """The folder of a delivery's readings, named by all that they were made from."""
        inputs = [
            delivery.sha256,
            contract.fingerprint,
            self.vocabulary.fingerprint,
            pseudonyms.fingerprint(self.key),
            _code(),
        ]
        if contract.data_cut.kind == "name":
            inputs.append(delivery.name)
        if gone := self.withdrawn.get(delivery.source):
            inputs.append(repr(gone))
        if said := self.said.get((delivery.source, delivery.sha256)):
            inputs.append(repr(said))
        return self.home.readings / delivery.source / f"{delivery.id}-{fingerprints.of_values(inputs)[:12]}"

    def read(self, deliveries: Iterable[tuple[Delivery, DeliveryContract]]) -> Iterator[Reading]:
        """The reading of each delivery, read now or found; many small deliveries are judged and validated at a time.

        Raises `LinesDoNotAddUp` or `BrokenPromise` where we are at fault; a file that cannot be read is a `Reading`
        with a refusal.
        """
        waiting: list[tuple[Delivery, DeliveryContract, Path]] = []
        size = 0
        for delivery, contract in deliveries:
            folder = self.place(delivery, contract)
            if found := stored(folder):
                yield found
                continue
            waiting.append((delivery, contract, folder))
            size += delivery.size * (TEXT_PACKS if contract.file.packed == "gzip" else 1)
            if size >= BYTES_AT_ONCE:
                yield from self._finish(waiting)
                waiting, size = [], 0
        yield from self._finish(waiting)

    def prune(self, deliveries: Iterable[tuple[Delivery, DeliveryContract]]) -> None:
        """Removes every reading but those of these deliveries as they are read now: nobody's rows are hoarded."""
        kept = {str(self.place(delivery, contract)) for delivery, contract in deliveries}
        for source in (one for one in os.scandir(self.home.readings) if one.is_dir()):
            for folder in os.scandir(source):
                if folder.path not in kept:
                    shutil.rmtree(folder.path, ignore_errors=True)

    def _finish(self, waiting: Sequence[tuple[Delivery, DeliveryContract, Path]]) -> Iterator[Reading]:
        """Splits all, judges what has the same shape together, and stores all of it once it is validated."""
        if not waiting:
            return
        self.home.scratch.mkdir(mode=0o700, exist_ok=True)
        found = [
            replace(one, withdrawn=self.withdrawn.get(one.contract.source, ()))
            for one in split(self.home, waiting, self.said)
        ]
        groups: dict[str, list[Split]] = {}
        for one in found:
            alike = f"{one.contract.episodes} {one.contract.shape}"
            groups.setdefault(alike if one.exports else "refused", []).append(one)
        parts = [
            part
            for shape, group in groups.items()
            for part in (
                [refused(one) for one in group] if shape == "refused" else judged(group, self.vocabulary, self.key)
            )
        ]
        filled = [rows for _, rows, _ in parts if rows.height]
        if filled:
            keep_promise(Readings, pl.concat(filled))
        for one in found:
            shutil.rmtree(one.scratch, ignore_errors=True)
        for reading, rows, folder in parts:
            yield _put(reading, _kept(rows), folder)


def _kept(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows but for those of patients who take no part any more: of them nothing is kept."""
    gone = rows["reasons"] & BIT["withdrawn"] > 0
    return rows.filter(~gone) if gone.any() else rows


def stored(folder: Path) -> Reading | None:
    """The reading stored in a folder; None where it is not there, or not whole: it can be made anew."""
    written = read_whole(folder / "reading.json", OF_A_READING)
    if written is None or (written["rows_sha256"] and not (folder / "readings.parquet").is_file()):
        return None
    try:
        data_to = date.fromisoformat(written["data_to"]) if written["data_to"] else None
        return Reading(**{**written, "data_to": data_to})
    except (TypeError, ValueError):  # names or days of another version
        return None


def _code() -> str:
    return fingerprints.code_of("schemas", "transforms")


def _put(reading: Reading, rows: pl.DataFrame, folder: Path) -> Reading:
    if not folder.parent.is_dir():
        folder.parent.mkdir(mode=0o700, parents=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    if rows.height:
        rows.write_parquet(building / "readings.parquet", compression="uncompressed", statistics=False)
        reading = replace(reading, rows_sha256=fingerprints.of_file(building / "readings.parquet"))
    (building / "reading.json").write_text(json.dumps(vars(reading), default=str, sort_keys=True), "utf-8")
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return reading
