"""Reading what people write: every key known, every value of its type, every error with a next step."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.strict_toml import Place, TomlError, nearest, parse, record, shown, slug, tables

HERE = Place("folder/file.toml", TomlError)


@dataclass(frozen=True)
class Example:
    name: str
    size: int | None = None
    share: float = 0.0
    exact: Decimal = Decimal(0)
    kind: Literal["one", "two"] = "one"
    words: tuple[str, ...] = ()
    sure: bool = False
    seen: date | None = None


def made(text: str) -> Example:
    return record(Example, parse(text.encode(), HERE), HERE)


def refusal(text: str) -> str:
    with pytest.raises(TomlError) as caught:
        made(text)
    return str(caught.value)


def test_every_declared_type_is_read() -> None:
    written = 'name="a"\nsize=3\nshare=0.5\nexact=0.1\nkind="two"\nwords=["x","y"]\nsure=true\nseen=2026-01-31'
    expected = Example("a", 3, 0.5, Decimal("0.1"), "two", ("x", "y"), True, date(2026, 1, 31))
    assert made(written) == expected


def test_a_whole_number_serves_where_a_number_is_asked_for() -> None:
    assert made('name="a"\nshare=1\nexact=2') == Example("a", share=1.0, exact=Decimal(2))


def test_an_unknown_key_names_the_nearest_one() -> None:
    assert refusal('name="a"\nsiez=3') == (
        "folder/file.toml: siez: found an unknown key; expected perhaps 'size'. Rename or remove it."
    )


def test_a_missing_key_is_named() -> None:
    assert "folder/file.toml: name: found nothing; expected this key" in refusal("size=3")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("name=3", "name: found a whole number; expected a text"),
        ('name="a"\nsize="3"', "size: found a text; expected a whole number"),
        ('name="a"\nsize=true', "size: found true or false; expected a whole number"),
        ('name="a"\nsize=3.0', "size: found a decimal number; expected a whole number"),
        ('name="a"\nshare="x"', "share: found a text; expected a number"),
        ('name="a"\nshare=true', "share: found true or false; expected a number"),
        ('name="a"\nkind="tow"', "kind: found 'tow'; expected perhaps 'two'"),
        ('name="a"\nwords="x"', "words: found a text; expected a list of texts"),
        ('name="a"\nwords=["x", 1]', "words[2]: found a whole number; expected a text"),
        ('name="a"\nseen=2026-01-31T10:00:00', "seen: found a date with a time; expected a date"),
        ('name="a"\nseen=10:00:00', "seen: found a time of day; expected a date"),
        ('name="a"\nsure=1', "sure: found a whole number; expected true or false"),
    ],
)
def test_a_value_of_another_type_is_refused(written: str, found: str) -> None:
    assert found in refusal(written)


def test_a_field_that_the_loader_fills_in_may_not_be_written() -> None:
    with pytest.raises(TomlError, match="name: found an unknown key"):
        record(Example, {"name": "a"}, HERE, name="b")


def test_broken_toml_and_broken_text_are_refused() -> None:
    with pytest.raises(TomlError, match="TOML that cannot be read"):
        parse(b"name = ", HERE)
    with pytest.raises(TomlError, match="not UTF-8"):
        parse(b'name = "\xff"', HERE)


def test_a_list_of_tables_must_be_one() -> None:
    assert tables([{"a": 1}], HERE.at("arm")) == [{"a": 1}]
    with pytest.raises(TomlError, match=r"Write \[\[arm\]\]"):
        tables({"a": 1}, HERE.at("arm"))
    with pytest.raises(TomlError, match="a list of tables"):
        tables([1], HERE.at("arm"))


def test_a_record_must_be_a_table() -> None:
    with pytest.raises(TomlError, match="found a text; expected a table"):
        record(Example, "a", HERE)


def test_places_read_like_paths() -> None:
    assert HERE.at("arm").at(2).at("n").key == "arm[2].n"


def test_a_message_never_holds_the_path_of_the_machine(tmp_path) -> None:
    path = tmp_path / "home" / "vocabulary" / "endpoints.toml"
    assert shown(path) == "vocabulary/endpoints.toml"


@pytest.mark.parametrize("word", ["a", "rmdq-24", "4-weeks", "a1-b2-c3"])
def test_ids_are_lower_case_words_with_single_hyphens(word: str) -> None:
    assert slug(word, HERE) == word


@pytest.mark.parametrize("word", ["", "A", "a_b", "-a", "a-", "a--b", "a b", "ä", "a\n"])
def test_anything_else_is_no_id(word: str) -> None:
    with pytest.raises(TomlError, match="lower-case letters"):
        slug(word, HERE)


def test_nothing_near_lists_everything() -> None:
    assert nearest("zzz", ["b", "a"]) == "one of a, b"
    assert nearest("zzz", []) == "one of (none are defined)"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000))
def test_a_written_number_keeps_every_digit(number: Decimal) -> None:
    assert made(f'name="a"\nexact={number:f}').exact == number


@given(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1))
def test_no_unknown_key_is_ever_accepted(key: str) -> None:
    fields = set(Example.__dataclass_fields__)
    if key in fields:
        return
    assert f"{key}: found an unknown key" in refusal(f'name="a"\n{key}=1')
