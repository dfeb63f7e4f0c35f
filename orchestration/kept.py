"""Public tables as earlier runs made them: a step whose inputs are all the same is read here instead of made.

What a table is made from has a name, a hash: of evidence, of words, of code, of what every source's counts were made
from. Which steps are kept is said in `steps`; how a table is made is known to `transforms` alone. What is damaged, or
of other inputs, is made anew, and takes the place of the last.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from orchestration import fingerprints
from orchestration.settings import Home
from orchestration.steps import Step

#: What every table of clinics is made from in the end; of each source the run knows what they were made from.
EXACT = ("counts", "strata")
#: Inputs that are the same in two runs if they are written alike; the vocabulary has a fingerprint of its own.
NAMED = ("evidence", "popular", "margin", "margin_fixed_on")
#: A kept table is two files: the rows, and what they were made from.
ENDS = (".parquet", ".json")


@dataclass(frozen=True)
class Stored:
    """A kept table: the name of what all its rows depend on, and for each source of what its own rows do besides."""

    name: str
    own: Mapping[str, str]
    rows: pl.DataFrame


@dataclass
class Shelf:
    """Makes the tables of a run one after the other, or reads them.

    `results` gives for each source the hash of what its exact counts were made from, `inputs` the names of those
    inputs of steps that have one; `made` holds every table so far.
    """

    home: Home
    results: Mapping[str, str]
    inputs: Mapping[str, str]
    made: dict[str, pl.DataFrame]
    steps: dict[str, Step] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def table(self, step: Step, others: Mapping[str, Any]) -> pl.DataFrame:
        """The table of a step over the tables made so far; `others` are its other inputs."""
        self.steps[step.name] = step
        if not step.kept or (step.alone and not self._all_known):
            return self._make(step, others)
        if step.alone:
            return self._by_source(step, others)
        name, found = self._whole(step.name), read(self.home, step.name)
        if found is not None and found.name == name:
            return found.rows
        rows = self._make(step, others)
        write(self.home, step.name, Stored(name, {}, rows))
        return rows

    def _by_source(self, step: Step, others: Mapping[str, Any]) -> pl.DataFrame:
        """The kept rows of sources that are as they were, and new ones of the others; in the order of sources."""
        name, own, found = self._shared(step.name), self._own(step), read(self.home, step.name)
        there = found.own if found is not None and found.name == name else {}
        same = [source for source, mark in own.items() if there.get(source) == mark]
        if found is None or not same:
            rows = self._make(step, others)
        elif len(same) == len(own) == len(there):
            return found.rows
        else:
            changed = self._make(step, others, only=sorted(own.keys() - set(same)))
            kept = found.rows.filter(pl.col("source").is_in(same))
            rows = pl.concat([kept, changed]).sort("source", maintain_order=True)
        write(self.home, step.name, Stored(name, own, rows))
        return rows

    def _make(self, step: Step, others: Mapping[str, Any], only: list[str] | None = None) -> pl.DataFrame:
        tables = {name: self.made[name] for name in step.tables}
        if only is not None:
            wanted = pl.col("source").is_in(only)
            tables = {name: one.filter(wanted) if "source" in one.columns else one for name, one in tables.items()}
        rows: pl.DataFrame = step.make(**tables, **others)
        return rows

    # --- names ---

    @cached_property
    def _all_known(self) -> bool:
        """Whether the run says of every source what its exact counts were made from."""
        return all(set(self.made[name]["source"].unique()) <= self.results.keys() for name in EXACT)

    def _whole(self, table: str) -> str:
        """The name of a table: of all that it was made from, or, where that has no name, of its rows."""
        if table not in self.names:
            self.names[table] = self._derived(table) or fingerprints.of_frame(self.made[table])
        return self.names[table]

    def _derived(self, table: str) -> str | None:
        if table in EXACT:
            return fingerprints.of_values([table, self.results]) if self._all_known else None
        step = self.steps[table]
        if not self.inputs.keys() >= set(step.inputs):
            return None
        return fingerprints.of_values([self._made_by(step), [self._whole(one) for one in step.tables]])

    def _shared(self, table: str) -> str:
        """The name of all that a source's rows of a table were made from besides what is the source's own."""
        if table in EXACT:
            return table
        if not self._of_sources_alone(table):
            return "" if "source" in self.made[table].columns else self._whole(table)
        step = self.steps[table]
        return fingerprints.of_values([self._made_by(step), [self._shared(one) for one in step.tables]])

    def _own(self, step: Step) -> dict[str, str]:
        """For each source the name of what its rows alone depend on: its counts, and its rows in tables of others."""
        shown = [self._rows_of_sources(one) for one in sorted(self._beside(step))]
        return {
            source: fingerprints.of_values([made_from, [rows.get(source) for rows in shown]])
            for source, made_from in self.results.items()
        }

    def _beside(self, step: Step) -> set[str]:
        """Tables of sources, not made source by source, that the step's rows come from, directly or on the way."""
        found: set[str] = set()
        for one in step.tables:
            if self._of_sources_alone(one):
                found |= self._beside(self.steps[one]) if one not in EXACT else set()
            elif "source" in self.made[one].columns:
                found.add(one)
        return found

    def _rows_of_sources(self, table: str) -> dict[str, list[Any]]:
        rows: dict[str, list[Any]] = {}
        for row in self.made[table].iter_rows(named=True):
            rows.setdefault(row["source"], []).append(row)
        return rows

    def _of_sources_alone(self, table: str) -> bool:
        return table in EXACT or self.steps[table].alone

    def _made_by(self, step: Step) -> list[str]:
        return [step.name, _code(), *(self.inputs[name] for name in step.inputs)]


def names_of(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The names of those inputs of steps by which a table can be known again; the others change with every run."""
    named = {name: fingerprints.of_values(repr(inputs[name])) for name in NAMED}
    return {**named, "vocabulary": inputs["vocabulary"].fingerprint}


def _code() -> str:
    return fingerprints.code_of("schemas", "transforms") + fingerprints.code_of("orchestration")


def read(home: Home, table: str) -> Stored | None:
    """A table as it was kept; None where none is, or where it is damaged."""
    place = _place(home, table)
    try:
        said = json.loads(place.with_suffix(".json").read_text("utf-8"))
        content = place.read_bytes()
        if hashlib.sha256(content).hexdigest() != said["sha256"]:
            return None
        return Stored(said["name"], said["own"], pl.read_parquet(BytesIO(content)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(home: Home, table: str, stored: Stored) -> None:
    """Keeps a table in the place of the last one of its name."""
    home.kept.mkdir(mode=0o700, exist_ok=True)
    content = BytesIO()
    stored.rows.write_parquet(content, compression="lz4", statistics=False)
    seal = hashlib.sha256(content.getbuffer()).hexdigest()
    said = json.dumps({"name": stored.name, "own": dict(stored.own), "sha256": seal}, sort_keys=True)
    for place, written in (
        (_place(home, table), content.getvalue()),
        (_place(home, table).with_suffix(".json"), said.encode()),
    ):
        unfinished = place.with_name(f".{place.name}")
        unfinished.write_bytes(written)
        unfinished.replace(place)


def forget(home: Home) -> None:
    """Removes every table that is kept."""
    shutil.rmtree(home.kept, ignore_errors=True)


def prune(home: Home, steps: Mapping[str, Step]) -> None:
    """Removes what is kept of steps that are no longer there, or no longer kept."""
    wanted = {_place(home, name).with_suffix(end).name for name, one in steps.items() if one.kept for end in ENDS}
    for place in home.kept.glob("*"):
        if place.name not in wanted:
            place.unlink()


def _place(home: Home, table: str) -> Path:
    return home.kept / f"{table}.parquet"
