"""What other methods say of a comparison stands folded under it on the clinic's page, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from dashboards.marts import Marts, rows
from dashboards.technical import by_other_methods, chance
from tests.dashboards.built_site import Reader

ROW: dict[str, Any] = {
    "difference_score_low": -0.034, "difference_score_high": 0.121, "p_below_margin": 0.0004, "p_above_margin": 0.0821,
    "ratio": 1.084, "ratio_low": 0.93, "ratio_high": 1.262, "chance_higher": 0.8666, "chance_not_below": 0.9996,
    "chance_within": 0.915,
}  # fmt: skip


def test_every_method_is_told_in_words() -> None:
    assert by_other_methods(ROW, 10) == [
        ("Difference by the score method (95% interval)", "−3 to +12 percentage points"),
        ("One-sided tests at 10 points below, and above", "p below 0.001, and p 0.082"),
        ("Ratio of the two rates (95% interval)", "1.08 (0.93 to 1.26)"),
        ("Chance that the rate is above the published one", "0.867"),
        ("Chance that it is not 10 points or more below", "above 0.999"),
        ("Chance that it lies within 10 points", "0.915"),
    ]


def test_a_ratio_to_nothing_is_said_to_be_none() -> None:
    told = dict(by_other_methods(ROW | {"ratio": None, "ratio_high": None}, 10))
    assert told["Ratio of the two rates (95% interval)"] == "not estimable, for nobody responded in the study"


def test_a_comparison_without_a_row_has_no_panel() -> None:
    assert by_other_methods(None, 10) == []


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "below 0.001"), (0.001, "0.001"), (0.999, "0.999"), (1.0, "above 0.999")]
)
def test_a_chance_is_never_said_to_be_nothing_or_certain(value: float, words: str) -> None:
    assert chance(value) == words


def test_a_panel_stands_under_every_comparison_with_a_difference_and_under_no_other(marts: Marts, site: Path) -> None:
    told = 0
    for row in rows(marts.comparisons):
        page = Reader((site / "clinics" / f"{row['source']}.html").read_text("utf-8"))
        key = f"b-{row['study']}.{row['result']}"
        (article,) = [each for each in page.all("article") if each.get("id") == key]
        inside = [each for each in page.all("summary") if article in each["around"]]
        has = any(each["text"].strip() == "By other methods" for each in inside)
        assert has == (row["difference"] is not None), key
        told += has
    assert told > 4
    assert "they inherit every bias" in (site / "clinics" / "riverside.html").read_text("utf-8")
    assert "By other methods" not in (site / "benchmark.html").read_text("utf-8")
