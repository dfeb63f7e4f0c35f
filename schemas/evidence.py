"""Loading the published figures: one TOML file per study, refused unless all of it is understood.

What a study is stands in `study_rows`; the words that it may use in `vocabulary`. Whether the figures are
plausible (attainable percentages, arms that add up) is judged elsewhere, from what is loaded here.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas import resources, strict_toml
from schemas.measures import CONTRASTS, IN_PERCENT, NEVER_NEGATIVE, PERCENTAGES, RESPONDER_CONTRASTS, SHARES
from schemas.strict_toml import Place, TomlError
from schemas.study_rows import OF_PATIENTS, Arm, Baseline, Result, Study
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
    found = {path.stem: read(path, vocabulary) for path in sorted(folder.glob("*.toml"))}
    for study in found.values():
        if study.report_of:
            place = Place(f"{folder.name}/{study.id}.toml", EvidenceError, "report_of")
            strict_toml.known(study.report_of, found.keys() - {study.id}, "study", place)
    return found


def read(path: Path, vocabulary: Vocabulary) -> Study:
    """The study of one file; `EvidenceError` names the file, the key and what to do."""
    place = Place(strict_toml.shown(path), EvidenceError)
    strict_toml.slug(path.stem, place)
    table = strict_toml.parse(strict_toml.bytes_of(path, place), place)
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
    _check_what_is_treated(study, vocabulary, place)
    if not (study.results or study.baselines or study.cited_for):
        place.at("cited_for").fail("nothing, and no figure either", "what it is cited for", "Add it.")
    if study.results and study.year is None:
        place.at("year").fail("nothing", "the year; only a record without figures may lack it", "Add it.")
    _check_form(study.doi, DOI, "a DOI such as 10.1000/abc", place.at("doi"))
    _check_form(study.second_check, SECOND_CHECK, "'name, 2026-01-31', or nothing", place.at("second_check"))
    _check_ids([arm.id for arm in study.arms], place.at("arm"))
    _check_ids([result.id for result in study.results], place.at("result"))
    for n, arm in enumerate(study.arms, start=1):
        _check_arm(arm, study, vocabulary, place.at("arm").at(n))
    for n, baseline in enumerate(study.baselines, start=1):
        _check_baseline(baseline, study, vocabulary, place.at("baseline").at(n))
    for n, result in enumerate(study.results, start=1):
        _check_result(result, study, vocabulary, place.at("result").at(n))


def _check_what_is_treated(study: Study, vocabulary: Vocabulary, place: Place) -> None:
    words: dict[str, Iterable[str]] = {
        "condition": vocabulary.conditions,
        "treatment": vocabulary.treatments,
        "population": vocabulary.populations,
    }
    for key, known in words.items():
        if getattr(study, key) or study.kind in OF_PATIENTS or _has_a_rate(study):
            strict_toml.known(getattr(study, key), known, key, place.at(key))


def _has_a_rate(study: Study) -> bool:
    return any(result.measure in PERCENTAGES for result in study.results)


def _check_form(value: str, form: re.Pattern[str], expected: str, place: Place) -> None:
    if value and not form.fullmatch(value):
        place.fail(repr(value), expected, "Correct it, or leave it out.")


def _check_ids(ids: list[str], place: Place) -> None:
    for n, each in enumerate(ids, start=1):
        strict_toml.slug(each, place.at(n).at("id"))
        if each in ids[: n - 1]:
            place.at(n).at("id").fail(f"the id {each!r} a second time", "each id once", "Rename it.")


def _check_arm(arm: Arm, study: Study, vocabulary: Vocabulary, place: Place) -> None:
    strict_toml.known(arm.treatment, vocabulary.treatments, "treatment", place.at("treatment"))
    for n, pooled in enumerate(arm.pools, start=1):
        _check_arm_is_there(pooled, study, place.at("pools").at(n))
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
        place.at("mean").fail(f"{float(baseline.mean)}", f"{instrument.low} to {instrument.high}", "Correct the mean.")


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
    for key in ("printed", "low", "high", "sd", "se"):
        value = getattr(result, key)
        if (value or (key == "printed" and result.measure != "words")) and not NUMBER.fullmatch(value):
            place.at(key).fail(repr(value), "the printed digits, such as '47.6'", "Leave the unit out.")
    if result.measure == "words" and (result.printed or not result.words):
        place.at("words").fail("a number, or no words", "the finding in words and no number", "Correct it.")
    if bool(result.low) != bool(result.high):
        place.at("low").fail("half of an interval", "low and high, or neither", "Add the other end.")
    _check_range(result, place)
    _check_unit(result, place)
    _check_sides(result, place)


def _check_range(result: Result, place: Place) -> None:
    if result.measure in SHARES and not 0 <= Decimal(result.printed) <= 100:
        place.at("printed").fail(repr(result.printed), "a percentage from 0 to 100", "Correct it.")
    if result.measure in NEVER_NEGATIVE and Decimal(result.printed) < 0:
        place.at("printed").fail(repr(result.printed), "0 or more", "Correct it.")


def _check_unit(result: Result, place: Place) -> None:
    in_percent = result.unit.startswith("%")
    if in_percent != (result.measure in IN_PERCENT) and not (result.measure == "words" and result.unit in ("", "%")):
        expected = "'%'" if result.measure in IN_PERCENT else "the figure's own unit, such as 'points'"
        place.at("unit").fail(repr(result.unit), expected, "Name the unit.")


def _check_sides(result: Result, place: Place) -> None:
    if result.measure in (*PERCENTAGES, *RESPONDER_CONTRASTS[:2]) and result.arm is None:
        place.at("arm").fail("nothing", "the arm whose patients responded", "Add it.")
    two_sided = result.comparator is not None or bool(result.against)
    if result.measure != "words" and two_sided != (result.measure in CONTRASTS):
        place.at("comparator").fail(
            "a comparator with a figure of one arm, or a contrast without one",
            "one arm, or two",
            "Correct the arms; a contrast without a second arm says in `against` what it is compared with.",
        )


def _check_counts(result: Result, place: Place) -> None:
    _check_known_together(result.n, result.n_confidence, "n", place)
    if bool(result.responders_basis) != (result.responders is not None):
        place.at("responders").fail("half of a pair", "responders and responders_basis, or neither", "Add it.")
    if result.n is not None and not 0 <= (result.responders or 0) <= result.n:
        place.at("responders").fail("more responders than patients", f"at most {result.n}", "Correct one.")
