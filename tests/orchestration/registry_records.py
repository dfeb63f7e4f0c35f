"""Small made-up study records in the format of ClinicalTrials.gov's API v2, put together piece by piece; no test."""

import copy
import json
from pathlib import Path
from typing import Any

Part = dict[str, Any]

#: Flow groups: the placebo comes first, as it often does.
FLOW = {"FG000": ("Placebo tablets", "51"), "FG001": ("Acupuncture", "50"), "FG002": ("Usual care", "50")}
TITLES = {group.replace("FG", "OG"): title for group, (title, _) in FLOW.items()}


def record(*outcomes: Part, **more: Any) -> Part:
    """A randomised trial of 151 with these outcome measures; `more` replaces modules of the results."""
    started = [{"groupId": group, "numSubjects": number} for group, (_, number) in FLOW.items()]
    flow = {
        "groups": [{"id": group, "title": title} for group, (title, _) in FLOW.items()],
        "periods": [{"title": "Overall study", "milestones": [
            {"type": "STARTED", "achievements": started},
            {"type": "COMPLETED", "achievements": [{"groupId": group, "numSubjects": "40"} for group in FLOW]},
        ]}],
    }  # fmt: skip
    results = {"participantFlowModule": flow, "outcomeMeasuresModule": {"outcomeMeasures": list(outcomes)}}
    return {"protocolSection": protocol(), "resultsSection": results | more, "hasResults": True}


def protocol() -> Part:
    arms = [
        {"label": "Acupuncture", "type": "EXPERIMENTAL", "interventionNames": ["Procedure: Acupuncture"]},
        {"label": "Placebo tablets", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: Placebo"]},
        {"label": "No Intervention: Usual care", "type": "NO_INTERVENTION"},
    ]
    papers = [{"pmid": "12345678", "type": "RESULT"}, {"pmid": "9", "type": "BACKGROUND"}]
    return {
        "identificationModule": {
            "nctId": "NCT01234567", "briefTitle": "Needles \"or\" tablets\nfor the back",
            "organization": {"fullName": "Meadow University"},
        },
        "statusModule": {"resultsFirstPostDateStruct": {"date": "2021-05-04", "type": "ACTUAL"}},
        "designModule": {
            "studyType": "INTERVENTIONAL", "designInfo": {"allocation": "RANDOMIZED", "interventionModel": "PARALLEL",
            "maskingInfo": {"masking": "SINGLE"}}, "enrollmentInfo": {"count": 151, "type": "ACTUAL"},
        },
        "conditionsModule": {"conditions": ["Chronic Low Back Pain"]},
        "armsInterventionsModule": {"armGroups": arms},
        "referencesModule": {"references": papers},
    }  # fmt: skip


def outcome(values: dict[str, Any], sizes: dict[str, str] | None = None, **more: Any) -> Part:
    """An outcome measure with one class and one category; a value is text, or a whole measurement."""
    measured = [
        {"groupId": group, **(value if isinstance(value, dict) else {"value": value})}
        for group, value in values.items()
    ]
    known: Part = {
        "type": "PRIMARY", "title": "Pain NRS response", "timeFrame": "6 months", "reportingStatus": "POSTED",
        "paramType": "NUMBER", "unitOfMeasure": "percentage of participants",
        "groups": [{"id": group, "title": title} for group, title in TITLES.items()],
        "classes": [{"categories": [{"measurements": measured}]}],
    }  # fmt: skip
    counts = [{"groupId": group, "value": n} for group, n in (sizes or {}).items()]
    return known | ({"denoms": [{"units": "Participants", "counts": counts}]} if sizes else {}) | more


SIZES = {"OG000": "51", "OG001": "50", "OG002": "50"}


def written(folder: Path, content: Part | str | bytes, name: str = "record.json") -> Path:
    """The record as a file."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def without(made: Part, *keys: str) -> Part:
    """A copy of a record in which a path of keys leads nowhere."""
    copied = copy.deepcopy(made)
    here = copied
    for key in keys[:-1]:
        here = here[key]
    del here[keys[-1]]
    return copied
