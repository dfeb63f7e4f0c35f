"""What becomes of corrupted files, by the real way: reading, judging, holds. Detected, harmless, or silent.

*Detected*: refused, held, or lines set aside that were sound before, and whatever was accepted is true. *Harmless*: all
that was accepted is true, and all that is true was accepted. *Silent*: a row was accepted that the sound file does not
have, or one is gone and nothing says so.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from orchestration.judging import Reading
from orchestration.ledger import Delivery
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from schemas.readings import Readings
from tests.orchestration.one_clinic import KEY, VOCABULARY
from transforms.holds import holds

RECEIVED = "2026-11-02T08:00:00+00:00"
#: What a row says; the line it stands on may be another in a corrupted file.
SAYS = [name for name in Readings.columns() if name not in ("line", "reasons")]


@dataclass(frozen=True)
class Case:
    """A file to be read: what it is called, its bytes, and by which contract."""

    name: str
    content: bytes
    contract: DeliveryContract


@dataclass(frozen=True)
class Outcome:
    """What became of a file: `detected`, `harmless` or `silent`, and by what."""

    verdict: str
    by: str


def read_all(home: Home, cases: Sequence[Case]) -> list[tuple[Reading, pl.DataFrame]]:
    """The reading of each file and its accepted rows."""
    asked = []
    for at, case in enumerate(cases):
        seal = hashlib.sha256(case.content).hexdigest()
        (home.vault / seal).write_bytes(case.content)
        asked.append((Delivery(seal, case.contract.source, case.name, len(case.content), RECEIVED, at), case.contract))
    once = {(one.source, one.sha256): (one, contract) for one, contract in asked}
    found = {(one.source, one.delivery): one for one in Reader(home, VOCABULARY, KEY).read(once.values())}
    readings = [found[one.source, one.id] for one, _ in asked]
    return [(one, _rows(home, one)) for one in readings]


def _rows(home: Home, reading: Reading) -> pl.DataFrame:
    path = home.readings / reading.source / reading.folder / "readings.parquet"
    return pl.read_parquet(path).filter(pl.col("reasons") == 0) if path.is_file() else Readings.empty()


def judged(
    sound: tuple[Reading, pl.DataFrame],
    corrupted: tuple[Reading, pl.DataFrame],
    contract: DeliveryContract,
    earlier: Sequence[pl.DataFrame],
) -> Outcome:
    """What became of a corrupted file, beside its sound self; `earlier` are sound deliveries before it."""
    (meant, true_rows), (found, rows) = sound, corrupted
    if found.refusal:
        return Outcome("detected", f"refused: {found.refusal}")
    true, said = _said(true_rows), _said(rows)
    if said - true:
        held = holds(rows, contract=contract, vocabulary=VOCABULARY, earlier=earlier)
        return (
            Outcome("detected", f"held: {held[0].rule}") if held else Outcome("silent", "a row that nobody sent is in")
        )
    more_set_aside = found.quarantined - meant.quarantined
    lost = true_rows.height - rows.height
    if lost and not _accounted(lost, more_set_aside, meant, found, true_rows):
        return Outcome("silent", "rows are gone, and nothing says so")
    if more_set_aside > 0:
        reasons = ", ".join(sorted(set(found.reasons)))
        return Outcome("detected", f"set aside: {reasons}")
    return Outcome("harmless", "everything as it was meant")


def _accounted(lost: int, set_aside: int, meant: Reading, found: Reading, rows: pl.DataFrame) -> bool:
    """Whether lines that were set aside, or are visibly gone with them, make up for the rows that are lost."""
    a_line = rows.height / max(1, rows["line"].n_unique())
    gone = max(0, meant.lines - found.lines)
    return set_aside > 0 and lost <= a_line * (set_aside + gone)


def _said(rows: pl.DataFrame) -> Counter[tuple[Any, ...]]:
    return Counter(rows.select(SAYS).rows())
