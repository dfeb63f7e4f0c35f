"""Polars with pandera: the checks are a schema, validated lazily over a collected frame; then `polars_linking`."""

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from benchmarks.peers import job
from benchmarks.peers.polars_linking import cells, leave, settled, typed

#: What an empty cell of a column means; every other check is named for its reason.
_EMPTY = {
    "patient_id": "patient_missing",
    "assessed": "date_unreadable",
    "started": "start_unreadable",
    "high": "instrument_unknown",
    "points": "score_unreadable",
}


def main() -> None:
    """Does the job with Polars, and lets pandera find what is wrong."""
    home, results = job.asked()
    rows = typed(job.exports(home)).collect()
    again = settled(rows.join(faulty := _faulty(rows), on="line", how="anti"))
    marked = rows.join(pl.concat([faulty, again]), on="line", how="left", maintain_order="left")
    leave(results, marked.drop_nulls("reasons"), cells(marked.filter(pl.col("reasons").is_null())))


def _faulty(rows: pl.DataFrame) -> pl.DataFrame:
    """`line` and `reasons` of every row that fails a check."""
    try:
        schema().validate(rows, lazy=True)
    except SchemaErrors as errors:
        empty = pl.col("column").replace_strict(_EMPTY, default=None, return_dtype=pl.String)
        reason = pl.when(pl.col("check") == "not_nullable").then(empty).otherwise("check")
        found = errors.failure_cases.select(line=rows["line"].gather(errors.failure_cases["index"]), reasons=reason)
        by_line: pl.DataFrame = found.group_by("line").agg(pl.col("reasons").unique().str.join(" "))
        return by_line
    return pl.DataFrame(schema={"line": rows["line"].dtype, "reasons": pl.String})


def schema() -> pa.DataFrameSchema:
    """The thirteen checks of a row."""
    low, most = job.PLAUSIBLE_DAYS
    exact = pl.col("points") * pl.col("scale")
    day = (pl.col("assessed") - pl.col("started")).dt.total_days()
    return pa.DataFrameSchema(
        {
            "patient_id": pa.Column(str, pa.Check.str_matches(f"^{job.PATIENT}$", error="patient_pattern")),
            "assessed": pa.Column(pl.Date, pa.Check.le(job.DATA_CUT, error="after_data_cut")),
            "started": pa.Column(pl.Date),
            "high": pa.Column(pl.Int64),
            "points": pa.Column(pl.Float64),
            "age_band": pa.Column(str, pa.Check.isin(job.AGE_BANDS, error="age_unreadable"), nullable=True),
            "sex": pa.Column(str, pa.Check.isin(job.SEXES, error="sex_unknown"), nullable=True),
            "sessions": pa.Column(
                str, pa.Check.str_matches(f"^{job.SESSIONS}$", error="sessions_unreadable"), nullable=True
            ),
        },
        checks=[
            _over_columns("score_out_of_range", pl.col("points").is_between(0, pl.col("high"))),
            _over_columns("score_too_precise", (exact - exact.round()).abs() <= job.TOLERANCE),
            _over_columns("day_implausible", day.is_between(low, most)),
        ],
    )


def _over_columns(name: str, holds: pl.Expr) -> pa.Check:
    return pa.Check(lambda frame: frame.lazyframe.select(holds.fill_null(value=True)), name=name)


if __name__ == "__main__":
    main()
