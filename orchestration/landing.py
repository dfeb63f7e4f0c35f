"""The folder where clinics drop files: what is new is hashed into the vault, byte for byte, and entered in the ledger.

Nothing is parsed here. What is entered is `ledger`'s; what in the folder can be taken at all is `arrivals`.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from orchestration import journal, ledger, removals
from orchestration.arrivals import Candidate, Left, is_being_written, opened, survey
from orchestration.ledger import Delivery
from orchestration.settings import Home

BLOCK = 2**22
#: So many files are hashed before they are entered in the ledger: a killed run loses no more than their hashing.
FILES_AT_ONCE = 1000
#: How often a file that changes while it is read is tried again before it waits for the next run.
TRIES = 2


@dataclass(frozen=True)
class Taken:
    """What one look at the landing folder gave: new deliveries, known bytes that came again, and what was left.

    `again` names the source of each file whose bytes the same source had sent before.
    """

    new: tuple[Delivery, ...]
    again: tuple[str, ...]
    left: tuple[Left, ...]

    @property
    def unreadable(self) -> bool:
        """Whether a file that a clinic sent could not be read."""
        return any(one.why == "unreadable" for one in self.left)

    @property
    def look_again(self) -> bool:
        """Whether the next run has to look again, though nothing may have changed that can be seen from outside."""
        return self.unreadable or any(one.waits for one in self.left)


def look(home: Home) -> list[tuple[str, str, int, int]]:
    """Every file in the landing folder as (source, name, size, modified), in the order of their names.

    Links, folders within folders, hidden and unfinished files are not deliveries.
    """
    return [(one.source, one.name, one.size, one.modified) for one in survey(home)[0]]


def receive(home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Delivery]:
    """The deliveries that were not known before: what is new of `take`."""
    return list(take(home, clock).new)


def take(home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC), settled_seconds: float = 0) -> Taken:
    """Hashes what is new in the landing folder, keeps it in the vault and enters it in the ledger.

    Files that arrive together are taken in the order of their names. The same bytes from the same source again are
    not a new delivery; another name of theirs is entered, for a name can be why they were refused. A file waits while
    somebody has it open for writing, while it changes as it is read, and until nobody has written to it for
    `settled_seconds`. One that cannot be read keeps no other from being taken.
    """
    candidates, left = survey(home)
    receiving = _Receiving(home, clock, settled_seconds, left)
    for at in range(0, len(candidates), FILES_AT_ONCE):
        receiving.batch(candidates[at : at + FILES_AT_ONCE])
    return Taken(tuple(receiving.new), tuple(receiving.again), tuple(left))


class _Receiving:
    """One pass over the landing folder, batch by batch."""

    def __init__(self, home: Home, clock: Callable[[], datetime], settled_seconds: float, left: list[Left]) -> None:
        self.home, self.clock, self.settled_seconds, self.left = home, clock, settled_seconds, left
        self.new: list[Delivery] = []
        self.again: list[str] = []
        self.known = known = ledger.namings(home)
        self.gone = removals.removed(home)
        self.count = max((one.sequence for one in known), default=0)
        self.seen = {(one.source, one.sha256) for one in known}
        self.named = {(one.source, one.sha256, one.name) for one in known}
        self.marks = _marks(home)
        self._prove_entered()

    def batch(self, candidates: Sequence[Candidate]) -> None:
        """Takes some files and enters them: first what they are, then that they were seen."""
        entered: list[Delivery] = []
        marks = []
        for one in candidates:
            kept = None if self._is_known(one) else self._kept(one)
            if kept is None:
                continue
            sha256, size = kept
            source, name = _text(one.source), _text(one.name)
            if (source, sha256) in self.gone:
                removals.take_away(self.home, sha256, self.known, self.gone)
                self.left.append(Left(one.source, "removed"))
                continue
            marks.append({"source": source, "name": name, "mark": one.mark, "sha256": sha256})
            is_new = (source, sha256) not in self.seen
            self.again += [source] if not is_new and self._came_again(one) else []
            if (source, sha256, name) not in self.named:
                entered.append(Delivery(sha256, source, name, size, self._now(), self.count + len(entered) + 1))
                self.new += entered[-1:] if is_new else []
                self.named.add((source, sha256, name))
                self.seen.add((source, sha256))
        journal.enter(self.home.ledger, map(asdict, entered))
        journal.enter(self.home.arrivals, marks)
        self.count += len(entered)

    def _prove_entered(self) -> None:
        """Raises `journal.Damaged` for deliveries whose arrival was noted and that the ledger does not have."""
        lost = {(source, sha256) for (source, _), (_, sha256) in self.marks.items()} - self.seen
        if lost:
            raise journal.Damaged(
                f"the ledger: found no entry of {len(lost)} delivery(ies) that arrivals.jsonl knows; expected one of "
                "each",
                "Put the newest ledger.jsonl back. Only if there is none: remove arrivals.jsonl, and what still lies "
                "in landing/ is taken anew, in the order of names. Nothing was changed; the last release stands.",
            )

    def _now(self) -> str:
        return self.clock().isoformat(timespec="seconds")

    def _came_again(self, one: Candidate) -> bool:
        """Whether a file was delivered once more; new rights on one that lies there already are no delivery."""
        mark, _ = self.marks.get((_text(one.source), _text(one.name)), (None, ""))
        return mark is None or [mark[1], mark[3]] != [one.modified, one.inode]

    def _is_known(self, one: Candidate) -> bool:
        mark, sha256 = self.marks.get((_text(one.source), _text(one.name)), (None, ""))
        # Homes of earlier versions noted another name of known bytes in their marks alone.
        entered = (_text(one.source), sha256, _text(one.name)) in self.named
        return entered and bool(mark == one.mark) and (self.home.vault / sha256).is_file()

    def _kept(self, one: Candidate) -> tuple[str, int] | None:
        """The hash and size of a file that is in the vault now; None, and why it was left, if it cannot be taken."""
        path = self.home.landing / one.source / one.name
        if 0 <= self.clock().timestamp() - one.modified / 1e9 < self.settled_seconds:
            self.left.append(Left(one.source, "unfinished"))
            return None
        for _ in range(TRIES):
            try:
                return keep(self.home, path)
            except Unsettled:
                continue
            except Unreadable:
                self.left.append(Left(one.source, "unreadable"))
                return None
        self.left.append(Left(one.source, "unfinished"))
        return None


def _marks(home: Home) -> dict[tuple[str, str], tuple[Any, str]]:
    """By source and name how each file looked that was taken, and its SHA-256; nothing where that cannot be read.

    A file whose mark is lost is looked at once more, and known by its bytes.
    """
    try:
        found = journal.entries(home.arrivals)
        return {(one["source"], one["name"]): (one["mark"], one["sha256"]) for one in found}
    except (journal.Damaged, KeyError):
        home.arrivals.unlink()
        return {}


class Unsettled(Exception):
    """A file is being written, or was changed, replaced or taken away while it was read."""


class Unreadable(Exception):
    """A file may not be read, or the disk cannot give it."""


def keep(home: Home, path: Path) -> tuple[str, int]:
    """Copies the file into the vault under its SHA-256, unless it is there; what is read later is the vault's copy.

    Raises `Unsettled` or `Unreadable`, and what the disk that we write to raises; nothing is kept then.
    """
    handle = _open(path)
    try:
        if is_being_written(handle):
            raise Unsettled
        before = _mark(os.fstat(handle))
        home.scratch.mkdir(mode=0o700, exist_ok=True)
        ours, name = mkstemp(dir=home.scratch, prefix="receiving-")
        copy = Path(name)
        try:
            sha256, size = _copy(handle, ours)
            if before != _mark(os.fstat(handle)) or before != _mark_of(path):
                raise Unsettled
            kept = home.vault / sha256
            if not kept.exists():
                copy.chmod(0o400)
                copy.replace(kept)
        finally:
            copy.unlink(missing_ok=True)
    finally:
        os.close(handle)
    return sha256, size


def _open(path: Path) -> int:
    try:
        return opened(path)
    except FileNotFoundError:
        raise Unsettled from None
    except (OSError, ValueError):
        raise Unreadable from None


def _mark(seen: os.stat_result) -> tuple[int, ...]:
    return (seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_dev)


def _mark_of(path: Path) -> tuple[int, ...] | None:
    try:
        return _mark(path.lstat())
    except OSError:
        return None


def _copy(theirs: int, ours: int) -> tuple[str, int]:
    seal, size = hashlib.sha256(), 0
    with os.fdopen(ours, "wb") as stream:
        for block in _blocks(theirs):
            seal.update(block)
            stream.write(block)
            size += len(block)
        stream.flush()
        os.fsync(stream.fileno())
    return seal.hexdigest(), size


def _blocks(handle: int) -> Iterator[bytes]:
    while True:
        try:
            block = os.read(handle, BLOCK)
        except OSError:
            raise Unreadable from None
        if not block:
            return
        yield block


def _text(name: str) -> str:
    """A file's name as text: names are bytes, and not all of them can be stored as text."""
    return os.fsencode(name).decode("utf-8", "replace")
