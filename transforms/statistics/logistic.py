"""A logistic regression with a finite answer or none: the model behind weights and expected counts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from transforms.statistics.distributions import Vector

LARGEST_LOG_ODDS = 25.0  # a fitted chance beyond this is a separation, not an estimate


class NotEstimableError(ValueError):
    """The data cannot support the figure asked for; the message is a reason to print."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """Coefficients, the constant first, and the fitted chance of each row of the design."""

    coefficients: Vector
    chances: Vector

    def chance(self, design: Vector) -> Vector:
        """The chances of other rows, whose design has no constant."""
        return _chances(_with_constant(design) @ self.coefficients)


def logistic(outcome: Vector, design: Vector) -> Logistic:
    """The maximum-likelihood fit of a 0/1 outcome on a design without its constant (rows x columns).

    Raises `NotEstimableError` where the outcome does not vary, columns say the same, or a combination of them
    separates the outcomes perfectly, so that no finite fit exists (METHODS 13).
    """
    from statsmodels.genmod.families import Binomial  # noqa: PLC0415 - slow to import
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415 - slow to import

    rows = _with_constant(design)
    if outcome.min() == outcome.max():
        raise NotEstimableError("every patient has the same outcome")
    if np.linalg.matrix_rank(rows) < rows.shape[1]:
        raise NotEstimableError("two of the patient characteristics say the same")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of separation, which is judged below
        coefficients = np.asarray(GLM(outcome, rows, family=Binomial()).fit(tol=1e-12, maxiter=200).params)
    log_odds = rows @ coefficients
    if not np.isfinite(log_odds).all() or float(np.abs(log_odds).max()) > LARGEST_LOG_ODDS:
        raise NotEstimableError("a patient characteristic separates the outcomes perfectly")
    return Logistic(coefficients, _chances(log_odds))


def _with_constant(design: Vector) -> Vector:
    rows = np.asarray(design, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    return np.column_stack([np.ones(len(rows)), rows])


def _chances(log_odds: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)
