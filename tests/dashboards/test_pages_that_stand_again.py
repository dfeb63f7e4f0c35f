"""A site that takes pages from the release before is the site that is drawn from nothing, whatever was edited."""

import json
import os
import pickle
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboards.layout import Page, Release, release
from dashboards.marts import Marts, MartsError
from dashboards.shelf import KEYS, Before, Shelf
from dashboards.site import _pages, build  # the pages alone, without writing them a hundred times
from dashboards.slices import script
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release
from tests.dashboards.built_site import contents

FIRST, SECOND = "a1b2c3d4e5f60718", "0f1e2d3c4b5a6978"
CODE = "the code of today"
#: How many cells are edited, one at a time; `make nightly` edits more, and takes a row from each table, not each third.
EDITS = int(os.environ.get("VERUM_PAGE_EDITS", "8"))
Files = dict[str, bytes]


# ---- a release before, and one after it, in memory ---------------------------------------------------------


def drawn(marts: Marts, name: str, before: Before | None = None, code: str = CODE) -> tuple[Files, Shelf]:
    """All pages and slices of a release, and what became of each page."""
    shelf = Shelf(release(marts, name), code, before)
    files: Files = {}
    for page in _pages(marts, shelf.stands, shelf):
        files[page.path] = page.html.encode()
        files |= page.files
        for view in page.views:
            told = script(view, release=name, data_to=shelf.stands.data_to, disclosure=shelf.stands.disclosure)
            files[f"data/{view.id}.js"] = told.encode()
    return files, shelf


class InMemory(Before):
    """A release before that was never written."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        super().__init__(name, Path(), {path: sha256(held).hexdigest() for path, held in files.items()})
        object.__setattr__(self, "files", files)

    def read(self, path: str) -> bytes | None:
        held: bytes | None = self.files.get(path)  # type: ignore[attr-defined]  # set above
        return held if held is not None and sha256(held).hexdigest() == self.sealed.get(path) else None


@pytest.fixture(scope="module")
def before(marts: Marts) -> Before:
    files, shelf = drawn(marts, FIRST)
    assert not shelf.standing
    return InMemory(FIRST, {f"site/{path}": held for path, held in files.items()} | {KEYS: shelf.keys().encode()})


def edited(marts: Marts, table: str, row: int, column: str, value: Any) -> Marts:
    frame: pl.DataFrame = getattr(marts, table)
    changed = frame[column].to_list()
    changed[row] = value
    return replace(marts, **{table: frame.with_columns(pl.Series(column, changed, frame.schema[column]))})


# ---- whatever is edited ------------------------------------------------------------------------------------


@cache
def editable() -> list[tuple[str, str]]:
    """Every column of every public table whose values are free."""
    return [
        (name, column)
        for name, table in PUBLIC_TABLES.items()
        for column, held in table.columns().items()
        if column not in table.KEY and held.among is None
    ]


def another(value: Any, chance: random.Random) -> Any:
    """Another value of the same kind; what is empty stays so."""
    match value:
        case None:
            return None
        case bool():
            return not value
        case int():
            return value + 5
        case float():
            return value * chance.uniform(0.2, 0.999)
        case date():
            return value - timedelta(days=chance.randrange(1, 90))
    return f"{value} {chance.randrange(1000)}"


@pytest.mark.parametrize("seed", range(EDITS))
def test_whatever_cell_is_edited_the_site_is_the_one_that_is_drawn_from_nothing(
    marts: Marts, before: Before, seed: int
) -> None:
    chance = random.Random(seed)
    table, column = chance.choice([pair for pair in editable() if getattr(marts, pair[0]).height])
    row = chance.randrange(getattr(marts, table).height)
    after = edited(marts, table, row, column, another(getattr(marts, table)[column][row], chance))
    try:
        anew, _ = drawn(after, SECOND)
    except (KeyError, MartsError, StopIteration, ValueError) as elsewhere:
        with pytest.raises(type(elsewhere)):
            drawn(after, SECOND, before)
        return
    again, shelf = drawn(after, SECOND, before)
    assert shelf.standing, f"{table}.{column} had every page drawn"
    assert again == anew


@pytest.mark.parametrize("table", sorted(made_up_release.tables())[:: 1 if EDITS > 100 else 3])
def test_a_row_that_is_gone_is_gone_from_every_page(marts: Marts, before: Before, table: str) -> None:
    after = replace(marts, **{table: getattr(marts, table)[1:]})
    try:
        anew, _ = drawn(after, SECOND)
    except (KeyError, MartsError) as nothing:
        with pytest.raises(type(nothing)):
            drawn(after, SECOND, before)
        return
    assert drawn(after, SECOND, before)[0] == anew


def test_several_releases_after_each_other_stay_what_is_drawn_from_nothing(marts: Marts, before: Before) -> None:
    chance, last = random.Random(7), before
    for name in (SECOND, "1111222233334444", "5555666677778888"):
        row = chance.randrange(marts.observed_rates.height)
        marts = edited(marts, "observed_rates", row, "rate", chance.random())
        files, shelf = drawn(marts, name, last)
        assert files == drawn(marts, name)[0]
        last = InMemory(name, {f"site/{path}": held for path, held in files.items()} | {KEYS: shelf.keys().encode()})


# ---- what is drawn and what stands -------------------------------------------------------------------------


def test_the_same_rows_under_another_name_draw_no_page_of_a_clinic_study_or_outcome(
    marts: Marts, before: Before
) -> None:
    again, shelf = drawn(marts, SECOND, before)
    assert (shelf.drawn, shelf.refilled) == ([], [])
    assert len(shelf.standing) > 40
    assert again == drawn(marts, SECOND)[0]
    assert not [path for path, held in again.items() if path.endswith((".html", ".js")) and FIRST.encode() in held]


def test_a_corrected_clinic_draws_its_own_pages_and_no_other_clinics(marts: Marts, before: Before) -> None:
    row = marts.observed_rates.with_row_index().filter(source="riverside", period_kind="all")["index"][0]
    corrected = edited(marts, "observed_rates", row, "rate", 0.61)
    again, shelf = drawn(corrected, SECOND, before)
    assert {path for path in shelf.drawn if path.split("/")[0] in ("clinics", "receipts", "evidence")} == {
        "clinics/riverside.html"
    }
    assert shelf.refilled == ["receipts/riverside.html"]
    assert again == drawn(corrected, SECOND)[0]


def test_a_number_that_moves_in_every_clinic_draws_nothing_but_parts_of_receipts(marts: Marts, before: Before) -> None:
    moved = replace(marts, clinic_variation=marts.clinic_variation.with_columns(pl.col("shrunk_rate") * 0.9))
    again, shelf = drawn(moved, SECOND, before)
    assert len(shelf.refilled) > 5
    assert not [path for path in shelf.drawn if path.startswith(("clinics/", "receipts/"))]
    assert again == drawn(moved, SECOND)[0]


@pytest.mark.parametrize(("table", "folder"), [("clinic_variation", "variation"), ("trends", "trends")])
def test_an_outcome_that_is_corrected_draws_its_own_page_and_no_other_outcomes(
    marts: Marts, table: str, folder: str
) -> None:
    marts = with_another_outcome(marts)
    files, shelf = drawn(marts, FIRST)
    last = InMemory(FIRST, {f"site/{path}": held for path, held in files.items()} | {KEYS: shelf.keys().encode()})
    shown = getattr(marts, table).with_row_index().filter(pl.col("rate").is_not_null(), endpoint=ANOTHER)
    corrected = edited(marts, table, shown["index"][-1], "rate", 0.0123)
    again, shelf = drawn(corrected, SECOND, last)
    assert [path for path in shelf.standing if path.startswith(folder)] == [f"{folder}.html"]
    assert len([path for path in shelf.drawn if path.startswith(folder)]) == 1
    assert again == drawn(corrected, SECOND)[0]


#: An endpoint at which nothing of the made-up release is due, so that its outcomes are others.
ANOTHER = "last-in-270-days"


def with_another_outcome(marts: Marts) -> Marts:
    """The release with every row of funnels and of charts over time once more, at another endpoint."""
    tables = {name: getattr(marts, name) for name in ("clinic_variation", "funnel_limits", "trends")}
    assert not any(ANOTHER in table["endpoint"] for table in tables.values())
    twice = {name: pl.concat([table, table.with_columns(endpoint=pl.lit(ANOTHER))]) for name, table in tables.items()}
    return replace(marts, **twice)


@pytest.mark.parametrize("maker", ["dashboards.pages.variation.plane", "dashboards.pages.trends.small_multiples"])
def test_a_chart_of_a_page_that_stands_is_not_made(
    marts: Marts, before: Before, maker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, None)
    drawn(marts, SECOND, before)
    with pytest.raises(TypeError):
        drawn(marts, SECOND)


def test_a_study_that_is_edited_draws_its_own_page_and_no_other_studys(marts: Marts, before: Before) -> None:
    after = edited(marts, "studies", 0, "citation", "Another place")
    again, shelf = drawn(after, SECOND, before)
    name = after.studies["study"][0]
    assert [path for path in shelf.drawn if path.startswith("evidence/")] == [f"evidence/{name}.html"]
    assert again == drawn(after, SECOND)[0]


# ---- what holds for every page -----------------------------------------------------------------------------


def test_another_disclosure_or_newest_day_draws_every_page(marts: Marts, before: Before) -> None:
    places = {row["key"]: place for place, row in enumerate(marts.release_notes.iter_rows(named=True))}
    policy = next(place for key, place in places.items() if key.startswith("disclosure"))
    latest = replace(marts, cohorts=marts.cohorts.with_columns(data_to=date(2026, 12, 24)))
    for after in (edited(marts, "release_notes", policy, "value", "Nothing is hidden."), latest):
        again, shelf = drawn(after, SECOND, before)
        assert not shelf.standing
        assert again == drawn(after, SECOND)[0]


def test_other_code_draws_every_page(marts: Marts, before: Before) -> None:
    assert not drawn(marts, SECOND, before, code="the code of tomorrow")[1].standing


def test_code_that_nobody_named_takes_no_page(marts: Marts, before: Before) -> None:
    assert not drawn(marts, SECOND, before, code="")[1].standing


def test_a_name_of_another_length_takes_no_page_for_lines_may_break_elsewhere(marts: Marts, before: Before) -> None:
    assert not drawn(marts, SECOND + "0", before)[1].standing


# ---- on the disk -------------------------------------------------------------------------------------------


def sealed(folder: Path) -> dict[str, str]:
    return {path: sha256(held).hexdigest() for path, held in contents(folder).items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release before with its marts, site and keys."""
    folder = tmp_path_factory.mktemp("before")
    build(made_up_release.write(folder / "marts.duckdb", made_up_release.tables()), folder / "site", FIRST, CODE)
    return folder


DAMAGED = ("site/clinics/riverside.html", "site/receipts/riverside.html", "site/data/clinic.riverside.js", KEYS)


@pytest.mark.parametrize("path", DAMAGED)
@pytest.mark.parametrize("way", ["a letter", "gone", "not in the manifest"])
def test_a_damaged_page_is_drawn_anew(written: Path, path: str, way: str, tmp_path: Path) -> None:
    sums, place = sealed(written), written / path
    whole = place.read_bytes()
    anew, taken = tmp_path / "anew" / "site", tmp_path / "taken" / "site"
    build(written / "marts.duckdb", anew, SECOND, CODE)
    try:
        if way == "a letter":
            place.write_bytes(whole.replace(b"e", b"\xff", 1))
        elif way == "gone":
            place.unlink()
        else:
            del sums[path]
        shelf = build(written / "marts.duckdb", taken, SECOND, CODE, Before(FIRST, written, sums))
    finally:
        place.write_bytes(whole)
    assert shelf.drawn
    assert bool(shelf.standing) == (path != KEYS)
    assert contents(taken.parent) == contents(anew.parent)


def test_nothing_is_taken_from_a_release_that_is_not_there(written: Path, tmp_path: Path) -> None:
    shelf = build(written / "marts.duckdb", tmp_path / "site", SECOND, CODE, Before(FIRST, tmp_path / "no", {}))
    assert not shelf.standing


# ---- what cannot be got wrong ------------------------------------------------------------------------------


def test_a_page_that_sees_more_than_its_material_cannot_stand_on_the_shelf(stands: Release) -> None:
    unseen = "not in the key"

    def draw(material: str, _: Release) -> Page:
        return Page("x.html", material + unseen)

    with pytest.raises(TypeError, match="a plain function"):
        Shelf(stands).page("x.html", draw, "seen")


def test_material_that_is_not_plain_values_is_refused(stands: Release) -> None:
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        Shelf(stands).page("x.html", plain_page, lambda: "whatever")


def test_it_makes_no_difference_whether_two_parts_of_a_material_are_one_object(stands: Release) -> None:
    shelf, word = Shelf(stands), "a word of its own"
    shelf.page("one.html", plain_page, [word, word])
    shelf.page("two.html", plain_page, [word, "".join(["a word", " of its own"])])
    one, two = json.loads(shelf.keys())["pages"].values()
    assert one["key"] == two["key"]


def test_what_differs_only_in_its_type_or_sign_is_not_the_same(stands: Release) -> None:
    values = [0.0, -0.0, 0, "0", None, False, "", date(2026, 1, 1), "2026-01-01", [], {}]
    shelf = Shelf(stands)
    for place, value in enumerate(values):
        shelf.page(f"{place}.html", plain_page, value)
    keys = [entry["key"] for entry in json.loads(shelf.keys())["pages"].values()]
    assert len(set(keys)) == len(values)


TOLD = pl.DataFrame({"a": ["ab", "c", None], "b": [1.0, None, 0.0], "c": [True, False, None]})


@pytest.mark.parametrize(
    "other",
    [
        TOLD.with_columns(a=pl.Series(["a", "bc", None])),
        TOLD.with_columns(a=pl.Series(["ab", "c", ""])),
        TOLD.with_columns(a=pl.Series(["ab", None, "c"])),
        TOLD.with_columns(b=pl.Series([1.0, 0.0, None])),
        TOLD.with_columns(b=pl.Series([1.0, None, -0.0])),
        TOLD.with_columns(b=pl.Series([1, None, 0])),
        TOLD.with_columns(c=pl.Series([True, False, False])),
        TOLD.rename({"a": "d"}),
        TOLD.select("b", "a", "c"),
        TOLD.reverse(),
        TOLD[:2],
    ],
    ids=["split", "empty", "moved", "null moved", "sign", "type", "flag", "name", "order", "rows", "fewer"],
)
def test_a_table_that_differs_in_anything_is_not_the_same(stands: Release, other: pl.DataFrame) -> None:
    assert key_of(stands, other) != key_of(stands, TOLD)


def test_a_table_is_the_same_however_it_lies_in_memory(stands: Release) -> None:
    pieces = pl.concat([TOLD[:1], TOLD[1:], TOLD], rechunk=False)
    assert key_of(stands, pieces[:3]) == key_of(stands, TOLD)


def test_a_table_that_cannot_be_told_apart_from_another_is_refused(stands: Release) -> None:
    with pytest.raises(TypeError, match="cannot be told apart"):
        key_of(stands, pl.DataFrame({"a": [[1], [2]]}))


def key_of(stands: Release, material: object) -> str:
    shelf = Shelf(stands)
    shelf.page("x.html", plain_page, material)
    return str(json.loads(shelf.keys())["pages"]["x.html"]["key"])


def plain_page(_: object, stands: Release) -> Page:
    return Page("x.html", stands.id)
