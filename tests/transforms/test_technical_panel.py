"""The technical panel: the counts of a comparison by other methods, where it has a difference, and nowhere else."""

from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.study_rows import Study
from schemas.technical_panel import TechnicalPanel
from tests.transforms.meadow import compared, result, study
from tests.transforms.released import exact
from transforms.published_rates import published_rates
from transforms.statistics.bayes import against_published, posterior
from transforms.statistics.score_intervals import TwoRates, koopman, miettinen_nurminen, score_equivalence
from transforms.technical_panel import technical_panel

MATCHED = {"coverage": 0.9}


def panel(counted: dict[str, Any], *studies: Study, **more: Any) -> list[dict[str, Any]]:
    listed = studies or (study(),)
    made, _ = compared([counted], *listed, **more)
    found = technical_panel(made, published_rates(evidence={one.id: one for one in listed}))
    assert faults(TechnicalPanel, found) == []
    return found.to_dicts()


@pytest.mark.parametrize(("missing", "size"), [(0, 200), (40, 240)])
def test_every_number_is_that_of_the_textbook_for_the_patients_whom_the_study_would_count(
    missing: int, size: int
) -> None:
    (row,) = panel(exact(120, 80, missing, **MATCHED))
    rates = TwoRates(120, size, 120, 240)
    score, ratio, tests = miettinen_nurminen(rates), koopman(rates), score_equivalence(rates, 0.10)
    assert (row["difference_score_low"], row["difference_score_high"]) == pytest.approx((score.low, score.high))
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == pytest.approx(
        (120 / size / 0.5, ratio.low, ratio.high)
    )
    assert (row["p_below_margin"], row["p_above_margin"]) == pytest.approx((tests.p_noninferior, tests.p_nonsuperior))
    chances = against_published(posterior(120, size), posterior(120, 240), 0.10)
    expected = (chances.p_higher, chances.p_at_least_as_good, chances.p_within_margin)
    assert (row["chance_higher"], row["chance_not_below"], row["chance_within"]) == pytest.approx(expected, abs=6e-4)


def test_the_margin_is_that_of_the_comparison() -> None:
    narrow, wide = (panel(exact(120, 80, 0, **MATCHED), margin=margin)[0] for margin in (0.05, 0.15))
    assert narrow["chance_within"] < wide["chance_within"]
    assert narrow["p_above_margin"] > wide["p_above_margin"]
    assert narrow["chance_higher"] == wide["chance_higher"]


def test_counts_are_those_that_are_shown() -> None:
    near, shown = (panel(exact(*counts, 0, **MATCHED))[0] for counts in ((121, 81), (120, 80)))
    assert near == shown


def test_a_study_without_a_responder_has_no_ratio() -> None:
    (row,) = panel(exact(120, 80, 0, **MATCHED), study(result(printed="0.0")))
    assert (row["ratio"], row["ratio_high"]) == (None, None)
    assert row["chance_higher"] == 1.0


@pytest.mark.parametrize(
    "counted",
    [
        exact(10, 10, 0, **MATCHED),  # too few
        exact(3, 60, 0, **MATCHED),  # hidden
        exact(0, 0, 50, **MATCHED),  # no outcome
    ],
)
def test_what_has_no_difference_has_no_row(counted: dict[str, Any]) -> None:
    assert panel(counted) == []


def test_a_figure_that_is_not_verified_has_no_row() -> None:
    assert panel(exact(120, 80, 0, **MATCHED), study(result(n_confidence="recalled", benchmark_ok="no"))) == []


def test_rows_stand_in_the_order_of_their_key() -> None:
    made, _ = compared([exact(120, 80, 0, **MATCHED)], study(), study(name="meadow-2012"))
    evidence = {one.id: one for one in (study(), study(name="meadow-2012"))}
    found = technical_panel(made, published_rates(evidence=evidence))
    assert found.select(TechnicalPanel.KEY).equals(found.select(TechnicalPanel.KEY).sort(pl.all()))
    assert found.height == 2
