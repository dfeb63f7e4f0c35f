"""The same input gives the same release: under another key, on another day, and again."""

import hashlib
import shutil
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from orchestration import landing, ledger, pipeline, release
from orchestration.settings import Home
from orchestration.warehouse import connect
from schemas.tables import PUBLIC_TABLES
from tests.end_to_end.sample_home import KEY, keyed, ran_in, sample_home


def site_of(home: Home) -> dict[str, str]:
    site = home.current / "site"
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def rows_of(home: Home) -> dict[str, list[tuple[object, ...]]]:
    connection = connect(home.current / "marts.duckdb", read_only=True)
    try:
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in PUBLIC_TABLES}
    finally:
        connection.close()


def test_another_key_on_another_day_gives_the_same_site_and_the_same_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
            tomorrow = datetime.now(tz or UTC) + timedelta(days=1)
            return cls.fromisoformat(tomorrow.isoformat())

    before = sample_home()
    monkeypatch.setattr(landing, "datetime", Tomorrow)
    monkeypatch.setattr(release, "datetime", Tomorrow)
    again = ran_in(tmp_path / "home", bytes(reversed(KEY)))

    assert (again.root / "key-fingerprint").read_text() != (before.root / "key-fingerprint").read_text()
    assert [one.received_at[:10] for one in ledger.received(again)] != [
        one.received_at[:10] for one in ledger.received(before)
    ]
    assert site_of(again) == site_of(before)
    assert rows_of(again) == rows_of(before)


def test_a_second_run_on_the_same_input_publishes_nothing_new(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(sample_home().root, home.root, symlinks=True)
    before = [one.id for one in release.released(home)]
    with keyed(tmp_path / "key", KEY):
        moved, looked = pipeline.run(home), pipeline.run(home)
        computed = pipeline.run(home, force=True)

    assert not moved.published
    assert looked.looked_only
    assert not computed.published
    assert [one.id for one in release.released(home)] == before
    assert release.broken_files(release.released(home)[0]) == []
