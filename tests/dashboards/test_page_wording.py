"""How single values are written: rounding, intervals, counts, dates."""

from datetime import date

import pytest

from dashboards import wording
from dashboards.layout import doi_address, emphasised


@pytest.mark.parametrize(
    ("share", "shown"), [(0.285, "29%"), (0.2849, "28%"), (0.545, "55%"), (0.0, "0%"), (1.0, "100%")]
)
def test_a_share_is_rounded_half_up_to_whole_percent(share: float, shown: str) -> None:
    assert wording.percent(share) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.0949, "+9"), (-0.095, "−10"), (0.004, "0"), (-0.004, "0")])
def test_a_difference_is_signed_and_in_whole_points(share: float, shown: str) -> None:
    assert wording.points(share) == shown


def test_positions_and_cells_carry_one_decimal() -> None:
    assert wording.tenths(184 / 387) == 47.5
    assert wording.tenths(None) is None


def test_an_observed_rate_is_never_written_without_its_interval() -> None:
    told = wording.observed(0.61, 0.545, 0.707)
    assert told == wording.Rate("61% (55% to 71%)", "0.6100", "0.5450", "0.7070")


def test_a_published_rate_is_written_as_printed() -> None:
    row = {"printed": "47.60", "rate": 184 / 387, "rate_low": 0.427, "rate_high": 0.525}
    told = wording.published(row)
    assert told is not None
    assert told.words == "47.60% (43% to 53%)"


def test_a_published_rate_of_unknown_patients_says_so() -> None:
    told = wording.published({"printed": "77", "rate": 0.77, "rate_low": None, "rate_high": None})
    assert told is not None
    assert not told.has_interval
    assert "number of patients not known" in told.words


@pytest.mark.parametrize(
    ("count", "shown"), [(None, "not shown"), (0, "none"), (115, "about 115"), (1200, "about 1,200")]
)
def test_a_released_count_is_called_rounded(count: int | None, shown: str) -> None:
    assert wording.about(count) == shown


def test_a_masked_count_of_lines_is_written_as_masked() -> None:
    assert wording.lines(None) == "1 to 7"
    assert wording.lines(12034) == "12,034"


def test_dates_are_written_out() -> None:
    assert wording.day(date(2026, 11, 1)) == "1 Nov 2026"
    assert wording.day(None) == "unknown"
    assert wording.month(date(2027, 2, 1)) == "Feb 2027"


def test_stress_is_marked_by_two_asterisks() -> None:
    assert emphasised("It **depends on** this") == [("It ", False), ("depends on", True), (" this", False)]
    assert emphasised("an odd ** mark") == [("an odd ", False), (" mark", False)]


def test_an_identifier_leads_to_doi_org_whatever_it_holds() -> None:
    assert doi_address("10.1001/archinte.167.17.1892") == "https://doi.org/10.1001/archinte.167.17.1892"
    assert doi_address('x" onclick="y').startswith("https://doi.org/x%22%20onclick")
    assert doi_address("?q=#f@evil") == "https://doi.org/%3Fq%3D%23f%40evil"
