"""Items of a record become the score that its instrument's rule gives, and a total must agree with them."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract_reading import contract_from
from schemas.delivery_contract import ContractError, DeliveryContract
from schemas.item_rules import ITEM_RULES
from tests.transforms.hillside import INSTRUMENT, VOCABULARY, reasons, typed
from transforms import scoring


def contract(instrument: str, **keys: Any) -> DeliveryContract:
    """A contract for a file with the items of one instrument, and its total if `keys` name a column."""
    file = keys.pop("file", {})
    items = [f"i{at}" for at in range(ITEM_RULES[instrument].items)]
    written = {
        "clinic": "hillside",
        "version": 1,
        "format": "delimited",
        "layout": "visits",
        "condition": "chronic-low-back-pain",
        "treatment": "acupuncture",
        "file": file,
        "columns": {"patient": "code", "date": "visit"},
        "measure": [{"instrument": instrument, "items": items} | keys],
    }
    return contract_from(written, VOCABULARY, where="hillside.toml")


def read(instrument: str, *answers: Any, total: str | None = None, **keys: Any) -> tuple[float | None, set[str]]:
    """The score in points and the reasons of a record with these answers."""
    agreed = contract(instrument, **keys | ({"column": "total"} if total is not None else {}))
    names = ["code", "visit", *agreed.measures[0].items, *(["total"] if total is not None else [])]
    values = [
        "A1",
        "2025-01-15",
        *("" if one is None else str(one) for one in answers),
        *([total] if total is not None else []),
    ]
    row = typed(f"{','.join(names)}\n{','.join(values)}\n", agreed).row(0, named=True)
    assert row["instrument"] == INSTRUMENT[instrument]
    scale = VOCABULARY.instruments[instrument].scale
    return None if row["score"] is None else row["score"] / scale, reasons(row["reasons"])


def expected(instrument: str, answers: list[Any], form: str) -> float | None:
    """The score by the rules one record at a time."""
    match instrument:
        case "rmdq-24" | "rmdq-23":
            return scoring.rmdq(answers, form, n_items=24 if instrument == "rmdq-24" else 23).score  # type: ignore[arg-type] # both forms
        case "odi":
            return scoring.odi(answers).score
        case "ffbh-r":
            return scoring.ffbh_r(answers).score
        case "peg":
            return scoring.peg(answers).score
        case "cpgs-pain":
            return scoring.chronic_pain_grade(answers, [None] * 3, None).pain_intensity
    return scoring.chronic_pain_grade([None] * 3, answers, None).disability_score


@st.composite
def filled_in(draw: st.DrawFn) -> tuple[str, str, list[int | None]]:
    name = draw(st.sampled_from(sorted(ITEM_RULES)))
    rule = ITEM_RULES[name]
    answer = st.integers(0, rule.most)
    answers: list[int | None] = list(draw(st.lists(answer, min_size=rule.items, max_size=rule.items)))
    for left_out in draw(st.lists(st.integers(0, rule.items - 1), max_size=6)):
        answers[left_out] = None
    return name, draw(st.sampled_from(rule.forms or ("",))), answers


@given(filled_in())
@settings(max_examples=60, deadline=None)
def test_columns_of_items_score_as_one_record_at_a_time_does(case: tuple[str, str, list[int | None]]) -> None:
    name, form, answers = case
    found, why = read(name, *answers, form=form)
    by_the_rule = expected(name, answers, form)
    assert why == set()
    assert (found is None) == (by_the_rule is None)
    if by_the_rule is not None:
        assert found == pytest.approx(by_the_rule, abs=0.5 / VOCABULARY.instruments[name].scale)


@pytest.mark.parametrize(("missing", "scored"), [(2, True), (3, False)])
def test_too_few_answers_are_an_accepted_line_without_a_score(missing: int, scored: bool) -> None:
    found, why = read("odi", *[2] * (10 - missing), *[None] * missing)
    assert (found is not None, why) == (scored, set())


@pytest.mark.parametrize("answer", ["11", "-1", "7.5", "x", "1e0", ">5", "999"])
def test_an_answer_that_the_form_does_not_have_sets_the_line_aside(answer: str) -> None:
    assert read("peg", 7, 5, answer)[1] == {"item_impossible"}


def test_a_declared_code_for_missing_is_no_answer() -> None:
    assert read("peg", 7, 5, "-9", file={"missing": ["", "-9"]}) == (None, set())


def test_answers_may_be_words_that_the_contract_explains() -> None:
    answers = {"never": 0, "always": 10}
    assert read("peg", "never", "always", "always", answers=answers) == (pytest.approx(20 / 3, abs=1e-4), set())
    assert read("peg", "never", "always", "7", answers=answers)[1] == {"item_impossible"}


# ---- a total and its items ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "total", "agrees"),
    [
        ((7, 5, 4), "5.3333", True),
        ((7, 5, 4), "5.33", True),
        ((7, 5, 4), "5.3", True),
        ((7, 5, 4), "5", True),
        ((7, 5, 4), "5.4", False),
        ((7, 5, 4), "5.0", False),
        ((7, 5, 4), "6", False),
        ((7, 6, 4), "5", False),
        ((7, 6, 4), "6", True),
        ((7, 5, None), "6", False),
        ((None, None, None), "6", True),
    ],
)
def test_a_total_agrees_with_its_items_up_to_rounding_its_last_digit(
    items: tuple[Any, ...], total: str, agrees: bool
) -> None:
    found, why = read("peg", *items, total=total)
    assert why == (set() if agrees else {"total_disagrees"})
    assert found == (float(total) if agrees else None)


@pytest.mark.parametrize(("total", "agrees"), [("12", True), ("11", False), ("13", False)])
def test_a_count_that_is_one_off_does_not_agree(total: str, agrees: bool) -> None:
    why = read("rmdq-24", *[1] * 12, *[0] * 12, total=total, form="yes_no")[1]
    assert (why == set()) is agrees


def test_without_a_total_the_items_give_it() -> None:
    assert read("peg", 7, 5, 4, total="") == (pytest.approx(16 / 3, abs=1e-4), set())


def test_a_total_that_cannot_be_read_is_not_made_good_by_its_items() -> None:
    assert read("peg", 7, 5, 4, total="five")[1] == {"score_unreadable"}


@pytest.mark.parametrize(("total", "rounded"), [("5", True), ("5.3", True), ("", False)])
def test_it_is_noted_where_a_total_is_rounded(total: str, rounded: bool) -> None:
    agreed = contract("peg", column="total")
    frame = typed(f"code,visit,i0,i1,i2,total\nA1,2025-01-15,7,5,4,{total}\n", agreed)
    assert frame["rounded"].to_list() == [rounded]
    assert frame.schema["score"] == pl.Int32


def test_items_do_not_count_where_another_column_says_that_the_form_was_not_taken() -> None:
    agreed = contract("peg", missing_when={"column": "done", "is": "0"})
    frame = typed("code,visit,i0,i1,i2,done\nA1,2025-01-15,7,x,4,0\nA1,2025-01-15,7,5,4,1\n", agreed)
    assert frame["score"].to_list() == [None, 53333]
    assert frame["reasons"].to_list() == [0, 0]


# ---- contracts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"instrument": "peg", "items": ["a", "b"]}, "the 3 items of peg"),
        ({"instrument": "peg", "items": ["a", "b", "b"]}, "each column named once"),
        ({"instrument": "peg", "items": ["a", "b", "c"], "form": "checkbox"}, "measure.form"),
        ({"instrument": "rmdq-24", "items": [f"i{at}" for at in range(24)]}, "one of checkbox, yes_no"),
        ({"instrument": "sf12-pcs", "items": ["a"]}, "send the total"),
        ({"instrument": "peg"}, "the column of the score"),
        ({"instrument": "peg", "column": "t", "answers": {"a": 1}}, "the items of peg"),
        ({"instrument": "peg", "items": ["a", "b", "c"], "answers": {"a": "1"}}, "the whole number"),
        ({"instrument": "peg", "items": "abc"}, "the columns of the items"),
        ({"instrument": "peg", "items": ["a", "b", "c"], "layout": "long"}, "visits or wide"),
    ],
)
def test_items_that_cannot_be_scored_are_refused_with_the_contract(measure: dict[str, Any], said: str) -> None:
    written = {
        "clinic": "hillside",
        "version": 1,
        "format": "delimited",
        "layout": measure.pop("layout", "visits"),
        "condition": "chronic-low-back-pain",
        "treatment": "acupuncture",
        "columns": {"patient": "code", "date": "visit", "instrument": "which", "score": "value"},
        "codes": {"instrument": {"pain": "nrs-pain"}},
        "measure": [measure],
    }
    with pytest.raises(ContractError, match=said):
        contract_from(written, VOCABULARY, where="hillside.toml")
