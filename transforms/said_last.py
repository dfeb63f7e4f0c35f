"""Of what several deliveries of a source say of one score, the last word: a correction counts, upwards or downwards.

Records of one delivery among each other are `readings.settle`; which deliveries stand is `succession`.
"""

from collections.abc import Mapping

import polars as pl

from transforms.readings import TELLS_APART

_SCORE = ["source", "patient", "date", "nominal_day", "instrument", "of_course"]


def said_last(rows: pl.LazyFrame, *, rules: Mapping[int, str]) -> pl.LazyFrame:
    """`rows` without scores that a later delivery gives again, in their order.

    `rows` are accepted rows of several sources with `source` and with `delivery`, a number that grows from one delivery
    of a source to the next; `rules` gives by source the contract's rule for courses. A row without a score takes
    nothing back. Within one delivery no two rows are about one score (METHODS, section 7.1).
    """
    of_rule = {known: [source for source, rule in rules.items() if rule == known] for known in TELLS_APART}
    apart = pl.coalesce(
        [
            pl.when(pl.col("source").is_in(of_rule[known])).then(pl.col(name).cast(pl.String))
            for known, name in TELLS_APART.items()
        ]
    )
    keyed = rows.with_columns(of_course=apart)
    last = keyed.filter(pl.col("score").is_not_null()).group_by(_SCORE).agg(last=pl.col("delivery").max())
    beside = keyed.join(last, on=_SCORE, how="left", nulls_equal=True, maintain_order="left")
    stands = pl.col("score").is_null() | (pl.col("delivery") == pl.col("last"))
    return beside.filter(stands).drop("of_course", "last")
