"""Public tables that are kept: read where nothing that they depend on has changed, made anew in every other case."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import kept, pipeline
from orchestration.pipeline import Setting
from orchestration.publishing import Made
from orchestration.report import Report
from orchestration.settings import Home
from orchestration.steps import STEPS, Step
from tests.orchestration.kept.kept_home import (
    KEPT,
    Seen,
    anew,
    joins,
    network_of,
    same,
    tables_of,
)

ALONE = {step.name for step in STEPS if step.kept and step.alone}


def test_a_run_with_the_same_inputs_reads_what_is_kept_and_has_the_same_tables(home: Home, made: Seen) -> None:
    first = tables_of(home)
    assert made.keys() >= KEPT
    made.clear()
    same(tables_of(home), first)
    assert not made.keys() & KEPT


def test_a_clinic_that_sends_again_is_made_again_and_no_other(home: Home, made: Seen) -> None:
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


def test_another_label_of_a_clinic_makes_its_own_rows_again(home: Home, made: Seen) -> None:
    tables_of(home)
    made.clear()
    contract = home.contracts / "elder-2.toml"
    contract.write_text(contract.read_text("utf-8").replace("Alder Practice", "Elder Practice"), "utf-8")
    ours = tables_of(home)
    assert made["comparability"] == [{"elder-2"}]
    same(ours, anew(home))


def test_changed_evidence_makes_again_what_depends_on_it_alone(home: Home, made: Seen) -> None:
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
def test_a_changed_margin_makes_again_what_rests_on_it(changed: dict[str, Any], home: Home, made: Seen) -> None:
    setting, network = network_of(home)
    pipeline.network_tables(setting, network)
    made.clear()
    ours = pipeline.network_tables(replace(setting, policy=replace(setting.policy, **changed)), network)
    assert made.keys() & KEPT == {"comparisons", "rule_strip", "technical_panel"}
    assert set(ours["comparisons"]["margin"]) == {changed.get("margin", setting.policy.margin)}


def test_changed_code_and_changed_words_make_everything_again(
    home: Home, made: Seen, monkeypatch: pytest.MonkeyPatch
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
def test_what_is_damaged_or_gone_is_made_anew(suffix: str, damage: bytes | None, home: Home, made: Seen) -> None:
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


def test_where_the_origin_of_a_source_is_not_known_its_rows_are_not_kept(home: Home, made: Seen) -> None:
    setting, network = network_of(home)
    unknown = replace(network, results={})
    first = pipeline.network_tables(setting, unknown)
    made.clear()
    same(pipeline.network_tables(setting, unknown), first)
    assert made.keys() & KEPT == ALONE
    counts = network.counts.filter(pl.col("source") != "elder-0")
    fewer = replace(unknown, exact=dict(network.exact) | {"counts": counts})
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
def test_rows_of_a_source_alone_depend_on_no_other_source(step: Step, whole: tuple[Setting, Made]) -> None:
    setting, tables = whole
    inputs = {
        "vocabulary": setting.vocabulary,
        "evidence": setting.evidence,
        "margin": setting.policy.margin,
        "margin_fixed_on": setting.policy.margin_fixed_on,
    }
    for source in ("alder", "birch", "elder-3"):
        read = {name: tables[name] for name in step.tables}
        own = {name: one.filter(source=source) if "source" in one.columns else one for name, one in read.items()}
        found = step.make(**own, **{name: inputs[name] for name in step.inputs})
        assert_frame_equal(found, tables[step.name].filter(source=source))
    assert tables[step.name]["source"].is_sorted()


def test_the_folder_may_be_taken_away_whole(home: Home, tmp_path: Path) -> None:
    first = tables_of(home)
    home.kept.rename(tmp_path / "kept")
    same(tables_of(home), first)
