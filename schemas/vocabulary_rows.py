"""One dataclass per kind of word in the vocabulary, except responder definitions (`responder_rules`).

Each field is a key of the TOML row of that kind, except `id` (the row's heading) and the fields marked as
filled in by the loader. No questionnaire's wording is stored anywhere.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from schemas.responder_rules import Better, Confidence


@dataclass(frozen=True)
class Instrument:
    """A scored questionnaire or scale.

    `low` and `high` are the ends of the score, None where they depend on a form or a country. `decimals` is
    the finest precision that is stored. `to_reference` turns a score into that of its `family` by a linear
    factor (METHODS section 4.2: documented linear rescales). `mic_absolute` is in points, `mic_percent` in
    percent of the baseline. `also_known_as` are ids that other files use for it.
    """

    id: str
    name: str
    construct: str
    better: Better
    confidence: Confidence
    decimals: int
    full_name: str = ""
    family: str = ""
    items: int | None = None
    low: float | None = None
    high: float | None = None
    to_reference: float = 1.0
    recall: str = ""
    scoring: str = ""
    missing_items: str = ""
    mic_absolute: float | None = None
    mic_percent: float | None = None
    mic_source: str = ""
    licence: str = ""
    note: str = ""
    also_known_as: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """How many units of stored precision make one point."""
        return int(10**self.decimals)

    @property
    def usable(self) -> bool:
        """Whether scores can be range-checked and have a direction; no rule may stand on one that is not."""
        return self.low is not None and self.high is not None and self.better != "depends"

    def units(self, score: float) -> int:
        """The score as a whole number of its finest units, so that comparisons are exact."""
        return round(score * self.scale)


@dataclass(frozen=True)
class Endpoint:
    """When an outcome is read: a target and a window (ends included), in days from the start of treatment.

    `select`: the score nearest to the target (the later one on a tie), or the last in the window.
    `fixed_on` is the day on which the window was decided; a later one than the data is flagged. METHODS section 7.1.
    """

    id: str
    label: str
    target: int
    low: int
    high: int
    select: Literal["nearest", "last"] = "nearest"
    fixed_on: date | None = None

    def holds(self, day: int) -> bool:
        """Whether a day after the start of treatment lies inside the window."""
        return self.low <= day <= self.high


@dataclass(frozen=True)
class Condition:
    """What patients are treated for; `min_duration_weeks` is how long it lasts before it is called that."""

    id: str
    name: str
    min_duration_weeks: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Treatment:
    """What patients are given; `variant_of` names the treatment that it is a form of."""

    id: str
    name: str
    variant_of: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Population:
    """Which patients count: limits of condition, duration, baseline and age, each optional.

    `baseline_at_least` includes its value, `baseline_below` excludes it. Ages are in whole years, `age_from`
    and `age_to` both included. `condition_name` and `instrument_name` are filled in by the loader.
    """

    id: str
    condition: str | None = None
    min_duration_weeks: int | None = None
    baseline_instrument: str | None = None
    baseline_at_least: float | None = None
    baseline_below: float | None = None
    age_from: int | None = None
    age_to: int | None = None
    note: str = ""
    condition_name: str = field(default="", compare=False)
    instrument_name: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """Who is meant, generated from the limits."""
        who = self.condition_name or self.condition or "everyone"
        limits = [limit for limit in (self._duration, self._baseline, self._age) if limit]
        return ", ".join([who, *limits])

    @property
    def _duration(self) -> str:
        return "" if self.min_duration_weeks is None else f"for {self.min_duration_weeks} weeks or more"

    @property
    def _baseline(self) -> str:
        above = "" if self.baseline_at_least is None else f"{self.baseline_at_least:g} or more"
        below = "" if self.baseline_below is None else f"below {self.baseline_below:g}"
        limits = " and ".join(limit for limit in (above, below) if limit)
        return f"{limits} on {self.instrument_name or self.baseline_instrument} at the start" if limits else ""

    @property
    def _age(self) -> str:
        if self.age_from is not None and self.age_to is not None:
            return f"aged {self.age_from} to {self.age_to}"
        if self.age_from is not None:
            return f"aged {self.age_from} or more"
        return "" if self.age_to is None else f"aged {self.age_to} or less"
