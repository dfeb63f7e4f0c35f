"""Deliveries whose bytes a person removed from the vault: what was on record of each stays, so that lines still add up.

The record is an entry in the private log of decisions. How bytes are removed is `vault_desk`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration import journal
from orchestration.ledger import Delivery
from orchestration.settings import Home


@dataclass(frozen=True)
class Removal:
    """One delivery without bytes: its state and its reading as the last run had them, and who removed it, why, when."""

    source: str
    sha256: str
    state: str
    record: Mapping[str, Any]
    by: str
    why: str
    at: str


def removed(home: Home) -> dict[tuple[str, str], Removal]:
    """Every removal by source and SHA-256."""
    found = (Removal(**entry) for entry in journal.entries_of(home.decisions, Removal))
    return {(one.source, one.sha256): one for one in found}


def take_away(home: Home, sha256: str, received: list[Delivery], gone: Mapping[tuple[str, str], Removal]) -> None:
    """Removes bytes from the vault unless another clinic sent the same and they are needed there."""
    if all((one.source, sha256) in gone for one in received if one.sha256 == sha256):
        Path(home.vault / sha256).unlink(missing_ok=True)
