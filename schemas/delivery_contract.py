"""What one clinic sends: the TOML file that a delivery is read by, and nothing about how it is read.

Every key is documented in `docs/contracts.md`. Unknown keys are errors that name the nearest known one.
"""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from schemas.vocabulary import Vocabulary

FORMATS = ("delimited",)
LAYOUTS = ("long", "visits", "wide")
AGE_BANDS = ("0-17", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
SEXES = ("female", "male", "other", "unknown")
COURSES = ("start", "column", "single", "gap")
COLUMNS = (
    "patient", "date", "day", "visit", "start", "instrument", "score", "age", "age_band", "sex",
    "duration_weeks", "duration_years", "sessions", "episode", "disqualified",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "latin-1")
DATE_ORDERS = {"iso": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "none": ""}

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


@dataclass(frozen=True)
class MissingWhen:
    """A score means *missing* when another column is blank or holds a given code."""

    column: str
    is_: str


@dataclass(frozen=True)
class Measure:
    """One scored column of a `visits` or `wide` file."""

    instrument: str
    column: str
    day: int | None = None
    missing_when: MissingWhen | None = None


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
    fingerprint: str = ""

    @property
    def declared_columns(self) -> tuple[str, ...]:
        """Every column of the clinic's file that this contract names, in no particular order, each once."""
        named = [*self.columns.values(), *(measure.column for measure in self.measures)]
        named += [measure.missing_when.column for measure in self.measures if measure.missing_when]
        named += [part.column for part in (self.include, self.cohorts) if part is not None]
        if self.data_cut.column:
            named.append(self.data_cut.column)
        return tuple(dict.fromkeys(named))

    @property
    def shape(self) -> str:
        """All that decides how records are typed: deliveries with the same shape can be typed together."""
        parts = (
            self.layout, self.data_cut, self.plausible_days, self.patient_pattern, self.include, self.file,
            sorted(self.columns.items()), sorted((name, sorted(codes.items())) for name, codes in self.codes.items()),
            sorted(self.visits.items()), self.cohorts, self.measures,
        )  # fmt: skip
        return repr(parts)

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments that this clinic declares, in alphabetical order."""
        coded = self.codes.get("instrument", {}).values()
        return tuple(sorted({*coded, *(measure.instrument for measure in self.measures)}))


def read_contract(path: Path, vocabulary: Vocabulary) -> DeliveryContract:
    """The contract in the TOML file `path`, checked against the vocabulary; raises `ContractError`."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{path.name}: not readable as TOML ({error}); mend the file and run again") from None
    return contract_from(written, vocabulary, where=path.name)


def contract_from(written: Mapping[str, Any], vocabulary: Vocabulary, *, where: str) -> DeliveryContract:
    """The contract that the parsed TOML `written` describes; `where` names it in errors. Raises `ContractError`."""
    reading = _Reading(where, vocabulary)
    known = {f.name for f in fields(DeliveryContract)} - {
        "source",
        "kind",
        "cohorts",
        "measures",
        "visits",
        "fingerprint",
    }
    reading.known(written, known | {"clinic", "trial", "cohort", "measure"}, "")
    source, kind = reading.source(written)
    columns = reading.columns(written.get("columns", {}))
    codes = reading.codes(written.get("codes", {}))
    visits = codes.pop("visit", {})
    contract = DeliveryContract(
        source=source,
        kind=kind,
        version=reading.whole(written, "version"),
        format=reading.one_of(written, "format", FORMATS),
        layout=reading.one_of(written, "layout", LAYOUTS),
        condition=reading.one_of(written, "condition", tuple(vocabulary.conditions)),
        treatment=reading.one_of(written, "treatment", tuple(vocabulary.treatments)),
        label=str(written.get("label", source.replace("-", " ").capitalize())),
        covers=reading.one_of(written, "covers", ("everything", "period", "additions"), "everything"),
        expected_every_days=written.get("expected_every_days"),
        data_cut=reading.data_cut(written.get("data_cut")),
        keep_dates=reading.one_of(written, "keep_dates", ("month", "day"), "month"),
        synthetic=bool(written.get("synthetic", False)),
        endpoints=reading.endpoints(written.get("endpoints", ())),
        baseline_days=reading.days(written, "baseline_days", BASELINE_DAYS),
        plausible_days=reading.days(written, "plausible_days", PLAUSIBLE_DAYS),
        episodes=reading.one_of(written, "episodes", COURSES, _usual_courses(columns)),
        patient_pattern=reading.pattern(written.get("patient_pattern", "")),
        started=written.get("started"),
        include=Include(**written["include"]) if "include" in written else None,
        file=reading.file(written.get("file", {})),
        columns=columns,
        codes=codes,
        visits={code: int(day) for code, day in visits.items()},
        cohorts=Cohorts(written["cohort"]["column"], written["cohort"]["values"]) if "cohort" in written else None,
        measures=tuple(reading.measure(row) for row in written.get("measure", ())),
        fingerprint=hashlib.sha256(repr(sorted(_flat(written))).encode()).hexdigest(),
    )
    reading.agree(contract)
    return contract


def _usual_courses(columns: Mapping[str, str]) -> str:
    return "start" if "start" in columns else "column" if "episode" in columns else "single"


def _flat(written: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(written, Mapping):
        return [pair for key, value in written.items() for pair in _flat(value, f"{prefix}.{key}")]
    if isinstance(written, list):
        return [pair for at, value in enumerate(written) for pair in _flat(value, f"{prefix}.{at}")]
    return [(prefix, repr(written))]


class _Reading:
    """Reads one contract key by key, so that every complaint can say the file and the key."""

    def __init__(self, where: str, vocabulary: Vocabulary) -> None:
        self.where = where
        self.vocabulary = vocabulary

    def complain(self, key: str, found: object, expected: str) -> ContractError:
        return ContractError(f"{self.where}: {key}: found {found!r}; expected {expected}")

    def known(self, written: Mapping[str, Any], keys: set[str], section: str) -> None:
        for key in written:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"the nearest known key is {near[0]!r}" if near else f"known keys: {', '.join(sorted(keys))}"
                raise self.complain(f"{section}{key}", key, f"a known key; {hint}")

    def source(self, written: Mapping[str, Any]) -> tuple[str, str]:
        named = [(key, written[key]) for key in ("clinic", "trial") if key in written]
        if len(named) != 1:
            raise self.complain("clinic", [key for key, _ in named], "exactly one of `clinic` or `trial`")
        kind, source = named[0]
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", str(source)):
            raise self.complain(kind, source, "lower-case letters, digits and hyphens, at most 40")
        return str(source), kind

    def whole(self, written: Mapping[str, Any], key: str) -> int:
        if type(written.get(key)) is not int or written[key] < 1:
            raise self.complain(key, written.get(key), "a whole number from 1")
        return int(written[key])

    def one_of(self, written: Mapping[str, Any], key: str, words: tuple[str, ...], usual: str | None = None) -> str:
        found = written.get(key, usual)
        if found not in words:
            near = difflib.get_close_matches(str(found), words, n=1)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise self.complain(key, found, f"one of {', '.join(words)}{hint}")
        return str(found)

    def days(self, written: Mapping[str, Any], key: str, usual: tuple[int, int]) -> tuple[int, int]:
        found = tuple(written.get(key, usual))
        if len(found) != 2 or not all(type(day) is int for day in found) or found[0] > found[1]:
            raise self.complain(key, list(found), "two whole numbers of days from the start, the earlier first")
        return (found[0], found[1])

    def pattern(self, text: str) -> str:
        try:
            re.compile(text)
        except re.error:
            raise self.complain("patient_pattern", text, "a regular expression") from None
        return text

    def endpoints(self, found: Any) -> tuple[str, ...]:
        for endpoint in found:
            self.one_of({"endpoints": endpoint}, "endpoints", tuple(self.vocabulary.endpoints))
        return tuple(found)

    def data_cut(self, found: Any) -> DataCut:
        if found is None:
            return DataCut()
        if found == "closed":
            return DataCut("closed")
        if isinstance(found, Mapping) and set(found) in ({"column"}, {"name"}):
            return (
                DataCut("column", column=found["column"]) if "column" in found else DataCut("name", name=found["name"])
            )
        try:
            return DataCut("date", on=found if isinstance(found, date) else date.fromisoformat(found))
        except (TypeError, ValueError):
            raise self.complain(
                "data_cut", found, 'a date, "closed", { column = "…" } or { name = "…{date}…" }'
            ) from None

    def file(self, written: Mapping[str, Any]) -> FileShape:
        self.known(written, {f.name for f in fields(FileShape)}, "file.")
        shape = FileShape(
            encoding=self.one_of(written, "encoding", ENCODINGS, "utf-8"),
            delimiter=written.get("delimiter", ","),
            dates=self.one_of(written, "dates", tuple(DATE_ORDERS), "iso"),
            decimal=self.one_of(written, "decimal", (".", ","), "."),
            missing=tuple(written.get("missing", [""])),
            other_columns=self.one_of(written, "other_columns", ("refuse", "ignore"), "refuse"),
            final_newline=self.one_of(written, "final_newline", ("required", "optional"), "required"),
        )
        if len(shape.delimiter) != 1 or shape.delimiter in '"\r\n' or shape.delimiter == shape.decimal:
            raise self.complain("file.delimiter", shape.delimiter, "one character that is not the decimal mark")
        return shape

    def columns(self, written: Mapping[str, Any]) -> dict[str, str]:
        self.known(written, set(COLUMNS), "columns.")
        theirs = list(written.values())
        if len(set(theirs)) != len(theirs):
            raise self.complain("columns", sorted(theirs), "each of the clinic's columns named once")
        return {ours: str(column) for ours, column in written.items()}

    def codes(self, written: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        self.known(written, {"instrument", "sex", "visit", "age_band", "disqualified"}, "codes.")
        allowed = {
            "instrument": tuple(self.vocabulary.instruments),
            "sex": SEXES,
            "age_band": AGE_BANDS,
            "disqualified": ("yes", "no"),
        }
        for name, words in allowed.items():
            for theirs, ours in written.get(name, {}).items():
                self.one_of({f"codes.{name}.{theirs}": ours}, f"codes.{name}.{theirs}", words)
        return {name: dict(pairs) for name, pairs in written.items()}

    def measure(self, written: Mapping[str, Any]) -> Measure:
        self.known(written, {"instrument", "column", "day", "missing_when"}, "measure.")
        instrument = self.one_of(written, "instrument", tuple(self.vocabulary.instruments))
        when = written.get("missing_when")
        missing_when = MissingWhen(when["column"], when["is"]) if when else None
        return Measure(instrument, written["column"], written.get("day"), missing_when)

    def agree(self, contract: DeliveryContract) -> None:
        """Complains where keys are each well formed but do not fit each other."""
        columns = set(contract.columns)
        if "patient" not in columns:
            raise self.complain("columns.patient", None, "the column that holds the patient's code")
        self._agree_on_layout(contract, columns)
        self._agree_on_time(contract, columns)
        for instrument in contract.instruments:
            if not self.vocabulary.instruments[instrument].usable:
                raise self.complain(
                    "instrument",
                    instrument,
                    "an instrument with a known range and direction; see instruments.toml",
                )

    def _agree_on_layout(self, contract: DeliveryContract, columns: set[str]) -> None:
        if contract.layout == "long":
            if not {"instrument", "score"} <= columns or not contract.codes.get("instrument"):
                raise self.complain(
                    "layout",
                    "long",
                    "columns.instrument, columns.score and [codes.instrument] for a row per score",
                )
        elif not contract.measures:
            raise self.complain("measure", None, f"a [[measure]] for each scored column of a {contract.layout!r} file")
        if contract.layout == "wide" and any(measure.day is None for measure in contract.measures):
            raise self.complain("measure.day", None, "the nominal day of each measure of a wide file")
        if contract.layout != "wide" and any(measure.day is not None for measure in contract.measures):
            raise self.complain("measure.day", contract.layout, "a day only where the layout is wide")

    def _agree_on_time(self, contract: DeliveryContract, columns: set[str]) -> None:
        timed = columns & {"date", "day", "visit"}
        if contract.layout != "wide" and len(timed) != 1:
            raise self.complain(
                "columns", sorted(timed), "exactly one of date, day or visit to say when a score was taken"
            )
        if "visit" in timed and not contract.visits:
            raise self.complain("codes.visit", None, "the nominal day of each visit code")
        dated = "date" in timed or ("start" in columns and contract.file.dates != "none")
        if not dated and contract.data_cut.kind != "closed":
            raise self.complain("data_cut", contract.data_cut.kind, '"closed": without dates nothing says what is due')
        if contract.episodes == "start" and "start" not in columns:
            raise self.complain("episodes", "start", "a columns.start")
        if contract.episodes == "column" and "episode" not in columns:
            raise self.complain("episodes", "column", "a columns.episode")
