"""Parquet: typed columns become the text that a contract describes, and what is not sound is refused."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery_contract import DeliveryContract
from tests.transforms import hillside
from tests.transforms.formats import adds_up, exported, refusal
from tests.transforms.hillside import CANARY
from transforms.sources import RefusedDelivery


def contract(**changed: Any) -> DeliveryContract:
    return hillside.contract(**{"format": "parquet"} | changed)


def parquet(table: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), stream, **options)
    return stream.getvalue()


ROWS: dict[str, Any] = {
    "code": ["A1", "A2"],
    "begun": [date(2026, 1, 5), date(2026, 1, 6)],
    "visit": [date(2026, 1, 5), date(2026, 1, 6)],
    "measure": ["pain", "pain"],
    "value": [7.0, 5.5],
}


def cells(table: dict[str, Any], agreed: DeliveryContract | None = None) -> dict[str, list[Any]]:
    return exported(parquet(table), agreed or contract()).records.collect().to_dict(as_series=False)


def test_a_row_is_a_line_and_there_is_no_header() -> None:
    found = exported(parquet(ROWS), contract())
    assert (found.lines, found.header, found.blank) == (2, 0, 0)
    assert found.records.select("line", "span", "patient").collect().rows() == [(1, 1, "A1"), (2, 1, "A2")]


def test_typed_cells_are_written_as_the_contract_declares() -> None:
    found = cells(ROWS, contract(file={"dates": "dmy", "decimal": ","}))
    assert found["date"] == ["05/01/2026", "06/01/2026"]
    assert found["score"] == ["7", "5,5"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.0, "7"),
        (5.3, "5.3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "10000000000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (float("nan"), "not finite"),
        (float("-inf"), "not finite"),
        (True, "true"),
        (7, "7"),
        ("", None),
        ("1e5", "1e5"),
        (None, None),
        (Decimal("5.30"), "5.30"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 10, 30), "2026-01-05"),  # noqa: DTZ001
        (datetime(2026, 1, 5, 23, 30, tzinfo=UTC), "2026-01-05T23:30:00+0000"),
    ],
)
def test_a_cell_is_written_out_and_never_rounded(value: Any, text: str | None) -> None:
    assert cells(ROWS | {"value": [value, None]})["score"] == [text, None]


def test_a_narrow_number_is_not_given_digits_that_it_does_not_have() -> None:
    assert cells(ROWS | {"value": pa.array([5.3, 7.1], pa.float32())})["score"] == ["5.3", "7.1"]


def test_categories_are_their_words() -> None:
    assert cells(ROWS | {"measure": pa.array(["pain", "rmdq"]).dictionary_encode()})["instrument"] == ["pain", "rmdq"]


@pytest.mark.parametrize("value", [b"7", [7], {"a": 7}, datetime(2026, 1, 5).time()])  # noqa: DTZ001
def test_a_type_that_has_no_plain_text_refuses_the_file(value: Any) -> None:
    rule, explanation = refusal(parquet(ROWS | {"value": [value, None]}), contract())
    assert rule == "column_type"
    assert "'value'" in explanation


def test_a_renamed_column_is_refused_with_the_nearest_name() -> None:
    renamed = {name.replace("value", "values"): column for name, column in ROWS.items()}
    rule, explanation = refusal(parquet(renamed), contract())
    assert rule == "missing_column"
    assert "'values'" in explanation


def test_a_column_that_is_not_declared_is_refused_or_never_read() -> None:
    wider = parquet(ROWS | {"phone": [CANARY, CANARY]})
    assert refusal(wider, contract())[0] == "undeclared_column"
    found = exported(wider, contract(file={"other_columns": "ignore"}))
    assert CANARY not in str(found.records.collect().to_dicts())


def test_rows_beyond_one_batch_keep_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.sources.parquet.BATCH", 3)
    many = {name: column * 5 for name, column in ROWS.items()}
    found = exported(parquet(many), contract())
    assert found.records.collect()["line"].to_list() == list(range(1, 11))


def test_a_file_without_rows_has_no_line() -> None:
    empty = pl.DataFrame(schema=dict.fromkeys(ROWS, pl.String)).to_arrow()
    found = exported(parquet(empty), contract())
    assert (found.lines, found.records.collect().height) == (0, 0)


# ---- hostile files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"PAR1", b"code,begun\nA1,2026\n", b"PK\x03\x04", b"PAR1" + bytes(50) + b"PAR1"])
def test_what_is_not_parquet_is_refused(content: bytes) -> None:
    assert refusal(content, contract())[0] == "not_parquet"


def test_a_file_without_bytes_is_empty() -> None:
    assert refusal(b"", contract())[0] == "empty"


def test_a_damaged_page_is_noticed_by_its_checksum() -> None:
    sound = parquet(ROWS | {"code": ["A1111111111", "A2"]}, write_page_checksum=True, compression="NONE")
    place = sound.index(b"A1111111111")
    assert refusal(sound[:place] + b"B" + sound[place + 1 :], contract())[0] == "not_parquet"


def test_text_that_is_not_utf8_is_refused() -> None:
    spoiled = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffA")]
    )
    assert refusal(parquet(ROWS | {"code": spoiled}), contract())[0] == "not_parquet"


def test_a_file_of_absurdly_many_rows_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.sources.parquet.MOST_ROWS", 1)
    assert refusal(parquet(ROWS), contract())[0] == "too_large"


SOUND = parquet({name: column * 20 for name, column in ROWS.items()}, write_page_checksum=True)


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=4), st.booleans())
def test_any_bytes_are_refused_or_every_row_is_counted(place: int, put: bytes, cut: bool) -> None:
    spoiled = SOUND[:place] + put + (b"" if cut else SOUND[place + len(put) :])
    try:
        found = exported(spoiled, contract())
    except RefusedDelivery:
        return
    assert adds_up(found)
    assert found.lines == 40


def test_a_refusal_repeats_no_cell() -> None:
    for content in (
        parquet(ROWS | {"phone": [CANARY, CANARY]}),
        CANARY.encode(),
        parquet(ROWS | {"value": [CANARY.encode(), b""]}),
    ):
        assert CANARY not in refusal(content, contract())[1]
