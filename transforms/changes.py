"""What differs from the release before: rates, comparisons, published figures and files, and as far as it shows, why.

Two releases' public tables are compared; nothing finer is read. Which release is the one before is the caller's.
"""

from collections.abc import Mapping

import polars as pl

from schemas.changes import Changes

#: Tables of the release before that are compared with, and of which rows; of the others all.
COMPARED = ("changes", "comparisons", "deliveries", "observed_rates", "published_rates")
OF_WHICH = {"observed_rates": {"period_kind": "all"}}
PARTS = ("rate", "low", "high")
_KEY = [name for name in Changes.KEY if name != "kind"]


def changes(
    observed_rates: pl.DataFrame,
    comparisons: pl.DataFrame,
    published_rates: pl.DataFrame,
    deliveries: pl.DataFrame,
    *,
    previous: Mapping[str, pl.DataFrame],
    previous_release: str,
) -> pl.DataFrame:
    """The columns of `Changes`, from the tables in `COMPARED` of the release called `previous_release`.

    Without an earlier release there is no row. Where nothing differs, the earlier release's own rows are returned:
    a release that differs in nothing is the same release.
    """
    if not previous:
        return Changes.empty()
    files = _differing("file", _files(previous["deliveries"]), _files(deliveries))
    figures = _differing("published figure", _figures(previous["published_rates"]), _figures(published_rates))
    ours = [
        _differing("rate", _rates(previous["observed_rates"]), _rates(observed_rates)),
        _differing("comparison", _compared(previous["comparisons"]), _compared(comparisons)),
    ]
    found = pl.concat([files.with_columns(cause=_of_file()), *(_caused(each, files, figures) for each in ours),
                       figures.with_columns(cause=pl.lit("published record edited"))])  # fmt: skip
    if found.is_empty():
        return previous["changes"].select(list(Changes.columns())).sort(Changes.KEY)
    whole = found.with_columns(since=pl.lit(previous_release)).select(list(Changes.columns()))
    return whole.cast(dict(Changes.schema())).sort(Changes.KEY)  # type: ignore[arg-type]  # types by name


# --- what is compared ---------------------------------------------------------------------------------------


def _rates(observed_rates: pl.DataFrame) -> pl.DataFrame:
    whole = observed_rates.filter(pl.col("period_kind") == "all")
    return _shaped(whole.rename({"status": "state", "rate_low": "low", "rate_high": "high"}))


def _compared(comparisons: pl.DataFrame) -> pl.DataFrame:
    found = pl.when(pl.col("robust_verdict") != "").then("robust_verdict").otherwise("outcome_kind")
    state = pl.format("{}, grade {}", found, "grade")
    bare = comparisons.select("source", "cohort", "study", "result", state=state)
    return _shaped(bare)


def _figures(published_rates: pl.DataFrame) -> pl.DataFrame:
    size = pl.when(pl.col("n").is_null()).then(pl.lit("n unknown")).otherwise(pl.format("of {}", "n"))
    carries = pl.when("carries_verdict").then(pl.lit("may carry a verdict")).otherwise(pl.lit("no verdict"))
    told = published_rates.with_columns(state=pl.format("{} {}, {}", "printed", size, carries))
    return _shaped(told.select("study", "result", "state", "rate", low="rate_low", high="rate_high"))


def _files(deliveries: pl.DataFrame) -> pl.DataFrame:
    return _shaped(deliveries.select("source", "delivery", "state"))


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """Key, state and rate; what a kind of row does not have is empty."""
    lacking = [pl.lit("").alias(name) for name in _KEY if name not in rows.columns]
    lacking += [pl.lit(None, pl.Float64).alias(name) for name in PARTS if name not in rows.columns]
    return rows.with_columns(lacking).select(*_KEY, "state", *PARTS)


# --- how they differ ----------------------------------------------------------------------------------------


def _differing(kind: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows that are there once only, or whose state or rate is another."""
    sides = [
        side.rename({"state": name} | {part: f"{name}_{part}" for part in PARTS})
        for name, side in (("before", before), ("after", after))
    ]
    joined = sides[0].join(sides[1], on=_KEY, how="full", coalesce=True)
    same = pl.all_horizontal(
        [pl.col("before").eq_missing(pl.col("after"))]
        + [pl.col(f"before_{part}").eq_missing(pl.col(f"after_{part}")) for part in PARTS]
    )
    return joined.filter(~same).with_columns(
        pl.col("before", "after").fill_null(""), kind=pl.lit(kind), cause=pl.lit("")
    )


def _of_file() -> pl.Expr:
    return (
        pl.when(pl.col("before") == "")
        .then(pl.lit("new file"))
        .when(pl.col("after") == "superseded")
        .then(pl.lit("file replaced"))
        .when(pl.col("after") == "")
        .then(pl.lit("file no longer counted"))
        .otherwise(pl.lit("file read differently"))
    )


def _caused(ours: pl.DataFrame, files: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """Rows of clinics with their cause: the published side first, then what became of the clinic's files."""
    rank = {name: place for place, name in enumerate(_FILE_CAUSES)}
    causes = files.with_columns(cause=_of_file()).group_by("source").agg(
        by_file=pl.col("cause").sort_by(pl.col("cause").replace_strict(rank, return_dtype=pl.Int8)).first()
    )  # fmt: skip
    edited = figures.select("study", "result", edited=pl.lit(value=True)).unique()
    joined = ours.join(causes, on="source", how="left").join(edited, on=["study", "result"], how="left")
    cause = (
        pl.when(pl.col("edited").fill_null(value=False))
        .then(pl.lit("published record edited"))
        .otherwise(pl.col("by_file").fill_null("setting or code changed"))
    )
    return joined.with_columns(cause=cause).drop("by_file", "edited")


#: A replaced file explains more than a new one: the first cause that a clinic's files have is the one told.
_FILE_CAUSES = ("file replaced", "new file", "file no longer counted", "file read differently")
