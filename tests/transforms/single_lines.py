"""Single lines of Hillside's file, the good one and others: how each is typed, and why it is set aside."""

from typing import Any

from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import COLUMNS, contract, reasons, typed

GOOD = {"code": "A1", "begun": "2026-01-05", "visit": "2026-01-19", "measure": "pain", "value": "7"}
FURTHER = {
    "age": "age", "age_band": "band", "sex": "sex", "duration_weeks": "weeks", "duration_years": "years",
    "sessions": "sessions", "disqualified": "event",
}  # fmt: skip


def one(agreed: DeliveryContract | None = None, /, **cells: str) -> dict[str, Any]:
    """The typed row of one line: the good one but for `cells`."""
    row = GOOD | cells
    return typed(",".join(row) + "\n" + ",".join(row.values()) + "\n", agreed).to_dicts()[0]


def why(agreed: DeliveryContract | None = None, /, **cells: str) -> set[str]:
    return reasons(one(agreed, **cells)["reasons"])


def with_column(ours: str, **changed: Any) -> DeliveryContract:
    return contract(columns=COLUMNS | {ours: FURTHER[ours]}, **changed)
