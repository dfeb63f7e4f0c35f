"""Who the patients are, as a reader may know it: no group hidden alone, means of ten or more, the other side."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.case_mix import CaseMix
from schemas.contract import faults
from schemas.strata import AGES, DURATIONS
from schemas.study_rows import Baseline
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import study
from tests.transforms.networks import NAMES, cohorts, strata_of, stratum, whole
from transforms.case_mix import case_mix
from transforms.precision import ESTIMATE_DECIMALS

MEADOW = study(baselines=(Baseline("nrs-pain", 5.0, "checked", sd=2.0), Baseline("odi", 30.0, "checked")))  # type: ignore[arg-type]  # a float serves as its Decimal


def told(*rows: dict[str, Any], evidence: dict[str, Any] | None = None) -> pl.DataFrame:
    sources = sorted({row["source"] for row in rows})
    known = pl.concat([cohorts(1).with_columns(source=pl.lit(name), cohort=pl.lit(name)) for name in sources])
    found = case_mix(strata_of(*rows), whole(*rows), known, evidence=evidence or {}, vocabulary=VOCABULARY)
    assert faults(CaseMix, found) == []
    return found


def ages(*numbers: tuple[int, int]) -> list[dict[str, Any]]:
    """Followed up and missing by age, half of those seen responding."""
    return [stratum(seen, gone, seen // 2, age=age) for age, (seen, gone) in zip(AGES, numbers, strict=False)]


def level(found: pl.DataFrame, name: str, measure: str = "age") -> dict[str, Any]:
    return found.filter((pl.col("measure") == measure) & (pl.col("level") == name)).row(0, named=True)


# ---- groups ------------------------------------------------------------------------------------------------


def test_every_group_has_its_number_and_share_and_empty_groups_are_shown_as_none() -> None:
    found = told(*ages((40, 20), (60, 20), (50, 10)))
    assert [level(found, name)["courses"] for name in AGES] == [60, 80, 60, 0]
    assert [level(found, name)["portion"] for name in AGES] == [0.3, 0.4, 0.3, 0.0]


def test_a_group_of_few_is_never_hidden_alone() -> None:
    found = told(*ages((40, 20), (60, 20), (5, 0)))
    assert [level(found, name)["status"] for name in AGES] == ["suppressed", "ok", "suppressed", "ok"]
    assert [level(found, name)["courses"] for name in AGES] == [None, 80, None, 0]


def test_two_groups_of_few_hide_no_third() -> None:
    found = told(*ages((80, 30), (4, 0), (5, 0)))
    assert [level(found, name)["courses"] for name in AGES] == [110, None, None, 0]


def test_a_group_with_few_missing_does_not_tell_the_missing_apart_nor_does_another() -> None:
    found = told(*ages((40, 20), (60, 20), (50, 3)))
    assert [level(found, name)["missing"] for name in AGES] == [None, 20, None, 0]
    assert [level(found, name)["courses"] for name in AGES] == [60, 80, 55, 0]


def test_a_cell_whose_rate_is_hidden_has_no_case_mix() -> None:
    assert told(stratum(40, 20, 3)).is_empty()


# ---- scores ------------------------------------------------------------------------------------------------


def test_mean_and_standard_deviation_are_given_to_a_fiftieth_of_the_scale() -> None:
    rows = [stratum(30, 0, 15, baseline_sum=150.0, baseline_squares=780.0), stratum(30, 20, 15, age="under 40")]
    found = level(told(*rows), "mean", "baseline score")
    mean = (150 + 180 + 120) / 80
    spread = ((780 + 36 * 50 - 80 * mean**2) / 79) ** 0.5
    assert found["mean"] == pytest.approx(round(mean / 0.2) * 0.2)
    assert found["sd"] == pytest.approx(round(spread / 0.2) * 0.2)
    assert found["mean_low"] < found["mean"] < found["mean_high"]


@pytest.mark.parametrize(("missing", "apart"), [(9, False), (10, True)])
def test_means_of_followed_up_and_missing_need_ten_each(missing: int, apart: bool) -> None:
    found = level(told(stratum(40, missing, 20)), "mean", "baseline score")
    assert [found[name] is not None for name in ("mean_followed_up", "mean_missing")] == [apart, apart]


def test_a_study_of_the_same_instrument_stands_beside_the_score_and_another_does_not() -> None:
    found = told(stratum(40, 20, 20), evidence={"meadow-2010": MEADOW}).filter(pl.col("study") != "")
    (row,) = found.to_dicts()
    assert (row["study"], row["published_mean"], row["published_sd"]) == ("meadow-2010", 5.0, 2.0)
    assert (row["smd"], row["smd_band"]) == (pytest.approx(0.5), "minor")


def test_three_clinics_make_a_network_and_two_do_not() -> None:
    rows = [stratum(40, 20, 20, source=name, cohort=name) for name in NAMES[:3]]
    three, two = told(*rows), told(*rows[:2])
    assert level(three, "mean", "baseline score")["network_mean"] == pytest.approx(6.0)
    assert level(two, "mean", "baseline score")["network_mean"] is None
    assert level(three, "40 to 59")["network_share"] == pytest.approx(1.0)


def of(source: str, *numbers: tuple[int, int]) -> list[dict[str, Any]]:
    """`ages` of one clinic."""
    return [row | {"source": source, "cohort": source} for row in ages(*numbers)]


def shares(found: pl.DataFrame) -> list[float | None]:
    return [level(found, name)["network_share"] for name in AGES]


def test_a_clinic_without_a_patient_in_a_group_counts_among_all_of_the_network() -> None:
    found = told(
        *of(NAMES[0], (50, 0), (50, 0)), *of(NAMES[1], (50, 0), (50, 0)), *of(NAMES[2], (0, 0), (100, 0)),
    )  # fmt: skip
    assert shares(found) == [round(100 / 300, 3), round(200 / 300, 3), 0.0, 0.0]
    assert level(found, AGES[0])["peers"] == 3


def test_a_clinic_that_hides_a_group_takes_part_in_no_share_of_the_network() -> None:
    complete = [row for name in NAMES[:3] for row in of(name, (50, 0), (50, 0))]
    alone = told(*complete)
    beside = told(*complete, *of(NAMES[3], (5, 0), (300, 0), (300, 0)))
    assert shares(beside.filter(source=NAMES[0])) == shares(alone) == [0.5, 0.5, 0.0, 0.0]
    assert level(beside, AGES[0])["peers"] == 3


def test_a_network_of_which_two_clinics_show_every_group_has_no_share() -> None:
    two = [row for name in NAMES[:2] for row in of(name, (50, 0), (50, 0))]
    assert shares(told(*two, *of(NAMES[2], (5, 0), (300, 0), (300, 0)))) == [None] * 4


def test_figures_of_the_network_are_stated_to_three_decimals() -> None:
    rows = [stratum(40, 20, 20, source=name, cohort=name, baseline_sum=total) for name, total in zip(
        NAMES[:3], (140.0, 200.0, 245.0), strict=True)]  # fmt: skip
    found = told(*rows)
    for name in ("network_share", "network_mean", "network_sd"):
        values = found[name].drop_nulls().to_list()
        assert values == [round(value, ESTIMATE_DECIMALS) for value in values]
    mean = sum(level(found.filter(source=name), "mean", "baseline score")["mean"] for name in NAMES[:3]) / 3
    assert level(found.filter(source=NAMES[0]), "mean", "baseline score")["network_mean"] == round(mean, 3) != mean


# ---- what always holds -------------------------------------------------------------------------------------

SIZE = st.integers(0, 12) | st.integers(0, 200)


@given(st.lists(st.tuples(SIZE, SIZE), min_size=3, max_size=3), st.lists(st.tuples(SIZE, SIZE), min_size=3, max_size=3))
@settings(deadline=None, max_examples=60)
def test_no_group_of_one_to_seven_leaves_and_none_is_hidden_alone(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    rows = [
        stratum(seen, gone, seen // 2, age=age, duration=duration)
        for part, duration in ((one, DURATIONS[0]), (other, DURATIONS[1]))
        for age, (seen, gone) in zip(AGES, part, strict=False)
    ]
    found = told(*rows).filter(pl.col("study") == "")
    for name in ("courses", "followed_up", "missing"):
        shown = found[name].drop_nulls()
        assert ((shown == 0) | ((shown >= 10) & (shown % 5 == 0))).all()
    grouped = found.filter(pl.col("measure") != "baseline score")
    exact = {
        ("age", age): sum(row["followed_up"] + row["missing"] for row in rows if row["age"] == age) for age in AGES
    } | {
        ("duration", each): sum(row["followed_up"] + row["missing"] for row in rows if row["duration"] == each)
        for each in DURATIONS
    }
    for measure in ("age", "duration"):
        part = grouped.filter(pl.col("measure") == measure)
        hidden = part.filter(pl.col("status") == "suppressed").height
        filled = sum(size > 0 for (kind, _), size in exact.items() if kind == measure)
        assert hidden != 1 or filled == 1
