"""A home with one clinic, Hillside, and no more of the house than the reader and the computing of its counts."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import computing, landing
from orchestration.computing import Job
from orchestration.judging import Reading
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from schemas.sources import Source
from tests.transforms.hillside import CANARY, HEADER, KEY, VOCABULARY, contract

__all__ = ["CANARY", "HEADER", "KEY", "VOCABULARY", "contract"]

NO_PLAN = pl.DataFrame(schema=dict.fromkeys(("definition", "endpoint", "population"), pl.String))
GOOD = "A1,2025-01-15,2025-01-15,pain,7"
LATER = "A1,2025-01-15,2025-07-17,pain,2"
OTHER = "B2,2025-02-15,2025-02-15,pain,6"


def a_home(place: Path) -> Home:
    """An empty home below `place`."""
    home = Home.at(place / "home")
    home.prepare()
    return home


def file_of(*lines: str) -> str:
    """A file of Hillside with these lines."""
    return "\n".join([HEADER, *lines]) + "\n"


def read(
    home: Home,
    content: str | bytes,
    agreed: DeliveryContract | None = None,
    *,
    name: str = "file.csv",
    key: bytes = KEY,
) -> Reading:
    """The reading of a file that one clinic drops."""
    agreed = agreed or contract()
    folder = home.landing / agreed.source
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    deliveries = [one for one in landing.receive(home) if one.source == agreed.source]
    (reading,) = Reader(home, VOCABULARY, key).read([(one, agreed) for one in deliveries])
    return reading


def rows(home: Home, reading: Reading) -> pl.DataFrame:
    """The stored rows of a reading."""
    return pl.read_parquet(folder_of(home, reading) / "readings.parquet")


def folder_of(home: Home, reading: Reading) -> Path:
    """The folder of a reading."""
    return home.readings / reading.source / reading.folder


def job(readings: Sequence[Reading], agreed: DeliveryContract | None = None, plan: pl.DataFrame = NO_PLAN) -> Job:
    """The job of one source with these readings."""
    source = Source(agreed or contract(), computing.data_to(readings))
    return computing.job_of(source, readings, VOCABULARY, plan)


def bytes_below(folder: Path, *, without: Sequence[str] = ()) -> dict[str, bytes]:
    """Every file below a folder with its bytes, but for those below the folders named in `without`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if name.split("/")[0] not in without}


def disguises(value: str) -> list[bytes]:
    """A value as it might be hidden: as it is, in other cases, backwards, in base64, in hex and in UTF-16."""
    plain = [value, value.upper(), value.lower(), value[::-1]]
    hidden = [form.encode() for form in plain]
    hidden += [base64.b64encode(value.encode())[: len(value) - len(value) % 3], value.encode().hex().encode()]
    return [*hidden, value.encode("utf-16-le"), value.encode("utf-16-be")]


def reading_json(home: Home, reading: Reading) -> dict[str, Any]:
    """What is told of a reading beside its rows."""
    told: dict[str, Any] = json.loads((folder_of(home, reading) / "reading.json").read_text("utf-8"))
    return told
