"""The steps as a public table: what makes what, told to readers by the list that is walked itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.methods import Steps
from schemas.tables import TABLES


def steps(*, flow: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The columns of `Steps`; `flow` has name, scope, upstream tables and other inputs of each step, in order."""
    rows = [
        {
            "step": one["name"],
            "place": place,
            "scope": one["scope"],
            "public": TABLES[one["name"]].PUBLIC,
            "made_from": ", ".join(one["tables"]),
            "inputs": ", ".join(one["inputs"]).replace("_", " "),
        }
        for place, one in enumerate(flow, start=1)
    ]
    return pl.DataFrame(rows, schema=Steps.schema())
