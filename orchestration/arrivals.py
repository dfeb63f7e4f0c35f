"""What lies in the landing folder: which files can be taken, which are still being written, and which never are.

Nothing is copied here; `landing` does that. No name is repeated in what is told: a name can be a patient's.
"""

import fcntl
import os
import signal
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import Home
from schemas.aliases import ALIAS

#: Endings that copying programs give to what they have not finished.
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".upload", ".writing", "~")
#: What is not taken: what it is called, whether a later run takes it by itself, and what to do about it.
NOT_TAKEN = {
    "unfinished": ("still being written", True, "It is taken by the run after it is finished."),
    "link": ("a symbolic link, which is never followed", False, "Put the file itself there."),
    "hard_link": ("a file with a second name elsewhere (a hard link)", False, "Put a copy of its own there."),
    "folder": ("a folder within a clinic's folder", False, "Put the files one level up."),
    "special": ("neither a file nor a folder", False, "Take it away; export to a file."),
    "removed": ("a file whose bytes a person had removed from the vault", False, "Take it away."),
    "stray": ("a file in no clinic's folder", False, "Put it into the folder of the clinic that sent it."),
    "unreadable": ("a file that may not be read, or that the disk cannot give", False,
                   "Let the account that runs Verum read it (chmod), or copy it there again."),
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A file that may be a delivery, as it was when it was looked at."""

    source: str
    name: str
    size: int
    modified: int
    changed: int
    inode: int

    @property
    def mark(self) -> list[int]:
        """What differs once the file is written to or replaced."""
        return [self.size, self.modified, self.changed, self.inode]


@dataclass(frozen=True)
class Left:
    """Something in the landing folder that is not taken, and why: a key of `NOT_TAKEN`."""

    source: str
    why: str

    @property
    def waits(self) -> bool:
        """Whether a later run takes it by itself."""
        return NOT_TAKEN[self.why][1]


def survey(home: Home) -> tuple[list[Candidate], list[Left]]:
    """Every file that may be a delivery, in the order of sources and names, and everything that is none.

    Links are not followed, nothing is opened. Hidden files are nobody's.
    """
    found: list[Candidate] = []
    left: list[Left] = []
    for folder in sorted(home.landing.iterdir()) if home.landing.is_dir() else []:
        if folder.is_symlink() or not folder.is_dir():
            left += [] if folder.name.startswith(".") else [Left("", "link" if folder.is_symlink() else "stray")]
            continue
        for entry in _entries(folder, left):
            one = _looked_at(folder.name, entry)
            if isinstance(one, Left):
                left.append(one)
            else:
                found.append(one)
    return sorted(found, key=lambda one: (one.source, one.name)), left


def _looked_at(source: str, entry: "os.DirEntry[str]") -> Candidate | Left:
    try:
        if why := _not_taken(entry):
            return Left(source, why)
        seen = entry.stat(follow_symlinks=False)
    except OSError:  # its folder may be listed and not entered, or the file is gone
        return Left(source, "unreadable")
    return Candidate(source, entry.name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)


def _entries(folder: Path, left: list[Left]) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if not entry.name.startswith("."))
    except PermissionError:
        left.append(Left(folder.name, "unreadable"))


def _not_taken(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not entry.is_file(follow_symlinks=False):
        return "special"
    if entry.stat(follow_symlinks=False).st_nlink > 1:
        return "hard_link"
    return "unfinished" if entry.name.lower().endswith(UNFINISHED) else ""


def opened(path: Path) -> int:
    """The file, open for reading: never a link that was put there meanwhile, and never waited for.

    Raises `OSError` where it may not be read, and `ValueError` where it is no longer a plain file of one name.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    seen = os.fstat(handle)
    if not stat.S_ISREG(seen.st_mode) or seen.st_nlink > 1:
        os.close(handle)
        raise ValueError("no longer a plain file")
    return handle


def is_being_written(handle: int) -> bool:
    """Whether somebody on this machine has the file open for writing; False where the system cannot say.

    A lease for reading is refused exactly then. A writer who comes while we hold it is signalled nothing that ends us.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file of somebody else's, or a disk without leases
        return False
    return False


def told(left: Sequence[Left]) -> list[str]:
    """One sentence for each folder and kind of thing that was not taken, with how many and what to do."""
    counted = Counter(left)
    return [
        f"Not taken from {_place(one.source)}: {NOT_TAKEN[one.why][0]} ({number}). {NOT_TAKEN[one.why][2]}"
        for one, number in sorted(counted.items(), key=lambda pair: (pair[0].source, pair[0].why))
    ]


def _place(source: str) -> str:
    """The folder by its name, if it is one that a clinic may have: any other may be a patient's."""
    return f"landing/{source}" if ALIAS.fullmatch(source) else "a folder of landing" if source else "landing"
