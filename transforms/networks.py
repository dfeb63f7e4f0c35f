"""Which clinics are of one kind, so that one may be set beside the others: the same cell, condition and treatment.

How far a clinic lies from its network is `clinic_variation` and `follow_up`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.vocabulary import Vocabulary
from transforms.statistics.funnel import Funnel, funnel

#: Clinics with these in common are of one network.
NETWORK = ("definition", "endpoint", "population", "period_kind", "period", "condition", "treatment")
#: Fewest clinics whose patients may be put together (PRIVACY S-06).
FEWEST_PEERS = 3
#: A clinic with more of the network's patients than this would be compared with itself (PRIVACY S-06).
LARGEST_SHARE = 0.85


def clinics(cohorts: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Source, cohort, condition and treatment of every clinic, never of a trial's arm; a variant counts as its parent.

    Source: METHODS, section 4.2 (intervention) and DESIGN, section 4 (arms take part in no network).
    """
    whole = {name: one.variant_of or name for name, one in vocabulary.treatments.items()}
    return cohorts.filter(pl.col("kind") == "clinic").select(
        "source", "cohort", "condition", treatment=pl.col("treatment").replace_strict(whole, return_dtype=pl.String)
    )


Count = tuple[int, int]


def placed(
    cells: pl.DataFrame,
    counted: tuple[str, str],
    columns_of: Callable[[Sequence[Count]], Mapping[str, Sequence[Any]] | None],
    schema: Mapping[str, pl.DataType],
) -> pl.DataFrame:
    """`cells` with `peers`, and with the columns that `columns_of` gives for the (x, n) of each network.

    `counted` names x and n; a cell without them takes no part. Where a network gives nothing the columns are empty.
    """
    begins = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in NETWORK)
    ordered = cells.sort(*NETWORK, "source", "cohort").with_columns(network=begins.cum_sum()).with_row_index("row")
    rated = ordered.filter(pl.all_horizontal(pl.col(counted).is_not_null()) & (pl.col(counted[1]) > 0))
    sizes = rated.group_by("network", maintain_order=True).agg(peers=pl.len().cast(pl.Int32))
    counts = list(rated.select(counted).iter_rows())
    found: dict[str, list[Any]] = {name: [] for name in schema}
    begin = 0
    for peers in sizes["peers"].to_list():
        given = columns_of(counts[begin : begin + peers]) or {}
        for name, values in found.items():
            values.extend(given.get(name) or [None] * peers)
        begin += peers
    made = rated.select("row").with_columns([pl.Series(name, found[name], kind) for name, kind in schema.items()])
    joined = ordered.join(sizes, on="network", how="left").join(made, on="row", how="left")
    return joined.drop("network", "row").with_columns(pl.col("peers").fill_null(0))


def network_funnel(counts: Sequence[Count]) -> Funnel | None:
    """The funnel of (x, n) clinics; None where there are too few, one is nearly all of them, or all are alike.

    Source: METHODS, section 11.1; PRIVACY S-06.
    """
    total, events = sum(n for _, n in counts), sum(x for x, _ in counts)
    if not counts or events in (0, total) or max(n for _, n in counts) > LARGEST_SHARE * total:
        return None
    return funnel(counts)


def side(rate: float, target: float) -> str:
    """On which side of the network's share a rate lies: above, below, or an empty text on it."""
    if abs(rate - target) < 1e-12:
        return ""
    return "above" if rate > target else "below"
