"""Figures by which deliveries are judged, for all deliveries of a group at once; limits and sentences are `meaning`'s.

Every frame that comes back has `delivery`, the place of a delivery in its group, and is sorted by it.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from schemas.delivery_contract import AGE_BANDS
from schemas.vocabulary import Instrument

#: A follow-up is later than this; baselines are up to day 0.
FIRST_FOLLOW_UP_DAY = 14
#: The phases of a course of treatment, by the day.
PHASES = {"before treatment": pl.col("day") <= 0, "at follow-up": pl.col("day") > 0}
#: An age for each band, for the sake of its median.
_MIDDLE_AGES = [9.0, 24.0, *(35.0 + 10 * ten for ten in range(len(AGE_BANDS) - 3)), 93.0]
#: Room for the number of a row beside a day, and for a nominal day beside a date, in one whole number.
_ROWS, _DAYS = 2**32, 2**17


def by_instrument(scores: pl.DataFrame) -> pl.DataFrame:
    """delivery, instrument, and of its scores `count`, `low`, `high`; of those of phase k `count_k`, `low_k`, `high_k`.

    Scores are in units of the instrument's finest decimal.
    """
    phased = {f"phase_{k}": pl.when(when).then("score") for k, when in enumerate(PHASES.values())}
    parts = {"": pl.col("score")} | {f"_{k}": pl.col(name) for k, name in enumerate(phased)}
    figures = [
        figure
        for k, part in parts.items()
        for figure in (part.count().alias(f"count{k}"), part.min().alias(f"low{k}"), part.max().alias(f"high{k}"))
    ]
    known = scores.filter(pl.col("instrument").is_not_null()).select("delivery", "instrument", "score", **phased)
    return known.group_by("delivery", "instrument").agg(figures).sort("delivery", "instrument")


def days_of_month(rows: pl.DataFrame) -> pl.DataFrame:
    """delivery, `turnable`: whether a date is another with day and month exchanged; `last`: the last day of a month."""
    dates = [pl.col("date"), pl.col("start")]
    turnable = pl.any_horizontal([(one.dt.day() != one.dt.month()).fill_null(value=False) for one in dates])
    last = pl.max_horizontal([one.dt.day() for one in dates])
    each = rows.select("delivery", turnable=turnable, last=last)
    return each.group_by("delivery").agg(pl.col("turnable").any(), pl.col("last").max()).sort("delivery")


def days_from_start(scores: pl.DataFrame, first_days: Sequence[int], far_away: int) -> pl.DataFrame:
    """delivery, `days`: scores with a day; `others`: not on day 0; `early`: of these, before the first day; `far`.

    `first_days` gives the first day of baselines of each delivery, `far_away` the day beyond which a score is far.
    """
    day, first = pl.col("day"), pl.lit(pl.Series(first_days, dtype=pl.Int32)).gather(pl.col("delivery"))
    each = scores.select(
        "delivery", "day", others=day != 0, early=(day != 0) & (day < first), far=day > far_away
    )  # fmt: skip
    counted = each.group_by("delivery").agg(pl.col("day").count().alias("days"), pl.col("others", "early", "far").sum())
    return counted.sort("delivery")


def courses(records: pl.DataFrame) -> pl.DataFrame:
    """Courses of treatment: delivery, patient, start, course, `lines`, `torn`, `first` and `last` moment.

    `torn` says whether its lines are of two sexes, or further apart in age than two bands that are neighbours.
    """
    each = records.select("delivery", "patient", "start", "course", "sex", "age_band", moment=_MOMENT)
    found = (
        each.lazy()
        .group_by("delivery", "patient", "start", "course")
        .agg(
            pl.len().alias("lines"),
            pl.col("sex").min().alias("low_sex"),
            pl.col("sex").max().alias("high_sex"),
            ages=pl.col("age_band").max() - pl.col("age_band").min(),
            first=pl.col("moment").min(),
            last=pl.col("moment").max(),
        )
        .collect(engine="streaming")
    )
    torn = (pl.col("low_sex") != pl.col("high_sex")) | (pl.col("ages") > 1)
    return found.select(
        "delivery", "patient", "start", "course", "lines", "first", "last", torn=torn.fill_null(value=False)
    )


#: When a record was made: its date and its nominal day as one number, of which no two are the same.
_MOMENT = pl.col("date").cast(pl.Int32).cast(pl.Int64).fill_null(-(2**31)) * _DAYS + (
    pl.col("nominal_day").cast(pl.Int64).fill_null(_DAYS // 2)
)


def returning(found: pl.DataFrame) -> pl.DataFrame:
    """delivery, patient, `courses` of patients who came on several days, from `courses`."""
    patients = found.group_by("delivery", "patient").agg(
        pl.len().alias("courses"), pl.col("first").min(), pl.col("last").max()
    )
    return patients.filter(pl.col("first") < pl.col("last")).select("delivery", "patient", "courses")


def days_of_patients(records: pl.DataFrame) -> pl.DataFrame:
    """delivery, patient, and on how many `days` each patient came."""
    each = records.select("delivery", "patient", moment=_MOMENT).unique()
    return each.group_by("delivery", "patient").agg(pl.len().alias("days"))


def changes(scores: pl.DataFrame) -> pl.DataFrame:
    """delivery, instrument, `changed`: patients whose last follow-up is not as their last baseline; `higher` of them.

    Of several scores on the last day, that of the last row counts.
    """
    place = pl.col("day").cast(pl.Int64) * _ROWS + pl.int_range(pl.len(), dtype=pl.Int64)
    when = {"before": pl.col("day") <= 0, "after": pl.col("day") > FIRST_FOLLOW_UP_DAY}
    last = {phase: pl.when(is_it).then(place) for phase, is_it in when.items()}
    key = ["delivery", "instrument", "patient"]
    found = scores.select(*key, **last).lazy().group_by(key).agg(pl.col(*last).max()).drop_nulls(list(last))
    pairs = found.collect(engine="streaming")  # as many groups as patients, kept in less room
    points = {phase: pl.lit(scores["score"]).gather(pl.col(phase) % _ROWS) for phase in last}
    both = pairs.select("delivery", "instrument", **points).filter(pl.col("after") != pl.col("before"))
    counted = both.group_by("delivery", "instrument").agg(
        pl.len().alias("changed"), higher=(pl.col("after") > pl.col("before")).sum()
    )
    return counted.drop_nulls("instrument").sort("delivery", "instrument")


def rank_correlation(one: pl.DataFrame, other: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """delivery, `pairs`, `r` of Spearman: `bad` of two instruments, of one patient on one day; of `fewest` or more."""
    pairs = one.join(other, on=["delivery", "patient", "day"], suffix="_other")
    enough = pairs.group_by("delivery").agg(pl.len().alias("pairs")).filter(pl.col("pairs") >= fewest)
    if enough.is_empty():
        return enough.with_columns(r=pl.lit(None, pl.Float64))
    ranks = pairs.join(enough, on="delivery").group_by("delivery").agg(
        pl.col("pairs").first(), r=pl.corr("bad", "bad_other", method="spearman")
    )  # fmt: skip
    return ranks.sort("delivery")


def medians_of_instruments(scores: pl.DataFrame, instruments: Mapping[int, Instrument]) -> pl.DataFrame:
    """delivery, instrument, phase (place in `PHASES`), `count`, `median` in points above the instrument's lowest."""
    phase = pl.coalesce([pl.when(when).then(pl.lit(k, pl.Int8)) for k, when in enumerate(PHASES.values())])
    points = pl.col("score").cast(pl.Float64) / _each(instruments, lambda one: one.scale)
    above = points - _each(instruments, lambda one: one.low or 0)
    each = scores.filter(pl.col("instrument").is_not_null()).select("delivery", "instrument", phase=phase, above=above)
    figures = (pl.len().alias("count"), pl.col("above").median().alias("median"))
    return each.drop_nulls("phase").group_by("delivery", "instrument", "phase").agg(figures)


def _each(instruments: Mapping[int, Instrument], pick: Callable[[Instrument], float]) -> pl.Expr:
    numbers = [float(pick(one)) for one in instruments.values()]
    return pl.col("instrument").replace_strict(list(instruments), numbers, return_dtype=pl.Float64)


def medians_of_patients(rows: pl.DataFrame, names: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """delivery, and for each of `names` (columns of `Readings`) its `count_` and `median_` over patients.

    Patients are told apart within groups of `by`; of ages the median is that of middle ages of bands.
    """
    patients = rows.group_by(*by, "patient").agg(pl.col(*names).max().cast(pl.Float64))
    ages = pl.col("age_band").replace_strict(range(len(AGE_BANDS)), _MIDDLE_AGES, default=None)
    numbers = {name: ages if name == "age_band" else pl.col(name) for name in names}
    return patients.with_columns(**numbers).group_by("delivery").agg(
        *(pl.col(name).count().alias(f"count_{name}") for name in names),
        *(pl.col(name).median().alias(f"median_{name}") for name in names),
    )  # fmt: skip
