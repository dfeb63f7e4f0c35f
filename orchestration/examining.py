"""One delivery read once more by the path that every run takes, for what is told of it and not stored: line by line.

Who asks is `dry_run` (a file that nobody has delivered) and `receipts` (one that lies in the vault).
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from orchestration import line_decisions
from orchestration.judging import Reading, judged, refused
from orchestration.ledger import Delivery
from orchestration.lock import EXAMINING
from orchestration.settings import Home
from orchestration.splitting import Split, split
from schemas.delivery_contract import DeliveryContract
from schemas.readings import Readings
from schemas.vocabulary import Vocabulary
from transforms.delivery_receipts import RECEIPT, receipt


@dataclass(frozen=True)
class Examined:
    """What became of a delivery: its lines by fate, its accepted rows, and the receipt of the others."""

    reading: Reading
    accepted: pl.DataFrame
    receipt: pl.DataFrame


def examined(
    home: Home,
    delivery: Delivery,
    contract: DeliveryContract,
    vocabulary: Vocabulary,
    key: bytes,
    withdrawn: Sequence[int] = (),
) -> Examined:
    """The delivery in the vault of `home`, read and judged again; nothing of it is kept.

    `withdrawn` are keyed hashes, under this key, of patients who take no part any more.
    """
    asked = [(delivery, contract, home.readings / delivery.source / delivery.id)]
    with tempfile.TemporaryDirectory(prefix=EXAMINING, dir=home.root) as scratch:
        (one,) = split(home, asked, line_decisions.words(home), Path(scratch))
        if one.exports is None:
            return Examined(refused(one)[0], Readings.empty(), pl.DataFrame(schema=RECEIPT))
        ((reading, rows, _),) = judged([replace(one, withdrawn=withdrawn)], vocabulary, key)
        return Examined(reading, rows.filter(pl.col("reasons") == 0), _receipt(one, rows, vocabulary))


def _receipt(one: Split, rows: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    if one.exports is None:
        return pl.DataFrame(schema=RECEIPT)
    faulty = rows.filter(pl.col("reasons") > 0).select("line", "reasons").unique("line")
    records = one.exports.records.join(faulty.lazy().select("line"), on="line", how="semi").collect()
    spans = pl.concat([records.select("line", "span"), one.exports.damaged.select("line", "span")])
    return receipt(faulty.join(spans, on="line"), records, contract=one.contract, vocabulary=vocabulary)
