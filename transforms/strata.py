"""Responses become strata: how many of each kind of patient are due, followed up, missing and responding.

Exact and private, like counts. What a reader may know of them is decided in `disclosure_of_strata`, nowhere else.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.delivery_contract import AGE_BANDS, SEXES
from schemas.responses import STATUSES
from schemas.sources import Source
from schemas.strata import AGES, BASELINES, DURATIONS, WEEKS_OF_A_YEAR, Strata
from schemas.strata import SEXES as SEX_GROUPS
from schemas.vocabulary import Vocabulary
from transforms.cohorts import named, word
from transforms.first_courses import FirstCourses, first_courses, first_instruments, of_course, of_definition
from transforms.packing import packed, unpacked, without

_STATUS = {name: place for place, name in enumerate(STATUSES)}
_DUE = [_STATUS[name] for name in ("missing", "responder", "non_responder")]
_CELL = ("source", "cohort", "definition", "endpoint")
_KIND = ("baseline_group", "age", "sex", "duration")
_OF_THE_COURSE = ("source", "cohort", "age", "sex", "duration")
_OF_THE_VERDICT = ("definition", "endpoint", "baseline_group", "status")
_STRATUM = (*_CELL, *_KIND)
#: The column and the words of each characteristic.
_WORDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "baseline_group": ("baseline", BASELINES),
    "age": ("age", AGES),
    "sex": ("sex", SEX_GROUPS),
    "duration": ("duration", DURATIONS),
}
FOURTHS = 4


def strata(
    responses: pl.LazyFrame,
    episodes: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    *,
    sources: Sequence[Source],
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """The columns of `Strata`: first courses that are due and eligible, over all periods, by population as in `plan`.

    Source: METHODS, sections 5.2 and 12.3 (characteristics that an adjustment uses), 7.2.
    """
    courses = first_courses(responses, episodes, outcomes, plan=plan, vocabulary=vocabulary)
    return parted(courses, sources=sources, vocabulary=vocabulary)


def parted(courses: FirstCourses, *, sources: Sequence[Source], vocabulary: Vocabulary) -> pl.DataFrame:
    """As `strata`, of first courses that are found already; sorted by the key of `Strata`."""
    populations = sorted(courses.judged)
    (of_the_course,) = courses.roster.with_columns(**_kind()).select(packed(*_STRATUM, "status", of=_OF_THE_COURSE))
    found = [
        _of_population(courses.judged[name], of_the_course, vocabulary).with_columns(population=pl.lit(place, pl.Int16))
        for place, name in enumerate(populations)
    ]
    return _worded(pl.concat(found), populations, sources, vocabulary) if found else Strata.empty()


def _kind() -> dict[str, pl.Expr]:
    """Places of a course in the groups of age, sex and duration; what is not recorded has the last place."""
    age, sex, weeks = pl.col("age_band"), pl.col("sex"), pl.col("duration_weeks")
    older, oldest = (AGE_BANDS.index(band) for band in ("40-49", "60-69"))
    return {
        "age": pl.when(age < older).then(0).when(age < oldest).then(1).when(age >= oldest).then(2).otherwise(3),
        "sex": pl.when(sex == SEXES.index("female")).then(0).when(sex == SEXES.index("male")).then(1).otherwise(2),
        "duration": pl.when(weeks < WEEKS_OF_A_YEAR).then(0).when(weeks >= WEEKS_OF_A_YEAR).then(1).otherwise(2),
    }


def _of_population(inside: pl.DataFrame, of_the_course: pl.Series, vocabulary: Vocabulary) -> pl.DataFrame:
    by_status = (
        inside.lazy()
        .filter(pl.col("status").is_in(_DUE))
        .with_columns(baseline_group=_fourth(vocabulary))
        .select(
            "units",
            whole=of_course(of_the_course) + packed(*_STRATUM, "status", of=_OF_THE_VERDICT),
            square=pl.col("units") * pl.col("units"),
        )
        .group_by("whole")
        .agg(courses=pl.len().cast(pl.Int32), total=pl.col("units").sum(), squares=pl.col("square").sum())
    )
    (status,) = unpacked("whole", "status")
    parts = by_status.with_columns(status, without("whole", "status").alias("stratum"))
    found = parts.select("stratum", **_of_status()).group_by("stratum").agg(pl.all().sum())
    return found.select(*unpacked("stratum", *_STRATUM), pl.exclude("stratum")).collect(engine="streaming")


def _fourth(vocabulary: Vocabulary) -> pl.Expr:
    """Place of a baseline in the fourths of its instrument's scale; a boundary belongs to the upper one."""
    scales = first_instruments(vocabulary)
    low = of_definition([one.units(one.low or 0.0) for one in scales])
    width = of_definition([one.units(one.high or 1.0) - one.units(one.low or 0.0) for one in scales])
    fourth = (pl.col("units") - low) * FOURTHS // width
    return fourth.clip(0, FOURTHS - 1).fill_null(FOURTHS)


def _of_status() -> dict[str, pl.Expr]:
    """What the courses of one status add to their kind; found before adding up, where conditions are slow."""
    gone = pl.col("status") == _STATUS["missing"]
    return {
        "followed_up": pl.when(~gone).then("courses"),
        "missing": pl.when(gone).then("courses"),
        "responders": pl.when(pl.col("status") == _STATUS["responder"]).then("courses"),
        "baseline_sum": pl.when(~gone).then("total"),
        "baseline_squares": pl.when(~gone).then("squares"),
        "missing_sum": pl.when(gone).then("total"),
        "missing_squares": pl.when(gone).then("squares"),
    }


def _worded(
    found: pl.DataFrame, populations: Sequence[str], sources: Sequence[Source], vocabulary: Vocabulary
) -> pl.DataFrame:
    """Places become words, and sums of whole units sums on the instrument's own scale."""
    cohorts = named(found.select("source", "cohort").unique(), sources)
    scale = of_definition([one.scale for one in first_instruments(vocabulary)])
    return (
        found.join(cohorts, on=["source", "cohort"], nulls_equal=True)
        .with_columns(_in_order_of_words(name) for name in _KIND)
        .sort(packed("order", "definition", "endpoint", "population", *_KIND))
        .select(
            source="source_name",
            cohort="cohort_name",
            definition=word("definition", sorted(vocabulary.definitions)),
            endpoint=word("endpoint", sorted(vocabulary.endpoints)),
            population=word("population", populations),
            **{column: word(name, sorted(words)) for name, (column, words) in _WORDS.items()},
            followed_up="followed_up", missing="missing", responders="responders",
            baseline_sum=pl.col("baseline_sum") / scale,
            baseline_squares=pl.col("baseline_squares") / scale**2,
            missing_sum=pl.col("missing_sum") / scale,
            missing_squares=pl.col("missing_squares") / scale**2,
        )
    )  # fmt: skip


def _in_order_of_words(characteristic: str) -> pl.Expr:
    """The places in the list of words as places in the sorted list, by which rows are sorted."""
    _, words = _WORDS[characteristic]
    return pl.lit(pl.Series([sorted(words).index(one) for one in words])).gather(characteristic).alias(characteristic)
