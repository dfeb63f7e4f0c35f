"""Work done once for each distinct text of a column instead of once for each cell.

A clinic's file repeats its texts: a thousand days, thirty codes, a few hundred scores. What a text means is decided
elsewhere; here it is only decided how often that is asked.
"""

from collections.abc import Mapping

import polars as pl


def distinct(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct texts of a column, the last of them null, and for each cell the place of its text among them."""
    found = pl.Categories.random()
    coded = text.cast(pl.Categorical(found))
    places = coded.to_physical()
    count = int(places.max()) + 1 if places.count() else 0  # type: ignore[arg-type]  # numbers
    # While `coded` lives: the list of texts goes with its last column.
    texts = pl.int_range(count, dtype=pl.UInt32, eager=True).cat.to(pl.Categorical(found)).cast(pl.String)
    return texts.extend(pl.Series([None], dtype=pl.String)), places.fill_null(count)


def each_once(cells: pl.DataFrame, meanings: Mapping[str, pl.Expr]) -> list[pl.Series]:
    """The columns that `cells.select(**meanings)` would give; each meaning is of one text column, or of none.

    Raises `ValueError` for a meaning of several columns: it could not be found from one text at a time.
    """
    by_column: dict[str, dict[str, pl.Expr]] = {}
    for name, meaning in meanings.items():
        columns = set(meaning.meta.root_names())
        if len(columns) > 1:
            raise ValueError(f"{name}: found a meaning of {len(columns)} columns; expected one that one text decides")
        by_column.setdefault(min(columns, default=""), {})[name] = meaning
    constant = by_column.pop("", {})
    found = cells.select(pl.nth(0).alias("")).with_columns(**constant).drop("").get_columns()
    for column, of_it in by_column.items():
        texts, places = distinct(cells[column])
        used = texts if cells[column].null_count() or cells.is_empty() else texts.head(-1)
        meant = used.alias(column).to_frame().select(**of_it)
        found += [_spread(one, places) for one in meant.get_columns()]
    return found


def _spread(meant: pl.Series, places: pl.Series) -> pl.Series:
    """What each cell means; most often all mean the same, and nothing has to be looked up."""
    if meant.null_count() == meant.len() or (meant.dtype == pl.Boolean and meant.n_unique() == 1):
        return meant.new_from_index(0, places.len())
    return meant.gather(places)
