"""Whether a delivery that reads well can mean what its contract says: units, directions, totals, orders of dates.

Rules with named limits, each of which holds a delivery until a person has looked at it. No sentence repeats a value or
an exact number. What a single record shows by itself is `typed_cells`; what refuses a file is `declared_columns`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import atanh, sqrt

import polars as pl

from schemas.delivery_contract import AGE_BANDS, DATE_ORDERS, DeliveryContract
from schemas.holds import Hold
from schemas.item_rules import ITEM_RULES
from schemas.vocabulary import Instrument, Vocabulary

#: Fewer scores show no shape: with 30, a clinic of patients whose pain is spread at all has one above a tenth.
FEWEST_SCORES = 30
#: Fewer scores have no median worth comparing: its error is a fifth of the spread with 20.
FEWEST_FOR_MEDIAN = 20
#: A scale of a tenth of the declared one leaves every score in its lowest tenth (RELIABILITY D05).
LOWEST_PART = 0.1
#: Halves and doubles of a median are no clinic's progress but another scale (RELIABILITY D05).
MEDIAN_RATIO = (0.5, 2.0)
#: Under treatment, and by regression to the mean without any, most patients improve; three in four do not get worse.
MOST_WORSE = 0.75
#: Pain and disability go together in every published cohort (r from 0.3 to 0.7): never this far apart.
LEAST_CORRELATION = -0.3
#: What they are called among the constructs of instruments; nothing is known of how others go together.
GO_TOGETHER = ("pain", "disability", "function", "bother")
#: A normal deviate: by chance alone, one pair of unrelated scales in a hundred lies beyond it.
BY_CHANCE = 2.326
#: Full forms give totals on a grid; skipped items put a few off it, another kind of number most (RELIABILITY D08).
MOST_OFF_GRID = 0.4
#: Grids finer than this cannot be told from whole numbers.
COARSE_STEP = 2.0
#: Slips make a patient a woman on one line and a man on the next; a shifted column makes many.
MOST_CONTRADICTED, FEWEST_CONTRADICTED = 0.05, 5
#: Some patients begin treatment again; three in four do not on every day that they come.
MOST_SCATTERED = 0.75
#: After the first day, an export of treatments has follow-ups; where most lie before it, two columns were exchanged.
MOST_BEFORE_START = 0.5
#: The last endpoint is a year after the start; where most scores are three years and more from it, it is another day.
MOST_FAR_AWAY, FAR_AWAY = 0.5, 1096
#: A follow-up is later than this; baselines are up to day 0.
FIRST_FOLLOW_UP_DAY = 14
#: The twelfth is the last day that is a month as well.
LAST_MONTH = 12
_PHASES = {"before treatment": pl.col("day") <= 0, "at follow-up": pl.col("day") > 0}


def holds(
    readings: pl.DataFrame, *, contract: DeliveryContract, vocabulary: Vocabulary, earlier: Sequence[pl.DataFrame]
) -> list[Hold]:
    """The reasons to hold a delivery for what its numbers can mean; none where they are as declared.

    `readings` and each of `earlier`, the deliveries that spoke before it, have the columns of `Readings`, accepted
    rows only.
    """
    scores, names = _with_days(readings), sorted(vocabulary.instruments)
    before = pl.concat([_with_days(one) for one in earlier]) if earlier else scores.clear()
    now, then = _by_instrument(scores), _by_instrument(before)
    found = [*_date_order(readings, contract), *_patients(readings), *_from_start(scores, contract)]
    for place, of_it in sorted(now.items()):
        one = vocabulary.instruments[names[place]]
        found += [*_scale(of_it, one), *_grid(of_it, one), *_filled_down(of_it, one)]
        if place in then:
            found += _medians(of_it, then[place], one)
    badness = {
        names[place]: _badness(of_it, one)
        for place, of_it in sorted(now.items())
        if any(word in (one := vocabulary.instruments[names[place]]).construct for word in GO_TOGETHER)
    }
    found += _directions(scores.drop_nulls("instrument"), names, vocabulary)
    return [*found, *_together(badness), *_people(readings, earlier)]


def _by_instrument(scores: pl.DataFrame) -> dict[int, pl.DataFrame]:
    parts = scores.drop_nulls("instrument").partition_by("instrument", as_dict=True)
    return {int(place): part for (place,), part in parts.items()}


def _with_days(readings: pl.DataFrame) -> pl.DataFrame:
    """The scores with `day`, counted from the start of treatment or, without one, from the patient's first contact."""
    begun = pl.coalesce("start", pl.col("date").min().over("patient"))
    day = pl.coalesce(pl.col("nominal_day").cast(pl.Int32), (pl.col("date") - begun).dt.total_days().cast(pl.Int32))
    return readings.with_columns(day=day).filter(pl.col("score").is_not_null())


def _date_order(readings: pl.DataFrame, contract: DeliveryContract) -> Iterator[Hold]:
    if contract.file.dates not in ("dmy", "mdy"):
        return
    days = pl.concat([readings["date"].alias("day"), readings["start"].alias("day")]).drop_nulls().unique()
    turnable = days.filter(days.dt.day() != days.dt.month())
    if turnable.len() and (days.dt.day() <= LAST_MONTH).all():
        yield Hold(
            "date_order_unclear",
            f"Every date of the file is one with day and month exchanged too ({DATE_ORDERS[contract.file.dates]} was "
            "declared). Ask the clinic for one date that it knows, or for dates such as 2026-01-31.",
        )


def _patients(readings: pl.DataFrame) -> Iterator[Hold]:
    """Courses of treatment whose lines contradict each other, and patients of whom every line is another course."""
    known = readings.lazy().unique("line").filter(pl.col("patient").is_not_null())
    courses = known.group_by("patient", "start", "course").agg(
        pl.len().alias("lines"),
        sexes=pl.col("sex").drop_nulls().n_unique(),
        ages=pl.col("age_band").max() - pl.col("age_band").min(),
    ).collect()  # fmt: skip
    several = pl.col("lines") > 1
    torn_apart = several & ((pl.col("sexes") > 1) | (pl.col("ages") > 1))
    torn, of_several = courses.select(torn_apart.sum(), several.sum().alias("several")).row(0)
    patients = known.group_by("patient").agg(
        days=pl.struct("date", "nominal_day").n_unique(), courses=pl.struct("start", "course").n_unique()
    )
    returning = patients.filter(pl.col("days") > 1)
    again, scattered = returning.select(
        pl.len(), (pl.col("courses") >= pl.col("days")).sum().alias("scattered")
    ).collect().row(0)  # fmt: skip
    many_torn = torn >= FEWEST_CONTRADICTED and torn > MOST_CONTRADICTED * of_several
    if many_torn or (again >= FEWEST_FOR_MEDIAN and scattered > MOST_SCATTERED * again):
        yield Hold(
            "records_torn",
            "Patients have another sex, another age or another start of treatment from one of their records to the "
            "next: one column was sorted or shifted without the others, perhaps. Export the file again.",
        )


def _from_start(scores: pl.DataFrame, contract: DeliveryContract) -> Iterator[Hold]:
    """Days before treatment began, and years after, where most scores should be on its days."""
    days = scores["day"].drop_nulls()
    others = days.filter(days != 0)
    early, far = int((others < contract.baseline_days[0]).sum()), int((days > FAR_AWAY).sum())
    if others.len() >= FEWEST_SCORES and early > MOST_BEFORE_START * others.len():
        yield Hold(
            "before_start",
            "Most scores were taken before treatment began. Were the two columns of dates exchanged? Check [columns] "
            "start and date.",
        )
    if days.len() >= FEWEST_SCORES and far > MOST_FAR_AWAY * days.len():
        yield Hold(
            "far_from_start",
            "Most scores were taken more than three years after treatment began. Is the start another day than that, "
            "or was it counted from 1904? Check the column of starts.",
        )


def _scale(scores: pl.DataFrame, one: Instrument) -> Iterator[Hold]:
    points = _points(scores, one)
    if points.len() < FEWEST_SCORES or one.low is None or one.high is None:
        return
    highest = float(points.max())  # type: ignore[arg-type]  # numbers, and at least one
    if highest <= one.low + LOWEST_PART * (one.high - one.low):
        yield Hold(
            "scale_changed",
            f"No score of {one.id} is above a tenth of its scale, {one.low:g} to {one.high:g}. Were they given on a "
            "shorter scale, as fractions, or as single items? Ask the clinic; if so, declare what was sent.",
        )


def _filled_down(scores: pl.DataFrame, one: Instrument) -> Iterator[Hold]:
    """One score for everybody before treatment, or for everybody at follow-up."""
    for phase, when in _PHASES.items():
        points = scores.filter(when)["score"]
        if points.len() >= FEWEST_SCORES and points.n_unique() == 1:
            yield Hold(
                "filled_down",
                f"Every score of {one.id} {phase} is the same: a cell was filled down, perhaps. Export the file again.",
            )


def _grid(scores: pl.DataFrame, one: Instrument) -> Iterator[Hold]:
    """Totals of full forms fall on a grid, rounded to whole numbers at most; the sums of their items do not."""
    rule = ITEM_RULES.get(one.id)
    if rule is None or (step := rule.full / (rule.most * rule.items)) < COARSE_STEP:
        return
    points = _points(scores, one)
    off = (points - (points / step).round() * step).abs() > 0.5 + 1e-6
    sums = points.len() >= FEWEST_SCORES and bool((points <= rule.most * rule.items).all())
    if sums and off.sum() > MOST_OFF_GRID * points.len():
        yield Hold(
            "not_totals",
            f"The scores of {one.id} look like sums of its items, not like the score that is made from them, which "
            f"runs to {rule.full}. Ask the clinic; send the score, or the items.",
        )


def _directions(scores: pl.DataFrame, names: Sequence[str], vocabulary: Vocabulary) -> Iterator[Hold]:
    """Most patients are not worse at follow-up than they were before treatment."""
    when = pl.col("day")
    pairs = scores.lazy().sort("day").group_by("instrument", "patient").agg(
        before=pl.col("score").filter(when <= 0).last(),
        after=pl.col("score").filter(when > FIRST_FOLLOW_UP_DAY).last(),
    )  # fmt: skip
    changed = pairs.filter(pl.col("after") != pl.col("before")).group_by("instrument")
    counted = changed.agg(pl.len().alias("changed"), higher=(pl.col("after") > pl.col("before")).sum())
    for place, of_it, higher in counted.sort("instrument").collect().iter_rows():
        one = vocabulary.instruments[names[place]]
        worse = higher if one.better == "lower" else of_it - higher
        if of_it >= FEWEST_SCORES and worse > MOST_WORSE * of_it:
            yield Hold(
                "direction_reversed",
                f"More than {MOST_WORSE:.0%} of the patients whose {one.id} changed got worse. Is the scale turned "
                f"round (here, {one.better} is better), or were baseline and follow-up exchanged? Ask the clinic.",
            )


def _together(badness: Mapping[str, pl.DataFrame]) -> Iterator[Hold]:
    """Instruments of pain and disability, turned so that high is bad, rise and fall together.

    The limit of a rank correlation is that of Fisher's transformation.
    """
    for one, other in combinations(badness, 2):
        pairs = badness[one].join(badness[other], on=["patient", "day"], suffix="_other")
        if pairs.height < FEWEST_SCORES:
            continue
        r = pairs.select(pl.corr("bad", "bad_other", method="spearman")).item()
        if r is not None and r < LEAST_CORRELATION and atanh(max(r, -1 + 1e-9)) < -BY_CHANCE / sqrt(pairs.height - 3):
            yield Hold(
                "directions_disagree",
                f"Where {one} says that a patient is well, {other} says the opposite. One of the two is turned round. "
                "Ask the clinic which.",
            )


def _badness(scores: pl.DataFrame, one: Instrument) -> pl.DataFrame:
    bad = pl.col("score") if one.better == "lower" else -pl.col("score")
    return scores.select("patient", "day", bad=bad)


def _medians(scores: pl.DataFrame, before: pl.DataFrame, one: Instrument) -> Iterator[Hold]:
    """Baselines beside earlier baselines, follow-ups beside earlier follow-ups."""
    for phase, when in _PHASES.items():
        now, then = (_points(each.filter(when), one) - (one.low or 0) for each in (scores, before))
        if _apart(now, then):
            yield Hold(
                "median_shifted",
                f"The median of {one.id} {phase} is less than half, or more than twice, that of the deliveries before. "
                "Is it another scale or another version? Ask the clinic; release the delivery if it is not.",
            )


def _people(readings: pl.DataFrame, earlier: Sequence[pl.DataFrame]) -> Iterator[Hold]:
    """Ages and sessions beside those of earlier deliveries: two columns of numbers are soon exchanged."""
    if not earlier:
        return
    words = {"sessions": "sessions", "age_band": "age", "duration_weeks": "duration of complaints"}
    for name, word in words.items():
        now, then = _of_patients(readings, name), [_of_patients(one, name) for one in earlier]
        if _apart(now, pl.concat(then)):
            yield Hold(
                "median_shifted",
                f"The median {word} is less than half, or more than twice, that of the deliveries before. Were two "
                "columns exchanged? Ask the clinic; release the delivery if they were not.",
            )


def _of_patients(readings: pl.DataFrame, name: str) -> pl.Series:
    values = readings.group_by("patient").agg(pl.col(name).max().cast(pl.Float64))[name].drop_nulls()
    return values.replace_strict(range(len(AGE_BANDS)), _MIDDLE_AGES, default=None) if name == "age_band" else values


#: An age for each band, for the sake of its median.
_MIDDLE_AGES = [9.0, 24.0, *(35.0 + 10 * ten for ten in range(len(AGE_BANDS) - 3)), 93.0]


def _apart(now: pl.Series, then: pl.Series) -> bool:
    if min(now.len(), then.len()) < FEWEST_FOR_MEDIAN:
        return False
    here, there = float(now.median() or 0), float(then.median() or 0)  # type: ignore[arg-type]  # numbers
    low, high = MEDIAN_RATIO
    return bool(min(here, there) > 0 and not low <= here / there <= high)


def _points(scores: pl.DataFrame, one: Instrument) -> pl.Series:
    return scores["score"].cast(pl.Float64) / one.scale
