"""A home of six small clinics for tests of what is kept, its tables, and which steps were made for them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import kept, pipeline
from orchestration.handover import Network
from orchestration.pipeline import Setting
from orchestration.publishing import Made
from orchestration.report import Report
from orchestration.settings import Home
from orchestration.steps import STEPS
from tests.orchestration.small_network import ALDER, alder_lines, write_small_network

KEPT = {step.name for step in STEPS if step.kept}

#: The sources that each step was made of, each time.
Seen = dict[str, list[set[str]]]


@contextmanager
def six_clinics(folder: Path) -> Iterator[Home]:
    """A home with five clinics that measure alike and one that does not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERUM_KEY_FILE", str(folder / "key"))
        write_small_network(folder / "home")
        home = Home.at(folder / "home")
        home.prepare()
        for place in range(4):
            joins(home, f"elder-{place}", better=20 + 3 * place)
        yield home


def watched_steps(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Which steps were made, and of which sources each time; it fills as steps are made."""
    seen: Seen = {}

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


def tables_of(home: Home) -> Made:
    return pipeline.network_tables(*network_of(home))


def same(ours: Mapping[str, pl.DataFrame], theirs: Mapping[str, pl.DataFrame]) -> None:
    for name in ours:
        assert_frame_equal(ours[name], theirs[name])


def anew(home: Home) -> Made:
    """Every table, with nothing kept."""
    kept.forget(home)
    return tables_of(home)
