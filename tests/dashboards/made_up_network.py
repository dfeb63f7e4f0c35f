"""The tables that compare clinics, for the made-up release: made by the steps themselves from a few literal counts.

Every state that a page must show is among the clinics: shown, hidden, not due, no data, too few followed up.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from schemas.labels import Cohorts
from schemas.strata import AGES
from schemas.study_rows import Baseline
from tests.transforms.hillside import VOCABULARY
from tests.transforms.improved import improvement, improvements_of
from tests.transforms.meadow import arm, cohort, compared, result, study
from tests.transforms.networks import strata_of, stratum
from tests.transforms.released import exact, released
from transforms.case_mix import case_mix
from transforms.clinic_variation import clinic_variation, funnel_limits
from transforms.disclosure_of_improvements import change_groups, improvement_curves, score_changes
from transforms.disclosure_of_strata import standardised_rates, weighted_rates
from transforms.follow_up import follow_up
from transforms.observed_rates import observed_rates
from transforms.published_rates import published_rates
from transforms.rule_strip import rule_strip
from transforms.trends import trends

Row = dict[str, Any]
CELL: dict[str, Any] = {"definition": "gerac-response", "endpoint": "6-months"}
#: Responders, others and missing of the clinics, in the order of the release's cohorts.
COUNTS = (
    (272, 128, 45), (294, 306, 65), (78, 222, 35), (61, 54, 30), (107, 88, 110), (27, 33, 10), (3, 40, 5), (0, 0, 0),
    (0, 0, 0), (8, 12, 4), (40, 30, 200), (150, 100, 55),
)  # fmt: skip
WAITING = 8  # the ninth clinic: everybody began too lately
GERAC = study(
    result("verum-6m", arm="verum", definition="gerac-response", n=387, printed="47.6"),
    name="gerac-2007",
    arms=(arm("verum"),),
    baselines=(Baseline("cpgs-pain", 67.8, "checked"), Baseline("cpgs-pain", 60.0, "recalled", arm="verum", sd=15.0)),  # type: ignore[arg-type]  # floats serve as their Decimals
)


@cache
def _tables(sources: tuple[str, ...]) -> dict[str, list[Row]]:
    counted = [*_whole(sources), *_quarters(sources[:2])]
    cells, parts = released(*counted), strata_of(*_strata(sources))
    known = pl.DataFrame([cohort(name, data_to=date(2026, 10, 31)) for name in sources], schema=Cohorts.schema())
    evidence = {"gerac-2007": GERAC}
    rates = observed_rates(cells)
    made, _ = compared(_whole(sources), GERAC, cohorts=known.to_dicts())
    variation = clinic_variation(rates, known, vocabulary=VOCABULARY)
    weighted = weighted_rates(parts, rates)
    frames = {
        "clinic_variation": variation,
        "funnel_limits": funnel_limits(variation),
        "trends": trends(cells, rates, known),
        "follow_up": follow_up(cells, rates, known, vocabulary=VOCABULARY),
        "weighted_rates": weighted,
        "standardised_rates": standardised_rates(parts, rates, known, vocabulary=VOCABULARY),
        "case_mix": case_mix(parts, rates, known, evidence=evidence, vocabulary=VOCABULARY),
        "rule_strip": rule_strip(rates, weighted, made, published_rates(evidence=evidence), known),
    }
    moved = improvements_of(*_improvements(sources))
    changes = score_changes(moved, vocabulary=VOCABULARY)
    frames |= {"score_changes": changes, "change_groups": change_groups(moved, changes)}
    frames["improvement_curves"] = improvement_curves(moved, vocabulary=VOCABULARY)
    every = released(*counted, *_elsewhere())
    frames |= {"released_counts": every, "observed_rates": observed_rates(every)}
    return {name: frame.to_dicts() for name, frame in frames.items()}


def tables(sources: Sequence[str]) -> dict[str, list[Row]]:
    """Rows of these tables for clinics of these names."""
    return {name: [dict(row) for row in rows] for name, rows in _tables(tuple(sources)).items()}


def _whole(sources: Sequence[str]) -> list[Row]:
    return [
        exact(*counts, source=name, cohort=name, not_due=40 if place == WAITING else 0, coverage=0.9,
              first_due=date(2027, 1, 15) if place == WAITING else None, **CELL)
        for place, (name, counts) in enumerate(zip(sources, COUNTS, strict=True))
    ]  # fmt: skip


def _elsewhere() -> list[Row]:
    """The outcomes by which clinics are compared with other studies."""
    return [
        exact(*counts, source=name, cohort=name, definition=rule, endpoint=time)
        for name, rule, time, counts in (
            ("riverside", "vas-pain-relative-50", "3-months", (60, 40, 20)),
            ("wrongform", "rmdq-23-absolute-3", "8-weeks", (55, 40, 15)),
            ("hillcrest", "rmdq-24-relative-30", "12-months", (105, 75, 40)),
        )
    ]


def _quarters(sources: Sequence[str]) -> list[Row]:
    """Fourteen quarters of the first clinic, the last of them a leap; six of the second, one of them hidden."""
    first = [(80, 80), (96, 64)] * 6 + [(88, 72), (150, 10)]
    second = [(20, 20), (24, 16), (3, 30), (20, 20), (24, 16), (22, 18)]
    few = [("birchwood", (3, 4, 2)), ("millpond", (3, 4, 2)), ("quayside", (0, 0, 12)), ("summit", (0, 0, 0))]
    hidden = [
        exact(*counts, source=name, cohort=name, period_kind="quarter", period="2026-Q3", **CELL)
        | ({"not_due": 40, "first_due": date(2027, 1, 15), "started": 40} if name == "summit" else {})
        for name, counts in few
    ]
    return hidden + [
        exact(
            *counts,
            10,
            source=name,
            cohort=name,
            period_kind="quarter",
            period=f"{2023 + at // 4}-Q{at % 4 + 1}",
            **CELL,
        )
        for name, series in zip(sources, (first, second), strict=True)
        for at, counts in enumerate(series)
    ]


def _strata(sources: Sequence[str]) -> list[Row]:
    """Three ages of each clinic, with baselines about 65 on the scale of the pain grade."""
    return [
        stratum(
            seen, gone, x, source=name, cohort=name, age=age, **CELL, baseline_sum=65.0 * seen,
            baseline_squares=4400.0 * seen, missing_sum=60.0 * gone, missing_squares=3800.0 * gone,
        )
        for name, (responders, others, missing) in zip(sources, COUNTS, strict=True)
        for age, x, seen, gone in zip(
            AGES[:3], _thirds(responders), _thirds(responders + others), _thirds(missing), strict=True
        )
        if seen + gone
    ]  # fmt: skip


def _improvements(sources: Sequence[str]) -> list[Row]:
    """The pain of every clinic, and of two a disability score with an important change; some became worse."""
    pain = [
        improvement(responders + others, missing, source=name, worse=(responders + others) // 8)
        for name, (responders, others, missing) in zip(sources, COUNTS, strict=True)
    ]
    disability = [
        improvement(
            100 * size, 30, source=name, instrument="rmdq-24", endpoint="12-months", worse=20 * size,
            improved=40 * size, deteriorated=10 * size, improvement_sum=300.0 * size,
            improvement_squares=3000.0 * size, median=2.5, lower_quartile=0.0, upper_quartile=5.5,
        )
        for size, name in enumerate(sources[:2], start=1)
    ]  # fmt: skip
    return pain + disability


def _thirds(count: int) -> tuple[int, int, int]:
    return count // 3, count // 3, count - 2 * (count // 3)
