"""Dagster's assets, made from `pipeline.STEPS`: four multi-assets, cut where something is stored; a table is a key.

They call the phases of `pipeline`, one after the other or each alone; nothing is computed here.
"""

import inspect
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
from pydantic import Field

from orchestration import asset_checks, fingerprints, history, ledger, pipeline, publishing, release, telling
from orchestration.garbage import seldom_collected
from orchestration.history import PRIVATE, PUBLIC, SITE, SOURCE, SOURCES, VAULT
from orchestration.lock import one_run_at_a_time
from orchestration.report import BlockedByChecks, Report
from orchestration.resources import HomeResource
from orchestration.steps import STEPS, Step
from schemas.tables import TABLES

Reported = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]

#: Tables that a network step's other inputs are taken from.
MADE_FROM = {"received": "readings", "sources": "readings", "failed_sources": "counts"}

#: Clinics send a month's data within a month (`expected_every_days` of most contracts); a week's grace, then a month's.
LATE, TOO_LATE = timedelta(days=38), timedelta(days=62)

NOTHING_LANDED = (
    "Nothing has ever been delivered. Put a clinic's files into landing/<clinic>/ and its contract into "
    "contracts/<clinic>.toml of the home, or run `verum sample` for a made-up network. What follows holds only "
    "published figures."
)


class Choice(dg.Config):
    """What the launchpad offers: a run of less, or of more, than has changed."""

    only: str | None = Field(default=None, description="Compute this source alone; the others keep their last counts.")
    force: bool = Field(default=False, description="Compute again what is there already.")


def _code(*packages: str) -> str:
    return fingerprints.code_of(*packages)[:12]


def _table(step: Step, group: str) -> dg.AssetSpec:
    table = TABLES[step.name]
    further = [MADE_FROM[name] for name in step.inputs if name in MADE_FROM and step.scope == "network"]
    upstream = [*step.tables, *further]
    return dg.AssetSpec(
        key=step.name,
        deps=list(dict.fromkeys([VAULT] if step.scope == "delivery" else upstream)),
        description=inspect.getdoc(table) if step.stored else f"{inspect.getdoc(table)}\n\n{NOT_STORED}",
        metadata={"dagster/column_schema": telling.column_schema(table)},
        group_name=group,
        code_version=_code("schemas", "transforms"),
        kinds={"polars", "duckdb" if table.PUBLIC or step.name == "counts" else "parquet"},
        tags={"reach": "public" if table.PUBLIC else "private"},
    )


NOT_STORED = "Not stored: computed on the way from outcomes to counts, and shown here for the lineage alone."

_VAULT = dg.AssetSpec(
    VAULT, group_name="receive", kinds={"file"}, tags={"reach": "private"}, code_version=_code("orchestration"),
    description="Every delivery, byte for byte, named by its SHA-256, and the ledger of their arrival.",
)  # fmt: skip
_SITE = dg.AssetSpec(
    SITE, deps=list(PUBLIC), group_name="site", kinds={"plotly", "html"}, tags={"reach": "public"},
    code_version=_code("dashboards"), freshness_policy=dg.FreshnessPolicy.time_window(TOO_LATE, LATE),
    description="The release that readers see: marts and pages, swapped in by one rename.",
)  # fmt: skip

#: Lineage that no run materialises: a table that is not stored, and one source's results, reported as a partition.
SHOWN_ONLY = [
    *(_table(step, "sources") for step in STEPS if not step.stored),
    dg.AssetSpec(
        SOURCE, deps=["counts"], partitions_def=SOURCES, group_name="sources", tags={"reach": "private"},
        kinds={"parquet"}, description="A clinic's or trial's stored result: a partition each, told when recomputed.",
    ),
]  # fmt: skip


@dg.multi_asset(name="receive", specs=[_VAULT])
def receive(context: dg.AssetExecutionContext, home: HomeResource) -> Reported:
    """Hashes what is new in the landing folder, keeps it, enters it in the ledger."""
    with telling.without_values():
        place = home.place()
        with one_run_at_a_time(place), seldom_collected():
            new = pipeline.receive(place).new
        if not ledger.received(place):
            context.log.warning(NOTHING_LANDED)
        told = history.of_vault(place)
    yield dg.MaterializeResult(asset_key=VAULT, metadata={**told, **telling.numbers(new=len(new))})


@dg.multi_asset(
    name="sources", specs=[_table(step, "sources") for step in STEPS if step.name in PRIVATE], can_subset=False
)
def sources(context: dg.AssetExecutionContext, config: Choice, home: HomeResource) -> Reported:
    """Reads what is unread, computes what is stale, commits once; reports each recomputed source as a partition."""
    with telling.without_values():
        place, report = home.place(), Report()
        with one_run_at_a_time(place), seldom_collected():
            setting = pipeline.Setting.of(place)
            network = pipeline.update_sources(
                setting, report, only=config.only, force=config.force, tell=context.log.info
            )
        context.instance.add_dynamic_partitions(str(SOURCES.name), report.computed)
        for name in report.computed:
            told = history.of_source(place, name, network.results[name])
            context.log_event(dg.AssetMaterialization(SOURCE, partition=name, metadata=told))
        rows = history.of_private_tables(place)
    for name, told in rows.items():
        yield dg.MaterializeResult(asset_key=name, metadata=told)


@dg.multi_asset(
    name="release",
    specs=[_table(step, "release") for step in STEPS if step.name in PUBLIC],
    check_specs=asset_checks.specs(),
    can_subset=False,
)
def release_tables(home: HomeResource) -> Reported:
    """Makes every public table, reports all verdicts, and stops where one of them blocks."""
    blocked: BlockedByChecks | None = None
    with telling.without_values():
        place = home.place()
        with one_run_at_a_time(place), seldom_collected():
            setting = pipeline.Setting.of(place)
            tables = pipeline.network_tables(setting, pipeline.stored_network(setting))
            try:
                publishing.build_release(place, tables)
            except BlockedByChecks as stopped:
                blocked = stopped
    yield from asset_checks.results(tables["checks"])
    with telling.without_values():
        if blocked is not None:
            raise blocked
        told = history.of_public_tables(tables)
    for name, facts in told.items():
        yield dg.MaterializeResult(asset_key=name, metadata=facts)


@dg.multi_asset(name="site", specs=[_SITE])
def site(home: HomeResource) -> Reported:
    """Draws the site of the release that was built, and swaps both in."""
    with telling.without_values():
        place, report = home.place(), Report()
        with one_run_at_a_time(place), seldom_collected():
            publishing.publish_release(place, report)
            now = release.current(place)
        ending = telling.Ending.PUBLISHED if report.published else telling.Ending.STANDS
        told = history.of_site(now, ending) if now else {}
    yield dg.MaterializeResult(asset_key=SITE, metadata=told)
