"""What was judged of patients' first courses: found once, for counts and for strata.

Only a patient's first course at a source is counted. How they are counted is `counts` and `strata`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.vocabulary import Instrument, Vocabulary
from transforms.packing import packed
from transforms.populations import EVERYONE, outside_of, places, with_baselines


@dataclass(frozen=True)
class FirstCourses:
    """`roster` has one row per first course, `judged` for each population what was judged of it, if anything was.

    `judged` has the columns of `Responses` but for `episode`; instead `course`, the place in `roster`, and `units`: the
    baseline in units of its instrument, which are whole, so that their sums are the same in whatever order they are
    added up. `roster` says with `outside <population>` who is known to lie outside one.
    """

    roster: pl.DataFrame
    judged: Mapping[str, pl.DataFrame]


def of_course(values: pl.Series) -> pl.Expr:
    """What `values`, one for each course of the roster, say of the course of a row of `judged`."""
    return pl.lit(values).gather(pl.col("course"))


def of_definition(values: Sequence[float]) -> pl.Expr:
    """What `values`, one for each definition of the vocabulary, say of the definition of a row."""
    return pl.lit(pl.Series(values)).gather(pl.col("definition"))


def first_instruments(vocabulary: Vocabulary) -> list[Instrument]:
    """The first instrument of each definition, that its baselines are of, in the order of the definitions' places."""
    return [vocabulary.instruments[one.rules[0].instrument] for _, one in sorted(vocabulary.definitions.items())]


def first_courses(
    responses: pl.LazyFrame,
    episodes: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    *,
    plan: pl.DataFrame,
    vocabulary: Vocabulary,
) -> FirstCourses:
    """First courses and what was judged of them, with everyone and the populations that `plan` asks for."""
    begun = episodes.filter("first").collect()
    of_all = _judged(responses, begun, vocabulary)
    judged = {EVERYONE: of_all} if of_all.height else {}
    asked = _asked_for(of_all, plan, vocabulary)
    found = with_baselines(begun.lazy(), outcomes, list(asked), vocabulary)
    outside = {f"outside {name}": outside_of(vocabulary.populations[name]) for name in (EVERYONE, *asked)}
    roster = found.with_columns(**outside).collect().rechunk()  # looked up in, again and again
    for name, rows in asked.items():
        inside = rows.filter(~of_course(roster[f"outside {name}"]))
        judged |= {name: inside} if inside.height else {}
    return FirstCourses(roster, judged)


def _judged(responses: pl.LazyFrame, begun: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    known_as = packed("source", "episode").alias("known_as")
    numbered = begun.lazy().select(known_as, course=pl.int_range(pl.len(), dtype=pl.UInt32))
    scale = of_definition([one.scale for one in first_instruments(vocabulary)])
    return (
        responses.select(known_as, "source", "definition", "endpoint", "status", "day", "baseline")
        .join(numbered, on="known_as")
        .with_columns(units=(pl.col("baseline") * scale).round().cast(pl.Int64))
        .drop("known_as", "baseline")
        .collect(engine="streaming")
    )


def _asked_for(judged: pl.DataFrame, plan: pl.DataFrame, vocabulary: Vocabulary) -> dict[str, pl.DataFrame]:
    """What was judged by the definitions and at the endpoints that studies ask to be counted, by population."""
    of_populations = plan.filter(pl.col("population") != EVERYONE).unique() if plan.height else plan
    if of_populations.is_empty():
        return {}
    pair = packed("definition", "endpoint")
    wanted = places(of_populations, vocabulary).select(of_populations["population"], pair.alias("pair"))
    some = judged.filter(pair.is_in(wanted["pair"].unique().implode()))
    there = wanted.filter(pl.col("pair").is_in(some.select(pair).to_series().unique().implode()))
    return {
        str(name): some.filter(pair.is_in(of_one["pair"].implode()))
        for (name,), of_one in sorted(there.partition_by("population", as_dict=True).items())
    }
