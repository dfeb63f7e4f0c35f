"""A release: a new folder with marts, site and manifest, put in the place of the last one by a single rename.

Whatever fails before that rename leaves the last release as it was, byte for byte.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from orchestration import fingerprints, handover, last_marts, looking
from orchestration.last_marts import Known
from orchestration.parts import Digests
from orchestration.settings import Home
from orchestration.warehouse import RowsMissing, connect, is_damage, store
from orchestration.whole_files import read_whole
from schemas.contract import Table, keep_promise
from schemas.tables import PUBLIC_TABLES

ID_DIGITS = 16


@dataclass(frozen=True)
class Release:
    """A published release: its id and its folder."""

    id: str
    folder: Path

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.folder / "site" / "index.html"


def release_id(tables: Mapping[str, pl.DataFrame]) -> str:
    """The name of a release: a hash of its marts' rows and of the code that draws the site; no clock is in it."""
    return id_of(rows_of(tables))


def rows_of(tables: Mapping[str, pl.DataFrame], known: Mapping[str, Digests] | None = None) -> dict[str, Digests]:
    """Of each public table the hashes of its rows, part by part; those of `known` tables are not made again."""
    return last_marts.digests({name: tables[name] for name in PUBLIC_TABLES}, known or {})


def id_of(rows: Mapping[str, Digests]) -> str:
    """The name of the release that has these rows."""
    return fingerprints.of_values({"rows": rows, "code": fingerprints.code_of("dashboards")})[:ID_DIGITS]


def current(home: Home) -> Release | None:
    """The release that readers see now, if there is one."""
    if not home.current.is_symlink():
        return None
    folder = home.releases / home.current.readlink()
    return Release(folder.name, folder) if (folder / "release.json").is_file() else None


def is_sound(now: Release) -> bool:
    """Whether readers can use a release: no file that they need is empty, and its marts are as they were published."""
    return looking.is_whole(now.folder) and sealed(now).get("marts.duckdb") == fingerprints.of_file(
        now.folder / "marts.duckdb"
    )


def last_tables(
    home: Home, names: Sequence[str], of_which: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[str, dict[str, pl.DataFrame]]:
    """The id of the release that readers see and these tables of it; nothing where there is none, or not these.

    `of_which` gives by table the values of columns that rows are asked for by.
    """
    now = current(home)
    if now is None:
        return "", {}
    try:
        with closing(connect(now.folder / "marts.duckdb", read_only=True)) as marts:
            return now.id, {name: _rows(marts, PUBLIC_TABLES[name], (of_which or {}).get(name, {})) for name in names}
    except duckdb.Error as error:
        if not (
            isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.IOException) or is_damage(error)
        ):
            raise
        return "", {}  # made by another version, with other tables, or damaged: it cannot be compared with


def _rows(marts: duckdb.DuckDBPyConnection, table: type[Table], asked: Mapping[str, str]) -> pl.DataFrame:
    columns = ", ".join(f'"{name}"' for name in table.columns())
    wanted = " AND ".join(["true", *(f'"{name}" = ?' for name in asked)])
    query = f'SELECT {columns} FROM "{table.NAME}" WHERE {wanted}'
    found: pl.DataFrame = marts.sql(query, params=list(asked.values())).pl()
    return found.cast(dict(table.schema()))  # type: ignore[arg-type]  # types by name


def released(home: Home) -> list[Release]:
    """Every release that is kept, oldest first; one that lost the day of its publication counts as the oldest."""
    found = [path.parent for path in home.releases.glob("*/release.json")]
    folders = [folder for folder in found if not folder.is_symlink() and not folder.name.startswith(".")]
    times = {folder: (read_whole(folder / "release.json") or {}).get("published_at", "") for folder in folders}
    return [Release(folder.name, folder) for folder in sorted(folders, key=lambda one: (times[one], one.name))]


def build_marts(
    home: Home, tables: Mapping[str, pl.DataFrame], name: str, rows: Mapping[str, Digests] | None = None
) -> Path:
    """A new, unpublished folder of the release `name` with its marts; every table is proved to keep its promise.

    `rows` holds the hashes of the tables' rows. Tables and parts that the current release has are copied from there.
    """
    clear_unfinished(home)
    building = Path(tempfile.mkdtemp(dir=home.releases, prefix=".building-"))
    place, made = building / "marts.duckdb", rows_of(tables, rows)
    before = _copied(home, place)
    with closing(connect(place)) as connection:
        connection.execute("SET threads = 1")  # what more of them save of the wait they cost twice over in work
        connection.execute("BEGIN")  # one commit: every comment would be one of its own
        for table in PUBLIC_TABLES.values():
            _write(connection, table, tables[table.NAME], made[table.NAME], before.rows.get(table.NAME, {}))
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    _prove_whole(place, tables)
    whole = before.whole or place.stat().st_size
    handover.leave(home, "marts", vars(Known(name, last_marts.made_with(), made, whole)))
    (building / "release.json").write_text(json.dumps({"release": name}), "utf-8")
    return building


def _copied(home: Home, place: Path) -> Known:
    """Copies the current release's marts to `place`; what is known of them, or nothing where they are not copied."""
    now, known = current(home), Known.told(handover.left(home, "marts"))
    if now is None or now.id != known.release:
        return Known()
    marts, seal = now.folder / "marts.duckdb", sealed(now).get("marts.duckdb", "")
    return known if last_marts.copied(marts, seal, known, place) else Known()


def _write(
    connection: duckdb.DuckDBPyConnection, table: type[Table], rows: pl.DataFrame, now: Digests, before: Digests
) -> None:
    """Writes what a table has not had before: nothing, few parts, or all of it; each proved to keep its promise."""
    if now == before:
        return
    parts = last_marts.others(table, rows, now, before)
    if parts is None:
        store(connection, table, keep_promise(table, rows))
    else:
        last_marts.exchange(connection, table, rows, parts)


def _prove_whole(place: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Raises `RowsMissing` where a reader of the marts would not find every row that was stored."""
    with closing(connect(place, read_only=True)) as marts:
        for name, table in PUBLIC_TABLES.items():
            ((found,),) = marts.execute(f'SELECT count("{table.KEY[0]}") FROM "{name}"').fetchall()
            if found != tables[name].height:
                raise RowsMissing(name, found, tables[name].height)


def unfinished(home: Home) -> Path | None:
    """The release folder whose marts are complete and that waits for its site, if there is one."""
    waiting = sorted(home.releases.glob(".building-*/release.json"))
    return waiting[-1].parent if waiting else None


def named(building: Path) -> str:
    """The id of the release that a folder holds or is going to hold."""
    return str(json.loads((building / "release.json").read_text("utf-8"))["release"])


def clear_unfinished(home: Home) -> None:
    """Removes what a run that was stopped left half built."""
    for folder in home.releases.glob(".building-*"):
        shutil.rmtree(folder)


def publish(home: Home, building: Path) -> Release:
    """Seals a built folder with its manifest and makes it the current release."""
    written = json.loads((building / "release.json").read_text("utf-8"))
    written["published_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    (building / "release.json").write_text(json.dumps(written, sort_keys=True) + "\n", "utf-8")
    (building / "published.js").write_text(f'window.__published("{written["published_at"]}");\n', "utf-8")
    _seal(building)
    building.chmod(0o755)
    folder = home.releases / written["release"]
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    point_to(home, folder)
    return Release(folder.name, folder)


def point_to(home: Home, folder: Path) -> None:
    """Makes a release the one that readers see, by one atomic rename of a link."""
    pointer = home.releases / f".current-{os.getpid()}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(folder.name)
    pointer.replace(home.current)
    _sync(home.releases)


def sealed(release: Release) -> dict[str, str]:
    """The SHA-256 of each file of a release when it was published, by path; nothing where that is not on record."""
    manifest = release.folder / "MANIFEST.sha256"
    if not manifest.is_file():
        return {}
    parted = (line.partition("  ") for line in manifest.read_text("utf-8", "replace").splitlines())
    return {name: digest for digest, _, name in parted}


def broken_files(release: Release) -> list[str]:
    """Files of a release that are missing, changed or not in its manifest."""
    listed = sealed(release)
    there = _files(release.folder)
    changed = [name for name, path in there.items() if listed.get(name) != fingerprints.of_file(path)]
    return sorted({*changed, *(set(listed) - set(there))})


def _seal(building: Path) -> None:
    found, manifest = _files(building), building / "MANIFEST.sha256"
    manifest.write_text("".join(f"{fingerprints.of_file(path)}  {name}\n" for name, path in found.items()), "utf-8")
    for path in [*found.values(), manifest]:
        _sync(path)
    _sync(building)


def _files(folder: Path) -> dict[str, Path]:
    """The files of a release but its manifest, by name from its folder, in the order of the names."""
    paths = [Path(place, name) for place, _, names in os.walk(folder) for name in names if name != "MANIFEST.sha256"]
    found = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    return dict(sorted(found.items()))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
