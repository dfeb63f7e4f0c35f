"""Which courses lie outside a population, as far as is known. Counting those inside is `counts` and `strata`."""

from collections.abc import Sequence

import polars as pl

from schemas.delivery_contract import AGE_BANDS
from schemas.vocabulary import Population, Vocabulary

EVERYONE = "everyone"


def with_baselines(
    episodes: pl.LazyFrame, outcomes: pl.LazyFrame, populations: Sequence[str], vocabulary: Vocabulary
) -> pl.LazyFrame:
    """`episodes`, in their order, with `baseline <id>` for every instrument that a population sets a limit on."""
    instruments = sorted(vocabulary.instruments)
    limits = (vocabulary.populations[name].baseline_instrument for name in populations)
    for name in sorted({instrument for instrument in limits if instrument}):
        at = outcomes.filter(pl.col("instrument") == instruments.index(name)).group_by("source", "episode")
        scale = vocabulary.instruments[name].scale
        highest = at.agg((pl.col("baseline").max() / scale).alias(f"baseline {name}"))
        episodes = episodes.join(highest, on=["source", "episode"], how="left", maintain_order="left")
    return episodes


def outside_of(population: Population) -> pl.Expr:
    """Whether a course is known to lie outside a population; unknown is not outside.

    An age band lies inside only if it lies wholly inside (columns `age_band`, `duration_weeks`, `baseline <id>`).
    """
    limits = [pl.lit(value=False)]
    if population.min_duration_weeks is not None:
        limits.append(pl.col("duration_weeks") < population.min_duration_weeks)
    if population.age_from is not None or population.age_to is not None:
        limits.append(~pl.col("age_band").is_in(bands_inside(population.age_from, population.age_to)))
    if population.baseline_instrument is not None:
        baseline = pl.col(f"baseline {population.baseline_instrument}")
        if population.baseline_at_least is not None:
            limits.append(baseline < population.baseline_at_least)
        if population.baseline_below is not None:
            limits.append(baseline >= population.baseline_below)
    return pl.any_horizontal([limit.fill_null(value=False) for limit in limits])


def bands_inside(age_from: int | None, age_to: int | None) -> list[int]:
    """Places of the age bands that lie wholly between two ages, both included."""
    inside = []
    for place, band in enumerate(AGE_BANDS):
        low, _, high = band.replace("+", "-200").partition("-")
        if int(low) >= (age_from or 0) and int(high) <= (age_to or 200):
            inside.append(place)
    return inside


def places(plan: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """The definitions and endpoints of a plan by their places in the vocabulary's sorted lists."""
    definitions, endpoints = sorted(vocabulary.definitions), sorted(vocabulary.endpoints)
    return plan.select(
        definition=pl.col("definition").replace_strict(definitions, range(len(definitions)), return_dtype=pl.Int16),
        endpoint=pl.col("endpoint").replace_strict(endpoints, range(len(endpoints)), return_dtype=pl.Int16),
    )
