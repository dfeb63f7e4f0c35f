"""Formats whose parsers are large are read in a process apart, with limits of memory, time and files.

A workbook, a Parquet file or a bundle can be made to exhaust or break whatever parses it. The process that does is
thrown away then, the delivery is refused with a sentence, and the next file gets a new one. A process is started when
the first such file comes, and reads many. What it does is `apart_worker`; delimited text is read here, in blocks.
"""

import atexit
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

import transforms
from schemas.delivery_contract import DeliveryContract
from transforms.sources import Exports, RefusedDelivery
from transforms.sources.true_kind import kind_of, opening_of

#: Memory that a reader may hold; an idle one holds a fifth of it. It is looked at so many times a second.
MOST_MEMORY, LOOKS_A_SECOND = 512 * 2**20, 50
#: Address space beyond an idle reader's, of which libraries reserve more than they use: the kernel's own limit.
MOST_ADDRESSES = 4 * 2**30
#: Seconds of computing for any file, and bytes of it for each further second.
MOST_SECONDS, BYTES_A_SECOND = 10, 10 * 2**20
#: Seconds on the clock after which a reader hangs, however little it computed; a busy machine is no fault of a file.
MOST_PATIENCE = 12
#: Bytes of any file that a reader may write.
MOST_WRITTEN = 4 * 2**30
#: What a file of each format begins with, if it is one; another kind is named.
_KINDS = {
    "excel": (
        "a workbook",
        ("a zip archive or an Office document", "an old Office document (.xls, .doc) or a protected one"),
    ),
    "parquet": ("Parquet", ("a Parquet file",)),
    "fhir": ("FHIR as JSON", ("a JSON document",)),
}


def read_all(asked: Sequence[tuple[Path, DeliveryContract, Path]]) -> list[Exports | RefusedDelivery]:
    """The exports of each file by its contract's format, or why it is refused, in the order asked for."""
    return [_other_kind(path, contract) or _reader().read(path, contract, scratch) for path, contract, scratch in asked]


def _other_kind(path: Path, contract: DeliveryContract) -> RefusedDelivery | None:
    kind, (wanted, fits) = kind_of(opening_of(path)), _KINDS[contract.format]
    if not kind or kind in fits:
        return None
    return RefusedDelivery(
        "wrong_kind", f"The file is {kind}, whatever its name says; expected {wanted}. Export it again as that."
    )


class _Reader:
    """The process that reads, as seen from here."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transforms.sources.apart_worker", str(MOST_ADDRESSES), str(MOST_WRITTEN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": _where_we_are(), "POLARS_MAX_THREADS": "1"},
        )

    def read(self, path: Path, contract: DeliveryContract, scratch: Path) -> Exports | RefusedDelivery:
        """What became of one file; a reader that broke off, or had to be stopped, refuses it."""
        seconds = MOST_SECONDS + path.stat().st_size // BYTES_A_SECOND
        over = threading.Event()
        watching = threading.Thread(target=self._watch, args=(over, time.monotonic() + seconds * MOST_PATIENCE))
        watching.start()
        try:
            answer = self._asked(pickle.dumps((path.absolute(), contract, scratch.absolute(), seconds)))
        finally:
            over.set()
            watching.join()
        if not answer:
            self.close()
            return RefusedDelivery(
                "could_not_read",
                f"Reading the file took more than {MOST_MEMORY // 2**20} MB or {seconds} seconds of computing, or "
                "broke off: it is too large, damaged, or made to do so. Save it again, split it, and send it.",
            )
        if "rule" in answer:
            return RefusedDelivery(answer["rule"], answer["explanation"])
        records, damaged = pl.scan_ipc(scratch / "records.ipc"), pl.read_ipc(scratch / "damaged.ipc")
        numbers = (answer["lines"], answer["header"], answer["blank"])
        return Exports(records, *numbers, damaged, tuple(answer["notes"]))

    def _watch(self, over: threading.Event, until: float) -> None:
        """Ends the process where it holds too much memory, or takes too long on the clock."""
        while not over.wait(1 / LOOKS_A_SECOND):
            if time.monotonic() > until or _resident(self.process.pid) > MOST_MEMORY:
                self.process.kill()
                return

    def _asked(self, request: bytes) -> dict[str, Any] | None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(len(request).to_bytes(8, "big") + request)
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what could not be written any more
                    continue


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds; none where that cannot be told."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


_readers: list[_Reader] = []


def _reader() -> _Reader:
    """The process of this one, started where there is none; one that was inherited by a fork is not ours."""
    if _readers and (_readers[0].owner != os.getpid() or _readers[0].process.poll() is not None):
        _readers.clear()
    if not _readers:
        _readers.append(_Reader())
        atexit.register(_end, _readers[0])
    return _readers[0]


def _end(reader: _Reader) -> None:
    if reader.owner == os.getpid():
        reader.close()


def _where_we_are() -> str:
    root = str(Path(transforms.__file__).resolve().parents[1])
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
