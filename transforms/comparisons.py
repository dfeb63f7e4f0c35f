"""Graded pairs become comparisons: one row for every clinic and benchmark, refused ones included.

A comparison is built from the twelve rows of `comparability`, all of them; what it says is `comparison`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from schemas.comparisons import Comparisons
from schemas.study_rows import Study
from schemas.vocabulary import Vocabulary
from transforms.comparability import Grade
from transforms.comparison import Comparison
from transforms.pairing import Pair, pairs
from transforms.statistics.pooling import FEWEST_TO_POOL, Pooled, benchmark_mode, pool

#: What figures have in common that may stand in one group.
_ALIKE = ("condition", "treatment", "definition", "endpoint", "role")


def comparisons(
    released_counts: pl.DataFrame,
    observed_rates: pl.DataFrame,
    published_rates: pl.DataFrame,
    cohorts: pl.DataFrame,
    comparability: pl.DataFrame,
    *,
    evidence: Mapping[str, Study],
    vocabulary: Vocabulary,
    margin: float,
    margin_fixed_on: date | None = None,
) -> pl.DataFrame:
    """The columns of `Comparisons`: one row for every clinic and benchmark, refused ones included; shares from 0 to 1.

    `margin` is the share fixed before the data, `margin_fixed_on` the day on which it was.
    Source: METHODS, sections 2.3 to 2.5, 3.4, 4 and 10.
    """
    grades = _grades(comparability)
    printed = {(row["study"], row["result"]): row for row in published_rates.iter_rows(named=True)}
    groups, arms = benchmark_groups(published_rates, evidence), _arms_by_question(published_rates)
    rows = []
    for pair in pairs(released_counts, observed_rates, cohorts, evidence=evidence, vocabulary=vocabulary):
        figure = printed[pair.study.id, pair.result.id]
        mode, pooled = groups.get((pair.study.id, pair.result.id), ("single_study", None))
        context = _context(pair, arms)
        graded = grades[tuple(pair.key.values())]
        made = Comparison(pair, graded, figure, margin, margin_fixed_on, mode, pooled, context)
        rows.append(made.row(vocabulary))
    return pl.DataFrame(rows, schema=Comparisons.schema())


def benchmark_groups(
    published_rates: pl.DataFrame, evidence: Mapping[str, Study]
) -> dict[tuple[str, str], tuple[str, Pooled | None]]:
    """For each figure that may carry a verdict: the benchmark mode of its group, and the pool where it is pooled.

    A group has the same condition, treatment, definition, endpoint and arm role; a study counts once in it (METHODS,
    sections 3.3, 3.4).
    """
    usable = published_rates.filter("carries_verdict").sort("study", "result")
    alike = [
        (evidence[study].condition, evidence[study].arm(arm).treatment)
        for study, arm in usable.select("study", "arm").iter_rows()
    ]
    usable = usable.with_columns(pl.DataFrame(alike, schema=["condition", "treatment"], orient="row"))
    found: dict[tuple[str, str], tuple[str, Pooled | None]] = {}
    for _, group in usable.group_by(_ALIKE, maintain_order=True):
        once = group.unique("study", keep="first", maintain_order=True)
        figures = [(int(x), int(n)) for x, n in once.select("responders", "n").iter_rows()]
        pooled = pool(figures) if len(figures) >= FEWEST_TO_POOL else None
        mode = benchmark_mode(len(figures), pooled.prediction_width if pooled else None)
        for study, result in group.select("study", "result").iter_rows():
            found[study, result] = (mode, pooled if mode == "pooled_with_prediction_interval" else None)
    return found


def _grades(comparability: pl.DataFrame) -> dict[tuple[str, ...], Grade]:
    """Grades made again from their rows; `Grade` refuses to be made of fewer than twelve dimensions."""
    found: dict[tuple[str, ...], tuple[dict[str, str], dict[str, str]]] = {}
    rows = comparability.select("source", "cohort", "study", "result", "dimension", "level", "reason").iter_rows()
    for source, cohort, study, result, dimension, level, reason in rows:
        levels, reasons = found.setdefault((source, cohort, study, result), ({}, {}))
        levels[dimension] = level
        if reason:
            reasons[dimension] = reason
    return {key: Grade(levels, reasons) for key, (levels, reasons) in found.items()}  # type: ignore[arg-type]  # checked by Grade


def _arms_by_question(published_rates: pl.DataFrame) -> dict[tuple[Any, ...], list[tuple[str, str]]]:
    """Arm and printed figure of every responder rate, by study, time and rule."""
    found: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    rates = published_rates.filter(pl.col("measure") == "responder-percent")
    for study, endpoint, definition, arm, printed in rates.select(
        "study", "endpoint", "definition", "arm", "printed"
    ).iter_rows():
        found.setdefault((study, endpoint, definition), []).append((arm, printed))
    return found


def _context(pair: Pair, arms: Mapping[tuple[Any, ...], Sequence[tuple[str, str]]]) -> list[tuple[str, str]]:
    """The other arms of the same study with the same rule and time: they always stand beside the benchmark."""
    same = arms.get((pair.study.id, pair.result.endpoint, pair.result.definition), ())
    return [(pair.study.arm(arm).label.lower(), printed) for arm, printed in same if arm != pair.result.arm]
