"""What one phase leaves for the next: a late file is not forgotten, and nothing is built on what has changed."""

from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from orchestration import handover, landing, looking, pipeline, publishing, release
from orchestration.handover import OutOfOrder
from orchestration.pipeline import Setting
from orchestration.report import Report
from orchestration.settings import ConfigurationError, Home
from tests.orchestration.small_network import ALDER, BIRCH, alder_lines, write_small_network


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("VERUM_KEY_FILE", str(tmp_path / "key"))
    write_small_network(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


def _computed(home: Home, only: str | None = None) -> handover.Network:
    pipeline.receive(home)
    return pipeline.update_sources(Setting.of(home), Report(), only=only)


def test_the_network_on_disk_is_the_one_that_was_computed(home: Home) -> None:
    computed, stored = _computed(home), pipeline.stored_network(Setting.of(home))
    assert_frame_equal(computed.counts, stored.counts)
    assert stored.counts.height
    assert (stored.sources, stored.received, stored.failed, stored.results) == (
        computed.sources, computed.received, computed.failed, computed.results,
    )  # fmt: skip


def test_no_network_is_there_before_sources_were_computed(home: Home) -> None:
    with pytest.raises(OutOfOrder, match="No source has been computed yet"):
        pipeline.stored_network(Setting.of(home))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("contracts/birch.toml", BIRCH.replace("version = 1", "version = 2")),
        ("vocabulary/endpoints.toml", '[2-years]\nlabel = "2 years"\ntarget = 730\nlow = 670\nhigh = 790\n'),
    ],
)  # fmt: skip
def test_a_network_of_other_contracts_or_words_is_not_built_on(home: Home, place: str, text: str) -> None:
    _computed(home)
    (home.root / place).parent.mkdir(exist_ok=True)
    (home.root / place).write_text(text, "utf-8")
    with pytest.raises(OutOfOrder, match="changed since the sources were computed"):
        pipeline.stored_network(Setting.of(home))


def test_a_file_that_arrives_during_a_run_is_new_to_the_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    take = landing.take

    def take_and_then_another_arrives(home: Home, **policy: Any) -> landing.Taken:
        taken = take(home, **policy)
        (home.landing / "alder" / "late.csv").write_text(alder_lines(better=30), "utf-8")
        return taken

    monkeypatch.setattr(landing, "take", take_and_then_another_arrives)
    first = pipeline.run(home)
    monkeypatch.undo()
    monkeypatch.setenv("VERUM_KEY_FILE", str(home.root.parent / "key"))
    assert not looking.nothing_new(home)
    assert looking.unseen(home) == ["landing"]
    second = pipeline.run(home)
    assert (first.received, second.received) == (3, 1)
    assert second.release != first.release
    assert looking.nothing_new(home)
    assert looking.unseen(home) == []


def test_a_file_that_arrives_after_the_look_is_taken_and_looked_at_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = looking.look

    def look_and_then_one_arrives(place: Home) -> dict[str, str]:
        seen = look(place)
        (home.landing / "alder" / "late.csv").write_text(alder_lines(better=30), "utf-8")
        return seen

    monkeypatch.setattr(looking, "look", look_and_then_one_arrives)
    first = pipeline.run(home)
    monkeypatch.setattr(looking, "look", look)
    assert first.received == 4
    assert looking.unseen(home) == ["landing"]
    second = pipeline.run(home)
    assert (second.received, second.release) == (0, first.release)
    assert looking.nothing_new(home)


def test_a_run_of_one_source_keeps_the_counts_of_the_others(home: Home) -> None:
    _computed(home)
    for name, text in (("alder", ALDER), ("birch", BIRCH)):
        (home.contracts / f"{name}.toml").write_text(text.replace("version = 1", "version = 2"), "utf-8")
    network = _computed(home, only="birch")
    assert set(network.results) == {"alder", "birch"}
    assert set(network.counts["source"]) == {"alder", "birch"}


def test_a_run_of_one_source_leaves_the_others_to_the_next_run(home: Home) -> None:
    pipeline.run(home, only="birch")
    assert not looking.nothing_new(home)
    assert pipeline.run(home).computed == ["alder"]
    assert looking.nothing_new(home)


def test_a_source_without_a_contract_cannot_be_chosen(home: Home) -> None:
    with pytest.raises(ConfigurationError, match="found 'cedar'; expected a source that has a contract: alder, birch"):
        pipeline.run(home, only="cedar")


def test_a_half_built_release_is_not_published(home: Home) -> None:
    pipeline.run(home)
    (home.releases / ".building-killed").mkdir()
    named = home.current.readlink()
    publishing.publish_release(home, Report())
    assert home.current.readlink() == named


def test_a_built_release_that_is_gone_is_not_called_published(home: Home) -> None:
    setting = Setting.of(home)
    publishing.build_release(home, pipeline.network_tables(setting, _computed(home)))
    release.clear_unfinished(home)
    with pytest.raises(OutOfOrder, match="No release is waiting for its site"):
        publishing.publish_release(home, Report())
