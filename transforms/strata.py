"""Responses become strata: how many of each kind of patient are due, followed up, missing and responding.

Exact and private, like counts. What a reader may know of them is decided in `disclosure_of_strata`, nowhere else.
"""

from collections.abc import Sequence

import polars as pl

from schemas.delivery_contract import AGE_BANDS, SEXES
from schemas.responses import STATUSES
from schemas.sources import Source
from schemas.strata import AGES, BASELINES, DURATIONS, WEEKS_OF_A_YEAR, Strata
from schemas.strata import SEXES as SEX_GROUPS
from schemas.vocabulary import Vocabulary
from transforms.packing import packed, unpacked
from transforms.populations import EVERYONE, outside_of, places, with_baselines

_STATUS = {name: place for place, name in enumerate(STATUSES)}
_DUE = ("missing", "responder", "non_responder")
_CELL = ("source", "cohort", "definition", "endpoint")
_KIND = ("baseline_group", "age", "sex", "duration")
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
    populations = [EVERYONE, *sorted(set(plan["population"]) - {EVERYONE})]
    roster = with_baselines(episodes.filter("first"), outcomes, populations, vocabulary)
    outside = {f"outside {name}": outside_of(vocabulary.populations[name]) for name in populations}
    kinds = roster.select("source", "episode", "cohort", **_kind(), **outside)
    due = responses.filter(pl.col("status").is_in([_STATUS[name] for name in _DUE]))
    course = packed("source", "episode").alias("course")
    named = kinds.with_columns(course).drop("source", "episode")
    judged = (
        due.with_columns(course).join(named, on="course").with_columns(baseline_group=_fourth(vocabulary)).collect()
    )
    found = [_of_population(name, judged, plan, vocabulary) for name in populations]
    return _worded(pl.concat(found), sources, vocabulary)


def _kind() -> dict[str, pl.Expr]:
    """Places of a course in the groups of age, sex and duration; what is not recorded has the last place."""
    age, sex, weeks = pl.col("age_band"), pl.col("sex"), pl.col("duration_weeks")
    older, oldest = (AGE_BANDS.index(band) for band in ("40-49", "60-69"))
    return {
        "age": pl.when(age < older).then(0).when(age < oldest).then(1).when(age >= oldest).then(2).otherwise(3),
        "sex": pl.when(sex == SEXES.index("female")).then(0).when(sex == SEXES.index("male")).then(1).otherwise(2),
        "duration": pl.when(weeks < WEEKS_OF_A_YEAR).then(0).when(weeks >= WEEKS_OF_A_YEAR).then(1).otherwise(2),
    }


def _fourth(vocabulary: Vocabulary) -> pl.Expr:
    """Place of a baseline in the fourths of its instrument's scale; a boundary belongs to the upper one."""
    ends = [vocabulary.instruments[one.rules[0].instrument] for _, one in sorted(vocabulary.definitions.items())]
    found = list(range(len(ends)))
    low = pl.col("definition").replace_strict(found, [one.low or 0.0 for one in ends], return_dtype=pl.Float64)
    width = [(one.high or 1.0) - (one.low or 0.0) for one in ends]
    share = (pl.col("baseline") - low) / pl.col("definition").replace_strict(found, width, return_dtype=pl.Float64)
    return (share * FOURTHS).floor().clip(0, FOURTHS - 1).cast(pl.Int32).fill_null(FOURTHS)


def _of_population(name: str, judged: pl.DataFrame, plan: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    inside = judged.filter(~pl.col(f"outside {name}"))
    if name != EVERYONE:
        wanted = places(plan.filter(population=name), vocabulary)
        inside = inside.join(wanted, on=["definition", "endpoint"], how="semi")
    by_status = (
        inside.select(packed(*_CELL, *_KIND, "status").alias("kind"), pl.col("baseline").fill_null(0.0))
        .with_columns(square=pl.col("baseline") ** 2)
        .group_by("kind")
        .agg(courses=pl.len().cast(pl.Int32), total=pl.col("baseline").sum(), squares=pl.col("square").sum())
        .select(*unpacked("kind", *_CELL, *_KIND, "status"), pl.exclude("kind"))
    )
    parts = by_status.select(*_CELL, *_KIND, **_of_status())
    return parts.group_by(*_CELL, *_KIND).agg(pl.all().sum()).with_columns(population=pl.lit(name))


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


def _worded(found: pl.DataFrame, sources: Sequence[Source], vocabulary: Vocabulary) -> pl.DataFrame:
    named = pl.DataFrame(
        {
            "source": range(len(sources)),
            "name": [one.name for one in sources],
            "arms": [list(one.arms) for one in sources],
        },
        schema_overrides={"source": found.schema["source"], "arms": pl.List(pl.String)},
    )
    arm = pl.col("arms").list.get(pl.col("cohort"), null_on_oob=True)
    numbers = list(Strata.columns())[len(Strata.KEY) :]
    return (
        found.join(named, on="source", how="left")
        .select(
            source="name",
            cohort=pl.coalesce(arm, "name"),
            definition=_word("definition", sorted(vocabulary.definitions)),
            endpoint=_word("endpoint", sorted(vocabulary.endpoints)),
            population="population",
            baseline=_word("baseline_group", BASELINES),
            age=_word("age", AGES),
            sex=_word("sex", SEX_GROUPS),
            duration=_word("duration", DURATIONS),
            **{name: pl.col(name) for name in numbers},
        )
        .sort(Strata.KEY)
    )


def _word(column: str, words: Sequence[str]) -> pl.Expr:
    return pl.col(column).cast(pl.Int64).replace_strict(range(len(words)), list(words), return_dtype=pl.String)
