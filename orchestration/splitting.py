"""Deliveries split into records that are still text, or refused as a whole: who sent them, and the day they speak for.

How bytes become records is `transforms.sources`; what the records are worth is `judging`.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import polars as pl

from orchestration import fingerprints
from orchestration.ledger import Delivery
from orchestration.settings import Home
from schemas.delivery_contract import DataCut, DeliveryContract
from transforms.sign_offs import LineWord
from transforms.sources import Exports, RefusedDelivery, read_all
from transforms.typed_cells import as_date


@dataclass(frozen=True)
class Split:
    """A delivery on its way: split into records, or refused; its contract has the data cut of this delivery."""

    delivery: Delivery
    contract: DeliveryContract
    folder: Path
    scratch: Path
    lines: int
    exports: Exports | None = None
    refusal: str = ""
    explanation: str = ""
    said: Sequence[LineWord] = ()
    #: Keyed hashes of patients who take no part any more.
    withdrawn: Sequence[int] = ()


def split(
    home: Home,
    asked: Sequence[tuple[Delivery, DeliveryContract, Path]],
    said: Mapping[tuple[str, str], Sequence[LineWord]] = MappingProxyType({}),
    scratch: Path | None = None,
) -> list[Split]:
    """The records of each delivery's copy in the vault, still text, or why it is refused.

    `said` is what people said of lines that were set aside, by source and SHA-256; `scratch` is room for copies, if
    not that of the one run that is active.
    """
    for delivery, _, _ in asked:
        _prove_bytes(home, delivery)
    scratches = [Path(tempfile.mkdtemp(dir=scratch or home.scratch)) for _ in asked]
    files = [
        (home.vault / delivery.sha256, contract, scratch)
        for (delivery, contract, _), scratch in zip(asked, scratches, strict=True)
    ]
    found = zip(asked, scratches, read_all(files), strict=True)
    return [
        replace(_split(home, *one, scratch, exports), said=said.get((one[0].source, one[0].sha256), ()))
        for one, scratch, exports in found
    ]


def _split(
    home: Home,
    delivery: Delivery,
    contract: DeliveryContract,
    folder: Path,
    scratch: Path,
    exports: Exports | RefusedDelivery,
) -> Split:
    try:
        if isinstance(exports, RefusedDelivery):
            raise exports
        _prove_sender(exports, contract)
        cut = _data_cut(exports, delivery, contract)
        dated = replace(contract, data_cut=DataCut("date", on=cut) if cut else _not_later_than(delivery, contract))
        return Split(delivery, dated, folder, scratch, exports.lines, exports)
    except RefusedDelivery as refused:
        return Split(
            delivery,
            contract,
            folder,
            scratch,
            physical_lines(home.vault / delivery.sha256) if contract.made_of_lines else 0,
            refusal=refused.rule,
            explanation=refused.explanation,
        )


class ChangedInVault(OSError):
    """A delivery's copy in the vault is gone, or is not what was received (exit 74)."""


def _prove_bytes(home: Home, delivery: Delivery) -> None:
    """Raises `ChangedInVault` unless the vault holds the bytes that the delivery is named by."""
    place = home.vault / delivery.sha256
    if not place.is_file() or fingerprints.of_file(place) != delivery.sha256:
        raise ChangedInVault(
            f"vault/{delivery.sha256}, delivery {delivery.id} of {delivery.source}: found other bytes, or none; "
            "expected those that were received. Remove it and run again: it is taken anew if the file still lies in "
            "the landing folder. Else put it back from a backup. The last release stands."
        )


def physical_lines(path: Path) -> int:
    """How many lines a file has; the last one counts whether or not it is ended."""
    ends, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            ends += block.count(b"\n")
            last = block[-1:]
    return ends + (last != b"\n")


def _prove_sender(exports: Exports, contract: DeliveryContract) -> None:
    """Refuses a delivery with a line in which another clinic than the contract's, or none, is named as the sender."""
    if contract.sender is None:
        return
    others = exports.records.filter(pl.col("sender").ne_missing(contract.sender.equals))
    first, number = others.select(pl.col("line").min(), pl.len()).collect().row(0)
    if number:
        raise RefusedDelivery(
            "wrong_clinic",
            f"Line {first}, column {contract.sender.column!r}: not the code of this clinic, as in {number} line(s). "
            f"Expected {contract.sender.equals!r} in every line. Nothing was read. Send each clinic's lines to its "
            "own folder.",
        )


def _data_cut(exports: Exports, delivery: Delivery, contract: DeliveryContract) -> date | None:
    """The last day that the delivery speaks for where it says so; None where the latest assessment is it."""
    said = contract.data_cut
    if said.kind == "date":
        return said.on
    if said.kind == "column":
        found = exports.records.select(as_date(pl.col("data_cut"), contract.file.dates).max()).collect().item()
        if found is None:
            raise RefusedDelivery(
                "data_cut", f"No date in column {said.column!r}, which gives the data cut. Fill it in."
            )
        return date.fromisoformat(str(found))
    if said.kind == "name":
        return _date_in(delivery.name, said.name)
    return None


def _not_later_than(delivery: Delivery, contract: DeliveryContract) -> DataCut:
    """A data cut that nobody gave: no day later than a day after the delivery came (RELIABILITY D14).

    Clocks differ by a day at most; patients who are made up may live in years to come.
    """
    if contract.synthetic or contract.data_cut.kind != "latest":
        return contract.data_cut
    return replace(contract.data_cut, on=date.fromisoformat(delivery.received_at[:10]) + timedelta(days=1))


def _date_in(name: str, pattern: str) -> date:
    shape = re.escape(pattern).replace(re.escape("{date}"), r"(\d{4}-\d{2}-\d{2})")
    found = re.fullmatch(shape, name)
    if found is None:
        raise RefusedDelivery(
            "data_cut", f"The file's name is not of the form {pattern!r} that gives the data cut. Rename it."
        )
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        raise RefusedDelivery(
            "data_cut",
            f"The file's name has a day that no calendar has where {pattern!r} gives the data cut. Rename it.",
        ) from None
