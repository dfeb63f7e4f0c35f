"""REDCap's flat exports: delimited text in which a line is a record's event, or one instance of a repeated form.

Lines are found and split as in `delimited`. What a project says once about a record (sex, the start) is spread over the
record's lines; a line that holds nothing the contract names is counted as blank; cells are held against the project's
data dictionary, which is read with the contract. The other shape that REDCap offers, a line per field, is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.redcap_dictionary import RedcapField
from transforms.sources import Exports, RefusedDelivery, delimited, our_columns
from transforms.sources.headers import places_of

EVENT, FORM, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
#: Columns that REDCap adds by itself and that say nothing about a person.
STRUCTURE = (EVENT, FORM, INSTANCE, "redcap_data_access_group")
STATUS = "_complete"
COMPLETE = "2"
#: Ours that a project may say once for a whole record.
ONCE = (
    "start", "age", "age_band", "sex", "duration_weeks", "duration_years", "disqualified", "cohort", "include",
    "sender",
)  # fmt: skip
_POINT = r"^-?\d+(?:[.]\d+)?$"
_COMMA = r"^-?\d+(?:,\d+)?$"


def read(path: Path, contract: DeliveryContract, scratch: Path) -> Exports:
    """The records of the export at `path`, as `delimited` reads them, settled by what REDCap says about its lines.

    Raises `RefusedDelivery` as `delimited` does, and for a column that the dictionary flags as an identifier unless
    the contract ignores columns that it does not name.
    """
    header = delimited.names_of(path, contract, scratch)
    _allowed(header, contract)
    more = _structure(header, contract)
    wider = replace(
        contract,
        columns=dict(contract.columns) | more,
        file=replace(contract.file, other_columns="ignore"),
    )
    found = delimited.read(path, wider, scratch)
    return _settled(found, contract, set(more))


def _allowed(header: Sequence[str], contract: DeliveryContract) -> None:
    """Refuses a header with other columns than the contract declares and REDCap adds."""
    if {"field_name", "value"} <= set(header):
        raise RefusedDelivery("one_line_per_field", "The export has a line for each field. Export it flat (raw data).")
    declared = {name.casefold() for name in contract.declared_columns}
    fields = contract.redcap.fields
    others = [name for name in header if name.casefold() not in declared and not _added(name, fields)]
    flagged = [name for name in others if (field := fields.get(name)) is not None and field.identifier]
    if flagged and contract.file.other_columns == "refuse":
        raise RefusedDelivery(
            "identifier_column",
            f"Line 1: {len(flagged)} column(s) that the data dictionary flags as identifiers: "
            f"{', '.join(map(repr, flagged[:5]))}. Nothing was read. Export without identifiers.",
        )
    places_of([name for name in header if name.casefold() in declared or name in others], contract, where="Line 1")


def _added(name: str, fields: Mapping[str, RedcapField]) -> bool:
    forms = {field.form for field in fields.values()}
    known_form = name.removesuffix(STATUS) in forms if forms else True
    return name in STRUCTURE or (name.endswith(STATUS) and known_form)


def _structure(header: Sequence[str], contract: DeliveryContract) -> dict[str, str]:
    """Columns that are read beside the contract's own: which form a line repeats, and the statuses of its forms."""
    found = {"repeats": FORM} if FORM in header else {}
    if contract.redcap.statuses == "complete":
        forms = {one.form for name in _scored(contract).values() if (one := _field(contract, name)) is not None}
        found |= {f"status_{form}": f"{form}{STATUS}" for form in sorted(forms)}
    return found


def _scored(contract: DeliveryContract) -> dict[str, str]:
    """Ours to theirs of the columns that hold scores or items."""
    kinds = ("score", "measure_", "item_")
    return {ours: theirs for ours, theirs in our_columns(contract).items() if ours.startswith(kinds)}


def _field(contract: DeliveryContract, theirs: str) -> RedcapField | None:
    return contract.redcap.fields.get(theirs.partition("___")[0])


# --- what REDCap's lines mean -----------------------------------------------------------------------------


def _settled(found: Exports, contract: DeliveryContract, more: set[str]) -> Exports:
    rows = found.records.collect()
    wrong = _against_dictionary(rows, contract)
    faulty = rows.filter(wrong).select("line", "span", reason=pl.lit("against_dictionary"))
    plain = _marks_as_declared(rows.filter(~wrong), contract)
    counted = _spread(_only_complete(plain, contract), contract)
    kept = _kept(counted, contract)
    return replace(
        found,
        records=kept.drop(more).lazy(),
        blank=found.blank + plain.height - kept.height,
        damaged=pl.concat([found.damaged, faulty]),
    )


def _only_complete(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    """Scores and items are blank where their form is not marked as complete, if only such forms count."""
    if contract.redcap.statuses == "any":
        return rows
    forms = {ours: one.form for ours, theirs in _scored(contract).items() if (one := _field(contract, theirs))}
    return rows.with_columns(
        pl.when(pl.col(f"status_{form}").eq_missing(COMPLETE)).then(pl.col(ours)).alias(ours)
        for ours, form in forms.items()
    )


def _spread(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    """What is said once about a record stands on all of its lines; what is said twice and differs stays where it is."""
    said: list[pl.Expr] = []
    for ours in (name for name in ONCE if name in rows.columns):
        own = pl.when(~pl.col(ours).is_in(list(contract.file.missing))).then(pl.col(ours))
        only = pl.when(own.drop_nulls().n_unique().over("patient") == 1).then(own.drop_nulls().first().over("patient"))
        said.append(pl.coalesce(ours, only).alias(ours))
    return rows.with_columns(said)


def _kept(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    """Lines that hold anything the contract names, or put a record on the roster: its first form, its declared events.

    A record's first form has no score and no date; it is dated by the start.
    """
    held = [_holds(ours, theirs) for ours, theirs in our_columns(contract).items() if _says_something(ours, theirs)]
    holds = pl.any_horizontal(held) if held else pl.lit(value=False)
    repeats = pl.col("repeats").is_not_null() if "repeats" in rows.columns else pl.lit(value=False)
    enrols = pl.lit(value=contract.layout == "wide")
    if "visit" in contract.columns:
        enrols = pl.col("visit").is_in(list(contract.visits))
    elif {"date", "start"} <= set(contract.columns):
        enrols = pl.col("start").is_not_null()
        rows = rows.with_columns(date=pl.when(~holds & enrols & ~repeats).then("start").otherwise("date"))
    return rows.with_columns(kept=holds | (enrols & ~repeats).fill_null(value=False)).filter("kept").drop("kept")


def _says_something(ours: str, theirs: str) -> bool:
    return ours not in ("patient", "visit", *ONCE) and not theirs.endswith(STATUS)


def _holds(ours: str, theirs: str) -> pl.Expr:
    """Whether a cell holds anything; REDCap writes 0 in the boxes of a form that nobody opened."""
    return pl.col(ours).is_not_null() & (pl.col(ours) != "0" if "___" in theirs else pl.lit(value=True))


# --- the data dictionary ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cells:
    """The cells of one column that hold something, and what the dictionary says of them."""

    ours: str
    theirs: str
    field: RedcapField
    missing: Sequence[str]

    def wrong(self) -> pl.Expr:
        """Whether a cell is not one that the field can have."""
        text = pl.col(self.ours)
        given = text.is_not_null() & ~text.is_in(list(self.missing))
        return (given & ~self._possible(text)).fill_null(value=True)

    def _possible(self, text: pl.Expr) -> pl.Expr:
        if self.field.kind == "checkbox":
            return text.is_in(["0", "1"])
        if self.field.choices:
            return text.is_in(list(self.field.choices))
        if _is_number(self.field):
            number = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
            shape = _COMMA if self.field.decimal_comma else _POINT
            return text.str.contains(shape) & self._between(number, _number(self.field.least), _number(self.field.most))
        if self.field.validation.startswith("date_"):
            return self._between(text, _day(self.field.least), _day(self.field.most))
        return pl.lit(value=True)

    @staticmethod
    def _between(value: pl.Expr, least: float | str | None, most: float | str | None) -> pl.Expr:
        above = value >= pl.lit(least) if least is not None else pl.lit(value=True)
        below = value <= pl.lit(most) if most is not None else pl.lit(value=True)
        return above & below


def _against_dictionary(rows: pl.DataFrame, contract: DeliveryContract) -> pl.Series:
    columns = [
        _Cells(ours, theirs, field, contract.file.missing).wrong()
        for ours, theirs in our_columns(contract).items()
        if (field := _field(contract, theirs)) is not None and ours != "patient"
    ]
    if not columns:
        return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    return rows.select(pl.any_horizontal(columns)).to_series()


def _marks_as_declared(rows: pl.DataFrame, contract: DeliveryContract) -> pl.DataFrame:
    """Numbers with the contract's decimal mark, whichever their field is written with."""
    declared, turned = contract.file.decimal, []
    for ours, theirs in our_columns(contract).items():
        field = _field(contract, theirs)
        if field is not None and _is_number(field) and ours != "patient":
            theirs_mark = "," if field.decimal_comma else "."
            coded = pl.col(ours).is_in(list(contract.file.missing))
            plain = pl.col(ours).str.replace(theirs_mark, declared, literal=True)
            turned.append(pl.when(coded).then(pl.col(ours)).otherwise(plain).alias(ours))
    return rows.with_columns(turned)


def _is_number(field: RedcapField) -> bool:
    return field.validation.startswith(("integer", "number")) or field.kind in ("calc", "slider")


def _number(written: str) -> float | None:
    try:
        return float(written.replace(",", "."))
    except ValueError:
        return None


def _day(written: str) -> str | None:
    """A limit of dates; others than fixed days, such as `today`, are not known here."""
    return written if len(written) == len("2026-01-01") and written[:4].isdecimal() else None
