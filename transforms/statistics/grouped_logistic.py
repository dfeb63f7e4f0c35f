"""Logistic regressions of grouped patients, thousands of them at once: the models of many clinics in one pass.

The same maximum likelihood as `logistic`, which fits one model to single patients. Every group of patients is described
by one row of a design that all models share; columns that do not vary in a model are left out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.distributions import Vector

#: A fitted log odds beyond this stands for a characteristic that separates the outcomes (METHODS 13).
LARGEST_LOG_ODDS = 12.0
MOST_STEPS = 50
SMALLEST_STEP = 1e-9
#: Keeps two columns that say the same from stopping a fit; too small to be seen in a chance.
RIDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Grouped:
    """Fitted chances (models x groups), and which models have a finite fit."""

    chances: Vector
    fitted: NDArray[np.bool_]


def grouped_logistic(events: Vector, others: Vector, design: Vector, used: NDArray[np.bool_] | None = None) -> Grouped:
    """The fits of events against others (models x groups) on a design (groups x columns, the constant included).

    `used` (models x columns) restricts each model to some of the columns. A model without events or without others,
    or one whose characteristics separate them, is not fitted; its chances mean nothing.
    """
    sizes = events + others
    columns = varying(sizes, design) if used is None else used & varying(sizes, design)
    products = np.einsum("gp,gq->gpq", design, design).reshape(len(design), -1)
    coefficients, converged = np.zeros(columns.shape), np.zeros(len(events), dtype=bool)
    open_models = np.flatnonzero((events.sum(axis=1) > 0) & (others.sum(axis=1) > 0))
    for _ in range(MOST_STEPS):
        if not len(open_models):
            break
        step = _step(
            events[open_models], sizes[open_models], design, products, columns[open_models], coefficients[open_models]
        )
        coefficients[open_models] += step
        done = np.abs(step).max(axis=1) < SMALLEST_STEP
        converged[open_models[done]] = True
        open_models = open_models[~done]
    log_odds = coefficients @ design.T
    largest = np.where(sizes > 0, np.abs(log_odds), 0.0).max(axis=1, initial=0.0)
    chances = 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))
    return Grouped(chances, converged & (largest <= LARGEST_LOG_ODDS))


def varying(sizes: Vector, design: Vector) -> NDArray[np.bool_]:
    """Which columns differ among a model's patients (models x columns); the first, the constant, always counts."""
    total = sizes.sum(axis=1, keepdims=True)
    mean = np.divide(sizes @ design, total, out=np.zeros((len(sizes), design.shape[1])), where=total > 0)
    square = np.divide(sizes @ design**2, total, out=np.zeros_like(mean), where=total > 0)
    found = square - mean**2 > 1e-12
    found[:, 0] = True
    return np.asarray(found, dtype=bool)


def _step(
    events: Vector, sizes: Vector, design: Vector, products: Vector, columns: NDArray[np.bool_], coefficients: Vector
) -> Vector:
    """One step of Newton's method for every model; columns that a model does not use stay at 0."""
    chances = 1 / (1 + np.exp(-np.clip(coefficients @ design.T, -30, 30)))
    width = design.shape[1]
    gradient = ((events - sizes * chances) @ design) * columns
    curvature = ((sizes * chances * (1 - chances)) @ products).reshape(-1, width, width)
    curvature *= columns[:, :, None] & columns[:, None, :]
    scale = np.maximum(sizes.sum(axis=1), 1.0)[:, None]
    diagonal = np.arange(width)
    curvature[:, diagonal, diagonal] += np.where(columns, RIDGE * scale, 1.0)
    step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
    return np.asarray(np.clip(step, -5.0, 5.0), dtype=np.float64)
