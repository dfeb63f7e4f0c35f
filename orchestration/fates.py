"""Which deliveries speak for a source now, and what became of every one that was ever received.

How a file is read is in `orchestration.reading`; what readers may know of it is `transforms.ledger`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.judging import Reading, physical_lines
from orchestration.landing import Delivery
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract


def read_active(
    reader: Reader, contracts: Mapping[str, DeliveryContract], received: Sequence[Delivery]
) -> tuple[dict[str, list[Reading]], list[dict[str, Any]]]:
    """The readings that speak for each source now, and the fate of every delivery, in the order of their sources."""
    by_source: dict[str, list[Delivery]] = {name: [] for name in contracts}
    for delivery in received:
        by_source.setdefault(delivery.source, []).append(delivery)
    agreed = [(delivery, contracts[delivery.source]) for delivery in received if delivery.source in contracts]
    read = {(one.source, one.delivery): one for one in reader.read(agreed)}
    active: dict[str, list[Reading]] = {}
    fates: list[dict[str, Any]] = []
    for source, deliveries in sorted(by_source.items()):
        contract = contracts.get(source)
        found = [(delivery, read.get((source, delivery.id))) for delivery in deliveries]
        accepted = [reading for _, reading in found if reading and not reading.refusal]
        chosen = _active(contract, accepted) if contract else []
        if chosen:
            active[source] = chosen
        fates += [
            _fate(delivery, reading or _unread(reader.home, delivery), contract, chosen) for delivery, reading in found
        ]
    return active, fates


def _active(contract: DeliveryContract, accepted: Sequence[Reading]) -> list[Reading]:
    """Which accepted deliveries are not superseded, as the contract's `covers` says."""
    if contract.covers == "additions":
        return list(accepted)
    if contract.covers == "period":
        return list({one.data_to and (one.data_to.year, one.data_to.month): one for one in accepted}.values())
    return list(accepted[-1:])


def _unread(home: Home, delivery: Delivery) -> Reading:
    """A delivery that nobody has agreed on: none of its lines are read, all of them are accounted for."""
    lines = physical_lines(home.vault / delivery.sha256)
    return Reading(
        delivery.id, delivery.source, 0, lines=lines, quarantined=lines, refusal="no_contract",
        explanation=f"No contract for {delivery.source!r}. Add contracts/{delivery.source}.toml and run again.",
    )  # fmt: skip


def _fate(
    delivery: Delivery, known: Reading, contract: DeliveryContract | None, active: Sequence[Reading]
) -> dict[str, Any]:
    return {
        **{name: getattr(known, name) for name in Reading.__dataclass_fields__},
        "balanced": known.balanced,
        "state": _state(known, active),
        "format": contract.format if contract else "",
        "covers": contract.covers if contract else "",
        "sha256": delivery.sha256,
        "name": delivery.name,
        "size": delivery.size,
        "received_at": delivery.received_at,
    }


def _state(reading: Reading, active: Sequence[Reading]) -> str:
    if reading.refusal:
        return "rejected"
    if reading not in active:
        return "superseded"
    return "partly" if reading.quarantined else "accepted"
