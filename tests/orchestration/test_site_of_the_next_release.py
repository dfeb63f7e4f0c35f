"""The site of the next release: what did not change is taken from the current one, and its bytes do not tell."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards import shelf as shelves
from dashboards import site
from dashboards.shelf import Shelf
from orchestration import pipeline, publishing, release
from orchestration.release import Release
from orchestration.settings import Home
from tests.orchestration.one_clinic import bytes_below
from tests.orchestration.small_network import ALDER_FAULTS, alder_lines, write_small_network


@dataclass(frozen=True)
class Two:
    """Two releases of one home, what became of the pages of each, and the second one's site drawn from nothing."""

    first: Release
    second: Release
    shelves: list[Shelf]
    from_nothing: dict[str, bytes]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    """The small network, and the same after one clinic has corrected its file."""
    folder = tmp_path_factory.mktemp("two")
    write_small_network(folder / "home")
    home, made, build = Home(folder / "home"), [], site.build
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_KEY_FILE", str(folder / "key"))
        patch.setattr(site, "build", lambda *given: made.append(build(*given)))
        first = published(home)
        (home.landing / "alder" / "alder-2026-10.csv").write_text(alder_lines(better=30) + ALDER_FAULTS, "utf-8")
        second = published(home)
    site.build(second.folder / "marts.duckdb", folder / "site", second.id)
    return Two(first, second, made, bytes_below(folder / "site"))


def published(home: Home) -> Release:
    pipeline.run(home)
    now = release.current(home)
    assert now is not None
    return now


def drawn_after(last: Release, two: Two, place: Path) -> dict[str, bytes]:
    """The second release's site, drawn again with `last` as the release before it."""
    building = place / "building"
    building.mkdir()
    for name in ("marts.duckdb", "release.json"):
        shutil.copy(two.second.folder / name, building)
    publishing.draw_site(building, last)
    return bytes_below(building / "site")


def test_a_corrected_file_draws_its_clinic_and_takes_studies_from_the_current_release(two: Two) -> None:
    first, second = two.shelves
    assert not first.standing
    assert {"clinics/alder.html", "receipts/alder.html"} <= set(second.drawn)
    assert not [path for path in second.drawn if path.startswith("evidence/")]
    assert [path for path in second.standing if path.startswith("evidence/")]
    assert bytes_below(two.second.folder / "site") == two.from_nothing
    assert release.broken_files(two.second) == []


@pytest.mark.parametrize("name", ["MANIFEST.sha256", shelves.KEYS])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe no such thing\n{"])
def test_what_a_damaged_release_holds_is_drawn_anew(two: Two, name: str, content: bytes | None, tmp_path: Path) -> None:
    damaged = Release(two.first.id, tmp_path / two.first.id)
    shutil.copytree(two.first.folder, damaged.folder)
    (damaged.folder / name).unlink()
    if content is not None:
        (damaged.folder / name).write_bytes(content)
    assert drawn_after(damaged, two, tmp_path) == two.from_nothing


def test_a_page_that_somebody_has_changed_is_drawn_anew(two: Two, tmp_path: Path) -> None:
    changed = Release(two.first.id, tmp_path / two.first.id)
    shutil.copytree(two.first.folder, changed.folder)
    for page in (changed.folder / "site" / "evidence").glob("*.html"):
        page.write_text(page.read_text("utf-8").replace("</main>", "<p>changed</p></main>"), "utf-8")
    assert drawn_after(changed, two, tmp_path) == two.from_nothing


def test_code_of_another_day_draws_everything_anew(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build, made = site.build, []
    monkeypatch.setattr(site, "build", lambda *given: made.append(build(*given)))
    monkeypatch.setattr(publishing, "_drawn_with", lambda: "code of another day")
    assert drawn_after(two.first, two, tmp_path) == two.from_nothing
    assert not made[0].standing
