"""Verdicts of all judges as one table: what was judged, how it ended, and what a failure does.

The judgement is made where the thing is made; here it is put in words. A check that could not apply has not passed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.checks import Checks
from schemas.contract import Table
from schemas.tables import PUBLIC_TABLES
from transforms.ledger import months_without_data
from transforms.masking import HIDDEN_FROM, HIDDEN_TO, ROUNDED_TO, masked
from transforms.set_aside import CouldMove, could_move

#: Counts of people in public tables: none of them may be hidden-sized or finer than the rounding.
COUNTED = {
    "released_counts": ("responders", "analysed", "missing", "not_due", "ineligible", "left_out"),
    "observed_rates": ("responders", "analysed", "missing"),
    "comparisons": ("analysed", "missing", "left_out"),
    "clinic_variation": ("responders", "analysed"),
    "trends": ("responders", "analysed", "missing"),
    "follow_up": ("left_out", "ineligible", "not_due", "missing", "analysed", "responders"),
    "score_changes": ("measured", "missing"),
    "change_groups": ("courses", "measured"),
    "improvement_curves": ("improved", "measured"),
    "case_mix": ("courses", "followed_up", "missing"),
}


def checks(
    released_counts: pl.DataFrame,
    observed_rates: pl.DataFrame,
    comparisons: pl.DataFrame,
    comparability: pl.DataFrame,
    published_rates: pl.DataFrame,
    clinic_variation: pl.DataFrame,
    trends: pl.DataFrame,
    follow_up: pl.DataFrame,
    case_mix: pl.DataFrame,
    score_changes: pl.DataFrame,
    change_groups: pl.DataFrame,
    improvement_curves: pl.DataFrame,
    deliveries: pl.DataFrame,
    rejections: pl.DataFrame,
    definitions: pl.DataFrame,
    endpoints: pl.DataFrame,
    *,
    margin: float,
    received: Sequence[Mapping[str, Any]],
    failed_sources: Sequence[str],
    most_quarantined: float,
) -> pl.DataFrame:
    """The columns of `Checks`; numbers of lines are masked like numbers of patients."""
    tables = {
        "released_counts": released_counts, "observed_rates": observed_rates, "comparisons": comparisons,
        "clinic_variation": clinic_variation, "trends": trends, "follow_up": follow_up, "case_mix": case_mix,
        "score_changes": score_changes, "change_groups": change_groups, "improvement_curves": improvement_curves,
    }  # fmt: skip
    rows = [*_of_deliveries(received, most_quarantined), *_of_months(received), *_of_evidence(published_rates)]
    rows += [_safe(name, frame) for name, frame in tables.items()]
    rows += [_promise(table) for table in PUBLIC_TABLES.values()]
    rows += [_graded(comparisons, comparability), _computed(failed_sources)]
    moved = could_move(deliveries, rejections, observed_rates, definitions, endpoints)
    rows += [_set_aside(one, margin) for one in moved]
    return pl.DataFrame(rows, schema=Checks.schema()).with_columns(rows=_masked_lines()).sort(Checks.KEY)


def blocking(checks: pl.DataFrame) -> pl.DataFrame:
    """The rows that stop a release: failed or errored checks whose failure blocks."""
    return checks.filter((pl.col("severity") == "blocks") & pl.col("status").is_in(["failed", "error"]))


def _masked_lines() -> pl.Expr:
    return pl.when(pl.col("judge") == "reader").then(masked(pl.col("rows"))).otherwise("rows")


def _row(
    check_id: str, judge: str, about: str, severity: str, failed: int | None, threshold: str, sentence: str
) -> dict[str, Any]:
    status = "not applicable" if failed is None else "failed" if failed else "passed"
    return {
        "check_id": check_id, "judge": judge, "object": about, "severity": severity, "status": status,
        "rows": failed or 0, "threshold": threshold, "sentence": sentence,
    }  # fmt: skip


def _of_deliveries(received: Sequence[Mapping[str, Any]], most_quarantined: float) -> list[dict[str, Any]]:
    rows = []
    for one in received:
        about = f"{one['source']}/{one['delivery']}"
        rows.append(_row("file_accepted", "reader", about, "warns", _refused(one), *_FILE_ACCEPTED))
        rows.append(_row("lines_add_up", "ledger", about, "blocks", _unbalanced(one), *_LINES_ADD_UP))
        many = f"more than {most_quarantined:.0%} of the lines"
        rows.append(_row("few_set_aside", "reader", about, "warns", _many(one, most_quarantined), many, _FEW_SET_ASIDE))
    return rows


_FILE_ACCEPTED = ("any rule of the file", "The file could be read as its contract says.")
_LINES_ADD_UP = ("any difference", "Header, accepted, set aside and blank lines add up to the physical lines.")
_FEW_SET_ASIDE = "Few lines were set aside."


def _of_months(received: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Whether a source that sends month by month left one out: that is no month without patients (RELIABILITY B09)."""
    return [
        _row(
            "every_month_received", "ledger", source, "warns", len(missing), "any month without a delivery",
            f"No data received for {', '.join(missing)}." if missing else
            "Something was received for every month from the first to the last.",
        )
        for source, missing in months_without_data(received).items()
    ]  # fmt: skip


def _refused(one: Mapping[str, Any]) -> int:
    return max(one["lines"], 1) if one["refusal"] else 0


def _unbalanced(one: Mapping[str, Any]) -> int | None:
    return None if one["refusal"] else int(not one["balanced"])


def _many(one: Mapping[str, Any], most: float) -> int | None:
    """Lines set aside if they are too many a share; None where there is nothing to take a share of."""
    set_aside = one["quarantined"] - one["reasons"].get("withdrawn", 0)  # a person's word is no fault of a file
    records = one["accepted"] + set_aside
    if one["refusal"] or not records:
        return None
    return int(set_aside) if set_aside / records > most else 0


def _of_evidence(published_rates: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        _row(
            "attainable_percentage", "evidence", f"{study}/{result}", "informs",
            None if grim == "not testable" else int(grim == "not attainable"),
            "no whole number of patients", "A whole number of patients gives the printed percentage (GRIM).",
        )
        for study, result, grim in published_rates.select("study", "result", "grim").iter_rows()
    ]  # fmt: skip


def _safe(name: str, frame: pl.DataFrame) -> dict[str, Any]:
    small = pl.any_horizontal(
        [
            pl.col(column).is_between(HIDDEN_FROM, HIDDEN_TO) | (pl.col(column) % ROUNDED_TO != 0)
            for column in COUNTED[name]
        ]
    )
    found = frame.filter(small.fill_null(value=False)).height if frame.height else None
    threshold = f"any count from {HIDDEN_FROM} to {HIDDEN_TO}, or not a multiple of {ROUNDED_TO}"
    return _row("no_small_count", "release", name, "blocks", found, threshold, "No count of people is small or exact.")


def _set_aside(one: CouldMove, margin: float) -> dict[str, Any]:
    threshold = f"a rate that could move by more than {margin * 100:.0f} points"
    return _row(
        "set_aside_cannot_matter", "release", one.source, "informs", int(one.furthest > margin), threshold, one.sentence
    )


def _promise(table: type[Table]) -> dict[str, Any]:
    # A broken promise stops the run before this table is made: what stands here was proved, never assumed.
    return _row(
        "promise_kept",
        "schema",
        table.NAME,
        "blocks",
        0,
        "any row",
        "Every row keeps the promises of its table.",
    )


def _graded(comparisons: pl.DataFrame, comparability: pl.DataFrame) -> dict[str, Any]:
    key = ["source", "cohort", "study", "result"]
    whole = (
        comparability.group_by(key).agg(dimensions=pl.col("dimension").n_unique()).filter(pl.col("dimensions") == 12)
    )
    missing = comparisons.join(whole, on=key, how="anti").height if comparisons.height else None
    return _row(
        "every_comparison_graded",
        "release",
        "comparisons",
        "blocks",
        missing,
        "any comparison",
        "Every comparison is graded in all twelve dimensions.",
    )


def _computed(failed_sources: Sequence[str]) -> dict[str, Any]:
    return _row(
        "sources_computed",
        "release",
        "sources",
        "warns",
        len(failed_sources),
        "any source",
        "Every source was computed from its latest deliveries.",
    )
