"""What one clinic sends: the contract that a delivery is read by, and nothing about how it is read.

Every key is documented in `docs/contracts.md`; the TOML file is read in `contract_reading`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.redcap_dictionary import RedcapField

FORMATS = ("delimited", "excel", "parquet", "redcap", "fhir")
#: Formats whose files are made of physical lines.
FORMATS_OF_LINES = ("delimited", "redcap")
LAYOUTS = ("long", "visits", "wide")
AGE_BANDS = ("0-17", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
SEXES = ("female", "male", "other", "unknown")
COURSES = ("start", "column", "single", "gap")
COLUMNS = (
    "patient", "date", "day", "visit", "start", "instrument", "score", "age", "age_band", "sex",
    "duration_weeks", "duration_years", "sessions", "episode", "disqualified",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "latin-1", "iso-8859-15", "mac-roman")
#: How a delimited file may be packed.
PACKED = ("no", "gzip")
#: `excel` stands for the days that a workbook counts; its reader writes them out as ISO.
DATE_ORDERS = {"iso": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "excel": "%Y-%m-%d", "none": ""}

#: Days from the start of treatment in which the last score is the baseline (DESIGN, section 4).
BASELINE_DAYS = (-14, 0)
#: A day further from the start than this is a mistyped date, not a visit: a year before, ten years after.
PLAUSIBLE_DAYS = (-365, 3653)


class ContractError(ValueError):
    """A delivery contract cannot be used: says the file, the key, what was found, what was expected (exit 78)."""


@dataclass(frozen=True)
class FileShape:
    """How the bytes of a delivery are to be understood."""

    encoding: str = "utf-8"
    delimiter: str = ","
    dates: str = "iso"
    decimal: str = "."
    missing: tuple[str, ...] = ("",)
    other_columns: str = "refuse"
    final_newline: str = "required"
    sheet: str = ""
    formulas: str = "set_aside"
    closing_line: str = ""
    packed: str = "no"


@dataclass(frozen=True)
class MissingWhen:
    """A score means *missing* when another column is blank or holds a given code."""

    column: str
    is_: str


@dataclass(frozen=True)
class Measure:
    """One score of a `visits` or `wide` file: a column that holds it, columns that hold its items, or both.

    `answers` gives the number that each code of an item stands for; without it the items are numbers.
    """

    instrument: str
    column: str = ""
    day: int | None = None
    missing_when: MissingWhen | None = None
    items: tuple[str, ...] = ()
    form: str = ""
    answers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cohorts:
    """How a trial's file is split into arms: a column and the arm that each of its values means."""

    column: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Include:
    """Only rows in which this column equals this value belong to the delivery."""

    column: str
    equals: str


@dataclass(frozen=True)
class DataCut:
    """The last day that a delivery speaks for: a date, a column, a date in the file's name, closed, or latest."""

    kind: str = "latest"
    on: date | None = None
    column: str = ""
    name: str = ""


@dataclass(frozen=True)
class Redcap:
    """What a REDCap project says of its own export: its data dictionary, and whose form statuses count."""

    fields: Mapping[str, RedcapField] = field(default_factory=dict)
    statuses: str = "any"


@dataclass(frozen=True)
class DeliveryContract:
    """One clinic's (or trial's) promise about the files it sends; see `docs/contracts.md` for every key."""

    source: str
    kind: str
    version: int
    format: str
    layout: str
    condition: str
    treatment: str
    label: str = ""
    covers: str = "everything"
    volume_changes: str = "warn"
    sender: Include | None = None
    expected_every_days: int | None = None
    data_cut: DataCut = DataCut()
    keep_dates: str = "month"
    synthetic: bool = False
    endpoints: tuple[str, ...] = ()
    baseline_days: tuple[int, int] = BASELINE_DAYS
    plausible_days: tuple[int, int] = PLAUSIBLE_DAYS
    episodes: str = "single"
    patient_pattern: str = ""
    started: int | None = None
    include: Include | None = None
    file: FileShape = FileShape()
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    cohorts: Cohorts | None = None
    measures: tuple[Measure, ...] = ()
    redcap: Redcap = Redcap()
    fingerprint: str = ""

    @property
    def declared_columns(self) -> tuple[str, ...]:
        """Every column of the clinic's file that this contract names, in no particular order, each once."""
        named = [*self.columns.values(), *(measure.column for measure in self.measures if measure.column)]
        named += [item for measure in self.measures for item in measure.items]
        named += [measure.missing_when.column for measure in self.measures if measure.missing_when]
        named += [part.column for part in (self.include, self.sender, self.cohorts) if part is not None]
        if self.data_cut.column:
            named.append(self.data_cut.column)
        return tuple(dict.fromkeys(named))

    @property
    def made_of_lines(self) -> bool:
        """Whether the file's own bytes are physical lines: text, and not packed."""
        return self.format in FORMATS_OF_LINES and self.file.packed == "no"

    @property
    def shape(self) -> str:
        """All that decides how records are typed: deliveries with the same shape can be typed together."""
        parts = (
            self.layout, self.data_cut, self.plausible_days, self.patient_pattern, self.include, self.sender, self.file,
            sorted(self.columns.items()), sorted((name, sorted(codes.items())) for name, codes in self.codes.items()),
            sorted(self.visits.items()), self.cohorts, self.measures,
        )  # fmt: skip
        return repr(parts)

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments that this clinic declares, in alphabetical order."""
        coded = self.codes.get("instrument", {}).values()
        return tuple(sorted({*coded, *(measure.instrument for measure in self.measures)}))
