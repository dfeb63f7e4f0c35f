"""Templates as Jinja compiled them, kept where Python keeps its own compiled modules: in `__pycache__`, beside them.

Compiling all of them takes longer than drawing a small site. What is kept holds for one text, one Jinja, one Python and
one set of rules of syntax; what is of others, or damaged, is compiled again. How templates are filled is `layout`.
"""

import marshal
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

SEAL_BYTES = 32


class Compiled(BytecodeCache):
    """Keeps what was compiled under these rules of syntax; where Python may write nothing, nothing is kept.

    No text decides but that of the template: its constants are put in as they are compiled, so no template may hand one
    to a filter of ours.
    """

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self.rules = sorted(rules.items())

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Where the compiled form of a template's file is."""
        return cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """The SHA-256 of all that decides what comes of a text."""
        return sha256(repr((source, self.rules, jinja2.__version__, MAGIC_NUMBER)).encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives the bucket its code, if it is kept and whole."""
        try:
            held = Path(bucket.key).read_bytes()
        except OSError:
            return
        seal, code = held[:SEAL_BYTES], held[SEAL_BYTES:]
        if seal == _seal(bucket, code):
            bucket.code = marshal.loads(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the bucket's code; a run that cannot keep it goes on without."""
        if sys.dont_write_bytecode:
            return
        code = marshal.dumps(bucket.code)
        place = Path(bucket.key)
        unfinished = place.with_name(f"{place.name}.{os.getpid()}")
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(_seal(bucket, code) + code)
            unfinished.replace(place)


def _seal(bucket: Bucket, code: bytes) -> bytes:
    return sha256(bucket.checksum.encode() + code).digest()
