"""Reads files that are made to exhaust a reader, in a process of its own, and prints what each cost.

    python -m tests.faults.hostile FOLDER

prints a line of JSON for each: its name, the rule that refused it, seconds of computing, and the most memory held.
"""

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.transforms.hillside import HEADER, contract
from transforms.sources import RefusedDelivery, read_all

MANY = 2**25
ROW = b"A1,2025-01-15,2025-01-15,pain,7\n"


def sparse(path: Path, opening: bytes, size: int) -> None:
    """A file of `size` bytes that takes up no more room than its opening."""
    with path.open("wb") as stream:
        stream.write(opening)
        stream.truncate(size)


def _columns(path: Path) -> None:
    path.write_bytes(b",".join(b"c%d" % at for at in range(1_000_000)) + b"\n" + ROW)


def _quotes(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(HEADER.encode() + b"\n")
        for _ in range(64):
            stream.write(b'"A1,2025-01-15\n' * 2**16)


def _short_lines(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(HEADER.encode() + b'\n"\n')
        for _ in range(32):
            stream.write(b"x\n" * 2**20)


def _bomb(path: Path) -> None:
    """Ten gigabytes of one row, packed as often as it is said: parts of a gzip file are read one after the other."""
    part = gzip.compress(ROW * 2**20, mtime=0)
    with path.open("wb") as stream:
        stream.write(gzip.compress(HEADER.encode() + b"\n"))
        for _ in range(320):
            stream.write(part)


#: Hostile files that the contract declares to be packed.
PACKED = ("10 MB of gzip that hold 10 GB",)
HOSTILE: dict[str, Callable[[Path], object]] = {
    "a file of 10 GB": lambda path: sparse(path, HEADER.encode() + b"\n" + ROW, 10 * 2**30),
    "a line of 7 GB": lambda path: sparse(path, HEADER.encode() + b"\n" + b"a" * MANY, 7 * 2**30),
    "a header of 1 GB": lambda path: sparse(path, b"a," * MANY, 2**30),
    "a quote of 1 GB that is never closed": lambda path: sparse(path, HEADER.encode() + b'\n"' + b"a" * MANY, 2**30),
    "60 MB of quotes that are never closed": _quotes,
    "60 MB of lines of one letter": _short_lines,
    "a million columns": _columns,
    "10 MB of gzip that hold 10 GB": _bomb,
    "a gigabyte of nothing": lambda path: sparse(path, b"", 2**30),
}


def cost(name: str, path: Path, scratch: Path) -> dict[str, object]:
    """What reading a file costs, and how it ends."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak of memory is counted from here
    agreed = contract(file={"packed": "gzip" if name in PACKED else "no"})
    began = time.process_time()
    (found,) = read_all([(path, agreed, scratch)])
    seconds = time.process_time() - began
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    rule = found.rule if isinstance(found, RefusedDelivery) else ""
    return {"name": name, "rule": rule, "seconds": round(seconds, 2), "megabytes": peak // 1024}


def main() -> None:
    """Makes, reads and removes each file in the folder that is named."""
    folder = Path(sys.argv[1])
    for at, (name, make) in enumerate(HOSTILE.items()):
        path, scratch = folder / f"{at}.csv", folder / f"scratch-{at}"
        scratch.mkdir()
        make(path)
        print(json.dumps(cost(name, path, scratch)), flush=True)  # noqa: T201 - read by the test that started this
        path.unlink()


if __name__ == "__main__":
    main()
