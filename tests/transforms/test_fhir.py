"""FHIR: observations and questionnaire responses become records; references are followed within the delivery."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery_contract import ContractError, DeliveryContract
from tests.transforms.fhir_resources import (
    FORM,
    ITEMS,
    LOINC,
    TOTAL,
    Resource,
    bundle,
    coded,
    contract,
    lines,
    observation,
    patient,
    response,
)
from tests.transforms.formats import adds_up, exported, refusal
from tests.transforms.hillside import CANARY
from transforms.sources import Exports, RefusedDelivery, fhir_json

ASKED = contract(columns={"patient": "subject", "date": "effective", "age": "birthDate", "sex": "gender"})
ANSWERED = contract(measure=[{"instrument": "peg", "items": [f"{FORM}#q1", f"{FORM}#q2", f"{FORM}#q3"]}])
LENIENT = contract(file={"other_columns": "ignore"})
SCORE = ("measure_0", "item_0_0", "item_0_1", "item_0_2")


def records(found: Exports, *names: str) -> list[tuple[Any, ...]]:
    return found.records.select("line", *(names or SCORE)).collect().rows()


def damaged(found: Exports) -> list[tuple[Any, ...]]:
    return sorted(found.damaged.select("line", "reason").rows())


def total(resource: Resource, agreed: DeliveryContract | None = None) -> str | None:
    ((_, text),) = records(exported(bundle(resource), agreed or contract()), "measure_0")
    assert text is None or isinstance(text, str)
    return text


# ---- observations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [bundle, lines], ids=["a bundle", "one a line"])
def test_an_observation_is_a_record_with_its_components(written: Any) -> None:
    found = exported(written(patient(), observation(5, (7, 5, 4)), observation(7)), contract())
    assert records(found) == [(2, "5", "7", "5", "4"), (3, "7", None, None, None)]
    assert records(found, "patient", "date")[0] == (2, "p1", "2025-01-15")
    assert (found.lines, found.header, found.blank) == (3, 0, 1)


@pytest.mark.parametrize(
    ("written", "text"), [("5", "5"), ("5.0", "5.0"), ("5.30", "5.30"), ("5e0", "5e0"), ("NaN", "NaN"), ("-0", "-0")]
)
def test_a_number_stays_as_it_was_written(written: str, text: str) -> None:
    content = bundle(observation(12345)).replace(b"12345", written.encode())
    assert records(exported(content, contract()), "measure_0") == [(1, text)]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<"}}, "<5"),
        ({"valueQuantity": None, "valueInteger": 5}, "5"),
        ({"valueQuantity": None, "valueString": "about 5"}, "about 5"),
        ({"valueQuantity": None, "valueBoolean": True}, "true"),
        ({"valueQuantity": None, "valueCodeableConcept": coded("x|often")}, "often"),
        ({"valueQuantity": None, "valueRange": {"low": {"value": 5}}}, "valueRange"),
        ({"valueString": "5"}, "valueQuantity valueString"),
        ({"valueQuantity": None, "dataAbsentReason": coded("x|unknown")}, None),
        ({"valueQuantity": {}}, None),
    ],
)
def test_a_value_of_any_kind_is_text_and_one_that_is_absent_is_nothing(more: dict[str, Any], text: str | None) -> None:
    assert total(observation(**more)) == text


def test_a_code_may_be_the_clinics_own_and_one_of_several() -> None:
    agreed = contract(measure=[{"instrument": "nrs-pain", "column": "urn:clinic|pain"}])
    both = {"coding": [{"system": LOINC, "code": "1"}, {"system": "urn:clinic", "code": "pain"}]}
    assert total(observation(6, code="urn:clinic|pain"), agreed) == "6"
    assert total(observation(6) | {"code": both}, agreed) == "6"


def test_a_component_that_stands_twice_has_no_one_value() -> None:
    twice = observation(5, (7, 5, 4))
    twice["component"].append({"code": coded(ITEMS[0]), "valueQuantity": {"value": 1}})
    assert records(exported(bundle(twice), contract()))[0][2] == "7; 1"


@pytest.mark.parametrize(
    ("more", "date"),
    [
        ({"effectiveDateTime": "2025-01-15"}, "2025-01-15"),
        ({"effectiveDateTime": "2025-01"}, "2025-01"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2025-01-14T10:00:00Z"}}, "2025-01-14"),
        ({"effectiveDateTime": None, "issued": "2025-01-16T10:00:00Z"}, None),
    ],
)
def test_the_day_is_the_clinics_own_and_of_the_declared_kind(more: dict[str, Any], date: str | None) -> None:
    assert records(exported(bundle(observation(**more)), contract()), "date") == [(1, date)]


def test_the_day_of_issue_counts_only_where_the_contract_says_so() -> None:
    agreed = contract(columns={"patient": "subject", "date": "issued"})
    found = exported(bundle(observation(issued="2025-01-16T10:00:00Z")), agreed)
    assert records(found, "date") == [(1, "2025-01-16")]


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "unknown", None, 1])
def test_what_is_not_final_is_set_aside(status: str | None) -> None:
    assert damaged(exported(bundle(observation(status=status)), contract())) == [(1, "not_final")]


def test_an_extension_that_may_turn_the_meaning_round_sets_the_record_aside() -> None:
    found = exported(bundle(observation(modifierExtension=[{"url": "urn:not", "valueBoolean": True}])), contract())
    assert damaged(found) == [(1, "not_final")]


# ---- references --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["Patient/p1", "https://clinic.example/fhir/Patient/p1", "Patient/p1/_history/2"])
def test_a_patient_is_known_by_the_id_however_it_is_referred_to(reference: str) -> None:
    found = exported(bundle(patient(), observation(subject={"reference": reference})), ASKED)
    assert records(found, "patient", "age", "sex") == [(2, "p1", "64", "female")]


def test_a_patient_may_be_known_by_the_full_address_of_an_entry() -> None:
    entry = [
        {"fullUrl": "urn:uuid:1", "resource": patient()},
        {"resource": observation(subject={"reference": "urn:uuid:1"})},
    ]
    assert records(exported(bundle(entry=entry), ASKED), "patient", "age") == [(2, "p1", "64")]


def test_only_the_year_of_birth_is_used() -> None:
    for day in ("1961-01-01", "1961-12-31", "1961"):
        found = exported(bundle(patient(birthDate=day), observation()), ASKED)
        assert records(found, "age") == [(2, "64")]


def test_a_patient_who_is_not_in_the_delivery_is_missed_only_where_something_is_asked_about_them() -> None:
    content = bundle(observation())
    assert damaged(exported(content, ASKED)) == [(1, "reference_missing")]
    assert records(exported(content, contract()), "patient") == [(1, "p1")]


def test_two_patients_of_one_id_who_contradict_each_other_are_nobody() -> None:
    found = exported(bundle(patient(), patient(gender="male"), observation()), ASKED)
    assert damaged(found) == [(3, "reference_missing")]


@pytest.mark.parametrize("subject", [None, {}, {"display": CANARY}, {"reference": "#p1"}, {"reference": "Device/1"}])
def test_a_subject_that_is_no_patient_leaves_the_code_empty(subject: Any) -> None:
    assert records(exported(bundle(observation(subject=subject)), contract()), "patient") == [(1, None)]


def members(*names: str) -> Resource:
    return observation(5, hasMember=[{"reference": f"Observation/{name}"} for name in names])


def test_a_panel_has_the_items_that_its_members_hold() -> None:
    parts = [
        observation(value, code=code, id=f"o{at}")
        for at, (value, code) in enumerate(zip((7, 5, 4), ITEMS, strict=True))
    ]
    found = exported(bundle(*parts, members("o0", "o1", "o2")), contract())
    assert records(found) == [(4, "5", "7", "5", "4")]
    assert (found.lines, found.blank) == (4, 3)


def test_a_member_that_is_not_there_or_not_final_sets_the_panel_aside() -> None:
    part = observation(7, code=ITEMS[0], id="o0")
    assert damaged(exported(bundle(part, members("o0", "o1")), contract())) == [(2, "reference_missing")]
    assert damaged(exported(bundle(part | {"status": "preliminary"}, members("o0")), contract())) == [(2, "not_final")]


# ---- questionnaire responses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [{"valueInteger": 7}, {"valueDecimal": 7}, {"valueCoding": {"code": "7"}}, {"valueString": "7"}]
)
def test_a_response_is_a_record_with_its_answers(answer: dict[str, Any]) -> None:
    found = exported(bundle(response(answer, answer, answer)), ANSWERED)
    assert records(found, "item_0_0", "item_0_2", "date") == [(1, "7", "7", "2025-01-15")]


def test_an_answer_is_found_below_another_and_several_are_none() -> None:
    nested = response({"valueInteger": 7, "item": [{"linkId": "q2", "answer": [{"valueInteger": 5}]}]})
    nested["item"].append({"linkId": "q3", "answer": [{"valueInteger": 4}, {"valueInteger": 3}]})
    found = exported(bundle(nested), ANSWERED)
    assert records(found, "item_0_0", "item_0_1", "item_0_2") == [(1, "7", "5", "4; 3")]


def test_a_contract_may_ask_for_one_version_of_a_questionnaire() -> None:
    asked = {"instrument": "peg", "items": [f"{FORM}|2.0#q{at}" for at in (1, 2, 3)]}
    agreed = contract(measure=[asked], file={"other_columns": "ignore"})
    answer = {"valueInteger": 7}
    assert records(exported(bundle(response(answer)), agreed), "item_0_0") == []
    assert records(exported(bundle(response(answer, questionnaire=f"{FORM}|2.0")), agreed), "item_0_0") == [(1, "7")]


@pytest.mark.parametrize("status", ["in-progress", "entered-in-error", "stopped"])
def test_a_response_that_is_not_completed_is_set_aside(status: str) -> None:
    assert damaged(exported(bundle(response({"valueInteger": 7}, status=status)), ANSWERED)) == [(1, "not_final")]


# ---- lines -------------------------------------------------------------------------------------------------


def test_what_is_no_score_is_counted_as_blank_and_an_undeclared_code_refuses_the_delivery() -> None:
    content = bundle(patient(), observation(code=f"{LOINC}|1"), {"resourceType": "Procedure"}, observation())
    assert refusal(content, contract())[0] == "undeclared_column"
    found = exported(content, LENIENT)
    assert (len(records(found)), found.blank, found.lines) == (1, 3, 4)


def test_a_line_that_is_no_resource_is_set_aside_alone() -> None:
    broken = json.dumps(observation())[:-9]
    found = exported(lines(patient(), broken, "", "[1]", '{"a": 1}', observation()), contract())
    assert damaged(found) == [(2, "damaged_record"), (4, "damaged_record"), (5, "damaged_record")]
    assert (len(records(found)), found.blank, found.lines) == (1, 2, 6)


def test_a_last_line_that_is_cut_is_set_aside() -> None:
    found = exported(lines(observation(), observation())[:-20], contract())
    assert (damaged(found), found.lines) == ([(2, "damaged_record")], 2)


def test_a_key_that_stands_twice_damages_its_line() -> None:
    twice = json.dumps(observation(5)).replace('"status"', '"status": "final", "status"')
    assert damaged(exported(lines(observation(), twice), contract())) == [(2, "damaged_record")]


def test_an_entry_without_a_resource_is_blank_and_one_that_is_none_is_damaged() -> None:
    found = exported(bundle(entry=[{}, 7, {"resource": 7}, {"resource": observation()}]), contract())
    assert damaged(found) == [(2, "damaged_record"), (3, "damaged_record")]
    assert (found.blank, found.lines) == (1, 4)


# ---- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty"),
        (b"{", "not_fhir"),
        (b"[]", "not_fhir"),
        (b"code,begun\nA1,2026\n", "not_fhir"),
        (b'{"resourceType": "Bundle", "resourceType": "Bundle", "entry": []}', "not_fhir"),
        (b"[" * 100_000, "not_fhir"),
        (b"<html></html>", "not_fhir"),
        (b"\xff\xfe{", "encoding"),
        (bundle(observation(), link=[{"relation": "next", "url": "x"}]), "incomplete_bundle"),
    ],
)
def test_what_is_no_whole_delivery_is_refused(content: bytes, rule: str) -> None:
    assert refusal(content, contract())[0] == rule


def test_a_line_of_absurd_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_json, "MOST_BYTES", 500)
    monkeypatch.setattr(fhir_json, "MOST_BYTES_OF_A_LINE", 500)
    assert refusal(lines(observation(), observation(note="x" * 900)), contract())[0] == "too_large"


def test_a_refusal_repeats_no_value() -> None:
    for content in (
        CANARY.encode(),
        bundle(observation(code=f"{LOINC}|{CANARY}")),
        lines({"resourceType": "Observation", "code": {"text": CANARY}}),
        f'{{"a": "{CANARY}'.encode(),
    ):
        assert CANARY not in refusal(content, contract())[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"layout": "wide"},
        {"file": {"dates": "dmy"}},
        {"file": {"decimal": ",", "delimiter": ";"}},
        {"columns": {"patient": "code", "date": "effective"}},
        {"columns": {"patient": "subject", "date": "seen"}},
        {"columns": {"patient": "subject", "date": "effective", "start": "effective"}},
        {"measure": [{"instrument": "peg", "column": "91147-9"}]},
        {"measure": [{"instrument": "peg", "column": TOTAL, "missing_when": {"column": "a|b"}}]},
        {"data_cut": {"column": "exported"}},
        {"include": {"column": "a", "equals": "1"}},
    ],
)
def test_a_contract_that_fhir_cannot_keep_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        contract(**changed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(observation(5, (7,)))), inner),
    max_leaves=8,
)


@given(st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(observation(5, (7,)), JSON)), max_size=4))
def test_any_json_is_refused_or_every_entry_is_counted(found: list[Any]) -> None:
    entry = [{"resource": observation(5, (7, 5, 4)) | one if isinstance(one, dict) else one} for one in found]
    assert adds_up(exported(bundle(entry=[*entry, {"resource": observation()}]), LENIENT))


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_are_refused_or_every_line_is_counted(put: bytes, place: int) -> None:
    sound = lines(patient(), observation(5, (7, 5, 4)), observation())
    try:
        counted = exported(sound[:place] + put + sound[place:], LENIENT)
    except RefusedDelivery:
        return
    assert adds_up(counted)
