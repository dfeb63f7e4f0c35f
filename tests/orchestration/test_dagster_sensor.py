"""The landing sensor: waits until files have settled, asks once, and tells Dagster of runs made by hand."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from orchestration import pipeline
from orchestration.history import PRIVATE, PUBLIC
from orchestration.resources import HomeResource
from orchestration.sensors import landing
from orchestration.settings import Home
from tests.orchestration.dagster_runs import Run, own_surroundings, run_everything
from tests.orchestration.small_network import alder_lines, write_small_network


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as forgotten:
        yield forgotten


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with own_surroundings(tmp_path):
        write_small_network(tmp_path / "home")
        yield Home.at(tmp_path / "home")


@dataclass(frozen=True)
class Finished:
    """A home that Dagster's own run has finished, and Dagster's history of it."""

    home: Home
    instance: dg.DagsterInstance
    run: Run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("finished")
    home = Home.at(folder / "home")
    write_small_network(home.root)
    with own_surroundings(folder), dg.DagsterInstance.ephemeral() as instance:
        yield Finished(home, instance, run_everything(home, instance))


def _look(home: Home, instance: dg.DagsterInstance, last: dg.SensorResult | None = None) -> dg.SensorResult:
    """One look of the sensor."""
    cursor = last.cursor if last else None
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"home": HomeResource(root=str(home.root))}
    ) as context:
        found = landing(context)
    assert isinstance(found, dg.SensorResult)
    return found


def _asked(found: dg.SensorResult) -> list[str | None]:
    return [request.run_key for request in found.run_requests or []]


def _why_not(found: dg.SensorResult) -> str:
    assert isinstance(found.skip_reason, dg.SkipReason)
    return str(found.skip_reason.skip_message)


def test_a_run_is_asked_for_once_files_have_settled(home: Home, instance: dg.DagsterInstance) -> None:
    first = _look(home, instance)
    (home.landing / "alder" / "second.csv").write_text(alder_lines(better=30), "utf-8")
    second = _look(home, instance, first)
    third = _look(home, instance, second)
    assert (_asked(first), _asked(second)) == ([], [])
    assert "landing" in _why_not(second)
    assert len(_asked(third)) == 1


def test_a_run_that_failed_is_not_asked_for_again_until_something_changes(
    home: Home, instance: dg.DagsterInstance
) -> None:
    first = _look(home, instance)
    second, third = _look(home, instance, first), _look(home, instance, first)
    assert _asked(second) == _asked(third)  # Dagster starts one run for each key
    (home.contracts / "cedar.toml").write_text("", "utf-8")
    fourth = _look(home, instance, _look(home, instance, third))
    assert _asked(fourth)
    assert _asked(fourth) != _asked(third)


def test_the_same_files_again_are_a_new_question_after_a_finished_run(home: Home, instance: dg.DagsterInstance) -> None:
    contract = home.contracts / "alder.toml"
    before, text = _look(home, instance, _look(home, instance)), contract.read_text("utf-8")
    contract.write_text(text.replace("Alder", "Elder"), "utf-8")
    pipeline.run(home)
    contract.write_text(text, "utf-8")
    again = _look(home, instance, _look(home, instance))
    assert again.cursor == before.cursor
    assert _asked(again)
    assert _asked(again) != _asked(before)


def test_nothing_is_asked_for_after_a_run_of_dagster_s_own(finished: Finished) -> None:
    found = _look(finished.home, finished.instance, _look(finished.home, finished.instance))
    assert (_asked(found), found.asset_events, _why_not(found)) == ([], [], "Nothing new.")


def test_nothing_is_asked_for_while_a_run_is_under_way(home: Home, instance: dg.DagsterInstance) -> None:
    first = _look(home, instance)
    instance.add_run(dg.DagsterRun(job_name="everything", status=dg.DagsterRunStatus.STARTED))
    found = _look(home, instance, first)
    assert (_asked(found), _why_not(found), found.cursor) == ([], "A run is under way.", first.cursor)


def test_a_run_made_by_hand_is_told_once(home: Home, instance: dg.DagsterInstance) -> None:
    pipeline.run(home)
    told = _look(home, instance)
    for event in told.asset_events:  # as Dagster's daemon does
        instance.report_runless_asset_event(event)
    again = _look(home, instance)
    materialised = [one for one in told.asset_events if isinstance(one, dg.AssetMaterialization)]
    keys = {one.asset_key.to_user_string() for one in materialised}
    assert keys == {*PUBLIC, *PRIVATE, "vault", "source", "site"}
    assert sorted(str(one.partition) for one in materialised if one.partition) == ["alder", "birch"]
    assert [one for one in told.asset_events if isinstance(one, dg.AssetCheckEvaluation)]
    (request,) = told.dynamic_partitions_requests or []
    assert sorted(request.partition_keys) == ["alder", "birch"]
    assert (again.asset_events, again.dynamic_partitions_requests) == ([], [])


def test_what_a_run_by_hand_tells_is_what_dagster_s_own_run_tells(
    finished: Finished, instance: dg.DagsterInstance
) -> None:
    events = _look(finished.home, instance).asset_events
    by_hand = [one for one in events if isinstance(one, dg.AssetMaterialization)]
    assert len(by_hand) == len(finished.run.materialised)
    for one in by_hand:
        facts = dict(finished.run.materialised[one.asset_key.to_user_string(), one.partition])
        facts.pop("new", None)
        assert {name: value.value for name, value in one.metadata.items()} == facts


def test_only_the_source_that_was_computed_by_hand_is_told(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.home.root, tmp_path / "home", symlinks=True)
    home = Home.at(tmp_path / "home")
    (home.landing / "alder" / "second.csv").write_text(alder_lines(better=30), "utf-8")
    pipeline.run(home)
    told = [one for one in _look(home, finished.instance).asset_events if isinstance(one, dg.AssetMaterialization)]
    assert [one.partition for one in told if one.partition] == ["alder"]
    assert "site" in {one.asset_key.to_user_string() for one in told}
