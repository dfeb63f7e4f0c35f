"""The clinic's own dry run of a file against its contract: what would be accepted, what not, and how to mend it.

The same path as a run takes, in a temporary folder with a key that is thrown away; nothing is stored, no cell is told.
Only where the home has withdrawn patients of this clinic is it the home's own key, by which they are known again.
"""

import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import key_file, withdrawals
from orchestration.examining import examined
from orchestration.judging import Reading
from orchestration.landing import Unreadable, Unsettled, keep
from orchestration.ledger import Delivery
from orchestration.secret import KEY_BYTES, key_of
from orchestration.settings import ConfigurationError, Home
from schemas import vocabulary
from schemas.contract_reading import read_contract
from schemas.delivery_contract import DeliveryContract
from schemas.holds import Hold
from schemas.vocabulary import Vocabulary
from transforms.delivery_receipts import meaning
from transforms.holds import holds

#: How a dry run can end, and what a run would do with the file.
ENDINGS = {
    "accepted": "Every line would be accepted.",
    "partly": "Some lines would be set aside; the others would be accepted.",
    "held": "The file would be held until a person has looked at it.",
    "refused": "The file would be refused as a whole; none of its lines would be used.",
}


#: Said where patients were withdrawn who cannot be known again.
NOT_KNOWN = (
    "Patients of this clinic were withdrawn in this home, but its key is not here to know them by: their lines are "
    "shown as any others. A run sets them aside."
)


class CannotBeRead(Exception):
    """The file cannot be read at all: it is none, it may not be read, or somebody is writing to it (exit 65)."""


@dataclass(frozen=True)
class DryRun:
    """What a run would do with a file: lines by fate, reasons, reasons to hold it, and the receipt."""

    sha256: str
    size: int
    contract: DeliveryContract
    reading: Reading
    holds: tuple[Hold, ...]
    receipt: pl.DataFrame
    withdrawals: str = ""

    @property
    def ending(self) -> str:
        """One of `ENDINGS`."""
        if self.reading.refusal:
            return "refused"
        return "held" if self.holds else "partly" if self.reading.quarantined else "accepted"


def agreed(named: str, place: str | None) -> tuple[DeliveryContract, Vocabulary]:
    """The contract at a path, or that of a source of the home at `place`, and the words that it may use.

    Raises `ConfigurationError` where there is none, `ContractError` where it cannot be used.
    """
    home = Home.at(place)
    words = vocabulary.load(home.vocabulary)
    path = Path(named)
    if not path.is_file() and path.name == named:
        path = home.contracts / f"{named}.toml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in home.contracts.glob("*.toml"))) or "none"
        raise ConfigurationError(
            f"--contract: found {named!r}; expected the path of a contract's TOML file, or a source of the home that "
            f"has one ({known}). `verum contract draft FILE` proposes one"
        )
    return read_contract(path, words), words


def withdrawn(home: Home, source: str) -> tuple[Sequence[int], bytes, str]:
    """The keyed hashes of a clinic's withdrawn patients, the key to read a file with, and what is to be said of it.

    The home's key is used where somebody was withdrawn and it is there, else one that nobody keeps. None is ever made.
    """
    gone = withdrawals.withdrawn(home).get(source, ())
    if not gone:
        return (), secrets.token_bytes(KEY_BYTES), ""
    if not (key_file.place().is_file() and home.key_fingerprint.is_file()):
        return (), secrets.token_bytes(KEY_BYTES), NOT_KNOWN
    return gone, key_of(home), ""


def check(path: Path, contract: DeliveryContract, words: Vocabulary, asked: Home | None = None) -> DryRun:
    """What a run of the home that is `asked` for, if one is, would do with the file at `path`.

    Raises `CannotBeRead` where it cannot be read at all, `ConfigurationError` where the home has another key.
    """
    gone, key, said = withdrawn(asked, contract.source) if asked else ((), secrets.token_bytes(KEY_BYTES), "")
    with tempfile.TemporaryDirectory(prefix="verum-check-") as folder:
        home = Home(Path(folder).resolve() / "home")
        home.prepare()
        try:
            sha256, size = keep(home, path.resolve())
        except (Unreadable, Unsettled):
            raise CannotBeRead(
                "The file cannot be read: expected a plain file that this account may read and nobody is writing to. "
                "Look at its rights, or wait until it is finished, and try again."
            ) from None
        today = datetime.now(UTC).isoformat(timespec="seconds")
        delivery = Delivery(sha256, contract.source, path.name, size, today, 1)
        found = examined(home, delivery, contract, words, key, gone)
        reasons = holds(found.accepted, contract=contract, vocabulary=words, earlier=())
    return DryRun(sha256, size, contract, found.reading, tuple(reasons), found.receipt, said)


def told(found: DryRun) -> dict[str, Any]:
    """The dry run for `--json`: numbers, rules and words of ours; no cell, and not what the file is called."""
    reading, contract = found.reading, found.contract
    return {
        "ending": found.ending,
        "sentence": ENDINGS[found.ending],
        "sha256": found.sha256,
        "bytes": found.size,
        "contract": {"source": contract.source, "version": contract.version, "format": contract.format},
        "lines": {name: getattr(reading, name) for name in ("lines", "header", "accepted", "quarantined", "blank")},
        "left_out": reading.left_out,
        "adds_up": reading.balanced,
        "data_to": reading.data_to.isoformat() if reading.data_to else None,
        "set_aside": [_reason(reading, reason) for reason in sorted(reading.reasons, key=_most_lines(reading))],
        "refusal": reading.refusal,
        "explanation": reading.explanation,
        "holds": [{"rule": hold.rule, "explanation": hold.explanation} for hold in found.holds],
        "withdrawals": found.withdrawals,
        "stored": False,
    }


def _most_lines(reading: Reading) -> Any:
    return lambda reason: (-reading.reasons[reason], reason)


def _reason(reading: Reading, reason: str) -> dict[str, Any]:
    means, mend = meaning(reason)
    return {
        "reason": reason,
        "lines": reading.reasons[reason],
        "first_line": reading.first_lines[reason],
        "meaning": means,
        "what_to_do": mend,
    }


def as_text(found: DryRun) -> str:
    """The dry run for a terminal."""
    said = told(found)
    counted, contract = said["lines"], said["contract"]
    parts = f"{counted['header']:,} header + {counted['accepted']:,} accepted + {counted['quarantined']:,} set aside"
    lines = [
        said["sentence"],
        "",
        f"File      {found.size:,} bytes, SHA-256 {found.sha256[:12]}",
        f"Contract  {contract['source']}, version {contract['version']}, {contract['format']}",
        f"Lines     {counted['lines']:,} = {parts} + {counted['blank']:,} blank",
    ]
    lines += [f"Left out  {said['left_out']:,} of the accepted lines, as the contract says"] if said["left_out"] else []
    lines += [f"Data to   {said['data_to']}"] if said["data_to"] else []
    if said["refusal"]:
        lines += ["", f"Refused   {said['refusal']}: {said['explanation']}"]
    elif said["explanation"]:
        lines += ["", f"Noticed   {said['explanation']}"]
    lines += [text for hold in said["holds"] for text in ("", f"Held      {hold['rule']}: {hold['explanation']}")]
    lines += ["", said["withdrawals"]] if said["withdrawals"] else []
    lines += _table(said["set_aside"])
    return "\n".join([*lines, "", "Nothing was stored."])


def _table(reasons: list[Mapping[str, Any]]) -> list[str]:
    if not reasons:
        return []
    rows = [f"{one['lines']:>8,}  {one['first_line']:>10,}  {one['reason']}" for one in reasons]
    meanings = [f"{'':>22}{one['meaning']} {one['what_to_do']}" for one in reasons]
    both = [text for pair in zip(rows, meanings, strict=True) for text in pair]
    return ["", "Set aside (a line with two reasons counts in both):", "", f"{'lines':>8}  {'first line':>10}", *both]
