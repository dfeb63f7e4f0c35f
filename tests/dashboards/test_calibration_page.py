"""The calibration page: every finding stands below its question, with what it should be and whether it is."""

from pathlib import Path

import pytest

from dashboards.pages import calibration
from schemas.calibration import QUESTIONS
from tests.dashboards import made_up_release
from tests.dashboards.built_site import Reader, built, slices


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


def text(site: Path) -> str:
    return (site / "calibration.html").read_text("utf-8")


def test_every_question_has_its_words() -> None:
    assert [question for question, _, _ in calibration.ASKED] == list(QUESTIONS)


def test_every_finding_is_a_row_of_its_question(site: Path) -> None:
    written = text(site)
    for row in made_up_release.calibration():
        assert f"<td>{row['found']:,} of {row['simulations']:,}</td>" in written
        assert f"{calibration._should(row)}</td>" in written


def test_what_does_not_hold_is_counted_in_the_title_and_marked(site: Path) -> None:
    assert "3 judged findings on simulated networks, 1 not as they should be." in text(site)
    marked = [cell for cell in Reader(text(site)).all("td") if "concern" in (cell.get("class") or "")]
    assert len(marked) == 1


def test_the_seed_and_the_number_of_networks_stand_there(site: Path) -> None:
    assert "8 simulated networks, seed 7," in text(site)


def test_the_whole_table_can_be_downloaded(site: Path) -> None:
    found = slices(site)[calibration.SLICE]
    assert len(found["downloads"]["calibration"]["rows"]) == len(made_up_release.calibration())


def test_a_report_of_other_code_is_told(tmp_path: Path) -> None:
    older = [row | {"same_code": False} for row in made_up_release.calibration()]
    assert "by other code than this release" in text(built(tmp_path, made_up_release.tables() | {"calibration": older}))


def test_without_a_report_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    written = text(built(tmp_path, made_up_release.tables() | {"calibration": []}))
    assert "has not been simulated in this home" in written
    assert "verum calibrate" in written
