"""What the sample network is made from: the settings of `samples/network.toml`, typed and checked.

Nothing is drawn here.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import tomli


class SampleError(ValueError):
    """The sample cannot be made as its settings ask: says the clinic, what was found and what to change."""


@dataclass(frozen=True)
class Steering:
    """The outcome that a clinic is built to have: this share of those seen on `day` meet this definition."""

    definition: str
    day: int
    rate: float


@dataclass(frozen=True)
class Habits:
    """How often records are untidy without being wrong, each as a share of patients or of visits."""

    never_scored: float = 0.0
    late_baseline: float = 0.0
    early_baseline: float = 0.0
    screened_before: float = 0.0
    half_asked: float = 0.0
    late_follow_up: float = 0.0
    extra_contact: float = 0.0
    unanswered_visit: float = 0.0


@dataclass(frozen=True)
class Clinic:
    """One clinic; `file`, `columns`, `codes` and `measure` stand in its contract as they stand here.

    `severity` is mean and standard deviation at baseline; `follow_up` is the share seen at each planned day;
    `gain_if_better` and `gain_otherwise` are ranges of improvement, as shares of the way to the good end.
    `unfit` counts lines to spoil, by reason or by reasons joined with `+`, in each file of the clinic.
    """

    alias: str
    label: str
    built_for: str
    condition: str
    treatment: str
    layout: str
    patients: int
    code: str
    severity: Mapping[str, tuple[float, float]]
    follow_up: Mapping[int, float]
    endpoints: tuple[str, ...]
    starts: tuple[date, date]
    columns: Mapping[str, str]
    file_name: str
    file: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    measure: tuple[Mapping[str, Any], ...] = ()
    steering: Steering | None = None
    improving: float = 0.45
    gain_if_better: tuple[float, float] = (0.42, 0.85)
    gain_otherwise: tuple[float, float] = (-0.2, 0.26)
    spread: float = 7.0
    short_complaints: float = 0.08
    events: float = 0.0
    second_courses: float = 0.0
    careless_codes: float = 0.0
    tidy: bool = False
    started: int | None = None
    keep_dates: str = "month"
    covers: str = "everything"
    later_file_from: date | None = None
    later_file_name: str = ""
    refused_file_name: str = ""
    refused_column: str = ""
    has_contract: bool = True
    byte_order_mark: bool = False
    line_end: str = "\n"
    blank_lines: int = 0
    unfit: Mapping[str, int] = field(default_factory=dict)

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments collected, in the order in which they are asked."""
        return tuple(self.severity)

    @property
    def by_date(self) -> bool:
        """Whether rows carry the true day of a visit, and not the day it was planned for."""
        return self.layout != "wide" and "visit" not in self.columns


@dataclass(frozen=True)
class Network:
    """The whole sample: one seed, one data cut, and the clinics."""

    seed: int
    data_cut: date
    expected_every_days: int
    steps: Mapping[str, Fraction]
    printed_decimals: Mapping[str, int]
    habits: Habits
    clinics: tuple[Clinic, ...]

    def chance(self, *topic: str) -> np.random.Generator:
        """A generator of its own for each topic, so that a new clinic changes no other clinic's bytes."""
        return np.random.default_rng([self.seed, zlib.crc32("/".join(topic).encode())])

    def ladder(self, instrument: str, low: float, high: float) -> tuple[Decimal, ...]:
        """Every score that the instrument can give, as it is printed, from the lowest to the highest."""
        step = self.steps.get(instrument, Fraction(1))
        decimals = Decimal(1).scaleb(-self.printed_decimals.get(instrument, 0))
        rungs = [Fraction(low) + step * rung for rung in range(int((Fraction(high) - Fraction(low)) / step) + 1)]
        return tuple(
            (Decimal(rung.numerator) / Decimal(rung.denominator)).quantize(decimals, ROUND_HALF_UP) for rung in rungs
        )

    def habits_of(self, clinic: Clinic) -> Habits:
        """The network's untidiness, none for a clinic that is built to exact numbers."""
        return Habits() if clinic.tidy else self.habits


def read_network(path: Path) -> Network:
    """The network that the TOML file describes; raises `SampleError` naming the clinic and the key."""
    written = tomli.loads(path.read_text("utf-8"))
    clinics = [_clinic(row, written) for row in written.pop("clinic")]
    repeated = {clinic.alias for clinic in clinics if sum(clinic.alias == c.alias for c in clinics) > 1}
    if repeated:
        raise SampleError(f"{path.name}: clinic {sorted(repeated)}: more than once; give each its own alias")
    return Network(
        seed=written["seed"],
        data_cut=written["data_cut"],
        expected_every_days=written["expected_every_days"],
        steps={name: Fraction(text) for name, text in written["instrument_steps"].items()},
        printed_decimals=written["printed_decimals"],
        habits=Habits(**written["habits"]),
        clinics=tuple(clinics),
    )


def _clinic(row: dict[str, Any], network: Mapping[str, Any]) -> Clinic:
    typed = row | {
        "severity": {name: (float(mean), float(sd)) for name, (mean, sd) in row["severity"].items()},
        "follow_up": {int(day): float(share) for day, share in row.get("follow_up", {}).items()},
        "endpoints": tuple(row["endpoints"]),
        "starts": tuple(row.get("starts", network["starts"])),
        "measure": tuple(row.get("measure", ())),
    }
    if "steering" in row:
        typed["steering"] = Steering(**row["steering"])
    try:
        clinic = Clinic(**typed)
    except TypeError as error:
        raise SampleError(f"network.toml: clinic {row.get('alias')}: {error}; see `Clinic`") from None
    if clinic.steering and clinic.steering.day not in clinic.follow_up:
        raise SampleError(f"network.toml: clinic {clinic.alias}: steering.day {clinic.steering.day} is never visited")
    return clinic
