"""Delimited text that is refused as a whole: the message says where and what, and repeats no value."""

import pytest

from tests.transforms.hillside import CANARY, HEADER, contract
from tests.transforms.hillside_files import GOOD, refusal, text


def test_a_file_without_bytes_is_refused() -> None:
    assert refusal(b"")[0] == "empty"


@pytest.mark.parametrize("content", ["ä", "€", "naïve"])
@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16-be", "utf-16-le"])
def test_an_undeclared_encoding_is_refused_and_the_byte_is_named(content: str, encoding: str) -> None:
    rule, explanation = refusal(text(GOOD.replace("A1", content)).encode(encoding))
    assert rule == "encoding"
    assert "yte " in explanation
    assert content not in explanation


def test_another_encoding_than_the_declared_one_is_refused() -> None:
    rule, explanation = refusal(b"\xff" + text(GOOD).encode(), contract(file={"encoding": "utf-16"}))
    assert rule == "encoding"
    assert "Declare the encoding" in explanation


@pytest.mark.parametrize("place", [0, 10, 40, 60])
def test_a_file_with_a_nul_byte_is_no_text(place: int) -> None:
    content = text(GOOD).encode()
    rule, explanation = refusal(content[:place] + b"\0" + content[place:])
    assert (rule, f"Byte {place} is NUL" in explanation) == ("encoding", True)


def test_a_file_that_ends_within_a_character_is_refused() -> None:
    assert refusal(text(GOOD).encode() + "ä".encode()[:1])[0] == "encoding"


def test_a_header_with_an_open_quote_is_refused() -> None:
    rule, explanation = refusal(text(GOOD).replace("code", '"code'))
    assert rule == "header_unreadable"
    assert "Line 1" in explanation
    assert "Export again" in explanation


@pytest.mark.parametrize("absent", HEADER.split(","))
def test_a_missing_column_is_named_with_the_nearest_name_in_the_file(absent: str) -> None:
    rule, explanation = refusal(text(GOOD).replace(absent, absent + "_fu", 1))
    assert rule == "missing_column"
    assert explanation.startswith(f"Line 1: no column {absent!r}. The nearest name in the file is '{absent}_fu'")
    assert "change [columns] in the contract and raise its version" in explanation


def test_an_undeclared_column_is_named_by_its_place() -> None:
    rule, explanation = refusal(f"{HEADER},phone\n{GOOD},{CANARY}\n")
    assert rule == "undeclared_column"
    assert "column 6 ('phone')" in explanation
    assert 'other_columns = "ignore"' in explanation
    assert CANARY not in explanation


def test_a_header_cell_that_looks_like_a_value_is_not_repeated() -> None:
    _, explanation = refusal(f"{HEADER},+44 20 7946 0000\n{GOOD},1\n")
    assert "column 6 (name not shown)" in explanation
    assert "7946" not in explanation


def test_a_header_cell_that_looks_like_a_patients_number_is_not_repeated() -> None:
    (rule, said) = refusal(f"{HEADER},ZQX-010001\n{GOOD},x\n")
    assert rule == "undeclared_column"
    assert "column 6 (name not shown)" in said
    assert "ZQX" not in said


def test_a_name_that_stands_twice_is_refused() -> None:
    rule, explanation = refusal(f"{HEADER},Value\n{GOOD},1\n")
    assert rule == "duplicate_column"
    assert "Rename one" in explanation


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
        "%PDF-1.7\n1 0 obj\n",
        '{"patients": [{"code": "A1"}]}\n',
        f"Export of Hillside\n{HEADER}\n{GOOD}\n",
        "\n" + text(GOOD),
        "   \n",
    ],
    ids=["an error page", "a PDF", "JSON", "a preamble", "a blank line", "spaces"],
)
def test_a_file_that_does_not_begin_with_the_header_is_refused(content: str) -> None:
    assert refusal(content)[0] in ("missing_column", "header_unreadable", "wrong_kind")


def test_a_file_without_a_header_is_refused_and_none_of_its_values_is_repeated() -> None:
    first = f"{CANARY},2026-01-05,2026-01-05,pain,7"
    rule, explanation = refusal(f"{first}\n{first}\n")
    assert rule == "missing_column"
    assert CANARY not in explanation
