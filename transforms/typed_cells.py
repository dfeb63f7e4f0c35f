"""The typed value of every cell that a contract names, and where the text could not be typed.

Expressions only: which reason sets a record aside is decided here, what becomes of it in `readings`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.delivery_contract import AGE_BANDS, DATE_ORDERS, SEXES, DeliveryContract
from schemas.readings import Readings
from schemas.vocabulary import Instrument, Vocabulary

#: A number written out plainly: no exponent, no thousands mark, no sign for "more than" (RELIABILITY D09, D10).
PLAIN_NUMBER = r"^-?\d+(?:[.]\d+)?$"
PLAIN_WHOLE = r"^\d{1,4}$"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
SLASHED_DATE = r"^\d{1,2}/\d{1,2}/\d{4}$"
OLDEST_AGE = 120
WEEKS_PER_YEAR = 365.25 / 7
#: A score agrees with its instrument's finest decimal up to this part of it: binary fractions are not exact.
TOLERANCE = 1e-4
_EACH = (
    "patient",
    "cohort",
    "date",
    "start",
    "nominal_day",
    "course",
    "age_band",
    "sex",
    "duration_weeks",
    "sessions",
    "disqualified",
)


class Typing:
    """Expressions for one contract: the typed value of each column, and where the text could not be typed."""

    def __init__(self, contract: DeliveryContract, vocabulary: Vocabulary) -> None:
        self.contract = contract
        self.has = set(contract.columns)
        self.places = {name: place for place, name in enumerate(sorted(vocabulary.instruments))}
        self.instruments = vocabulary.instruments

    # --- typed values ------------------------------------------------------------

    def values(self) -> dict[str, pl.Expr]:
        """The typed value of each column, under its own name with `_` before it where the text is still needed."""
        order = self.contract.file.dates
        typed = {
            "cohort": self._cohort(),
            "date": as_date(pl.col("date"), order) if "date" in self.has else pl.lit(None, pl.Date),
            "start": as_date(pl.col("start"), order) if "start" in self.has else pl.lit(None, pl.Date),
            "nominal_day": self._nominal_day(),
            "age_band": self._age_band(),
            "sex": self._coded("sex", SEXES),
            "duration_weeks": self._duration(),
            "sessions": self._whole("sessions"),
            "disqualified": self._disqualified(),
        }
        if "episode" not in self.has:
            typed["course"] = pl.lit(None, pl.UInt64)
        return {f"_{name}" if name in self.has else name: value for name, value in typed.items()}

    def _value(self, name: str) -> pl.Expr:
        return pl.col(f"_{name}" if name in self.has else name)

    def _cohort(self) -> pl.Expr:
        if self.contract.cohorts is None:
            return pl.lit(None, pl.Int16)
        arms = list(dict.fromkeys(self.contract.cohorts.values.values()))
        theirs = {code: arms.index(arm) for code, arm in self.contract.cohorts.values.items()}
        return _replace(pl.col("cohort"), theirs)

    def _nominal_day(self) -> pl.Expr:
        if "visit" in self.has:
            return _replace(pl.col("visit"), self.contract.visits)
        return self._signed("day") if "day" in self.has else pl.lit(None, pl.Int16)

    def _signed(self, name: str) -> pl.Expr:
        # Wider than what is stored, so that a day far away is implausible rather than unreadable.
        return pl.when(pl.col(name).str.contains(r"^-?\d{1,9}$")).then(pl.col(name).cast(pl.Int32, strict=False))

    def _whole(self, name: str) -> pl.Expr:
        if name not in self.has:
            return pl.lit(None, pl.Int16)
        return pl.when(pl.col(name).str.contains(PLAIN_WHOLE)).then(pl.col(name).cast(pl.Int16, strict=False))

    def _age_band(self) -> pl.Expr:
        if "age_band" in self.has:
            return self._coded("age_band", AGE_BANDS)
        years = self._whole("age")
        return pl.when(years <= OLDEST_AGE).then(age_band_code(years))

    def _coded(self, name: str, words: tuple[str, ...]) -> pl.Expr:
        if name not in self.has:
            return pl.lit(None, pl.Int16)
        theirs = self.contract.codes.get(name) or {word: word for word in words}
        return _replace(pl.col(name), {code: words.index(word) for code, word in theirs.items()})

    def _duration(self) -> pl.Expr:
        if "duration_years" in self.has:
            weeks = self._number(pl.col("duration_years")) * WEEKS_PER_YEAR
        elif "duration_weeks" in self.has:
            weeks = self._number(pl.col("duration_weeks"))
        else:
            return pl.lit(None, pl.Int16)
        return pl.when(weeks >= 0).then(weeks.floor().cast(pl.Int16, strict=False))

    def _disqualified(self) -> pl.Expr:
        if "disqualified" not in self.has:
            return pl.lit(None, pl.Boolean)
        codes = self.contract.codes.get("disqualified") or {"yes": "yes", "no": "no"}
        return _replace(pl.col("disqualified"), {code: int(word == "yes") for code, word in codes.items()}) == 1

    def _number(self, text: pl.Expr) -> pl.Expr:
        plain = text if self.contract.file.decimal == "." else self._with_point(text)
        return pl.when(plain.str.contains(PLAIN_NUMBER)).then(plain.cast(pl.Float64, strict=False))

    def _with_point(self, text: pl.Expr) -> pl.Expr:
        # With a decimal comma declared, a point could only be a thousands mark: it makes the number unreadable.
        return pl.when(~text.str.contains(".", literal=True)).then(text.str.replace(",", ".", literal=True))

    # --- scores ------------------------------------------------------------

    def scores(self) -> dict[str, pl.Expr]:
        """The number of each score as `number_k`, and for a long file the place of its instrument, `instrument_0`."""
        if self.contract.layout == "long":
            codes = {code: self.places[name] for code, name in self.contract.codes["instrument"].items()}
            number = self._number(pl.col("score"))
            return {"instrument_0": _replace(pl.col("instrument"), codes), "number_0": number}
        return {
            f"number_{place}": self._number(pl.col(f"measure_{place}")) for place in range(len(self.contract.measures))
        }

    def units(self) -> dict[str, pl.Expr]:
        """Each score in units of its instrument's finest decimal, not yet rounded, as `units_k`."""
        return {
            f"units_{place}": pl.col(f"number_{place}") * self._of_instrument(place, lambda one: float(one.scale))
            for place in range(len(self._texts()))
        }

    def _texts(self) -> list[pl.Expr]:
        if self.contract.layout == "long":
            return [pl.col("score")]
        return [pl.col(f"measure_{place}") for place in range(len(self.contract.measures))]

    def _of_instrument(self, place: int, pick: Callable[[Instrument], float]) -> pl.Expr:
        """A number of the instrument that a score belongs to; null where the instrument is not known."""
        if self.contract.layout != "long":
            return pl.lit(pick(self.instruments[self.contract.measures[place].instrument]))
        chosen: Any = pl
        for one in self.contract.instruments:
            chosen = chosen.when(pl.col("instrument_0") == self.places[one]).then(pl.lit(pick(self.instruments[one])))
        found: pl.Expr = chosen
        return found

    def _absent(self, place: int, text: pl.Expr) -> pl.Expr:
        """Whether the cell declares that the score was not taken."""
        blank = text.is_null() if "" in self.contract.file.missing else pl.lit(value=False)
        absent = blank | text.is_in([code for code in self.contract.file.missing if code]).fill_null(value=False)
        when = self.contract.measures[place].missing_when if self.contract.layout != "long" else None
        if when is None:
            return absent
        other = pl.col(f"missing_{place}")
        codes = [code for code in self.contract.file.missing if code]
        is_missing = other.is_null() | other.is_in(codes) if when.is_ == "missing" else other == when.is_
        return absent | is_missing.fill_null(value=False)

    # --- faults ------------------------------------------------------------

    def faults(self) -> dict[str, pl.Expr]:
        """For each reason that a record can show by itself, whether it does."""
        known = pl.col("patient").is_not_null()
        # Without a declared shape, a code that has no key is one of which nothing is left in its canonical form.
        named = given(pl.col("_code"), self.contract) if self.contract.patient_pattern else known
        found = {"patient_missing": ~named, "patient_pattern": named & ~known}
        for name, reason in (
            ("date", "date_unreadable"),
            ("start", "start_unreadable"),
            ("day", "day_unreadable"),
            ("visit", "visit_unknown"),
        ):
            if name in self.has:
                found[reason] = (
                    pl.col("nominal_day").is_null() if name in ("day", "visit") else self._value(name).is_null()
                )
        optional = {
            "age": ("age_unreadable", "age_band"),
            "age_band": ("age_unreadable", "age_band"),
            "sex": ("sex_unknown", "sex"),
            "duration_weeks": ("duration_unreadable", "duration_weeks"),
            "duration_years": ("duration_unreadable", "duration_weeks"),
            "sessions": ("sessions_unreadable", "sessions"),
            "disqualified": ("disqualified_unknown", "disqualified"),
        }
        for name, (reason, value) in optional.items():
            if name in self.has:
                found[reason] = self._not_blank(pl.col(name)) & self._value(value).is_null()
        return found | self._time_faults() | self._score_faults()

    def _not_blank(self, text: pl.Expr) -> pl.Expr:
        return text.is_not_null() & ~text.is_in(list(self.contract.file.missing))

    def _time_faults(self) -> dict[str, pl.Expr]:
        low, high = self.contract.plausible_days
        dated = {"date", "start"} <= self.has
        day = (self._value("date") - self._value("start")).dt.total_days() if dated else pl.col("nominal_day")
        found = {"day_implausible": ~day.is_between(low, high)}
        if self.contract.data_cut.on is not None and "date" in self.has:
            found["after_data_cut"] = self._value("date") > self.contract.data_cut.on
        return found

    def _score_faults(self) -> dict[str, pl.Expr]:
        unreadable, outside, precise = [], [], []
        for place, text in enumerate(self._texts()):
            units = pl.col(f"units_{place}")
            low = self._of_instrument(place, lambda one: one.units(one.low or 0.0) - TOLERANCE)
            high = self._of_instrument(place, lambda one: one.units(one.high or 0.0) + TOLERANCE)
            present = ~self._absent(place, text)
            unreadable.append(present & pl.col(f"number_{place}").is_null())
            outside.append(present & ~units.is_between(low, high))
            precise.append(present & ((units - units.round()).abs() > TOLERANCE))
        found = {
            "score_unreadable": pl.any_horizontal([fault.fill_null(value=False) for fault in unreadable]),
            "score_out_of_range": pl.any_horizontal([fault.fill_null(value=False) for fault in outside]),
            "score_too_precise": pl.any_horizontal([fault.fill_null(value=False) for fault in precise]),
        }
        if self.contract.layout == "long":
            found["instrument_unknown"] = pl.col("instrument_0").is_null()
        return found

    def included(self) -> pl.Expr:
        """Whether the contract's `include` lets the record in; a trial's record without an arm is left out as well."""
        included = pl.lit(value=True)
        if self.contract.include is not None:
            included = pl.col("include").eq_missing(self.contract.include.equals)
        return (
            included & pl.col("_cohort" if "cohort" in self.has else "cohort").is_not_null()
            if self.contract.cohorts
            else included
        )

    # --- one row per score ------------------------------------------------------------

    def one_row_per_score(self, judged: pl.LazyFrame, also: Sequence[str] = ()) -> pl.LazyFrame:
        """The columns of `Readings`, `span`, `included` and `also`: a row for each measure of each record."""
        each = {name: self._value(name) for name in _EACH if name not in ("patient", "course")}
        each["nominal_day"] = each["nominal_day"].cast(pl.Int16, strict=False)
        shared = {
            "line": pl.col("line"),
            "span": pl.col("span"),
            "patient": pl.col("patient"),
            "course": pl.col("course"),
            **each,
        }
        parts = []
        for place, text in enumerate(self._texts()):
            units = pl.when(~self._absent(place, text)).then(pl.col(f"units_{place}").round())
            sound = pl.when(pl.col("reasons") == 0).then(units.cast(pl.Int32, strict=False))
            measure = self._measure(place)
            parts.append(judged.select(*also, **shared | measure, score=sound, reasons="reasons", included="included"))
        rows = pl.concat(parts) if len(parts) > 1 else parts[0]
        return rows.select(*Readings.columns(), "span", "included", *also)

    def _measure(self, place: int) -> dict[str, pl.Expr]:
        if self.contract.layout == "long":
            return {"instrument": pl.col("instrument_0")}
        measure = self.contract.measures[place]
        found = {"instrument": pl.lit(self.places[measure.instrument], pl.Int16)}
        return found | ({"nominal_day": pl.lit(measure.day, pl.Int16)} if measure.day is not None else {})


def _replace(text: pl.Expr, codes: Mapping[str, int]) -> pl.Expr:
    return text.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.Int16)


def as_date(text: pl.Expr, order: str) -> pl.Expr:
    """Dates of text in the declared order (`iso`, `dmy`, `mdy`); null where it is not such a date."""
    shape = ISO_DATE if order == "iso" else SLASHED_DATE
    tidy = text if order == "iso" else text.str.replace_all("[.-]", "/")
    parsed = tidy.str.to_date(DATE_ORDERS[order], strict=False)
    return pl.when(tidy.str.contains(shape)).then(parsed)


def age_band_code(years: pl.Expr) -> pl.Expr:
    """Place in the list of age bands of whole years: under 18, 18 to 29, then tens, 90 and over."""
    tens = (years // 10 - 1).clip(1, len(AGE_BANDS) - 1)
    return pl.when(years < 18).then(0).otherwise(tens).cast(pl.Int16)


def given(text: pl.Expr, contract: DeliveryContract) -> pl.Expr:
    """Whether a cell holds anything that is not blank and not a code for missing."""
    return text.is_not_null() & (text.str.strip_chars() != "") & ~text.is_in(list(contract.file.missing))
