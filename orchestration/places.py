"""What lies at a place of a home, and how an error of the disk is told: where, found, expected, what to do.

The one mechanism for all of a home's files and folders; what is inside of them is judged by those who read them.
"""

import errno
import stat
from collections.abc import Iterable
from pathlib import Path

#: A name was found, but of the wrong kind: a matter of how the home is set up, not of the disk.
MISPLACED = (IsADirectoryError, NotADirectoryError, FileExistsError)
LAST_STANDS = "The last release stands."

_FILE = "a file as Verum or you wrote it. Move the folder away, put the file back from a backup if there is one"
_FOLDER = "a folder. Move the file away; make the folder, or put it back from a backup"
_LINK = "a link to one of the releases, which the next run lays anew. Move the folder away"
_RIGHT = (
    "no right to use it",
    "one that the account that runs Verum may read and write. Give it the right (chmod, chown)",
)
_FULL = ("no room left on its disk", "room for it. Make room")
#: By number of an error: what was found, and what was expected with what to do.
_TOLD = {
    errno.EISDIR: ("a folder", _FILE),
    errno.ENOTDIR: ("a file in the place of one of the folders above it", _FOLDER),
    errno.EEXIST: ("a file", _FOLDER),
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: ("a disk that may not be written to", "one that may. Mount it so"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOENT: ("nothing", "what the last run had put there. Put it back from a backup"),
    errno.EIO: ("a disk that cannot give or take it", "a sound one. Look after the disk, put the home on another"),
}
_OTHER = ("what the disk cannot give or take", "a file or folder of a home. Look at the disk")


def misplaced(files: Iterable[Path], folders: Iterable[Path], links: Iterable[Path]) -> str | None:
    """Names the first of these places that holds another kind of thing than it should; None where none does.

    What is not there is in nobody's way. Files and folders may be links to such.
    """
    wanted = [(place, stat.S_ISREG, _FILE) for place in files]
    wanted += [(place, stat.S_ISDIR, _FOLDER) for place in folders]
    wanted += [(place, stat.S_ISLNK, _LINK) for place in links]
    for place, is_right, expected in wanted:
        try:
            mode = place.stat(follow_symlinks=expected is not _LINK).st_mode
        except FileNotFoundError:
            continue
        if not is_right(mode):
            return f"{place}: found {_kind(mode)}; expected {expected}, and try again. {LAST_STANDS}"
    return None


def told(error: OSError) -> str:
    """An error that Python raised for a file, as a sentence; one that somebody here wrote is told as it is.

    The second name of a failed move is the one that is known by name; the first is of unfinished work.
    """
    if error.errno is None:
        return str(error)
    found, expected = _TOLD.get(error.errno, _OTHER)
    named = error.filename2 or error.filename
    where = _shown(named) if isinstance(named, str | Path) else "a file"
    return f"{where}: found {found}; expected {expected}, and try again. {LAST_STANDS}"


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a file" if stat.S_ISREG(mode) else "neither a file nor a folder"


def _shown(named: str | Path) -> str:
    """A path; of what clinics sent no more than that it lies in landing, for names there may be patients'."""
    parts = Path(named).parts
    return str(Path(*parts[: parts.index("landing") + 1])) if "landing" in parts else str(named)
