"""Whether deliveries that were read are to be held: rows beside those of earlier ones, judged once and noted.

The judges are `transforms.holds`; what a held delivery leads to is `fates`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from orchestration import fingerprints
from orchestration.judging import Reading
from orchestration.settings import Home
from orchestration.whole_files import read_whole, write_whole
from schemas.delivery_contract import DeliveryContract
from schemas.holds import Hold
from schemas.readings import Readings
from schemas.vocabulary import Vocabulary
from transforms import holds
from transforms.judged_together import JUDGED, Beside


@dataclass(frozen=True)
class Found:
    """The reasons to hold a delivery, and what is only said of it."""

    holds: tuple[Hold, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A delivery beside up to three accepted ones before it, the latest last, and the one that it would replace."""

    contract: DeliveryContract
    reading: Reading
    earlier: Sequence[Reading]
    replaced: Reading | None

    @property
    def readings(self) -> list[Reading]:
        """All whose rows are looked at."""
        return [*self.earlier, *([self.replaced] if self.replaced else []), self.reading]

    @property
    def mark(self) -> str:
        """What was found holds as long as none of the others was read anew."""
        return fingerprints.of_values(
            [[one.folder for one in self.earlier], self.replaced.folder if self.replaced else ""]
        )


class Holding:
    """Judges deliveries, many at a time; those of one source come one after the other."""

    def __init__(self, home: Home, vocabulary: Vocabulary) -> None:
        self.home, self.vocabulary = home, vocabulary
        #: Accepted rows by source and folder of a reading.
        self.rows: dict[str, dict[str, pl.DataFrame]] = {}

    def judged(self, asked: Sequence[Question]) -> list[Found]:
        """What was found of each delivery. It is noted with the reading, and not judged again in the next run."""
        notes = [self._folder(one.reading) / "holds.json" for one in asked]
        known = {at: _read(note, one.mark) for at, (one, note) in enumerate(zip(asked, notes, strict=True))}
        unknown = [at for at, noted in known.items() if noted is None]
        for at, found in zip(unknown, self._judged([asked[at] for at in unknown]), strict=True):
            _write(notes[at], asked[at].mark, found)
            known[at] = found
        return [noted for noted in known.values() if noted is not None]

    def _judged(self, asked: Sequence[Question]) -> list[Found]:
        if not asked:
            return []
        self._load([one for question in asked for one in question.readings])
        group = [
            Beside(
                self._rows_of(one.reading),
                one.contract,
                [self._rows_of(before) for before in one.earlier],
                self._rows_of(one.replaced) if one.replaced else None,
            )
            for one in asked
        ]
        held, noted = holds.holds_of_each(group, self.vocabulary), holds.notes(group)
        for one in asked:
            self._forget(one)
        return [Found(tuple(reasons), tuple(words)) for reasons, words in zip(held, noted, strict=True)]

    def _folder(self, reading: Reading) -> Path:
        return self.home.readings / reading.source / reading.folder

    def _rows_of(self, reading: Reading) -> pl.DataFrame:
        return self.rows[reading.source][reading.folder]

    def _load(self, wanted: Sequence[Reading]) -> None:
        """Brings the accepted rows of readings to hand, those of all files in one go."""
        absent = {
            (one.source, one.folder): one for one in wanted if one.folder not in self.rows.setdefault(one.source, {})
        }
        stored = [one for one in absent.values() if one.rows_sha256]
        parts = _accepted([self._folder(one) / "readings.parquet" for one in stored])
        for (source, folder), one in absent.items():
            self.rows[source][folder] = next(parts) if one.rows_sha256 else Readings.empty().select(JUDGED)

    def _forget(self, done: Question) -> None:
        """Keeps the rows that the next delivery of a source can be held against, and no others."""
        rows = self.rows[done.reading.source]
        self.rows[done.reading.source] = {one.folder: rows[one.folder] for one in done.readings}


def _accepted(files: list[Path]) -> Iterator[pl.DataFrame]:
    """The accepted rows of each file, with the columns that judges look at; all are read in one go."""
    if not files:
        return
    found = pl.scan_parquet(files, glob=False, use_statistics=False, include_file_paths="file")
    rows = found.filter(pl.col("reasons") == 0).select(*JUDGED, "file").collect()
    begin, runs = 0, rows["file"].rle().struct.unnest()
    lengths = dict(zip(runs["value"], runs["len"], strict=True))
    for file in files:
        length = lengths.get(str(file), 0)
        yield rows.slice(begin, length).drop("file")
        begin += length


def _read(note: Path, mark: str) -> Found | None:
    written = read_whole(note, ("mark", "holds", "notes"))
    if written is None or written["mark"] != mark:
        return None
    return Found(tuple(Hold(**one) for one in written["holds"]), tuple(written["notes"]))


def _write(note: Path, mark: str, found: Found) -> None:
    write_whole(note, json.dumps({"mark": mark, **asdict(found)}, sort_keys=True))
