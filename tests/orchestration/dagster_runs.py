"""Runs of Dagster's job in this process, on a home of the test's own, with a history that is forgotten."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.definitions import defs
from orchestration.resources import HomeResource
from orchestration.settings import Home


@contextmanager
def own_surroundings(folder: Path) -> Iterator[None]:
    """A key, and a place for Dagster's files, that belong to the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_KEY_FILE", str(folder / "key"))
        (folder / "dagster-home").mkdir(exist_ok=True)
        patch.setenv("DAGSTER_HOME", str(folder / "dagster-home"))
        yield


@dataclass(frozen=True)
class Run:
    """What a run told Dagster."""

    success: bool
    events: Sequence[dg.DagsterEvent]

    @property
    def materialised(self) -> dict[tuple[str, str | None], dict[str, Any]]:
        """The values told of each asset, or partition, that was materialised."""
        found = [
            event.step_materialization_data.materialization for event in self.events if event.is_step_materialization
        ]
        return {
            (one.asset_key.to_user_string(), one.partition): {name: told.value for name, told in one.metadata.items()}
            for one in found
        }

    @property
    def checks(self) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """The evaluations by (table, judge)."""
        found = [
            event.asset_check_evaluation_data
            for event in self.events
            if event.event_type_value == "ASSET_CHECK_EVALUATION"
        ]
        return {(one.asset_key.to_user_string(), one.check_name): one for one in found}

    @property
    def failures(self) -> list[str]:
        """What was said of each step that failed."""
        failed = [event.step_failure_data for event in self.events if event.is_step_failure]
        return [one.error.to_string() for one in failed if one.error]


def run_everything(home: Home, instance: dg.DagsterInstance, **choice: str | bool) -> Run:
    """The whole job on `home`; `choice` is what the launchpad offers."""
    config = {"ops": {"sources": {"config": choice}}} if choice else None
    with _at(home):
        job = defs.resolve_job_def("everything")
        found = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    return Run(found.success, found.all_events)


def run_phase(home: Home, instance: dg.DagsterInstance, phase: dg.AssetsDefinition) -> Run:
    """One of the four assets alone, as its button in the browser runs it."""
    with _at(home):
        found = dg.materialize([phase], instance=instance, resources={"home": HomeResource()}, raise_on_error=False)
    return Run(found.success, found.all_events)


@contextmanager
def _at(home: Home) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_HOME", str(home.root))
        yield


def site_of(home: Home) -> dict[str, bytes]:
    """Every file of the site that readers see."""
    folder = home.current.resolve() / "site"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
