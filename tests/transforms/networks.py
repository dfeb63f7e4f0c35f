"""Made-up networks of clinics for the tests of what compares them: rates and strata written as a few numbers."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from schemas.labels import Cohorts
from schemas.strata import Strata
from tests.transforms.meadow import cohort
from tests.transforms.released import exact, released
from transforms.observed_rates import observed_rates

NAMES = [f"clinic-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


def cohorts(many: int, **more: Any) -> pl.DataFrame:
    """So many clinics of one kind."""
    return pl.DataFrame([cohort(name, **more) for name in NAMES[:many]], schema=Cohorts.schema())


def cells(counts: Sequence[tuple[int, int]], missing: int = 0, **more: Any) -> pl.DataFrame:
    """What is released of clinics with x responders of n, each with so many missing."""
    rows = [
        exact(x, n - x, missing, source=name, cohort=name, **more) for name, (x, n) in zip(NAMES, counts, strict=False)
    ]
    return released(*rows)


def rates(counts: Sequence[tuple[int, int]], missing: int = 0, **more: Any) -> pl.DataFrame:
    """The observed rates of such clinics."""
    return observed_rates(cells(counts, missing, **more))


def stratum(followed_up: int, missing: int, responders: int, **more: Any) -> dict[str, Any]:
    """A row of `Strata`; baselines are 6 in everybody unless said otherwise."""
    known = {
        "source": "hillside", "cohort": "hillside", "definition": "nrs-pain-relative-30", "endpoint": "6-months",
        "population": "everyone", "baseline": "third fourth", "age": "40 to 59", "sex": "female",
        "duration": "1 year or more", "followed_up": followed_up, "missing": missing, "responders": responders,
        "baseline_sum": 6.0 * followed_up, "baseline_squares": 36.0 * followed_up,
        "missing_sum": 6.0 * missing, "missing_squares": 36.0 * missing,
    }  # fmt: skip
    return known | more


def strata_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """Strata of these rows."""
    return pl.DataFrame(list(rows), schema=Strata.schema())


def whole(*rows: dict[str, Any]) -> pl.DataFrame:
    """What is released, as rates, of the clinics that the strata make up."""
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(row["source"], [0, 0, 0])
        for at, name in enumerate(("responders", "followed_up", "missing")):
            sums[at] += row[name]
    counted = [exact(x, n - x, gone, source=source, cohort=source) for source, (x, n, gone) in found.items()]
    return observed_rates(released(*counted))
