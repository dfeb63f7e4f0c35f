"""The sample network, run once for every test that only looks at what came out, whichever process the test runs in."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from orchestration import pipeline
from orchestration.sample import write_sample
from orchestration.settings import Home

KEY = bytes(range(1, 33))


@cache
def sample_home() -> Home:
    """A home in which the sample network was written and run. Others look at it too: change a copy of it."""
    shared = Path(os.environ["VERUM_TESTS_SHARE"])  # made and taken away in `tests/conftest.py`
    with (shared / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # the first of the processes makes it, and the others wait
        made = Home(shared / "home")
        return made if made.current.exists() else ran_in(made.root, KEY)


def ran_in(place: Path, key: bytes) -> Home:
    """The sample network, written and run at `place` under a key of its own."""
    write_sample(place)
    with keyed(place.with_name("key"), key):
        pipeline.run(Home(place))
    return Home(place)


@contextmanager
def keyed(place: Path, key: bytes) -> Iterator[None]:
    """Runs a block with the key at `place`."""
    if not place.exists():
        place.write_bytes(key)
        place.chmod(0o600)
    before = os.environ.get("VERUM_KEY_FILE")
    os.environ["VERUM_KEY_FILE"] = str(place)
    try:
        yield
    finally:
        if before is None:
            del os.environ["VERUM_KEY_FILE"]
        else:
            os.environ["VERUM_KEY_FILE"] = before
