"""The sample network, run once for every test that only looks at what came out."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from orchestration import pipeline
from orchestration.sample import write_sample
from orchestration.settings import Home

KEY = bytes(range(1, 33))


@cache
def sample_home() -> Home:
    """A home in which the sample network was written and run."""
    return ran_in(Path(mkdtemp(prefix="verum-sample-")) / "home", KEY)


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
