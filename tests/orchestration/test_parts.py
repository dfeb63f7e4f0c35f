"""Tables in parts: each is known by its rows alone, and others can take its place without a trace."""

import random
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import parts
from orchestration.parts import COLUMNS, below, digests, exchanged, keys, marks, name_of, rows_of
from orchestration.steps import STEPS, Step
from schemas.tables import TABLES

BY = ("source", "period")
ROWS = pl.DataFrame(
    {
        "source": ["alder", "alder", "alder", "birch", "birch"],
        "period": ["2025", "2026", "2025", "2025", None],
        "words": ["ab", "c", None, "", "d"],
        "whole": pl.Series([1, 0, None, 3, 4], dtype=pl.Int32),
        "number": [0.5, None, 0.0, -1.0, 2.0],
        "flag": [True, None, False, True, None],
        "day": [date(2026, 1, 1), None, date(2026, 1, 2), date(1970, 1, 1), None],
    }
)


def part(*values: str | None) -> str:
    return name_of(values)


PARTS = {part("alder", "2025"), part("alder", "2026"), part("birch", "2025"), part("birch", None)}
each_name_of_rows = pytest.mark.parametrize("named", [digests, marks])


def test_every_part_has_a_digest_and_so_have_the_columns() -> None:
    assert digests(ROWS, BY).keys() == PARTS | {COLUMNS}
    assert marks(ROWS, BY).keys() == PARTS
    assert digests(ROWS, ()).keys() == {COLUMNS}
    assert digests(ROWS.clear(), BY).keys() == {COLUMNS}


@pytest.mark.parametrize("other", [ROWS.drop("day"), ROWS.rename({"day": "days"}), ROWS.cast({"whole": pl.Int64})])
def test_other_columns_or_types_have_another_digest_even_without_rows(other: pl.DataFrame) -> None:
    assert digests(other.clear(), BY) != digests(ROWS.clear(), BY)


@each_name_of_rows
def test_the_layout_in_memory_and_the_order_of_parts_do_not_count(named: object) -> None:
    assert callable(named)
    in_pieces = pl.concat([ROWS.head(1), ROWS.slice(1, 2), ROWS.tail(2)], rechunk=False)
    assert named(ROWS, BY) == named(in_pieces, BY) == named(ROWS[[4, 1, 3, 0, 2]], BY)


@each_name_of_rows
def test_the_order_of_rows_within_a_part_counts(named: object) -> None:
    assert callable(named)
    differing(named(ROWS, BY), named(ROWS[[2, 1, 0, 3, 4]], BY), {part("alder", "2025")})


@each_name_of_rows
def test_a_part_is_named_the_same_whatever_stands_in_others(named: object) -> None:
    assert callable(named)
    whole = named(ROWS, BY)
    for name in PARTS:
        alone = named(rows_of(ROWS, BY, [name]), BY)
        assert {one: seal for one, seal in alone.items() if one} == {name: whole[name]}


@each_name_of_rows
@pytest.mark.parametrize("column", ["words", "whole", "number", "flag", "day"])
@pytest.mark.parametrize("row", range(5))
def test_any_other_value_names_its_own_part_otherwise(named: object, column: str, row: int) -> None:
    assert callable(named)
    values = ROWS[column].to_list()
    values[row] = None if values[row] is not None else next(one for one in values if one is not None)
    changed = ROWS.with_columns(pl.Series(column, values, ROWS.schema[column]))
    differing(named(ROWS, BY), named(changed, BY), {part(*ROWS.select(BY).row(row))})


@each_name_of_rows
def test_text_that_moves_from_one_row_to_the_next_is_another(named: object) -> None:
    assert callable(named)
    moved = ROWS.with_columns(words=pl.Series(["a", "c", "b", "", "d"]))
    differing(named(ROWS, BY), named(moved, BY), {part("alder", "2025")})


def differing(ours: dict[str, str], theirs: dict[str, str], expected: set[str]) -> None:
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == expected


def test_digests_of_smaller_parts_are_found_by_the_part_that_they_are_in() -> None:
    step = replace(next(one for one in STEPS if one.alone), finer=("period",))
    found = digests(ROWS, step.hashed)
    inside = {part("alder", "2025"), part("alder", "2026")}
    assert below(found, {part("alder")}, step) == {name: found[name] for name in inside}
    whole = digests(ROWS, ("source",))
    assert below(whole, {part("alder"), part("cedar")}, replace(step, finer=())) == {
        part("alder"): whole[part("alder")]
    }


def test_the_name_of_a_part_gives_its_values_back() -> None:
    found = keys(PARTS, BY, ROWS)
    assert set(found.iter_rows()) == set(ROWS.select(BY).iter_rows())
    assert found.schema == ROWS.select(BY).schema


# ---- in the place of others --------------------------------------------------------------------------------


def made_up(step: Step, chance: random.Random) -> pl.DataFrame:
    """A table with rows of several parts, in the order in which the step leaves it."""
    table = TABLES[step.name]
    schema = {name: table.schema()[name] for name in table.KEY} | {"place": pl.Int64()}
    choices = ["abc" if schema[name] == pl.String else range(3) for name in table.KEY]
    cells = {tuple(chance.choice(one) for one in choices) for _ in range(60)}
    rows = [(*cell, chance.randrange(9)) for cell in sorted(cells)]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sample(fraction=1, shuffle=True, seed=chance.randrange(99)).sort("source") if step.alone else frame


@pytest.mark.parametrize("step", [one for one in STEPS if one.kept and one.parts], ids=lambda step: step.name)
@pytest.mark.parametrize("seed", range(12))
def test_rows_in_the_place_of_others_are_what_was_made_whole(step: Step, seed: int) -> None:
    chance = random.Random(seed)
    kept, whole = made_up(step, chance), made_up(step, chance)
    ours, theirs = (digests(one, step.parts) for one in (kept, whole))
    names = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    for further in (set(), set(chance.sample(sorted(theirs.keys() - {COLUMNS}), 1))):
        changed = names | further
        made = rows_of(whole, step.parts, changed)
        assert_frame_equal(exchanged(kept, made, step, changed), whole)
    same = rows_of(kept, step.parts, further).with_columns(place=pl.lit(99, pl.Int64))
    found = exchanged(kept, same, step, further)
    assert_frame_equal(found.drop("place"), kept.drop("place"))
    assert (found["place"] == 99).sum() == same.height


def test_every_kept_part_is_told_apart_by_columns_of_the_key() -> None:
    for step in STEPS:
        assert set(step.hashed) <= set(TABLES[step.name].KEY)
    assert parts.name_of(["alder"]) == '["alder"]'
