"""What a run puts into the private warehouse, and the exact figures that it reads there; a damaged one is made anew.

How tables lie in it is `warehouse`, how views do `row_views`; what goes in is made in `computing` and `fates`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from orchestration import row_views, warehouse
from orchestration.judging import Reading
from orchestration.results import Result
from orchestration.settings import Home
from orchestration.warehouse import COUNTED, FOUND_DAMAGED, Warehouse, WarehouseDamaged, ledger_rows
from schemas.vocabulary import Vocabulary

MADE_ANEW = f"{FOUND_DAMAGED} It was made anew from the results and readings of the home; nothing is to be done."


def stored(
    home: Home,
    words: Vocabulary,
    active: Mapping[str, Sequence[Reading]],
    results: Mapping[str, Result],
    became: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Commits all of it; gives every source's exact tables by name, and what is to be said of a warehouse made anew.

    Nothing lies in the warehouse alone, so a damaged one is no loss. Raises `WarehouseDamaged` if the new one is too.
    """
    try:
        return _committed(home, words, active, results, became), []
    except WarehouseDamaged:
        warehouse.forget(home)
        return _committed(home, words, active, results, became), [MADE_ANEW]


def _committed(
    home: Home,
    words: Vocabulary,
    active: Mapping[str, Sequence[Reading]],
    results: Mapping[str, Result],
    became: Sequence[Mapping[str, Any]],
) -> dict[str, pl.DataFrame]:
    paths = {
        source: [home.readings / source / reading.folder / "readings.parquet" for reading in found]
        for source, found in active.items()
    }
    with Warehouse.writing(home) as writing:
        writing.store(results)
        row_views.lay(writing.connection, paths, results, words)
        _store_ledger(writing, became)
    with Warehouse.reading(home) as reading:
        return {table.NAME: reading.held(list(results.values()), table) for table in COUNTED}


def _store_ledger(writing: Warehouse, became: Sequence[Mapping[str, Any]]) -> None:
    exact = ledger_rows(became)
    if exact.height:
        writing.connection.register("_ledger", exact)
        writing.connection.execute("CREATE OR REPLACE TABLE ledger AS SELECT * FROM _ledger")
        writing.connection.unregister("_ledger")
