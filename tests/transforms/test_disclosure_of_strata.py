"""Adjusted rates through the door: what is computed from exact strata, and how little of it leaves."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from schemas.contract import faults
from schemas.weighted_rates import StandardisedRates, WeightedRates
from tests.transforms.hillside import VOCABULARY
from tests.transforms.networks import NAMES, cohorts, strata_of, stratum, whole
from transforms.disclosure_of_strata import standardised_rates, weighted_rates
from transforms.kinds import design
from transforms.statistics.case_mix import indirectly_standardised
from transforms.statistics.missing_models import weighted_rate

AGES = ("under 40", "40 to 59", "60 and over")


def mixed(source: str = "hillside", scale: int = 1) -> list[dict[str, Any]]:
    """A clinic whose old and severe patients respond less and are lost more often."""
    return [
        stratum(
            scale * (40 - 4 * old), scale * (6 + 8 * old), scale * (26 - 9 * old), source=source, cohort=source, age=age
        )
        for old, age in enumerate(AGES)
    ]


def weighted(*rows: dict[str, Any]) -> dict[str, Any]:
    found = weighted_rates(strata_of(*rows), whole(*rows))
    assert faults(WeightedRates, found) == []
    return found.row(0, named=True)


# ---- weighted ----------------------------------------------------------------------------------------------


def test_only_a_shift_in_whole_points_leaves_and_the_rest_follows_from_released_counts() -> None:
    rows = mixed()
    found, rates = weighted(*rows), whole(*rows).row(0, named=True)
    assert (found["status"], found["characteristics"]) == ("ok", "baseline, age, sex, duration")
    assert found["shift"] * 100 == pytest.approx(round(found["shift"] * 100))
    assert found["rate"] == pytest.approx(rates["rate"] + found["shift"])
    assert found["effective_size"] % 5 == 0


def test_the_shift_is_that_of_the_patients_one_by_one() -> None:
    outcomes: list[float | None] = []
    rows = []
    for old, one in enumerate(mixed()):
        outcomes += (
            [1.0] * one["responders"] + [0.0] * (one["followed_up"] - one["responders"]) + [None] * one["missing"]
        )
        rows += [[float(old == 1), float(old == 2)]] * (one["followed_up"] + one["missing"])
    single = weighted_rate(outcomes, np.array(rows))
    assert single.rate < single.completers
    assert weighted(*mixed())["shift"] == pytest.approx(round(single.rate - single.completers, 2))


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([stratum(100, 0, 50)], "nobody missing"),
        ([stratum(100, 8, 50)], "too few missing"),
        ([stratum(100, 3, 50)], "too few missing"),
        ([stratum(100, 40, 3)], "not shown"),
        ([stratum(30, 100, 15)], "not shown"),
        ([stratum(100, 40, 50)], "ok"),
        ([stratum(25, 25, 12)], "rests on too few"),
    ],
)
def test_a_cell_says_why_it_has_no_weighted_rate(rows: list[dict[str, Any]], status: str) -> None:
    found = weighted(*rows)
    assert found["status"] == status
    assert (found["rate"] is None) is (status != "ok")


def test_what_is_hidden_of_the_missing_is_not_told_by_the_reason() -> None:
    assert weighted(stratum(100, 1, 50))["status"] == weighted(stratum(100, 7, 50))["status"] == "too few missing"


# ---- standardised ------------------------------------------------------------------------------------------


def network(many: int) -> list[dict[str, Any]]:
    return [row for name in NAMES[:many] for row in mixed(name)]


def standardised(rows: list[dict[str, Any]]) -> pl.DataFrame:
    sources = len({row["source"] for row in rows})
    found = standardised_rates(strata_of(*rows), whole(*rows), cohorts(sources), vocabulary=VOCABULARY)
    assert faults(StandardisedRates, found) == []
    return found.sort("source")


def test_clinics_with_the_same_patients_are_expected_to_do_the_same() -> None:
    found = standardised(network(6))
    assert found["status"].unique().to_list() == ["ok"]
    assert found["expected_rate"].to_list() == found["network_rate"].to_list()
    assert found["adjusted_rate"].to_list() == pytest.approx(found["rate"].to_list())


def test_a_clinic_of_older_patients_is_expected_to_do_worse_and_is_moved_up() -> None:
    older = [
        stratum(4 * (old + 1) * 5, 5, (26 - 9 * old) * (old + 1) // 2, source="clinic-a", cohort="clinic-a", age=age)
        for old, age in enumerate(AGES)
    ]
    found = standardised([*older, *[row for name in NAMES[1:7] for row in mixed(name)]])
    first = found.row(0, named=True)
    assert first["expected_rate"] < first["network_rate"]
    assert first["adjusted_rate"] > first["rate"]


def test_the_expected_rate_is_that_of_the_model_of_single_patients() -> None:
    rows = [
        *[row for row in mixed("clinic-a", 2) if row["age"] != "under 40"],
        *[row for name in NAMES[1:7] for row in mixed(name, 2)],
    ]
    outcome, who, clinic = [], [], []
    for row in rows:
        old = AGES.index(row["age"])
        outcome += [1.0] * row["responders"] + [0.0] * (row["followed_up"] - row["responders"])
        who += [[float(old == 1), float(old == 2)]] * row["followed_up"]
        clinic += [NAMES.index(row["source"])] * row["followed_up"]
    single = indirectly_standardised(np.array(outcome), np.array(who), np.array(clinic))
    for at, row in enumerate(standardised(rows).iter_rows(named=True)):
        exact = single.clinics[at].expected / clinic.count(at)
        assert row["expected_rate"] == pytest.approx(round(exact, 2))


def test_a_large_clinic_is_judged_without_itself_by_model_and_rate() -> None:
    rows = [row for name in NAMES[:6] for row in mixed(name, 4 if name == "clinic-a" else 1)]
    for row in rows:
        if row["source"] == "clinic-a":
            row["responders"] = min(row["followed_up"] - 8, row["responders"] + 20)
    found = standardised(rows)
    assert found["left_out_of_model"].to_list() == [True, *[False] * 5]
    others = sum(r["responders"] for r in rows[3:]) / sum(r["followed_up"] for r in rows[3:])
    assert found["network_rate"][0] == pytest.approx(round(others, 2))
    assert found["network_rate"][1] > found["network_rate"][0]


@pytest.mark.parametrize(("many", "status"), [(4, "too few clinics"), (5, "ok")])
def test_five_clinics_make_a_network(many: int, status: str) -> None:
    assert standardised(network(many))["status"].unique().to_list() == [status]


def test_few_responders_do_not_support_a_model() -> None:
    kinds = [{"age": AGES[0]}, {"age": AGES[2], "sex": "male"}, {"duration": "under 1 year"}]
    rows = [stratum(14, 0, 3, source=name, cohort=name, **kind) for name in NAMES[:5] for kind in kinds]
    assert standardised(rows)["status"].unique().to_list() == ["too few responders"]


def test_every_kind_of_patient_has_its_own_row_in_the_design() -> None:
    assert len(np.unique(design(), axis=0)) == len(design())
