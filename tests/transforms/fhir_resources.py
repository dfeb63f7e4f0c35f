"""Small FHIR deliveries written out: one patient, observations of a score with its items, and the contract."""

import json
from typing import Any

from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import VOCABULARY

LOINC = "http://loinc.org"
TOTAL, ITEMS = f"{LOINC}|91147-9", [f"{LOINC}|75893-8", f"{LOINC}|91145-3", f"{LOINC}|91146-1"]
FORM = "http://clinic.example/Questionnaire/peg"
Resource = dict[str, Any]


def contract(**changed: Any) -> DeliveryContract:
    """A contract for PEG scores in FHIR; None takes a key out."""
    written: dict[str, Any] = {
        "clinic": "hillside",
        "version": 1,
        "format": "fhir",
        "layout": "visits",
        "condition": "chronic-low-back-pain",
        "treatment": "acupuncture",
        "columns": {"patient": "subject", "date": "effective"},
        "measure": [{"instrument": "peg", "column": TOTAL, "items": ITEMS}],
    } | changed
    return contract_from({k: v for k, v in written.items() if v is not None}, VOCABULARY, where="hillside.toml")


def coded(name: str) -> Resource:
    """A code from `system|code`."""
    system, _, code = name.partition("|")
    return {"coding": [{"system": system, "code": code, "display": "as the clinic calls it"}]}


def observation(value: Any = 5, items: tuple[Any, ...] = (), *, code: str = TOTAL, **more: Any) -> Resource:
    """An observation of patient p1 on 15 January 2025, with a value and those of its items."""
    components = [
        {"code": coded(name), "valueQuantity": {"value": one}} for name, one in zip(ITEMS, items, strict=False)
    ]
    found: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(code),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-01-15T23:30:00+13:00",
    }
    found |= {"valueQuantity": {"value": value}} if value is not None else {}
    found |= {"component": components} if components else {}
    return {key: value for key, value in (found | more).items() if value is not None}


def response(*answers: Any, **more: Any) -> Resource:
    """A questionnaire response of patient p1, items q1, q2 and q3 within a group."""
    items = [{"linkId": f"q{at}", "answer": [one]} for at, one in enumerate(answers, start=1)]
    found: Resource = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{FORM}|1.0",
        "subject": {"reference": "Patient/p1"},
        "authored": "2025-01-15",
        "item": [{"linkId": "group", "item": items}],
    }
    return {key: value for key, value in (found | more).items() if value is not None}


def patient(**more: Any) -> Resource:
    """Patient p1, born in 1961."""
    return {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1961-06-25"} | more


def bundle(*resources: Resource, **more: Any) -> bytes:
    """A bundle of these resources."""
    entry = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry} | more, indent=1).encode()


def lines(*resources: Resource | str) -> bytes:
    """One resource a line."""
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in resources).encode()
