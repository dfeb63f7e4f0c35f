"""Whatever is edited, in whatever order: what is computed again equals what is computed anew from the vault.

An edit is a file that arrives, a contract that changes, a clinic that joins or leaves. After each of them the private
counts, strata and fates of a home that recomputes what is stale are those of a home that knows the deliveries alone;
so are the public tables of which rows were kept.
"""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from orchestration import handover, landing, looking, pipeline
from orchestration.handover import Network
from orchestration.pipeline import Setting
from orchestration.report import Report
from orchestration.settings import Home
from orchestration.steps import STEPS
from tests.orchestration.small_network import ALDER, ALDER_FAULTS, alder_lines, write_small_network

Edit = Callable[[Home, random.Random], None]
#: What a home is given from outside or cannot make again; everything else is made from it.
GIVEN = ("landing", "vault", "contracts", "vocabulary")
#: How many series of edits are tried; `make nightly` tries more.
SERIES = int(os.environ.get("VERUM_EDITS", "2"))


@pytest.fixture(scope="module", autouse=True)
def one_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All homes have the same key: pseudonyms would differ without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_KEY_FILE", str(tmp_path_factory.mktemp("key") / "key"))
        yield


def an_export(chance: random.Random) -> str:
    return alder_lines(better=chance.randrange(30), same=chance.randrange(20), lost=chance.randrange(9))


def a_corrected_export(home: Home, chance: random.Random) -> None:
    drop(home, "alder", chance, an_export(chance))


def an_export_with_faults(home: Home, chance: random.Random) -> None:
    drop(home, "alder", chance, an_export(chance) + ALDER_FAULTS)


def the_last_file_again(home: Home, chance: random.Random) -> None:
    folder = home.landing / "alder"
    last = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    drop(home, "alder", chance, last.read_text("utf-8"))


def a_file_that_cannot_be_read(home: Home, chance: random.Random) -> None:
    drop(home, "alder", chance, "code,start\nA-1\n")


def another_version_of_a_contract(home: Home, chance: random.Random) -> None:
    contract = home.contracts / "alder.toml"
    written = contract.read_text("utf-8")
    contract.write_text(re.sub(r"version = \d+", f"version = {chance.randrange(2, 10_000)}", written), "utf-8")


def a_clinic_joins(home: Home, chance: random.Random) -> None:
    name = f"elder-{chance.randrange(10_000)}"
    (home.contracts / f"{name}.toml").write_text(ALDER.replace("alder", name), "utf-8")
    drop(home, name, chance, an_export(chance))


def a_clinic_leaves(home: Home, chance: random.Random) -> None:
    contracts = sorted(home.contracts.glob("elder-*.toml"))
    if contracts:
        chance.choice(contracts).unlink()


def additions(home: Home, chance: random.Random) -> None:
    """A clinic whose files add up, and one more of them."""
    contract = ALDER.replace("alder", "addie").replace('"everything"', '"additions"')
    (home.contracts / "addie.toml").write_text(contract, "utf-8")
    drop(home, "addie", chance, an_export(chance).replace("A-", f"A-{chance.randrange(10_000)}"))


def drop(home: Home, source: str, chance: random.Random, text: str) -> None:
    folder = home.landing / source
    folder.mkdir(exist_ok=True)
    (folder / f"sent-{len(list(folder.iterdir())):03d}-{chance.randrange(10_000)}.csv").write_text(text, "utf-8")


EDITS: Sequence[Edit] = (
    a_corrected_export, an_export_with_faults, the_last_file_again, a_file_that_cannot_be_read,
    another_version_of_a_contract, a_clinic_joins, a_clinic_leaves, additions,
)  # fmt: skip


def updated(home: Home) -> tuple[Network, list[str]]:
    """The network after a pass, and which sources were computed for it."""
    handover.leave(home, "receive", {"seen": looking.look(home)})
    landing.receive(home)
    report = Report()
    network = pipeline.update_sources(Setting.of(home), report)
    return network, report.computed


def rebuilt(home: Home, place: Path) -> Network:
    """The network of a new home that is given what this one was given."""
    anew = Home.at(place)
    shutil.rmtree(anew.root, ignore_errors=True)
    anew.prepare()
    for name in GIVEN:
        if (home.root / name).is_dir():
            shutil.copytree(home.root / name, anew.root / name, dirs_exist_ok=True)
    anew.ledger.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(home.ledger, anew.ledger)
    return updated(anew)[0]


def fates(network: Network) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "folder"} for one in network.received]


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    assert_frame_equal(ours, theirs, check_row_order=False)


@settings(max_examples=SERIES, suppress_health_check=[HealthCheck.too_slow])
@given(made=st.lists(st.sampled_from(EDITS), min_size=3, max_size=5), seed=st.integers(0, 2**32))
def test_after_any_edits_what_was_recomputed_is_what_a_rebuild_gives(
    made: list[Edit], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, chance = tmp_path_factory.mktemp("edits"), random.Random(seed)
    write_small_network(folder / "home")
    home = Home.at(folder / "home")
    home.prepare()
    updated(home)
    for edit in made:
        edit(home, chance)
        ours, theirs = updated(home)[0], rebuilt(home, folder / "anew")
        for name, table in ours.exact.items():
            same(table, theirs.exact[name])
        assert fates(ours) == fates(theirs)
        public, anew = kept_tables(home, ours), kept_tables(Home.at(folder / "anew"), theirs)
        for name, rows in public.items():
            assert_frame_equal(rows, anew[name])


def kept_tables(home: Home, network: Network) -> dict[str, pl.DataFrame]:
    """The public tables of which a run keeps rows; those of a home that is new are all made."""
    tables = pipeline.network_tables(Setting.of(home), network)
    return {step.name: tables[step.name] for step in STEPS if step.kept}


def test_a_corrected_file_computes_its_own_clinic_and_no_other(tmp_path: Path) -> None:
    write_small_network(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    home.prepare()
    a_clinic_joins(home, random.Random(1))
    assert {"alder", "elder-2201"} <= set(updated(home)[1])
    before = stored(home)
    drop(home, "alder", random.Random(2), alder_lines(better=23, same=17))
    assert updated(home)[1] == ["alder"]
    after = stored(home)
    assert {name for name in before if before[name] != after.get(name)} == {"alder"}


def stored(home: Home) -> dict[str, list[str]]:
    """The names of the results that each source has."""
    return {
        folder.name: sorted(path.name for path in folder.glob("*.json"))
        for folder in home.results.iterdir()
        if not folder.name.startswith(".")
    }
