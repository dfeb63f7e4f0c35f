"""Public tables that are kept, in parts: a part is made anew where its own rows have changed, and no other."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration import kept_files, parts, release
from orchestration.kept_files import OTHERS
from orchestration.pipeline import Setting
from orchestration.publishing import Made
from orchestration.settings import Home
from orchestration.steps import PARTS, STEPS, Step
from tests.orchestration.kept.kept_home import (
    KEPT,
    Seen,
    anew,
    joins,
    same,
    tables_of,
)
from tests.orchestration.small_network import alder_lines


@pytest.mark.parametrize("step", [step for step in STEPS if step.apart], ids=lambda step: step.name)
def test_rows_of_a_part_depend_on_no_other_part(step: Step, whole: tuple[Setting, Made]) -> None:
    setting, tables = whole
    given = {"vocabulary": setting.vocabulary, "evidence": setting.evidence}
    read, made = {name: tables[name] for name in step.tables}, tables[step.name]
    found = parts.digests(made, step.parts)
    assert len(found) > 2
    for part in found.keys() - {parts.COLUMNS}:
        own = {
            name: parts.rows_of(one, step.parts, [part]) if set(step.parts) <= set(one.columns) else one
            for name, one in read.items()
        }
        rows = step.make(**own, **{name: given[name] for name in step.inputs})
        assert_frame_equal(rows, parts.rows_of(made, step.parts, [part]), check_exact=True)


def corrected(home: Home, name: str, better: int, worse: int = 0) -> None:
    """A clinic sends its file again; with `worse`, function alone is another than it would be."""
    lines = alder_lines(better=better).splitlines()
    place = [at for at, line in enumerate(lines) if line.startswith("A-") and line.endswith("function,60")][:worse]
    again = [line.replace(",60", ",46") if at in place else line for at, line in enumerate(lines)]
    joins(home, name, better=better)
    max((home.landing / name).iterdir()).write_text("\n".join(again) + "\n", "utf-8")


def test_a_correction_of_one_outcome_makes_again_its_own_cells_alone(
    home: Home, made: Seen, monkeypatch: pytest.MonkeyPatch
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


def test_a_correction_that_changes_no_released_number_compares_no_clinics_again(home: Home, made: Seen) -> None:
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


def test_what_is_said_of_kept_rows_is_not_believed_once_a_letter_is_another(home: Home, made: Seen) -> None:
    first = tables_of(home)
    for place in home.kept.glob("*.json"):
        said = place.read_text("utf-8")
        at = said.index('"shared": "') + len('"shared": "')
        place.write_text(said[:at] + ("1" if said[at] != "1" else "2") + said[at + 1 :], "utf-8")
    made.clear()
    same(tables_of(home), first)
    assert made.keys() >= KEPT
