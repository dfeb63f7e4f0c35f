"""Public tables that are kept: read where nothing that they depend on has changed, made anew in every other case."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import kept, kept_files, parts, pipeline, release
from orchestration.handover import Network
from orchestration.kept_files import OTHERS
from orchestration.pipeline import Report, Setting
from orchestration.settings import Home
from orchestration.steps import PARTS, STEPS, Step
from tests.orchestration.small_network import ALDER, alder_lines, write_small_network

KEPT = {step.name for step in STEPS if step.kept}
ALONE = {step.name for step in STEPS if step.kept and step.alone}
Tables = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with five clinics that measure alike and one that does not."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_KEY_FILE", str(folder / "key"))
        write_small_network(folder / "home")
        home = Home.at(folder / "home")
        home.prepare()
        for place in range(4):
            joins(home, f"elder-{place}", better=20 + 3 * place)
        yield home


@pytest.fixture(autouse=True)
def nothing_kept(home: Home) -> None:
    """Each test begins without anything kept."""
    kept.forget(home)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[set[str]]]:
    """Which steps were made, and of which sources each time; it fills as steps are made."""
    seen: dict[str, list[set[str]]] = {}

    def watched(make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def made_now(**given: Any) -> Any:
            frames = [one for one in given.values() if isinstance(one, pl.DataFrame) and "source" in one.columns]
            sources = {source for one in frames for source in one["source"].unique()}
            seen.setdefault(make.__name__, []).append(sources)
            return make(**given)

        return made_now

    steps = tuple(replace(step, make=watched(step.make)) for step in STEPS)
    monkeypatch.setattr(pipeline, "STEPS", steps)
    return seen


def joins(home: Home, name: str, better: int) -> None:
    """A clinic like Alder sends its first file, or, if it was there, another one."""
    (home.contracts / f"{name}.toml").write_text(ALDER.replace("alder", name), "utf-8")
    folder = home.landing / name
    folder.mkdir(exist_ok=True)
    (folder / f"sent-{len(list(folder.iterdir()))}.csv").write_text(alder_lines(better=better), "utf-8")


def network_of(home: Home) -> tuple[Setting, Network]:
    pipeline.receive(home)
    setting = Setting.of(home)
    return setting, pipeline.update_sources(setting, Report())


def tables_of(home: Home) -> pipeline.Made:
    return pipeline.network_tables(*network_of(home))


def same(ours: Tables, theirs: Tables) -> None:
    for name in ours:
        assert_frame_equal(ours[name], theirs[name])


def anew(home: Home) -> pipeline.Made:
    """Every table, with nothing kept."""
    kept.forget(home)
    return tables_of(home)


def test_a_run_with_the_same_inputs_reads_what_is_kept_and_has_the_same_tables(
    home: Home, made: dict[str, list[set[str]]]
) -> None:
    first = tables_of(home)
    assert made.keys() >= KEPT
    made.clear()
    same(tables_of(home), first)
    assert not made.keys() & KEPT


def test_a_clinic_that_sends_again_is_made_again_and_no_other(home: Home, made: dict[str, list[set[str]]]) -> None:
    tables_of(home)
    made.clear()
    joins(home, "elder-1", better=random.Random(3).randrange(30, 60))
    ours = tables_of(home)
    assert {name: made[name] for name in ALONE} == {name: [{"elder-1"}] for name in ALONE}
    assert "findings" not in made
    assert len(made["clinic_variation"][0]) > 1  # what compares clinics is made of all of them
    same(ours, anew(home))


def test_a_clinic_that_joins_and_one_that_leaves_change_no_row_of_others(home: Home) -> None:
    tables_of(home)
    joins(home, "aspen", better=31)
    same(with_it := tables_of(home), anew(home))
    assert "aspen" in set(with_it["weighted_rates"]["source"])
    (home.contracts / "aspen.toml").unlink()
    same(without := tables_of(home), anew(home))
    assert "aspen" not in set(without["weighted_rates"]["source"])


def test_another_label_of_a_clinic_makes_its_own_rows_again(home: Home, made: dict[str, list[set[str]]]) -> None:
    tables_of(home)
    made.clear()
    contract = home.contracts / "elder-2.toml"
    contract.write_text(contract.read_text("utf-8").replace("Alder Practice", "Elder Practice"), "utf-8")
    ours = tables_of(home)
    assert made["comparability"] == [{"elder-2"}]
    same(ours, anew(home))


def test_changed_evidence_makes_again_what_depends_on_it_alone(home: Home, made: dict[str, list[set[str]]]) -> None:
    setting, network = network_of(home)
    pipeline.network_tables(setting, network)
    made.clear()
    name, study = next(iter(setting.evidence.items()))
    evidence = {**setting.evidence, name: replace(study, label=f"{study.label}, again")}
    changed = replace(setting, evidence=evidence)
    ours = pipeline.network_tables(changed, network)
    assert {"findings", "contrasts", "comparability"} <= made.keys()
    assert not {"trends", "weighted_rates", "clinic_variation", "follow_up", "standardised_rates"} & made.keys()
    kept.forget(home)
    same(ours, pipeline.network_tables(changed, network))


@pytest.mark.parametrize("changed", [{"margin": 0.15}, {"margin_fixed_on": None}])
def test_a_changed_margin_makes_again_what_rests_on_it(
    changed: dict[str, Any], home: Home, made: dict[str, list[set[str]]]
) -> None:
    setting, network = network_of(home)
    pipeline.network_tables(setting, network)
    made.clear()
    ours = pipeline.network_tables(replace(setting, policy=replace(setting.policy, **changed)), network)
    assert made.keys() & KEPT == {"comparisons", "rule_strip"}
    assert set(ours["comparisons"]["margin"]) == {changed.get("margin", setting.policy.margin)}


def test_changed_code_and_changed_words_make_everything_again(
    home: Home, made: dict[str, list[set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, network = network_of(home)
    pipeline.network_tables(setting, network)
    made.clear()
    words = replace(setting, vocabulary=replace(setting.vocabulary, fingerprint="of other words"))
    pipeline.network_tables(words, network)
    assert {"comparability", "clinic_variation"} <= made.keys()
    monkeypatch.setattr(kept, "_code", lambda: "other code")
    made.clear()
    pipeline.network_tables(words, network)
    assert made.keys() >= KEPT


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
@pytest.mark.parametrize("damage", [b"", b"nothing that can be read", None])
def test_what_is_damaged_or_gone_is_made_anew(
    suffix: str, damage: bytes | None, home: Home, made: dict[str, list[set[str]]]
) -> None:
    first = tables_of(home)
    for name in KEPT:
        place = home.kept / f"{name}{suffix}"
        if damage is None:
            place.unlink()
        else:
            place.write_bytes(damage)
    made.clear()
    same(tables_of(home), first)
    assert made.keys() >= KEPT
    made.clear()
    tables_of(home)
    assert not made.keys() & KEPT


def test_rows_changed_on_disk_are_not_believed(home: Home) -> None:
    first = tables_of(home)
    place = home.kept / "trends.parquet"
    pl.read_parquet(place).with_columns(rate=pl.lit(0.5)).write_parquet(place)
    same(tables_of(home), first)


def test_where_the_origin_of_a_source_is_not_known_its_rows_are_not_kept(
    home: Home, made: dict[str, list[set[str]]]
) -> None:
    setting, network = network_of(home)
    unknown = replace(network, results={})
    first = pipeline.network_tables(setting, unknown)
    made.clear()
    same(pipeline.network_tables(setting, unknown), first)
    assert made.keys() & KEPT == ALONE
    fewer = replace(unknown, counts=network.counts.filter(pl.col("source") != "elder-0"))
    made.clear()
    pipeline.network_tables(setting, fewer)
    assert "clinic_variation" in made


def test_a_run_that_is_forced_makes_everything_again(home: Home) -> None:
    setting, network = network_of(home)
    pipeline.network_tables(setting, network)
    pipeline.update_sources(setting, Report(), force=True)
    assert not home.kept.exists()


def test_what_no_step_keeps_any_more_is_removed(home: Home) -> None:
    tables_of(home)
    (home.kept / "a_step_of_last_year.parquet").write_bytes(b"")
    tables_of(home)
    rows = {f"{name}{end}" for name in KEPT for end in kept.ENDS}
    assert {path.name for path in home.kept.iterdir()} == rows | {f"{step.name}.json" for step in STEPS if step.parts}


def test_what_is_kept_is_public_and_its_folder_is_not(home: Home) -> None:
    tables_of(home)
    assert home.kept.stat().st_mode & 0o077 == 0
    public: set[str] = {step.name for step in STEPS if step.scope == "network"}
    assert public >= KEPT


@pytest.mark.parametrize("step", [step for step in STEPS if step.alone], ids=lambda step: step.name)
def test_rows_of_a_source_alone_depend_on_no_other_source(step: Step, home: Home) -> None:
    setting, network = network_of(home)
    whole = pipeline.network_tables(setting, network)
    inputs = {
        "vocabulary": setting.vocabulary,
        "evidence": setting.evidence,
        "margin": setting.policy.margin,
        "margin_fixed_on": setting.policy.margin_fixed_on,
    }
    for source in ("alder", "birch", "elder-3"):
        tables = {name: whole[name] for name in step.tables}
        own = {name: one.filter(source=source) if "source" in one.columns else one for name, one in tables.items()}
        found = step.make(**own, **{name: inputs[name] for name in step.inputs})
        assert_frame_equal(found, whole[step.name].filter(source=source))
    assert whole[step.name]["source"].is_sorted()


def test_the_folder_may_be_taken_away_whole(home: Home, tmp_path: Path) -> None:
    first = tables_of(home)
    home.kept.rename(tmp_path / "kept")
    same(tables_of(home), first)


# ---- in parts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [step for step in STEPS if step.apart], ids=lambda step: step.name)
def test_rows_of_a_part_depend_on_no_other_part(step: Step, home: Home) -> None:
    setting, network = network_of(home)
    whole = pipeline.network_tables(setting, network)
    given = {"vocabulary": setting.vocabulary, "evidence": setting.evidence}
    tables = {name: whole[name] for name in step.tables}
    found = parts.digests(whole[step.name], step.parts)
    assert len(found) > 2
    for part in found.keys() - {parts.COLUMNS}:
        own = {
            name: parts.rows_of(one, step.parts, [part]) if set(step.parts) <= set(one.columns) else one
            for name, one in tables.items()
        }
        rows = step.make(**own, **{name: given[name] for name in step.inputs})
        assert_frame_equal(rows, parts.rows_of(whole[step.name], step.parts, [part]), check_exact=True)


def corrected(home: Home, name: str, better: int, worse: int = 0) -> None:
    """A clinic sends its file again; with `worse`, function alone is another than it would be."""
    lines = alder_lines(better=better).splitlines()
    place = [at for at, line in enumerate(lines) if line.startswith("A-") and line.endswith("function,60")][:worse]
    again = [line.replace(",60", ",46") if at in place else line for at, line in enumerate(lines)]
    joins(home, name, better=better)
    max((home.landing / name).iterdir()).write_text("\n".join(again) + "\n", "utf-8")


def test_a_correction_of_one_outcome_makes_again_its_own_cells_alone(
    home: Home, made: dict[str, list[set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    joins(home, "elder-2", better=24)
    tables_of(home)
    wanted: dict[str, set[str]] = {}
    rows_of = parts.rows_of

    def asked(frame: pl.DataFrame, by: tuple[str, ...], names: Any) -> pl.DataFrame:
        if "definition" in by:
            wanted.setdefault("definitions", set()).update(parts.keys(names, by, frame)["definition"])
        return rows_of(frame, by, names)

    monkeypatch.setattr(parts, "rows_of", asked)
    corrected(home, "elder-2", better=24, worse=12)
    ours = tables_of(home)
    every = set(ours["clinic_variation"]["definition"])
    assert wanted["definitions"] < every
    monkeypatch.undo()
    same(ours, anew(home))


def test_a_correction_that_changes_no_released_number_compares_no_clinics_again(
    home: Home, made: dict[str, list[set[str]]]
) -> None:
    joins(home, "elder-3", better=24)
    first = tables_of(home)
    made.clear()
    joins(home, "elder-3", better=24)
    last = max((home.landing / "elder-3").iterdir())
    last.write_text(last.read_text("utf-8").replace(",68", ",67"), "utf-8")  # of those who stayed as they were
    ours = tables_of(home)
    assert ours["observed_rates"].equals(first["observed_rates"])
    assert made["trends"] == [{"elder-3"}]
    assert not {"clinic_variation", "funnel_limits", "follow_up"} & made.keys()
    same(ours, anew(home))


@pytest.mark.parametrize("better", [24, 55])
def test_hashes_of_rows_that_were_kept_are_those_of_rows_made_anew(home: Home, better: int) -> None:
    tables_of(home)
    joins(home, "elder-1", better=better)
    ours = tables_of(home)
    assert ours.digests.keys() >= KEPT | {"released_counts", "observed_rates"}
    assert ours.digests == {name: parts.digests(ours[name], PARTS[name]) for name in ours.digests}
    assert release.id_of(release.rows_of(ours, ours.digests)) == release.release_id(anew(home))


@pytest.mark.parametrize("damage", [b"nothing that can be read", None])
def test_parts_kept_beside_the_others_are_made_anew_where_they_are_damaged(
    damage: bytes | None, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "FEW", 0.9)  # one of six clinics is many
    tables_of(home)
    for _ in range(2):
        joins(home, "elder-0", better=30 + len(list((home.landing / "elder-0").iterdir())))
        ours = tables_of(home)
    beside = sorted(home.kept.glob(f"*{OTHERS}"))
    assert {"trends", "rule_strip"} <= {path.name.removesuffix(OTHERS) for path in beside}
    same(tables_of(home), ours)
    for path in beside:
        path.write_bytes(damage) if damage is not None else path.unlink()
    same(tables_of(home), ours)
    same(ours, anew(home))


def test_what_is_said_of_kept_rows_is_not_believed_once_a_letter_is_another(
    home: Home, made: dict[str, list[set[str]]]
) -> None:
    first = tables_of(home)
    for place in home.kept.glob("*.json"):
        said = place.read_text("utf-8")
        at = said.index('"shared": "') + len('"shared": "')
        place.write_text(said[:at] + ("1" if said[at] != "1" else "2") + said[at + 1 :], "utf-8")
    made.clear()
    same(tables_of(home), first)
    assert made.keys() >= KEPT
