"""How like the published patients and measurements ours are: twelve dimensions, a grade, printable reasons.

Every level follows from a fact by a rule; nothing is judged when a page is drawn. What the grade permits to
be said is in `sentences`, what the numbers say in `statistics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Literal, get_args

Dimension = Literal[
    "condition",
    "intervention",
    "chronicity",
    "baseline_severity",
    "instrument",
    "definition",
    "time_window",
    "analysis_convention",
    "followup",
    "coverage",
    "cohort_size",
    "benchmark_quality",
]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Level = Literal["match", "minor", "major", "refuse"]
Letter = Literal["A", "B", "C", "D", "R"]
ChronicityBand = Literal[">=90%", "50-90%", "<50%", "unknown"]
CoverageBand = Literal[">=80%", "60-80%", "<60%", "unknown"]
Intervention = Literal["same", "variant", "different"]
InstrumentMatch = Literal["identical", "rescaled", "same_construct", "different", "unknown"]
DefinitionMatch = Literal[
    "identical",
    "component_missing",
    "ambiguous",
    "component_missing_and_ambiguous",
    "not_collected",
    "different",
    "unknown",
]
Convention = Literal["same", "different", "unknown"]

# Thresholds of METHODS 4.2. "From" limits belong to the better level, "up to" limits too.
CHRONICITY_MATCH_FROM = 0.90
CHRONICITY_MINOR_FROM = 0.50
SEVERITY_MATCH_UP_TO = 0.25
SEVERITY_MINOR_UP_TO = 0.50
TIME_MATCH_UP_TO = 0.15
TIME_MINOR_UP_TO = 1 / 3
TIME_MAJOR_UP_TO = 1 / 2
FOLLOWUP_MATCH_FROM = 0.80
FOLLOWUP_MINOR_FROM = 0.60
FOLLOWUP_MAJOR_FROM = 0.40
COVERAGE_MATCH_FROM = 0.80
COVERAGE_MINOR_FROM = 0.60
COHORT_MATCH_FROM = 100
COHORT_MINOR_FROM = 30
BENCHMARK_SIZE_FROM = 100
# METHODS 4.1: how the levels make a grade.
MAJORS_FOR_D = 2
MINORS_FOR_C = 4
ROUNDING = 1e-9  # a computed difference may miss its limit by this much


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a cohort beside one published result; shares are 0..1, or a released band.

    `baseline_smd` is (our mean - their mean) / their standard deviation on the same instrument;
    `severity_weighted` says that a matching-adjusted comparison passed its gates (METHODS 5.3), `withheld` that there
    are outcomes, of too few patients to show: what they are is not known then, which is not that there are none.
    """

    same_condition: bool
    intervention: Intervention
    share_meeting_chronicity: float | ChronicityBand | None
    baseline_smd: float | None
    instrument: InstrumentMatch
    definition: DefinitionMatch
    median_day: float | None
    benchmark_day: float | None
    analysis_convention: Convention
    followup_rate: float | None
    coverage: float | CoverageBand | None
    n_analysed: int
    benchmark_n: int | None
    low_risk_of_bias: bool | None
    grim_ok: bool
    severity_weighted: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    """The level of each of the twelve dimensions and the reason for each that does not match.

    Raises `ValueError` where a dimension lacks, is unknown, or differs without a reason: no comparison can be
    graded on less than everything.
    """

    levels: Mapping[Dimension, Level]
    reasons: Mapping[Dimension, str]

    def __post_init__(self) -> None:
        if set(self.levels) != set(DIMENSIONS):
            wrong = ", ".join(sorted(set(self.levels) ^ set(DIMENSIONS)))
            raise ValueError(f"grade: {wrong} missing or unknown, expected {', '.join(DIMENSIONS)}")
        differing = {name for name, level in self.levels.items() if level != "match"}
        if differing != set(self.reasons):
            wrong = ", ".join(sorted(differing ^ set(self.reasons)))
            raise ValueError(f"grade: {wrong}: expected a reason exactly where the level is no match")

    def count(self, level: Level) -> int:
        """How many dimensions are at this level."""
        return sum(found == level for found in self.levels.values())

    @property
    def letter(self) -> Letter:
        """R (refused), D (apart, no verdict), C (indicative), B or A. METHODS 4.1."""
        if self.count("refuse"):
            return "R"
        if self.count("major") >= MAJORS_FOR_D:
            return "D"
        if self.count("major") or self.count("minor") >= MINORS_FOR_C:
            return "C"
        return "B" if self.count("minor") else "A"

    @property
    def verdict_allowed(self) -> bool:
        """Whether a verdict may be drawn at all; even A is not a controlled comparison."""
        return self.letter in ("A", "B", "C")

    @property
    def refusals(self) -> tuple[str, ...]:
        """The reasons why nothing may be compared; empty unless the grade is R."""
        return tuple(self.reasons[name] for name in DIMENSIONS if self.levels[name] == "refuse")


Finding = tuple[Level, str]
MATCH: Finding = ("match", "")

# METHODS 4.2, the dimensions that are words. {ours} and {theirs} are named when the reason is printed.
INTERVENTION: dict[Intervention, Finding] = {
    "same": MATCH,
    "variant": ("minor", "a variant of the treatment in {theirs}"),
    "different": ("refuse", "not the treatment of that arm of {theirs}"),
}
CHRONICITY: dict[ChronicityBand, Finding] = {
    ">=90%": MATCH,
    "50-90%": ("minor", "50% to 90% had the complaint as long as {theirs} required"),
    "<50%": ("major", "under 50% had the complaint as long as {theirs} required"),
    "unknown": ("minor", "how long patients had the complaint is not known"),
}
INSTRUMENT: dict[InstrumentMatch, Finding] = {
    "identical": MATCH,
    "rescaled": ("minor", "scores rescaled from another version of the questionnaire in {theirs}"),
    "same_construct": ("major", "another questionnaire than {theirs} used"),
    "different": ("refuse", "measures something else than {theirs} did"),
    "unknown": ("refuse", "the questionnaire that {theirs} used is not known"),
}
_UNRECORDED = "the rule of {theirs} has a part that {ours} does not record"
DEFINITION: dict[DefinitionMatch, Finding] = {
    "identical": MATCH,
    "component_missing": ("minor", _UNRECORDED),
    "ambiguous": ("minor", "the rule of {theirs} can be read in two ways"),
    "component_missing_and_ambiguous": ("minor", f"{_UNRECORDED}, and it can be read in two ways"),
    "not_collected": ("refuse", "the rule of {theirs} needs a score that {ours} does not collect"),
    "different": ("refuse", "{theirs} counted responders by another rule"),
    "unknown": ("refuse", "the rule by which {theirs} counted responders is not known"),
}
CONVENTION: dict[Convention, Finding] = {
    "same": MATCH,
    "different": ("minor", "{theirs} counted missing patients in another way"),
    "unknown": ("minor", "how {theirs} counted missing patients is not known"),
}
COVERAGE: dict[CoverageBand, Finding] = {
    ">=80%": MATCH,
    "60-80%": ("minor", "60% to 80% of the courses started were measured"),
    "<60%": ("major", "under 60% of the courses started were measured"),
    "unknown": ("major", "how many of the courses started were measured is not known"),
}


def grade(facts: Facts, ours: str = "this clinic", theirs: str = "the study") -> Grade:
    """The grade of a cohort beside a published result; reasons name `ours` and `theirs`. METHODS 4."""
    found: dict[Dimension, Finding] = {
        "condition": MATCH if facts.same_condition else ("refuse", "a different condition"),
        "intervention": INTERVENTION[facts.intervention],
        "chronicity": CHRONICITY[chronicity_band(facts.share_meeting_chronicity)],
        "baseline_severity": _baseline_severity(facts.baseline_smd, facts.severity_weighted),
        "instrument": INSTRUMENT[facts.instrument],
        "definition": DEFINITION[facts.definition],
        "time_window": WITHHELD if facts.withheld else _time_window(facts.median_day, facts.benchmark_day),
        "analysis_convention": CONVENTION[facts.analysis_convention],
        "followup": WITHHELD if facts.withheld else _followup(facts.followup_rate),
        "coverage": COVERAGE[coverage_band(facts.coverage)],
        "cohort_size": WITHHELD if facts.withheld else _cohort_size(facts.n_analysed),
        "benchmark_quality": _benchmark_quality(facts),
    }
    reasons: dict[Dimension, str] = {
        name: reason.format(ours=ours, theirs=theirs) for name, (level, reason) in found.items() if level != "match"
    }
    return Grade({name: level for name, (level, _) in found.items()}, reasons)


def chronicity_band(share: float | ChronicityBand | None) -> ChronicityBand:
    """The band of the share of patients who meet the study's shortest duration; a band stays itself."""
    if share is None:
        return "unknown"
    if isinstance(share, str):
        return share
    if share >= CHRONICITY_MATCH_FROM:
        return ">=90%"
    return "50-90%" if share >= CHRONICITY_MINOR_FROM else "<50%"


def coverage_band(share: float | CoverageBand | None) -> CoverageBand:
    """The band of the share of started courses of treatment with a baseline; a band stays itself."""
    if share is None:
        return "unknown"
    if isinstance(share, str):
        return share
    if share >= COVERAGE_MATCH_FROM:
        return ">=80%"
    return "60-80%" if share >= COVERAGE_MINOR_FROM else "<60%"


def _baseline_severity(smd: float | None, weighted: bool) -> Finding:
    if smd is None:
        return "minor", "the difference at baseline is not known"
    level: Level = "major"
    if abs(smd) <= SEVERITY_MINOR_UP_TO + ROUNDING:
        level = "match" if abs(smd) <= SEVERITY_MATCH_UP_TO + ROUNDING else "minor"
    if weighted:
        level = "minor" if level == "major" else "match"
    reason = f"baseline scores differ by {abs(smd):.2f} standard deviations"
    return MATCH if level == "match" else (level, reason)


#: Said of what follows from outcomes of too few patients to show.
WITHHELD: Finding = ("refuse", "too few patients of {ours} for this to be shown")


def _time_window(ours: float | None, theirs: float | None) -> Finding:
    if theirs is None or theirs <= 0:
        return "refuse", "when {theirs} measured is not known"
    if ours is None:
        return "refuse", "{ours} has no outcome at the time of {theirs}"
    distance = abs(ours - theirs) / theirs
    if distance <= TIME_MATCH_UP_TO:
        return MATCH
    reason = f"measured at day {ours:.0f}, in {{theirs}} at day {theirs:.0f}"
    if distance <= TIME_MINOR_UP_TO:
        return "minor", reason
    return ("major" if distance <= TIME_MAJOR_UP_TO else "refuse"), reason


def _followup(rate: float | None) -> Finding:
    if rate is None:
        return "refuse", "no outcome is due"
    if rate >= FOLLOWUP_MATCH_FROM:
        return MATCH
    reason = f"follow-up {floor(rate * 100 + ROUNDING)}%"  # down, lest 79.9% be printed as the limit itself
    if rate >= FOLLOWUP_MINOR_FROM:
        return "minor", reason
    return ("major" if rate >= FOLLOWUP_MAJOR_FROM else "refuse"), reason


def _cohort_size(n: int) -> Finding:
    if n >= COHORT_MATCH_FROM:
        return MATCH
    if n >= COHORT_MINOR_FROM:
        return "minor", f"about {n} patients analysed"
    return "refuse", f"{f'about {n}' if n else 'no'} patients analysed, {COHORT_MINOR_FROM} needed"


def _benchmark_quality(facts: Facts) -> Finding:
    n, low_risk = facts.benchmark_n, facts.low_risk_of_bias
    faults = (
        (n is None, "the size of the published arm is not known"),
        (n is not None and n < BENCHMARK_SIZE_FROM, f"a published arm of {n} patients"),
        (low_risk is None, "the risk of bias of {theirs} is not known"),
        (low_risk is False, "the risk of bias of {theirs} is not low"),
        (not facts.grim_ok, "the printed percentage fits no whole number of patients"),
    )
    found = " and ".join(fault for holds, fault in faults if holds)
    return ("minor", found) if found else MATCH
