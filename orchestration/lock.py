"""One run at a time: a lock that the kernel releases when the process ends, however it ends."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from orchestration.settings import Home

#: Where a delivery is examined without the lock, and after how many seconds such a folder is nobody's any more.
EXAMINING = ".examining-"
ABANDONED_AFTER = 3600


class AnotherRunIsActive(Exception):
    """Somebody else's run holds the lock (exit 75)."""


@contextmanager
def one_run_at_a_time(home: Home) -> Iterator[None]:
    """Holds the home's lock; raises `AnotherRunIsActive`, naming the process that holds it."""
    with home.lock.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise AnotherRunIsActive(_about(stream.read())) from None
        stream.truncate(0)
        stream.write(json.dumps({"process": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        stream.flush()
        _clear(home)
        yield


def _clear(home: Home) -> None:
    """Removes what a killed process left of files that it had under its hands: they hold cells in clear."""
    shutil.rmtree(home.scratch, ignore_errors=True)
    for folder in home.root.glob(f"{EXAMINING}*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_AFTER:
            shutil.rmtree(folder, ignore_errors=True)


def _about(written: str) -> str:
    try:
        holder = json.loads(written)
    except json.JSONDecodeError:
        holder = {"process": "unknown", "since": "unknown"}
    return f"another run is active: process {holder['process']}, since {holder['since']}; wait for it or stop it"
