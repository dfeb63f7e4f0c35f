"""The process that reads one file after another for `apart`, within limits that the kernel keeps.

It is asked through its input, and answers with a line of JSON: what became of the file, never what is in it. Records go
to Arrow files in the scratch folder that was named. It ends when its input does.
"""

import importlib
import json
import os
import pickle
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import polars as pl

from schemas.delivery_contract import DeliveryContract
from transforms.sources import FORMATS_APART, RefusedDelivery

_Panic: type[BaseException] = pl.exceptions.PanicException
_OPEN_FILES = 256


def main() -> None:
    """Answers requests until there are no more; arguments: bytes of memory beyond ours, bytes of a written file."""
    memory, written = (int(word) for word in sys.argv[1:3])
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever a parser prints goes nowhere
    for name in FORMATS_APART:
        importlib.import_module(f"transforms.sources.{name}")
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # too large a file ends us, and is no error of the one that is read
    _limit(memory, written)
    while size := asked.read(8):
        request = pickle.loads(asked.read(int.from_bytes(size, "big")))  # from the process that started this one
        answers.write(json.dumps(_answer(*request)) + "\n")
        answers.flush()


def _limit(memory: int, written: int) -> None:
    """What the kernel keeps from here on; address space counts what is reserved as well, so ours now is added."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + memory
    limits = {
        resource.RLIMIT_AS: most,
        resource.RLIMIT_FSIZE: written,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (soft, soft))


def _answer(path: Path, contract: DeliveryContract, scratch: Path, seconds: int) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    try:
        read = importlib.import_module(f"transforms.sources.{contract.format}").read
        found = read(path, contract, scratch)
        found.records.sink_ipc(scratch / "records.ipc")
        found.damaged.write_ipc(scratch / "damaged.ipc")
    except RefusedDelivery as refused:
        return {"rule": refused.rule, "explanation": refused.explanation}
    except (MemoryError, OSError, _Panic, pl.exceptions.PolarsError):
        return {}
    return {"lines": found.lines, "header": found.header, "blank": found.blank, "notes": list(found.notes)}


if __name__ == "__main__":
    main()
