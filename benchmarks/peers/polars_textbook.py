"""Polars as a competent user writes it: lazy where that is natural, text columns, regular expressions, joins."""

import polars as pl

from benchmarks.peers import job
from benchmarks.peers.polars_linking import cells, leave, settled, typed


def main() -> None:
    """Does the job with Polars."""
    home, results = job.asked()
    faults = [pl.when(check).then(pl.lit(name)) for name, check in _checks().items()]
    rows = typed(job.exports(home)).with_columns(reasons=pl.concat_str(faults, separator=" ", ignore_nulls=True))
    judged = rows.collect()
    again = settled(judged.filter(pl.col("reasons") == ""))
    whole = judged.join(again, on="line", how="left", suffix="_settled", maintain_order="left").with_columns(
        reasons=pl.coalesce("reasons_settled", "reasons")
    )
    leave(results, whole.filter(pl.col("reasons") != ""), cells(whole.filter(pl.col("reasons") == "")))


def _checks() -> dict[str, pl.Expr]:
    exact = pl.col("points") * pl.col("scale")
    found = {
        "patient_missing": pl.col("patient_id").is_null(),
        "patient_pattern": ~pl.col("patient_id").str.contains(f"^{job.PATIENT}$"),
        "date_unreadable": pl.col("assessed").is_null(),
        "start_unreadable": pl.col("started").is_null(),
        "instrument_unknown": pl.col("high").is_null(),
        "score_unreadable": pl.col("points").is_null(),
        "score_out_of_range": ~pl.col("points").is_between(0, pl.col("high")),
        "score_too_precise": (exact - exact.round()).abs() > job.TOLERANCE,
        "age_unreadable": ~pl.col("age_band").is_in(job.AGE_BANDS),
        "sex_unknown": ~pl.col("sex").is_in(job.SEXES),
        "sessions_unreadable": ~pl.col("sessions").str.contains(f"^{job.SESSIONS}$"),
        "after_data_cut": pl.col("assessed") > job.DATA_CUT,
        "day_implausible": ~(pl.col("assessed") - pl.col("started")).dt.total_days().is_between(*job.PLAUSIBLE_DAYS),
    }
    return {name: check.fill_null(value=False) for name, check in found.items()}


if __name__ == "__main__":
    main()
