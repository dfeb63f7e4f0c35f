"""The steps, in order, and the run that walks them: receive, sources, release, site. Imports no Dagster.

What each step makes is in `steps`, the only list of them; how a release is built of the tables is in `publishing`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import (
    arrivals,
    computing,
    fates,
    fingerprints,
    handover,
    kept,
    landing,
    ledger,
    looking,
    publishing,
    release,
    results,
    said,
    storing,
    warehouse,
)
from orchestration.calibration import stored
from orchestration.computing import Job
from orchestration.garbage import seldom_collected
from orchestration.handover import Network
from orchestration.landing import Taken
from orchestration.lock import one_run_at_a_time
from orchestration.publishing import Made
from orchestration.reading import Reader
from orchestration.report import BlockedByChecks, Report
from orchestration.secret import key_of
from orchestration.settings import (
    MOST_FAILED_SOURCES,
    MOST_QUARANTINED,
    ConfigurationError,
    Home,
    Policy,
    read_policy,
)
from orchestration.steps import STEPS
from orchestration.warehouse import COUNTED, Warehouse
from schemas import aliases, claims, evidence, vocabulary
from schemas.claims import Claim
from schemas.contract_reading import read_contract
from schemas.delivery_contract import ContractError, DeliveryContract
from schemas.study_rows import Study
from schemas.tables import PUBLIC_TABLES
from schemas.vocabulary import Vocabulary
from transforms import changes
from transforms.matching import plan as asked_for


@dataclass(frozen=True)
class Setting:
    """Everything that a run needs besides the deliveries."""

    home: Home
    policy: Policy
    vocabulary: Vocabulary
    evidence: Mapping[str, Study]
    claims: Mapping[str, Claim]
    contracts: Mapping[str, DeliveryContract]
    key: bytes

    @classmethod
    def of(cls, home: Home) -> "Setting":
        """Reads words, evidence, contracts, policy and key; raises where one of them cannot be used."""
        words = vocabulary.load(home.vocabulary)
        contracts = {path.stem: read_contract(path, words) for path in _contracts(home)}
        for name, contract in contracts.items():
            if contract.source != name:
                raise ContractError(
                    f"{name}.toml: clinic: found {contract.source!r}; expected {name!r}, the file's name"
                )
        studies = evidence.load(evidence.packaged(), words)
        audited = claims.load(evidence.packaged() / claims.FOLDER, studies)
        return cls(home, read_policy(home), words, studies, audited, contracts, key_of(home))

    @cached_property
    def plan(self) -> pl.DataFrame:
        """Which populations studies ask to be counted."""
        return asked_for(self.evidence, self.vocabulary)


def _contracts(home: Home) -> list[Path]:
    """The files of the home's contracts; raises `ConfigurationError` where all are gone that the last run had."""
    found = sorted(path for path in home.contracts.iterdir() if path.suffix == ".toml")
    if not found and (before := handover.left(home, "sources").get("sources", [])):
        raise ConfigurationError(
            f"contracts/: found none; expected those of the {len(before)} source(s) that the last run had. Put the "
            "folder back. To give all clinics up, begin another home"
        )
    return found


def run(
    home: Home, *, only: str | None = None, force: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Report:
    """One pass: receive, compute what is stale, publish. Raises where nothing may be published; says nothing of values.

    `only` restricts computing to one source; `force` computes again what is there. A run that finds nothing new
    looks at the landing folder and at its inputs' names, and no further.
    """
    home.prepare()
    with one_run_at_a_time(home), seldom_collected():
        seen = looking.look(home)
        if not force and only is None and looking.nothing_new(home, seen):
            now = release.current(home)
            return Report(release=now.id if now else "", index=str(now.index) if now else "", looked_only=True)
        tell("receiving files")
        taken = receive(home, seen)
        setting = Setting.of(home)
        tell(f"reading {len(taken.new)} new file(s)")
        again = [aliases.told(source) for source in taken.again]
        report = Report(len(taken.new), again, arrivals.told(taken.left), taken.unreadable)
        network = update_sources(setting, report, only=only, force=force, tell=tell)
        tell("comparing with published figures")
        tables = network_tables(setting, network)
        publishing.build_release(home, tables)
        public = {name: tables[name] for name in PUBLIC_TABLES}
        del network, tables  # the site sees nothing exact, and a large network's counts are large
        tell("publishing")
        publishing.publish_release(home, report, public)
        return report


def receive(home: Home, seen: Mapping[str, str] | None = None) -> Taken:
    """What is new, in the vault and the ledger, and what is not taken; what arrives meanwhile is for the next run.

    Where a file waits or cannot be read, the next run looks again, whether or not anything has changed by then. `seen`
    is what `looking.look` has just found, if somebody has looked.
    """
    seen = looking.look(home) if seen is None else seen
    said.prove(home, looking.decisions_before(home))
    taken = landing.take(home, settled_seconds=read_policy(home).settled_seconds)
    handover.leave(home, "receive", {"seen": {} if taken.look_again else seen})
    return taken


# --- sources ------------------------------------------------------------------------------------------------


def update_sources(
    setting: Setting,
    report: Report,
    *,
    only: str | None = None,
    force: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Network:
    """Reads what is unread, computes what is stale, commits once; raises `BlockedByChecks` if too many sources fail."""
    _refuse_unknown(only, setting.contracts)
    if force and only is None:
        kept.forget(setting.home)
    reader = Reader(setting.home, setting.vocabulary, setting.key)
    received = ledger.namings(setting.home)
    active, became = fates.read_active(reader, setting.contracts, received)
    jobs = computing.jobs_of(setting.contracts, active, setting.vocabulary, setting.plan)
    now = {job.source.name: job.inputs for job in jobs}
    beside = results.stored_beside(setting.home, reader.withdrawn, now)
    stale = [job for job in jobs if _wanted(setting.home, job, only, force or job.source.name in beside)]
    tell(f"computing {len(stale)} of {len(jobs)} source(s)")
    made, why = computing.update(setting.home, jobs, stale, setting.vocabulary, setting.plan)
    _refuse_if_many(why, jobs)
    failed = list(why)
    known = {job.source.name: job for job in jobs}
    if force and only is None:
        warehouse.forget(setting.home)
    exact, report.mended = storing.stored(setting.home, setting.vocabulary, active, made, became)
    results.prune(setting.home, list(made.values()))
    reader.prune((one, setting.contracts[one.source]) for one in received if one.source in setting.contracts)
    report.computed = [job.source.name for job in stale if job.source.name not in failed]
    report.failed = failed
    report.refused, report.held = fates.told(became, "rejected"), fates.told(became, "held")
    report.lines = sum(one["lines"] for one in became)
    report.quarantined = sum(one["quarantined"] for one in became)
    made_from = {name: made[name].inputs for name in sorted(made)}
    network = Network([known[name].source for name in made_from], became, failed, made_from, exact)
    seen = {} if only or failed else handover.left(setting.home, "receive").get("seen", {})
    handover.leave_network(setting.home, network, made_with=_made_with(setting), seen=seen)
    return network


def _refuse_unknown(only: str | None, contracts: Mapping[str, DeliveryContract]) -> None:
    if only is not None and only not in contracts:
        known = ", ".join(sorted(contracts)) or "none"
        raise ConfigurationError(f"only: found {only!r}; expected a source that has a contract: {known}")


def _wanted(home: Home, job: Job, only: str | None, force: bool) -> bool:
    if only is not None and job.source.name != only:
        return False
    return force or computing.is_stale(home, job)


def _refuse_if_many(failed: Mapping[str, str], jobs: Sequence[Job]) -> None:
    if len(failed) > MOST_FAILED_SOURCES * len(jobs):
        reasons = "; ".join(f"{name}: {why}" for name, why in failed.items())
        raise BlockedByChecks(
            f"{len(failed)} of {len(jobs)} sources could not be computed, more than {MOST_FAILED_SOURCES:.0%}: "
            f"{reasons}. Nothing was published; the last release stands."
        )


def _made_with(setting: Setting) -> str:
    plan, code = fingerprints.of_frame(setting.plan), fingerprints.code_of("schemas", "transforms")
    return fingerprints.of_values([setting.vocabulary.fingerprint, plan, code])


def stored_network(setting: Setting) -> Network:
    """The network as the last `update_sources` left it; raises `OutOfOrder` if there is none, or of other inputs."""
    exact = {table.NAME: table.empty() for table in COUNTED}
    if setting.home.warehouse.is_file():
        with Warehouse.reading(setting.home) as there:
            exact = {table.NAME: there.rows(table) for table in COUNTED}
    return handover.left_network(setting.home, setting.contracts, exact, made_with=_made_with(setting))


# --- network ------------------------------------------------------------------------------------------------


def network_tables(setting: Setting, network: Network) -> Made:
    """Every public table, made step by step from exact counts, evidence and the fate of deliveries."""
    inputs: dict[str, Any] = {
        "vocabulary": setting.vocabulary,
        "evidence": setting.evidence,
        "popular": setting.claims,
        "margin": setting.policy.margin,
        "margin_fixed_on": setting.policy.margin_fixed_on,
        "sources": network.sources,
        "received": network.received,
        "failed_sources": network.failed,
        "most_quarantined": MOST_QUARANTINED,
        "calibrated": stored.read(setting.home),
        "verum_version": _version(),
        "flow": [{"name": one.name, "scope": one.scope, "tables": one.tables, "inputs": one.inputs} for one in STEPS],
    }
    inputs["previous_release"], inputs["previous"] = release.last_tables(
        setting.home, changes.COMPARED, changes.OF_WHICH
    )
    made: dict[str, pl.DataFrame] = dict(network.exact)
    shelf = kept.Shelf(setting.home, network.results, kept.names_of(inputs), made)
    for step in STEPS:
        if step.scope == "network":
            made[step.name] = shelf.table(step, {name: inputs[name] for name in step.inputs})
    kept.prune(setting.home, shelf.steps)
    return Made(made, shelf.digests)


def _version() -> str:
    try:
        return version("verum")
    except PackageNotFoundError:
        return "unpackaged"
