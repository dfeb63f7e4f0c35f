"""One run at a time: a lock that the kernel releases when the process ends, however it ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from orchestration.settings import Home


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
        yield


def _about(written: str) -> str:
    try:
        holder = json.loads(written)
    except json.JSONDecodeError:
        holder = {"process": "unknown", "since": "unknown"}
    return f"another run is active: process {holder['process']}, since {holder['since']}; wait for it or stop it"
