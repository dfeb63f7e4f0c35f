"""What a home decides before it sees data: the margin and the day on which it was fixed."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.settings import MARGIN, MARGIN_FIXED_ON, ConfigurationError, Home, Policy, read_policy


def policy(folder: Path, written: str) -> Policy:
    (folder / "verum.toml").write_text(written, "utf-8")
    return read_policy(Home(folder))


def test_a_home_without_settings_has_the_margin_of_the_methods_and_its_day(tmp_path: Path) -> None:
    assert read_policy(Home(tmp_path)) == Policy(MARGIN, MARGIN_FIXED_ON)


def test_a_margin_of_the_homes_own_needs_a_day_of_its_own(tmp_path: Path) -> None:
    assert policy(tmp_path, "margin = 0.15\nmargin_fixed_on = 2026-01-31\n") == Policy(0.15, date(2026, 1, 31))
    assert policy(tmp_path, "margin = 0.15\n") == Policy(0.15, None)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('margin_fixed_on = "2026-01-31"', "margin_fixed_on: found '2026-01-31'; expected a day without quotes"),
        ("margin_fixed_on = 2026-01-31T10:00:00", "expected a day without quotes"),
        ("margin = 1", "margin: found 1; expected a share between 0 and 1"),
        ("margin = 1.0", "expected a share between 0 and 1"),
        ("margins = 0.1", "unknown key 'margins'; the known keys are margin, margin_fixed_on, settled_seconds"),
        ("margin = ", "not readable as TOML"),
    ],
)
def test_an_odd_setting_says_what_was_found_and_what_was_expected(tmp_path: Path, written: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        policy(tmp_path, written)
