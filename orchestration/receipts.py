"""The clinic's receipt of a delivery that was received: read once more from the vault, never from the landing folder.

What a receipt says of a line is `transforms.delivery_receipts`; what became of the file as a whole is what the last
run said.
"""

import csv
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import fates, ledger, removals, withdrawals
from orchestration.examining import examined
from orchestration.judging import Reading
from orchestration.ledger import Delivery
from orchestration.life import as_removed
from orchestration.secret import key_of
from orchestration.settings import Home
from orchestration.warehouse import from_ledger
from schemas import vocabulary
from schemas.contract_reading import read_contract
from schemas.spreadsheets import guarded
from transforms.delivery_receipts import RECEIPT

#: What became of a delivery that no run has looked at yet.
NOT_RUN = {"state": "not run yet", "refusal": "", "explanation": ""}


@dataclass(frozen=True)
class Receipt:
    """A delivery, its lines by fate as today's contract has them, those set aside, and what the last run made of it."""

    delivery: Delivery
    reading: Reading
    lines: pl.DataFrame
    fate: Mapping[str, str]


def receipt_of(place: str | Path | None, name: str) -> Receipt:
    """The receipt of a delivery of the home at `place`; raises `ConfigurationError` where there is no such delivery."""
    home = Home.there(place)
    delivery, fate = _last_run(home, ledger.called(home, name))
    contract = home.contracts / f"{delivery.source}.toml"
    if removal := removals.removed(home).get((delivery.source, delivery.sha256)):
        return Receipt(delivery, as_removed(delivery, removal).reading, pl.DataFrame(schema=RECEIPT), fate)
    if not contract.is_file():
        return Receipt(delivery, fates.unread(home, delivery), pl.DataFrame(schema=RECEIPT), fate)
    words = vocabulary.load(home.vocabulary)
    gone = withdrawals.withdrawn(home).get(delivery.source, ())
    key = key_of(home) if gone else secrets.token_bytes(32)
    found = examined(home, delivery, read_contract(contract, words), words, key, gone)
    return Receipt(delivery, found.reading, found.receipt, fate)


def _last_run(home: Home, delivery: Delivery) -> tuple[Delivery, Mapping[str, str]]:
    """The delivery under the name by which the last run looked at it, and what became of it."""
    query = f"SELECT name, {', '.join(NOT_RUN)} FROM ledger WHERE source = ? AND sha256 = ?"
    found = from_ledger(home, query, delivery.source, delivery.sha256)
    if not found:
        return delivery, NOT_RUN
    name, *fate = found[0]
    return replace(delivery, name=name), dict(zip(NOT_RUN, fate, strict=True))


def told(found: Receipt) -> dict[str, Any]:
    """The head of a receipt: the file's SHA-256, what became of it, and its lines by fate, which add up."""
    reading = found.reading
    counted = {name: getattr(reading, name) for name in ("lines", "header", "accepted", "quarantined", "blank")}
    return {
        "source": found.delivery.source,
        "delivery": found.delivery.id,
        "sha256": found.delivery.sha256,
        "bytes": found.delivery.size,
        "received_at": found.delivery.received_at,
        "contract_version": reading.contract_version,
        **found.fate,
        "lines": counted,
        "adds_up": reading.balanced,
        "set_aside_by_reason": dict(sorted(reading.reasons.items())),
        "refused_by": reading.refusal,
        "why": reading.explanation,
        "rows": found.lines.to_dicts(),
    }


def as_csv(lines: pl.DataFrame) -> str:
    """The columns of `RECEIPT` as CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(RECEIPT)
    rows.writerows(lines.with_columns(guarded(name) for name, kind in RECEIPT.items() if kind == pl.String).iter_rows())
    return written.getvalue()


def write(found: Receipt, folder: Path) -> list[Path]:
    """Writes the receipt's lines as CSV and its head as JSON into a folder; gives both places."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, head = folder / f"{found.delivery.id}.csv", folder / f"{found.delivery.id}.json"
    lines.write_text(as_csv(found.lines), "utf-8")
    said = {name: one for name, one in told(found).items() if name != "rows"}
    head.write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", "utf-8")
    return [lines, head]
