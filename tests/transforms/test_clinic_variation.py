"""Clinics beside their network: who is in a funnel, where its limits are, what is said of few clinics."""

from math import comb

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clinic_variation import ClinicVariation, FunnelLimits
from schemas.contract import faults
from tests.transforms.hillside import VOCABULARY
from tests.transforms.networks import cohorts, rates
from transforms.clinic_variation import clinic_variation, funnel_limits, sizes

EVEN = [(50, 100), (45, 90), (60, 120), (40, 80), (55, 110)]


def placed(counts: list[tuple[int, int]], missing: int = 0, **more: str) -> pl.DataFrame:
    return clinic_variation(rates(counts, missing), cohorts(len(counts), **more), vocabulary=VOCABULARY)


# ---- who is compared with whom -----------------------------------------------------------------------------


def test_five_clinics_make_a_funnel_and_four_do_not() -> None:
    assert placed(EVEN)["zone"].to_list() == ["usual"] * 5
    assert placed(EVEN[:4])["zone"].to_list() == ["not judged"] * 4
    assert placed(EVEN[:4])["target"].to_list() == [None] * 4


def test_a_clinic_with_nearly_all_patients_is_not_compared_with_itself() -> None:
    crowded = [(2000, 4000), (10, 20), (10, 20), (10, 20), (10, 20)]
    assert placed(crowded)["zone"].unique().to_list() == ["not judged"]


def test_a_clinic_of_another_treatment_is_of_another_network_and_a_variant_is_not() -> None:
    known = cohorts(6).with_columns(
        treatment=pl.when(pl.col("source") == "clinic-a").then(pl.lit("usual-care"))
        .when(pl.col("source") == "clinic-b").then(pl.lit("electro-acupuncture"))
        .otherwise(pl.lit("acupuncture"))
    )  # fmt: skip
    found = clinic_variation(rates([(50, 100)] * 6), known, vocabulary=VOCABULARY).sort("source")
    assert found["peers"].to_list() == [1, 5, 5, 5, 5, 5]
    assert found["zone"].to_list() == ["not judged", *["usual"] * 5]


def test_the_arm_of_a_trial_takes_part_in_no_network() -> None:
    arms = cohorts(6).with_columns(kind=pl.when(pl.col("source") == "clinic-f").then(pl.lit("arm")).otherwise("kind"))
    found = clinic_variation(rates([(50, 100)] * 6), arms, vocabulary=VOCABULARY)
    assert found["source"].to_list() == [f"clinic-{letter}" for letter in "abcde"]


def test_a_clinic_that_is_not_shown_keeps_its_row_and_judges_nobody() -> None:
    found = placed([*EVEN, (3, 60)]).sort("source")
    hidden = found.row(5, named=True)
    assert (hidden["status"], hidden["zone"], hidden["rate"], hidden["tail"]) == (
        "suppressed",
        "not judged",
        None,
        None,
    )
    assert found["target"][0] == pytest.approx(sum(x for x, _ in EVEN) / sum(n for _, n in EVEN))


# ---- where the limits are ----------------------------------------------------------------------------------


def test_a_clinic_far_from_the_others_is_told_and_on_which_side() -> None:
    found = placed([(20, 100), (80, 100), *[(50, 100)] * 5]).sort("source")
    assert found["zone"].to_list() == ["unusual", "unusual", *["usual"] * 5]
    assert found["side"].to_list() == ["below", "above", *[""] * 5]
    assert found["stands_out"].to_list() == [True, True, *[False] * 5]


def plain_limit(n: int, target: float, chance: float) -> float:
    """Spiegelhalter's interpolated exact limit, by adding up binomial chances."""
    below = 0.0
    for count in range(n + 1):
        here = comb(n, count) * target**count * (1 - target) ** (n - count)
        if below + here >= chance:
            return min(1.0, max(0.0, (count - (below + here - chance) / here) / n))
        below += here
    return 1.0


def test_exact_limits_agree_with_chances_added_up_one_by_one() -> None:
    found = placed(EVEN)
    for row in found.iter_rows(named=True):
        for name, chance in {"alarm_low": 0.001, "alert_low": 0.025, "alert_high": 0.975, "alarm_high": 0.999}.items():
            assert row[name] == pytest.approx(plain_limit(row["analysed"], row["target"], chance), abs=1e-9)


def test_flags_are_counted_down_for_the_number_of_clinics_looked_at() -> None:
    found = placed([(35, 100), *[(50, 100)] * 9]).sort("source")
    tails = sorted(found["tail"].to_list())
    adjusted = [
        min(tail * len(tails) / rank for rank, tail in list(enumerate(tails, start=1))[at:])
        for at, tail in enumerate(tails)
    ]
    assert sorted(found["adjusted_tail"].to_list()) == pytest.approx([min(1.0, one) for one in adjusted])


def test_ten_clinics_that_vary_more_than_chance_have_wider_limits() -> None:
    wild = [(x, 100) for x in (20, 80, 30, 70, 25, 75, 35, 65, 40, 60)]
    found = placed(wild)
    assert found["widened"].all()
    assert found["phi"][0] > found["phi_threshold"][0] > 1
    assert set(found["zone"]) == {"usual"}


def test_nine_clinics_are_too_few_to_measure_how_much_they_vary() -> None:
    found = placed([(x, 100) for x in (20, 80, 30, 70, 25, 75, 35, 65, 40)])
    assert found["phi"].to_list() == [None] * 9
    assert not found["widened"].any()


def test_a_small_clinic_is_drawn_towards_the_network_further_than_a_large_one() -> None:
    found = placed([(10, 50), (200, 1000), *[(500, 1000)] * 6]).sort("source")
    small, large = found["shrunk_rate"][0] - 0.2, found["shrunk_rate"][1] - 0.2
    assert small > large > 0


# ---- what is drawn -----------------------------------------------------------------------------------------


def test_the_limits_that_are_drawn_pass_through_those_of_the_clinics() -> None:
    found = placed(EVEN)
    drawn = funnel_limits(found)
    assert faults(FunnelLimits, drawn) == []
    both = found.join(drawn, left_on="analysed", right_on="size", suffix=" drawn")
    assert both.height == 5
    for name in ("alert_low", "alarm_high"):
        assert both[name].to_list() == pytest.approx(both[f"{name} drawn"].to_list())


def test_without_a_funnel_nothing_is_drawn() -> None:
    assert funnel_limits(placed(EVEN[:4])).is_empty()


@given(st.integers(5, 5000))
def test_sizes_rise_to_the_largest_clinic(largest: int) -> None:
    found = sizes(largest)
    assert list(found) == sorted(set(found))
    assert found[-1] == largest


@given(
    st.lists(st.integers(20, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=14)
)
@settings(deadline=None, max_examples=40)
def test_every_number_keeps_the_promise_of_the_table_and_limits_nest(counts: list[tuple[int, int]]) -> None:
    found = placed(counts)
    assert faults(ClinicVariation, found) == []
    judged = found.filter(pl.col("target").is_not_null())
    nested = (pl.col("alarm_low") <= pl.col("alert_low")) & (pl.col("alert_high") <= pl.col("alarm_high"))
    assert judged.select(nested.all()).item()
    assert (judged["tail"] <= judged["adjusted_tail"] + 1e-12).all()
