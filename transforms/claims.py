"""Popular claims become the table that lists them. Loading is `schemas.claims`; nothing is judged here."""

from collections.abc import Mapping

import polars as pl

from schemas.claims import Claim, Claims


def claims(*, popular: Mapping[str, Claim]) -> pl.DataFrame:
    """The columns of `Claims`: one row per popular claim, in the order of the ids."""
    rows = [
        {name: getattr(each, name, None) for name in Claims.columns()}
        | {
            "claim": each.id,
            "wording": each.claim,
            "text_line": each.line,
            "study": each.study or "",
            "results": ",".join(each.results),
        }
        for each in popular.values()
    ]
    return pl.DataFrame(rows, schema=Claims.schema()).sort(Claims.KEY)
