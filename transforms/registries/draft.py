"""A registry record as the draft of a study's file: what was read, what was left out, what a person must fill in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.vocabulary import Vocabulary
from transforms.registries.analyses import contrasts_of
from transforms.registries.groups import Arms, arms_of
from transforms.registries.outcomes import Outcome, figures_of
from transforms.registries.record import Part, number, part, parts, text, texts, whole
from transforms.registries.words import FILL_IN, named, slug

Table = dict[str, Any]
CHECKED_IN = "registry record, read by a program"
#: Keys without which a study of patients does not load.
NEEDED = ("year", "condition", "treatment", "population")


@dataclass(frozen=True)
class Draft:
    """The tables of a study's file as the register gives them, nothing in it checked by a person.

    `left_out` says in words what the record holds and the draft does not. Everything is `recalled`, which can
    never carry a verdict.
    """

    id: str
    study: Table
    arms: list[Table] = field(default_factory=list)
    baselines: list[Table] = field(default_factory=list)
    results: list[Table] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def to_fill_in(self) -> list[str]:
        """The keys that a person must fill in before the file loads, each with its place in the file."""
        missing = [key for key in NEEDED if self.study.get(key, FILL_IN) == FILL_IN]
        for n, arm in enumerate(self.arms, start=1):
            missing += [f"arm[{n}].{key} ({arm['label']})" for key, value in arm.items() if value == FILL_IN]
        return missing


def drafted(record: Part, vocabulary: Vocabulary) -> Draft:
    """The draft of one record that `record.opened` has let in."""
    left_out: list[str] = []
    arms, taken = arms_of(record, vocabulary), set[str]()
    baselines = list(_baselines(record, arms, vocabulary, left_out))
    results: list[Table] = []
    for measure in parts(record, "resultsSection", "outcomeMeasuresModule", "outcomeMeasures"):
        outcome = Outcome(measure, vocabulary)
        results += figures_of(outcome, arms, taken, left_out)
        results += contrasts_of(outcome, arms, taken, left_out)
    for table in (*arms.tables, *baselines, *results):
        table["checked_in"] = CHECKED_IN
    study = _study(record, vocabulary, arms)
    return Draft(_id(record), study, arms.tables, baselines, results, left_out)


def _id(record: Part) -> str:
    return slug(text(record, "protocolSection", "identificationModule", "nctId"), set())


def _study(record: Part, vocabulary: Vocabulary, arms: Arms) -> Table:
    protocol = part(record, "protocolSection")
    naming = part(protocol, "identificationModule")
    nct, title = text(naming, "nctId"), text(naming, "briefTitle")
    organisation = text(naming, "organization", "fullName")
    conditions = texts(protocol, "conditionsModule", "conditions")
    treatments = [arm["treatment"] for arm in arms.tables if arm.get("role") == "active"]
    table = {
        "label": text(naming, "acronym") or nct,
        "citation": f"ClinicalTrials.gov, {nct}. {title}. {organisation}".strip(". "),
        "year": _year(protocol),
        "kind": "cohort" if text(protocol, "designModule", "studyType").upper() == "OBSERVATIONAL" else "trial",
        "design": _design(protocol),
        "condition": named(" ".join(conditions), vocabulary.conditions) or FILL_IN,
        "treatment": treatments[0] if treatments else FILL_IN,
        "population": FILL_IN,
        "n_randomised": _randomised(protocol, arms),
        "n_other": _enrolled(protocol),
        "registration": nct,
        "confidence": "recalled",
        "checked_in": CHECKED_IN,
        "note": _papers(protocol),
    }
    return {key: value for key, value in table.items() if value not in {None, ""}}


def _year(protocol: Part) -> int | None:
    """The year in which the register first posted results: that of the record, not of a paper."""
    return whole(text(protocol, "statusModule", "resultsFirstPostDateStruct", "date")[:4])


def _design(protocol: Part) -> str:
    design = part(protocol, "designModule", "designInfo")
    said = [text(design, key) for key in ("allocation", "interventionModel")]
    said.append(f"masking {text(design, 'maskingInfo', 'masking')}" if text(design, "maskingInfo", "masking") else "")
    return ", ".join(each.replace("_", " ").lower() for each in said if each)


def _randomised(protocol: Part, arms: Arms) -> int | None:
    """How many started, of all arms together, where the register says that they were randomised."""
    sizes = [arm["n"] for arm in arms.tables if "n" in arm]
    randomised = text(protocol, "designModule", "designInfo", "allocation").upper() == "RANDOMIZED"
    return sum(sizes) if randomised and sizes else None


def _enrolled(protocol: Part) -> str:
    count = text(protocol, "designModule", "enrollmentInfo", "count")
    return f"{count} enrolled, as the register has it." if count else ""


def _papers(protocol: Part) -> str:
    """Papers that the register lists as results: where the figures are to be checked."""
    listed = parts(protocol, "referencesModule", "references")
    found = [text(each, "pmid") for each in listed if text(each, "type").upper() == "RESULT" and text(each, "pmid")]
    return f"Papers of results in the register, by PMID: {', '.join(found)}." if found else ""


def _baselines(record: Part, arms: Arms, vocabulary: Vocabulary, left_out: list[str]) -> Iterator[Table]:
    """Mean scores before treatment on instruments of the vocabulary; every other baseline measure is left out."""
    module = part(record, "resultsSection", "baselineCharacteristicsModule")
    titles = {text(group, "id"): text(group, "title") for group in parts(module, "groups")}
    for measure in parts(module, "measures"):
        title = text(measure, "title")
        instrument = named(title, vocabulary.instruments)
        if instrument is None or text(measure, "paramType").upper() != "MEAN":
            left_out.append(f"baseline, {title}: no mean score of an instrument that is known here")
            continue
        for measured in _measured(measure):
            table = _baseline(measured, instrument, measure, vocabulary)
            name = titles.get(text(measured, "groupId"), "")
            if table is None:
                said = text(measured, "value") or "nothing"
                left_out.append(f"baseline, {title}, {name}: the register has {said}, no score of {instrument}")
                continue
            arm = arms.of(name)
            yield ({"arm": arm} if arm else {}) | table


def _measured(measure: Part) -> Iterator[Part]:
    for class_ in parts(measure, "classes"):
        for category in parts(class_, "categories"):
            yield from parts(category, "measurements")


def _baseline(measured: Part, instrument: str, measure: Mapping[str, Any], vocabulary: Vocabulary) -> Table | None:
    """The baseline of one group; None for `NA`, and for a mean outside the instrument's range: another scale."""
    known, written = vocabulary.instruments[instrument], number(text(measured, "value"))
    if not written or not _inside(Decimal(written), known.low, known.high):
        return None
    spread = number(text(measured, "spread"))
    is_sd = text(measure, "dispersionType").upper() == "STANDARD_DEVIATION"
    return {
        "instrument": instrument,
        "mean": Decimal(written),
        **({"sd": Decimal(spread)} if spread and is_sd else {}),
        "confidence": "recalled",
    }


def _inside(mean: Decimal, low: float | None, high: float | None) -> bool:
    return (low is None or mean >= Decimal(str(low))) and (high is None or mean <= Decimal(str(high)))
