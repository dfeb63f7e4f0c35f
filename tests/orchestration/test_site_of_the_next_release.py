"""The site of the next release: what did not change is taken from the current one, and its bytes do not tell."""

from pathlib import Path

import pytest

from dashboards import shelf as shelves
from dashboards import site
from dashboards.shelf import Shelf
from orchestration import pipeline, release
from orchestration.release import Release
from orchestration.settings import Home
from tests.orchestration.one_clinic import bytes_below
from tests.orchestration.small_network import ALDER_FAULTS, alder_lines, write_small_network

Made = list[Shelf]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("VERUM_KEY_FILE", str(tmp_path / "key"))
    write_small_network(tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """What became of the pages of each site that was built."""
    found: Made = []
    build = site.build
    monkeypatch.setattr(site, "build", lambda *given: found.append(build(*given)))
    return found


def corrected(home: Home) -> Release:
    (home.landing / "alder" / "alder-2026-10.csv").write_text(alder_lines(better=30) + ALDER_FAULTS, "utf-8")
    pipeline.run(home)
    now = release.current(home)
    assert now is not None
    return now


def drawn_from_nothing(now: Release, place: Path) -> dict[str, bytes]:
    site.build(now.folder / "marts.duckdb", place / "site", now.id)
    return bytes_below(place / "site")


def test_a_corrected_file_draws_its_clinic_and_takes_studies_from_the_current_release(
    home: Home, made: Made, tmp_path: Path
) -> None:
    pipeline.run(home)
    now = corrected(home)
    first, second = made
    assert not first.standing
    assert {"clinics/alder.html", "receipts/alder.html"} <= set(second.drawn)
    assert not [path for path in second.drawn if path.startswith("evidence/")]
    assert [path for path in second.standing if path.startswith("evidence/")]
    assert bytes_below(now.folder / "site") == drawn_from_nothing(now, tmp_path)
    assert release.broken_files(now) == []


@pytest.mark.parametrize("name", ["MANIFEST.sha256", shelves.KEYS])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe no such thing\n{"])
def test_a_damaged_release_is_drawn_anew_and_stops_no_run(
    home: Home, made: Made, name: str, content: bytes | None, tmp_path: Path
) -> None:
    pipeline.run(home)
    last = release.current(home)
    assert last is not None
    (last.folder / name).unlink()
    if content is not None:
        (last.folder / name).write_bytes(content)
    now = corrected(home)
    assert not made[-1].standing
    assert bytes_below(now.folder / "site") == drawn_from_nothing(now, tmp_path)


def test_code_of_another_day_draws_everything_anew(home: Home, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run(home)
    monkeypatch.setattr(pipeline, "_drawn_with", lambda: "code of another day")
    corrected(home)
    assert not made[-1].standing
