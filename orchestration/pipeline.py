"""The steps, in order, and the run that walks them: receive, sources, release, site. Imports no Dagster.

`STEPS` is the only list: Dagster's assets, lineage and column schemas are made from it.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import polars as pl

from orchestration import computing, landing, looking, release
from orchestration.computing import Job, Result
from orchestration.landing import Delivery
from orchestration.lock import one_run_at_a_time
from orchestration.reading import Reader, Reading
from orchestration.secret import key_of
from orchestration.settings import MOST_FAILED_SOURCES, MOST_QUARANTINED, Home, Policy, read_policy
from orchestration.warehouse import Warehouse, ledger_rows
from schemas import evidence, vocabulary
from schemas.delivery_contract import ContractError, DeliveryContract, read_contract
from schemas.sources import Source
from schemas.study_rows import Study
from schemas.vocabulary import Vocabulary
from transforms import (
    checks,
    comparability_facts,
    comparisons,
    counts,
    disclosure,
    episodes,
    labels,
    ledger,
    observed_rates,
    outcomes,
    published_rates,
    readings,
    responses,
)
from transforms.matching import plan as asked_for

Scope = Literal["delivery", "source", "network"]


@dataclass(frozen=True)
class Step:
    """One table: the function that makes it, over what, and whether it is stored.

    The function's positional parameters are its upstream tables, its keyword-only ones its other inputs.
    """

    make: Callable[..., Any]
    scope: Scope
    stored: bool = True

    @property
    def name(self) -> str:
        """The table's name: that of the function."""
        return self.make.__name__

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the upstream tables, read from the signature."""
        return self._parameters(inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the other inputs, read from the signature."""
        return self._parameters(inspect.Parameter.KEYWORD_ONLY)

    def _parameters(self, kind: Any) -> tuple[str, ...]:
        return tuple(name for name, one in inspect.signature(self.make).parameters.items() if one.kind is kind)


STEPS: tuple[Step, ...] = (
    Step(readings.readings, "delivery"),
    Step(episodes.episodes, "source"),
    Step(outcomes.outcomes, "source"),
    Step(responses.responses, "source", stored=False),
    Step(counts.counts, "source"),
    Step(ledger.deliveries, "network"),
    Step(ledger.rejections, "network"),
    Step(labels.cohorts, "network"),
    Step(labels.definitions, "network"),
    Step(labels.endpoints, "network"),
    Step(labels.instruments, "network"),
    Step(labels.populations, "network"),
    Step(published_rates.studies, "network"),
    Step(published_rates.arms, "network"),
    Step(published_rates.published_rates, "network"),
    Step(disclosure.released_counts, "network"),
    Step(observed_rates.observed_rates, "network"),
    Step(comparability_facts.comparability, "network"),
    Step(comparisons.comparisons, "network"),
    Step(checks.checks, "network"),
    Step(labels.release_notes, "network"),
)


class BlockedByChecks(Exception):
    """A blocking check failed: nothing was published (exit 4)."""


@dataclass
class Report:
    """What a run did, for people and for `--json`."""

    received: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lines: int = 0
    quarantined: int = 0
    release: str = ""
    published: bool = False
    index: str = ""
    looked_only: bool = False


@dataclass(frozen=True)
class Setting:
    """Everything that a run needs besides the deliveries."""

    home: Home
    policy: Policy
    vocabulary: Vocabulary
    evidence: Mapping[str, Study]
    contracts: Mapping[str, DeliveryContract]
    key: bytes

    @classmethod
    def of(cls, home: Home) -> "Setting":
        """Reads words, evidence, contracts, policy and key; raises where one of them cannot be used."""
        words = vocabulary.load(home.vocabulary)
        contracts = {path.stem: read_contract(path, words) for path in sorted(home.contracts.glob("*.toml"))}
        for name, contract in contracts.items():
            if contract.source != name:
                raise ContractError(
                    f"{name}.toml: clinic: found {contract.source!r}; expected {name!r}, the file's name"
                )
        return cls(home, read_policy(home), words, evidence.load(evidence.packaged(), words), contracts, key_of(home))

    @property
    def plan(self) -> pl.DataFrame:
        """Which populations studies ask to be counted."""
        return asked_for(self.evidence, self.vocabulary)


def run(
    home: Home, *, only: str | None = None, force: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Report:
    """One pass: receive, compute what is stale, publish. Raises where nothing may be published; says nothing of values.

    `only` restricts computing to one source; `force` computes again what is there. A run that finds nothing new
    looks at the landing folder and at its inputs' names, and no further.
    """
    home.prepare()
    with one_run_at_a_time(home):
        if not force and only is None and looking.nothing_new(home):
            now = release.current(home)
            return Report(release=now.id if now else "", index=str(now.index) if now else "", looked_only=True)
        tell("receiving files")
        new = landing.receive(home)
        setting = Setting.of(home)
        tell(f"reading {len(new)} new file(s)")
        report = Report(received=len(new))
        network = update_sources(setting, report, only=only, force=force, tell=tell)
        tell("comparing with published figures")
        tables = network_tables(setting, network)
        tell("publishing")
        publish(setting, tables, report)
        looking.remember(home)
        return report


# --- sources ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """All sources after a run's computing: what is known of each, every delivery's fate, and exact counts."""

    sources: Sequence[Source]
    received: Sequence[Mapping[str, Any]]
    counts: pl.DataFrame
    failed: Sequence[str]


def update_sources(
    setting: Setting,
    report: Report,
    *,
    only: str | None = None,
    force: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Network:
    """Reads what is unread, computes what is stale, commits once; raises `BlockedByChecks` if too many sources fail."""
    by_source: dict[str, list[Delivery]] = {name: [] for name in setting.contracts}
    for delivery in landing.ledger(setting.home):
        by_source.setdefault(delivery.source, []).append(delivery)
    active, fates = _read_active(setting, by_source)
    jobs = [
        computing.job_of(
            Source(setting.contracts[name], computing.data_to(found)), found, setting.vocabulary, setting.plan
        )
        for name, found in active.items()
    ]
    stale = [job for job in jobs if _wanted(setting.home, job, only, force)]
    tell(f"computing {len(stale)} of {len(jobs)} source(s)")
    results, failed = _computed(setting, jobs, stale)
    _refuse_if_many(failed, jobs)
    known = {job.source.name: job for job in jobs}
    with Warehouse.writing(setting.home) as warehouse:
        warehouse.store_counts({name: result.folder for name, result in results.items()}, list(results))
        _commit(warehouse, setting, active, results, fates)
        counted = warehouse.counts()
    report.computed = [job.source.name for job in stale if job.source.name not in failed]
    report.failed = failed
    report.refused = [(one["source"], one["delivery"], one["explanation"]) for one in fates if one["refusal"]]
    report.lines = sum(one["lines"] for one in fates)
    report.quarantined = sum(one["quarantined"] for one in fates)
    return Network([known[name].source for name in sorted(results)], fates, counted, failed)


def _wanted(home: Home, job: Job, only: str | None, force: bool) -> bool:
    if only is not None and job.source.name != only:
        return False
    return force or computing.is_stale(home, job)


def _read_active(
    setting: Setting, by_source: Mapping[str, Sequence[Delivery]]
) -> tuple[dict[str, list[Reading]], list[dict[str, Any]]]:
    """The readings that speak for each source now, and the fate of every delivery."""
    reader = Reader(setting.home, setting.vocabulary, setting.key)
    latest = [
        (delivery, setting.contracts[source])
        for source, deliveries in by_source.items()
        if source in setting.contracts
        for delivery in deliveries
    ]
    read = {(one.source, one.delivery): one for one in reader.read(latest)}
    active: dict[str, list[Reading]] = {}
    fates: list[dict[str, Any]] = []
    for source, deliveries in sorted(by_source.items()):
        contract = setting.contracts.get(source)
        found = [(delivery, read.get((source, delivery.id))) for delivery in deliveries]
        chosen = (
            _active(contract, [reading for _, reading in found if reading and not reading.refusal]) if contract else []
        )
        if chosen:
            active[source] = chosen
        fates += [_fate(delivery, reading, contract, chosen) for delivery, reading in found]
    return active, fates


def _active(contract: DeliveryContract, accepted: Sequence[Reading]) -> list[Reading]:
    """Which accepted deliveries are not superseded, as the contract's `covers` says."""
    if contract.covers == "additions":
        return list(accepted)
    if contract.covers == "period":
        return list(
            {
                reading.data_to and (reading.data_to.year, reading.data_to.month): reading for reading in accepted
            }.values()
        )
    return list(accepted[-1:])


def _fate(
    delivery: Delivery, reading: Reading | None, contract: DeliveryContract | None, active: Sequence[Reading]
) -> dict[str, Any]:
    known = reading or Reading(
        delivery.id, delivery.source, 0, refusal="no_contract",
        explanation=f"No contract for {delivery.source!r}. Add contracts/{delivery.source}.toml and run again.",
    )  # fmt: skip
    return {
        **{name: getattr(known, name) for name in Reading.__dataclass_fields__},
        "balanced": known.balanced,
        "state": _state(known, active),
        "format": contract.format if contract else "",
        "covers": contract.covers if contract else "",
        "sha256": delivery.sha256,
        "name": delivery.name,
        "size": delivery.size,
        "received_at": delivery.received_at,
    }


def _state(reading: Reading, active: Sequence[Reading]) -> str:
    if reading.refusal:
        return "rejected"
    if reading not in active:
        return "superseded"
    return "partly" if reading.quarantined else "accepted"


def _computed(setting: Setting, jobs: Sequence[Job], stale: Sequence[Job]) -> tuple[dict[str, Result], list[str]]:
    """Results of all sources; where a batch fails, its sources are tried singly and a failing one keeps its last."""
    found: dict[str, Result] = {}
    failed: list[str] = []
    try:
        found = {one.source: one for one in computing.compute(setting.home, stale, setting.vocabulary, setting.plan)}
    except (pl.exceptions.PolarsError, OSError):
        for job in stale:
            try:
                found[job.source.name] = next(computing.compute(setting.home, [job], setting.vocabulary, setting.plan))
            except (pl.exceptions.PolarsError, OSError):
                failed.append(job.source.name)
    for job in jobs:
        name = job.source.name
        if name not in found and not computing.is_stale(setting.home, job):
            found[name] = computing.load(setting.home, name, job.inputs)
        elif name in failed and (last := computing.last(setting.home, name)) is not None:
            found[name] = last
    return found, failed


def _refuse_if_many(failed: Sequence[str], jobs: Sequence[Job]) -> None:
    if len(failed) > MOST_FAILED_SOURCES * len(jobs):
        raise BlockedByChecks(
            f"{len(failed)} of {len(jobs)} sources could not be computed, more than {MOST_FAILED_SOURCES:.0%}: "
            f"{', '.join(failed)}. Nothing was published; run with --only one of them to see its error."
        )


def _commit(
    warehouse: Warehouse,
    setting: Setting,
    active: Mapping[str, Sequence[Reading]],
    results: Mapping[str, Result],
    fates: Sequence[Mapping[str, Any]],
) -> None:
    home = setting.home
    paths = {
        source: [home.readings / source / reading.folder / "readings.parquet" for reading in found]
        for source, found in active.items()
    }
    warehouse.lay_views(paths, {name: result.folder for name, result in results.items()}, setting.vocabulary)
    exact = ledger_rows(fates)
    if exact.height:
        warehouse.connection.register("_ledger", exact)
        warehouse.connection.execute("CREATE OR REPLACE TABLE ledger AS SELECT * FROM _ledger")
        warehouse.connection.unregister("_ledger")


# --- network ------------------------------------------------------------------------------------------------


def network_tables(setting: Setting, network: Network) -> dict[str, pl.DataFrame]:
    """Every public table, made step by step from exact counts, evidence and the fate of deliveries."""
    inputs: dict[str, Any] = {
        "vocabulary": setting.vocabulary,
        "evidence": setting.evidence,
        "margin": setting.policy.margin,
        "sources": network.sources,
        "received": network.received,
        "failed_sources": network.failed,
        "most_quarantined": MOST_QUARANTINED,
        "verum_version": _version(),
    }
    made: dict[str, pl.DataFrame] = {"counts": network.counts}
    for step in STEPS:
        if step.scope == "network":
            tables = {name: made[name] for name in step.tables}
            made[step.name] = step.make(**tables, **{name: inputs[name] for name in step.inputs})
    return made


def _version() -> str:
    try:
        return version("verum")
    except PackageNotFoundError:
        return "unpackaged"


def publish(setting: Setting, tables: Mapping[str, pl.DataFrame], report: Report) -> None:
    """Builds a release and swaps it in, unless the current one is the same; raises `BlockedByChecks`."""
    stopping = checks.blocking(tables["checks"])
    if stopping.height:
        about = "; ".join(f"{check} on {what}" for check, what in stopping.select("check_id", "object").iter_rows())
        raise BlockedByChecks(
            f"{stopping.height} blocking check(s) failed: {about}. The last release stands as it was."
        )
    now = release.current(setting.home)
    if now is not None and now.id == release.release_id(tables):
        report.release, report.index = now.id, str(now.index)
        return
    building = release.build_marts(setting.home, tables)
    draw_site(building)
    made = release.publish(setting.home, building)
    report.release, report.index, report.published = made.id, str(made.index), True


def draw_site(building: Any) -> None:
    """Draws the site of a release that is being built."""
    from dashboards import site  # noqa: PLC0415 - plotly and templates are needed only here

    named = json.loads((building / "release.json").read_text("utf-8"))["release"]
    site.build(building / "marts.duckdb", building / "site", named)
