"""What Dagster's history says of a home: the same words for a run that Dagster made and for one made by hand.

It tells what lies on disk. When it is told, and by whom, is `assets` (a run) and `sensors` (a run made by hand).
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import dagster as dg
import polars as pl

from orchestration import asset_checks, fingerprints, handover, ledger, release, results, telling
from orchestration.release import Release
from orchestration.settings import Home
from orchestration.steps import STEPS
from orchestration.warehouse import Warehouse, connect
from schemas.tables import TABLES

Event: TypeAlias = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation

#: Asset keys that are no tables: kept files, one source's results as a partition, and the site.
VAULT, SOURCE, SITE = "vault", "source", "site"

#: The sources of a home, known to Dagster as they are first computed.
SOURCES = dg.DynamicPartitionsDefinition(name="sources")

#: Tables of patients and of exact counts, which are stored and never shown; and those of a release. In STEPS' order:
#: Dagster is told of a table after those that it is made from.
PRIVATE = tuple(step.name for step in STEPS if step.stored and not TABLES[step.name].PUBLIC)
PUBLIC = tuple(step.name for step in STEPS if TABLES[step.name].PUBLIC)


def of_vault(home: Home) -> telling.Told:
    """How many deliveries are kept, and how large they are together."""
    received = ledger.received(home)
    return telling.numbers(deliveries=len(received), bytes=sum(one.size for one in received))


def of_private_tables(home: Home) -> dict[str, telling.Told]:
    """The number of rows of every private table; a view without files has none."""
    with Warehouse.reading(home) as warehouse:
        run = warehouse.connection.execute
        there = {row[0] for row in run("SELECT table_name FROM information_schema.tables").fetchall()}
        rows = {name: run(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for name in there & set(PRIVATE)}
    return {name: telling.row_count(rows.get(name, 0)) for name in PRIVATE}


def of_source(home: Home, name: str, inputs: str) -> telling.Told:
    """Rows of each table of a source's result, and the hash of the inputs that name it."""
    return telling.numbers(**results.rows(home, name, inputs)) | telling.hashes(inputs=inputs)


def of_public_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, telling.Told]:
    """Rows, hash and a small preview of every table of a release that no check blocks."""
    return {
        name: telling.row_count(tables[name].height)
        | telling.hashes(rows_sha256=fingerprints.of_frame(tables[name]))
        | telling.preview(TABLES[name], tables[name])
        for name in PUBLIC
    }


def of_site(now: Release, ending: telling.Ending) -> telling.Told:
    """The release that readers see, when it was published (as a hash), and where its page is."""
    return (
        telling.words(ending=ending) | telling.hashes(release=now.id, publication=_publication(now)) | telling.page(now)
    )


# --- runs made by hand --------------------------------------------------------------------------------------


def not_yet_told(instance: dg.DagsterInstance, home: Home) -> tuple[list[Event], list[str]]:
    """What runs made by hand have done since Dagster was last told: events, and the sources that they computed."""
    computed = _sources_not_told(instance, home)
    now = release.current(home)
    published = now if now is not None and _told_of(instance, SITE).get("publication") != _publication(now) else None
    events: list[Event] = [_materialised(SOURCE, of_source(home, *one), one[0]) for one in computed.items()]
    if computed or published:
        events.append(_materialised(VAULT, of_vault(home)))
        events += [_materialised(name, told) for name, told in of_private_tables(home).items()]
    if published:
        tables = _tables_of(published)
        events += [_materialised(name, told) for name, told in of_public_tables(tables).items()]
        events += asset_checks.evaluations(tables["checks"])
        events.append(_materialised(SITE, of_site(published, telling.Ending.PUBLISHED)))
    return events, list(computed)


def _materialised(key: str, told: telling.Told, partition: str | None = None) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(key, metadata=told, partition=partition)


def _sources_not_told(instance: dg.DagsterInstance, home: Home) -> dict[str, str]:
    results = handover.left(home, "sources").get("results", {})
    return {
        name: inputs for name, inputs in results.items() if _told_of(instance, SOURCE, name).get("inputs") != inputs
    }


def _told_of(instance: dg.DagsterInstance, key: str, partition: str | None = None) -> dict[str, Any]:
    """The values last told of an asset, or of one of its partitions; empty if it was never told."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(key), asset_partitions=[partition] if partition else None)
    records = instance.fetch_materializations(wanted, limit=1).records
    last = records[0].asset_materialization if records else None
    return {name: one.value for name, one in last.metadata.items()} if last else {}


def _publication(now: Release) -> str:
    return fingerprints.of_file(now.folder / "release.json")


def _tables_of(now: Release) -> dict[str, pl.DataFrame]:
    connection = connect(now.folder / "marts.duckdb", read_only=True)
    try:
        return {name: connection.sql(f'SELECT * FROM "{name}"').pl() for name in PUBLIC}
    finally:
        connection.close()
