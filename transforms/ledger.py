"""What happened to files, as a reader may know it: deliveries, rejections and checks, with few lines masked.

The exact sum of lines is proved where files are read; here it is only told. Findings about people are `disclosure`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.deliveries import Deliveries, Rejections
from schemas.readings import REASONS
from transforms.masking import masked

SENTENCES = {reason.id: f"{reason.sentence[0].upper()}{reason.sentence[1:]}: {reason.mend}." for reason in REASONS}
#: What a contract's `covers` says where each delivery is about a time of its own.
BY_PERIOD = ("period", "additions")
#: What lines are masked by; a header is no line about anybody.
_PARTS = ("accepted", "quarantined", "blank")


def deliveries(*, received: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The columns of `Deliveries`; numbers of lines are masked like numbers of patients, for one may give the other.

    Physical lines are the sum of the parts that are shown: a rounded sum of its own would narrow down the parts.
    `received` has one mapping per delivery, those of a source in the order in which they arrived, with exact lines;
    `balanced` was asserted on them (RELIABILITY P1).
    """
    placed = [dict(one) | {"place": place} for one, place in zip(received, _places(received), strict=True)]
    schema = Deliveries.schema()
    exact = pl.DataFrame([_known(one, schema) for one in placed], schema=schema)
    shown = exact.with_columns(masked(pl.col(name)).alias(name) for name in _PARTS)
    most_is_hidden = pl.col("accepted").is_null() | ((pl.col("accepted") == 0) & pl.col("quarantined").is_null())
    whole = pl.when(~most_is_hidden).then(pl.sum_horizontal("header", *_PARTS)).cast(schema["lines"])
    return shown.with_columns(lines=whole).sort(Deliveries.KEY)


def rejections(*, received: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The columns of `Rejections`: lines set aside by delivery and reason; a line with two reasons counts in both."""
    rows = [
        {
            "source": one["source"],
            "delivery": one["delivery"],
            "reason": reason,
            "sentence": SENTENCES[reason],
            "lines": lines,
        }
        for one in received
        for reason, lines in one["reasons"].items()
    ]
    return (
        pl.DataFrame(rows, schema=Rejections.schema()).with_columns(lines=masked(pl.col("lines"))).sort(Rejections.KEY)
    )


def months_without_data(received: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """For each source that sends period by period: the months between its first and its last for which nothing came.

    A month counts as `YYYY-MM`; a delivery that was refused without a day that it speaks for is of no month.
    """
    months: dict[str, set[int]] = {}
    for one in received:
        if one["covers"] in BY_PERIOD:
            spoken = months.setdefault(one["source"], set())
            spoken |= {12 * one["data_to"].year + one["data_to"].month - 1} if one["data_to"] else set()
    return {
        source: [
            f"{month // 12}-{month % 12 + 1:02}"
            for month in range(min(spoken, default=0), max(spoken, default=0))
            if month not in spoken
        ]
        for source, spoken in sorted(months.items())
    }


def _places(received: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    arrived: Counter[str] = Counter()
    for one in received:
        arrived[one["source"]] += 1
        yield arrived[one["source"]]


def _known(one: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in schema}
