"""Rows of exact counts, and what is released of them, for the steps behind the door."""

from typing import Any

import polars as pl

from schemas.counts import Counts
from tests.transforms.hillside import CANARY, VOCABULARY, day
from transforms.disclosure import released_counts

CELL = {
    "source": "hillside", "cohort": "hillside", "definition": "nrs-pain-relative-30", "endpoint": "6-months",
    "population": "everyone", "period_kind": "all", "period": "all",
}  # fmt: skip


def exact(responders: int, others: int, missing: int = 0, **more: Any) -> dict[str, Any]:
    """A row of `Counts` with this many responders, non-responders and missing."""
    due = responders + others + missing
    numbers = {
        "left_out": 0, "no_baseline": 0, "cannot_improve": 0, "not_due": 0, "missing": missing,
        "responders": responders, "non_responders": others, "duration_met": due, "baselines": due,
        "baseline_mean": 6.0, "median_day": 183.0, "coverage": None, "first_due": None, "event_recorded": False,
    }  # fmt: skip
    row = CELL | numbers | more
    row["started"] = due + row["not_due"] + row["no_baseline"] + row["cannot_improve"]
    return row


def released(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of exact counts as a reader may know them."""
    return released_counts(pl.DataFrame(rows, schema=Counts.schema()), vocabulary=VOCABULARY)


def row(*rows: dict[str, Any]) -> dict[str, Any]:
    """The only row of what is released."""
    return released(*rows).row(0, named=True)


def received(**more: Any) -> dict[str, Any]:
    """A delivery of 100 lines, all of them accepted but for the header."""
    known: dict[str, Any] = {
        "source": "hillside", "delivery": "0123456789ab", "state": "accepted", "contract_version": 1,
        "format": "delimited", "covers": "everything", "lines": 100, "header": 1, "accepted": 99, "quarantined": 0,
        "blank": 0, "balanced": True, "refusal": "", "explanation": "", "data_to": day("2026-10-31"),
        "reasons": {}, "sha256": "0" * 64, "name": f"scores of Ms {CANARY}.csv", "left_out": 3,
    }  # fmt: skip
    return known | more
