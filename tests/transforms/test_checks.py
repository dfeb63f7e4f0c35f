"""One table for all judges: each check bites on the fault it is there for, and none passes that could not apply."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.case_mix import CaseMix
from schemas.checks import Checks
from schemas.clinic_variation import ClinicVariation
from schemas.comparisons import Comparability
from schemas.contract import faults
from schemas.deliveries import Deliveries, Rejections
from schemas.follow_up import FollowUp
from schemas.labels import Definitions, Endpoints
from schemas.score_changes import ChangeGroups, ImprovementCurves, ScoreChanges
from schemas.tables import PUBLIC_TABLES
from schemas.trends import Trends
from tests.transforms.meadow import compared, result, study
from tests.transforms.released import exact, received, released
from transforms.checks import COUNTED, blocking, checks
from transforms.ledger import deliveries
from transforms.observed_rates import observed_rates
from transforms.published_rates import published_rates

MOST_QUARANTINED = 0.05

#: Tables of numbers of people beside counts, rates and comparisons.
COMPUTED = (ClinicVariation, Trends, FollowUp, CaseMix, ScoreChanges, ChangeGroups, ImprovementCurves)


def judged(
    *files: dict[str, Any],
    replaced: dict[str, pl.DataFrame] | None = None,
    failed: tuple[str, ...] = (),
) -> pl.DataFrame:
    """All checks of a small release; `replaced` puts a faulty table in the place of a sound one."""
    counted = [exact(100, 60, 20, coverage=0.9)]
    made, graded = compared(counted, study())
    cells = released(*counted)
    tables = {
        "released_counts": cells,
        "observed_rates": observed_rates(cells),
        "comparisons": made,
        "comparability": graded,
        "published_rates": published_rates(evidence={"meadow-2010": study()}),
        **{table.NAME: table.empty() for table in (*COMPUTED, Deliveries, Rejections, Definitions, Endpoints)},
    } | (replaced or {})
    return checks(
        **tables, received=list(files), failed_sources=failed, most_quarantined=MOST_QUARANTINED, margin=0.10
    )  # fmt: skip


def status(found: pl.DataFrame, check: str, about: str | None = None) -> str:
    rows = found.filter(pl.col("check_id") == check)
    return str((rows if about is None else rows.filter(pl.col("object") == about))["status"].item())


# ---- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "accepted", "adds_up", "few"),
    [
        ({}, "passed", "passed", "passed"),
        ({"quarantined": 5, "accepted": 95}, "passed", "passed", "passed"),
        ({"quarantined": 6, "accepted": 94}, "passed", "passed", "failed"),
        ({"balanced": False}, "passed", "failed", "passed"),
        ({"refusal": "empty", "accepted": 0, "quarantined": 100}, "failed", "not applicable", "not applicable"),
        ({"refusal": "empty", "accepted": 0, "lines": 0}, "failed", "not applicable", "not applicable"),
        ({"accepted": 0, "lines": 1}, "passed", "passed", "not applicable"),
    ],
)
def test_a_file_is_judged_by_whether_it_was_read_adds_up_and_has_few_lines_set_aside(
    more: dict[str, Any], accepted: str, adds_up: str, few: str
) -> None:
    found = judged(received(**more))
    about = "hillside/0123456789ab"
    assert [status(found, check, about) for check in ("file_accepted", "lines_add_up", "few_set_aside")] == [
        accepted,
        adds_up,
        few,
    ]


def test_lines_that_do_not_add_up_block_a_release() -> None:
    assert blocking(judged(received(balanced=False)))["check_id"].to_list() == ["lines_add_up"]


def test_a_refused_file_warns_and_blocks_nothing() -> None:
    assert blocking(judged(received(refusal="empty", accepted=0, quarantined=100))).is_empty()


@pytest.mark.parametrize(("quarantined", "shown"), [(7, None), (8, 10), (33, 35)])
def test_numbers_of_lines_are_masked_in_checks_too(quarantined: int, shown: int | None) -> None:
    found = judged(received(quarantined=quarantined, accepted=20))
    assert found.filter(check_id="few_set_aside")["rows"].item() == shown


# ---- releases ----------------------------------------------------------------------------------------------


def test_a_sound_release_is_blocked_by_nothing() -> None:
    assert blocking(judged(received())).is_empty()


@pytest.mark.parametrize("count", [1, 7, 12])
@pytest.mark.parametrize(("table", "column"), [(table, name) for table, names in COUNTED.items() for name in names])
def test_a_small_or_exact_count_in_any_public_table_blocks_a_release(table: str, column: str, count: int) -> None:
    sound = _tables()[table]
    faulty = sound.with_columns(pl.lit(count, pl.Int32).alias(column))
    found = blocking(judged(replaced={table: faulty}))
    assert found.select("check_id", "object", "rows").rows() == [("no_small_count", table, 1)]


@pytest.mark.parametrize("count", [0, 10, 105])
def test_a_count_that_may_be_known_blocks_nothing(count: int) -> None:
    harmless = _tables()["released_counts"].with_columns(missing=pl.lit(count, pl.Int32))
    assert blocking(judged(replaced={"released_counts": harmless})).is_empty()


@pytest.mark.parametrize("dimension", ["condition", "coverage", "benchmark_quality"])
def test_a_comparison_that_is_not_graded_in_all_dimensions_blocks_a_release(dimension: str) -> None:
    fewer = _tables()["comparability"].filter(pl.col("dimension") != dimension)
    found = blocking(judged(replaced={"comparability": fewer}))
    assert found["check_id"].to_list() == ["every_comparison_graded"]


def test_a_check_that_could_not_apply_has_not_passed() -> None:
    nothing = {"comparisons": _tables()["comparisons"].clear(), "comparability": Comparability.empty()}
    found = judged(replaced=nothing)
    assert status(found, "every_comparison_graded") == "not applicable"
    assert status(found, "no_small_count", "comparisons") == "not applicable"


@pytest.mark.parametrize(("failed", "word"), [((), "passed"), (("hillside", "riverside"), "failed")])
def test_sources_that_kept_their_last_counts_are_told(failed: tuple[str, ...], word: str) -> None:
    found = judged(failed=failed)
    assert status(found, "sources_computed") == word
    assert found.filter(check_id="sources_computed")["rows"].item() == len(failed)
    assert blocking(found).is_empty()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "passed"),
        ({"printed": "47.6", "n": 387}, "failed"),
        ({"n": None, "n_confidence": None}, "not applicable"),
    ],
)
def test_a_percentage_that_no_whole_number_gives_is_told_and_blocks_nothing(more: dict[str, Any], word: str) -> None:
    made = study(result(**more))
    found = judged(replaced={"published_rates": published_rates(evidence={made.id: made})})
    assert status(found, "attainable_percentage") == word
    assert blocking(found).is_empty()


def test_the_promise_of_every_public_table_is_among_the_checks() -> None:
    found = judged().filter(check_id="promise_kept")
    assert set(found["object"]) == set(PUBLIC_TABLES)


def test_checks_keep_the_promise_of_their_table() -> None:
    assert faults(Checks, judged(received(), received(delivery="f" * 12, refusal="empty"))) == []


def test_every_check_says_what_would_have_been_a_failure() -> None:
    found = judged(received())
    assert found.filter((pl.col("threshold") == "") | (pl.col("sentence") == "")).is_empty()


def _tables() -> dict[str, pl.DataFrame]:
    counted = [exact(100, 60, 20, coverage=0.9)]
    made, graded = compared(counted, study())
    cells = released(*counted)
    return {
        "released_counts": cells,
        "observed_rates": observed_rates(cells),
        "comparisons": made,
        "comparability": graded,
        **{table.NAME: pl.DataFrame([dict.fromkeys(table.schema())], schema=table.schema()) for table in COMPUTED},
    }


# ---- months and lines set aside --------------------------------------------------------------------------------


def test_a_month_for_which_nothing_came_is_told_as_no_data_and_only_of_who_sends_month_by_month() -> None:
    def of(source: str, *months: int, covers: str = "period") -> list[dict[str, Any]]:
        return [received(source=source, covers=covers, data_to=date(2025, month, 28)) for month in months]

    found = judged(*of("hillside", 5, 1, 2), *of("riverside", 1, 2, 3), *of("meadow", 1, 9, covers="everything"))
    told = found.filter(check_id="every_month_received").select("object", "status", "rows", "sentence").rows()
    assert told == [
        ("hillside", "failed", 2, "No data received for 2025-03, 2025-04."),
        ("riverside", "passed", 0, "Something was received for every month from the first to the last."),
    ]


@pytest.mark.parametrize(("aside", "ended"), [(0, "passed"), (10, "passed"), (20, "failed"), (None, "passed")])
def test_lines_set_aside_that_could_move_a_rate_by_more_than_the_margin_are_told(aside: int | None, ended: str) -> None:
    files = deliveries(received=[received()]).with_columns(quarantined=pl.lit(aside, pl.Int32))
    found = judged(replaced={"deliveries": files}).filter(check_id="set_aside_cannot_matter")
    assert found.select("object", "status", "severity").rows() == [("hillside", ended, "informs")]
