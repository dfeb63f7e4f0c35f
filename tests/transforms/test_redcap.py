"""REDCap: what is said once about a record stands on its lines, and cells are held against the data dictionary."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery_contract import ContractError, DeliveryContract
from schemas.redcap_dictionary import DictionaryError, read_dictionary
from tests.transforms.formats import adds_up, exported, refusal
from tests.transforms.hillside import CANARY
from tests.transforms.redcap_projects import EVENTS, FIELDS, REPEATS, contract, dictionary
from transforms.sources import Exports, RefusedDelivery

HEADER = "record_id,redcap_event_name,begun,sex,enrolment_complete,pain,visit_complete"


def text(*lines: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode()


def records(found: Exports, *names: str) -> list[tuple[Any, ...]]:
    return found.records.select("line", *names).sort("line").collect().rows()


def cells(name: str, content: bytes, agreed: DeliveryContract) -> list[Any]:
    return [row[1] for row in records(exported(content, agreed), name)]


# ---- what is said once -------------------------------------------------------------------------------------


def test_what_is_said_once_about_a_record_stands_on_all_of_its_lines() -> None:
    found = exported(
        text("1,start_arm_1,2025-01-15,2,2,7,2", "1,month_3_arm_1,,,,3,2", "2,month_3_arm_1,,,,4,2"), contract()
    )
    assert records(found, "start", "sex", "measure_0") == [
        (2, "2025-01-15", "2", "7"),
        (3, "2025-01-15", "2", "3"),
        (4, None, None, "4"),
    ]


def test_what_is_said_twice_and_differs_stays_where_it_is() -> None:
    found = exported(
        text("1,start_arm_1,2025-01-15,2,2,7,2", "1,month_3_arm_1,2025-02-15,,,3,2", "1,month_3_arm_1,,,,4,2"),
        contract(),
    )
    assert [start for _, start in records(found, "start")] == ["2025-01-15", "2025-02-15", None]


def test_a_code_for_missing_says_nothing_that_could_be_spread() -> None:
    agreed = contract(file={"missing": ["", "-9"]})
    found = exported(text("1,start_arm_1,2025-01-15,-9,2,7,2", "1,month_3_arm_1,,1,,3,2"), agreed)
    assert [sex for _, sex in records(found, "sex")] == ["-9", "1"]


# ---- which lines are records -------------------------------------------------------------------------------


def test_an_event_that_is_declared_is_a_record_with_or_without_a_score_and_another_only_with_one() -> None:
    lines = ("1,start_arm_1,2025-01-15,2,2,,0", "1,labs_arm_1,,,,,", "1,labs_arm_1,,,,5,2")
    found = exported(text(*lines), contract())
    assert [line for line, *_ in records(found)] == [2, 4]
    assert (found.lines, found.blank) == (4, 1)


REPEATED = (
    "record_id,redcap_repeat_instrument,redcap_repeat_instance,begun,sex,enrolment_complete,seen,pain,visit_complete"
)


def test_a_record_without_any_visit_stays_on_the_roster_by_its_first_form() -> None:
    agreed = contract(REPEATS)
    lines = ("1,,,2025-01-15,2,2,,,", "1,visit,1,,,,2025-01-16,7,2", "1,lab,1,,,,,,", "2,,,2025-03-01,1,2,,,")
    found = exported(text(*lines, header=REPEATED), agreed)
    assert records(found, "patient", "date", "start", "measure_0") == [
        (2, "1", "2025-01-15", "2025-01-15", None),
        (3, "1", "2025-01-16", "2025-01-15", "7"),
        (5, "2", "2025-03-01", "2025-03-01", None),
    ]
    assert found.blank == 1


def test_a_visit_with_a_score_and_no_date_is_not_given_the_day_of_the_start() -> None:
    found = exported(text("1,,,2025-01-15,2,2,,,", "1,visit,1,,,,,7,2", header=REPEATED), contract(REPEATS))
    assert records(found, "date")[1] == (3, None)


# ---- boxes and statuses ------------------------------------------------------------------------------------

TICKED = "record_id,redcap_event_name,days___1,days___2,days___3,visit_complete"
BOXES: dict[str, Any] = EVENTS | {
    "columns": {"patient": "record_id", "visit": "redcap_event_name"},
    "codes": {"visit": {"start_arm_1": 0}},
    "data_cut": "closed",
    "measure": [{"instrument": "cpgs-pain", "items": ["days___1", "days___2", "days___3"]}],
}


@pytest.mark.parametrize(("status", "counts"), [("0", False), ("1", False), ("", False), ("2", True)])
def test_boxes_count_where_their_form_is_complete_if_the_contract_asks_for_it(status: str, counts: bool) -> None:
    agreed = contract(BOXES, redcap={"statuses": "complete"})
    found = exported(text(f"1,start_arm_1,1,0,0,{status}", header=TICKED), agreed)
    assert records(found, "item_0_0", "item_0_1") == [(2, "1", "0") if counts else (2, None, None)]


def test_a_contract_must_say_when_a_form_of_boxes_was_not_filled_in() -> None:
    with pytest.raises(ContractError, match="missing_when"):
        contract(BOXES)


def test_boxes_that_nobody_opened_are_no_content() -> None:
    agreed = contract(BOXES, redcap={"statuses": "complete"})
    found = exported(text("1,labs_arm_1,0,0,0,2", "1,labs_arm_1,0,1,0,2", header=TICKED), agreed)
    assert [line for line, *_ in records(found)] == [3]


# ---- the data dictionary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("1,start_arm_1,2025-01-15,2,2,7,2", False),
        ("1,start_arm_1,2025-01-15,2,2,10,2", False),
        ("1,start_arm_1,2025-01-15,2,2,10.1,2", True),
        ("1,start_arm_1,2025-01-15,2,2,-0.1,2", True),
        ('1,start_arm_1,2025-01-15,2,2,"7,5",2', True),
        ("1,start_arm_1,2025-01-15,2,2,seven,2", True),
        ("1,start_arm_1,2025-01-15,Female,2,7,2", True),
        ("1,start_arm_1,2019-12-31,2,2,7,2", True),
        ("1,start_arm_1,2020-01-01,2,2,7,2", False),
        ("1,start_arm_1,2025-01-15,,2,,2", False),
    ],
)
def test_a_cell_that_the_dictionary_does_not_allow_sets_its_line_aside(line: str, wrong: bool) -> None:
    found = exported(text(line), contract())
    assert found.damaged.select("line", "reason").rows() == ([(2, "against_dictionary")] if wrong else [])
    assert adds_up(found)


def test_a_declared_code_for_missing_is_allowed_everywhere() -> None:
    found = exported(text("1,start_arm_1,2025-01-15,-9,2,-9,2"), contract(file={"missing": ["", "-9"]}))
    assert found.damaged.is_empty()


WEIGHED: dict[str, Any] = EVENTS | {
    "columns": {"patient": "record_id", "visit": "redcap_event_name"},
    "codes": {"visit": {"start_arm_1": 0}},
    "data_cut": "closed",
    "measure": [{"instrument": "vas-pain", "column": "weight"}, {"instrument": "nrs-pain", "column": "pain"}],
}
WEIGHTS = "record_id,redcap_event_name,weight,pain"


@pytest.mark.parametrize(("decimal", "expected"), [(".", ("52.3", "7.5")), (",", ("52,3", "7,5"))])
def test_each_field_is_read_with_the_decimal_mark_that_the_dictionary_gives_it(
    decimal: str, expected: tuple[str, str]
) -> None:
    agreed = contract(WEIGHED, file={"decimal": decimal})
    found = exported(text('1,start_arm_1,"52,3",7.5', header=WEIGHTS), agreed)
    assert records(found, "measure_0", "measure_1") == [(2, *expected)]


def test_a_point_in_a_number_with_a_decimal_comma_is_wrong() -> None:
    found = exported(text("1,start_arm_1,52.3,7.5", header=WEIGHTS), contract(WEIGHED))
    assert found.damaged["reason"].to_list() == ["against_dictionary"]


def test_without_a_dictionary_cells_are_judged_by_the_contract_alone() -> None:
    found = exported(text("1,start_arm_1,2019-01-15,9,2,99,2"), contract(fields=None))
    assert records(found, "sex", "measure_0") == [(2, "9", "99")]


@pytest.mark.parametrize("heading", [0, 1], ids=["downloaded", "from the API"])
def test_a_dictionary_says_what_each_field_is(heading: int) -> None:
    fields = read_dictionary(dictionary(heading=heading))
    assert list(fields) == [name for name, *_ in FIELDS]
    assert fields["sex"].choices == ("1", "2")
    assert (fields["weight"].decimal_comma, fields["pain"].decimal_comma) == (True, False)
    assert [name for name, field in fields.items() if field.revealing] == ["name", "remarks"]


@pytest.mark.parametrize("written", [b"", b"a,b\n1,2\n", b"\xff\xfe", b'"', dictionary().replace(b"Identifier?", b"x")])
def test_what_is_no_dictionary_is_refused(written: bytes) -> None:
    with pytest.raises(DictionaryError, match="download the data dictionary again"):
        read_dictionary(written)


def test_the_dictionary_is_part_of_what_a_reading_is_named_by() -> None:
    other = [*FIELDS[:-1], ("days", "another", "checkbox", "1, a", "", "", "", "")]
    assert contract().fingerprint != contract(fields=other).fingerprint != contract(fields=None).fingerprint


@pytest.mark.parametrize("name", ["../dictionary.csv", "absent.csv", "/etc/hostname", "hillside.toml", ""])
def test_a_dictionary_stands_beside_its_contract(name: str) -> None:
    if name:
        with pytest.raises(ContractError, match="beside the contract"):
            contract(redcap={"dictionary": name})
    else:
        assert contract(redcap={"dictionary": name}).redcap.fields == {}


# ---- what is refused ---------------------------------------------------------------------------------------


def test_a_column_that_is_flagged_as_an_identifier_is_refused_or_never_read() -> None:
    content = text(f"1,start_arm_1,2025-01-15,2,2,7,2,{CANARY}", header=f"{HEADER},name")
    rule, explanation = refusal(content, contract())
    assert rule == "identifier_column"
    assert "'name'" in explanation
    assert CANARY not in explanation
    found = exported(content, contract(file={"other_columns": "ignore"}))
    assert CANARY not in str(found.records.collect().to_dicts())


def test_other_columns_are_refused_as_they_are_in_delimited_text() -> None:
    content = text("1,start_arm_1,2025-01-15,2,2,7,2,x", header=f"{HEADER},phone")
    assert refusal(content, contract())[0] == "undeclared_column"


def test_columns_that_redcap_adds_need_no_declaration_but_the_code_of_a_survey_does() -> None:
    added = f"{HEADER},redcap_data_access_group"
    assert exported(text("1,start_arm_1,2025-01-15,2,2,7,2,north", header=added), contract()).lines == 2
    survey = f"{HEADER},redcap_survey_identifier"
    assert refusal(text("1,start_arm_1,2025-01-15,2,2,7,2,x", header=survey), contract())[0] == "undeclared_column"


@pytest.mark.parametrize("column", ["name", "remarks"])
def test_a_contract_cannot_declare_what_the_dictionary_calls_an_identifier_or_free_text(column: str) -> None:
    with pytest.raises(ContractError, match="identifier, or that is free text"):
        contract(measure=[{"instrument": "nrs-pain", "column": column}])


def test_a_line_for_each_field_is_another_export() -> None:
    content = text("1,start_arm_1,pain,7", header="record,redcap_event_name,field_name,value")
    assert refusal(content, contract())[0] == "one_line_per_field"


PIECES = [
    "1,start_arm_1,2025-01-15,2,2,7,2",
    "1,labs_arm_1,,,,,",
    "",
    '"',
    "x",
    "1,start_arm_1,,9,,99,\n",
    "\r",
    ",,,,,,",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=8) | st.binary(max_size=80).map(lambda body: [body.decode("latin-1")])
)
def test_any_lines_are_refused_or_counted(lines: list[str]) -> None:
    try:
        found = exported(text(*lines), contract())
    except RefusedDelivery:
        return
    assert adds_up(found)
