"""Marts begun as a copy of the last release's hold the same rows as marts written whole, after any edits."""

import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from orchestration import handover, last_marts, release, warehouse
from orchestration.last_marts import Known
from orchestration.release import Release
from orchestration.settings import Home
from orchestration.steps import PARTS
from orchestration.warehouse import RowsMissing, connect
from schemas.contract import BrokenPromise
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release
from tests.orchestration.one_clinic import a_home

Tables = dict[str, pl.DataFrame]
#: How many series of edits are tried; `make nightly` tries more.
SERIES = int(os.environ.get("VERUM_EDITS", "2"))
WHOLE: Tables = {
    name: pl.DataFrame(rows, schema=PUBLIC_TABLES[name].schema(), orient="row")
    for name, rows in made_up_release.tables().items()
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """How each table was written in the last build: `whole`, or `parts`; it fills as marts are built."""
    seen: dict[str, str] = {}
    store, exchange = release.store, last_marts.exchange
    monkeypatch.setattr(last_marts, "FEW", 0.8)  # the made-up release has few parts
    monkeypatch.setattr(
        release, "store", lambda c, table, rows: (seen.update({table.NAME: "whole"}), store(c, table, rows))
    )
    monkeypatch.setattr(
        last_marts, "exchange", lambda c, table, *more: (seen.update({table.NAME: "parts"}), exchange(c, table, *more))
    )
    return seen


def published(home: Home, tables: Tables) -> Release:
    building = release.build_marts(home, tables, release.release_id(tables))
    return release.publish(home, building)


def stored(found: Release) -> Tables:
    with closing(connect(found.folder / "marts.duckdb", read_only=True)) as marts:
        return {name: marts.sql(f'SELECT * FROM "{name}"').pl() for name in PUBLIC_TABLES}


def same(found: Release, tables: Tables) -> None:
    """The marts hold these rows, in whichever order, and nothing else."""
    there = stored(found)
    for name, table in PUBLIC_TABLES.items():
        expected = tables[name].select(list(table.columns()))
        assert_frame_equal(there[name].cast(dict(table.schema())), expected, check_row_order=False)  # type: ignore[arg-type]  # types by name


def edited(tables: Tables, chance: random.Random) -> Tables:
    """Some tables with rows left out, or with values of one column moved to other rows."""
    found = dict(tables)
    for name in chance.sample(sorted(tables), 6):
        rows, table = WHOLE[name], PUBLIC_TABLES[name]
        if chance.random() < 0.5:
            rows = rows.filter(pl.Series([chance.random() < 0.8 for _ in range(rows.height)], dtype=pl.Boolean))
        free = [one for one in rows.columns if one not in table.KEY]
        if free and rows.height:
            column = chance.choice(free)
            rows = rows.with_columns(rows[column].sample(fraction=1, shuffle=True, seed=chance.randrange(99)))
        found[name] = rows
    return found


@settings(max_examples=SERIES, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_after_any_edits_the_marts_are_those_written_whole(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    chance, tables = random.Random(seed), WHOLE
    home = a_home(tmp_path_factory.mktemp("marts"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(last_marts, "FEW", 0.8)
        same(published(home, tables), tables)
        for _ in range(3):
            tables = edited(tables, chance)
            same(published(home, tables), tables)


def corrected() -> Tables:
    """One clinic has another rate."""
    rates = WHOLE["observed_rates"]
    mine = pl.col("source") == rates["source"][0]
    return WHOLE | {
        "observed_rates": rates.with_columns(analysed=pl.when(mine).then(900).otherwise("analysed").cast(pl.Int32))
    }


def test_only_the_parts_that_differ_are_written(home: Home, written: dict[str, str]) -> None:
    published(home, WHOLE)
    assert set(written.values()) == {"whole"}
    written.clear()
    second = published(home, corrected())
    assert written == {"observed_rates": "parts"}
    same(second, corrected())


def test_a_table_with_many_other_parts_is_written_whole(home: Home, written: dict[str, str]) -> None:
    published(home, WHOLE)
    written.clear()
    other = WHOLE | {"observed_rates": WHOLE["observed_rates"].with_columns(analysed=pl.lit(900, pl.Int32))}
    same(published(home, other), other)
    assert written == {"observed_rates": "whole"}


def test_the_release_before_stays_as_it_was(home: Home) -> None:
    first = published(home, WHOLE)
    before = (first.folder / "marts.duckdb").read_bytes()
    published(home, corrected())
    assert (first.folder / "marts.duckdb").read_bytes() == before


def damaged(home: Home) -> None:
    """A value in the current marts is another, and the seal is broken."""
    with closing(connect(home.current.resolve() / "marts.duckdb")) as marts:
        marts.execute("UPDATE clinic_variation SET analysed = 5")


def rolled_back(home: Home) -> None:
    """Readers see an earlier release again."""
    (earlier,) = [one for one in release.released(home) if one != release.current(home)]  # both may be of one second
    release.point_to(home, earlier.folder)


def other_code(_: Home) -> None:
    """The file was made by another version, or DuckDB was another."""
    last_marts.made_with = lambda: "of another version"  # type: ignore[assignment]  # undone by the fixture below


def grown(home: Home) -> None:
    """Corrections have made the file larger than it may be."""
    tell(home, whole=1)


def not_known(home: Home) -> None:
    """What is known of the last release is gone."""
    (home.root / ".handover" / "marts.json").unlink()


def not_readable(home: Home) -> None:
    """What is known of the last release is cut off."""
    place = home.root / ".handover" / "marts.json"
    place.write_text(place.read_text("utf-8")[:-9], "utf-8")


def without_a_manifest(home: Home) -> None:
    (home.current.resolve() / "MANIFEST.sha256").unlink()


def of_other_fields(home: Home) -> None:
    handover.leave(home, "marts", {"release": "an earlier form"})


def tell(home: Home, **other: object) -> None:
    left = handover.left(home, "marts")
    handover.leave(home, "marts", left | other)


@pytest.fixture
def one_version() -> Iterator[None]:
    before = last_marts.made_with
    yield
    last_marts.made_with = before


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two releases; what happens happens to a copy of it."""
    home = a_home(tmp_path_factory.mktemp("twice"))
    notes = WHOLE["release_notes"].with_columns(value=pl.lit("earlier"))
    published(home, WHOLE | {"release_notes": notes})
    published(home, WHOLE)
    return home


@pytest.mark.usefixtures("one_version")
@pytest.mark.parametrize(
    "happened", [damaged, rolled_back, other_code, grown, not_known, not_readable, without_a_manifest, of_other_fields]
)
def test_what_is_not_whole_or_not_known_is_not_copied(
    twice: Home, tmp_path: Path, written: dict[str, str], happened: object
) -> None:
    assert callable(happened)
    home = Home(shutil.copytree(twice.root, tmp_path / "copy", symlinks=True))
    happened(home)
    same(published(home, corrected()), corrected())
    assert written == dict.fromkeys(PUBLIC_TABLES, "whole")


def test_what_is_whole_and_known_is_copied_from_a_home_that_was_copied_itself(
    twice: Home, tmp_path: Path, written: dict[str, str]
) -> None:
    home = Home(shutil.copytree(twice.root, tmp_path / "copy", symlinks=True))
    same(published(home, corrected()), corrected())
    assert set(written.values()) == {"parts"}, "or what happens above would show nothing"


def test_a_changed_part_is_proved_like_a_table(home: Home, written: dict[str, str]) -> None:
    published(home, WHOLE)
    wrong = corrected()["observed_rates"].with_columns(
        rate=pl.when(pl.col("analysed") == 900).then(1.5).otherwise("rate")
    )
    with pytest.raises(BrokenPromise, match=r"observed_rates\.rate"):
        release.build_marts(home, WHOLE | {"observed_rates": wrong}, "0123456789abcdef")
    assert release.unfinished(home) is None
    assert set(written.values()) == {"whole"} or written["observed_rates"] == "parts"


def test_a_part_that_lost_a_row_is_not_published(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    published(home, WHOLE)
    monkeypatch.setattr(last_marts, "FEW", 0.8)
    exchange = last_marts.exchange
    monkeypatch.setattr(last_marts, "exchange", lambda c, table, rows, names: exchange(c, table, rows.head(0), names))
    with pytest.raises(RowsMissing, match="observed_rates"):
        release.build_marts(home, corrected(), "0123456789abcdef")


def test_hashes_that_are_known_are_not_made_again_and_name_the_same_release(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = release.rows_of(WHOLE)
    known = {name: rows[name] for name in ("observed_rates", "case_mix")}
    assert release.rows_of(WHOLE, known) == rows
    assert release.id_of(rows) == release.release_id(WHOLE)
    monkeypatch.setattr(last_marts.parts, "digests", lambda *_: {"": "made again"})
    again = release.rows_of(WHOLE, known)
    assert {name for name in again if again[name] == rows[name]} >= known.keys()
    assert again["studies"] == {"": "made again"}


def test_a_file_that_grows_with_corrections_is_written_whole_again(home: Home, written: dict[str, str]) -> None:
    published(home, WHOLE)
    whole = Known.told(handover.left(home, "marts")).whole
    published(home, corrected())
    assert Known.told(handover.left(home, "marts")).whole == whole  # not of the copy, which may be larger
    tell(home, whole=1)
    written.clear()
    last = published(home, WHOLE)
    assert set(written) == set(PUBLIC_TABLES)
    assert Known.told(handover.left(home, "marts")).whole == (last.folder / "marts.duckdb").stat().st_size


def test_what_is_known_can_be_told_and_read_again() -> None:
    known = Known("0123", "code", {"studies": {"": "hash"}}, 7)
    assert Known.told(json.loads(json.dumps(known.__dict__))) == known
    assert Known.told({}) == Known.told({"release": "0123"}) == Known()
    assert replace(known, release="") != known
    assert set(PARTS) >= set(PUBLIC_TABLES)
    assert warehouse.store is release.store
