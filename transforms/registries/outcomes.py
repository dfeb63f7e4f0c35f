"""Outcome measures of a registry record as figures: digits as posted, denominators, spread; `NA` is never a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import Vocabulary
from transforms.registries.groups import Arms
from transforms.registries.record import Part, number, parts, text, whole
from transforms.registries.words import day_of, endpoint_of, named, plain, slug

#: What a parameter type of the register is called here; a mean of changes is told by the title.
MEASURES = {
    "MEAN": "mean", "LEAST_SQUARES_MEAN": "adjusted-mean", "MEDIAN": "median", "COUNT_OF_PARTICIPANTS": "percent",
    "COUNT_OF_UNITS": "count", "NUMBER": "count",
}  # fmt: skip
PARTICIPANTS = {"participants", "patients", "subjects", "participant", "number of participants", "number of patients"}
CHANGE_WORDS = ("change from", "change in", "change since", "reduction from", "improvement from")


@dataclass(frozen=True)
class Outcome:
    """One outcome measure of a record, with what all its figures share."""

    measure: Part
    vocabulary: Vocabulary

    @property
    def title(self) -> str:
        """Its title."""
        return text(self.measure, "title") or "an outcome without a title"

    @property
    def time_frame(self) -> str:
        """Its time frame, as the register has it."""
        return text(self.measure, "timeFrame")

    @property
    def unit(self) -> str:
        """Its unit of measure."""
        return text(self.measure, "unitOfMeasure")

    @property
    def kind(self) -> str:
        """Its parameter type, in the register's word."""
        return text(self.measure, "paramType").upper().replace(" ", "_")

    @property
    def dispersion(self) -> str:
        """Its kind of spread, in the register's word."""
        return text(self.measure, "dispersionType").upper().replace(" ", "_").replace("95%", "95")

    @property
    def in_percent(self) -> bool:
        """Whether its numbers are percentages of participants."""
        words = plain(self.unit)
        return self.kind == "NUMBER" and ("percent" in words or "proportion" in words or self.unit.strip() == "%")

    @property
    def counts_participants(self) -> bool:
        """Whether its numbers count participants."""
        return self.kind == "COUNT_OF_PARTICIPANTS" or (self.kind == "NUMBER" and plain(self.unit) in PARTICIPANTS)


def figures_of(outcome: Outcome, arms: Arms, taken: set[str], left_out: list[str]) -> Iterator[dict[str, Any]]:
    """A table for every number of one outcome measure; what has none is added to `left_out`, with the reason."""
    if text(outcome.measure, "reportingStatus").upper() == "NOT_POSTED" or not parts(outcome.measure, "classes"):
        left_out.append(f"{outcome.title}: no data are posted")
        return
    if outcome.kind not in MEASURES:
        left_out.append(f"{outcome.title}: a figure of the kind {outcome.kind or 'that is not named'} has no word here")
        return
    titles = {text(group, "id"): text(group, "title") for group in parts(outcome.measure, "groups")}
    for class_, category, measured in _measurements(outcome.measure):
        group, value = text(measured, "groupId"), text(measured, "value")
        place = ", ".join(each for each in (outcome.title, text(class_, "title"), text(category, "title")) if each)
        title = titles.get(group, group)
        if not number(value):
            left_out.append(f"{place}, {title}: the register has {value or 'nothing'} and no number")
            continue
        size = _sizes(class_).get(group) or _sizes(outcome.measure).get(group)
        figure = _figure(outcome, (class_, category, measured), arms.of(title), size)
        if figure is None:
            left_out.append(f"{place}, {title}: {value} {outcome.unit} of {size} participants cannot be")
            continue
        yield {"id": slug(f"{arms.of(title) or 'all'} {place}", taken)} | figure


def _measurements(measure: Part) -> Iterator[tuple[Part, Part, Part]]:
    for class_ in parts(measure, "classes"):
        for category in parts(class_, "categories"):
            for measured in parts(category, "measurements"):
                yield class_, category, measured


def _sizes(holder: Part) -> dict[str, int]:
    """How many participants were analysed, by group; other units than participants are no denominators of patients."""
    counts = [
        each
        for denom in parts(holder, "denoms")
        if plain(text(denom, "units")) in {*PARTICIPANTS, ""}
        for each in parts(denom, "counts")
    ]
    sizes = {text(each, "groupId"): whole(text(each, "value")) for each in counts}
    return {group: size for group, size in sizes.items() if size}


def _figure(
    outcome: Outcome, where: tuple[Part, Part, Part], arm: str | None, size: int | None
) -> dict[str, Any] | None:
    class_, category, measured = where
    titles = [text(each, "title") for each in (class_, category)]
    value = _value(outcome, number(text(measured, "value")), size)
    if value is None:
        return None
    day = day_of(text(class_, "title")) or day_of(outcome.time_frame)
    instrument = named(outcome.title, outcome.vocabulary.instruments)
    table = {
        "arm": arm,
        **value,
        "instrument": instrument,
        "outcome": "; ".join(each for each in (outcome.title, *titles) if each),
        "confidence": "recalled",
        **_spread(outcome, measured),
        "endpoint": endpoint_of(day, outcome.vocabulary),
        "day": day,
        "time_note": _time_note(outcome.time_frame, day),
        "n": size,
        "n_confidence": "recalled" if size else None,
        "locator": f"outcome measure: {outcome.title}",
    }
    return {key: each for key, each in table.items() if each is not None and each != ""}


def _value(outcome: Outcome, printed: str, size: int | None) -> dict[str, Any] | None:
    """Measure, digits and unit of a number; None where a count exceeds its denominator or a share its bounds."""
    if outcome.counts_participants:
        count = whole(printed)
        if count is None or (size is not None and count > size):
            return None
        if size is None:
            return {"measure": "count", "printed": printed, "unit": "participants"}
        return {
            "measure": "percent", "printed": f"{100 * count / size:.1f}", "unit": "%", "responders": count,
            "responders_basis": "printed", "value_basis": f"derived: {count} of {size}, the count that is posted",
        }  # fmt: skip
    if outcome.in_percent:
        scale, share = _share(outcome, printed)
        if not 0 <= float(share) <= 100:
            return None
        return {"measure": "percent", "printed": share, "unit": "%"} | scale
    return _score(outcome, printed)


def _share(outcome: Outcome, printed: str) -> tuple[dict[str, Any], str]:
    """A percentage as posted; a proportion from 0 to 1 in percent, said to be derived."""
    if "proportion" in plain(outcome.unit) and "percent" not in plain(outcome.unit):
        return {"value_basis": f"derived: the proportion {printed}, in percent"}, f"{100 * float(printed):g}"
    return {}, printed


def _score(outcome: Outcome, printed: str) -> dict[str, Any]:
    measure = MEASURES[outcome.kind]
    if measure == "mean" and any(word in outcome.title.casefold() for word in CHANGE_WORDS):
        measure = "mean-change"
    if measure == "count" and (whole(printed) is None or _is_rate(outcome)):
        measure = "mean" if printed.startswith("-") else "rate"
    unit = outcome.unit if outcome.unit and not outcome.unit.startswith("%") else "points"
    return {"measure": measure, "printed": printed, "unit": unit}


def _is_rate(outcome: Outcome) -> bool:
    return outcome.kind == "NUMBER" and "per" in plain(outcome.unit).split()


def _spread(outcome: Outcome, measured: Part) -> dict[str, Any]:
    """The posted spread, where it is one that a figure here can have."""
    spread, low, high = (number(text(measured, key)) for key in ("spread", "lowerLimit", "upperLimit"))
    if outcome.dispersion == "STANDARD_DEVIATION" and spread:
        return {"sd": spread}
    if outcome.dispersion == "STANDARD_ERROR" and spread:
        return {"se": spread}
    if outcome.dispersion in {"CONFIDENCE_95", "95_CONFIDENCE_INTERVAL"} and low and high:
        return {"low": low, "high": high, "interval_confidence": "recalled"}
    if outcome.dispersion in {"", "NA"} or not (spread or low or high):
        return {}
    name = outcome.dispersion.replace("_", " ").lower()
    return {"note": f"Posted with {name}: {spread or f'{low} to {high}'}."}


def _time_note(time_frame: str, day: int | None) -> str:
    worked_out = f"; day {day} is worked out from it" if day is not None else ""
    return f"time frame in the register: {time_frame}{worked_out}" if time_frame else ""
