"""Hillside's files as text: how their lines are written, and what became of each of them."""

from typing import Any

import pytest

from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import HEADER, contract, exported
from transforms.sources import Exports, RefusedDelivery

GOOD = "A1,2026-01-05,2026-01-05,pain,7"
OTHER = "A2,2026-01-06,2026-01-06,pain,6"
#: A contract that lets other columns than its own be there.
REMARKS = contract(file={"other_columns": "ignore"})
ORDER = ("patient", "start", "date", "instrument", "score")


def records(found: Exports) -> list[tuple[int, ...]]:
    """(line, span, *cells) of each record."""
    return sorted(found.records.select("line", "span", *ORDER).collect().rows())


def lines_of(found: Exports) -> dict[str, Any]:
    """Where each physical line went."""
    return {
        "records": [line for line, *_ in records(found)],
        "damaged": sorted(found.damaged.select("line", "reason").rows()),
        "blank": found.blank,
        "lines": found.lines,
    }


def text(*lines: str, end: str = "\n") -> str:
    return end.join([HEADER, *lines]) + end


def refusal(content: str | bytes, agreed: DeliveryContract | None = None) -> tuple[str, str]:
    with pytest.raises(RefusedDelivery) as refused:
        exported(content, agreed)
    return refused.value.rule, refused.value.explanation
