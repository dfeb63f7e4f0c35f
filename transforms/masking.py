"""Numbers of people, or of lines that may point at people, as a reader may know them. Which to show is `disclosure`."""

import polars as pl

#: NHS England's rule for hospital statistics, which METHODS 8.1 adopts: 1 to 7 hidden, the rest to the nearest 5.
HIDDEN_FROM, HIDDEN_TO = 1, 7
ROUNDED_TO = 5
#: A count that is shown is off by no more than this.
OFF_BY = ROUNDED_TO // 2


def hidden(count: pl.Expr) -> pl.Expr:
    """Whether a count points at too few people to be shown."""
    return count.is_between(HIDDEN_FROM, HIDDEN_TO)


def rounded(count: pl.Expr) -> pl.Expr:
    """A count to the nearest 5, half up."""
    return ((count + OFF_BY) // ROUNDED_TO * ROUNDED_TO).cast(pl.Int32)


def fewest_behind(released: int) -> int:
    """The fewest people that a released count can stand for: what is shown as 30 may be 28."""
    return max(0, released - OFF_BY)


def masked(count: pl.Expr) -> pl.Expr:
    """A count to the nearest 5, or nothing where it is hidden."""
    return pl.when(~hidden(count)).then(rounded(count))
