"""What one phase of a run leaves for the next, on disk: so that each phase can also run alone, in a process of its own.

Private, like all of a home but its releases. What a phase does is `orchestration.pipeline`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from orchestration.settings import Home
from orchestration.whole_files import read_whole, write_whole
from schemas.delivery_contract import DeliveryContract
from schemas.sources import Source

Phase = Literal["receive", "sources", "release", "marts"]
#: What each phase leaves at least; a file without it counts as absent.
LEFT: dict[Phase, tuple[str, ...]] = {
    "receive": ("seen",),
    "sources": ("made_with", "seen", "sources", "received", "failed", "results"),
    "release": ("release", "seen"),
    "marts": ("release", "rows"),
}


class OutOfOrder(Exception):
    """A phase was asked for before the one that it builds on, or after what that one had read was changed."""


@dataclass(frozen=True)
class Network:
    """All sources after computing: what is known of each, every delivery's fate, exact figures, results.

    `results` gives, for each source, the hash of the inputs that its counts were made from; `exact` are the tables that
    every source has rows in, by name.
    """

    sources: Sequence[Source]
    received: Sequence[Mapping[str, Any]]
    failed: Sequence[str]
    results: Mapping[str, str]
    exact: Mapping[str, pl.DataFrame]

    @property
    def counts(self) -> pl.DataFrame:
        """The exact counts."""
        return self.exact["counts"]


def leave(home: Home, phase: Phase, content: Mapping[str, Any]) -> None:
    """Writes what the next phase needs to know, in one rename."""
    place = home.handover / f"{phase}.json"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(place, json.dumps(content, sort_keys=True))


def left(home: Home, phase: Phase) -> dict[str, Any]:
    """What the last run of a phase left; empty if it never ran, or what it left cannot be read."""
    return read_whole(home.handover / f"{phase}.json", LEFT[phase]) or {}


def leave_network(home: Home, network: Network, *, made_with: str, seen: Mapping[str, str]) -> None:
    """Writes a network but for its counts, which the warehouse holds.

    `made_with` names words and code; `seen` is what the run had looked at, empty where it did not deal with all of it.
    """
    content = {
        "made_with": made_with,
        "seen": seen,
        "sources": [[one.name, one.contract.fingerprint, _written(one.data_to)] for one in network.sources],
        "received": [{**one, "data_to": _written(one["data_to"])} for one in network.received],
        "failed": list(network.failed),
        "results": dict(network.results),
    }
    leave(home, "sources", content)


def left_network(
    home: Home,
    contracts: Mapping[str, DeliveryContract],
    exact: Mapping[str, pl.DataFrame],
    *,
    made_with: str,
) -> Network:
    """The network that the last run of `sources` left; raises `OutOfOrder` if there is none, or not of these inputs."""
    content = left(home, "sources")
    if not content:
        raise OutOfOrder("No source has been computed yet. Compute the sources first, or run everything.")
    agreed = {name: contract.fingerprint for name, contract in contracts.items()}
    if content["made_with"] != made_with or any(agreed.get(name) != mark for name, mark, _ in content["sources"]):
        raise OutOfOrder(
            "Contracts, vocabulary or code changed since the sources were computed. Compute the sources again, "
            "or run everything."
        )
    return Network(
        sources=[Source(contracts[name], _read(day)) for name, _, day in content["sources"]],
        received=[{**one, "data_to": _read(one["data_to"])} for one in content["received"]],
        failed=content["failed"],
        results=content["results"],
        exact=exact,
    )


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def _read(day: str) -> date | None:
    return date.fromisoformat(day) if day else None
