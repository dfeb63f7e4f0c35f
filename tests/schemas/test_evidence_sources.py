"""Every study, arm and instrument of the source lists is here as listed, and no sentence of theirs is copied."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from schemas import evidence
from schemas.study_rows import Arm
from tests.schemas.lists import BY_SOURCE, ROOT, STUDIES, WORDS, documents, needs_the_lists, numbers, rows

pytestmark = needs_the_lists

KINDS = {
    "observational": "cohort", "ipd_meta_analysis": "review", "secondary_analysis": "report",
    "trial_followup": "report", "trial_report": "report",
}  # fmt: skip
RECORD_STATES = {"seed": "named"}
ARM_ROLES = {
    "verum_acupuncture": "active", "verum_acupuncture_plus_usual": "active", "electroacupuncture": "active",
    "electroacupuncture_plus_usual": "active", "pooled": "active", "acupuncture_uncontrolled": "observational",
    "acupuncture_nonrandomised": "observational", "sham_penetrating": "sham", "sham_nonpenetrating": "sham",
    "sham": "sham", "minimal_acupuncture": "sham", "pooled_sham": "sham", "usual_care": "usual-care",
    "waiting_list": "waiting-list",
    "guideline_conventional": "guideline-care", "massage": "other-treatment", "education": "other-treatment",
    "physiotherapy": "other-treatment", "pooled_verum_and_sham": "mixed", "pooled_control": "mixed",
}  # fmt: skip
#: Columns whose numbers must all be found again in our words for them.
COUNTED = {
    "n_analysed": "n_analysed", "n_other": "n_other", "followup_weeks": "follow_up",
    "missing_data_handling": "missing_rule",
}  # fmt: skip


def each(name: str, *keys: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows(name), ids=lambda row: "/".join(row[key] for key in keys))


def test_every_listed_study_has_one_file_and_no_file_claims_another() -> None:
    listed = [row["study_id"] for row in rows("studies")]
    assert len(listed) == len(set(listed)) == 62
    assert set(BY_SOURCE) == set(listed)
    assert {study.id for study in STUDIES.values() if not study.source_id} == {"prt-2022", "vickers-2004"}


@each("studies", "study_id")
def test_a_study_is_the_listed_one(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    assert (str(study.year or ""), study.doi, study.pmid, study.pmcid) == (
        row["year"], row["doi"], row["pmid"], row["pmcid"],
    )  # fmt: skip
    assert study.confidence == RECORD_STATES.get(row["confidence"], row["confidence"])
    assert study.checked_in == row["checked_in"]
    assert study.kind == KINDS.get(row["role"], row["role"])
    assert str(study.n_randomised or "") == row["n_randomised"]
    assert study.cited_in == documents(row["cited_in_seeds"])
    assert row["citation"].startswith(study.citation)


@each("studies", "study_id")
def test_what_is_doubtful_about_an_identifier_stays_doubtful(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    recalled = re.search(r"DOI recalled|[Cc]itation (details )?recalled", row["notes"]) is not None
    otherwise = "named" if study.confidence == "named" else "checked"
    if study.doi:
        assert study.doi_confidence == ("recalled" if recalled else otherwise)


@each("studies", "study_id")
def test_every_count_about_a_study_is_carried_over(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    said = " ".join(str(getattr(study, field)) for field in (*COUNTED.values(), "population_note", "note", "design"))
    held = numbers(said) | {str(study.n_randomised)} | {str(arm.n) for arm in study.arms}
    for column in COUNTED:
        if column != "missing_data_handling" or study.missing_rule:
            assert numbers(row[column]) <= held, column
    assert bool(row["followup_weeks"]) == bool(study.follow_up)
    assert bool(row["n_analysed"]) == bool(study.n_analysed)


@each("studies", "study_id")
def test_what_a_study_asked_and_how_it_counted_is_in_our_words(row: dict[str, str]) -> None:
    study = BY_SOURCE[row["study_id"]]
    assert not row["primary_outcome"] or study.primary_outcome
    assert not row["missing_data_handling"] or study.missing_rule or study.id in {"vickers-2012"}
    if row["responder_definition_verbatim"]:
        figures = [one for one in study.results if one.definition or one.definition_note]
        assert study.responder_rule or figures
    assert not row["design"] or study.design
    assert not row["country"] or study.country
    assert not row["population"] or study.population_note
    remarks = re.sub(r"(DOI recalled|Citation row only)\.", "", row["notes"]).strip()
    assert not remarks or study.note or study.n_other or study.responder_rule


def test_there_are_fifty_four_arms() -> None:
    assert len(rows("arms")) == sum(len(study.arms) for study in BY_SOURCE.values()) == 54


@each("arms", "study_id", "arm_id")
def test_an_arm_is_the_listed_one(row: dict[str, str]) -> None:
    arm = arm_of(row)
    assert (arm.n, arm.n_confidence) == (
        int(row["n_randomised"]) if row["n_randomised"] else None,
        row["n_randomised_confidence"] or None,
    )
    assert (arm.confidence, arm.checked_in) == (row["confidence"], row["checked_in"])
    assert arm.role == ARM_ROLES[row["kind"]]
    assert ("electro" in row["kind"]) == (arm.treatment == "electro-acupuncture")
    assert numbers(row["sessions"]) <= numbers(arm.sessions)
    assert bool(row["sessions"]) == bool(arm.sessions)
    assert numbers(row["weeks"]) <= numbers(arm.weeks)
    assert ("recalled" in row["sessions"]) <= ("recalled" in arm.sessions + arm.note)


def arm_of(row: dict[str, str]) -> Arm:
    arms = {arm.source_id: arm for arm in BY_SOURCE[row["study_id"]].arms}
    return arms[f"{row['study_id']}/{row['arm_id']}"]


def test_there_are_twenty_seven_instruments() -> None:
    assert len(rows("instruments")) == 27


@each("instruments", "instrument_id")
def test_every_instrument_row_is_here(row: dict[str, str]) -> None:
    if row["instrument_id"] == "gerac_composite":
        assert "gerac-response" in WORDS.definitions
        return
    (found,) = [each for each in WORDS.instruments.values() if row["instrument_id"] in each.also_known_as]
    assert found.confidence == row["confidence"]
    assert found.better == ("depends" if row["better_direction"] == "depends on coding" else row["better_direction"])
    for end, key in ((found.low, "range_min"), (found.high, "range_max")):
        assert end == number(row[key])
    assert found.items == number(row["items"])
    if number(row["mic_percent"]) is not None:
        assert found.mic_percent == number(row["mic_percent"])
    if number(row["mic_absolute"]) is not None:
        assert found.mic_absolute == number(row["mic_absolute"])


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            # A citation, a DOI and an instrument's name are facts and have to be the same words.
            yield from () if key in ("citation", "doi", "full_name") else texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[n : n + length]) for n in range(len(words) - length + 1)}


def test_no_run_of_eight_words_is_copied() -> None:
    theirs = {
        run
        for name in ("studies", "arms", "outcomes", "claims", "instruments")
        for row in rows(name)
        for key, text in row.items()
        if key != "citation"
        for run in runs(text or "")
    }
    ours = [*evidence.packaged().rglob("*.toml"), *(ROOT / "schemas").glob("*.toml")]
    assert len(theirs) > 1000
    assert len(ours) > 70
    for path in ours:
        for text in texts_of(tomllib.loads(path.read_text(encoding="utf-8"))):
            assert not runs(text) & theirs, f"{path.name}: {text}"
