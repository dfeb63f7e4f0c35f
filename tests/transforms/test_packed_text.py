"""Text packed with gzip is read as the text that it holds, and nothing else that is packed is."""

import gzip
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import CANARY, HEADER, contract, exported
from transforms.sources import RefusedDelivery, packed_text

GOOD = "A1,2026-01-05,2026-01-05,pain,7"
TEXT = f"{HEADER}\n{GOOD}\n{CANARY},2026-01-06,2026-01-06,pain\n\n"
PACKED = contract(file={"packed": "gzip"})


def refusal(content: bytes, agreed: DeliveryContract = PACKED) -> tuple[str, str]:
    with pytest.raises(RefusedDelivery) as refused:
        exported(content, agreed)
    return refused.value.rule, refused.value.explanation


def test_a_packed_file_is_the_records_and_the_lines_of_its_text() -> None:
    found, plain = exported(gzip.compress(TEXT.encode()), PACKED), exported(TEXT)
    assert found.records.collect().equals(plain.records.collect())
    assert found.damaged.equals(plain.damaged)
    assert (found.lines, found.header, found.blank) == (plain.lines, plain.header, plain.blank) == (4, 1, 1)


def test_a_file_packed_in_several_parts_is_all_of_them() -> None:
    parts = gzip.compress(f"{HEADER}\n".encode()) + gzip.compress(f"{GOOD}\n".encode())
    assert exported(parts, PACKED).records.collect().height == 1


def test_a_packed_closing_line_speaks_for_the_text() -> None:
    agreed = contract(file={"packed": "gzip", "closing_line": "END {rows}"})
    assert exported(gzip.compress(f"{HEADER}\n{GOOD}\nEND 1\n".encode()), agreed).header == 2
    assert refusal(gzip.compress(f"{HEADER}\n{GOOD}\nEND 2\n".encode()), agreed)[0] == "closing_line"


def test_a_packed_file_in_another_encoding_is_unpacked_first() -> None:
    agreed = contract(file={"packed": "gzip", "encoding": "utf-16"})
    assert exported(gzip.compress(TEXT.encode("utf-16")), agreed).lines == 4


@given(keep=st.integers(1, 10_000))
def test_b_02_a_packed_file_that_is_cut_anywhere_is_refused(keep: int) -> None:
    whole = gzip.compress(TEXT.encode())
    assert refusal(whole[: 2 + keep % (len(whole) - 2)])[0] == "packed"


@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_packed_file_in_which_a_bit_was_turned_is_never_read_as_another_text(at: int, bit: int) -> None:
    whole = bytearray(gzip.compress(TEXT.encode(), mtime=0))
    whole[at % len(whole)] ^= 1 << bit
    with suppress(RefusedDelivery):
        assert exported(bytes(whole), PACKED).records.collect().equals(exported(TEXT).records.collect())


@pytest.mark.parametrize("content", [TEXT.encode(), b"PK\x03\x04rest", b"BZh9rest"])
def test_what_is_not_gzip_is_refused_where_gzip_is_declared(content: bytes) -> None:
    rule, explanation = refusal(content)
    assert (rule, CANARY in explanation) == ("wrong_kind", False)


def test_a_gzip_file_that_nobody_declared_is_refused() -> None:
    assert refusal(gzip.compress(TEXT.encode()), contract())[0] == "wrong_kind"


def test_b_14_another_kind_of_file_is_named_inside_a_packed_one_too() -> None:
    archive = BytesIO()
    zipfile.ZipFile(archive, "w").close()
    for inside in (archive.getvalue(), b"%PDF-1.7", gzip.compress(TEXT.encode())):
        assert refusal(gzip.compress(inside))[0] == "wrong_kind"


def test_an_empty_file_and_one_with_nothing_packed_are_both_empty() -> None:
    assert refusal(b"")[0] == refusal(gzip.compress(b""))[0] == "empty"


def test_b_13_a_file_that_unpacks_to_more_than_fifty_times_its_size_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = f"{HEADER}\n".encode() + f"{GOOD}\n".encode() * 20_000
    assert len(rows) > packed_text.MOST_TIMES * len(gzip.compress(rows))
    assert exported(gzip.compress(rows), PACKED).lines == 20_001, "so small a file may grow"
    monkeypatch.setattr(packed_text, "ALWAYS_ALLOWED", len(rows) - 1)
    assert refusal(gzip.compress(rows))[0] == "too_large"
    monkeypatch.setattr(packed_text, "ALWAYS_ALLOWED", len(rows))
    assert exported(gzip.compress(rows), PACKED).lines == 20_001
