"""Words for places: what a cohort is called, and the words of a list. Sorting and counting is done by places."""

from collections.abc import Sequence

import polars as pl

from schemas.sources import Source


def named(cohorts: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """Cohorts (`source` and `cohort`, as places) with `source_name`, `cohort_name` and the `order` of these names."""
    arms = [one.arms for one in sources]
    names = [
        arms[source][cohort] if cohort is not None and cohort < len(arms[source]) else sources[source].name
        for source, cohort in cohorts.select("source", "cohort").iter_rows()
    ]
    with_names = cohorts.select("source", "cohort").with_columns(
        source_name=word("source", [one.name for one in sources]), cohort_name=pl.Series(names, dtype=pl.String)
    )
    return with_names.sort("source_name", "cohort_name").with_row_index("order")


def word(column: str, words: Sequence[str]) -> pl.Expr:
    """The words for places in a list of them."""
    return pl.lit(pl.Series(words, dtype=pl.String)).gather(pl.col(column))
