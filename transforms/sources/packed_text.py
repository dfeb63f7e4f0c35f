"""Text that a clinic sends packed: a gzip file's contents within limits, where the contract says `[file] packed`.

Any other archive, and a gzip file that nobody declared, is refused by name (`true_kind`). What the text says is not
looked at here.
"""

import gzip
import zlib
from pathlib import Path

from transforms.sources import RefusedDelivery
from transforms.sources.true_kind import opening_of

GZIP = b"\x1f\x8b"
#: A clinic's text packs six to fifteen times; what grows more than so many times, and beyond so much, is a bomb (B13).
MOST_TIMES, ALWAYS_ALLOWED = 50, 64 * 2**20
BLOCK = 2**20


def unpacked(path: Path, scratch: Path) -> Path:
    """The contents of the gzip file at `path`, in a new file in `scratch`.

    Raises `RefusedDelivery`: `wrong_kind` where it is no gzip file, `packed` where it is damaged or cut, `too_large`
    where it grows beyond what text does.
    """
    if not opening_of(path).startswith(GZIP):
        raise RefusedDelivery(
            "wrong_kind", "The file is not packed with gzip, as the contract declares. Pack it, or change the contract."
        )
    text = scratch / "unpacked"
    try:
        _unpack(path, text, max(ALWAYS_ALLOWED, MOST_TIMES * path.stat().st_size))
    except EOFError:
        raise RefusedDelivery("packed", "The gzip file has no end: it was cut. Send all of it again.") from None
    except (OSError, zlib.error):
        raise RefusedDelivery(
            "packed",
            "The gzip file is damaged: it does not give what was packed. Pack it again and send it again.",
        ) from None
    return text


def _unpack(path: Path, text: Path, most: int) -> None:
    written = 0
    with gzip.open(path, "rb") as theirs, text.open("wb") as ours:
        while block := theirs.read(BLOCK):
            written += len(block)
            if written > most:
                raise RefusedDelivery(
                    "too_large",
                    f"The gzip file unpacks to more than {MOST_TIMES} times its size: no table of scores does. "
                    "Send it as plain text.",
                )
            ours.write(block)
