"""Public tables as earlier runs made them: what has the same inputs is read here instead of made, and its hash with it.

What a table is made from has a name, a hash: of evidence, of words, of code, of what every source's counts were made
from. Where a table falls into parts, each has a name of its own. Which steps are kept is said in `steps`; how a table
is made is known to `transforms` alone. What is damaged, or of other inputs, is made anew, and replaces the last.
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from orchestration import fingerprints, parts
from orchestration.kept_files import ENDS, Said, forget, prune, rows, said, write
from orchestration.parts import Digests
from orchestration.settings import Home
from orchestration.steps import Step

__all__ = ["ENDS", "Shelf", "forget", "names_of", "prune"]

#: What every table of clinics is made from in the end; of each source the run knows what they were made from.
EXACT = ("counts", "strata", "improvements")
#: Inputs that are the same in two runs if they are written alike; the vocabulary has a fingerprint of its own.
NAMED = ("evidence", "popular", "margin", "margin_fixed_on")


@dataclass
class Shelf:
    """Makes the tables of a run one after the other, or reads them.

    `results` gives for each source the hash of what its exact counts were made from, `inputs` the names of those
    inputs of steps that have one; `made` holds every table so far, `digests` the hashes of rows where they are known.
    """

    home: Home
    results: Mapping[str, str]
    inputs: Mapping[str, str]
    made: dict[str, pl.DataFrame]
    steps: dict[str, Step] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    digests: dict[str, Digests] = field(default_factory=dict)
    marks: dict[tuple[str, tuple[str, ...]], Mapping[str, str]] = field(default_factory=dict)

    def table(self, step: Step, others: Mapping[str, Any]) -> pl.DataFrame:
        """The table of a step over the tables made so far; `others` are its other inputs."""
        self.steps[step.name] = step
        if not (step.kept or step.parts) or (step.alone and not self._all_known):
            return self._make(step, others)
        found, kept = self._found(step)
        if found is not None and found.whole == self._whole(step.name):
            self.digests[step.name] = found.rows
            return self._make(step, others) if kept is None else kept
        return self._changed(step, others, found, kept)

    def _found(self, step: Step) -> tuple[Said | None, pl.DataFrame | None]:
        """What was kept of a step: what is said of its table, and its rows, where they are kept as well."""
        found = said(self.home, step)
        kept = rows(self.home, step, found) if found and step.kept else None
        return (None, None) if step.kept and kept is None else (found, kept)

    def _changed(
        self, step: Step, others: Mapping[str, Any], found: Said | None, kept: pl.DataFrame | None
    ) -> pl.DataFrame:
        """The rows that were kept of parts that are as they were, and new ones of the others; they are kept in turn."""
        new = Said(self._whole(step.name), self._shared_by_parts(step), self._own(step))
        there = found.own if found is not None and found.shared == new.shared else {}
        same = {part for part, name in new.own.items() if there.get(part) == name}
        changed = (new.own.keys() | there.keys()) - same
        before = found if same else None
        frame = self._exchanged(step, others, kept if before else None, changed, new.own.keys() - same)
        hashed = parts.digests(parts.rows_of(frame, step.parts, changed) if before else frame, step.hashed)
        known = parts.below(before.rows, same, step) if before else {}
        self.digests[step.name] = known | hashed
        write(self.home, step, replace(new, rows=known | hashed), frame, changed, before)
        return frame

    def _exchanged(
        self, step: Step, others: Mapping[str, Any], kept: pl.DataFrame | None, changed: Set[str], wanted: Set[str]
    ) -> pl.DataFrame:
        """The table with new rows in the place of changed parts, of which some are no longer `wanted`."""
        if kept is None:
            return self._make(step, others)
        if not changed:
            return kept
        made = self._make(step, others, only=wanted) if wanted else kept.clear()
        return parts.exchanged(kept, made, step, changed)

    def _make(self, step: Step, others: Mapping[str, Any], only: Collection[str] | None = None) -> pl.DataFrame:
        tables = {name: self.made[name] for name in step.tables}
        if only is not None:
            tables = {
                name: parts.rows_of(one, step.parts, only) if self._parted(name, step) else one
                for name, one in tables.items()
            }
        frame: pl.DataFrame = step.make(**tables, **others)
        return frame

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

    def _shared_by_parts(self, step: Step) -> str:
        """The name of all that every part of a step's table was made from."""
        if step.alone:
            return self._shared(step.name)
        whole = ["" if self._parted(one, step) else self._whole(one) for one in step.tables]
        return fingerprints.of_values([self._made_by(step), pl.__version__, whole])

    def _own(self, step: Step) -> dict[str, str]:
        """For each part the name of what its rows alone depend on."""
        if step.alone:
            return {parts.name_of([source]): name for source, name in self._of_sources(step).items()}
        shown = [self._marks(one, step.parts) for one in step.tables if self._parted(one, step)]
        every = {part for marks in shown for part in marks}
        return {part: fingerprints.of_values([marks.get(part) for marks in shown]) for part in every}

    def _parted(self, table: str, step: Step) -> bool:
        """Whether a table falls into the parts of a step that it is an input of."""
        return bool(step.parts) and set(step.parts) <= set(self.made[table].columns)

    def _marks(self, table: str, by: tuple[str, ...]) -> Mapping[str, str]:
        if table in self.digests and self.steps[table].hashed == by:
            return {part: seal for part, seal in self.digests[table].items() if part != parts.COLUMNS}
        if (table, by) not in self.marks:
            self.marks[table, by] = parts.marks(self.made[table], by)
        return self.marks[table, by]

    def _of_sources(self, step: Step) -> dict[str, str]:
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
    return fingerprints.code_of("schemas", "transforms", "orchestration")
