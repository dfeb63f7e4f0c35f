"""The typed value of every cell that a contract names, and where the text could not be typed.

Expressions only, in two steps: what a text means, which its distinct texts decide, and what a record of such meanings
is worth. Which reason sets a record aside is decided here, what becomes of it in `readings`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.delivery_contract import AGE_BANDS, DATE_ORDERS, SEXES, DeliveryContract, MissingWhen
from schemas.readings import Readings
from schemas.vocabulary import Instrument, Vocabulary
from transforms.item_scores import ItemScores
from transforms.patient_codes import disguise, unclear

#: A number written out plainly: no exponent, no thousands mark, no sign for "more than" (RELIABILITY D09, D10).
PLAIN_NUMBER = r"^-?\d+(?:[.]\d+)?$"
PLAIN_WHOLE = r"^\d{1,4}$"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
SLASHED_DATE = r"^\d{1,2}/\d{1,2}/\d{4}$"
OLDEST_AGE = 120
#: More sessions than one a day for a year are a code or a slip.
MOST_SESSIONS = 365
#: Numbers that programs write for "missing": no duration of complaints in weeks or years (RELIABILITY D10).
SENTINELS = ("999", "9999")
WEEKS_PER_YEAR = 365.25 / 7
#: A score agrees with its instrument's finest decimal up to this part of it: binary fractions are not exact.
TOLERANCE = 1e-4
_EACH = (
    "cohort",
    "date",
    "start",
    "age_band",
    "sex",
    "duration_weeks",
    "sessions",
    "disqualified",
)
#: Columns that may be blank: the reason that an unreadable cell gives, and the value that it should have had.
_OPTIONAL = {
    "age": ("age_unreadable", "age_band"),
    "age_band": ("age_unreadable", "age_band"),
    "sex": ("sex_unknown", "sex"),
    "duration_weeks": ("duration_unreadable", "duration_weeks"),
    "duration_years": ("duration_unreadable", "duration_weeks"),
    "sessions": ("sessions_unreadable", "sessions"),
    "disqualified": ("disqualified_unknown", "disqualified"),
}
#: Columns of which every record needs a value: the reason, and the value.
_NEEDED = {
    "date": ("date_unreadable", "date"),
    "start": ("start_unreadable", "start"),
    "day": ("day_unreadable", "nominal_day"),
    "visit": ("visit_unknown", "nominal_day"),
}


class Typing:
    """Expressions for one contract: the typed value of each column, and where the text could not be typed."""

    def __init__(self, contract: DeliveryContract, vocabulary: Vocabulary) -> None:
        self.contract = contract
        self.has = set(contract.columns)
        self.places = {name: place for place, name in enumerate(sorted(vocabulary.instruments))}
        self.instruments = vocabulary.instruments
        self.items = {
            place: ItemScores(measure, place) for place, measure in enumerate(contract.measures) if measure.items
        }

    # --- what a text means ----------------------------------------------------

    def meanings(self) -> dict[str, pl.Expr]:
        """What each cell says, every expression over one text column: typed values, and whether a cell is blank.

        `number_k` is the k-th score as a number, `absent_k` and `absent_too_k` whether its cell, or another, says that
        it was not taken; `filled_x` whether column x holds anything, `let_in` whether the contract takes the record.
        """
        order = self.contract.file.dates
        found = {
            "cohort": self._cohort(),
            "date": as_date(pl.col("date"), order) if "date" in self.has else pl.lit(None, pl.Date),
            "start": as_date(pl.col("start"), order) if "start" in self.has else pl.lit(None, pl.Date),
            "nominal_day": self._nominal_day(),
            "age_band": self._age_band(),
            "sex": self._coded("sex", SEXES),
            "duration_weeks": self._duration(),
            "sessions": self._sessions(),
            "disqualified": self._disqualified(),
            "filled_patient": given(pl.col("patient"), self.contract),
            "unclear_patient": unclear(pl.col("patient")),
            "disguise": disguise(pl.col("patient")),
        }
        found |= {f"turned_{name}": self._turned(pl.col(name)) for name in ("date", "start") if name in self.has}
        found |= {f"filled_{name}": self._not_blank(pl.col(name)) for name in _OPTIONAL if name in self.has}
        if self.contract.include is not None:
            found["let_in"] = pl.col("include").eq_missing(self.contract.include.equals)
        return found | self._scores()

    def _scores(self) -> dict[str, pl.Expr]:
        found: dict[str, pl.Expr] = {}
        if self.contract.layout == "long":
            codes = {code: self.places[name] for code, name in self.contract.codes["instrument"].items()}
            found["instrument_0"] = _replace(pl.col("instrument"), codes)
        for place, text in enumerate(self._texts()):
            found[f"number_{place}"] = self._number(text)
            found[f"absent_{place}"] = self._absent(text) if text.meta.root_names() else pl.lit(value=True)
            if place in self.items:
                found |= self.items[place].meanings(self._absent)
            if (when := self._missing_when(place)) is not None:
                found[f"absent_too_{place}"] = self._absent_too(when, pl.col(f"missing_{place}"))
        return found

    def _texts(self) -> list[pl.Expr]:
        if self.contract.layout == "long":
            return [pl.col("score")]
        nothing = pl.lit(None, pl.String)
        return [pl.col(f"measure_{at}") if one.column else nothing for at, one in enumerate(self.contract.measures)]

    def _missing_when(self, place: int) -> MissingWhen | None:
        return self.contract.measures[place].missing_when if self.contract.layout != "long" else None

    def _absent(self, text: pl.Expr) -> pl.Expr:
        blank = text.is_null() & pl.lit(value="" in self.contract.file.missing)
        return blank | text.is_in([code for code in self.contract.file.missing if code]).fill_null(value=False)

    def _absent_too(self, when: MissingWhen, other: pl.Expr) -> pl.Expr:
        codes = [code for code in self.contract.file.missing if code]
        says = other.is_null() | other.is_in(codes) if when.is_ == "missing" else other == when.is_
        return says.fill_null(value=False)

    def _not_blank(self, text: pl.Expr) -> pl.Expr:
        return text.is_not_null() & ~text.is_in(list(self.contract.file.missing))

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

    def _sessions(self) -> pl.Expr:
        sessions = self._whole("sessions")
        return pl.when(sessions <= MOST_SESSIONS).then(sessions)

    def _turned(self, text: pl.Expr) -> pl.Expr:
        """Whether a text is no day in the declared order, but is one in the other (RELIABILITY D11)."""
        other = {"dmy": "mdy", "mdy": "dmy"}.get(self.contract.file.dates)
        if other is None:
            return text.is_null() & pl.lit(value=False)
        return as_date(text, self.contract.file.dates).is_null() & as_date(text, other).is_not_null()

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
            text, weeks = pl.col("duration_years"), self._number(pl.col("duration_years")) * WEEKS_PER_YEAR
        elif "duration_weeks" in self.has:
            text, weeks = pl.col("duration_weeks"), self._number(pl.col("duration_weeks"))
        else:
            return pl.lit(None, pl.Int16)
        return pl.when((weeks >= 0) & ~text.is_in(SENTINELS)).then(weeks.floor().cast(pl.Int16, strict=False))

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

    # --- what a record is worth ------------------------------------------------

    def units(self) -> dict[str, pl.Expr]:
        """Each score in units of its instrument's finest decimal, not yet rounded, as `units_k`.

        A total as it was delivered; without one, the score that the items give.
        """
        return {
            f"units_{place}": self._points(place) * self._of_instrument(place, lambda one: float(one.scale))
            for place in self._all()
        }

    def _points(self, place: int) -> pl.Expr:
        delivered = pl.col(f"number_{place}")
        return pl.coalesce(delivered, self.items[place].score()) if place in self.items else delivered

    def rounded(self) -> pl.Expr:
        """Whether a total of the record is its items' score, but rounded."""
        return pl.any_horizontal([items.rounded() for items in self.items.values()])

    def _all(self) -> range:
        return range(1 if self.contract.layout == "long" else len(self.contract.measures))

    def _of_instrument(self, place: int, pick: Callable[[Instrument], float]) -> pl.Expr:
        """A number of the instrument that a score belongs to; null where the instrument is not known."""
        if self.contract.layout != "long":
            return pl.lit(pick(self.instruments[self.contract.measures[place].instrument]))
        chosen: Any = pl
        for one in self.contract.instruments:
            chosen = chosen.when(pl.col("instrument_0") == self.places[one]).then(pl.lit(pick(self.instruments[one])))
        found: pl.Expr = chosen
        return found

    def _present(self, place: int) -> pl.Expr:
        absent = pl.col(f"absent_{place}")
        if place in self.items:
            absent = absent & self.items[place].score().is_null()
        return ~(absent | pl.col(f"absent_too_{place}") if self._missing_when(place) is not None else absent)

    def faults(self) -> dict[str, pl.Expr]:
        """For each reason that a record can show by itself, whether it does."""
        known = pl.col("patient").is_not_null()
        # Without a declared shape, a code that has no key is one of which nothing is left in its canonical form.
        named = pl.col("filled_patient") if self.contract.patient_pattern else known
        found = {
            "patient_missing": ~named,
            "patient_pattern": named & ~known,
            "code_unclear": pl.col("unclear_patient"),
        }
        turned = [pl.col(f"turned_{name}") for name in ("date", "start") if name in self.has]
        found |= {"other_date_order": pl.any_horizontal(turned)} if turned else {}
        found |= {reason: pl.col(value).is_null() for name, (reason, value) in _NEEDED.items() if name in self.has}
        for name, (reason, value) in _OPTIONAL.items():
            if name in self.has:
                found[reason] = pl.col(f"filled_{name}") & pl.col(value).is_null()
        return found | self._time_faults() | self._score_faults()

    def _time_faults(self) -> dict[str, pl.Expr]:
        low, high = self.contract.plausible_days
        dated = {"date", "start"} <= self.has
        day = (pl.col("date") - pl.col("start")).dt.total_days() if dated else pl.col("nominal_day")
        found = {"day_implausible": ~day.is_between(low, high)}
        if self.contract.data_cut.on is not None and "date" in self.has:
            found["after_data_cut"] = pl.col("date") > self.contract.data_cut.on
        return found

    def _score_faults(self) -> dict[str, pl.Expr]:
        unreadable, outside, precise = [], [], []
        for place in self._all():
            units, present = pl.col(f"units_{place}"), self._present(place)
            low = self._of_instrument(place, lambda one: one.units(one.low or 0.0) - TOLERANCE)
            high = self._of_instrument(place, lambda one: one.units(one.high or 0.0) + TOLERANCE)
            delivered = pl.col(f"number_{place}").is_not_null()
            unreadable.append(present & ~pl.col(f"absent_{place}") & ~delivered)
            outside.append(present & ~units.is_between(low, high))
            precise.append(present & delivered & ((units - units.round()).abs() > TOLERANCE))
        found = {
            "score_unreadable": pl.any_horizontal([fault.fill_null(value=False) for fault in unreadable]),
            "score_out_of_range": pl.any_horizontal([fault.fill_null(value=False) for fault in outside]),
            "score_too_precise": pl.any_horizontal([fault.fill_null(value=False) for fault in precise]),
        }
        if self.items:
            found |= self._item_faults()
        if self.contract.layout == "long":
            found["instrument_unknown"] = pl.col("instrument_0").is_null()
        return found

    def _item_faults(self) -> dict[str, pl.Expr]:
        each = [(self._counts(place), items) for place, items in self.items.items()]
        return {
            "item_impossible": pl.any_horizontal([counts & items.impossible() for counts, items in each]),
            "total_disagrees": pl.any_horizontal([counts & items.disagrees() for counts, items in each]),
        }

    def _counts(self, place: int) -> pl.Expr:
        """Whether another column does not say that the measure was not taken."""
        return ~pl.col(f"absent_too_{place}") if self._missing_when(place) is not None else pl.lit(value=True)

    def included(self) -> pl.Expr:
        """Whether the contract's `include` lets the record in; a trial's record without an arm is left out as well."""
        let_in = pl.col("let_in") if self.contract.include is not None else pl.lit(value=True)
        return let_in & pl.col("cohort").is_not_null() if self.contract.cohorts else let_in

    # --- one row per score ------------------------------------------------------------

    def one_row_per_score(self, judged: pl.DataFrame, also: Sequence[str] = ()) -> pl.DataFrame:
        """The columns of `Readings`, `span`, `included` and `also`: a row for each measure of each record."""
        shared = [*also, "line", "span", "patient", "course", *_EACH, "reasons", "included"]
        parts = []
        for place in self._all():
            units = pl.when(self._present(place)).then(pl.col(f"units_{place}").round())
            sound = pl.when(pl.col("reasons") == 0).then(units.cast(pl.Int32, strict=False))
            parts.append(judged.select(*shared, score=sound, **self._measure(place)))
        rows = pl.concat(parts) if len(parts) > 1 else parts[0]
        return rows.select(*Readings.columns(), "span", "included", *also)

    def _measure(self, place: int) -> dict[str, pl.Expr]:
        said = pl.col("nominal_day").cast(pl.Int16, strict=False)
        if self.contract.layout == "long":
            return {"instrument": pl.col("instrument_0"), "nominal_day": said}
        measure = self.contract.measures[place]
        day = said if measure.day is None else pl.lit(measure.day, pl.Int16)
        return {"instrument": pl.lit(self.places[measure.instrument], pl.Int16), "nominal_day": day}


def _replace(text: pl.Expr, codes: Mapping[str, int]) -> pl.Expr:
    return text.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.Int16)


def as_date(text: pl.Expr, order: str) -> pl.Expr:
    """Dates of text in the declared order (`iso`, `dmy`, `mdy`; `excel` is written as ISO); null where it is none."""
    iso = DATE_ORDERS[order] == DATE_ORDERS["iso"]
    shape = ISO_DATE if iso else SLASHED_DATE
    tidy = text if iso else text.str.replace_all("[.-]", "/")
    parsed = tidy.str.to_date(DATE_ORDERS[order], strict=False)
    return pl.when(tidy.str.contains(shape)).then(parsed)


def age_band_code(years: pl.Expr) -> pl.Expr:
    """Place in the list of age bands of whole years: under 18, 18 to 29, then tens, 90 and over."""
    tens = (years // 10 - 1).clip(1, len(AGE_BANDS) - 1)
    return pl.when(years < 18).then(0).otherwise(tens).cast(pl.Int16)


def given(text: pl.Expr, contract: DeliveryContract) -> pl.Expr:
    """Whether a cell holds anything that is not blank and not a code for missing."""
    return text.is_not_null() & (text.str.strip_chars() != "") & ~text.is_in(list(contract.file.missing))
