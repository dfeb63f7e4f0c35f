"""The folder where clinics drop files: what is new is hashed into the vault, byte for byte, and entered in the ledger.

Nothing is parsed here. The ledger is append-only; what became of a delivery is in the warehouse.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.settings import Home

BLOCK = 2**22


@dataclass(frozen=True)
class Delivery:
    """A received file: its hash, who sent it, and its place in the order of arrival."""

    sha256: str
    source: str
    name: str
    size: int
    received_at: str
    sequence: int

    @property
    def id(self) -> str:
        """The first twelve digits of the hash: how the delivery is called outside the vault."""
        return self.sha256[:12]


def look(home: Home) -> list[tuple[str, str, int, int]]:
    """Every file in the landing folder as (source, name, size, modified), in the order of their names.

    Links, folders within folders and hidden files are not deliveries.
    """
    found = []
    for folder in sorted(home.landing.iterdir()) if home.landing.is_dir() else []:
        if folder.is_dir() and not folder.is_symlink():
            for entry in os.scandir(folder):
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                    status = entry.stat(follow_symlinks=False)
                    found.append((folder.name, entry.name, status.st_size, status.st_mtime_ns))
    return sorted(found)


def ledger(home: Home) -> list[Delivery]:
    """Every delivery ever received, in the order of arrival; a line torn by a killed run does not count."""
    if not home.ledger.is_file():
        return []
    received = []
    for line in home.ledger.read_text("utf-8").splitlines():
        try:
            received.append(Delivery(**json.loads(line)))
        except json.JSONDecodeError:
            continue
    return received


def receive(home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Delivery]:
    """The deliveries that were not known before, hashed, kept in the vault and entered in the ledger.

    Files that arrive together are taken in the order of their names. The same bytes from the same source again are
    not a new delivery.
    """
    known = ledger(home)
    seen = {(one.source, one.sha256) for one in known}
    new: list[Delivery] = []
    for folder, name, _, _ in look(home):
        sha256, size = _keep(home, home.landing / folder / name)
        source = _text(folder)
        if (source, sha256) not in seen:
            seen.add((source, sha256))
            at = clock().isoformat(timespec="seconds")
            new.append(Delivery(sha256, source, _text(name), size, at, len(known) + len(new) + 1))
    _enter(home, new)
    return new


def _keep(home: Home, path: Path) -> tuple[str, int]:
    """Copies the file into the vault under its SHA-256, unless it is there; what is read later is the vault's copy."""
    home.scratch.mkdir(mode=0o700, exist_ok=True)
    seal, size = hashlib.sha256(), 0
    copy = home.scratch / f"receiving-{os.getpid()}"
    with path.open("rb") as theirs, copy.open("wb") as ours:
        for block in _blocks(theirs.read):
            seal.update(block)
            ours.write(block)
            size += len(block)
        ours.flush()
        os.fsync(ours.fileno())
    kept = home.vault / seal.hexdigest()
    if kept.exists():
        copy.unlink()
    else:
        copy.chmod(0o400)
        copy.replace(kept)
    return seal.hexdigest(), size


def _text(name: str) -> str:
    """A file's name as text: names are bytes, and not all of them can be stored as text."""
    return os.fsencode(name).decode("utf-8", "replace")


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(BLOCK):
        yield block


def _enter(home: Home, new: list[Delivery]) -> None:
    if not new:
        return
    with home.ledger.open("a", encoding="utf-8") as stream:
        if home.ledger.stat().st_size and not home.ledger.read_bytes().endswith(b"\n"):
            stream.write("\n")
        for one in new:
            stream.write(json.dumps(asdict(one), sort_keys=True) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
