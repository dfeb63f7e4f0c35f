"""pandas with Great Expectations: one suite, one batch, every unexpected row asked for; then `pandas_linking`."""

import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

from benchmarks.peers import job
from benchmarks.peers.pandas_linking import cells, leave, typed, with_repetitions


def main() -> None:
    """Does the job with pandas, and lets Great Expectations find what is wrong."""
    home, results = job.asked()
    rows = typed(job.exports(home))
    reasons = with_repetitions(rows, _faulty(rows))
    leave(results, rows, reasons, cells(rows.drop(reasons.index)))


def _faulty(rows: pd.DataFrame) -> pd.Series:
    """All reasons of every row that an expectation does not hold for, by row number."""
    exact = rows["points"] * rows["scale"]
    judged = rows.assign(line=rows.index, finer=(exact - exact.round()).abs())
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("exports").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": judged})
    suite = gx.ExpectationSuite(name="rows", expectations=list(expectations().values()))
    wanted = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["line"],
        "return_unexpected_index_query": False,
    }
    verdicts = batch.validate(suite, result_format=wanted)
    found = []
    for verdict in verdicts.results:
        lines = [row["line"] for row in verdict.result.get("unexpected_index_list") or []]
        found.append(pd.DataFrame({"line": lines, "reason": verdict.expectation_config.meta["reason"]}))
    return pd.concat(found).groupby("line")["reason"].agg(" ".join)


def expectations() -> dict[str, gxe.Expectation]:
    """The thirteen checks of a row, by the reason that each finds."""
    low, most = job.PLAUSIBLE_DAYS
    found = {
        "patient_missing": gxe.ExpectColumnValuesToNotBeNull(column="patient_id"),
        "patient_pattern": gxe.ExpectColumnValuesToMatchRegex(column="patient_id", regex=f"^{job.PATIENT}$"),
        "date_unreadable": gxe.ExpectColumnValuesToNotBeNull(column="assessed"),
        "start_unreadable": gxe.ExpectColumnValuesToNotBeNull(column="started"),
        "instrument_unknown": gxe.ExpectColumnValuesToNotBeNull(column="high"),
        "score_unreadable": gxe.ExpectColumnValuesToNotBeNull(column="points"),
        "score_out_of_range": gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="high", column_B="points", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        "score_too_precise": gxe.ExpectColumnValuesToBeBetween(column="finer", max_value=job.TOLERANCE),
        "age_unreadable": gxe.ExpectColumnValuesToBeInSet(column="age_band", value_set=list(job.AGE_BANDS)),
        "sex_unknown": gxe.ExpectColumnValuesToBeInSet(column="sex", value_set=list(job.SEXES)),
        "sessions_unreadable": gxe.ExpectColumnValuesToMatchRegex(column="sessions", regex=f"^{job.SESSIONS}$"),
        "after_data_cut": gxe.ExpectColumnValuesToBeBetween(column="assessed", max_value=pd.Timestamp(job.DATA_CUT)),
        "day_implausible": gxe.ExpectColumnValuesToBeBetween(column="day", min_value=low, max_value=most),
    }
    for reason, expectation in found.items():
        expectation.meta = {"reason": reason}
    return found


if __name__ == "__main__":
    main()
