"""Loading the published figures: one TOML file per study, refused unless all of it is understood.

What a study is stands in `study_rows`; the words that it may use in `vocabulary`. Whether the figures are
plausible (attainable percentages, arms that add up) is judged elsewhere, from what is loaded here.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas import resources, strict_toml
from schemas.strict_toml import Place, TomlError
from schemas.study_rows import PERCENTAGES, Arm, Baseline, Result, Study
from schemas.vocabulary import Vocabulary

__all__ = ["Arm", "Baseline", "EvidenceError", "Result", "Study", "load", "packaged", "read"]

NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)")
DOI = re.compile(r"10\.\d{4,9}/\S+")
SECOND_CHECK = re.compile(r"\S.*, \d{4}-\d{2}-\d{2}")

PARTS: Mapping[str, tuple[str, type]] = {
    "arm": ("arms", Arm),
    "baseline": ("baselines", Baseline),
    "result": ("results", Result),
}


class EvidenceError(TomlError):
    """A study's file says something that we do not understand."""


def packaged() -> Path:
    """The folder of the studies that travel with the code."""
    return resources.folder("schemas", "evidence")


def load(folder: Path, vocabulary: Vocabulary) -> dict[str, Study]:
    """Every study of a folder by its id, which is its file's name, in the order of the ids.

    Raises `EvidenceError` at the first file that does not hold together.
    """
    return {path.stem: read(path, vocabulary) for path in sorted(folder.glob("*.toml"))}


def read(path: Path, vocabulary: Vocabulary) -> Study:
    """The study of one file; `EvidenceError` names the file, the key and what to do."""
    place = Place(strict_toml.shown(path), EvidenceError)
    strict_toml.slug(path.stem, place)
    table = strict_toml.parse(path.read_bytes(), place)
    strict_toml.refuse_unknown(table, [*_study_keys(), *PARTS], place)
    parts = {field: tuple(_records(kind, table.get(key, []), place.at(key))) for key, (field, kind) in PARTS.items()}
    own = {key: value for key, value in table.items() if key not in PARTS}
    study = strict_toml.record(Study, own, place, id=path.stem, **parts)
    _check_study(study, vocabulary, place)
    return study


def _study_keys() -> list[str]:
    filled = {"id", *(field for field, _ in PARTS.values())}
    return [name for name in Study.__dataclass_fields__ if name not in filled]


def _records(kind: type, value: object, place: Place) -> list[Any]:
    listed = strict_toml.tables(value, place)
    return [strict_toml.record(kind, table, place.at(n)) for n, table in enumerate(listed, start=1)]


def _check_study(study: Study, vocabulary: Vocabulary, place: Place) -> None:
    strict_toml.known(study.condition, vocabulary.conditions, "condition", place.at("condition"))
    strict_toml.known(study.treatment, vocabulary.treatments, "treatment", place.at("treatment"))
    strict_toml.known(study.population, vocabulary.populations, "population", place.at("population"))
    _check_form(study.doi, DOI, "a DOI such as 10.1000/abc", place.at("doi"))
    _check_form(study.second_check, SECOND_CHECK, "'name, 2026-01-31', or nothing", place.at("second_check"))
    _check_ids([arm.id for arm in study.arms], place.at("arm"))
    _check_ids([result.id for result in study.results], place.at("result"))
    for n, arm in enumerate(study.arms, start=1):
        _check_arm(arm, vocabulary, place.at("arm").at(n))
    for n, baseline in enumerate(study.baselines, start=1):
        _check_baseline(baseline, study, vocabulary, place.at("baseline").at(n))
    for n, result in enumerate(study.results, start=1):
        _check_result(result, study, vocabulary, place.at("result").at(n))


def _check_form(value: str, form: re.Pattern[str], expected: str, place: Place) -> None:
    if value and not form.fullmatch(value):
        place.fail(repr(value), expected, "Correct it, or leave it out.")


def _check_ids(ids: list[str], place: Place) -> None:
    for n, each in enumerate(ids, start=1):
        strict_toml.slug(each, place.at(n).at("id"))
        if each in ids[: n - 1]:
            place.at(n).at("id").fail(f"the id {each!r} a second time", "each id once", "Rename it.")


def _check_arm(arm: Arm, vocabulary: Vocabulary, place: Place) -> None:
    strict_toml.known(arm.treatment, vocabulary.treatments, "treatment", place.at("treatment"))
    _check_known_together(arm.n, arm.n_confidence, "n", place)


def _check_known_together(value: object, confidence: object, key: str, place: Place) -> None:
    if (value is None) != (confidence is None):
        place.at(key).fail(
            "half of a pair", f"{key} and {key}_confidence, or neither", "Add the other one, or remove both."
        )


def _check_baseline(baseline: Baseline, study: Study, vocabulary: Vocabulary, place: Place) -> None:
    _check_arm_is_there(baseline.arm, study, place.at("arm"))
    strict_toml.known(baseline.instrument, vocabulary.instruments, "instrument", place.at("instrument"))
    instrument = vocabulary.instruments[baseline.instrument]
    if instrument.usable and not (instrument.low or 0) <= baseline.mean <= (instrument.high or 0):
        place.at("mean").fail(str(baseline.mean), f"{instrument.low} to {instrument.high}", "Correct the mean.")


def _check_arm_is_there(arm: str | None, study: Study, place: Place) -> None:
    if arm is not None:
        strict_toml.known(arm, (each.id for each in study.arms), "arm", place)


def _check_result(result: Result, study: Study, vocabulary: Vocabulary, place: Place) -> None:
    _check_arm_is_there(result.arm, study, place.at("arm"))
    _check_arm_is_there(result.comparator, study, place.at("comparator"))
    if result.instrument is not None:
        strict_toml.known(result.instrument, vocabulary.instruments, "instrument", place.at("instrument"))
    _check_definition(result, vocabulary, place)
    _check_time(result, vocabulary, place)
    _check_figure(result, place)
    _check_counts(result, place)


def _check_definition(result: Result, vocabulary: Vocabulary, place: Place) -> None:
    if result.definition is None:
        return
    strict_toml.known(result.definition, vocabulary.definitions, "definition", place.at("definition"))
    place = place.at("definition_confidence")
    if result.definition_confidence is None:
        place.fail("nothing", "how the definition is known", "Add it.")
    recalled = vocabulary.definitions[result.definition].confidence == "recalled"
    if recalled and result.definition_confidence == "checked":
        place.fail("checked", "'recalled', as the definition itself is", "Check the definition first.")


def _check_time(result: Result, vocabulary: Vocabulary, place: Place) -> None:
    if result.endpoint is None:
        return
    strict_toml.known(result.endpoint, vocabulary.endpoints, "endpoint", place.at("endpoint"))
    window = vocabulary.endpoints[result.endpoint]
    if result.day is not None and not window.holds(result.day):
        place.at("day").fail(str(result.day), f"{window.low} to {window.high}", "Name the window that holds it.")


def _check_figure(result: Result, place: Place) -> None:
    for key in ("printed", "low", "high"):
        value = getattr(result, key)
        if (value or key == "printed") and not NUMBER.fullmatch(value):
            place.at(key).fail(repr(value), "the printed digits, such as '47.6'", "Leave the unit out.")
    if result.measure in PERCENTAGES and not 0 <= Decimal(result.printed) <= 100:
        place.at("printed").fail(repr(result.printed), "a percentage from 0 to 100", "Correct it.")
    if bool(result.low) != bool(result.high):
        place.at("low").fail("half of an interval", "low and high, or neither", "Add the other end.")
    if (result.measure in PERCENTAGES) == (result.comparator is not None):
        place.at("comparator").fail(
            "a comparator with a percentage, or a contrast without one",
            "one arm, or two",
            "Correct the arms.",
        )


def _check_counts(result: Result, place: Place) -> None:
    _check_known_together(result.n, result.n_confidence, "n", place)
    if bool(result.responders_basis) != (result.responders is not None):
        place.at("responders").fail("half of a pair", "responders and responders_basis, or neither", "Add it.")
    if result.n is not None and not 0 <= (result.responders or 0) <= result.n:
        place.at("responders").fail("more responders than patients", f"at most {result.n}", "Correct one.")
