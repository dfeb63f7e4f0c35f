"""pandas with pandera: the checks are a schema, validated lazily; the rest is `pandas_linking`."""

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from benchmarks.peers import job
from benchmarks.peers.pandas_linking import cells, leave, typed, with_repetitions

#: What an empty cell of a column means; every other check is named for its reason.
_EMPTY = {
    "patient_id": "patient_missing",
    "assessed": "date_unreadable",
    "started": "start_unreadable",
    "high": "instrument_unknown",
    "points": "score_unreadable",
}
#: What the checks look at: pandera repeats the whole row for each failure of a check over several columns.
_JUDGED = (
    "patient_id", "assessed", "started", "high", "scale", "points", "age_band", "sex", "sessions", "day",
)  # fmt: skip


def main() -> None:
    """Does the job with pandas, and lets pandera find what is wrong."""
    home, results = job.asked()
    rows = typed(job.exports(home))
    reasons = with_repetitions(rows, _faulty(rows))
    leave(results, rows, reasons, cells(rows.drop(reasons.index)))


def _faulty(rows: pd.DataFrame) -> pd.Series:
    """All reasons of every row that fails a check, by row number."""
    try:
        schema().validate(rows[list(_JUDGED)], lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases[["index", "column", "check"]].copy()
        empty = cases["check"] == "not_nullable"
        cases.loc[empty, "check"] = cases.loc[empty, "column"].map(_EMPTY)
        each = cases[["index", "check"]].drop_duplicates()
        return each.groupby("index")["check"].agg(" ".join)
    return pd.Series(dtype=str)


def schema() -> pa.DataFrameSchema:
    """The thirteen checks of a row."""
    cut = pd.Timestamp(job.DATA_CUT)
    return pa.DataFrameSchema(
        {
            "patient_id": pa.Column(checks=pa.Check.str_matches(f"^{job.PATIENT}$", error="patient_pattern")),
            "assessed": pa.Column(checks=pa.Check.le(cut, error="after_data_cut")),
            "started": pa.Column(),
            "high": pa.Column(),
            "points": pa.Column(),
            "age_band": pa.Column(checks=pa.Check.isin(job.AGE_BANDS, error="age_unreadable"), nullable=True),
            "sex": pa.Column(checks=pa.Check.isin(job.SEXES, error="sex_unknown"), nullable=True),
            "sessions": pa.Column(
                checks=pa.Check.str_matches(f"^{job.SESSIONS}$", error="sessions_unreadable"), nullable=True
            ),
            "day": pa.Column(checks=pa.Check.between(*job.PLAUSIBLE_DAYS, error="day_implausible"), nullable=True),
        },
        checks=[
            pa.Check(_in_range, name="score_out_of_range"),
            pa.Check(_fine_enough, name="score_too_precise"),
        ],
    )


def _in_range(rows: pd.DataFrame) -> pd.Series:
    return rows["points"].between(0, rows["high"]) | rows["points"].isna() | rows["high"].isna()


def _fine_enough(rows: pd.DataFrame) -> pd.Series:
    exact = rows["points"] * rows["scale"]
    return ~((exact - exact.round()).abs() > job.TOLERANCE)


if __name__ == "__main__":
    main()
