"""Text from outside: what is stripped, what is escaped, and what names it may give to files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.plain import chart_text, clean, in_numbers, slug, without_middle, wrapped

anything = st.text(max_size=300)


def test_control_and_bidirectional_characters_are_stripped() -> None:
    assert clean("Mill\u202e Lane\x00\x1b \u200bClinic\u2066") == "Mill Lane Clinic"


def test_text_is_put_on_one_line() -> None:
    assert clean(" two\r\nlines\tand\u2028more ") == "two lines and more"


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert clean("abcdef", longest=5) == "abcd…"
    assert clean("abcde", longest=5) == "abcde"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("abcdefgh", "abcdefgh"), ("abcdefghi", "abcd…ghi"), ("abc defghij klm", "abc…klm"), ("ab\u202ecd", "abcd")],
)
def test_a_long_text_may_lose_its_middle_instead(text: str, shown: str) -> None:
    assert without_middle(text, 8) == shown


@given(anything, st.integers(5, 60))
def test_a_text_without_its_middle_is_no_longer_than_asked_for(text: str, longest: int) -> None:
    assert len(without_middle(text, longest)) <= longest


@given(anything)
def test_nothing_unseen_survives(text: str) -> None:
    assert not {unicodedata.category(character) for character in clean(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<b>Bold</b> Clinic", "Bold Clinic"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("<scr<b>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
        ("A & B", "A &amp; B"),
        ("under < 5 and > 3", "under &lt; 5 and &gt; 3"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
    ],
)
def test_a_chart_label_carries_no_tag(written: str, shown: str) -> None:
    assert chart_text(written) == shown


@given(anything)
def test_a_chart_label_never_holds_a_bracket(text: str) -> None:
    assert not set("<>") & set(chart_text(text))


@pytest.mark.parametrize("name", ["riverside", "haake-2007.verum-6-months", "a_b.c"])
def test_a_plain_name_is_kept(name: str) -> None:
    assert slug(name) == name


@pytest.mark.parametrize("name", ["../../etc/passwd", "", ".", "a/b", "A", "a b", "a..b", "con\x00", "é", "-a-"])
def test_any_other_name_gets_a_safe_one_of_its_own(name: str) -> None:
    assert slug(name) != name
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not slug(name).startswith(".")
    assert ".." not in slug(name)


@given(anything, anything)
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)


def test_a_long_label_is_wrapped_and_cut() -> None:
    assert wrapped("Old Town Centre for Integrated Pain Medicine", 20, 2) == ["Old Town Centre for", "Integrated Pain…"]
    assert wrapped("short", 20, 2) == ["short"]
    assert wrapped("abcdefghijklmnopqrstuvwxyz", 10, 2) == ["abcdefghij…"]


def test_names_that_begin_with_numbers_stand_in_the_order_of_the_numbers() -> None:
    names = ["12 months: a", "6 months: b", "6 months: a", "8 weeks", "a", ""]
    assert sorted(names, key=in_numbers) == ["", "a", "6 months: a", "6 months: b", "8 weeks", "12 months: a"]
