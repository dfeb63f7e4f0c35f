"""What Dagster shows: every table with lineage, columns and checks, and the very release that `verum run` publishes."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from orchestration import assets, fingerprints, pipeline, release, telling
from orchestration.asset_checks import ELSEWHERE, places, verdicts
from orchestration.definitions import defs
from orchestration.history import PRIVATE, PUBLIC
from orchestration.lock import one_run_at_a_time
from orchestration.settings import Home
from orchestration.steps import STEPS, Step
from schemas.checks import Checks
from schemas.tables import PUBLIC_TABLES, TABLES
from schemas.vocabulary import Vocabulary
from tests.orchestration.dagster_runs import Run, own_surroundings, run_everything, run_phase, site_of
from tests.orchestration.small_network import alder_lines, write_small_network
from transforms import disclosure

GRAPH = defs.resolve_asset_graph()
NO_TABLES = {"vault", "source", "site"}
SHOWN_ONLY = {"responses", "source"}


@dataclass(frozen=True)
class Twins:
    """The same files in two homes: one run by hand, one by Dagster."""

    by_hand: Home
    by_dagster: Home
    run: Run
    instance: dg.DagsterInstance


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp("twins")
    homes = Home.at(folder / "by-hand"), Home.at(folder / "by-dagster")
    for home in homes:
        write_small_network(home.root)
    with own_surroundings(folder), dg.DagsterInstance.ephemeral() as instance:
        pipeline.run(homes[0])
        run = run_everything(homes[1], instance)
        yield Twins(*homes, run, instance)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with own_surroundings(tmp_path):
        write_small_network(tmp_path / "home")
        yield Home.at(tmp_path / "home")


@pytest.fixture
def published(twins: Twins, tmp_path: Path) -> Home:
    """A copy of a home that has a release, under the same key."""
    shutil.copytree(twins.by_hand.root, tmp_path / "published", symlinks=True)
    return Home.at(tmp_path / "published")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as forgotten:
        yield forgotten


# --- what is listed -----------------------------------------------------------------------------------------


def test_the_keys_are_the_tables_of_the_steps_and_vault_source_and_site() -> None:
    keys = {key.to_user_string() for key in GRAPH.get_all_asset_keys()}
    assert keys == {step.name for step in STEPS} | NO_TABLES


def test_everything_can_be_materialised_but_what_is_not_stored_or_told_by_partition() -> None:
    assert {key.to_user_string() for key in GRAPH.materializable_asset_keys} == (
        {step.name for step in STEPS} | NO_TABLES
    ) - SHOWN_ONLY


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_table_comes_from_the_tables_of_its_step(step: Step) -> None:
    upstream = {key.to_user_string() for key in GRAPH.get(dg.AssetKey(step.name)).parent_keys}
    assert set(step.tables) <= upstream or step.scope == "delivery"
    assert upstream - set(step.tables) <= {"vault", *assets.MADE_FROM.values()}


def test_the_site_comes_from_every_public_table() -> None:
    assert {key.to_user_string() for key in GRAPH.get(dg.AssetKey("site")).parent_keys} == set(PUBLIC_TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_what_a_row_is_and_every_column_with_its_meaning(name: str) -> None:
    node = GRAPH.get(dg.AssetKey(name))
    shown = node.metadata["dagster/column_schema"].columns
    assert (node.description or "").startswith(TABLES[name].grain())
    assert {one.name: one.description for one in shown} == {
        name: column.description for name, column in TABLES[name].columns().items()
    }
    assert re.fullmatch("[0-9a-f]{12}", node.code_version or "")


def test_the_columns_show_what_they_promise() -> None:
    shown = {column.name: column for column in telling.column_schema(TABLES["comparisons"]).columns}
    assert "one of: A, B, C, D, R" in shown["grade"].constraints.other
    assert not shown["grade"].constraints.nullable
    assert shown["difference"].constraints.nullable


def test_steps_run_in_one_process_and_the_site_has_to_be_fresh() -> None:
    assert defs.executor is dg.in_process_executor
    assert GRAPH.get(dg.AssetKey("site")).freshness_policy == dg.FreshnessPolicy.time_window(
        assets.TOO_LATE, assets.LATE
    )


def test_the_run_is_started_by_the_landing_folder_and_once_a_month() -> None:
    repository = defs.get_repository_def()
    assert repository.get_sensor_def("landing").default_status == dg.DefaultSensorStatus.RUNNING
    monthly = repository.get_schedule_def("monthly")
    assert (monthly.cron_schedule, monthly.job_name) == ("0 5 1 * *", "everything")
    assert monthly.default_status == dg.DefaultScheduleStatus.RUNNING


# --- a run --------------------------------------------------------------------------------------------------


def test_dagster_publishes_the_release_that_a_run_by_hand_publishes(twins: Twins) -> None:
    assert twins.run.success
    ours, theirs = release.current(twins.by_hand), release.current(twins.by_dagster)
    assert ours is not None
    assert theirs is not None
    assert ours.id == theirs.id
    assert site_of(twins.by_hand) == site_of(twins.by_dagster)
    assert "index.html" in site_of(twins.by_dagster)


def test_the_release_holds_results_of_the_small_network(twins: Twins) -> None:
    counts = _marts(twins.by_dagster, "released_counts").filter(source="alder", definition="gerac-response")
    assert counts.filter(population="everyone", period_kind="all")["responders"].to_list() == [25]


def test_every_table_is_told_with_its_number_of_rows(twins: Twins) -> None:
    told = {
        name: facts["dagster/row_count"] for (name, part), facts in twins.run.materialised.items() if name in TABLES
    }
    assert set(told) == set(PUBLIC) | set(PRIVATE)
    assert {name: told[name] for name in PUBLIC} == {name: _marts(twins.by_dagster, name).height for name in PUBLIC}
    assert told["episodes"] == 48 + 5
    assert told["readings"] == 176 + 2 + 9  # two scores for each visit of alder, two faulty lines, birch's nine visits


def test_only_public_tables_have_a_preview(twins: Twins) -> None:
    previewed = {name for (name, _), facts in twins.run.materialised.items() if "preview" in facts}
    assert previewed == set(PUBLIC_TABLES)
    shown = twins.run.materialised["cohorts", None]["preview"]
    assert shown.splitlines()[0].startswith("| source ")
    assert "| Alder Practice |" in shown


@pytest.mark.parametrize("name", sorted(set(TABLES) - set(PUBLIC_TABLES)))
def test_a_preview_of_a_private_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a private table has no preview"):
        telling.preview(TABLES[name], TABLES[name].empty())


def test_a_preview_shows_five_rows_and_cells_cannot_break_it() -> None:
    rows = [{"key": f"{place}|{'x' * 90}", "value": "a"} for place in range(9)]
    shown = telling.preview(TABLES["release_notes"], pl.DataFrame(rows))["preview"].value
    lines = str(shown).splitlines()
    assert len(lines) == 2 + telling.PREVIEWED_ROWS
    assert {line.count("|") for line in lines} == {3}
    assert "x" * 61 not in str(shown)


def test_nothing_else_is_told_but_numbers_hashes_and_declared_words(twins: Twins) -> None:
    endings = {one.value for one in telling.Ending}
    for facts in twins.run.materialised.values():
        for name, value in facts.items():
            text = isinstance(value, str) and not telling.HASH.fullmatch(value) and value not in endings
            assert not text or name in ("preview", "page")


def test_free_text_is_no_hash() -> None:
    with pytest.raises(ValueError, match="not a hash"):
        telling.hashes(release="Mrs Example, born 1950")


def test_each_source_is_told_as_a_partition_with_its_rows(twins: Twins) -> None:
    told = {part: facts for (name, part), facts in twins.run.materialised.items() if name == "source"}
    assert sorted(twins.instance.get_dynamic_partitions("sources")) == ["alder", "birch"]
    assert {part: facts["episodes"] for part, facts in told.items()} == {"alder": 48, "birch": 5}


def test_every_verdict_is_reported_once_and_by_its_judge(twins: Twins) -> None:
    table = _marts(twins.by_dagster, "checks")
    assert set(twins.run.checks) == set(places())
    counted = [_statuses(one) for one in twins.run.checks.values()]
    assert {name: sum(one[name] for one in counted) for name in counted[0]} == {
        name: table.filter(status=name.replace("_", " ")).height for name in counted[0]
    }
    assert not [name for name, one in twins.run.checks.items() if not one.passed and name != ("deliveries", "reader")]
    refused = twins.run.checks["deliveries", "reader"]
    assert (refused.passed, refused.severity, _statuses(refused)["failed"]) == (False, dg.AssetCheckSeverity.WARN, 1)


def test_a_judge_whom_nobody_announced_is_heard() -> None:
    row = {
        "check_id": "a", "judge": "a newcomer", "object": "comparisons", "severity": "blocks", "status": "failed",
        "rows": 1, "threshold": "", "sentence": "",
    }  # fmt: skip
    found = {(one.table, one.judge): one for one in verdicts(pl.DataFrame([row], schema=Checks.schema()))}
    assert found[ELSEWHERE].blocking == 1
    assert found[ELSEWHERE].severity == dg.AssetCheckSeverity.ERROR
    assert sum(sum(one.by_status.values()) for one in found.values()) == 1


# --- again, less, more, alone -------------------------------------------------------------------------------


def test_a_second_run_computes_nothing_and_the_release_stands(twins: Twins) -> None:
    second = run_everything(twins.by_dagster, twins.instance)
    assert twins.run.materialised["site", None]["ending"] == telling.Ending.PUBLISHED
    assert second.materialised["site", None]["ending"] == telling.Ending.STANDS
    assert (twins.run.materialised["vault", None]["new"], second.materialised["vault", None]["new"]) == (3, 0)
    assert not [name for name, part in second.materialised if name == "source"]


def test_one_source_can_be_computed_again_from_the_launchpad(twins: Twins) -> None:
    again = run_everything(twins.by_dagster, twins.instance, only="birch", force=True)
    assert [part for name, part in again.materialised if name == "source"] == ["birch"]
    assert again.materialised["site", None]["release"] == twins.run.materialised["site", None]["release"]


def test_a_source_that_is_not_known_is_named_with_those_that_are(home: Home, instance: dg.DagsterInstance) -> None:
    run = run_everything(home, instance, only="brich")
    assert not run.success
    assert "found 'brich'; expected a source that has a contract: alder, birch" in run.failures[0]


def test_the_four_assets_give_the_same_release_when_run_alone(
    home: Home, instance: dg.DagsterInstance, twins: Twins
) -> None:
    for phase in (assets.receive, assets.sources, assets.release_tables, assets.site):
        assert run_phase(home, instance, phase).success
    assert site_of(home) == site_of(twins.by_hand)


def test_the_site_alone_says_what_it_waits_for(home: Home, instance: dg.DagsterInstance) -> None:
    (said,) = run_phase(home, instance, assets.site).failures
    assert "No release is waiting for its site. Build the release first, or run everything." in said


def test_a_newcomer_with_an_empty_home_is_told_where_files_belong(
    tmp_path: Path, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    with own_surroundings(tmp_path):
        run = run_everything(Home.at(tmp_path / "home"), instance)
    assert run.success
    assert "Nothing has ever been delivered. Put a clinic's files into landing/" in capfd.readouterr().err
    assert run.materialised["studies", None]["dagster/row_count"] > 0


# --- what may not happen ------------------------------------------------------------------------------------


def _with_a_small_count(released_counts: pl.DataFrame) -> pl.DataFrame:
    return released_counts.with_columns(responders=pl.when(pl.col("status") == "ok").then(3).cast(pl.Int32))


def test_a_blocking_check_stops_the_swap_and_the_last_release_is_untouched(
    published: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, named = _all_files(published.releases), published.current.readlink()

    def released_counts(counts: pl.DataFrame, *, vocabulary: Vocabulary) -> pl.DataFrame:
        return _with_a_small_count(disclosure.released_counts(counts, vocabulary=vocabulary))

    faulty = [Step(released_counts, "network") if step.name == "released_counts" else step for step in STEPS]
    monkeypatch.setattr(pipeline, "STEPS", tuple(faulty))
    (published.landing / "alder" / "november.csv").write_text(alder_lines(better=30), "utf-8")
    run = run_everything(published, instance)
    assert not run.success
    verdict = run.checks["released_counts", "release"]
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "no_small_count on released_counts" in run.failures[0]
    assert "released_counts" not in {name for name, _ in run.materialised}
    assert (_all_files(published.releases), published.current.readlink()) == (before, named)


def test_a_library_s_message_never_reaches_the_history(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("conversion failed for value PATIENT-4711")

    monkeypatch.setattr(pipeline, "network_tables", refuses)
    run = run_everything(home, instance)
    records = instance.all_logs(instance.get_runs()[0].run_id)
    said = capfd.readouterr()
    assert "ComputeError at test_dagster_assets.py, line " in run.failures[0]
    assert "PATIENT-4711" not in "".join([*map(str, records), *map(str, run.events), said.out, said.err])


def test_a_run_waits_while_another_is_active(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SECONDS_BETWEEN", 0)
    monkeypatch.setattr(telling, "RETRIES_WHILE_BUSY", 2)
    home.prepare()
    with one_run_at_a_time(home):
        run = run_phase(home, instance, assets.receive)
    assert not run.success
    assert len([event for event in run.events if event.is_step_up_for_retry]) == 2
    assert run_phase(home, instance, assets.receive).success


def _marts(home: Home, name: str) -> pl.DataFrame:
    with duckdb.connect(str(home.current.resolve() / "marts.duckdb"), read_only=True) as connection:
        found: pl.DataFrame = connection.sql(f'SELECT * FROM "{name}"').pl()
        return found


def _statuses(one: dg.AssetCheckEvaluation) -> dict[str, int]:
    return {name: int(str(told.value)) for name, told in one.metadata.items() if name != "failed_and_blocking"}


def _all_files(folder: Path) -> dict[str, str]:
    return {str(path): fingerprints.of_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}
