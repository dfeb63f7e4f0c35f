"""A release is a new folder, sealed, and put in the place of the last one by a single rename."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration import fingerprints, release
from orchestration.release import Release
from orchestration.settings import Home
from orchestration.warehouse import RowsMissing
from schemas.contract import BrokenPromise
from schemas.tables import PUBLIC_TABLES
from tests.orchestration.one_clinic import a_home, bytes_below

Tables = dict[str, pl.DataFrame]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def tables(note: str = "first") -> Tables:
    """Public tables without rows, but for one note."""
    empty = {name: table.empty() for name, table in PUBLIC_TABLES.items()}
    noted = pl.DataFrame({"key": ["data_to"], "value": [note]})
    return empty | {"release_notes": noted}


def built(home: Home, note: str = "first") -> Path:
    """A release that waits to be published, with a page instead of a site."""
    building = release.build_marts(home, tables(note), release.release_id(tables(note)))
    (building / "site").mkdir()
    (building / "site" / "index.html").write_text(f"<p>{note}</p>", "utf-8")
    return building


def published(home: Home, note: str = "first") -> Release:
    return release.publish(home, built(home, note))


def now(home: Home) -> Release:
    found = release.current(home)
    assert found is not None
    return found


# ---- its name ----------------------------------------------------------------------------------------------


def test_a_release_is_named_by_its_rows() -> None:
    assert release.release_id(tables()) == release.release_id(tables())
    assert release.release_id(tables("other")) != release.release_id(tables())


@pytest.mark.parametrize("name", PUBLIC_TABLES)
def test_every_public_table_has_a_part_in_the_name(name: str) -> None:
    changed = tables() | {name: tables()[name].with_columns(further=pl.lit(1))}
    assert release.release_id(changed) != release.release_id(tables())


def test_the_code_that_draws_the_site_has_a_part_in_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = release.release_id(tables())
    monkeypatch.setattr(fingerprints, "code_of", lambda *_: "other code")
    assert release.release_id(tables()) != before


def test_no_clock_has(home: Home) -> None:
    first = published(home)
    written = json.loads((first.folder / "release.json").read_text("utf-8"))
    assert set(written) == {"release", "published_at"}
    assert written["release"] == first.id == release.release_id(tables())


# ---- publishing --------------------------------------------------------------------------------------------


def test_nothing_is_published_at_first(home: Home) -> None:
    assert release.current(home) is None
    assert release.released(home) == []


def test_a_published_release_is_the_one_that_readers_see(home: Home) -> None:
    first = published(home)
    assert now(home) == first
    assert home.current.is_symlink()
    assert (home.current / "site" / "index.html").read_text("utf-8") == "<p>first</p>"
    assert first.index == home.releases / first.id / "site" / "index.html"


def test_the_link_is_relative_so_that_a_home_can_be_moved(home: Home, tmp_path: Path) -> None:
    first = published(home)
    assert home.current.readlink() == Path(first.id)
    home.root.rename(tmp_path / "moved")
    assert now(Home.at(tmp_path / "moved")).id == first.id


def test_the_next_release_takes_its_place_and_leaves_it_as_it_was(home: Home) -> None:
    first = published(home)
    before = bytes_below(first.folder)
    second = published(home, "second")
    assert now(home) == second
    assert bytes_below(first.folder) == before
    assert {one.id for one in release.released(home)} == {first.id, second.id}


def test_a_release_that_was_there_before_is_current_again(home: Home) -> None:
    first = published(home)
    published(home, "second")
    assert published(home).id == first.id == now(home).id
    assert len(release.released(home)) == 2


def test_a_release_that_is_being_built_changes_nothing_for_readers(home: Home) -> None:
    first = published(home)
    built(home, "second")
    assert now(home) == first
    assert release.released(home) == [first]


def test_the_marts_hold_every_public_table_and_no_other(home: Home) -> None:
    first = published(home)
    connection = duckdb.connect(str(first.folder / "marts.duckdb"), read_only=True)
    found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    connection.close()
    assert {name for (name,) in found} == set(PUBLIC_TABLES)


def test_marts_are_described_like_the_warehouse(home: Home) -> None:
    first = published(home)
    connection = duckdb.connect(str(first.folder / "marts.duckdb"), read_only=True)
    missing = connection.execute("SELECT column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal")
    assert missing.fetchall() == []
    connection.close()


def test_a_table_that_breaks_its_promise_is_not_built(home: Home) -> None:
    faulty = tables() | {
        "release_notes": pl.DataFrame({"key": [None], "value": ["x"]}, schema_overrides={"key": pl.String})
    }
    with pytest.raises(BrokenPromise, match=r"release_notes\.key"):
        release.build_marts(home, faulty, "0123456789abcdef")
    assert release.unfinished(home) is None


def test_marts_that_lost_a_row_are_not_published(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    store = release.store
    monkeypatch.setattr(release, "store", lambda marts, table, rows: store(marts, table, rows.head(0)))
    with pytest.raises(RowsMissing, match="release_notes: read 0 rows; expected the 1 that were stored"):
        release.build_marts(home, tables(), "0123456789abcdef")
    assert release.unfinished(home) is None


def test_readers_of_anybodys_account_can_open_a_release(home: Home) -> None:
    assert published(home).folder.stat().st_mode & 0o777 == 0o755


def test_of_the_last_release_only_the_rows_that_are_asked_for_are_read(home: Home) -> None:
    noted = pl.DataFrame({"key": ["data_to", "clinics"], "value": ["first", "5"]})
    rows = tables() | {"release_notes": noted}
    made = release.publish(home, release.build_marts(home, rows, release.release_id(rows)))
    names = ["release_notes", "studies"]
    assert release.last_tables(home, names)[1]["release_notes"].equals(noted)
    name, found = release.last_tables(home, names, {"release_notes": {"key": "clinics"}})
    assert (name, found["release_notes"].rows(), found["studies"].height) == (made.id, [("clinics", "5")], 0)


# ---- what a stopped run left -------------------------------------------------------------------------------


def test_a_folder_that_a_stopped_run_left_is_cleared_by_the_next_build(home: Home) -> None:
    left = home.releases / ".building-of-a-killed-run"
    (left / "site").mkdir(parents=True)
    (left / "release.json").write_text('{"release": "0123"}', "utf-8")
    waiting = built(home)
    assert [path for path in home.releases.iterdir() if path.name.startswith(".building-")] == [waiting]


def test_a_folder_that_a_stopped_run_left_is_not_taken_for_a_release(home: Home) -> None:
    first = published(home)
    left = home.releases / ".building-of-a-killed-run"
    left.mkdir()
    (left / "release.json").write_text('{"release": "0123"}', "utf-8")
    assert release.released(home) == [first]


def test_only_a_folder_with_whole_marts_waits_for_its_site(home: Home) -> None:
    (home.releases / ".building-half").mkdir(parents=True)
    assert release.unfinished(home) is None
    waiting = built(home)
    assert release.unfinished(home) == waiting
    assert release.named(waiting) == release.release_id(tables())


def test_a_link_to_a_release_that_is_gone_is_no_release(home: Home) -> None:
    first = published(home)
    for path in sorted(first.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert release.current(home) is None


def test_a_pointer_that_a_stopped_run_left_is_no_hindrance(home: Home) -> None:
    import os

    (home.releases / f".current-{os.getpid()}").symlink_to("nowhere")
    first = published(home)
    assert now(home) == first


# ---- the seal ----------------------------------------------------------------------------------------------


def test_the_manifest_lists_every_file_but_itself(home: Home) -> None:
    first = published(home)
    listed = dict(line.split("  ")[::-1] for line in (first.folder / "MANIFEST.sha256").read_text("utf-8").splitlines())
    assert set(listed) == {"marts.duckdb", "published.js", "release.json", "site/index.html"}
    assert listed["marts.duckdb"] == fingerprints.of_file(first.folder / "marts.duckdb")
    assert release.broken_files(first) == []


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release that nobody changes; what happens happens to a copy of it."""
    return published(a_home(tmp_path_factory.mktemp("sound")))


@pytest.mark.parametrize("name", ["marts.duckdb", "published.js", "release.json", "site/index.html"])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_one_flipped_bit_anywhere_is_found(sound: Release, tmp_path: Path, name: str, part: float) -> None:
    first = Release(sound.id, shutil.copytree(sound.folder, tmp_path / sound.id))
    assert release.broken_files(first) == []
    content = bytearray((first.folder / name).read_bytes())
    content[int(part * len(content))] ^= 4
    (first.folder / name).write_bytes(bytes(content))
    assert release.broken_files(first) == [name]


def test_a_file_that_was_taken_away_or_added_is_found(home: Home) -> None:
    first = published(home)
    (first.folder / "site" / "index.html").unlink()
    (first.folder / "site" / "other.html").write_text("x", "utf-8")
    assert release.broken_files(first) == ["site/index.html", "site/other.html"]


def test_a_file_with_two_spaces_in_its_name_is_sealed_like_any_other(home: Home) -> None:
    building = built(home)
    (building / "site" / "two  spaces.html").write_text("x", "utf-8")
    first = release.publish(home, building)
    assert release.broken_files(first) == []


def test_releases_are_listed_oldest_first(home: Home) -> None:
    for at, note in enumerate(("b", "c", "a")):
        made = published(home, note)
        told = {"release": made.id, "published_at": f"2026-10-{10 + at}T00:00:00+00:00"}
        (made.folder / "release.json").write_text(json.dumps(told), "utf-8")
    assert [one.id for one in release.released(home)] == [release.release_id(tables(note)) for note in ("b", "c", "a")]
