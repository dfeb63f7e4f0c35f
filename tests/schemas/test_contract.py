"""What a table promises, how a broken promise is named, and that naming one never repeats a value."""

from typing import Any

import polars as pl
import pytest

from schemas.contract import BrokenPromise, Column, Fault, Table, faults, keep_promise
from schemas.tables import PUBLIC_TABLES, TABLES

CANARY = "QX-CANARY-7719"


class Visits(Table):
    """One row per visit.

    More is said below the first line.
    """

    NAME = "visits"
    KEY = ("visit",)
    visit = Column("whole", "Number of the visit.", least=1)
    kind = Column("text", "First or later.", among=("first", "later"))
    share = Column("number", "Share of something.", empty=True, least=0, most=1)
    code = Column("text", "Two letters.", shape="^[a-f]{2}$")


def visits(**changed: Any) -> pl.DataFrame:
    written = {"visit": [1, 2], "kind": ["first", "later"], "share": [0.0, None], "code": ["ab", "cd"]}
    return pl.DataFrame(written | changed, schema=Visits.schema())


def named(frame: pl.DataFrame) -> list[tuple[str, str, int]]:
    return [(fault.column, fault.rule, fault.rows) for fault in faults(Visits, frame)]


def test_a_frame_that_keeps_every_promise_has_no_fault() -> None:
    assert named(visits()) == []


def test_an_empty_frame_keeps_every_promise() -> None:
    assert named(Visits.empty()) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"visit": [0, 2]}, ("visit", "at least 1", 1)),
        ({"share": [-0.01, 1.01]}, None),
        ({"share": [1.01, 0.5]}, ("share", "at most 1", 1)),
        ({"kind": [CANARY, CANARY]}, ("kind", "one of 2 declared words", 2)),
        ({"code": [CANARY, "ab"]}, ("code", "shaped like ^[a-f]{2}$", 1)),
        ({"kind": [None, "first"]}, ("kind", "not empty", 1)),
        ({"visit": [1, 1]}, ("visit", "one row each", 1)),
    ],
)
def test_a_fault_names_column_rule_and_number_of_rows(
    changed: dict[str, Any], fault: tuple[str, str, int] | None
) -> None:
    expected = [fault] if fault else [("share", "at least 0", 1), ("share", "at most 1", 1)]
    assert named(visits(**changed)) == expected


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_limit_belongs_to_what_is_allowed(share: float) -> None:
    assert named(visits(share=[share, None])) == []


@pytest.mark.parametrize("share", [-1e-9, 1 + 1e-9, float("nan"), float("inf")])
def test_what_lies_beyond_a_limit_or_is_no_number_is_a_fault(share: float) -> None:
    assert [rows for _, _, rows in named(visits(share=[share, None]))] == [1]


def test_all_broken_promises_are_named_at_once() -> None:
    found = named(visits(visit=[0, 0], kind=["x", "first"], code=["ab", "zz"]))
    assert [(column, rows) for column, _, rows in found] == [("code", 1), ("kind", 1), ("visit", 2)]


@pytest.mark.parametrize(
    "frame",
    [
        visits().drop("kind"),
        visits().with_columns(further=pl.lit(1)),
        visits().with_columns(pl.col("visit").cast(pl.Int64)),
    ],
    ids=["a column too few", "a column too many", "another type"],
)
def test_the_columns_themselves_are_promised(frame: pl.DataFrame) -> None:
    assert len(named(frame)) == 1


def test_rows_whose_hashes_collide_are_compared_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.DataFrame, "hash_rows", lambda keys: pl.Series([1] * keys.height))
    assert named(visits()) == []
    assert named(visits(visit=[7, 7])) == [("visit", "one row each", 1)]


def test_a_key_may_be_unique_within_further_columns() -> None:
    twice = pl.concat([visits().with_columns(source=pl.lit(at)) for at in (0, 1)])
    assert faults(Visits, twice, within=("source",)) == []
    again = pl.concat([twice, twice.head(1)])
    assert [fault.rows for fault in faults(Visits, again, within=("source",))] == [1]


# ---- keeping a promise -------------------------------------------------------------------------------------


def test_a_kept_promise_gives_the_columns_in_their_order() -> None:
    shuffled = visits().select("code", "share", "kind", "visit")
    assert keep_promise(Visits, shuffled).columns == ["visit", "kind", "share", "code"]


def test_a_broken_promise_says_where_and_what_to_do_and_never_a_value() -> None:
    with pytest.raises(BrokenPromise) as broken:
        keep_promise(Visits, visits(kind=[CANARY, "first"], code=[CANARY, "ab"]))
    message = str(broken.value)
    assert "visits.kind: 1 row(s) break 'one of 2 declared words'" in message
    assert "Nothing was published" in message
    assert "please report" in message
    assert CANARY not in message


def test_no_error_that_holds_values_is_chained_to_a_broken_promise() -> None:
    with pytest.raises(BrokenPromise) as broken:
        keep_promise(Visits, visits(kind=[CANARY, "first"]))
    assert broken.value.__cause__ is None
    assert broken.value.__context__ is None


def test_a_fault_reads_as_a_line() -> None:
    assert str(Fault("visits", "kind", "one of 2 words", 3)) == "visits.kind: 3 row(s) break 'one of 2 words'"


# ---- what a table says of itself ---------------------------------------------------------------------------


def test_the_grain_is_the_first_line_of_the_class() -> None:
    assert Visits.grain() == "One row per visit."


def test_columns_come_in_the_order_they_are_declared() -> None:
    assert list(Visits.columns()) == ["visit", "kind", "share", "code"]
    assert Visits.schema() == {"visit": pl.Int32, "kind": pl.String, "share": pl.Float64, "code": pl.String}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_without_rows_keeps_its_own_promise(table: type[Table]) -> None:
    assert faults(table, table.empty()) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_key_is_made_of_columns(table: type[Table]) -> None:
    assert set(table.KEY) <= set(table.columns())


def test_no_public_table_has_a_column_of_the_row_level_ones() -> None:
    of_people = {"patient", "episode", "line", "course", "start", "start_month", "date", "score"}
    assert {name for name, table in PUBLIC_TABLES.items() if of_people & set(table.columns())} == set()
