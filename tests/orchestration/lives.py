"""A clinic's files through whole readings: what became of each delivery, once all came one after the other."""

import os
from collections.abc import Sequence
from typing import Any

from orchestration import landing, ledger
from orchestration.fates import read_active
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.orchestration.one_clinic import KEY, VOCABULARY, contract, file_of


def lines_of(patients: Sequence[int], *, year: int = 2025, month: int = 1, more: int = 0) -> str:
    """A file with a line for each patient, whose score follows from the number, and `more` to each of the scores."""
    return file_of(
        *(
            f"P{one},{year}-{month:02}-06,{year}-{month:02}-{1 + one % 27:02},pain,{(one + more) % 11}"
            for one in patients
        )
    )


def drop(home: Home, content: str | bytes, name: str = "file.csv", source: str = "hillside") -> None:
    """Puts a file into a clinic's folder, as one rename, so that no look finds half of it."""
    folder = home.landing / source
    folder.mkdir(exist_ok=True)
    writing = home.root / "writing"
    writing.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(writing, folder / name)  # noqa: PTH105 - the name may be one that no Path can hold


def became(home: Home, agreed: DeliveryContract | None = None) -> list[dict[str, Any]]:
    """The fate of every delivery that was received so far, in the order in which they came."""
    agreed = agreed or contract()
    _, fates = read_active(Reader(home, VOCABULARY, KEY), {agreed.source: agreed}, ledger.namings(home))
    return fates


def states(home: Home, *files: tuple[str, str], agreed: DeliveryContract | None = None) -> list[str]:
    """The state of each delivery, once these files (name and content) have come, one run after the other."""
    for name, content in files:
        drop(home, content, name)
        landing.receive(home)
    return [one["state"] for one in became(home, agreed)]
