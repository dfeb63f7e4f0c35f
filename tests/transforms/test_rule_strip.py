"""The strip of rules and ways of counting: what each would say, and where the answer turns."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.labels import Cohorts
from schemas.rule_strip import COUNTED, RuleStrip
from schemas.weighted_rates import WeightedRates
from tests.transforms.meadow import RULE, cohort, compared, result, study
from tests.transforms.released import exact, released
from transforms.observed_rates import observed_rates
from transforms.published_rates import published_rates
from transforms.rule_strip import rule_strip
from transforms.statistics.proportions import DECISION_LEVEL, newcombe, verdict

MATCHED: dict[str, Any] = {"coverage": 0.9, "baseline_mean": 6.0, "median_day": 183.0}


def strip(*counted: dict[str, Any], weighted: list[dict[str, Any]] | None = None, **more: Any) -> pl.DataFrame:
    evidence = {"meadow-2010": study(result(**more))}
    made, _ = compared(list(counted), *evidence.values())
    rates = observed_rates(released(*counted))
    known = pl.DataFrame([cohort()], schema=Cohorts.schema())
    moved = pl.DataFrame(weighted or [], schema=WeightedRates.schema())
    found = rule_strip(rates, moved, made, published_rates(evidence=evidence), known)
    assert faults(RuleStrip, found) == []
    return found


def at(found: pl.DataFrame, counted: str, definition: str = RULE) -> dict[str, Any]:
    return found.filter((pl.col("counted") == counted) & (pl.col("definition") == definition)).row(0, named=True)


def test_every_rule_of_a_clinic_is_counted_five_ways() -> None:
    found = strip(exact(60, 40, 20, **MATCHED), exact(30, 70, 20, definition="nrs-pain-relative-50", **MATCHED))
    assert found.height == 10
    assert [at(found, way)["rate"] for way in COUNTED] == [0.6, 0.5, None, 0.5, pytest.approx(80 / 120)]
    assert [at(found, way)["size"] for way in COUNTED] == [100, 120, None, 120, 120]


def test_the_anchor_is_the_studys_own_rule_counted_as_the_study_counted() -> None:
    found = strip(exact(60, 40, 20, **MATCHED), exact(30, 70, 20, definition="nrs-pain-relative-50", **MATCHED))
    anchors = found.filter("own_counting")
    assert anchors.select("definition", "counted").rows() == [(RULE, "missing as non-response")]
    assert at(found, "missing as non-response")["flips"] is False
    assert at(found, "completers", "nrs-pain-relative-50")["reading"] == "materially_lower"
    assert at(found, "completers", "nrs-pain-relative-50")["flips"] is True


def test_completers_are_the_anchor_where_the_study_counted_them() -> None:
    found = strip(exact(60, 40, 20, **MATCHED), analysis_set="completers")
    assert found.filter("own_counting")["counted"].to_list() == ["completers"]


def test_a_weighted_rate_is_read_at_its_effective_size() -> None:
    moved = dict.fromkeys(WeightedRates.columns()) | {
        name: value for name, value in exact(60, 40, 20).items() if name in WeightedRates.KEY
    } | {"status": "ok", "rate": 0.55, "effective_size": 90, "characteristics": "baseline"}  # fmt: skip
    found = at(strip(exact(60, 40, 20, **MATCHED), weighted=[moved]), "weighted")
    assert (found["rate"], found["size"]) == (pytest.approx(0.55), 90)


def test_what_is_hidden_of_the_missing_leaves_completers_alone() -> None:
    found = strip(exact(60, 40, 3, **MATCHED))
    assert [at(found, way)["rate"] is None for way in COUNTED] == [False, True, True, True, True]


def test_a_clinic_that_may_not_be_read_against_a_figure_has_rates_and_no_reading() -> None:
    found = strip(exact(60, 40, 20, **MATCHED), benchmark_ok="limited")
    assert set(found["study"]) == {""}
    assert set(found["reading"]) == {""}
    assert found["flips"].null_count() == found.height
    assert at(found, "completers")["rate"] == 0.6


def test_fewer_than_thirty_give_no_reading() -> None:
    rows = [exact(60, 40, 20, **MATCHED), exact(10, 10, 20, definition="nrs-pain-relative-50", **MATCHED)]
    assert at(strip(*rows), "completers", "nrs-pain-relative-50")["reading"] == ""


@given(st.integers(8, 300), st.integers(8, 300), st.integers(8, 200))
@settings(deadline=None, max_examples=60)
def test_a_reading_is_the_verdict_of_the_same_numbers(responders: int, others: int, missing: int) -> None:
    found = strip(exact(responders, others, missing, **MATCHED))
    for row in found.filter(pl.col("reading") != "").iter_rows(named=True):
        interval = newcombe(row["rate"] * row["size"], row["size"], 120, 240, DECISION_LEVEL)
        assert interval is not None
        assert row["reading"] == verdict(interval, row["margin"])
        assert row["rate_low"] <= row["rate"] <= row["rate_high"]
