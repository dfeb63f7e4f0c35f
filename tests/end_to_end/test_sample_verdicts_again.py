"""Every comparison of the sample agrees with one made a second time, from the counts that the generator drew."""

from typing import Any

import polars as pl
import pytest

from orchestration.warehouse import connect
from tests.end_to_end.sample_home import sample_home
from tests.transforms.second_verdict import FEWEST, Second, inferred, second

MARGIN = 0.10
QUERY = """
    SELECT c.*, p.printed, p.n, p.analysis_set, p.carries_verdict
    FROM comparisons c JOIN published_rates p USING (study, result)
    WHERE c.observed_definition <> '' AND p.n IS NOT NULL AND c.mode <> 'pooled_with_prediction_interval'
    ORDER BY c.source, c.study, c.result
"""
CLOSE = pytest.approx


def compared() -> list[tuple[dict[str, Any], Second]]:
    """Rows of the release beside the second opinion, wherever the generator counted the same cell."""
    drawn = pl.read_csv(sample_home().root / "truth" / "counts.csv", infer_schema_length=None)
    cells = {
        (row["source"], row["definition"], row["endpoint"], row["population"]): row
        for row in drawn.iter_rows(named=True)
    }
    connection = connect(sample_home().current / "marts.duckdb", read_only=True)
    try:
        rows = connection.sql(QUERY).pl().to_dicts()
    finally:
        connection.close()
    found = []
    for row in rows:
        cell = cells.get((row["source"], row["observed_definition"], row["endpoint"], row["population"]))
        if cell is not None:
            published = (inferred(row["printed"], row["n"]), row["n"])
            counts = (cell["responders"], cell["non_responders"], cell["missing"])
            found.append((row, second(*counts, published, MARGIN, first_all=row["analysis_set"] == "itt-nri")))
    return found


@pytest.fixture(scope="module")
def both() -> list[tuple[dict[str, Any], Second]]:
    return compared()


def test_verdicts_differences_and_intervals_are_those_of_the_second_opinion(
    both: list[tuple[dict[str, Any], Second]],
) -> None:
    judged = [(row, ours) for row, ours in both if row["outcome_kind"] in ("verdict", "cannot_tell")]
    assert len(judged) >= 8
    for row, ours in judged:
        where = f"{row['source']}, {row['study']}, {row['result']}"
        assert (row["verdict"], row["robust_verdict"], row["depends_on_missing"]) == (
            ours.verdict, ours.robust, ours.depends,
        ), where  # fmt: skip
        assert (row["robust_verdict_at_5"], row["robust_verdict_at_15"]) == ours.others, where
        assert (row["analysed"], row["missing"]) == (ours.analysed, ours.missing), where
        told = [row[name] for name in ("observed_rate", "observed_low", "observed_high")]
        told += [row[name] for name in ("difference", "difference_low", "difference_high")]
        told += [row[name] for name in ("difference_low90", "difference_high90")]
        assert told == CLOSE([*ours.observed, *ours.difference, *ours.spanning], abs=1e-9), where
        assert (row["equivalence_attainable"], row["tipping_point"]) == (ours.attainable, ours.tipping), where


def test_a_verdict_is_shown_exactly_where_nothing_stands_in_its_way(
    both: list[tuple[dict[str, Any], Second]],
) -> None:
    kinds = set()
    for row, ours in both:
        allowed = ours.shown and ours.analysed >= FEWEST and row["grade"] in "ABC" and row["carries_verdict"]
        expected = ("cannot_tell" if ours.robust == "inconclusive" else "verdict") if allowed else None
        found = row["outcome_kind"] if row["outcome_kind"] in ("verdict", "cannot_tell") else None
        assert found == expected, f"{row['source']}, {row['study']}, {row['result']}: {row['outcome_kind']}"
        others = (row["robust_verdict_at_5"], row["robust_verdict_at_15"])
        assert others == (ours.others if allowed else ("", "")), f"{row['source']}, {row['study']}, {row['result']}"
        kinds.add(row["outcome_kind"])
    assert {"verdict", "cannot_tell", "not_comparable"} <= kinds


def test_the_second_opinion_can_disagree() -> None:
    ours = second(60, 40, 0, (184, 387), MARGIN, first_all=False)
    other = second(30, 70, 0, (184, 387), MARGIN, first_all=False)
    assert (ours.robust, other.robust) == ("at_least_as_good", "not_better")
    assert not second(3, 40, 10, (184, 387), MARGIN, first_all=False).shown
