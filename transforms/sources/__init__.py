"""One module for each export format: `read(path, contract, scratch)` gives `Exports`, renamed and still text.

A format is added by adding a module with that function and its name to `FORMATS` of the delivery contract.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from schemas.delivery_contract import DeliveryContract

#: Columns of the records that could not be split.
DAMAGED = {"line": pl.Int32, "span": pl.Int32, "reason": pl.String}


#: Formats whose modules work in a process apart (`apart`).
FORMATS_APART = ("excel", "parquet", "fhir")


@dataclass(frozen=True)
class Exports:
    """The records of one delivery, renamed and still text, with the place of every physical line.

    `records` has `line` (from 1), `span` (physical lines that the record takes up) and one text column for each
    of ours that the contract names. `damaged` has `line`, `span` and `reason` of records that could not be split,
    or hold a cell that no typing could judge. A format without physical lines says in its module what a line is.
    `notes` are sentences about the file as a whole, without a value.
    """

    records: pl.LazyFrame
    lines: int
    header: int
    blank: int
    damaged: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DAMAGED))
    notes: tuple[str, ...] = ()


class RefusedDelivery(Exception):
    """A whole file is refused: the rule, and a sentence with what was found, expected, and to do; never a value."""

    def __init__(self, rule: str, explanation: str) -> None:
        self.rule = rule
        self.explanation = explanation
        super().__init__(f"{rule}: {explanation}")


def read_all(asked: Sequence[tuple[Path, DeliveryContract, Path]]) -> list[Exports | RefusedDelivery]:
    """The exports of each file, by its contract's format, or why it is refused; in the order asked for.

    A format that can read several files at once has a `read_all` of its own.
    """
    found: dict[int, Exports | RefusedDelivery] = {}
    for name in sorted({contract.format for _, contract, _ in asked}):
        module = importlib.import_module(f"transforms.sources.{'apart' if name in FORMATS_APART else name}")
        places = [at for at, (_, contract, _) in enumerate(asked) if contract.format == name]
        wanted = [asked[at] for at in places]
        read = getattr(module, "read_all", None)
        found |= dict(zip(places, read(wanted) if read else [_one(module.read, *one) for one in wanted], strict=True))
    return [found[at] for at in range(len(asked))]


def _one(
    read: Callable[[Path, DeliveryContract, Path], Exports], path: Path, contract: DeliveryContract, scratch: Path
) -> Exports | RefusedDelivery:
    try:
        return read(path, contract, scratch)
    except RefusedDelivery as refused:
        return refused


def our_columns(contract: DeliveryContract) -> dict[str, str]:
    """Ours to theirs for every column that the contract names: measures as `measure_0`, items as `item_0_0`, and so on.

    A column of theirs may serve more than once; each of ours appears once.
    """
    ours = dict(contract.columns)
    for place, measure in enumerate(contract.measures):
        if measure.column:
            ours[f"measure_{place}"] = measure.column
        ours |= {f"item_{place}_{at}": item for at, item in enumerate(measure.items)}
        if measure.missing_when:
            ours[f"missing_{place}"] = measure.missing_when.column
    if contract.include:
        ours["include"] = contract.include.column
    if contract.sender:
        ours["sender"] = contract.sender.column
    if contract.cohorts:
        ours["cohort"] = contract.cohorts.column
    if contract.data_cut.column:
        ours["data_cut"] = contract.data_cut.column
    return ours
