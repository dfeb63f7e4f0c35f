"""Models of grouped patients: the same answers as patient by patient, for many clinics at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.distributions import Vector
from transforms.statistics.grouped_logistic import grouped_logistic, varying
from transforms.statistics.logistic import logistic
from transforms.statistics.missing_models import weighted_rate
from transforms.statistics.weighted_groups import FEWEST_PER_PARAMETER, weighted_by_groups

#: A constant, a number, and a yes or no; every combination is a kind of patient.
DESIGN = np.array([[1.0, level / 3, flag] for level in range(4) for flag in (0.0, 1.0)])
ALL = np.array([True, True, True])
SIMPLE = np.array([True, True, False])


def patients(followed_up: Vector, missing: Vector, responders: Vector) -> tuple[list[float | None], Vector]:
    """One row per patient: 1, 0 or None, and who it is."""
    outcomes: list[float | None] = []
    rows = []
    for kind, (seen, gone, x) in enumerate(zip(followed_up, missing, responders, strict=True)):
        outcomes += [1.0] * int(x) + [0.0] * int(seen - x) + [None] * int(gone)
        rows += [DESIGN[kind, 1:]] * int(seen + gone)
    return outcomes, np.array(rows)


def clinics(many: int, seed: int) -> tuple[Vector, Vector, Vector]:
    random = np.random.default_rng(seed)
    sizes = random.integers(10, 40, (many, len(DESIGN)))
    chance = 1 / (1 + np.exp(-(1.5 - 1.2 * DESIGN[:, 1] + 0.4 * DESIGN[:, 2])))
    followed_up = random.binomial(sizes, chance)
    responders = random.binomial(followed_up, 0.3 + 0.4 * DESIGN[:, 1])
    return tuple(each.astype(float) for each in (followed_up, sizes - followed_up, responders))  # type: ignore[return-value]  # three of them


@pytest.mark.parametrize("seed", range(5))
def test_a_rate_weighted_by_groups_is_the_one_weighted_patient_by_patient(seed: int) -> None:
    followed_up, missing, responders = clinics(3, seed)
    for at, found in enumerate(weighted_by_groups(followed_up, missing, responders, DESIGN, SIMPLE)):
        single = weighted_rate(*patients(followed_up[at], missing[at], responders[at]))
        assert found is not None
        assert found.rate == pytest.approx(single.rate, abs=1e-9)
        assert found.completers == pytest.approx(single.completers)
        assert found.effective_size == pytest.approx(single.effective_size, rel=1e-9)


def test_chances_are_those_of_the_model_of_single_patients() -> None:
    followed_up, missing, responders = clinics(1, 11)
    outcomes, rows = patients(followed_up[0], missing[0], responders[0])
    single = logistic(np.array([float(value is not None) for value in outcomes]), rows)
    grouped = grouped_logistic(followed_up, missing, DESIGN)
    assert grouped.fitted.all()
    assert grouped.chances[0] == pytest.approx(single.chance(DESIGN[:, 1:]), abs=1e-9)


def test_a_column_that_does_not_vary_is_left_out() -> None:
    followed_up, missing, _ = clinics(1, 3)
    women = DESIGN[:, 2] == 1
    found = grouped_logistic(followed_up * women, missing * women, DESIGN)
    assert varying((followed_up + missing) * women, DESIGN).tolist() == [[True, True, False]]
    assert found.fitted.all()


@pytest.mark.parametrize("everybody", [True, False])
def test_a_model_of_one_outcome_is_not_fitted(everybody: bool) -> None:
    sizes, nobody = np.full((1, len(DESIGN)), 20.0), np.zeros((1, len(DESIGN)))
    found = grouped_logistic(sizes if everybody else nobody, nobody if everybody else sizes, DESIGN)
    assert not found.fitted.any()


def test_a_characteristic_that_separates_the_outcomes_has_no_fit() -> None:
    flagged = DESIGN[None, :, 2] == 1
    found = grouped_logistic(np.where(flagged, 30.0, 0.0), np.where(flagged, 0.0, 30.0), DESIGN)
    assert not found.fitted.any()


def test_a_clinic_with_few_missing_is_weighted_by_the_baseline_alone_and_with_fewer_not_at_all() -> None:
    few = [2 * FEWEST_PER_PARAMETER, 2 * FEWEST_PER_PARAMETER - 1, 3 * FEWEST_PER_PARAMETER]
    missing = np.array([np.bincount(np.arange(many) % 8, minlength=8) for many in few], dtype=float)
    followed_up = np.full((3, 8), 25.0)
    simple, none, every = weighted_by_groups(followed_up, missing, followed_up * 0.4, DESIGN, SIMPLE)
    assert none is None
    assert simple is not None
    assert every is not None
    assert (simple.parameters, every.parameters) == (2, 3)


def test_the_missing_resemble_the_followed_up_and_nothing_moves() -> None:
    followed_up = np.full((1, 8), 30.0)
    (found,) = weighted_by_groups(followed_up, followed_up / 2, followed_up * 0.5, DESIGN, ALL)
    assert found is not None
    assert found.rate == pytest.approx(found.completers)
    assert found.effective_size == pytest.approx(240)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_a_weighted_rate_lies_between_the_rates_of_the_kinds(seed: int) -> None:
    followed_up, missing, responders = clinics(1, seed)
    (found,) = weighted_by_groups(followed_up, missing, responders, DESIGN, SIMPLE)
    kinds = responders[followed_up > 0] / followed_up[followed_up > 0]
    assert found is not None
    assert kinds.min() - 1e-12 <= found.rate <= kinds.max() + 1e-12
    assert found.effective_size <= followed_up.sum() + 1e-9
