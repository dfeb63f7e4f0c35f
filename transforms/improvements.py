"""Outcomes become improvements: how far first courses changed, as a distribution, whatever threshold a rule picks.

Exact and private, like counts. What a reader may know of them is decided in `disclosure_of_improvements`, nowhere else.
Whether a change is a response is `responses`.
"""

from collections.abc import Sequence

import polars as pl

from schemas.improvements import THRESHOLDS, Improvements
from schemas.outcomes import STATES
from schemas.sources import Source
from schemas.vocabulary import Instrument, Vocabulary
from transforms.cohorts import named, word
from transforms.first_courses import FirstCourses, first_courses, of_course
from transforms.packing import BITS, packed, unpacked, without
from transforms.populations import EVERYONE

_MISSING, _NOT_DUE = STATES.index("missing"), STATES.index("not due")
_COHORT = ("source", "cohort")
_CELL = (*_COHORT, "instrument", "endpoint")
#: So many equal steps make up a whole baseline; places of `reached` count the thresholds that are met.
_STEPS = len(THRESHOLDS) - 1
_ALL_MET = len(THRESHOLDS)
_NO_RATIO, _GONE, _GONE_WITHOUT_RATIO = range(_ALL_MET + 1, _ALL_MET + 4)
_SUMS = ("improvement_sum", "improvement_squares", "worse", "improved", "deteriorated")
#: What makes a fall an improvement.
_SIGNS = {"lower": 1, "higher": -1}
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


def improvements(
    responses: pl.LazyFrame,
    episodes: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    *,
    sources: Sequence[Source],
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """The columns of `Improvements`: first courses that are due and have a baseline, over all periods.

    Populations are those that `plan` (definition, endpoint, population) asks for with an instrument of the definition.
    Thresholds are met exactly, in whole units. Source: METHODS, sections 6.4 to 6.6.
    """
    courses = first_courses(responses, episodes, outcomes, plan=plan, vocabulary=vocabulary)
    return improved(courses, outcomes, sources=sources, plan=plan, vocabulary=vocabulary)


def improved(
    courses: FirstCourses,
    outcomes: pl.LazyFrame,
    *,
    sources: Sequence[Source],
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """As `improvements`, of first courses that are found already; sorted by the key of `Improvements`."""
    populations = sorted(courses.judged)
    seen = _seen(outcomes, courses.roster, vocabulary) if populations else None
    if seen is None or seen.is_empty():
        return Improvements.empty()
    found = [
        _of_population(name, seen, courses.roster, plan, vocabulary).with_columns(population=pl.lit(place, pl.Int16))
        for place, name in enumerate(populations)
    ]
    return _worded(pl.concat(found), populations, sources, vocabulary)


def _instruments(vocabulary: Vocabulary) -> list[Instrument]:
    return [one for _, one in sorted(vocabulary.instruments.items())]


def _of_instrument(values: Sequence[float | int | None], dtype: type[pl.DataType]) -> pl.Expr:
    return pl.lit(pl.Series(values, dtype=dtype)).gather(pl.col("instrument"))


def _seen(outcomes: pl.LazyFrame, roster: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Due outcomes of first courses that have a baseline: the course's place in the roster, and what it gained."""
    known_as = packed("source", "episode").alias("known_as")
    numbered = roster.lazy().select(known_as, course=pl.int_range(pl.len(), dtype=pl.UInt32))
    listed = _instruments(vocabulary)
    sign = _of_instrument([_SIGNS.get(one.better) if one.usable else None for one in listed], pl.Int8)
    return (
        outcomes.filter((pl.col("state") != _NOT_DUE) & pl.col("baseline").is_not_null())
        .select(known_as, "instrument", "endpoint", "state", "baseline", "score")
        .with_columns(sign=sign)
        .filter(pl.col("sign").is_not_null())
        .join(numbered, on="known_as")
        .select(
            "course", "instrument", "endpoint",
            gain=((pl.col("baseline") - pl.col("score")) * pl.col("sign")).cast(pl.Int64),
            baseline=pl.col("baseline").cast(pl.Int64),
        )
        .collect(engine="streaming")
    )  # fmt: skip


def _of_population(
    name: str, seen: pl.DataFrame, roster: pl.DataFrame, plan: pl.DataFrame, vocabulary: Vocabulary
) -> pl.DataFrame:
    """One row per cell, by places: how many reached which threshold, sums and quartiles of what they gained."""
    inside = seen if name == EVERYONE else _inside(name, seen, roster, plan, vocabulary)
    (of_cohort,) = roster.select(packed(*_CELL, of=_COHORT))
    cell = of_course(of_cohort) + packed(*_CELL, of=("instrument", "endpoint"))
    rows = inside.lazy().select("gain", cell=cell, reached=_reached(), **_important(vocabulary)).collect()
    sums = _sums(rows)
    quartiles = rows.lazy().filter(pl.col("gain").is_not_null()).group_by("cell").agg(**_quartiles()).collect()
    return sums.join(quartiles, on="cell", how="left")


def _inside(
    name: str, seen: pl.DataFrame, roster: pl.DataFrame, plan: pl.DataFrame, vocabulary: Vocabulary
) -> pl.DataFrame:
    """What studies ask to know of a population: its courses, the instruments and endpoints of what is judged of it."""
    instruments, endpoints = sorted(vocabulary.instruments), sorted(vocabulary.endpoints)
    asked = {
        (instruments.index(instrument), endpoints.index(endpoint))
        for definition, endpoint, population in plan.select("definition", "endpoint", "population").iter_rows()
        if population == name
        for instrument in vocabulary.definitions[definition].instruments
    }
    pairs = pl.DataFrame(sorted(asked), schema={"instrument": pl.Int16, "endpoint": pl.Int16}, orient="row")
    wanted = seen.join(pairs, on=["instrument", "endpoint"], how="semi")
    return wanted.filter(~of_course(roster[f"outside {name}"]))


def _reached() -> pl.Expr:
    """How many thresholds a course has met, from none (worse than at the start) to all; or why that is not known."""
    ratio = pl.col("baseline") > 0
    met = (pl.col("gain") * _STEPS // pl.col("baseline")).clip(-1, _STEPS) + 1
    return (
        pl.when(pl.col("gain").is_null()).then(pl.when(ratio).then(_GONE).otherwise(_GONE_WITHOUT_RATIO))
        .when(ratio).then(met)
        .otherwise(_NO_RATIO)
        .cast(pl.Int16)
    )  # fmt: skip


def _important(vocabulary: Vocabulary) -> dict[str, pl.Expr]:
    """Whether a course became worse, and whether it changed by the minimal important change; empty: none is known."""
    least = [None if one.mic_absolute is None else one.units(one.mic_absolute) for one in _instruments(vocabulary)]
    important = _of_instrument(least, pl.Int64)
    gain = pl.col("gain")
    return {"worse": gain < 0, "improved": gain >= important, "deteriorated": gain <= -important}


def _quartiles() -> dict[str, pl.Expr]:
    return {name: pl.col("gain").quantile(at, interpolation="linear") for name, at in _QUARTILES.items()}


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Added up by cell and threshold first, so that what comes after has few rows."""
    whole = pl.col("cell") * 2 ** BITS["reached"] + packed("reached")
    (reached,) = unpacked("whole", "reached")
    by_reached = (
        rows.lazy()
        .select("gain", "worse", "improved", "deteriorated", whole=whole, square=pl.col("gain") * pl.col("gain"))
        .group_by("whole")
        .agg(
            courses=pl.len().cast(pl.Int32),
            improvement_sum=pl.col("gain").sum(),
            improvement_squares=pl.col("square").sum(),
            **{name: pl.col(name).sum().cast(pl.Int32) for name in ("worse", "improved", "deteriorated")},
        )
        .with_columns(reached, without("whole", "reached").alias("cell"))
    )
    added = {name: pl.col(name).sum() for name in _SUMS}
    return by_reached.group_by("cell").agg(**_counted(), **added).collect()


def _counted() -> dict[str, pl.Expr]:
    reached, courses = pl.col("reached"), pl.col("courses")
    placed, gone = reached <= _ALL_MET, reached >= _GONE
    of = {
        "measured": ~gone, "missing": gone, "placed": placed, "missing_placed": reached == _GONE,
        **{
            f"at_least_{percent}": reached.is_between(place, _ALL_MET)
            for place, percent in enumerate(THRESHOLDS, start=1)
        },
    }  # fmt: skip
    return {name: courses.filter(which).sum() for name, which in of.items()}


def _worded(
    found: pl.DataFrame, populations: Sequence[str], sources: Sequence[Source], vocabulary: Vocabulary
) -> pl.DataFrame:
    """Places become words, and whole units points of the instrument's own scale."""
    cells = found.with_columns(*unpacked("cell", *_CELL))
    cohorts = named(cells.select(_COHORT).unique(), sources)
    listed = _instruments(vocabulary)
    scale = _of_instrument([one.scale for one in listed], pl.Float64)
    known = _of_instrument([one.mic_absolute for one in listed], pl.Float64).is_not_null()
    in_points = {name: pl.col(name) / scale for name in ("improvement_sum", *_QUARTILES)}
    important = {name: pl.when(known).then(name) for name in ("improved", "deteriorated")}
    return (
        cells.with_columns(**in_points, **important, improvement_squares=pl.col("improvement_squares") / scale**2)
        .join(cohorts, on=_COHORT, nulls_equal=True)
        .sort(packed("order", "instrument", "endpoint", "population"))
        .with_columns(
            source="source_name",
            cohort="cohort_name",
            instrument=word("instrument", sorted(vocabulary.instruments)),
            endpoint=word("endpoint", sorted(vocabulary.endpoints)),
            population=word("population", populations),
        )
        .select(list(Improvements.columns()))
    )
