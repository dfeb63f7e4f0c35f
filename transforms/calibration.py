"""The report of a calibration becomes the table that shows it. Nothing is simulated or judged here."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.calibration import Calibration


def calibration(*, calibrated: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The columns of `Calibration`; empty where the home holds no report."""
    return pl.DataFrame(list(calibrated), schema=Calibration.schema()).sort(Calibration.KEY)
