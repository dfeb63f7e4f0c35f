"""Whether a delivery that was read is to be held: its rows beside those of earlier deliveries, judged once and noted.

The judges are `transforms.holds`; what a held delivery leads to is `fates`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from orchestration import fingerprints
from orchestration.judging import Reading
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from schemas.holds import LOOKED_BACK, Hold
from schemas.readings import Readings
from schemas.vocabulary import Vocabulary
from transforms import holds

#: Rows of so many deliveries are kept at hand: those that the next one is held against.
AT_HAND = LOOKED_BACK + 1


@dataclass(frozen=True)
class Found:
    """The reasons to hold a delivery, and what is only said of it."""

    holds: tuple[Hold, ...] = ()
    notes: tuple[str, ...] = ()


class Holding:
    """Judges the deliveries of one source, which come one after the other."""

    def __init__(self, home: Home, contract: DeliveryContract, vocabulary: Vocabulary) -> None:
        self.home, self.contract, self.vocabulary = home, contract, vocabulary
        self.rows: dict[str, pl.DataFrame] = {}

    def judged(self, reading: Reading, earlier: Sequence[Reading], replaced: Reading | None) -> Found:
        """What was found of a delivery beside up to three accepted ones before it and the one that it would replace.

        It is noted with the reading: the next run judges again only if one of them was read anew.
        """
        inputs = [[one.folder for one in earlier], replaced.folder if replaced else ""]
        note, mark = self._folder(reading) / "holds.json", fingerprints.of_values(inputs)
        noted = _read(note, mark)
        if noted is None:
            noted = self._judged(reading, earlier, replaced)
            _write(note, mark, noted)
        return noted

    def _judged(self, reading: Reading, earlier: Sequence[Reading], replaced: Reading | None) -> Found:
        mine, before = self._rows_of(reading), [self._rows_of(one) for one in earlier]
        place = self._rows_of(replaced) if replaced else None
        found = holds.holds(mine, contract=self.contract, vocabulary=self.vocabulary, earlier=before, replaced=place)
        return Found(tuple(found), tuple(holds.notes(mine, contract=self.contract, earlier=before)))

    def _folder(self, reading: Reading) -> Path:
        return self.home.readings / reading.source / reading.folder

    def _rows_of(self, reading: Reading) -> pl.DataFrame:
        """The accepted rows of a reading, with the columns of `Readings`."""
        if reading.folder not in self.rows:
            while len(self.rows) > AT_HAND:
                self.rows.pop(next(iter(self.rows)))
            self.rows[reading.folder] = self._read_rows(reading)
        return self.rows[reading.folder]

    def _read_rows(self, reading: Reading) -> pl.DataFrame:
        if not reading.rows_sha256:
            return Readings.empty()
        place, columns = self._folder(reading) / "readings.parquet", list(Readings.columns())
        return pl.read_parquet(place, columns=columns, glob=False, use_statistics=False).filter(pl.col("reasons") == 0)


def _read(note: Path, mark: str) -> Found | None:
    if not note.is_file():
        return None
    written = json.loads(note.read_text("utf-8"))
    if written["mark"] != mark:
        return None
    return Found(tuple(Hold(**one) for one in written["holds"]), tuple(written["notes"]))


def _write(note: Path, mark: str, found: Found) -> None:
    unfinished = note.with_suffix(".writing")
    unfinished.write_text(json.dumps({"mark": mark, **asdict(found)}, sort_keys=True), "utf-8")
    unfinished.replace(note)
