"""The work that every peer does, as facts and numbers: what is checked, what is linked, what counts as a response.

Standard library only: a peer's environment holds its own tool and nothing of Verum. The same facts are in the
workload's contracts and vocabulary; a test compares the two. How a tool does the work is in the peer named after it.

For each clinic: type eleven text columns; find every reason to set a row aside, of thirteen that a row shows by itself
and two that rows show together (one repeats another, or contradicts it); keep what is set aside as it came. For the
patient's first course: the last score in the baseline days and the last in the follow-up days, for each instrument;
then every rule's verdict; then counts by clinic, quarter of the start, and definition.
"""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

COLUMNS = (
    "clinic_id", "patient_id", "episode_id", "started_on", "assessed_on", "instrument", "score", "age_band", "sex",
    "treatment", "sessions",
)  # fmt: skip
PATIENT = r"P[0-9]{13}"
DAY = r"\d{4}-\d{2}-\d{2}"
NUMBER = r"-?\d+(\.\d+)?"
SESSIONS = r"\d{1,4}"
AGE_BANDS = ("18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89")
SEXES = ("F", "M", "X", "U")
DATA_CUT = date(2026, 12, 31)
PLAUSIBLE_DAYS = (-30, 730)
BASELINE_DAYS = (-14, 7)
FOLLOW_UP_DAYS = (28, 270)
#: Scores are counted in whole units of this part of a point: the finest that any of the instruments knows.
UNITS = 10_000
TOLERANCE = 1e-4

REASONS = (
    "patient_missing", "patient_pattern", "date_unreadable", "start_unreadable", "instrument_unknown",
    "score_unreadable", "score_out_of_range", "score_too_precise", "age_unreadable", "sex_unknown",
    "sessions_unreadable", "after_data_cut", "day_implausible",
)  # fmt: skip
TOGETHER = ("duplicate", "conflicting_scores")


@dataclass(frozen=True)
class Instrument:
    """A code of the export, its highest score (the lowest is 0), parts of a point, and which way is better."""

    code: str
    high: int
    scale: int
    higher_is_better: bool = False


@dataclass(frozen=True)
class Rule:
    """A definition on one instrument: percent of the baseline, points of change, or a score to reach.

    `counted` says that somebody without room to respond is counted none the less.
    """

    definition: str
    code: str
    kind: str
    threshold: int
    counted: bool = False


INSTRUMENTS = (
    Instrument("NRS", 10, 10),
    Instrument("RMDQ", 24, 100),
    Instrument("ODI", 100, 10_000),
    Instrument("EQVAS", 100, 10, higher_is_better=True),
)
_NAMES = {"NRS": "nrs-pain", "RMDQ": "rmdq-24", "ODI": "odi", "EQVAS": "eq-vas"}
_CHANGE = {"NRS": 2, "RMDQ": 5, "ODI": 10, "EQVAS": 8}
_STATE = {"NRS": 3, "RMDQ": 4, "ODI": 22, "EQVAS": 70}
RULES = (
    *(Rule(f"{name}-relative-30", code, "relative", 30) for code, name in _NAMES.items()),
    *(Rule(f"{name}-relative-50", code, "relative", 50) for code, name in _NAMES.items()),
    *(Rule(f"{name}-minimal-important-change", code, "absolute", _CHANGE[code]) for code, name in _NAMES.items()),
    *(Rule(f"{name}-acceptable-state", code, "pass", _STATE[code]) for code, name in _NAMES.items()),
    Rule("nrs-pain-pass-1", "NRS", "pass", 1, counted=True),
)


def exports(home: Path) -> list[str]:
    """The files of every clinic of a workload, in the order of their names."""
    return [str(path) for path in sorted(home.glob("landing/c*/*.csv"))]


def asked() -> tuple[Path, Path]:
    """The workload's folder and the folder for results, from the command line.

    A peer leaves there `reasons.csv` (clinic, reason, lines), `cells.csv` (clinic, quarter, definition, not_due, n,
    completers, responders), and what it set aside, in a form of its own.
    """
    home, results = Path(sys.argv[1]), Path(sys.argv[2])
    results.mkdir(parents=True, exist_ok=True)
    return home, results
