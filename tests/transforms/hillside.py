"""Hillside, a made-up clinic: its contract, its files, and frames of a few rows for the steps."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT, Readings
from schemas.sources import Source, schedule, settings
from schemas.vocabulary import Vocabulary, load
from transforms.readings import keyed_records, readings
from transforms.sources import Exports
from transforms.sources.delimited import read

VOCABULARY: Vocabulary = load()
KEY = b"\x01" * 32
INSTRUMENT = {name: place for place, name in enumerate(sorted(VOCABULARY.instruments))}
DEFINITION = {name: place for place, name in enumerate(sorted(VOCABULARY.definitions))}
ENDPOINT = {name: place for place, name in enumerate(sorted(VOCABULARY.endpoints))}
#: Nothing in a test may repeat it but the test itself: it stands for a patient's value.
CANARY = "QX-CANARY-7719"

COLUMNS = {"patient": "code", "start": "begun", "date": "visit", "instrument": "measure", "score": "value"}
HEADER = ",".join(COLUMNS.values())
CODES = {"instrument": {"pain": "nrs-pain", "rmdq": "rmdq-24", "function": "ffbh-r", "cpg": "cpgs-pain"}}
LONG: dict[str, Any] = {
    "clinic": "hillside",
    "version": 1,
    "format": "delimited",
    "layout": "long",
    "condition": "chronic-low-back-pain",
    "treatment": "acupuncture",
    "columns": COLUMNS,
    "codes": CODES,
}


def contract(**changed: Any) -> DeliveryContract:
    """Hillside's contract, a row for each score, but for the keys that are `changed`; None takes one out."""
    written = {key: value for key, value in (LONG | changed).items() if value is not None}
    return contract_from(written, VOCABULARY, where="hillside.toml")


def exported(content: str | bytes, agreed: DeliveryContract | None = None) -> Exports:
    """The exports of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path, scratch = Path(folder) / "file.csv", Path(folder) / "scratch"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        scratch.mkdir()
        found = read(path, agreed or contract(), scratch)
        return replace(found, records=found.records.collect().lazy())


def typed(content: str, agreed: DeliveryContract | None = None) -> pl.DataFrame:
    """The typed rows of a file with this content, before they are settled among each other."""
    agreed = agreed or contract()
    records = exported(content, agreed).records.collect().with_columns(delivery=pl.lit(0, pl.Int32))
    with_keys = keyed_records(records, contract=agreed, sources=[agreed.source], key=KEY)
    return readings(with_keys, contract=agreed, vocabulary=VOCABULARY).sort("line").drop("delivery")


def reasons(mask: int) -> set[str]:
    """The reasons in a mask."""
    return {name for name, bit in BIT.items() if mask & bit}


def day(text: str) -> date:
    """A date from ISO text."""
    return date.fromisoformat(text)


# ---- frames for the steps after reading --------------------------------------------------------------------

Row = dict[str, Any]


def accepted(*rows: Row, source: int = 0) -> pl.LazyFrame:
    """Accepted readings with `source`; lines are numbered as the rows stand."""
    written = [
        {"line": at, "patient": 1, "instrument": "nrs-pain", "reasons": 0} | row for at, row in enumerate(rows, start=2)
    ]
    for row in written:
        row["instrument"] = INSTRUMENT[row["instrument"]]
    frame = pl.DataFrame(written, schema=Readings.schema(), orient="row")
    return frame.with_columns(source=pl.lit(source, pl.Int16)).lazy()


def known(*agreed: DeliveryContract, data_to: str | None = "2026-10-31") -> tuple[Sequence[Source], pl.DataFrame]:
    """Sources with these contracts, and their settings."""
    sources = [Source(one, day(data_to) if data_to else None) for one in agreed]
    return sources, settings(sources)


def due(sources: Sequence[Source]) -> pl.DataFrame:
    """The schedule of endpoints of sources."""
    return schedule(sources, VOCABULARY)
