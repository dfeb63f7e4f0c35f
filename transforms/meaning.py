"""Whether a delivery that reads well can mean what its contract says: units, directions, totals, orders of dates.

Rules with named limits, each of which holds a delivery until a person has looked at it. No sentence repeats a value or
an exact number. Rules judge a group of deliveries at once by its `score_figures`. What a single record shows by itself
is `typed_cells`; what refuses a file is `declared_columns`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import atanh, sqrt
from typing import Any

import polars as pl

from schemas.delivery_contract import DATE_ORDERS, DeliveryContract
from schemas.holds import Hold
from schemas.item_rules import ITEM_RULES
from schemas.vocabulary import Instrument, Vocabulary
from transforms import score_figures
from transforms.judged_together import Beside, Deliveries, Found, held
from transforms.score_figures import PHASES

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
#: The twelfth is the last day that is a month as well.
LAST_MONTH = 12


def holds(
    readings: pl.DataFrame, *, contract: DeliveryContract, vocabulary: Vocabulary, earlier: Sequence[pl.DataFrame]
) -> list[Hold]:
    """`holds_of_each` for one delivery."""
    group = Deliveries([Beside(readings, contract, earlier)])
    return [hold for _, hold in holds_of_each(group, vocabulary)]


def holds_of_each(group: Deliveries, vocabulary: Vocabulary) -> Iterator[Found]:
    """The reasons to hold deliveries for what their numbers can mean; none where they are as declared."""
    yield from _date_order(group)
    yield from _patients(group)
    yield from _from_start(group)
    yield from _of_instruments(group, vocabulary)
    yield from _directions(group, vocabulary)
    yield from _together(group, vocabulary)
    yield from _people(group)


def _date_order(group: Deliveries) -> Iterator[Found]:
    orders = [one.contract.file.dates for one in group.asked]
    unsure = [at for at, order in enumerate(orders) if order in ("dmy", "mdy")]
    for at, turnable, last in score_figures.days_of_month(_of(group.rows, unsure)).iter_rows():
        if turnable and last <= LAST_MONTH:
            yield held(
                at,
                "date_order_unclear",
                f"Every date of the file is one with day and month exchanged too ({DATE_ORDERS[orders[at]]} was "
                "declared). Ask the clinic for one date that it knows, or for dates such as 2026-01-31.",
            )


def _of(rows: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    """The rows of deliveries at some places."""
    return rows.filter(pl.col("delivery").is_in(places)) if places else rows.clear()


def _patients(group: Deliveries) -> Iterator[Found]:
    """Courses of treatment whose lines contradict each other, and patients of whom every line is another course."""
    courses = score_figures.courses(group.records)
    several = pl.col("lines") > 1
    counted = courses.group_by("delivery").agg(pl.col("torn").sum(), several.sum().alias("several"))
    found = {
        at for at, torn, of_several in counted.iter_rows()
        if torn >= FEWEST_CONTRADICTED and torn > MOST_CONTRADICTED * of_several
    } | _scattered(group, score_figures.returning(courses))  # fmt: skip
    for at in sorted(found):
        yield held(
            at,
            "records_torn",
            "Patients have another sex, another age or another start of treatment from one of their records to "
            "the next: one column was sorted or shifted without the others, perhaps. Export the file again.",
        )


def _scattered(group: Deliveries, returning: pl.DataFrame) -> set[int]:
    """Deliveries of whose returning patients most have as many courses as days, or more."""

    def too_many(of_them: pl.Expr) -> pl.Expr:
        return (pl.col("again") >= FEWEST_FOR_MEDIAN) & (of_them > MOST_SCATTERED * pl.col("again"))

    # A patient of one course has fewer courses than days, so only where most have several is it worth counting days.
    again = returning.group_by("delivery").agg(pl.len().alias("again"), several=(pl.col("courses") > 1).sum())
    suspects = again.filter(too_many(pl.col("several")))
    if suspects.is_empty():
        return set()
    days = score_figures.days_of_patients(_of(group.records, suspects["delivery"].to_list()))
    both = returning.join(days, on=["delivery", "patient"], nulls_equal=True)
    scattered = (pl.col("courses") >= pl.col("days")).sum()
    counted = both.group_by("delivery").agg(pl.len().alias("again"), scattered=scattered)
    return set(counted.filter(too_many(pl.col("scattered")))["delivery"])


def _from_start(group: Deliveries) -> Iterator[Found]:
    """Days before treatment began, and years after, where most scores should be on its days."""
    first_days = [one.contract.baseline_days[0] for one in group.asked]
    for at, days, others, early, far in score_figures.days_from_start(group.scores, first_days, FAR_AWAY).iter_rows():
        if others >= FEWEST_SCORES and early > MOST_BEFORE_START * others:
            yield held(
                at,
                "before_start",
                "Most scores were taken before treatment began. Were the two columns of dates exchanged? Check "
                "[columns] start and date.",
            )
        if days >= FEWEST_SCORES and far > MOST_FAR_AWAY * days:
            yield held(
                at,
                "far_from_start",
                "Most scores were taken more than three years after treatment began. Is the start another day "
                "than that, or was it counted from 1904? Check the column of starts.",
            )


def _of_instruments(group: Deliveries, vocabulary: Vocabulary) -> Iterator[Found]:
    """What is asked of the scores of each instrument by themselves."""
    names, shifted = sorted(vocabulary.instruments), _shifted(group, vocabulary)
    for figures in group.by_instrument.iter_rows(named=True):
        at, place = figures["delivery"], figures["instrument"]
        one = vocabulary.instruments[names[place]]
        if figures["count"] >= FEWEST_SCORES:
            yield from _scale(figures, one)
            yield from _grid(group, figures, one)
            yield from _filled_down(figures, one)
        for phase in shifted.get((at, place), ()):
            yield held(
                at,
                "median_shifted",
                f"The median of {one.id} {phase} is less than half, or more than twice, that of the deliveries "
                "before. Is it another scale or another version? Ask the clinic; release the delivery if it is "
                "not.",
            )


def _scale(figures: Mapping[str, Any], one: Instrument) -> Iterator[Found]:
    if one.low is None or one.high is None:
        return
    if figures["high"] / one.scale <= one.low + LOWEST_PART * (one.high - one.low):
        yield held(
            figures["delivery"],
            "scale_changed",
            f"No score of {one.id} is above a tenth of its scale, {one.low:g} to {one.high:g}. Were they given on a "
            "shorter scale, as fractions, or as single items? Ask the clinic; if so, declare what was sent.",
        )


def _grid(group: Deliveries, figures: Mapping[str, Any], one: Instrument) -> Iterator[Found]:
    """Totals of full forms fall on a grid, rounded to whole numbers at most; the sums of their items do not."""
    rule = ITEM_RULES.get(one.id)
    if rule is None or (step := rule.full / (rule.most * rule.items)) < COARSE_STEP:
        return
    if figures["high"] / one.scale > rule.most * rule.items:  # more than any sum of items
        return
    of_it = (pl.col("delivery") == figures["delivery"]) & (pl.col("instrument") == figures["instrument"])
    points = group.scores.filter(of_it)["score"].cast(pl.Float64) / one.scale
    off = (points - (points / step).round() * step).abs() > 0.5 + 1e-6
    if off.sum() > MOST_OFF_GRID * points.len():
        yield held(
            figures["delivery"],
            "not_totals",
            f"The scores of {one.id} look like sums of its items, not like the score that is made from them, which "
            f"runs to {rule.full}. Ask the clinic; send the score, or the items.",
        )


def _filled_down(figures: Mapping[str, Any], one: Instrument) -> Iterator[Found]:
    """One score for everybody before treatment, or for everybody at follow-up."""
    for k, phase in enumerate(PHASES):
        if figures[f"count_{k}"] >= FEWEST_SCORES and figures[f"low_{k}"] == figures[f"high_{k}"]:
            yield held(
                figures["delivery"],
                "filled_down",
                f"Every score of {one.id} {phase} is the same: a cell was filled down, perhaps. Export the file again.",
            )


def _directions(group: Deliveries, vocabulary: Vocabulary) -> Iterator[Found]:
    """Most patients are not worse at follow-up than they were before treatment."""
    names = sorted(vocabulary.instruments)
    for at, place, of_it, higher in score_figures.changes(group.scores).iter_rows():
        one = vocabulary.instruments[names[place]]
        worse = higher if one.better == "lower" else of_it - higher
        if of_it >= FEWEST_SCORES and worse > MOST_WORSE * of_it:
            yield held(
                at,
                "direction_reversed",
                f"More than {MOST_WORSE:.0%} of the patients whose {one.id} changed got worse. Is the scale turned "
                f"round (here, {one.better} is better), or were baseline and follow-up exchanged? Ask the clinic.",
            )


def _together(group: Deliveries, vocabulary: Vocabulary) -> Iterator[Found]:
    """Instruments of pain and disability, turned so that high is bad, rise and fall together.

    The limit of a rank correlation is that of Fisher's transformation.
    """
    for (one, its), (other, theirs) in combinations(_badness(group, vocabulary).items(), 2):
        for at, pairs, r in score_figures.rank_correlation(its, theirs, FEWEST_SCORES).iter_rows():
            if r is not None and r < LEAST_CORRELATION and atanh(max(r, -1 + 1e-9)) < -BY_CHANCE / sqrt(pairs - 3):
                yield held(
                    at,
                    "directions_disagree",
                    f"Where {one} says that a patient is well, {other} says the opposite. One of the two is turned "
                    "round. Ask the clinic which.",
                )


def _badness(group: Deliveries, vocabulary: Vocabulary) -> dict[str, pl.DataFrame]:
    """The scores of each instrument that goes with others, as `bad`."""
    names, found = sorted(vocabulary.instruments), {}
    for place in group.by_instrument["instrument"].unique().sort():
        one = vocabulary.instruments[names[place]]
        if any(word in one.construct for word in GO_TOGETHER):
            bad = pl.col("score") if one.better == "lower" else -pl.col("score")
            of_it = group.scores.lazy().filter(pl.col("instrument") == place)
            found[one.id] = of_it.select("delivery", "patient", "day", bad=bad).collect()
    return found


# --- beside earlier deliveries ------------------------------------------------------------------------------


def _shifted(group: Deliveries, vocabulary: Vocabulary) -> dict[tuple[int, int], list[str]]:
    """Baselines beside earlier baselines, follow-ups beside earlier follow-ups: the phases that are far apart."""
    if not group.with_earlier:
        return {}
    instruments = {place: vocabulary.instruments[name] for place, name in enumerate(sorted(vocabulary.instruments))}
    now = score_figures.medians_of_instruments(_of(group.scores, group.with_earlier), instruments)
    then = score_figures.medians_of_instruments(group.earlier_scores, instruments)
    key = ["delivery", "instrument", "phase"]
    found: dict[tuple[int, int], list[str]] = {}
    for at, place, phase, *figures in now.join(then, on=key, suffix="_then").sort(key).iter_rows():
        if _apart(*figures):
            found.setdefault((at, place), []).append(list(PHASES)[phase])
    return found


def _people(group: Deliveries) -> Iterator[Found]:
    """Ages and sessions beside those of earlier deliveries: two columns of numbers are soon exchanged."""
    if not group.with_earlier:
        return
    words = {"sessions": "sessions", "age_band": "age", "duration_weeks": "duration of complaints"}
    now = score_figures.medians_of_patients(_of(group.rows, group.with_earlier), list(words), ["delivery"])
    then = score_figures.medians_of_patients(group.earlier, list(words), ["delivery", "before"])
    for one in now.join(then, on="delivery", suffix="_then").sort("delivery").iter_rows(named=True):
        for name, word in words.items():
            if _apart(*(one[f"{figure}_{name}{when}"] for when in ("", "_then") for figure in ("count", "median"))):
                yield held(
                    one["delivery"],
                    "median_shifted",
                    f"The median {word} is less than half, or more than twice, that of the deliveries before. Were "
                    "two columns exchanged? Ask the clinic; release the delivery if they were not.",
                )


def _apart(count: int, here: float | None, count_then: int, there: float | None) -> bool:
    if min(count, count_then) < FEWEST_FOR_MEDIAN or here is None or there is None:
        return False
    low, high = MEDIAN_RATIO
    return bool(min(here, there) > 0 and not low <= here / there <= high)
