"""Like contrasts pooled: never fewer than three studies, never unlike ones, by the engine of METHODS 3."""

from math import exp, log
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import evidence, vocabulary
from schemas.context import AGAINST, SCALES, STANDINGS, Contrasts, PooledContext
from schemas.contract import faults
from transforms.contrasts import contrasts
from transforms.pooled_context import pooled_context
from transforms.statistics.pooling import random_effects

WORDS = vocabulary.load()
REGISTRY = contrasts(evidence=evidence.load(evidence.packaged(), WORDS), vocabulary=WORDS)


def contrast(study: str, effect: float | None, se: float | None = 0.05, **other: Any) -> dict[str, Any]:
    known: dict[str, Any] = {name: "" for name, kind in Contrasts.schema().items() if kind == pl.String()}
    low, high = (None, None) if effect is None else (effect - 2 * (se or 0), effect + 2 * (se or 0))
    known |= {
        "study": study, "contrast": "acu-care", "kind": "trial", "against": "usual-care", "scale": "difference",
        "pool": "usual-care.difference.pain.6-months", "standing": "usable", "effect": effect, "se": se,
        "effect_low": low, "effect_high": high,
    }  # fmt: skip
    return known | other


def pooled(*rows: dict[str, Any]) -> pl.DataFrame:
    return pooled_context(pl.DataFrame(list(rows), schema=Contrasts.schema()))


def test_three_studies_are_pooled_by_reml_and_hartung_knapp() -> None:
    effects, errors = [0.10, 0.14, 0.20], [0.04, 0.05, 0.06]
    row = pooled(*(contrast(f"s{n}", *pair) for n, pair in enumerate(zip(effects, errors, strict=True)))).row(
        0, named=True
    )
    expected = random_effects(np.array(effects), np.array(errors) ** 2)
    assert (row["mode"], row["studies"], row["reason"]) == ("pooled_with_prediction_interval", 3, "")
    assert [row["effect"], row["effect_low"], row["effect_high"]] == [expected.mean, expected.low, expected.high]
    assert [row["prediction_low"], row["prediction_high"]] == [expected.prediction_low, expected.prediction_high]
    assert row["tau2"] == expected.tau2


@pytest.mark.parametrize(("count", "mode"), [(1, "single_study"), (2, "side_by_side")])
def test_fewer_than_three_studies_stand_side_by_side(count: int, mode: str) -> None:
    row = pooled(*(contrast(f"s{n}", 0.1) for n in range(count))).row(0, named=True)
    assert (row["mode"], row["effect"]) == (mode, None)
    assert f"{count} of the 3 studies" in row["reason"]


def test_three_studies_that_disagree_widely_stand_side_by_side() -> None:
    row = pooled(*(contrast(f"s{n}", effect) for n, effect in enumerate((-0.2, 0.1, 0.6)))).row(0, named=True)
    assert (row["mode"], row["effect"]) == ("side_by_side", None)
    assert "points wide, over 40" in row["reason"]


def test_a_study_with_several_arms_counts_once() -> None:
    twice = [contrast("s0", 0.10, 0.03), contrast("s0", 0.20, 0.05, contrast="acu2-care")]
    row = pooled(*twice, contrast("s1", 0.1), contrast("s2", 0.1)).row(0, named=True)
    expected = random_effects(np.array([0.15, 0.1, 0.1]), np.array([0.05, 0.05, 0.05]) ** 2)
    assert (row["studies"], row["listed"]) == (3, 4)
    assert row["effect"] == pytest.approx(expected.mean)
    assert row["effect_low"] == pytest.approx(expected.low)


def test_ratios_are_pooled_as_logarithms() -> None:
    ratio = {"scale": "ratio", "pool": "usual-care.ratio.pain.6-months"}
    row = pooled(*(contrast(f"s{n}", effect, 0.1, **ratio) for n, effect in enumerate((1.2, 1.5, 1.8)))).row(
        0, named=True
    )
    expected = random_effects(np.array([log(1.2), log(1.5), log(1.8)]), np.array([0.01] * 3))
    assert row["effect"] == pytest.approx(exp(expected.mean))
    assert row["prediction_high"] == pytest.approx(exp(expected.prediction_high))


standings = st.sampled_from(STANDINGS)
made = st.lists(
    st.builds(
        lambda n, pool, standing, effect: contrast(
            f"s{n}",
            None if standing == "no number" else effect,
            None if standing == "no number" else 0.05,
            pool=f"pool-{pool}",
            standing=standing,
            contrast=f"c{n}-{effect}",
        ),
        st.integers(0, 6),
        st.integers(0, 2),
        standings,
        st.floats(-0.5, 0.5, allow_nan=False),
    ),
    max_size=20,
    unique_by=lambda row: (row["study"], row["contrast"]),
)


@given(made)
def test_only_usable_contrasts_of_one_group_ever_count(rows: list[dict[str, Any]]) -> None:
    found = pooled(*rows)
    for row in found.iter_rows(named=True):
        own = [each for each in rows if each["pool"] == row["pool"]]
        usable = {each["study"] for each in own if each["standing"] == "usable"}
        assert (row["studies"], row["listed"]) == (len(usable), len(own))
        assert (row["effect"] is not None) == (row["reason"] == "")
        if row["effect"] is not None:
            assert len(usable) >= 3
            assert row["prediction_low"] <= row["effect_low"] <= row["effect"] <= row["effect_high"]
    assert faults(PooledContext, found) == []


def test_what_a_review_has_pooled_is_in_no_group() -> None:
    assert pooled(contrast("s0", 0.1, kind="review", standing="pooling")).is_empty()


# ---- the registry ------------------------------------------------------------------------------------------


def test_the_registry_holds_no_three_studies_that_are_alike() -> None:
    """As long as this holds, nothing is pooled; a third study of a kind makes this test fail, and a pool appear."""
    found = pooled_context(REGISTRY)
    assert faults(PooledContext, found) == []
    assert found["studies"].max() == 1
    assert found["effect"].null_count() == found.height


def test_a_third_study_of_a_kind_would_be_pooled() -> None:
    gerac = REGISTRY.filter(study="haake-2007", scale="difference", against="usual-care")
    others = [
        gerac.with_columns(study=pl.lit(name), effect=pl.col("effect") - less)
        for name, less in (("a", 0.02), ("b", 0.05))
    ]
    row = pooled_context(pl.concat([REGISTRY, *others])).filter(pool=gerac["pool"][0]).row(0, named=True)
    assert row["mode"] == "pooled_with_prediction_interval"
    assert 0.152 < row["effect"] < 0.202


def test_every_group_is_of_one_comparator_and_one_scale() -> None:
    for pool, found in REGISTRY.group_by("pool"):
        assert found["against"].n_unique() == found["scale"].n_unique() == found["condition"].n_unique() == 1, pool
        assert found["against"][0] in AGAINST
        assert found["scale"][0] in SCALES
