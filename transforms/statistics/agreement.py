"""How far two readers agree beyond chance, as when two people extract one study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa with what it is made of; `adjusted` is 2 po - 1, free of prevalence and bias.

    `kappa` is None where chance alone would give full agreement.
    """

    kappa: float | None
    observed: float
    expected: float
    adjusted: float


def cohen_kappa(table: Sequence[Sequence[float]]) -> Agreement:
    """The agreement in a square table of counts, first reader down, second across. Cohen 1960."""
    shares = _shares(table)
    observed = float(np.trace(shares))
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    kappa = (observed - expected) / (1 - expected) if expected < 1 else None
    return Agreement(kappa, observed, expected, 2 * observed - 1)


def weighted_kappa(table: Sequence[Sequence[float]], disagreement: Sequence[Sequence[float]]) -> float | None:
    """Kappa with `disagreement` as weights, 0 on the diagonal; None where chance has none. Cohen 1968."""
    shares, weights = _shares(table), np.asarray(disagreement, dtype=np.float64)
    chance = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    expected = float((weights * chance).sum())
    return 1 - float((weights * shares).sum()) / expected if expected > 0 else None


def _shares(table: Sequence[Sequence[float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.sum() <= 0 or (counts < 0).any():
        raise ValueError(f"agreement: found a table of shape {counts.shape}, expected square counts above 0")
    return np.asarray(counts / counts.sum(), dtype=np.float64)
