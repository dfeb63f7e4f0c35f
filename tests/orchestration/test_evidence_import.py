"""Importing registry records: what is drafted, what is left out, what is refused; and never over another file."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from orchestration.cli import verum
from orchestration.evidence_import import Imported, as_text, import_record
from orchestration.settings import ConfigurationError
from schemas import evidence, vocabulary
from schemas.evidence import Result, Study
from tests.orchestration.registry_records import SIZES, Part, outcome, record, without, written
from transforms.forensics.examination import examine
from transforms.registries.draft import drafted
from transforms.registries.record import NotImportable, opened
from transforms.registries.toml_text import toml_of

WORDS = vocabulary.load()


def imported(folder: Path, content: Part | str | bytes) -> Imported:
    return import_record(written(folder, content), folder / "drafts")


def filled_in(made: Imported) -> Study:
    """The draft as the loader reads it, once a person has filled in what is named."""
    path = Path(made.file)
    text = path.read_text("utf-8").replace('population = "fill-in"', 'population = "everyone"')
    lines = [
        line.replace('"fill-in"', '"everyone"') if line.startswith("population") else line for line in text.splitlines()
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return evidence.read(path, WORDS)


def results(folder: Path, *outcomes: Part, **more: Any) -> dict[str, Result]:
    return {each.id: each for each in filled_in(imported(folder, record(*outcomes, **more))).results}


def test_a_draft_has_the_arms_their_roles_and_how_many_started(tmp_path: Path) -> None:
    study = filled_in(imported(tmp_path, record(outcome({"OG001": "66"}, SIZES))))
    assert [(arm.id, arm.role, arm.treatment, arm.n) for arm in study.arms] == [
        ("placebo-tablets", "placebo", "placebo", 51),
        ("acupuncture", "active", "acupuncture", 50),
        ("usual-care", "usual-care", "usual-care", 50),
    ]
    assert (study.n_randomised, study.kind, study.registration) == (151, "trial", "NCT01234567")
    assert (study.label, study.year) == ("NCT01234567", 2021)
    assert (study.condition, study.treatment) == ("chronic-low-back-pain", "acupuncture")
    assert "12345678" in study.note
    assert "9" not in study.note.replace("12345678", "")


def test_percentages_are_taken_as_posted_with_their_denominators(tmp_path: Path) -> None:
    found = results(tmp_path, outcome({"OG000": "19.6", "OG001": "66", "OG002": "10.0"}, SIZES))
    shown = [(each.arm, each.measure, each.printed, each.unit, each.n) for each in found.values()]
    assert shown == [
        ("placebo-tablets", "percent", "19.6", "%", 51),
        ("acupuncture", "percent", "66", "%", 50),
        ("usual-care", "percent", "10.0", "%", 50),
    ]
    assert {each.value_basis for each in found.values()} == {"printed"}
    assert {(each.endpoint, each.day) for each in found.values()} == {("6-months", 183)}


def test_counts_of_participants_become_percentages_that_are_said_to_be_derived(tmp_path: Path) -> None:
    counted = outcome(
        {"OG000": "10", "OG001": "33"}, SIZES, paramType="COUNT_OF_PARTICIPANTS", unitOfMeasure="Participants"
    )
    found = list(results(tmp_path, counted).values())
    assert [(each.printed, each.responders, each.responders_basis, each.n) for each in found] == [
        ("19.6", 10, "printed", 51),
        ("66.0", 33, "printed", 50),
    ]
    assert all(each.value_basis.startswith("derived") for each in found)


def test_a_count_without_a_denominator_stays_a_count(tmp_path: Path) -> None:
    counted = outcome({"OG001": "33"}, None, paramType="COUNT_OF_PARTICIPANTS", unitOfMeasure="Participants")
    (one,) = results(tmp_path, counted).values()
    assert (one.measure, one.printed, one.n) == ("count", "33", None)


def test_a_denominator_of_one_class_goes_before_that_of_the_outcome(tmp_path: Path) -> None:
    made = outcome({"OG001": "66"}, SIZES)
    made["classes"][0] |= {
        "title": "Month 3",
        "denoms": [{"units": "Participants", "counts": [{"groupId": "OG001", "value": "44"}]}],
    }
    (one,) = results(tmp_path, made).values()
    assert (one.n, one.day, one.endpoint) == (44, 91, "3-months")


def test_na_is_never_a_number(tmp_path: Path) -> None:
    made = imported(tmp_path, record(outcome({"OG000": "19.6", "OG001": {"value": "NA", "comment": "too few"}}, SIZES)))
    assert [each.arm for each in filled_in(made).results] == ["placebo-tablets"]
    assert made.left_out == ["Pain NRS response, Acupuncture: the register has NA and no number"]


@pytest.mark.parametrize("value", ["", "NaN", "<0.1", "1e5", "--", "5-7", "."])
def test_what_is_no_plain_number_is_left_out_and_said(tmp_path: Path, value: str) -> None:
    made = imported(tmp_path, record(outcome({"OG000": "19.6", "OG001": value}, SIZES)))
    assert len(filled_in(made).results) == len(made.left_out) == 1


def test_a_number_with_thousands_separators_is_read(tmp_path: Path) -> None:
    (one,) = results(tmp_path, outcome({"OG001": "1,234"}, paramType="MEAN", unitOfMeasure="steps")).values()
    assert (one.printed, one.unit) == ("1234", "steps")


def test_a_placebo_group_that_comes_first_stays_the_comparator(tmp_path: Path) -> None:
    analysis = {
        "groupIds": ["OG000", "OG001"], "paramType": "Mean Difference (Final Values)", "paramValue": "-2.0",
        "ciPctValue": "95", "ciLowerLimit": "-3.0", "ciUpperLimit": "-1.0", "pValue": "<0.001",
    }  # fmt: skip
    pain = outcome(
        {"OG000": {"value": "5.0", "spread": "2.0"}, "OG001": {"value": "3.0", "spread": "2.0"}}, SIZES,
        title="NRS pain", paramType="MEAN", dispersionType="STANDARD_DEVIATION", unitOfMeasure="units on a scale",
        analyses=[analysis],
    )  # fmt: skip
    found = results(tmp_path, pain)
    contrast = found.pop("acupuncture-minus-placebo-tablets-nrs-pa")
    assert [(each.arm, each.measure, each.printed, each.sd) for each in found.values()] == [
        ("placebo-tablets", "mean", "5.0", "2.0"),
        ("acupuncture", "mean", "3.0", "2.0"),
    ]
    assert (contrast.arm, contrast.comparator, contrast.measure) == (
        "acupuncture",
        "placebo-tablets",
        "mean-difference",
    )
    assert (contrast.printed, contrast.low, contrast.high, contrast.p) == ("-2.0", "-3.0", "-1.0", "<0.001")


def test_a_contrast_the_other_way_round_is_found_by_the_checks(tmp_path: Path) -> None:
    analysis = {"groupIds": ["OG000", "OG001"], "paramType": "Mean Difference (Net)", "paramValue": "2.0"}
    pain = outcome({"OG000": "5.0", "OG001": "3.0"}, SIZES, title="NRS pain", paramType="MEAN", analyses=[analysis])
    study = filled_in(imported(tmp_path, record(pain)))
    assert "difference-has-its-sign" in {each.rule.id for each in examine({study.id: study}, WORDS.instruments)}


@pytest.mark.parametrize(
    ("words", "method", "measure"),
    [
        ("Risk Difference (RD)", "", "responder-difference"),
        ("Risk Ratio (RR)", "", "relative-risk"),
        ("Odds Ratio (OR)", "Regression, Logistic", "odds-ratio"),
        ("Hazard Ratio (HR)", "Log Rank", "hazard-ratio"),
        ("Mean Difference (Final Values)", "ANCOVA", "adjusted-difference"),
    ],
)
def test_an_estimate_is_called_by_our_word(tmp_path: Path, words: str, method: str, measure: str) -> None:
    analysis = {"groupIds": ["OG001", "OG002"], "paramType": words, "paramValue": "1.5", "statisticalMethod": method}
    (one,) = [
        each
        for each in results(tmp_path, outcome({"OG001": "66"}, SIZES, analyses=[analysis])).values()
        if each.comparator
    ]
    assert (one.measure, one.arm, one.comparator) == (measure, "acupuncture", "usual-care")


def test_an_analysis_of_three_groups_or_without_an_estimate_is_left_out(tmp_path: Path) -> None:
    analyses = [
        {"groupIds": ["OG000", "OG001", "OG002"], "pValue": "0.2"},
        {"groupIds": ["OG000", "OG001"], "pValue": "0.1"},
    ]
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES, analyses=analyses)))
    assert len(made.left_out) == 2
    assert all("no estimate of two groups" in each for each in made.left_out)


def test_an_outcome_without_data_is_left_out_and_said(tmp_path: Path) -> None:
    planned = without(outcome({}, title="Sleep", reportingStatus="NOT_POSTED"), "classes")
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES), planned))
    assert len(filled_in(made).results) == 1
    assert made.left_out == ["Sleep: no data are posted"]


@pytest.mark.parametrize(
    ("kind", "measured", "known"),
    [
        ("STANDARD_DEVIATION", {"spread": "2.5"}, {"sd": "2.5"}),
        ("STANDARD_ERROR", {"spread": "0.25"}, {"se": "0.25"}),
        ("CONFIDENCE_95", {"lowerLimit": "3.0", "upperLimit": "5.0"}, {"low": "3.0", "high": "5.0"}),
        (
            "CONFIDENCE_90",
            {"lowerLimit": "3.0", "upperLimit": "5.0"},
            {"low": "", "note": "Posted with confidence 90: 3.0 to 5.0."},
        ),
        (
            "INTER_QUARTILE_RANGE",
            {"lowerLimit": "3", "upperLimit": "5"},
            {"note": "Posted with inter quartile range: 3 to 5."},
        ),
        ("STANDARD_DEVIATION", {"spread": "NA"}, {"sd": ""}),
    ],
)
def test_a_spread_is_taken_for_what_it_is(tmp_path: Path, kind: str, measured: Part, known: Part) -> None:
    pain = outcome(
        {"OG001": {"value": "4.0"} | measured}, SIZES, paramType="MEAN", dispersionType=kind, unitOfMeasure="points"
    )
    (one,) = results(tmp_path, pain).values()
    assert {key: getattr(one, key) for key in known} == known


@pytest.mark.parametrize(
    ("kind", "title", "measure"),
    [
        ("MEAN", "Pain", "mean"),
        ("MEAN", "Change from baseline in pain", "mean-change"),
        ("LEAST_SQUARES_MEAN", "Pain", "adjusted-mean"),
        ("MEDIAN", "Pain", "median"),
        ("NUMBER", "Falls", "count"),
    ],
)
def test_a_parameter_is_called_by_our_word(tmp_path: Path, kind: str, title: str, measure: str) -> None:
    (one,) = results(
        tmp_path, outcome({"OG001": "4"}, SIZES, paramType=kind, title=title, unitOfMeasure="points")
    ).values()
    assert one.measure == measure


def test_a_share_from_0_to_1_is_given_in_percent_and_said_to_be_derived(tmp_path: Path) -> None:
    (one,) = results(tmp_path, outcome({"OG001": "0.66"}, SIZES, unitOfMeasure="proportion of participants")).values()
    assert (one.measure, one.printed) == ("percent", "66")
    assert one.value_basis.startswith("derived")


def test_more_responders_than_patients_are_left_out(tmp_path: Path) -> None:
    counted = outcome({"OG001": "51"}, SIZES, paramType="COUNT_OF_PARTICIPANTS", unitOfMeasure="Participants")
    made = imported(tmp_path, record(counted))
    assert made.figures == 0
    assert made.left_out == ["Pain NRS response, Acupuncture: 51 Participants of 50 participants cannot be"]


@pytest.mark.parametrize(
    ("time_frame", "day", "endpoint"),
    [
        ("6 months", 183, "6-months"),
        ("Baseline to week 8", 56, "8-weeks"),
        ("12-month follow-up", 365, "12-months"),
        ("baseline, 3 months and 6 months", None, None),
        ("after treatment", None, None),
        ("5 years", 1826, None),
    ],
)
def test_a_time_frame_gives_a_day_only_where_it_names_one(
    tmp_path: Path, time_frame: str, day: int | None, endpoint: str | None
) -> None:
    (one,) = results(tmp_path, outcome({"OG001": "66"}, SIZES, timeFrame=time_frame)).values()
    assert (one.day, one.endpoint) == (day, endpoint)
    assert time_frame in one.time_note


def measured_before(title: str, total: str) -> Part:
    measured = [{"groupId": "BG000", "value": "6.1", "spread": "1.5"}, {"groupId": "BG001", "value": total}]
    classes = [{"categories": [{"measurements": measured}]}]
    return {"title": title, "paramType": "MEAN", "dispersionType": "STANDARD_DEVIATION", "classes": classes}


def test_baselines_are_drafted_for_known_instruments_and_the_total_is_of_no_arm(tmp_path: Path) -> None:
    groups = [{"id": "BG000", "title": "Acupuncture"}, {"id": "BG001", "title": "Total"}]
    pain, age = (measured_before(title, value) for title, value in (("NRS pain", "6.0"), ("Age", "50.0")))
    made = imported(
        tmp_path,
        record(
            outcome({"OG001": "66"}, SIZES), baselineCharacteristicsModule={"groups": groups, "measures": [pain, age]}
        ),
    )
    found = [(each.arm, each.instrument, str(each.mean), str(each.sd)) for each in filled_in(made).baselines]
    assert found == [("acupuncture", "nrs-pain", "6.1", "1.5"), (None, "nrs-pain", "6.0", "None")]
    assert made.left_out == ["baseline, Age: no mean score of an instrument that is known here"]


def test_a_baseline_on_another_scale_is_left_out(tmp_path: Path) -> None:
    measure = {
        "title": "NRS pain",
        "paramType": "MEAN",
        "classes": [{"categories": [{"measurements": [{"groupId": "BG000", "value": "61"}]}]}],
    }
    module = {"groups": [{"id": "BG000", "title": "Acupuncture"}], "measures": [measure]}
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES), baselineCharacteristicsModule=module))
    assert made.left_out == ["baseline, NRS pain, Acupuncture: the register has 61, no score of nrs-pain"]


def test_nothing_in_a_draft_is_checked_and_nothing_can_carry_a_verdict(tmp_path: Path) -> None:
    study = filled_in(imported(tmp_path, record(outcome({"OG000": "19.6", "OG001": "66"}, SIZES))))
    parts = (study, *study.arms, *study.baselines, *study.results)
    assert {each.confidence for each in parts} == {"recalled"}
    assert (study.second_check, study.erratum_looked_up) == ("", None)
    for result in study.results:
        cleared = replace(result, measure="responder-percent", benchmark_ok="yes", definition="nrs-pain-relative-30")
        assert "the figure is not checked" in cleared.why_not


def test_a_draft_says_what_a_person_must_fill_in_and_the_loader_names_it(tmp_path: Path) -> None:
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES)))
    assert made.to_fill_in == ["population"]
    assert "population" in made.refusal
    assert "fill-in" in made.refusal
    assert not made.loads
    assert "#   population" in Path(made.file).read_text("utf-8")


def test_a_record_that_does_not_say_when_needs_the_year(tmp_path: Path) -> None:
    made = imported(tmp_path, without(record(outcome({"OG001": "66"}, SIZES)), "protocolSection", "statusModule"))
    assert made.to_fill_in == ["year", "population"]


def test_a_group_that_nothing_describes_must_be_filled_in(tmp_path: Path) -> None:
    made = record(outcome({"OG001": "66"}, SIZES))
    made["protocolSection"]["armsInterventionsModule"]["armGroups"] = []
    made["resultsSection"]["participantFlowModule"]["groups"][1]["title"] = "Group B"
    assert [each for each in imported(tmp_path, made).to_fill_in if "Group B" in each] == [
        "arm[2].role (Group B)",
        "arm[2].treatment (Group B)",
    ]


def test_words_of_the_register_cannot_break_the_file(tmp_path: Path) -> None:
    title = 'Pain "now"\n[[arm]]\nid = "x" \\ \x7f é'
    made = imported(tmp_path, record(outcome({"OG001": "66", "OG000": "NA"}, SIZES, title=title)))
    (one,) = filled_in(made).results
    assert one.outcome == 'Pain "now" [[arm]] id = "x" \\ \x7f é'


def test_half_of_a_surrogate_pair_does_not_stop_an_import(tmp_path: Path) -> None:
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES, title="Pain \ud800")))
    assert [each.outcome for each in filled_in(made).results] == ["Pain ?"]


LEGACY = {"FullStudiesResponse": {"FullStudies": [{"Study": {"ProtocolSection": {}}}]}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(LEGACY), "legacy (classic) API"),
        (json.dumps({"Study": {"ProtocolSection": {"IdentificationModule": {"NCTId": "NCT01234567"}}}}), "legacy"),
        ('<?xml version="1.0"?><clinical_study/>', "XML record of the legacy API"),
        (json.dumps({"studies": [record()], "nextPageToken": "x"}), "page of several studies"),
        ("not json", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[]", "no object"),
        ("{}", "no protocolSection"),
        (json.dumps(without(record(), "resultsSection")), "has no resultsSection"),
    ],
)
def test_any_other_file_is_refused_with_what_to_fetch(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(NotImportable) as refused:
        imported(tmp_path, content)
    assert said in str(refused.value)
    assert "record.json" in str(refused.value)
    assert not (tmp_path / "drafts").exists()


def test_an_import_never_overwrites(tmp_path: Path) -> None:
    made = imported(tmp_path, record(outcome({"OG001": "66"}, SIZES)))
    before = Path(made.file).read_bytes()
    with pytest.raises(ConfigurationError, match="never overwrites"):
        imported(tmp_path, record(outcome({"OG001": "67"}, SIZES)))
    assert Path(made.file).read_bytes() == before


def test_the_same_record_gives_the_same_draft(tmp_path: Path) -> None:
    content = record(outcome({"OG000": "19.6", "OG001": "66"}, SIZES))
    first, again = (import_record(written(tmp_path, content), tmp_path / name) for name in ("a", "b"))
    assert Path(first.file).read_bytes() == Path(again.file).read_bytes()


def test_the_command_drafts_and_says_what_is_left_to_do(tmp_path: Path) -> None:
    file = written(tmp_path, record(outcome({"OG001": "66", "OG000": "NA"}, SIZES)))
    done = CliRunner().invoke(verum, ["evidence", "import", str(file), "--to", str(tmp_path / "to")])
    assert done.exit_code == 0
    assert "3 arm(s), 1 figure(s), every one unverified" in done.output
    assert "Fill in:\n  population" in done.output
    assert (tmp_path / "to" / "nct01234567.toml").is_file()


def test_the_command_prints_json_too(tmp_path: Path) -> None:
    file = written(tmp_path, record(outcome({"OG001": "66"}, SIZES)))
    done = CliRunner().invoke(verum, ["evidence", "import", str(file), "--to", str(tmp_path / "to"), "--json"])
    assert json.loads(done.output)["figures"] == 1


def test_what_is_said_ends_with_the_reminder(tmp_path: Path) -> None:
    assert as_text(imported(tmp_path, record(outcome({"OG001": "66"}, SIZES)))).endswith("the publication.")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path into a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here] * bool(here) + [path for key, each in inside for path in places(each, (*here, key))]


WHOLE = record(
    outcome(
        {"OG000": {"value": "5.0", "spread": "2.0"}, "OG001": "3.0"}, SIZES, paramType="MEAN", title="NRS pain",
        dispersionType="STANDARD_DEVIATION", unitOfMeasure="points",
        analyses=[{"groupIds": ["OG000", "OG001"], "paramType": "Mean Difference", "paramValue": "-2.0"}],
    ),
    outcome({"OG001": "66"}, SIZES),
    baselineCharacteristicsModule={
        "groups": [{"id": "BG000", "title": "Acupuncture"}], "measures": [measured_before("NRS pain", "6.0")]
    },
)  # fmt: skip


@given(st.sampled_from(places(WHOLE)), anything)
def test_a_record_with_anything_anywhere_is_refused_or_gives_toml(path: tuple[str | int, ...], value: Any) -> None:
    made: Any = json.loads(json.dumps(WHOLE))
    here = made
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    try:
        draft = drafted(opened(json.dumps(made).encode(), "record.json"), WORDS)
    except NotImportable:
        return
    table = tomllib.loads(toml_of(draft))
    assert len(table.get("result", [])) == len(draft.results)
    assert {each["confidence"] for each in table.get("result", [])} <= {"recalled"}
